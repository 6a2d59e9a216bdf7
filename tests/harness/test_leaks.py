"""Whoever looks for a value finds it however it is written or packed, and nothing that is not there."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from urllib.parse import quote

import pytest

from tests.harness.leaks import leaked


@pytest.mark.parametrize("value", ["慕容甲乙丙", "199-0000-3344", "planted-user-0042"])
def test_a_value_would_be_found_however_it_is_packed(value: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f"<t>{value}</t>")
    said = [base64.b64encode(f"{'x' * n}{value}yz".encode()) for n in range(4)]
    for body in (
        packed.getvalue(),
        quote(value).encode(),
        json.dumps([value]).encode(),
        gzip.compress(value.encode()),
        *said,
    ):
        assert leaked(body, [value]) == [value]
        assert leaked(body, [f"{value}9"]) == []
