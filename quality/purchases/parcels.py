"""Numbers of parcels as couriers write them: read from what was typed, and found out where they cannot be one."""

from __future__ import annotations

import re
import unicodedata

SEPARATORS = re.compile(r"[\s\-‐-―·]+")
NUMBER = re.compile(r"[A-Z0-9]{6,40}")
POSTAL = re.compile(r"[A-Z]{2}([0-9]{8})([0-9])[A-Z]{2}")  # UPU S10: service, serial number, check digit, country
WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
DIGITS_AT_LEAST = 4


def read(typed: str) -> str | None:
    """The number without spaces and dashes, in capitals of half width; None: no courier writes such a one."""
    number = SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if not NUMBER.fullmatch(number) or sum(sign.isdigit() for sign in number) < DIGITS_AT_LEAST:
        return None
    return number


def is_mistyped(number: str) -> bool:
    """Whether a postal number's own check digit says so (UPU S10); other couriers' numbers have none that is public."""
    found = POSTAL.fullmatch(number)
    return found is not None and check_digit(found[1]) != int(found[2])


def check_digit(serial: str) -> int:
    """Of eight digits, modulo 11: 10 is written 0, and 11 is written 5."""
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)
