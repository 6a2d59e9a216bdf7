"""An objection to a finding, and the re-inspection that answers it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.workflow import Case
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
    UPHELD = "upheld"  # the objection is right: the finding is overturned
    DISMISSED = "dismissed"  # the finding stands


class Objection(Case):
    __tablename__ = "objection"
    __table_args__ = (
        sa.CheckConstraint("status <> 'decided' OR decision IS NOT NULL", name="decided_says_how"),
        sa.CheckConstraint("status <> 'in_reinspection' OR laboratory_id IS NOT NULL", name="has_a_second_laboratory"),
    )

    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    status: Mapped[ObjectionStatus] = mapped_column(default=ObjectionStatus.RECEIVED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"), index=True)
    party: Mapped[Party]
    ground: Mapped[Ground]
    result_received_at: Mapped[datetime]  # by the party: the 15 days count from here
    received_at: Mapped[datetime]
    admitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    laboratory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(sa.ForeignKey("report.id"))  # of the re-inspection
    decision: Mapped[Decision | None]

    finding: Mapped[Finding] = relationship()
    report: Mapped[Report | None] = relationship()
    laboratory: Mapped[Organisation | None] = relationship(foreign_keys=[laboratory_id])
