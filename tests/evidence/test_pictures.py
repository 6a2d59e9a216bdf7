"""Copies for looking at: bare of place and device, turned as they were held, and never of a bomb."""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO, NamedTuple

import pytest
from PIL import Image, ImageCms

from quality.evidence.pictures import THUMBNAIL, Copy, look_through, readable_of
from tests.evidence.files import photograph
from tests.harness.problems import invalid

GPS, ORIENTATION, TURNED_LEFT = 0x8825, 0x0112, 6


class Copies(NamedTuple):
    readable: Copy
    thumbnail: Copy


def copies_of(file: BinaryIO, media_type: str) -> Copies:
    """Both, as they come of a picture sooner or later."""
    looked = look_through(file, media_type)
    return Copies(looked.readable or readable_of(file, media_type), looked.thumbnail)


def opened(copy: Copy) -> Image.Image:
    picture = Image.open(io.BytesIO(copy.data))
    assert picture.size == (copy.width, copy.height)
    return picture


def with_a_place() -> bytes:
    """4 by 2, taken on its side: the camera wrote that, where it was, and a comment."""
    picture, file, exif = Image.new("RGB", (4, 2), "red"), io.BytesIO(), Image.Exif()
    exif[ORIENTATION] = TURNED_LEFT
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (23.0, 7.0, 44.4)
    exif[0x010F], exif[0x0110] = "TheMaker", "TheModel"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(file, "JPEG", exif=exif, comment=b"at home", icc_profile=srgb)
    return file.getvalue()


def test_both_copies_are_turned_as_it_was_held_and_say_neither_where_nor_by_what() -> None:
    original = with_a_place()
    for copy in copies_of(io.BytesIO(original), "image/jpeg"):
        picture = opened(copy)
        assert picture.size == (2, 4)
        assert (dict(picture.getexif()), picture.info.get("comment"), picture.info.get("icc_profile")) == (
            {},
            None,
            None,
        )
        assert not any(said in copy.data for said in (b"Exif", b"TheMaker", b"TheModel", b"at home", b"ICC"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_thumbnail_fits_its_box_and_the_other_is_as_large_as_the_picture(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (1_000, 900), "green").save(file, kind)
    readable, thumbnail = copies_of(file, f"image/{kind.lower()}")
    assert (readable.width, readable.height) == (1_000, 900)
    assert (thumbnail.width <= THUMBNAIL[0], thumbnail.height) == (True, THUMBNAIL[1])


def test_what_shines_through_shines_on_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(copies_of(file, "image/png").readable).getpixel((4, 4)) == (255, 255, 255)


def test_a_long_page_of_a_telephone_stays_readable() -> None:
    file = io.BytesIO()
    Image.new("L", (1_080, 20_000), "white").save(file, "PNG")
    readable = copies_of(file, "image/png").readable
    assert (readable.width, readable.height) == (1_080, 20_000)


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_a_large_picture_is_halved_and_still_turned(kind: str, mode: str) -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[ORIENTATION] = TURNED_LEFT
    Image.new(mode, (6_000, 5_000)).save(file, kind, exif=exif)
    readable = copies_of(file, f"image/{kind.lower()}").readable
    whole = mode == "P"  # a byte for each pixel: nothing is spared by halving it
    assert (readable.width, readable.height) == ((5_000, 6_000) if whole else (2_500, 3_000))


def test_a_picture_with_a_hundred_million_pixels_is_not_unpacked() -> None:
    bomb = io.BytesIO()
    Image.new("1", (10_000, 10_001)).save(bomb, "PNG")
    with invalid(("file", "too_many_pixels")):
        copies_of(bomb, "image/png")


def test_a_picture_that_says_it_is_larger_than_anything_is_not_believed() -> None:
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with invalid(("file", "too_many_pixels")):
        copies_of(io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk + bytes(4) + b"IDAT" + bytes(4)), "image/png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_short_is_said_to_be(kind: str) -> None:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(file, kind)
    for share in (0.3, 0.7):
        cut = file.getvalue()[: int(len(file.getvalue()) * share)]
        with invalid(("file", "damaged")):
            copies_of(io.BytesIO(cut), f"image/{kind.lower()}")


@pytest.mark.parametrize("broken", [b"", b"\xff\xd8\xff\xe0 cut", b"GIF89a", photograph()[:60]])
def test_what_is_no_picture_of_its_kind_has_no_copy(broken: bytes) -> None:
    with invalid(("file", "damaged")):
        copies_of(io.BytesIO(broken), "image/jpeg")
