"""Copies of pictures for looking at: smaller, and without where and by which device they were taken.

The original is never touched: it is what was hashed. What is too large to open safely has no copy.
"""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

from quality.evidence.media import PICTURES

MOST_PIXELS = 80_000_000  # more than any telephone takes; a picture that unpacks to more is a bomb
THUMBNAIL, READABLE = (416, 208), (2_400, 2_400)  # pixels, width and height at most


def has_copy(media_type: str) -> bool:
    return media_type in PICTURES


def copy_of(original: BinaryIO, media_type: str, box: tuple[int, int]) -> bytes | None:
    """A JPEG that fits into `box`, turned as the camera was held, with no metadata; None where it cannot be made."""
    if media_type not in PICTURES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(original, formats=[PICTURES[media_type]]) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    return None
                opened.draft("RGB", box)
                picture = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail(box)
        bare = Image.new("RGB", picture.size)
        bare.paste(picture)
        out = io.BytesIO()
        bare.save(out, "JPEG", quality=82)
    except Exception:  # a broken picture is evidence all the same; it just cannot be shown
        return None
    return out.getvalue()
