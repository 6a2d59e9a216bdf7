"""What the two sides of a notice ask, object, answer and decide, in the order in which it was said.

Entries are added, never changed, but for `settled_at` of a question or objection. What was said stands as the note of
the entry's event in the notice's record, and can be blanked as every note.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from quality.core.db import Base, partial_index
from quality.core.words import Reason, _
from quality.notices.models import Notice, NoticeItem
from quality.people.actor import Actor
from quality.people.models import Person
from quality.permissions import Sees

OPEN = sa.text("settled_at IS NULL AND root_id IS NULL")


class EntryKind(StrEnum):
    QUESTION = "question"  # of either side; the other answers
    OBJECTION = "objection"  # of the platform; a reviewer decides
    ANSWER = "answer"
    DECISION = "decision"


class Side(StrEnum):
    AGENCY = "agency"
    PLATFORM = "platform"

    @property
    def other(self) -> Side:
        return Side.PLATFORM if self is Side.AGENCY else Side.AGENCY


class ThreadEntry(Base):
    """Something that one side said about a notice, or about one listing on it."""

    __tablename__ = "thread_entry"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "seq"),
        sa.CheckConstraint("(root_id IS NULL) = (kind IN ('question', 'objection'))", name="answers_something"),
        sa.CheckConstraint("(upheld IS NOT NULL) = (kind = 'decision')", name="decisions_decide"),
        sa.CheckConstraint("kind <> 'objection' OR side = 'platform'", name="platforms_object"),
        sa.CheckConstraint("kind <> 'decision' OR side = 'agency'", name="agencies_decide"),
        sa.CheckConstraint("settled_at IS NULL OR root_id IS NULL", name="roots_are_settled"),
        sa.Index(None, "root_id"),
        sa.Index(None, "at"),  # what is told by mail, since when
        partial_index("ix_thread_entry_open", "notice_id", "side", where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice_item.id"))  # None: about the notice as a whole
    kind: Mapped[EntryKind]
    side: Mapped[Side]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: a job of this program
    at: Mapped[datetime]
    seq: Mapped[int]  # of its event in the notice's record, whose note is the text
    root_id: Mapped[int | None] = mapped_column(sa.ForeignKey("thread_entry.id"))  # what it answers or decides
    upheld: Mapped[bool | None]
    evidence: Mapped[list[Any]]  # sha256 of its files, each an exhibit of the notice
    settled_at: Mapped[datetime | None]  # answered, decided, or the notice was withdrawn

    notice: Mapped[Notice] = relationship()
    item: Mapped[NoticeItem | None] = relationship()
    by: Mapped[Person | None] = relationship()
    root: Mapped[ThreadEntry | None] = relationship(remote_side=[id])

    @property
    def is_open(self) -> bool:
        return self.root_id is None and self.settled_at is None

    @property
    def waits_for(self) -> Side | None:
        """Whose answer or decision it waits for."""
        return self.side.other if self.is_open else None


def side_of(actor: Actor) -> Side:
    return Side.PLATFORM if actor.sees is Sees.PLATFORM else Side.AGENCY


def open_objections(session: Session, notice: Notice) -> list[ThreadEntry]:
    asked = sa.select(ThreadEntry).where(
        ThreadEntry.notice_id == notice.id,
        ThreadEntry.kind == EntryKind.OBJECTION,
        ThreadEntry.root_id.is_(None),
        ThreadEntry.settled_at.is_(None),
    )
    return list(session.scalars(asked.order_by(ThreadEntry.id)))


def every_objection_was_decided(notice: Notice, actor: Actor) -> Reason | None:
    session = object_session(notice)
    if session is None or not (left := open_objections(session, notice)):
        return None
    text = _("Objections of the platform that nobody decided yet: %(count)s", count=len(left))
    return Reason("objections_open", text)
