"""What is to be seen to about deadlines: changes that wait for a decision of mine, a year that nobody entered."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.clocks.changing import waiting_for
from quality.clocks.drafts import missing_years, not_above_all
from quality.clocks.queries import calendar, subject_of, whole_and_part
from quality.pages.kinds import kinds_for
from quality.people.actor import Actor
from quality.permissions import Can


class Waiting(NamedTuple):
    number: str
    address: str


def clock_requests(session: Session, me: Actor) -> list[Waiting]:
    """One line a case, however many of its deadlines are meant."""
    found: dict[str, Waiting] = {}
    for asked in waiting_for(session, me):
        whole, _part = whole_and_part(subject_of(session, asked.clock))
        kind = next((each for each in kinds_for(me) if isinstance(whole, each.model)), None)
        if kind is not None:
            number = kind.number(whole)
            address = url_for("deadlines.listed", kind=kind.name, number=number)
            found[address] = Waiting(number, address)
    return list(found.values())


def years_to_enter(session: Session, me: Actor) -> list[int]:
    """For who can mend it: years whose notice should be known by now, and is not."""
    if not me.can(Can.CALENDAR_PROPOSE) or not_above_all(me):
        return []
    return missing_years(calendar(session))
