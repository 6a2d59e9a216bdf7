"""The shape of a telephone number that a buyer gives to a seller. Whether anybody answers it, nobody can check here."""

from __future__ import annotations

import re
import unicodedata

BETWEEN = re.compile(r"[\s().‐‑–—-]+")  # what people write between the digits
HOME = re.compile(r"^(?:\+|00)86[\s-]*(?=[01(48])")  # the code of the mainland, before a number of it
MAINLAND = re.compile(
    r"(?:1[3-9]\d{9}"  # mobile
    r"|0\d{2,3}\d{7,8}"  # area code and number
    r"|[48]00\d{7})"
    r"(?:(?:转|ext|x|#)\d{1,6})?",  # an extension
    re.IGNORECASE,
)
FOREIGN = re.compile(r"(?:\+|00)[1-9]\d{6,14}")  # ITU-T E.164


def read(typed: str) -> str | None:
    """The number in half-width digits, without the mainland's code; `None` for what cannot be dialled."""
    number = HOME.sub("", unicodedata.normalize("NFKC", typed).strip(), count=1)
    digits = BETWEEN.sub("", number)
    if MAINLAND.fullmatch(digits):
        return number
    return number if FOREIGN.fullmatch(digits) and not digits.startswith(("+86", "0086")) else None
