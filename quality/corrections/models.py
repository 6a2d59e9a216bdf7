"""An order to correct what a finding found, the steps of its ladder, what its party reports; and transfers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.workflow import Case, Part
from quality.documents.models import DocumentKind
from quality.lab.models import Finding
from quality.objections.models import Party
from quality.people.models import Organisation


class CorrectionStatus(StrEnum):
    PROPOSED = "proposed"
    ORDERED = "ordered"
    REPORTED = "reported"
    CORRECTED = "corrected"  # a re-check was good
    FAILED = "failed"
    ANNOUNCED = "announced"
    SECOND_FAILED = "second_failed"
    SUSPENSION_PROPOSED = "suspension_proposed"  # to the authority that licenses: the end of this ladder
    TRANSFERRED = "transferred"  # another region's authority goes on
    WITHDRAWN = "withdrawn"


class StepKind(StrEnum):
    """What a person proposes and another confirms, from the bottom of the ladder to its top."""

    ORDER = "order"
    RECHECK = "recheck"
    ANNOUNCEMENT = "announcement"
    SECOND_RECHECK = "second_recheck"
    SUSPENSION = "suspension"


class StepStatus(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Outcome(StrEnum):
    """What a re-check came to."""

    GOOD = "good"
    FAILED = "failed"


RECHECKS = (StepKind.RECHECK, StepKind.SECOND_RECHECK)
NOT_WITHDRAWN = sa.text("status <> 'withdrawn'")
WAITS = sa.text("status = 'proposed'")


class Correction(Case):
    """One party of one finding must correct what is wrong (责令改正); of each pair there is one such case at a time."""

    __tablename__ = "correction"
    __table_args__ = (
        sa.CheckConstraint("party IN ('seller', 'producer')", name="of_seller_or_producer"),
        sa.CheckConstraint(
            "status IN ('proposed', 'withdrawn') OR (ordered_by_id IS NOT NULL AND ordered_at IS NOT NULL)",
            name="ordered_by_somebody",
        ),
        sa.CheckConstraint("status <> 'reported' OR reported_at IS NOT NULL", name="reported_says_when"),
        sa.CheckConstraint(
            "status NOT IN ('announced', 'second_failed', 'suspension_proposed') OR announced_at IS NOT NULL",
            name="announced_says_when",
        ),
        partial_index("uq_correction_live", "finding_id", "party", unique=True, where=NOT_WITHDRAWN),
        sa.Index("ix_correction_list", "agency_id", "status", "id"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[CorrectionStatus] = mapped_column(default=CorrectionStatus.PROPOSED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"), index=True)
    party: Mapped[Party]
    addressee: Mapped[str] = mapped_column(sa.String(300))  # as the listing or the product names it
    region: Mapped[str | None] = mapped_column(sa.String(6))  # of the party, GB/T 2260; None: nobody knows
    ordered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    ordered_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    # its party is in another region's charge, and no transfer is on its way there
    to_hand_over: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    told: Mapped[DocumentKind | None]  # the newest of its papers that was sent to the party

    agency: Mapped[Organisation] = relationship()
    finding: Mapped[Finding] = relationship()
    steps: Mapped[list[CorrectionStep]] = relationship(back_populates="correction", order_by="CorrectionStep.id")
    reports: Mapped[list[CorrectionReport]] = relationship(back_populates="correction", order_by="CorrectionReport.id")

    @property
    def waiting(self) -> CorrectionStep | None:
        """The step that another person has yet to confirm."""
        return next((step for step in self.steps if step.status == StepStatus.PROPOSED), None)

    def confirmed(self, kind: StepKind) -> CorrectionStep | None:
        found = (step for step in reversed(self.steps) if step.kind == kind and step.status == StepStatus.CONFIRMED)
        return next(found, None)


class CorrectionStep(Part):
    """One rung: proposed by one person with what it says, confirmed by another, who moves the case by it."""

    __tablename__ = "correction_step"
    __table_args__ = (
        sa.CheckConstraint("(verdict IS NOT NULL) = (kind IN ('recheck', 'second_recheck'))", name="recheck_says_what"),
        sa.CheckConstraint("(verdict IS NULL) = (seen_at IS NULL)", name="recheck_says_when"),
        sa.CheckConstraint("(kind = 'announcement') = (authority <> '')", name="announcement_says_by_whom"),
        sa.CheckConstraint("status <> 'confirmed' OR answered_by_id IS NOT NULL", name="confirmed_by_somebody"),
        sa.CheckConstraint("answered_by_id <> proposed_by_id", name="four_eyes"),
        sa.CheckConstraint("status <> 'rejected' OR answer <> ''", name="rejected_says_why"),
        partial_index("uq_correction_step_waiting", "correction_id", unique=True, where=WAITS),
    )

    status: Mapped[StepStatus] = mapped_column(default=StepStatus.PROPOSED, index=True)
    correction_id: Mapped[int] = mapped_column(sa.ForeignKey("correction.id"), index=True)
    kind: Mapped[StepKind]
    says: Mapped[str] = mapped_column(sa.Text)  # what must be corrected, what was seen, why it is announced
    authority: Mapped[str] = mapped_column(sa.String(200), default="")  # of the province, which announces
    verdict: Mapped[Outcome | None]
    seen_at: Mapped[datetime | None]  # when somebody looked
    finding_id: Mapped[int | None] = mapped_column(sa.ForeignKey("finding.id"))  # on what was bought anew
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # why it was rejected

    correction: Mapped[Correction] = relationship(back_populates="steps")
    finding: Mapped[Finding | None] = relationship()

    @property
    def whole(self) -> Correction:
        return self.correction

    @property
    def agency_id(self) -> int:
        return self.correction.agency_id


class CorrectionReport(Base):
    """What a party says that it did: a claim, until a re-check."""

    __tablename__ = "correction_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(sa.ForeignKey("correction.id"), index=True)
    statement: Mapped[str] = mapped_column(sa.Text)
    received_at: Mapped[datetime]
    letter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter.id"))  # None: the agency entered it

    correction: Mapped[Correction] = relationship(back_populates="reports")


class TransferStatus(StrEnum):
    PROPOSED = "proposed"
    SENT = "sent"
    RECEIPTED = "receipted"
    WITHDRAWN = "withdrawn"


NOT_OVER = sa.text("status IN ('proposed', 'sent')")


class Transfer(Case):
    """A finding, or a correction of it, goes to the authority of the party's own region (案件移送)."""

    __tablename__ = "transfer"
    __table_args__ = (
        sa.CheckConstraint("sent_by_id <> proposed_by_id", name="four_eyes"),
        sa.CheckConstraint("(sent_by_id IS NULL) = (sent_at IS NULL)", name="sent_by_somebody"),
        sa.CheckConstraint("status NOT IN ('sent', 'receipted') OR sent_at IS NOT NULL", name="sent_says_when"),
        sa.CheckConstraint(
            "status <> 'receipted' OR (receipt_no <> '' AND received_on IS NOT NULL)", name="receipted_by_a_receipt"
        ),
        partial_index("uq_transfer_open", "finding_id", "party", unique=True, where=NOT_OVER),
        sa.Index("ix_transfer_list", "agency_id", "status", "id"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[TransferStatus] = mapped_column(default=TransferStatus.PROPOSED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"), index=True)
    correction_id: Mapped[int | None] = mapped_column(sa.ForeignKey("correction.id"), index=True)
    party: Mapped[Party]  # for whom that authority is in charge
    addressee: Mapped[str] = mapped_column(sa.String(300))
    authority: Mapped[str] = mapped_column(sa.String(200))
    region: Mapped[str] = mapped_column(sa.String(6))  # of the authority, GB/T 2260
    what: Mapped[str] = mapped_column(sa.Text)  # is handed over: papers, files, goods
    reason: Mapped[str] = mapped_column(sa.Text)
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    sent_at: Mapped[datetime | None]
    received_on: Mapped[date | None]  # by that authority, as its receipt says
    receipt_no: Mapped[str] = mapped_column(sa.String(100), default="", server_default="")

    agency: Mapped[Organisation] = relationship()
    finding: Mapped[Finding] = relationship()
    correction: Mapped[Correction | None] = relationship()
