"""What figures about platforms are made of: notices with their listings, and what was said, seen and decided of each.

Plain values, as `queries.py` reads them: whatever is computed from them is pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from quality.notices.models import ItemStatus, Outcome

DONE, ANSWERED = "done", "answered"  # outcomes of a clock: what it pressed for was done


NO_TIME = timedelta(0)


class Pause(NamedTuple):
    """While a period stood. It stands still while `until` is None."""

    since: datetime
    until: datetime | None = None


class Asked(NamedTuple):
    """A period within which something was to be done. `outcome` says why it stopped; it runs while that is None."""

    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None
    outcome: str | None = None
    pauses: tuple[Pause, ...] = ()  # none overlaps another

    def elapsed(self, moment: datetime) -> timedelta:
        """From its beginning; what was done before it began took no time at all."""
        return max(NO_TIME, moment - self.started_at)

    def own(self, moment: datetime) -> timedelta:
        """The same without the time for which it stood, which is nobody's to answer for."""
        stood = [min(moment, pause.until or moment) - pause.since for pause in self.pauses if pause.since < moment]
        return max(NO_TIME, self.elapsed(moment) - sum(stood, NO_TIME))


class Said(NamedTuple):
    """A claim of the platform about one listing."""

    id: int
    outcome: Outcome
    received_at: datetime
    acted_at: datetime | None = None
    units_sold: int | None = None
    evidence: tuple[str, ...] = ()  # sha256


class Seen(NamedTuple):
    """A look of the agency."""

    seen_at: datetime
    gone: bool


class Decided(NamedTuple):
    """What the agency decided of a listing: `verify`, `send_back` or `reopen`, and what it was before."""

    at: datetime
    action: str
    was: str


@dataclass
class Listing:
    """One listing on a notice. Everything in the order of time."""

    id: int
    listing_id: str
    status: ItemStatus
    claims: list[Said] = field(default_factory=list)
    looks: list[Seen] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    asked_again: list[Asked] = field(default_factory=list)  # its own time, where it was sent back or is there again
    is_known_again: bool = False  # a person said that a listing of a later frame is the same

    def decided(self, action: str) -> list[Decided]:
        return [each for each in self.decisions if each.action == action]

    def claim_before(self, moment: datetime) -> Said | None:
        """The last one that was received by then."""
        return next((said for said in reversed(self.claims) if said.received_at <= moment), None)


@dataclass
class Told:
    """One notice, as far as it was issued to its platform and not withdrawn."""

    id: int
    number: str
    agency_id: int
    platform_id: int
    issued_at: datetime
    reached_at: datetime | None = None  # the first sign, other than their own answer, that they could know of it
    acknowledge: list[Asked] = field(default_factory=list)
    remove: list[Asked] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)

    def asked_by(self, listing: Listing, moment: datetime) -> Asked | None:
        """The period that ran for this listing then: the last that had begun."""
        begun = [each for each in (*self.remove, *listing.asked_again) if each.started_at <= moment]
        return max(begun, key=lambda each: each.started_at, default=None)


def listings_of(told: list[Told]) -> Iterator[tuple[Told, Listing]]:
    for notice in told:
        for listing in notice.listings:
            yield notice, listing
