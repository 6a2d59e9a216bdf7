"""Who was told of a finding and when, the objection that may follow, and the re-inspection that answers it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import by_bytes
from quality.core.workflow import Case, Part
from quality.lab.models import Finding, Report
from quality.people.models import Organisation


class ObjectionStatus(StrEnum):
    RECEIVED = "received"
    ADMITTED = "admitted"
    IN_REINSPECTION = "in_reinspection"
    DECIDED = "decided"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Ground(StrEnum):
    RESULT = "result"
    PROCEDURE = "procedure"
    AUTHENTICITY = "authenticity"  # "this is not our product"


class Party(StrEnum):
    SELLER = "seller"
    PRODUCER = "producer"
    PLATFORM = "platform"


class Decision(StrEnum):
    UPHELD = "upheld"  # the objection is right: the finding is overturned, or the producer's denial is published
    DISMISSED = "dismissed"  # the finding stands


class NoReinspection(StrEnum):
    """Why no second report can answer: the first result stands."""

    TAMPERED = "tampered"  # the second laboratory refused the backup portion
    WITHHELD = "withheld"  # the party keeps it, or what is needed to test it, from the laboratory
    SPENT = "spent"  # the backup portion was already used


class TellingStatus(StrEnum):
    TOLD = "told"
    OBJECTED = "objected"
    ACCEPTED = "accepted"  # the period ran out


class Telling(Part):
    """One party received the result. Its own period to object runs from that moment; silence is acceptance."""

    __tablename__ = "telling"
    __table_args__ = (sa.UniqueConstraint("finding_id", "party"),)

    status: Mapped[TellingStatus] = mapped_column(default=TellingStatus.TOLD, index=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"))
    party: Mapped[Party]
    received_at: Mapped[datetime]  # by the party: the 15 days count from here

    finding: Mapped[Finding] = relationship()

    @property
    def whole(self) -> Finding:
        return self.finding

    @property
    def agency_id(self) -> int:
        return self.finding.agency_id


class Objection(Case):
    """One party says that a finding is wrong (异议): the result, the procedure, or that the product is theirs."""

    __tablename__ = "objection"
    __table_args__ = (
        sa.CheckConstraint("status <> 'decided' OR decision IS NOT NULL", name="decided_says_how"),
        sa.CheckConstraint("status <> 'in_reinspection' OR laboratory_id IS NOT NULL", name="has_a_second_laboratory"),
        sa.CheckConstraint("status <> 'decided' OR decided_by_id IS NOT NULL", name="decided_by_somebody"),
        sa.CheckConstraint("decided_by_id <> admitted_by_id", name="four_eyes"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[ObjectionStatus] = mapped_column(default=ObjectionStatus.RECEIVED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"), index=True)
    party: Mapped[Party]
    ground: Mapped[Ground]
    items: Mapped[list[Any]]  # the disputed ones: only they are tested again
    result_received_at: Mapped[datetime]
    received_at: Mapped[datetime]
    admitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    laboratory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(sa.ForeignKey("report.id"))  # of the re-inspection
    no_reinspection: Mapped[NoReinspection | None]
    decision: Mapped[Decision | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    finding: Mapped[Finding] = relationship()
    report: Mapped[Report | None] = relationship()
    laboratory: Mapped[Organisation | None] = relationship(foreign_keys=[laboratory_id])
