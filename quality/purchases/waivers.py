"""A required piece of evidence that is not there: the buyer says why, and somebody else lets the step go or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from quality.core.db import partial_index
from quality.core.words import Reason, Text, _
from quality.core.workflow import Part, Transition, Workflow
from quality.evidence.queries import exhibits_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.checklist_editions import needs_for
from quality.purchases.checklists import SEALS, Need, Piece, Standing, Step, can_be_taken, said_of, standing
from quality.purchases.models import Task, TaskStatus

UNDER_WAY = {TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED}


class WaiverStatus(StrEnum):
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class NoPiece(StrEnum):
    """Why a piece cannot be shown."""

    NOT_SHOWN = "not_shown"  # the shop or the platform shows no such thing: no licence page
    GONE = "gone"  # it was there, and is not any more
    FAILED = "failed"  # the telephone, the camera or the file
    EXPOSES = "exposes"  # taking it would have shown who buys
    OTHER = "other"


class Waiver(Part):
    """One missing piece of a task, with the reason that its buyer gave. Never decided by who asked."""

    __tablename__ = "waiver"
    __table_args__ = (
        sa.CheckConstraint("status <> 'accepted' OR decided_by_id <> asked_by_id", name="four_eyes"),
        sa.CheckConstraint("(status = 'asked') = (decided_by_id IS NULL)", name="decided_by_somebody"),
        partial_index(
            "uq_waiver_open", "task_id", "need", where=sa.text("status IN ('asked', 'accepted')"), unique=True
        ),
        partial_index("ix_waiver_waiting", "task_id", where=sa.text("status = 'asked'")),
    )

    status: Mapped[WaiverStatus] = mapped_column(default=WaiverStatus.ASKED)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"), index=True)
    need: Mapped[str] = mapped_column(sa.String(40))  # its name in the checklist: `opening-video`
    code: Mapped[NoPiece]
    reason: Mapped[str] = mapped_column(sa.Text)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # also who takes it back
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")

    task: Mapped[Task] = relationship()

    @property
    def whole(self) -> Task:
        return self.task

    @property
    def agency_id(self) -> int:
        return self.task.agency_id

    @property
    def buyer_id(self) -> int | None:
        return self.task.buyer_id


# --- how a task stands ---


def waivers_of(task: Task) -> Sequence[Waiver]:
    """In the order in which they were asked for."""
    return session_of(task).scalars(sa.select(Waiver).where(Waiver.task_id == task.id).order_by(Waiver.id)).all()


def session_of(task: Task) -> Session:
    session = object_session(task)
    assert session is not None, "begin() it first"
    return session


def standings(task: Task) -> list[Standing]:
    """How its purchase stands with each piece that it has to show."""
    session = session_of(task)
    there = [Piece(each.kind, each.holding.media_type, each.holding_id) for each in exhibits_of(session, task)]
    asked = waivers_of(task)
    return standing(
        needs_for(session, task.campaign),
        there,
        [each.need for each in asked if each.status is ACCEPTED],
        [each.need for each in asked if each.status is ASKED],
    )


def lacking(task: Task, step: Step) -> list[Standing]:
    """What stands in the way of this step."""
    return [each for each in standings(task) if each.need.step is step and each.lacks]


def lacks(task: Task, step: Step) -> Reason | None:
    missing = lacking(task, step)
    return Reason("evidence_missing", _("Add evidence first: %(kinds)s", kinds=said_of(missing))) if missing else None


def can_be_excused(one: Standing) -> bool:
    return bool(one.lacks) and one.need.kind not in SEALS and not one.asked


def excusable(task: Task) -> list[Need]:
    """Missing pieces for which a reason may be given now: not of what there is nothing to be seen of yet."""
    if (step := step_of(task)) is None:
        return []
    return [each.need for each in standings(task) if can_be_excused(each) and can_be_taken(each.need, step)]


def step_of(task: Task) -> Step | None:
    """What its buyer does next."""
    if task.status is TaskStatus.RECEIVED:
        return Step.SEAL if task.label_checked_at else Step.CHECK_LABEL
    return BEFORE.get(task.status)


BEFORE = {
    TaskStatus.ASSIGNED: Step.ORDER,
    TaskStatus.ORDERED: Step.SHIP,
    TaskStatus.SHIPPED: Step.RECEIVE,
}


def waiting_for(person: int | None) -> sa.ColumnElement[bool]:
    """Tasks under way with a reason that this person may answer."""
    asked = sa.select(Waiver.task_id).where(Waiver.status == ASKED, Waiver.asked_by_id != person)
    return sa.and_(Task.status.in_(UNDER_WAY), Task.id.in_(asked))


# --- its life ---


def was_asked_by_someone_else(asked: Waiver, actor: Actor) -> Reason | None:
    if actor.id is not None and actor.id in {asked.asked_by_id, asked.task.buyer_id}:
        return Reason("same_person", _("Someone other than the person who asked must decide"))
    return None


def is_still_bought(asked: Waiver, actor: Actor) -> Reason | None:
    if asked.task.status not in UNDER_WAY:
        return Reason("purchase_ended", _("The purchase has gone on or ended: nothing waits for this any more"))
    return None


def by_who_asked(asked: Waiver, actor: Actor) -> Reason | None:
    if actor.id != asked.asked_by_id:
        return Reason("not_asker", _("Only the person who asked takes it back"))
    return None


ASKED, ACCEPTED, REFUSED, TAKEN_BACK = WaiverStatus
Move = Transition[Waiver]
ACCEPT = Move(
    "accept", {ASKED}, ACCEPTED, Can.EVIDENCE_EXCUSE, [was_asked_by_someone_else, is_still_bought],
    _("Let it go without this piece"), signs="decided_by_id",
)  # fmt: skip
REFUSE = Move(
    "refuse", {ASKED}, REFUSED, Can.EVIDENCE_EXCUSE, [was_asked_by_someone_else],
    _("It is needed"), signs="decided_by_id",
)  # fmt: skip
TAKE_BACK = Move(
    "take_back", {ASKED}, TAKEN_BACK, Can.TASK_BUY, [by_who_asked], _("Take it back"), signs="decided_by_id"
)  # fmt: skip
WAIVER_LIFE = Workflow(ASKED, [ACCEPT, REFUSE, TAKE_BACK])

WORDS: dict[NoPiece, Text] = {
    NoPiece.NOT_SHOWN: _("The shop or the platform shows no such thing"),
    NoPiece.GONE: _("It was there, and is not any more"),
    NoPiece.FAILED: _("The telephone, the camera or the file failed"),
    NoPiece.EXPOSES: _("Taking it would have shown who buys"),
    NoPiece.OTHER: _("Another reason, in words"),
}
