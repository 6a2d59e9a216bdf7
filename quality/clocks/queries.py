"""What is asked about clocks: the calendar in force, the clocks of a case, and which still run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.clocks.calendar import Calendar, Year
from quality.clocks.days import DAY, Code, Due, Extension, Pause, Step, day_of, due
from quality.clocks.explain import Lines, heading, sentence
from quality.clocks.models import CalendarYear, ChangeKind, Clock, ClockChange
from quality.clocks.rules import Rule, Unit, rule_on
from quality.core import clock as time
from quality.core.clock import BEIJING
from quality.core.db import Base
from quality.core.words import Text, _
from quality.core.workflow import Case, Part


@dataclass(frozen=True)
class Shown:
    """A clock as pages and the API show it. `explanation` is the count, in the reader's language."""

    id: int
    rule: str
    name: Text
    started_at: datetime
    opens_on: date | None
    due_on: date
    due_at: datetime
    overdue: bool
    provisional: bool
    paused_at: datetime | None
    stopped_at: datetime | None
    outcome: str | None
    explanation: Text


def clocks_of(session: Session, case: Case | Part, now: datetime | None = None) -> list[Shown]:
    """Every clock that ever ran for `case`, in the order in which they started."""
    found = session.scalars(
        sa.select(Clock)
        .where(Clock.subject_type == case.__tablename__, Clock.subject_id == case.id)
        .options(selectinload(Clock.changes))
        .order_by(Clock.started_at, Clock.id)
    )
    return [shown(clock, now or time.now()) for clock in found]


def shown(clock: Clock, now: datetime) -> Shown:
    rule = rule_of(clock)
    return Shown(
        id=clock.id,
        rule=clock.rule,
        name=rule.name,
        started_at=clock.started_at,
        opens_on=clock.opens_on,
        due_on=clock.due_on,
        due_at=clock.due_at,
        overdue=clock.is_overdue(now),
        provisional=clock.provisional,
        paused_at=clock.paused_at,
        stopped_at=clock.stopped_at,
        outcome=clock.outcome,
        explanation=Lines((heading(rule), *(sentence(step, rule) for step in steps_of(clock)))),
    )


def clocks_of_all(session: Session, subjects: Iterable[Case | Part]) -> list[Clock]:
    """Every clock that ever ran for one of these, in one statement."""
    of: dict[str, list[int]] = {}
    for subject in subjects:
        of.setdefault(subject.__tablename__, []).append(subject.id)
    theirs = [sa.and_(Clock.subject_type == table, Clock.subject_id.in_(ids)) for table, ids in of.items()]
    asked = sa.select(Clock).where(sa.or_(sa.false(), *theirs)).options(selectinload(Clock.changes))
    return list(session.scalars(asked.order_by(Clock.started_at, Clock.id)))


def running(session: Session, case: Case | Part, rule_code: str) -> list[Clock]:
    """The clocks of this rule that still run, or stand, for `case`."""
    return list(session.scalars(RUNNING, {"subject_type": case.__tablename__, "subject": case.id, "rule": rule_code}))


# Written once: each move asks it, and half the time of an answer would go into writing it
RUNNING = (
    sa.select(Clock)
    .where(
        Clock.subject_type == sa.bindparam("subject_type"),
        Clock.subject_id == sa.bindparam("subject"),
        Clock.rule == sa.bindparam("rule"),
        Clock.stopped_at.is_(None),
    )
    .order_by(Clock.id)
)


def subject_of(session: Session, clock: Clock) -> Case | Part:
    """The case, or the part of one, for which `clock` runs."""
    subject: Case | Part = session.get_one(model_of(clock.subject_type), clock.subject_id)
    return subject


def whole_and_part(subject: Case | Part) -> tuple[Case, Part | None]:
    """Whose record tells of the clock, and which part of it is meant."""
    return (subject.whole, subject) if isinstance(subject, Part) else (subject, None)


def model_of(table: str) -> Any:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)


def rule_of(clock: Clock) -> Rule:
    return rule_on(clock.rule, day_of(clock.started_at))


def recount(clock: Clock, calendar: Calendar) -> Due:
    """When `clock` is due by this calendar, with all that happened to it."""
    pauses, extensions = spoken(clock.changes)
    return due(rule_of(clock), clock.started_at, calendar, pauses=pauses, extensions=extensions)


def spoken(changes: list[ClockChange]) -> tuple[list[Pause], list[Extension]]:
    """Changes as the arithmetic takes them. A reason is named by its change: the words stand in one place only."""
    pauses: list[Pause] = []
    extensions: list[Extension] = []
    for change in changes:
        if change.kind is ChangeKind.PAUSE:
            pauses.append(Pause(began=change.at, ended=None, reason=str(change.id)))
        elif change.kind is ChangeKind.RESUME:
            pauses[-1] = replace(pauses[-1], ended=change.at)
        else:
            extensions.append(Extension(days=change.days or 0, reason=str(change.id)))
    return pauses, extensions


def kept(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Steps as they are stored. `steps_of` reads them."""
    return [
        {
            "code": step.code,
            "from": step.first,
            "to": step.last,
            "days": step.days,
            "total": step.total,
            "reason": str(step.reason),
        }
        for step in steps
    ]


def steps_of(clock: Clock) -> Iterator[Step]:
    reasons = {str(change.id): said_of(change) for change in clock.changes}
    for kept in clock.steps:
        yield Step(
            code=Code(kept["code"]),
            first=date.fromisoformat(str(kept["from"])),
            last=date.fromisoformat(str(kept["to"])),
            days=int(kept["days"]),
            total=int(kept["total"]),
            reason=reasons.get(kept["reason"], ""),
        )


def said_of(change: ClockChange) -> Text:
    """The reason, and on whose word: for everybody who reads the clock, a platform too."""
    if not change.allowed_by:
        return change.reason
    known = {"reason": change.reason, "who": change.allowed_by, "no": change.decision_no}
    if not change.decision_no:
        return _("%(reason)s (allowed by %(who)s)", **known)
    return _("%(reason)s (allowed by %(who)s, %(no)s)", **known)


def calendar(session: Session) -> Calendar:
    """The calendar in force: what people entered over what the library knows."""
    editions = session.scalars(sa.select(CalendarYear).order_by(CalendarYear.edition))
    return Calendar(as_year(edition) for edition in editions)


SHORTEST = {Unit.WORKING_DAY: 1, Unit.CALENDAR_DAY: 1, Unit.MONTH: 28, Unit.YEAR: 365}  # days that each lasts at least


def over_for(rule: str, calendar: Calendar, now: datetime) -> datetime:
    """00:00 in Beijing: a period of `rule` that began before it is over at `now`, and one that began since is not.

    For a period that is no clock of a case, so that what is over can be asked of the database in one statement.
    """
    newest = rule_on(rule, day_of(now))
    day = day_of(now) - DAY * (newest.length * SHORTEST[newest.unit])
    while due(rule_on(rule, day), datetime.combine(day, datetime.min.time(), BEIJING), calendar).due_at > now:
        day -= DAY
    return datetime.combine(day + DAY, datetime.min.time(), BEIJING)


def as_year(entered: CalendarYear) -> Year:
    return Year(
        number=entered.year,
        version=f"entered {entered.edition}",
        off=frozenset(date.fromisoformat(str(day)) for day in entered.off_days),
        worked=frozenset(date.fromisoformat(str(day)) for day in entered.worked_days),
    )
