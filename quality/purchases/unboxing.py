"""What a buyer has typed while unboxing and has not sealed yet: kept as it was typed, for a telephone forgets.

One a task; it ends when the sample is sealed. Nothing follows from it, and only its buyer reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from quality.core import clock
from quality.core.db import Base
from quality.people.actor import Actor
from quality.people.permit import permit
from quality.permissions import Can
from quality.purchases.models import Task


class SealingDraft(Base):
    __tablename__ = "sealing_draft"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"), primary_key=True)
    typed: Mapped[dict[str, Any]]  # by the names of the form's fields
    kept_at: Mapped[datetime]


def typed_of(session: Session, task: Task) -> dict[str, str]:
    draft = session.get(SealingDraft, task.id)
    return {str(name): str(value) for name, value in draft.typed.items()} if draft else {}


def kept_when(session: Session, tasks: Iterable[Task]) -> dict[int, datetime]:
    """When something was typed last, by the ids of those where anything was."""
    of = sa.select(SealingDraft.task_id, SealingDraft.kept_at).where(SealingDraft.task_id.in_([t.id for t in tasks]))
    return {task: at for task, at in session.execute(of)}


def keep_typed(session: Session, task: Task, typed: Mapping[str, str], *, by: Actor) -> None:
    """Beside what was typed before."""
    permit(by, Can.TASK_BUY, task)
    both = typed_of(session, task) | dict(typed)
    draft = session.get(SealingDraft, task.id)
    if draft is None:
        session.add(SealingDraft(task_id=task.id, typed=both, kept_at=clock.now()))
    else:
        draft.typed, draft.kept_at = both, clock.now()
    session.flush()


def forget_typed(session: Session, task: Task) -> None:
    if draft := session.get(SealingDraft, task.id):
        session.delete(draft)
        session.flush()
