"""Lists of deadlines before and after, as a reader may see them: by case of the own agency and those below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.clocks import queries
from quality.clocks.models import Clock, RedatedClock, Redating
from quality.clocks.rules import rule_on
from quality.clocks.years import Change
from quality.core.words import Text
from quality.pages.kinds import kinds_for
from quality.people.actor import Actor
from quality.people.models import Below

SHOWN = 200  # lines of one list on a page


class Line(NamedTuple):
    number: str
    address: str
    rule: Text
    before: date
    after: date


class Moved(NamedTuple):
    lines: list[Line]
    many: int  # of all agencies
    hidden: int  # not listed here: of other agencies, or more than a page holds


def moved(session: Session, me: Actor, changes: Sequence[Change]) -> Moved:
    below = set(session.scalars(sa.select(Below.below_id).where(Below.agency_id == me.organisation_id)))
    kinds, found = kinds_for(me), list[Line]()
    for (table, key), of_one in groupby(changes, key=lambda each: (each.subject_type, each.subject_id)):
        if len(found) >= SHOWN:
            break
        whole, _part = queries.whole_and_part(session.get_one(queries.model_of(table), key))
        kind = next((each for each in kinds if isinstance(whole, each.model)), None)
        if kind is not None and getattr(whole, "agency_id", None) in below:
            number, address = kind.number(whole), kind.address(whole)
            found.extend(Line(number, address, rule_on(e.rule, e.before).name, e.before, e.after) for e in of_one)
    return Moved(found[:SHOWN], len(changes), len(changes) - len(found[:SHOWN]))


def kept_lists(session: Session, most: int = 30) -> list[tuple[Redating, int]]:
    """The newest first, with how many deadlines moved."""
    many = sa.select(sa.func.count()).where(RedatedClock.redating_id == Redating.id).scalar_subquery()
    asked = sa.select(Redating, many).options(joinedload(Redating.calendar_year)).order_by(Redating.id.desc())
    return [(made, count) for made, count in session.execute(asked.limit(most))]


def changes_of(session: Session, made: Redating) -> list[Change]:
    asked = sa.select(RedatedClock, Clock).join(Clock, Clock.id == RedatedClock.clock_id)
    lines = asked.where(RedatedClock.redating_id == made.id).order_by(Clock.subject_type, Clock.subject_id, Clock.id)
    return [
        Change(clock.id, clock.rule, clock.subject_type, clock.subject_id, line.before, line.after)
        for line, clock in session.execute(lines)
    ]
