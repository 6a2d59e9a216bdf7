"""What a platform may answer for one listing, and what can be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.notices.models import Outcome

SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST_REASON = 2_000  # characters
LONGEST_ADDRESS = 2_000
MOST_SWEPT = 500  # a sweep that found more is sent as evidence
MOST_EVIDENCE = 50
MOST_UNITS = 2**31 - 1


class OutcomeEntry(NamedTuple):
    """One answer as it was sent. `outcome` is text: what it may be is asked here, so that one bad entry is named."""

    listing_id: str
    outcome: str
    acted_at: datetime | None = None
    reason: str = ""
    units_sold: int | None = None
    swept: Sequence[str] = ()
    evidence: Sequence[str] = ()


def problems_of(entry: OutcomeEntry, *, issued_at: datetime, now: datetime) -> list[FieldProblem]:
    """Everything that keeps this answer from being taken down. `issued_at` is the notice's."""
    return [*_of_the_outcome(entry, issued_at, now), *_of_the_figures(entry), *_of_the_proofs(entry)]


def _of_the_outcome(entry: OutcomeEntry, issued_at: datetime, now: datetime) -> Iterator[FieldProblem]:
    if entry.outcome not in set(Outcome):
        known = ", ".join(Outcome)
        yield FieldProblem("outcome", "unknown_outcome", _("Choose one of these outcomes: %(known)s", known=known))
    if entry.outcome == Outcome.REFUSED and not entry.reason.strip():
        yield FieldProblem("reason", "missing", _("Say why you refuse"))
    if len(entry.reason) > LONGEST_REASON:
        yield FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON))
    if entry.acted_at is None:
        if entry.outcome == Outcome.REMOVED:
            yield FieldProblem("acted_at", "missing", _("Enter when the listing was removed"))
    elif entry.acted_at.tzinfo is None:
        yield FieldProblem("acted_at", "no_zone", _("Write the time with its zone, as in 2026-09-03T09:48:00+08:00"))
    elif entry.acted_at > now:
        yield FieldProblem("acted_at", "in_the_future", _("This moment lies in the future; enter when it was done"))
    elif entry.outcome == Outcome.REMOVED and entry.acted_at < issued_at:
        text = _("The notice was not issued yet then; if the listing was gone before, say that it was gone already")
        yield FieldProblem("acted_at", "before_the_notice", text)


def _of_the_figures(entry: OutcomeEntry) -> Iterator[FieldProblem]:
    units = entry.units_sold
    if units is not None and (isinstance(units, bool) or not 0 <= units <= MOST_UNITS):
        yield FieldProblem("units_sold", "not_a_count", _("Enter how many units were sold, 0 or more"))
    if len(entry.swept) > MOST_SWEPT:
        text = _("Name at most %(most)s addresses and send the rest as evidence", most=MOST_SWEPT)
        yield FieldProblem("swept", "too_many", text)
    for place, address in enumerate(entry.swept, 1):
        if not is_web_address(address):
            text = _("Write the address of a listing in full, as in https://example.org/item/1")
            yield FieldProblem(f"swept {place}", "bad_address", text)


def _of_the_proofs(entry: OutcomeEntry) -> Iterator[FieldProblem]:
    if len(entry.evidence) > MOST_EVIDENCE:
        yield FieldProblem("evidence", "too_many", _("Refer to at most %(most)s files", most=MOST_EVIDENCE))
    for place, sha256 in enumerate(entry.evidence, 1):
        if not SHA256.fullmatch(sha256):
            text = _("Refer to a file by its sha256: 64 characters from 0 to 9 and a to f")
            yield FieldProblem(f"evidence {place}", "bad_sha256", text)


def is_web_address(text: str) -> bool:
    """Whether a browser would open it: http or https, with a host, in one piece."""
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, half an IPv6 address
        return False
