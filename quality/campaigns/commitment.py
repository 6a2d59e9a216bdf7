"""What is published before the seed exists, and the seed that nobody could choose."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from quality.core.clock import rfc3339
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

AS_PUBLISHED = _("Enter the public number as published, with no blanks around it")


def new_salt() -> str:
    """256 random bits in hex. Secret from freezing to closing."""
    return secrets.token_hex(32)


def commitment(*, salt: str, source: str, moment: datetime) -> str:
    """Hex sha256 of `salt,moment,source` in UTF-8, to be published with the hashes of frame and design.

    It binds the agency to its salt, and to the public number (`source`, its name; `moment`, when it will be known,
    as `2026-09-03T01:48:00.000000Z`) that will make the seed: neither can be exchanged for a luckier one.
    """
    return _sha256(f"{salt},{rfc3339(moment)},{source}")


def seed(*, salt: str, number: str) -> str:
    """Hex sha256 of `salt,number` in UTF-8; `number` is the public number as its source wrote it."""
    if not number.strip() or number != number.strip() or not number.isprintable():
        raise Invalid(FieldProblem("public_number", "bad_number", AS_PUBLISHED))
    return _sha256(f"{salt},{number}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
