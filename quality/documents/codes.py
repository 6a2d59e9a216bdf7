"""Verification codes: what a reader types to learn whether a document is genuine (核验码)."""

from __future__ import annotations

import secrets
import unicodedata

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

# No 0 O, 1 I L, U beside V: what a telephone or a bad print mixes up. 30 characters, as 31 is prime
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # characters with the check character: 30^11, about 53 bits, that nobody guesses
GROUP = 4


def new_code() -> str:
    """A random code with its check character, in groups of four: `7F3K-92QD-4B8M`.

    The check is the hybrid system of ISO/IEC 7064:2003 for this alphabet (MOD 31,30): it finds every single wrong
    character, and nearly every two neighbours that changed places.
    """
    drawn = "".join(secrets.choice(ALPHABET) for _character in range(LENGTH - 1))
    code = drawn + mod_37_36.calc_check_digit(drawn, ALPHABET)
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read_code(text: str) -> str | None:
    """The code that was typed, as it is kept, or None if no document can have it."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c not in " -‐–—")
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        return None
    try:
        mod_37_36.validate(plain, ALPHABET)
    except ValidationError:
        return None
    return "-".join(plain[start : start + GROUP] for start in range(0, LENGTH, GROUP))
