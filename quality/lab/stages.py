"""Where a portion stands for the laboratory that has it: to be received, in test, to be authorised, stopped, done."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from quality.clocks.models import Clock
from quality.lab.models import Report, ReportStatus
from quality.purchases.models import Portion, PortionStatus


class Stage(StrEnum):
    RECEIVE = "receive"
    TEST = "test"
    AUTHORISE = "authorise"
    STOPPED = "stopped"
    DONE = "done"


# the laboratory's time for a report: it runs from the receipt, and again when a report was sent back
TIME_TO_REPORT = sa.and_(
    Clock.subject_type == Portion.__tablename__,
    Clock.subject_id == Portion.id,
    Clock.rule == "lab_report",
    Clock.stopped_at.is_(None),
)
REPORT_TO_SIGN = sa.exists().where(Report.portion_id == Portion.id, Report.status == ReportStatus.ENTERED)
TIME_RUNS = sa.select(Clock.id).where(TIME_TO_REPORT).correlate(Portion).exists()
IS_HERE = Portion.status.in_([PortionStatus.AT_LAB, PortionStatus.TESTED])

# the first that holds
CONDITIONS: dict[Stage, sa.ColumnElement[bool]] = {
    Stage.RECEIVE: Portion.status == PortionStatus.DISPATCHED,
    Stage.STOPPED: Portion.status.in_([PortionStatus.STOPPED, PortionStatus.HELD]),
    Stage.AUTHORISE: sa.and_(IS_HERE, REPORT_TO_SIGN),
    Stage.TEST: sa.and_(IS_HERE, sa.not_(REPORT_TO_SIGN), TIME_RUNS),
}


def stage_now() -> sa.ColumnElement[str]:
    return sa.case(*((holds, stage.value) for stage, holds in CONDITIONS.items()), else_=Stage.DONE.value)


def in_stage(stage: str) -> sa.ColumnElement[bool]:
    """Nothing is in a stage that there is not."""
    if stage == Stage.DONE:
        return sa.not_(sa.or_(*CONDITIONS.values()))
    return CONDITIONS[Stage(stage)] if stage in CONDITIONS else sa.false()
