"""Blind numbers, the only name a laboratory has for a portion: random, and with a check character.

Source of the check: ISO/IEC 7064, pure system MOD p,2, here with p = 23. Because 23 is prime, every wrong character
and every exchange of two neighbours is found.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from stdnum.iso7064 import mod_37_2

ALPHABET = "23456789ACEFHJKMNPRTWXY"  # no two look alike: without 0 1, and the letters B D G I L O Q S U V Z
FORM = re.compile(f"MY-([{ALPHABET}]{{4}})-([{ALPHABET}]{{4}})")
RANDOM = 7  # characters before the check: 23⁷ are 3.4 × 10⁹ numbers


def new_blind_number() -> str:
    """A number such as `MY-7K3X-92AM`. It tells nothing about the sample, the campaign or the moment."""
    return with_check("".join(secrets.choice(ALPHABET) for _ in range(RANDOM)))


def with_check(drawn: str) -> str:
    signs = drawn + mod_37_2.calc_check_digit(drawn, ALPHABET)
    return f"MY-{signs[:4]}-{signs[4:]}"


def is_blind_number(text: str) -> bool:
    """Whether `text` can be one of ours. One mistyped character, or two neighbours exchanged, never is."""
    found = FORM.fullmatch(text)
    return found is not None and bool(mod_37_2.is_valid(found[1] + found[2], ALPHABET))


def is_whole_but_wrong(text: str) -> bool:
    """Whether it looks like one of ours to the last sign, and cannot be one: a slip of the finger."""
    typed = as_written(text)
    return bool(re.fullmatch(r"MY-\w{4}-\w{4}", typed)) and not is_blind_number(typed)


def as_written(text: str) -> str:
    """What someone typed, as numbers are kept: upper case, narrow characters, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().upper()
