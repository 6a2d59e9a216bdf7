"""Who was told of a finding and when, the objection that may follow, and the re-inspection that answers it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes
from quality.core.workflow import Case, Part
from quality.evidence.models import IN_VAULT
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
    MISSING = "missing"  # it cannot be found: lost on its way, or where it was kept
    SPENT = "spent"  # the backup portion was already used
    SUSPECTED = "suspected"  # the second laboratory suspected the goods, and they went to an authority
    WAIVED = "waived"  # the party let the time for its formalities run out


class Proof(StrEnum):
    """By what it is known that a party received the result."""

    ENTERED = "entered"  # the agency's word
    POST = "post"  # a postal receipt, with its number and its picture
    LINK = "link"  # somebody pressed "I have received it" on the page that its link opens


class Bearer(StrEnum):
    """Who pays for the re-inspection: the side that was wrong."""

    OBJECTOR = "objector"
    AGENCY = "agency"


class LetterKind(StrEnum):
    """What a letter tells: a result, which may be objected to; what a re-inspection came to, which is final; or a
    paper of a correction, named as its document is."""

    RESULT = "result"
    CONCLUSION = "conclusion"
    CORRECTION_ORDER = "correction_order"
    CORRECTION_ANNOUNCEMENT = "correction_announcement"
    SUSPENSION_PROPOSAL = "suspension_proposal"


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
    proof: Mapped[Proof] = mapped_column(default=Proof.ENTERED, server_default=Proof.ENTERED.value)
    receipt_no: Mapped[str] = mapped_column(sa.String(100), default="", server_default="")

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
    statement: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # the party's own words
    answer: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # why it was admitted or refused
    reason: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # of the decision
    # the draw of the laboratory: {"seed", "of", "eligible", "excluded"}, as objections/drawing.py counts it
    draw: Mapped[dict[str, Any] | None]
    cost_fen: Mapped[int | None]
    cost_bearer: Mapped[Bearer | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    conclusion_told_at: Mapped[datetime | None]  # by letters to all who were told the result, where a report decided
    withdrawn_by_party_at: Mapped[datetime | None]  # on its own page; None: not, or the agency entered it
    withdrawal_noted_at: Mapped[datetime | None]  # that, by the agency

    finding: Mapped[Finding] = relationship()
    report: Mapped[Report | None] = relationship()
    laboratory: Mapped[Organisation | None] = relationship(foreign_keys=[laboratory_id])


class Letter(Base):
    """What was sent to one party: its notice, and the page that its link opens.

    What it says is its document's, frozen when it was sent. Of the link only the hash is kept.
    """

    __tablename__ = "letter"
    __table_args__ = (sa.Index(None, "case_type", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"), index=True)
    case_type: Mapped[str | None] = mapped_column(sa.String(32))  # what came of the finding; None: it is of that itself
    case_id: Mapped[int | None]
    kind: Mapped[LetterKind] = mapped_column(default=LetterKind.RESULT, server_default=LetterKind.RESULT.value)
    party: Mapped[Party]
    addressee: Mapped[str] = mapped_column(sa.String(300))
    token_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sent_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    proof: Mapped[Proof | None]  # of a conclusion also a postal receipt; who received a result that way was told it
    receipt_no: Mapped[str] = mapped_column(sa.String(100), default="", server_default="")

    finding: Mapped[Finding] = relationship()


class SentFile(Base):
    """A file that a party sent with its objection or report. It is nobody's evidence before somebody accepts it."""

    __tablename__ = "sent_file"
    __table_args__ = (sa.UniqueConstraint("subject_type", "subject_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(sa.String(32))  # the table's name: "objection"
    subject_id: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, info=IN_VAULT)
    name: Mapped[str] = mapped_column(sa.String(200))  # as its sender called it
    media_type: Mapped[str] = mapped_column(sa.String(100))
    bytes: Mapped[int]
    accepted_at: Mapped[datetime | None]
