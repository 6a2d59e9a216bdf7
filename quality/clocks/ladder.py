"""What follows when a deadline has passed and its deed does not come: steps as data, each climbed once (ladder.csv).

A step is reached at a legal moment, counted from the last day like any period, and recorded with that moment however
late the job looks. The program reminds and rings; a talk and public naming are proposed, and people decide.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import queries
from quality.clocks.calendar import Calendar
from quality.clocks.changing import refuse_unless_permitted
from quality.clocks.days import due
from quality.clocks.models import Clock, ClockRung
from quality.clocks.rules import Certainty, InBoth, Rule, Unit
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.permissions import Can

AT_ONCE = 500
NOON = time(12)


class Deed(StrEnum):
    REMINDER = "reminder"  # to who is late: the message goes out as the period ends (delivery/telling.py)
    COORDINATOR = "coordinator"  # who gives out the work is told, after who does it
    SUPERVISOR = "supervisor"  # a reviewer is told
    TALK = "talk"  # 约谈
    PUBLIC = "public"  # naming in public, proposed


@dataclass(frozen=True)
class Rung:
    """One row of ladder.csv."""

    rule: str
    step: int
    after: int  # in `unit`s past the last day; 0: as it runs out
    unit: Unit
    deed: Deed
    source: Text
    certainty: Certainty
    valid_from: date


@cache
def ladders() -> dict[str, list[Rung]]:
    found: dict[str, list[Rung]] = {}
    with Path(__file__).with_name("ladder.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            rung = Rung(
                rule=row["rule"],
                step=int(row["step"]),
                after=int(row["after"]),
                unit=Unit(row["unit"]),
                deed=Deed(row["deed"]),
                source=InBoth(row["source"], row["source_zh"]),
                certainty=Certainty(row["certainty"]),
                valid_from=date.fromisoformat(row["valid_from"]),
            )
            found.setdefault(rung.rule, []).append(rung)
    return found


def rungs_of(rule: str, due_on: date) -> Sequence[Rung]:
    """The steps that are valid for a deadline that ends on this day."""
    return [rung for rung in ladders().get(rule, ()) if rung.valid_from <= due_on]


def reached_at(rung: Rung, due_on: date, calendar: Calendar) -> datetime:
    """The moment of a step: as the period runs out, or as so many days more have."""
    if not rung.after:
        return datetime.combine(due_on + timedelta(days=1), time.min, BEIJING)
    period = Rule(
        code=rung.rule,
        name=rung.deed,
        length=rung.after,
        unit=rung.unit,
        earliest=None,
        starts_at="",
        source=rung.source,
        certainty=rung.certainty,
        valid_from=rung.valid_from,
    )
    return due(period, datetime.combine(due_on, NOON, BEIJING), calendar).due_at


def overdue_with_ladder(session: Session, now: datetime) -> Iterator[tuple[Clock, int]]:
    """Overdue clocks that are not at the top of their ladder, with the last step that was recorded of each."""
    taken = sa.func.coalesce(
        sa.select(sa.func.max(ClockRung.step)).where(ClockRung.clock_id == Clock.id).scalar_subquery(), 0
    )
    top = sa.case({rule: rungs[-1].step for rule, rungs in ladders().items()}, value=Clock.rule, else_=0)
    asked = sa.select(Clock, taken).where(is_overdue(now), Clock.rule.in_(ladders()), taken < top).order_by(Clock.id)
    last = 0
    while some := session.execute(asked.where(Clock.id > last).limit(AT_ONCE)).all():
        yield from ((clock, step) for clock, step in some)
        last = some[-1][0].id


def is_overdue(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Clock.stopped_at.is_(None), Clock.paused_at.is_(None), Clock.due_at <= now)


def next_rung(clock: Clock, taken: int, calendar: Calendar, now: datetime) -> tuple[Rung, datetime] | None:
    """The first step after the `taken` one, if its moment has come."""
    for rung in rungs_of(clock.rule, clock.due_on):
        if rung.step > taken:
            at = reached_at(rung, clock.due_on, calendar)
            return (rung, at) if at <= now else None
    return None


def taken_by(session: Session, clock_ids: Sequence[int]) -> dict[int, list[ClockRung]]:
    """The steps that these clocks have reached, in order."""
    found: dict[int, list[ClockRung]] = {}
    asked = sa.select(ClockRung).where(ClockRung.clock_id.in_(clock_ids)).order_by(ClockRung.clock_id, ClockRung.step)
    for rung in session.scalars(asked) if clock_ids else ():
        found.setdefault(rung.clock_id, []).append(rung)
    return found


def see_to(session: Session, late: Clock, step: int, note: str, *, by: Actor) -> None:
    """Write down what was done at a step that this clock has reached."""
    whole, part = queries.whole_and_part(queries.subject_of(session, late))
    refuse_unless_permitted(whole, by, Can.CLOCK_CHANGE)
    if not note.strip():
        raise Invalid(FieldProblem("note", "missing", _("Write down what was done")))
    details = {"clock": late.id, "rule": late.rule, "step": step}
    record(session, whole, "escalate_seen_to", by=by, part=part, note=note.strip(), details=details)
    rung = session.get(ClockRung, (late.id, step))
    if rung is None or rung.seen_to_at is not None:
        raise Refused("seen_to_already", _("This step is not reached, or somebody has seen to it already"))
    rung.seen_to_at, rung.seen_to_by, rung.note = clock.now(), by.signature, note.strip()
    session.flush()
