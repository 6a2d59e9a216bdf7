"""Barcodes of goods (商品条码): what is one, and which number of the world's it is. Pure."""

from __future__ import annotations

import re
import unicodedata

from stdnum import ean

FORM = "[0-9]{8}|[0-9]{12,14}"
FULL = 14  # digits of the longest: a shorter one is the same number with noughts before it
# Whose numbers mean something in one shop or one house only (GS1 General Specifications, 1.4): 02, 04, 20 to 29
RESTRICTED = re.compile("0(?:02|04|2[0-9])")


def digits_of(text: object) -> str:
    """A barcode as it is kept: full width as half, without the blanks and dashes by which people group it.

    "" where the text is none: 8, 12, 13 or 14 digits with the right check digit (GS1 General Specifications, 7.9).
    """
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", str(text or "")) if sign.isalnum())
    return digits if re.fullmatch(FORM, digits) and ean.is_valid(digits) and digits.strip("0") else ""


def gtin(text: object) -> str:
    """The 14 digits by which a product is known everywhere, or "": a number of one shop's own is no product's."""
    whole = digits_of(text).zfill(FULL)
    return whole if whole.strip("0") and not RESTRICTED.match(whole) else ""
