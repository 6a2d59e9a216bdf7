"""What may be wrong with a decision about hits, before anything is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.notices.operations.alike import LONGEST_REASON
from quality.radar.models import Hit, Said

MAY_BE_SAID = (Said.SAME, Said.OTHER)  # that it is gone is said by a look


def wrong_decision(chosen: Sequence[Hit], decision: str, reason: str) -> Iterator[FieldProblem]:
    if not chosen:
        yield FieldProblem("chosen", "missing", _("Choose at least one listing"))
    if decision not in MAY_BE_SAID:
        text = _("Choose one of: %(known)s", known=", ".join(MAY_BE_SAID))
        yield FieldProblem("decision", "unknown_decision", text)
    if decision == Said.OTHER and not reason.strip():
        yield FieldProblem("reason", "missing", _("Say why these are not what was taken down"))
    if len(reason.strip()) > LONGEST_REASON:
        yield FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON))
