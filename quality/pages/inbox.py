"""What a laboratory has before it: its portions by what is to be done with them, the first due first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.clocks.models import Clock
from quality.clocks.queries import calendar, shown
from quality.core import clock as time
from quality.core.words import Text, _
from quality.lab.models import Report, ReportDraft, ReportStatus
from quality.lab.queries import portions_visible_to
from quality.lab.stages import TIME_TO_REPORT, Stage, in_stage, stage_now
from quality.pages.asking import DUE
from quality.pages.deadlines import Deadline, deadline
from quality.pages.kinds.portion import PORTION
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Portion, PortionStatus

A_GROUP = 30  # the most pressing of one stage; the rest is a list of its own
OPEN = (Stage.RECEIVE, Stage.TEST, Stage.AUTHORISE, Stage.STOPPED)


class Line(NamedTuple):
    portion: Portion
    stage: Stage
    category: str
    deadline: Deadline | None
    to_do: Text
    address: str
    draft: ReportDraft | None


class Group(NamedTuple):
    name: str  # of a stage, or `overdue`
    heading: Text
    lines: list[Line]
    all_of_them: str | None  # where the rest stands, if there is more


def what_is_open(session: Session, me: Actor) -> list[Group]:
    """What the laboratory is late with; then each stage in which something is to be done, by its time to report.

    What came first stands first where no time runs. What waits for the agency is late for nobody here.
    """
    is_late = sa.and_(Clock.due_at <= time.now(), Portion.status != PortionStatus.STOPPED)
    late = first_due(session, me, sa.and_(is_late, sa.or_(*map(in_stage, OPEN))))
    groups = []
    if late:
        rest = url_for("desk.cases", kind="portion", order=DUE) if len(late) > A_GROUP else None
        groups.append(Group("overdue", _("Overdue"), lines_of(session, late[:A_GROUP], me), rest))
    for stage in OPEN:
        in_time = sa.or_(Clock.due_at.is_(None), sa.not_(is_late))
        found = first_due(session, me, sa.and_(in_stage(stage), in_time))
        groups += grouped(session, found[:A_GROUP], me, {stage} if len(found) > A_GROUP else ())
    return groups


def first_due(session: Session, me: Actor, such: sa.ColumnElement[bool]) -> list[Portion]:
    """One more than a group holds, if there are more."""
    asked = portions_visible_to(me).outerjoin(Clock, TIME_TO_REPORT).where(such).options(*PORTION.shown_with)
    asked = asked.order_by(None).order_by(Clock.due_at.nulls_last(), Portion.id)
    return list(session.scalars(asked.limit(A_GROUP + 1)).unique())


def grouped(session: Session, portions: Sequence[Portion], me: Actor, more: Iterable[Stage] = ()) -> list[Group]:
    """The same portions under the heading of what is to be done with each; `more`: stages that do not end here."""
    lines = lines_of(session, portions, me)
    return [
        Group(
            stage.value,
            word("stage", stage),
            [line for line in lines if line.stage is stage],
            url_for("desk.cases", kind="portion", stage=stage.value) if stage in more else None,
        )
        for stage in Stage
        if any(line.stage is stage for line in lines)
    ]


def lines_of(session: Session, portions: Sequence[Portion], me: Actor) -> list[Line]:
    """In as many statements for thirty as for one."""
    keys = [portion.id for portion in portions]
    if not keys:
        return []
    asked = sa.select(Portion.id, stage_now()).where(Portion.id.in_(keys))
    stages = {key: Stage(stage) for key, stage in session.execute(asked)}
    running = (
        sa.select(Clock, Portion.id).join(Portion, TIME_TO_REPORT).where(Portion.id.in_(keys)).order_by(Clock.id)
    ).options(selectinload(Clock.changes))
    clocks = {key: one for one, key in session.execute(running)}
    waiting = sa.select(Report.portion_id, Report.report_no).where(
        Report.portion_id.in_(keys), Report.status == ReportStatus.ENTERED
    )
    reports = {key: number for key, number in session.execute(waiting)}
    kept = sa.select(ReportDraft).where(ReportDraft.portion_id.in_(keys)).options(joinedload(ReportDraft.kept_by))
    drafts = {draft.portion_id: draft for draft in session.scalars(kept)}
    known, now = calendar(session), time.now()
    lines = []
    for portion in portions:
        stage, one = stages[portion.id], clocks.get(portion.id)
        due = deadline(session, shown(one, now), known) if one and stage is not Stage.DONE else None
        to_do, address = next_step(portion, stage, reports.get(portion.id), me)
        lines.append(
            Line(portion, stage, portion.sample.campaign.category, due, to_do, address, drafts.get(portion.id))
        )
    return lines


def next_step(portion: Portion, stage: Stage, report_no: str | None, me: Actor) -> tuple[Text, str]:
    """What the line says is to be done, and where this reader does it, or reads how far it is."""
    there: dict[str, Any] = {"kind": "portion", "number": portion.blind_no}
    match stage:
        case Stage.RECEIVE:
            door = url_for("desk.sheet", name="take_in", **there) if me.can(Can.SAMPLE_RECEIVE) else None
            return _("Receive the portion, or turn it away"), door or url_for("desk.dossier", **there)
        case Stage.TEST:
            grid = url_for("desk.sheet", name="report", **there) if me.can(Can.REPORT_ENTER) else None
            return _("Enter the results"), grid or url_for("desk.dossier", **there)
        case Stage.AUTHORISE:
            code = me.organisation.code if me.organisation else ""
            report = url_for("desk.dossier", kind="report", number=f"{code}:{report_no}")
            return _("Authorise report %(number)s", number=report_no), report
        case Stage.STOPPED:
            return _("Wait for what the agency decides"), url_for("desk.dossier", **there)
        case Stage.DONE:
            return _("Sample %(blind)s", blind=portion.blind_no), url_for("desk.dossier", **there)
