"""What the codes in a picture say: QR and the bars of seals, as far as zxing-cpp reads them."""

from __future__ import annotations

from typing import BinaryIO

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.media import HEAD, PICTURES, recognise
from quality.evidence.pictures import is_large, opening

SIDE = 2400  # pixels of the longer side that are enough for a code that fills a twentieth of the picture


def codes_in(picture: BinaryIO) -> list[str]:
    """Each text once. `Invalid` where it is no picture that we open, or a bomb. The picture is not kept."""
    import zxingcpp  # noqa: PLC0415  a start does without

    media_type = recognise(picture.read(HEAD)) or ""
    if media_type not in PICTURES:
        raise Invalid(FieldProblem("file", "wrong_media_type", _("Choose a picture: JPEG, PNG, WebP or HEIC")))
    with opening(picture, media_type) as opened:
        if is_large(opened):
            opened.draft("L", (opened.width // 2, opened.height // 2))
        grey = opened.convert("L")
    grey.thumbnail((SIDE, SIDE))
    return list(dict.fromkeys(code.text for code in zxingcpp.read_barcodes(grey) if code.text))
