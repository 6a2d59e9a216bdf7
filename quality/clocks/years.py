"""A calendar year is entered from its State Council notice, and every running clock that it touches is re-dated.

Whoever enters it does not wait for that: the list of what moves is opened, and a job works it off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.clocks import queries
from quality.clocks.calendar import DECEMBER, FIRST_YEAR, LAST_YEAR, Calendar, festivals, is_weekend
from quality.clocks.days import DAY
from quality.clocks.models import CalendarYear, Clock, RedatedClock, Redating
from quality.clocks.operations import dates, moved, redate
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import Base, canonical
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.events import append
from quality.core.words import _
from quality.core.workflow import Actor, Case, Part, name_of, record, take
from quality.permissions import Can

AT_ONCE = 100  # subjects held at a time: each taking makes the session forget all that it holds


class Change(NamedTuple):
    """One line of the list before and after: a clock whose last day moved."""

    clock_id: int
    rule: str
    subject_type: str
    subject_id: int
    before: date
    after: date


class Redated(NamedTuple):
    moved: list[Change]
    confirmed: int  # clocks whose dates stay; only where they come from changed


def enter_calendar_year(
    session: Session, year: int, off_days: Sequence[date], worked_days: Sequence[date], *, source: str, by: Actor
) -> Redating:
    """Keep the notice of `year` as its newest edition, and open the list of the running clocks that it moves.

    `off_days` are all days off that the notice names (weekends may be among them or not), `worked_days` the weekend
    days to be worked. Both may reach into the December before.
    """
    if not by.can(Can.CALENDAR_ENTER):
        raise NotPermitted("role_may_not", _("Your role may not enter a calendar year"))
    if problems := list(what_is_wrong(year, off_days, worked_days, source)):
        raise Invalid(*problems)
    last = session.scalar(sa.select(sa.func.max(CalendarYear.edition)).where(CalendarYear.year == year))
    entered = CalendarYear(
        year=year,
        edition=(last or 0) + 1,
        source=source.strip(),
        off_days=sorted(off_days),
        worked_days=sorted(worked_days),
        entered_at=clock.now(),
        entered_by_id=by.id,
    )
    session.add(entered)
    session.flush()
    record(session, entered, "enter", by=by, note=source, details={"year": year})
    return open_list(session, by=by, entered=entered)


def touched_by(year: int) -> tuple[date, date]:
    """The days about which the notice of a year may say anything."""
    return date(year - 1, DECEMBER, 1), date(year, DECEMBER, 31)


def open_list(session: Session, *, by: Actor, entered: CalendarYear | None = None) -> Redating:
    """The list before and after, to be filled by the job and read later; kept also where nothing moves."""
    made = Redating(at=clock.now(), by=by.signature, calendar_year=entered)
    session.add(made)
    session.flush()
    return made


def keep_lines(session: Session, redating_id: int, moved: Sequence[Change]) -> None:
    lines = [
        {"redating_id": redating_id, "clock_id": each.clock_id, "before": each.before, "after": each.after}
        for each in moved
    ]
    if lines:
        session.execute(sa.insert(RedatedClock), lines)


def moved_by(session: Session, redating_id: int) -> int:
    many = sa.select(sa.func.count()).where(RedatedClock.redating_id == redating_id)
    return session.scalars(many).one()


def what_is_wrong(
    year: int, off_days: Sequence[date], worked_days: Sequence[date], source: str
) -> Iterator[FieldProblem]:
    """Everything by which a typed notice cannot be one: each day is named."""
    if not source.strip():
        yield FieldProblem("source", "missing", _("Enter the number or title of the notice"))
    if not FIRST_YEAR < year <= LAST_YEAR:
        text = _("Enter a year from %(first)s to %(last)s", first=FIRST_YEAR + 1, last=LAST_YEAR)
        yield FieldProblem("year", "out_of_range", text)
        return
    for field, days in (("off_days", off_days), ("worked_days", worked_days)):
        yield from strange_days(field, days, year)
    off, worked = set(off_days), set(worked_days)
    for day in sorted(off & worked):
        yield FieldProblem("worked_days", "off_too", _("%(day)s is entered as off and as worked", day=day))
    for day in sorted(worked):
        if not is_weekend(day):
            text = _("%(day)s is no Saturday or Sunday; enter only weekend days that are worked", day=day)
            yield FieldProblem("worked_days", "no_weekend", text)
    for day in sorted(festivals(year) - off):
        if day in worked or not is_weekend(day):
            text = _("%(day)s is a public holiday; enter it among the days off", day=day)
            yield FieldProblem("off_days", "festival_missing", text)


def strange_days(field: str, days: Sequence[date], year: int) -> Iterator[FieldProblem]:
    for day, times in sorted(Counter(days).items()):
        if times > 1:
            yield FieldProblem(field, "twice", _("%(day)s is entered twice", day=day))
        if day.year != year and (day.year, day.month) != (year - 1, DECEMBER):
            text = _("%(day)s lies outside %(year)s and the December before", day=day, year=year)
            yield FieldProblem(field, "other_year", text)


class Outdated(NamedTuple):
    stay: list[dict[str, Any]]  # the new counts of clocks whose last day stays
    move: list[Change]  # those whose last day moves


def subjects_of(changes: Iterable[Change]) -> set[tuple[str, int]]:
    return {(each.subject_type, each.subject_id) for each in changes}


def what_is_outdated(session: Session, calendar: Calendar, between: tuple[date, date] | None = None) -> Outdated:
    outdated = Outdated([], [])
    for seen in session.scalars(still_running(between)):
        result = queries.recount(seen, calendar)
        if result.due_on != seen.due_on:
            about = (seen.id, seen.rule, seen.subject_type, seen.subject_id)
            outdated.move.append(Change(*about, seen.due_on, result.due_on))
        elif canonical(queries.kept(result.steps)) != canonical(seen.steps) or result.calendar != seen.calendar:
            outdated.stay.append({"seen_id": seen.id, "seen_steps": seen.steps, **dates(result)})
    return outdated


def still_running(between: tuple[date, date] | None = None) -> sa.Select[Clock]:
    """A clock can be touched only by days after its start and not after its last day."""
    clocks = sa.select(Clock).where(Clock.stopped_at.is_(None)).options(selectinload(Clock.changes)).order_by(Clock.id)
    if between is None:
        return clocks
    first, last = between
    return clocks.where(Clock.due_on >= first, Clock.started_at < datetime.combine(last + DAY, time.min, BEIJING))


def confirm(session: Session, counts: list[dict[str, Any]]) -> None:
    """Write the new count of clocks whose last day stays, but for those that someone has changed in between."""
    if not counts:
        return
    unchanged = sa.and_(Clock.id == sa.bindparam("seen_id"), Clock.steps == sa.bindparam("seen_steps"))
    session.connection().execute(sa.update(Clock).where(unchanged), counts)
    session.expire_all()


def subjects(session: Session, keys: Iterable[tuple[str, int]]) -> Iterator[Case | Part]:
    """The rows of these keys, table by table as they depend on each other, each table's in the order of their ids."""
    depth = {table.name: n for n, table in enumerate(Base.metadata.sorted_tables)}
    for table, group in groupby(sorted(keys, key=lambda key: (depth[key[0]], key[1])), key=lambda key: key[0]):
        ids = [key[1] for key in group]
        model = queries.model_of(table)
        for n in range(0, len(ids), AT_ONCE):
            yield from session.scalars(
                sa.select(model).where(model.id.in_(ids[n : n + AT_ONCE])).order_by(model.id)
            ).all()


def redate_subject(session: Session, subject: Case | Part, calendar: Calendar, *, by: str) -> list[Change]:
    """Take the case and count its clocks again. `by` signs the event that lists them before and after."""
    whole, part = queries.whole_and_part(subject)
    take(session, whole, None)
    changes = []
    told = []
    key = (subject.__tablename__, subject.id)
    mine = still_running().where(Clock.subject_type == key[0], Clock.subject_id == key[1])
    for running in session.scalars(mine).all():
        before = running.due_on
        redate(running, queries.recount(running, calendar))
        if running.due_on != before:
            changes.append(Change(running.id, running.rule, *key, before, running.due_on))
            told.append(moved(running, before))
    if not changes:  # stopped meanwhile, or moved by another process: nothing to tell, and nothing was taken
        session.rollback()
        return []
    details = {"clocks": told}
    append(session, whole, "clocks_redated", actor=by, part=name_of(part) if part else None, details=details)
    session.flush()
    return changes
