"""Complaints, and the editions of the weights."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes
from quality.core.events import Recorded
from quality.people.models import Organisation, Person


class ComplaintKind(StrEnum):
    """What a consumer complained of."""

    SAFETY = "safety"
    QUALITY = "quality"
    LABEL = "label"  # marks, warnings, instructions
    COUNTERFEIT = "counterfeit"
    DESCRIPTION = "description"  # not as described
    OTHER = "other"


class ComplaintFile(Recorded):
    """A table of complaints that was taken in. What it said stays in the record after its complaints are forgotten."""

    __tablename__ = "complaint_file"
    __table_args__ = (sa.Index(None, "agency_id", "id"),)

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(200))  # as its sender called it
    rows: Mapped[int]
    taken: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))


class Complaint(Base):
    """What a consumer told an office (投诉举报), without who it was and without their words: nobody needs them here.

    Forgotten after its time (risk/jobs.py): nothing rests on it but the order in which listings are looked at.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "reference"),
        sa.Index(None, "agency_id", "id"),
        sa.Index(None, "received_on"),
        sa.CheckConstraint("listing_id <> '' OR shop_id <> ''", name="names_listing_or_shop"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("complaint_file.id"), index=True)
    reference: Mapped[str] = mapped_column(by_bytes(100))  # of the office that received it
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    listing_id: Mapped[str] = mapped_column(sa.String(100), default="")
    shop_id: Mapped[str] = mapped_column(sa.String(100), default="")
    barcode: Mapped[str] = mapped_column(sa.String(14), default="")  # the product, wherever it is sold: 14 digits
    received_on: Mapped[date]
    kind: Mapped[ComplaintKind]

    platform: Mapped[Organisation] = relationship(foreign_keys=[platform_id])
    file: Mapped[ComplaintFile] = relationship()


class RiskWeights(Base):
    """One edition of what counts how much (risk/weights.py). Added, never changed; in the record of its agency."""

    __tablename__ = "risk_weights"
    __table_args__ = (sa.UniqueConstraint("agency_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    edition: Mapped[int]  # from 1; 0 is what stands where nobody has set any
    weights: Mapped[dict[str, Any]]  # as weights.Weights.told writes them
    reason: Mapped[str] = mapped_column(sa.String(500))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    set_by: Mapped[Person] = relationship()
