"""A file is what its bytes say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.evidence.media import HEAD, recognise
from tests.evidence.files import FILES


@pytest.mark.parametrize("media_type", FILES)
def test_every_kind_that_we_take_is_known_by_its_bytes(media_type: str) -> None:
    assert recognise(FILES[media_type]) == media_type


@pytest.mark.parametrize(
    "head",
    [
        b"\x7fELF\x02\x01\x01" + bytes(64),
        b"MZ\x90\x00" + bytes(64),
        b"PK\x03\x04\x14\x00\x00\x00",
        b"GIF89a\x01\x00",
        b"\x00\x00\x00\x18ftyp",  # cut before its brand
        b"\xff\xfe\xfd",
    ],
)
def test_what_we_do_not_take_is_not_known(head: bytes) -> None:
    assert recognise(head) is None


def test_text_may_be_in_gb18030_and_begin_with_a_mark() -> None:
    assert recognise("磁力棒，3岁以上".encode("gb18030")) == "text/plain"
    assert recognise(b"\xef\xbb\xbf" + '["磁力棒"]'.encode()) == "application/json"


def test_a_page_of_html_is_only_text() -> None:
    assert recognise(b"<script>alert(1)</script>") == "text/plain"


def test_text_may_be_cut_within_a_character() -> None:
    assert recognise(("磁" * HEAD).encode()[:HEAD]) == "text/plain"


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_recognising_never_fails(head: bytes) -> None:
    assert recognise(head) in {None, *FILES}
