"""A run of the checks, and what the platform's program called in its sandbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.events import Recorded
from quality.delivery.models import Endpoint
from quality.people.models import Organisation, Person

OPEN = sa.text("ended_at IS NULL")


class Trial(StrEnum):
    """What a sample notice is for."""

    SIGNED = "signed"  # rightly signed; sent once more when it was answered
    FORGED = "forged"  # signed with another secret
    RETRIED = "retried"  # to be taken at the second try
    PARTIAL = "partial"  # two listings, of which one is to be answered first
    BUSY = "busy"  # the first answer meets a 429
    OBJECTED = "objected"


class ConformanceRun(Recorded):
    """One run of a platform: a sandbox organisation with an endpoint and a key, and sample notices sent to it."""

    __tablename__ = "conformance_run"
    __table_args__ = (
        sa.CheckConstraint("passed_at IS NULL OR ended_at IS NOT NULL", name="passed_is_ended"),
        partial_index("uq_conformance_run_open", "platform_id", where=OPEN, unique=True),
        sa.Index(None, "sandbox_id"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    sandbox_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    endpoint_id: Mapped[int] = mapped_column(sa.ForeignKey("endpoint.id"))
    forger_id: Mapped[int] = mapped_column(sa.ForeignKey("endpoint.id"))  # the same address, signed with another secret
    samples: Mapped[dict[str, Any]]  # by Trial: number, listings, message (its id)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    passed_at: Mapped[datetime | None]

    platform: Mapped[Organisation] = relationship(foreign_keys=[platform_id])
    endpoint: Mapped[Endpoint] = relationship(foreign_keys=[endpoint_id])
    forger: Mapped[Endpoint] = relationship(foreign_keys=[forger_id])
    started_by: Mapped[Person] = relationship()
    calls: Mapped[list[ConformanceCall]] = relationship(back_populates="run", order_by="ConformanceCall.id")


class ConformanceCall(Base):
    """Something that the platform's program did with a sample notice, and how it was answered. Never changed."""

    __tablename__ = "conformance_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("conformance_run.id"), index=True)
    at: Mapped[datetime]
    trial: Mapped[Trial]
    deed: Mapped[str] = mapped_column(sa.String(32))  # acknowledge, outcomes, objection, question
    listings: Mapped[list[Any]]  # that it answered and we took
    status: Mapped[int]  # that we answered with

    run: Mapped[ConformanceRun] = relationship(back_populates="calls")
