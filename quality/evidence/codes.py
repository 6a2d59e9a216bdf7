"""What the codes in a picture say: QR and the bars of seals, as far as zxing-cpp reads them."""

from __future__ import annotations

import warnings
from typing import BinaryIO

from PIL import Image

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.checks import cut_short
from quality.evidence.media import HEAD, PICTURES, recognise
from quality.evidence.pictures import MOST_PIXELS, is_large, require_bounded, too_many_pixels

SIDE = 2400  # pixels of the longer side that are enough for a code that fills a twentieth of the picture


def codes_in(picture: BinaryIO) -> list[str]:
    """Each text once. `Invalid` where it is no picture that we open, or a bomb. The picture is not kept."""
    import zxingcpp  # noqa: PLC0415  a start does without

    media_type = recognise(picture.read(HEAD)) or ""
    if media_type not in MOST_PIXELS:
        raise Invalid(FieldProblem("file", "wrong_media_type", _("Choose a picture: JPEG, PNG or WebP")))
    picture.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(picture, formats=[PICTURES[media_type]]) as opened:
                require_bounded(media_type, *opened.size)
                if is_large(opened):
                    opened.draft("L", (opened.width // 2, opened.height // 2))
                grey = opened.convert("L")
    except Invalid:
        raise
    except Image.DecompressionBombError as bomb:
        raise too_many_pixels(media_type) from bomb
    except Exception as broken:  # whatever a decoder says of broken data
        raise cut_short() from broken
    grey.thumbnail((SIDE, SIDE))
    return list(dict.fromkeys(code.text for code in zxingcpp.read_barcodes(grey) if code.text))
