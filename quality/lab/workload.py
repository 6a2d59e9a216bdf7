"""How busy a laboratory is, how long it takes, and which of its reports are late: from portions and their clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.clocks.models import Clock
from quality.core import clock
from quality.lab.models import Report, ReportStatus, TestResult
from quality.people.actor import Actor, within
from quality.permissions import Sees
from quality.purchases.models import Portion, PortionStatus, Sample
from quality.standards.names import item_key

UNDER_WAY = (PortionStatus.DISPATCHED, PortionStatus.HELD, PortionStatus.AT_LAB)
LOOKED_BACK = timedelta(days=180)
MOST = 5_000  # reports that figures are made of, the latest
MOST_LATE = 100


class Pace(NamedTuple):
    """Of the reports of half a year. `median_days` counts calendar days from receipt to authorisation."""

    reports: int
    late: int
    median_days: float | None


class ItemPace(NamedTuple):
    """`item` as it was written last."""

    item: str
    pace: Pace


class Late(NamedTuple):
    """A report that should be there: its portion, since when it is overdue."""

    portion: Portion
    due_on: date  # the last day of its time


def loads(session: Session, actor: Actor, laboratory_ids: Iterable[int]) -> dict[int, int]:
    """Portions on their way to each laboratory or in it, whoever sent them: what its capacity is held against."""
    asked = (
        sa.select(Portion.laboratory_id, sa.func.count())
        .join(Sample, Sample.id == Portion.sample_id)
        .where(Portion.status.in_(UNDER_WAY), Portion.laboratory_id.in_(set(laboratory_ids)), counts_for(actor))
        .group_by(Portion.laboratory_id)
    )
    return {key: many for key, many in session.execute(asked) if key is not None}


def counts_for(actor: Actor) -> sa.ColumnElement[bool]:
    """No figure of the agency's tells of a control; to the laboratory one is a sample as any other."""
    return sa.true() if actor.sees is Sees.LABORATORY else Sample.task_id.is_not(None)


def seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.sees is Sees.LABORATORY:
        return within(Portion, actor)
    return sa.and_(within(Sample, actor), counts_for(actor))


def finished(actor: Actor) -> sa.Select[int | None, datetime, datetime | None, datetime, int]:
    return (
        sa.select(Portion.laboratory_id, Clock.started_at, Clock.stopped_at, Clock.due_at, Portion.id)
        .join(Portion, sa.and_(Clock.subject_type == Portion.__tablename__, Clock.subject_id == Portion.id))
        .join(Sample, Sample.id == Portion.sample_id)
        .where(Clock.rule == "lab_report", Clock.stopped_at > clock.now() - LOOKED_BACK, seen_by(actor))
        .order_by(Clock.stopped_at.desc())
        .limit(MOST)
    )


def paces(session: Session, actor: Actor) -> dict[int, Pace]:
    """By laboratory, of what the actor may see."""
    found: dict[int, list[tuple[timedelta, bool]]] = {}
    for laboratory, started, stopped, due, _portion in session.execute(finished(actor)):
        if laboratory is not None and stopped is not None:
            found.setdefault(laboratory, []).append((stopped - started, stopped >= due))
    return {key: pace(each) for key, each in found.items()}


def pace(each: Sequence[tuple[timedelta, bool]]) -> Pace:
    days = median(took / timedelta(days=1) for took, _late in each) if each else None
    return Pace(len(each), sum(late for _took, late in each), days)


def paces_by_item(session: Session, actor: Actor, laboratory_id: int) -> dict[str, ItemPace]:
    """The same of one laboratory by test item, as `item_key` has it."""
    times = finished(actor).where(Portion.laboratory_id == laboratory_id).subquery()
    asked = (
        sa.select(TestResult.item, times.c.started_at, times.c.stopped_at, times.c.due_at)
        .join(Report, Report.portion_id == times.c.id)
        .join(TestResult, TestResult.report_id == Report.id)
        .where(Report.status == ReportStatus.AUTHORISED)
        .order_by(times.c.stopped_at.desc(), TestResult.id)
        .limit(MOST)
    )
    found: dict[str, list[tuple[timedelta, bool]]] = {}
    names: dict[str, str] = {}
    for item, started, stopped, due in session.execute(asked):
        key = item_key(item)
        names.setdefault(key, item)
        found.setdefault(key, []).append((stopped - started, stopped >= due))
    return {key: ItemPace(names[key], pace(each)) for key, each in found.items()}


def late_reports(session: Session, actor: Actor, laboratory_id: int | None = None) -> list[Late]:
    """Overdue now, the longest first."""
    asked = (
        sa.select(Portion, Clock.due_on)
        .join(Clock, sa.and_(Clock.subject_type == Portion.__tablename__, Clock.subject_id == Portion.id))
        .join(Sample, Sample.id == Portion.sample_id)
        .where(Clock.rule == "lab_report", Clock.stopped_at.is_(None), Clock.paused_at.is_(None))
        .where(Clock.due_at <= clock.now(), seen_by(actor))
        .options(joinedload(Portion.sample), joinedload(Portion.laboratory))
        .order_by(Clock.due_at, Clock.id)
        .limit(MOST_LATE)
    )
    if laboratory_id is not None:
        asked = asked.where(Portion.laboratory_id == laboratory_id)
    return [Late(portion, on) for portion, on in session.execute(asked)]
