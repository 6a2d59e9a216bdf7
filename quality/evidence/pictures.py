"""Copies of pictures for looking at: without where and by which device they were taken, turned as they were held.

Made when a picture arrives: to know that it is whole it must be opened anyway, and no page has to wait for its tile.
The original is never touched: it is what was hashed. What we cannot open (HEIC, films, PDF) has no copy: what it says
of place and device could not be taken out with certainty, so others than its holder do not get it.
"""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageCms, ImageFile, ImageOps

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.checks import cut_short
from quality.evidence.media import PICTURES

MOST_PIXELS = {  # what unpacks to more is a bomb; of a JPEG, half as wide and high is unpacked where it is large
    "image/jpeg": 80_000_000,  # more than telephones take, but for their widest
    "image/png": 40_000_000,  # a page of a telephone, 1,080 by 37,000
    "image/webp": 40_000_000,
}
MOST_COPIED = 24_000_000  # pixels of a copy: a long page of a telephone is readable in it
THUMBNAIL = (416, 208)  # pixels, width and height at most
LONGEST_SIDE = 65_000  # pixels of a JPEG
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


class Copy(NamedTuple):
    data: bytes  # JPEG
    width: int
    height: int


class Copies(NamedTuple):
    readable: Copy
    thumbnail: Copy


def copies_of(original: BinaryIO, media_type: str) -> Copies:
    """Both copies of a picture, or `Invalid` where it is a bomb or not whole."""
    original.seek(0)
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once it is read, lets them pass in the whole process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old EXIF, of odd palettes; size is asked below
            with Image.open(original, formats=[PICTURES[media_type]]) as opened:
                require_bounded(media_type, *opened.size)
                if is_large(opened):
                    opened.draft("RGB", (opened.width // 2, opened.height // 2))
                picture = bare(opened)
            readable = as_jpeg(picture)
            picture.thumbnail(THUMBNAIL)
            return Copies(readable, as_jpeg(picture))
    except Invalid:
        raise
    except Image.DecompressionBombError as bomb:
        raise too_many_pixels(media_type) from bomb
    except Exception as broken:  # whatever a decoder says of broken data
        raise cut_short() from broken


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
    profile = opened.info.get("icc_profile")
    picture: Image.Image = opened
    if is_large(opened) and opened.mode in {"RGB", "RGBA", "L"}:  # before any other copy of it is made
        orientation = opened.getexif()
        picture = opened.reduce(2)
        picture.info["exif"] = orientation.tobytes()
    picture = ImageOps.exif_transpose(picture)
    if picture.mode not in {"RGB", "L"}:
        seen = picture.convert("RGBA") if picture.has_transparency_data else picture.convert("RGB")
        picture = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen) if seen.mode == "RGBA" else seen
    picture = picture.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            ImageCms.profileToProfile(picture, source, SRGB, inPlace=True)
        except ImageCms.PyCMSError:
            pass  # a profile of other colours: the picture is a little pale, and there
    picture.info.clear()
    return picture


def as_jpeg(picture: Image.Image) -> Copy:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return Copy(out.getvalue(), *picture.size)
