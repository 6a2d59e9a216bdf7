"""What must not happen to goods that were bought to be tested: their money comes back, or they do.

Goods of a sample are not returned and their order is not refunded: whoever sells would know why, and nothing would be
left to test. Where it happens all the same, it stands on the coordinators' worklist until one has seen to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Task

SHOWN = 20  # on the worklist
OPEN = sa.text("seen_at IS NULL")


class AlarmKind(StrEnum):
    REFUNDED = "refunded"
    RETURNED = "returned"


class Cause(StrEnum):
    """Why it came back, as who wrote it down knows it."""

    ASKED = "asked"  # the buyer asked for it
    BY_SELLER = "by_seller"  # the seller forced it, and nobody had asked
    BY_PLATFORM = "by_platform"  # the platform did it by itself
    DIFFERENCE = "difference"  # a price difference or the shipping came back, the goods stay
    NOT_AS_ORDERED = "not_as_ordered"  # other goods came than were ordered
    UNKNOWN = "unknown"


class Alarm(Base):
    """One such event of one purchase, until another person than who wrote it down has seen to it."""

    __tablename__ = "alarm"
    __table_args__ = (
        partial_index("ix_alarm_open", "agency_id", "id", where=OPEN),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name="seen_by_somebody"),
        sa.CheckConstraint("seen_by_id <> by_id", name="four_eyes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"), index=True)
    kind: Mapped[AlarmKind]
    cause: Mapped[Cause]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    what_was_done: Mapped[str] = mapped_column(sa.String(500), default="")

    task: Mapped[Task] = relationship()


def alarms_of(session: Session, task: Task, *, open_only: bool = False) -> Sequence[Alarm]:
    """Of one purchase, the oldest first."""
    asked = sa.select(Alarm).where(Alarm.task_id == task.id).order_by(Alarm.id)
    return session.scalars(asked.where(Alarm.seen_at.is_(None)) if open_only else asked).all()


def alarms_waiting(session: Session, me: Actor) -> Sequence[Alarm]:
    """Those of the own agency that nobody has seen to, the oldest first, for whoever may."""
    if not me.can(Can.ALARM_SEE_TO):
        return []
    asked = sa.select(Alarm).where(Alarm.agency_id == me.organisation_id, Alarm.seen_at.is_(None))
    asked = asked.join(Alarm.task).options(contains_eager(Alarm.task))
    return session.scalars(asked.order_by(Alarm.id).limit(SHOWN)).all()
