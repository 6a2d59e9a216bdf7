"""Which laboratory re-inspects: a draw that nobody steers and anybody of the agency can repeat. Pure.

The seed is hex sha256 of two digests of the objection's own record, joined by a comma: of the event by which it was
received, and of the event by which it was admitted. Both hold moments to the microsecond that the server set, the first
the party's deed and the second the agency's; both stand in a record that cannot be altered before the draw is made. The
eligible laboratories are sorted by hex sha256 of `SEED,CODE`; the first is drawn, and if it cannot, the next.
Source of the form: the draw of samples (docs/decisions/0025).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def seed_of(received: str, admitted: str) -> str:
    return sha256(f"{received},{admitted}")


def in_order(seed: str, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Each code with its digest, the drawn one first."""
    return sorted(((code, sha256(f"{seed},{code}")) for code in codes), key=lambda each: each[1])


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
