"""Notices and listings as plain values, for tests of what is computed from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from quality.notices.models import ItemStatus, Outcome
from quality.statistics.rows import Asked, Decided, Listing, Said, Seen, Told

START = datetime(2026, 9, 1, 1, tzinfo=UTC)  # 09:00 in Beijing
numbers = count(1)


def at(hours: float) -> datetime:
    """So many hours after the notice was issued."""
    return START + timedelta(hours=hours)


def said(hours: float, outcome: Outcome = Outcome.REMOVED, acted: float | None = None, **changed) -> Said:
    acted_at = at(hours if acted is None else acted) if outcome == Outcome.REMOVED else None
    return Said(next(numbers), outcome, at(hours), acted_at, **changed)


def there(hours: float) -> Seen:
    return Seen(at(hours), gone=False)


def gone(hours: float) -> Seen:
    return Seen(at(hours), gone=True)


def verified(hours: float) -> Decided:
    return Decided(at(hours), "verify", "claimed")


def sent_back(hours: float) -> Decided:
    return Decided(at(hours), "send_back", "claimed")


def back(hours: float) -> Decided:
    return Decided(at(hours), "reopen", "verified")


def listing(*happened: Said | Seen | Decided | Asked, status: ItemStatus = ItemStatus.VERIFIED) -> Listing:
    key = next(numbers)
    found = Listing(key, f"L-{key}", status)
    rows: dict[type, list[Any]] = {
        Said: found.claims,
        Seen: found.looks,
        Decided: found.decisions,
        Asked: found.asked_again,
    }
    for each in happened:
        rows[type(each)].append(each)
    return found


def asked(hours: float, until: float, stopped: float | None = None, outcome: str = "done") -> Asked:
    return Asked(at(hours), at(until), None if stopped is None else at(stopped), None if stopped is None else outcome)


def told(*listings: Listing, remove: list[Asked] | None = None, **changed) -> Told:
    key = next(numbers)
    facts = {"issued_at": START, "reached_at": at(1)} | changed
    return Told(
        key,
        f"N-YZ-2026-{key:04}",
        agency_id=1,
        platform_id=2,
        remove=[asked(1, 73)] if remove is None else remove,
        listings=list(listings),
        **facts,
    )
