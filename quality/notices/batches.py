"""Many notices at once: what was asked for, notice by notice, and what came of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.notices.models import Notice
from quality.people.models import Organisation, Person

WAITING = sa.text("done_at IS NULL")


class BatchDeed(StrEnum):
    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    ISSUE = "issue"


class NoticeBatch(Base):
    """One deed that one person asked for, of many notices. A job does it, one notice a transaction, in their name."""

    __tablename__ = "notice_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    deed: Mapped[BatchDeed]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(sa.String(32))  # as what they asked
    via: Mapped[str] = mapped_column(sa.String(32), default="")  # by which key, if by a program
    asked_at: Mapped[datetime]
    says: Mapped[dict[str, Any]]  # of drafts: kind, texts, measures, template

    agency: Mapped[Organisation] = relationship()
    asked_by: Mapped[Person] = relationship()


class BatchRow(Base):
    """One notice of a batch; of drafts what is to stand on it, until there is one."""

    __tablename__ = "notice_batch_row"
    __table_args__ = (
        sa.Index(None, "batch_id", "id"),
        partial_index("ix_notice_batch_row_waiting", "id", where=WAITING),
        sa.CheckConstraint("refusal IS NULL OR done_at IS NOT NULL", name="refused_is_done"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_batch.id"))
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice.id"))
    version: Mapped[int | None]  # of the notice, as it was when it was asked for
    about: Mapped[dict[str, Any]]  # of a draft: findings and alike by their ids, and the platform's name
    done_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(sa.String(64))  # the code; None: done as asked, or not yet
    reason: Mapped[dict[str, Any]]  # by language, what stands in the way and what to do

    batch: Mapped[NoticeBatch] = relationship()
    notice: Mapped[Notice | None] = relationship()
