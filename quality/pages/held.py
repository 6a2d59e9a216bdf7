"""Who held a case for how long, from the events that moved it and from whom each status leaves it with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.events import Event
from quality.core.words import Text, _
from quality.pages.kinds import Kind
from quality.pages.words import STATUSES, Party, Status, word
from quality.people.actor import Actor

SHOWN_FOR = {"notice", "finding", "sample"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NARROWEST = 0.6  # percent: what is narrower could not be seen


class Stretch(NamedTuple):
    party: Party
    since: datetime
    until: datetime


class Bar(NamedTuple):
    x: str  # percent of the whole
    width: str


class Lane(NamedTuple):
    """A row: one who had it, how long in all, and when."""

    who: Text
    long: Text
    bars: list[Bar]


class Held(NamedTuple):
    lanes: list[Lane]
    stretches: list[tuple[Text, datetime, datetime, Text]]
    since: datetime
    until: datetime


def stretches(moves: Iterable[tuple[datetime, str]], has_it: Mapping[str, Status], now: datetime) -> list[Stretch]:
    """Runs of one party, the oldest first. Clocks fall back: a move dated before the last one takes no time away.

    Where nobody has it any more the case rests, and that time is nobody's.
    """
    found: list[Stretch] = []
    for at, status in moves:
        party = has_it[status].has_it if status in has_it else Party.NOBODY
        since = max(at, found[-1].since) if found else at
        if found:
            found[-1] = found[-1]._replace(until=since)
        if not found or found[-1].party is not party:
            found.append(Stretch(party, since, since))
    if found and found[-1].party is not Party.NOBODY:
        found[-1] = found[-1]._replace(until=max(now, found[-1].since))
    return [each for each in found if each.party is not Party.NOBODY]


def held(session: Session, kind: Kind, case: Any, me: Actor) -> Held | None:
    """As much as the reader may know of the record."""
    if kind.name not in SHOWN_FOR:
        return None
    asked = sa.select(Event.at, Event.new_status).where(
        Event.subject_type == case.__tablename__, Event.subject_id == case.id,
        Event.seq >= kind.shown_from(session, case, me), Event.part.is_(None), Event.new_status.is_not(None),
    )  # fmt: skip
    moves = [(at, str(status)) for at, status in session.execute(asked.order_by(Event.seq))]
    return drawn(stretches(moves, STATUSES[kind.name], clock.now()))


def drawn(found: list[Stretch]) -> Held | None:
    if not found or found[-1].until <= found[0].since:
        return None
    since, until = found[0].since, found[-1].until
    whole = (until - since).total_seconds()
    lanes = []
    for party in dict.fromkeys(each.party for each in found):
        own = [each for each in found if each.party is party]
        together = sum((each.until - each.since for each in own), timedelta())
        bars = [
            bar((each.since - since).total_seconds(), (each.until - each.since).total_seconds(), whole) for each in own
        ]
        lanes.append(Lane(word("party", party), lasting(together), bars))
    lines = [(word("party", s.party), s.since, s.until, lasting(s.until - s.since)) for s in found]
    return Held(lanes, lines, since, until)


def bar(start: float, length: float, whole: float) -> Bar:
    width = max(NARROWEST, 100 * length / whole)
    return Bar(f"{min(100 * start / whole, 100 - width):.2f}%", f"{width:.2f}%")


def lasting(time: timedelta) -> Text:
    if time >= 2 * DAY:
        return _("%(count)s days", count=round(time / DAY))
    if time >= HOUR:
        return _("%(count)s h", count=round(time / HOUR))
    return _("less than an hour")
