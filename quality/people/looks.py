"""Why somebody looks at what is protected: a code beside their own words."""

from __future__ import annotations

from enum import StrEnum

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _


class LookReason(StrEnum):
    ORDER = "order"  # a question about the order: where it is, what came, what was given back
    PAYMENT = "payment"  # what was paid is compared, or booked
    EVIDENCE = "evidence"  # a picture is compared with what was written down
    EXPOSURE = "exposure"  # whether a shop or a platform knows whose it is
    INQUIRY = "inquiry"  # a court, an auditor or a superior asks
    OTHER = "other"
    OWN = "own"  # the buyer's own, who need not say more


OFFERED = tuple(each for each in LookReason if each is not LookReason.OWN)


def read_reason(code: str) -> LookReason:
    """What was chosen; that it is one's own, the program says and nobody chooses."""
    if code not in OFFERED:
        raise Invalid(FieldProblem("reason", "unknown_reason", _("Choose for what you must read it")))
    return LookReason(code)
