"""What buyers would not buy: each with their reason, so that nobody proposes it to them again without knowing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, contains_eager, joinedload, mapped_column, relationship

from quality.core.db import Base
from quality.people.actor import Actor
from quality.people.models import Person
from quality.permissions import Can
from quality.purchases.models import Task, TaskStatus

SHOWN = 20  # on the worklist


class Declining(StrEnum):
    """Why a buyer does not take a task. It says nothing of whether another could buy the listing."""

    NO_TIME = "no_time"
    NOT_DELIVERED = "not_delivered"  # to where this buyer can receive
    NO_ACCOUNT = "no_account"  # this buyer's account cannot buy there
    KNOWN_THERE = "known_there"  # the seller has sold to this buyer, or would know them
    TIES = "ties"  # to the seller or the producer
    ANOTHER = "another"


LONGEST_NOTE = 1_000


class Declined(Base):
    """One refusal of one task. A buyer who was asked again may decline again."""

    __tablename__ = "declined"
    __table_args__ = (sa.Index("ix_declined_task", "task_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[Declining]
    note: Mapped[str] = mapped_column(sa.String(LONGEST_NOTE), default="")
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    task: Mapped[Task] = relationship()


def declined_of(session: Session, tasks: Iterable[int]) -> dict[int, list[Declined]]:
    """By the id of the task, in the order in which they were declined. In one statement."""
    asked = (
        sa.select(Declined)
        .where(Declined.task_id.in_(list(tasks)))
        .order_by(Declined.id)
        .options(joinedload(Declined.person))
    )
    found: dict[int, list[Declined]] = {}
    for each in session.scalars(asked):
        found.setdefault(each.task_id, []).append(each)
    return found


def has_declined(session: Session, person: int | None, number: str) -> bool:
    """Whether this person declined the task of that number."""
    asked = sa.select(Declined.id).join(Task, Task.id == Declined.task_id)
    return (
        session.scalars(asked.where(Task.number == number, Declined.person_id == person).limit(1)).first() is not None
    )


def waiting_for_another(session: Session, me: Actor) -> Sequence[Declined]:
    """The last refusals of tasks that have no buyer yet, for whoever gives out those of the own agency."""
    if not me.can(Can.TASK_ASSIGN):
        return []
    mine = Task.agency_id == me.organisation_id, Task.status == TaskStatus.PLANNED
    asked = sa.select(Declined).join(Declined.task).where(*mine).options(contains_eager(Declined.task))
    return session.scalars(asked.order_by(Declined.id.desc()).limit(SHOWN)).all()
