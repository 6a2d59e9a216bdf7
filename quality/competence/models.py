"""Certificates of laboratories with what they cover, and what a laboratory says it can take."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes
from quality.core.events import Recorded
from quality.core.workflow import Case
from quality.people.models import Organisation


class Accreditation(StrEnum):
    """CMA is what the law asks of whoever tests for an authority; CNAS is given beside it, to who wants it."""

    CMA = "cma"
    CNAS = "cnas"


class CertificateStatus(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Certificate(Case):
    """A certificate of a laboratory as one agency keeps it. What a confirmed one says stays; another supersedes it."""

    __tablename__ = "certificate"
    __table_args__ = (
        sa.CheckConstraint("valid_until >= valid_from", name="ends_after_it_begins"),
        sa.CheckConstraint(
            "status IN ('proposed', 'rejected') OR confirmed_by_id IS NOT NULL", name="confirmed_by_somebody"
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name="four_eyes"),
        sa.CheckConstraint("status <> 'withdrawn' OR ended_on IS NOT NULL", name="withdrawn_says_when"),
        sa.CheckConstraint("status <> 'superseded' OR replaced_on IS NOT NULL", name="superseded_says_when"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)  # ours
    status: Mapped[CertificateStatus] = mapped_column(default=CertificateStatus.PROPOSED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)  # that keeps it
    laboratory_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[Accreditation]
    certificate_no: Mapped[str] = mapped_column(by_bytes(60))  # as it is printed
    issuer: Mapped[str] = mapped_column(sa.String(200))
    valid_from: Mapped[date]
    valid_until: Mapped[date]  # the last day on which it counts
    supersedes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certificate.id"), unique=True)
    replaced_on: Mapped[date | None]  # the first day on which the one in its place counts
    ended_on: Mapped[date | None]  # the first day on which it is withdrawn
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]

    agency: Mapped[Organisation] = relationship(foreign_keys=[agency_id])
    laboratory: Mapped[Organisation] = relationship(foreign_keys=[laboratory_id])
    supersedes: Mapped[Certificate | None] = relationship(remote_side="Certificate.id")
    lines: Mapped[list[ScopeLine]] = relationship(back_populates="certificate", order_by="ScopeLine.id")
    suspensions: Mapped[list[Suspension]] = relationship(back_populates="certificate", order_by="Suspension.id")


class ScopeLine(Base):
    """One item that a certificate covers (能力附表), by which method and for which products."""

    __tablename__ = "scope_line"
    __table_args__ = (sa.Index(None, "certificate_id", "item_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(sa.ForeignKey("certificate.id"))
    item: Mapped[str] = mapped_column(sa.String(200))
    item_key: Mapped[str] = mapped_column(by_bytes(200))  # standards/names.py
    method: Mapped[str] = mapped_column(sa.String(200), default="")  # "": any
    category: Mapped[str] = mapped_column(sa.String(100), default="")  # "": every product
    remarks: Mapped[str] = mapped_column(sa.String(300), default="")  # limits of what may be tested, as it is printed

    certificate: Mapped[Certificate] = relationship(back_populates="lines")


class Suspension(Base):
    """Days on which a confirmed certificate did not count."""

    __tablename__ = "certificate_suspension"
    __table_args__ = (sa.CheckConstraint("resumed_on >= from_on", name="ends_after_it_begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(sa.ForeignKey("certificate.id"), index=True)
    from_on: Mapped[date]  # the first day of them
    resumed_on: Mapped[date | None]  # the first day on which it counts again
    reason: Mapped[str] = mapped_column(sa.String(500))

    certificate: Mapped[Certificate] = relationship(back_populates="suspensions")


class Capacity(Recorded):
    """What a laboratory says it can take in a week, and how long it needs: of everything, or of one test item."""

    __tablename__ = "laboratory_capacity"
    __table_args__ = (sa.UniqueConstraint("laboratory_id", "item_key"),)

    laboratory_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    item: Mapped[str] = mapped_column(sa.String(200), default="")  # "": whatever is tested
    item_key: Mapped[str] = mapped_column(by_bytes(200), default="")
    per_week: Mapped[int | None]  # samples
    days: Mapped[int | None]  # calendar days from receipt to report

    stated_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    stated_at: Mapped[datetime]
