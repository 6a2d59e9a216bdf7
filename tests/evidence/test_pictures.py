"""Copies for looking at: small, bare of metadata, and never of a bomb."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from quality.evidence.pictures import THUMBNAIL, copy_of
from tests.evidence.files import photograph


def test_a_copy_fits_its_box_and_says_neither_where_nor_when() -> None:
    made = copy_of(io.BytesIO(photograph()), "image/jpeg", THUMBNAIL)

    assert made
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.width <= THUMBNAIL[0]
        assert picture.height <= THUMBNAIL[1]
        assert dict(picture.getexif()) == {}


@pytest.mark.parametrize("broken", [b"", b"\xff\xd8\xff\xe0 cut", b"GIF89a"])
def test_what_cannot_be_shown_has_no_copy(broken: bytes) -> None:
    assert copy_of(io.BytesIO(broken), "image/jpeg", THUMBNAIL) is None
    assert copy_of(io.BytesIO(broken), "application/pdf", THUMBNAIL) is None


def test_a_bomb_is_not_unpacked() -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")

    assert copy_of(io.BytesIO(bomb.getvalue()), "image/png", THUMBNAIL) is None
