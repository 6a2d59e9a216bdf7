"""Copies of pictures for looking at: without where and by which device they were taken, turned as they were held.

The small one is made when a picture arrives: to know that it is whole it must be read to its end anyway, and no page
has to wait for its tile. The readable one of a large picture is made by a job seconds later, or for the first who asks.
The original is never touched: it is what was hashed. What we cannot open (films, PDF) has no copy: what it says of
place and device could not be taken out with certainty, so others than its holder do not get it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageCms, ImageFile

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.checks import cut_short
from quality.evidence.media import PICTURES
from quality.evidence.traits import Traits, is_framed, of_a_picture

MOST_PIXELS = {  # what unpacks to more is a bomb; of a JPEG, half as wide and high is unpacked where it is large
    "image/jpeg": 80_000_000,  # more than telephones take, but for their widest
    "image/png": 40_000_000,  # a page of a telephone, 1,080 by 37,000
    "image/webp": 40_000_000,
    "image/heic": 64_000_000,  # more than any telephone writes
}
AT_ONCE = 4_000_000  # pixels: of a larger picture the readable copy is made a little later, for its sender waits
MOST_COPIED = 24_000_000  # pixels of a copy: a long page of a telephone is readable in it
THUMBNAIL = (416, 208)  # pixels, width and height at most
LONGEST_SIDE = 65_000  # pixels of a JPEG
ORIENTATION = 0x0112  # Exif 2.32, 4.6.4
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = {TURNED[number] for number in (5, 6, 7, 8)}  # width and height change places
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


class Copy(NamedTuple):
    data: bytes  # JPEG
    width: int
    height: int


class Looked(NamedTuple):
    """What is made of a picture when it arrives. Without a readable copy: it is large, and gets it a little later."""

    traits: Traits
    thumbnail: Copy
    readable: Copy | None


def look_through(original: BinaryIO, media_type: str) -> Looked:
    """Unpack a picture once, for all that is asked of it. `Invalid` where it is a bomb or not whole."""
    with opening(original, media_type) as opened:
        traits, is_later = of_a_picture(opened), opened.width * opened.height > AT_ONCE
        if is_later and opened.mode in {"RGB", "L"}:  # of a JPEG: all is read, and an eighth to a half is unpacked
            opened.thumbnail(THUMBNAIL[::-1] if turned_by(opened) in LYING else THUMBNAIL)
        picture = bare(opened)
        readable = None if is_later else as_jpeg(picture)
        picture.thumbnail(THUMBNAIL)
        return Looked(traits._replace(is_framed=is_framed(picture)), as_jpeg(picture), readable)


def readable_of(original: BinaryIO, media_type: str) -> Copy:
    """The copy in full that a large picture did not get at once."""
    with opening(original, media_type) as opened:
        if is_large(opened):
            opened.draft("RGB", (opened.width // 2, opened.height // 2))
        return as_jpeg(bare(opened))


@contextmanager
def opening(original: BinaryIO, media_type: str) -> Iterator[Image.Image]:
    """A picture whose size is known to be bearable. What its decoder says against it, then and later, is `Invalid`."""
    original.seek(0)
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once it is read, lets them pass in the whole process
    if media_type == "image/heic":
        register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old EXIF, of odd palettes; size is asked below
            with Image.open(original, formats=[PICTURES[media_type]]) as opened:
                require_bounded(media_type, *opened.size)
                yield opened
    except Invalid:
        raise
    except Image.DecompressionBombError as bomb:
        raise too_many_pixels(media_type) from bomb
    except Exception as broken:  # whatever a decoder says of broken data
        raise cut_short() from broken


@cache
def register_heif() -> None:
    """Lets Pillow open HEIC. Not at the start: its library is the largest of all, and most days nobody sends one."""
    from pi_heif import register_heif_opener  # noqa: PLC0415

    register_heif_opener(thumbnails=False)


def require_bounded(media_type: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS[media_type] or max(width, height) > LONGEST_SIDE:
        raise too_many_pixels(media_type)


def too_many_pixels(media_type: str) -> Invalid:
    said = _("Send a picture of at most %(most)s million pixels", most=MOST_PIXELS[media_type] // 1_000_000)
    return Invalid(FieldProblem("file", "too_many_pixels", said))


def is_large(picture: Image.Image) -> bool:
    return picture.width * picture.height > MOST_COPIED


def bare(opened: Image.Image) -> Image.Image:
    """Its first picture as it was meant to be seen, with nothing else in the file."""
    profile, turned = opened.info.get("icc_profile"), turned_by(opened)
    picture: Image.Image = opened
    if is_large(opened) and opened.mode in {"RGB", "RGBA", "L"}:  # before any other copy of it is made
        picture = opened.reduce(2)
    if turned is not None:
        picture = picture.transpose(turned)
    if picture.mode not in {"RGB", "L"}:
        seen = picture.convert("RGBA") if picture.has_transparency_data else picture.convert("RGB")
        picture = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen) if seen.mode == "RGBA" else seen
    picture = picture if picture.mode == "RGB" else picture.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            ImageCms.profileToProfile(picture, source, SRGB, inPlace=True)
        except ImageCms.PyCMSError:
            pass  # a profile of other colours: the picture is a little pale, and there
    picture.info.clear()
    return picture


def turned_by(opened: Image.Image) -> Image.Transpose | None:
    """How it must be turned to stand upright. What cannot be read there turns nothing: the picture is whole."""
    try:
        return TURNED.get(opened.getexif().get(ORIENTATION, 1))
    except Exception:  # EXIF in pieces
        return None


def as_jpeg(picture: Image.Image) -> Copy:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return Copy(out.getvalue(), *picture.size)
