"""Listings that are like a tested one, by what, how surely, and what a person said of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base
from quality.lab.models import Finding
from quality.likeness.matching import Kind, Sure
from quality.people.models import Organisation, Person


class Decision(StrEnum):
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Alike(Base):
    """A listing of some frame that is taken for the tested one's product, or for its seller's (同款、同店商品).

    A job finds it; a person decides, and that stands in the record of its finding. `version` counts the decisions.
    """

    __tablename__ = "alike"
    __table_args__ = (
        sa.UniqueConstraint("finding_id", "platform_id", "listing_id"),
        sa.Index("ix_alike_list", "agency_id", "decision", "id"),
        sa.Index(None, "platform_id", "listing_id"),
        sa.CheckConstraint("(decision IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_says_when"),
        sa.CheckConstraint("decision <> 'rejected' OR reason <> ''", name="rejected_says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))  # of the finding
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"))
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))  # where it is on sale
    listing_id: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[Kind]
    sure: Mapped[Sure]
    why: Mapped[list[Any]]  # codes of likeness/matching.py, the strongest first
    listing: Mapped[dict[str, Any]]  # the frame's row as it stood
    frame_sha256: Mapped[str] = mapped_column(sa.String(64))
    found_at: Mapped[datetime]
    decision: Mapped[Decision | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")

    finding: Mapped[Finding] = relationship()
    platform: Mapped[Organisation] = relationship(foreign_keys=[platform_id])
    decided_by: Mapped[Person | None] = relationship()


class LookedThrough(Base):
    """That a frame was looked through for what is like a finding's listing, and what that brought."""

    __tablename__ = "looked_through"
    __table_args__ = (sa.UniqueConstraint("finding_id", "frame_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"))
    frame_sha256: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]
    found: Mapped[int]
    left_out: Mapped[int]  # there were more like it than are kept (likeness/frames.py)
