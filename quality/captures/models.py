"""What a browser of ours met at a listing's address, once for each look that is due."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.evidence.models import IN_VAULT
from quality.notices.models import NoticeItem
from quality.purchases.models import Task

LONGEST_TITLE = 300


class Suggestion(StrEnum):
    GONE = "gone"
    THERE = "there"
    UNSURE = "unsure"


class CaptureProblem(StrEnum):
    """Why nothing was captured."""

    NOT_ALLOWED = "not_allowed"  # it led to a host that the agency has not named, or to no public address
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    NO_ANSWER = "no_answer"
    BROWSER = "browser"  # it did not start, or broke off


class Capture(Base):
    """One of them. A person who looks at its picture may take it for their own look; by itself it settles nothing."""

    __tablename__ = "capture"
    __table_args__ = (
        sa.CheckConstraint("(suggests IS NULL) = (sha256 IS NULL)", name="suggests_what_it_shows"),
        sa.CheckConstraint("problem IS NULL OR sha256 IS NULL", name="failed_or_not"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_item.id"), index=True)
    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), unique=True)  # of the look that is due
    tries: Mapped[int]
    claimed_until: Mapped[datetime | None]  # somebody is at it; past this moment they died over it
    made_at: Mapped[datetime | None]  # None: not tried to the end yet
    problem: Mapped[CaptureProblem | None]
    http_status: Mapped[int | None]
    address: Mapped[str] = mapped_column(sa.Text, default="")  # where it ended
    title: Mapped[str] = mapped_column(sa.String(LONGEST_TITLE), default="")
    suggests: Mapped[Suggestion | None]
    reasons: Mapped[list[Any]]  # codes: suggesting.py
    sha256: Mapped[str | None] = mapped_column(sa.String(64), info=IN_VAULT)  # of its picture
    text_sha256: Mapped[str | None] = mapped_column(sa.String(64), info=IN_VAULT)  # of what stood there, as text

    item: Mapped[NoticeItem] = relationship()


class PageCapture(Base):
    """The page of a drawn listing as a browser of ours met it, for its task; asked for, or by itself once assigned."""

    __tablename__ = "page_capture"
    __table_args__ = (
        sa.CheckConstraint("problem IS NULL OR sha256 IS NULL", name="failed_or_not"),
        partial_index("uq_page_capture_waits", "task_id", where=sa.text("made_at IS NULL"), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"), index=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: by itself
    tries: Mapped[int]
    claimed_until: Mapped[datetime | None]  # somebody is at it; past this moment they died over it
    made_at: Mapped[datetime | None]  # None: not tried to the end yet
    problem: Mapped[CaptureProblem | None]
    http_status: Mapped[int | None]
    address: Mapped[str] = mapped_column(sa.Text, default="")  # where it ended
    title: Mapped[str] = mapped_column(sa.String(LONGEST_TITLE), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")  # what could be read there
    sha256: Mapped[str | None] = mapped_column(sa.String(64), info=IN_VAULT)  # of its picture
    text_sha256: Mapped[str | None] = mapped_column(sa.String(64), info=IN_VAULT)  # of what stood there, as text

    task: Mapped[Task] = relationship()


class PageFacts(Base):
    """What the buyer read on the listing's page, typed once: laid beside the frame's listing and the capture."""

    __tablename__ = "page_facts"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(300))
    price_fen: Mapped[int]  # of one piece, as the page has it
    seller: Mapped[str] = mapped_column(sa.String(200))
    licence: Mapped[str] = mapped_column(sa.String(18), default="")  # unified social credit code; empty: none is shown
    typed_at: Mapped[datetime]
    typed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
