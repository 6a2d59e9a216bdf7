"""Codes in pictures are read as far as a picture is whole and small enough to be opened."""

from __future__ import annotations

import io

import segno
from PIL import Image

from quality.evidence.codes import codes_in
from tests.harness.problems import invalid


def test_a_code_in_a_large_photograph_is_read_once() -> None:
    drawn, kept = io.BytesIO(), io.BytesIO()
    segno.make("YZ-000123-A", micro=False).save(drawn, kind="png", scale=20, border=4)
    photograph = Image.new("RGB", (6_000, 4_500), "white")
    for place in ((100, 100), (3_000, 2_000)):
        photograph.paste(Image.open(drawn).convert("RGB"), place)
    photograph.save(kept, "JPEG", quality=70)
    kept.seek(0)
    assert codes_in(kept) == ["YZ-000123-A"]


def test_a_bomb_is_no_picture() -> None:
    bomb = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(bomb, "PNG")
    bomb.seek(0)
    with invalid(("file", "too_many_pixels")):
        codes_in(bomb)
