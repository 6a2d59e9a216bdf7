"""What is to be tested, test reports with their results, and the finding that the agency draws from them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.campaigns.models import CampaignItem
from quality.competence.matching import NOT_OUTSIDE
from quality.core.db import Base, by_bytes, partial_index
from quality.core.workflow import Case, Part
from quality.evidence.models import IN_VAULT
from quality.people.models import Organisation, Person
from quality.purchases.models import Portion, Sample, Untested
from quality.standards.judgement import in_force


class Refusal(StrEnum):
    """Why a laboratory turns a portion away; what it saw stands in writing beside it."""

    SEAL_BROKEN = "seal_broken"
    CUSTODY_GAP = "custody_gap"
    WRONG_STATE = "wrong_state"
    TOO_LITTLE = "too_little"
    OTHER = "other"


class Impossible(StrEnum):
    """Why a sample ends without a conclusion."""

    NO_METHOD = "no_method"
    SPENT = "spent"  # nothing is left to test
    UNDECIDED = "undecided"  # the report cannot be judged, and no better one will come
    OTHER = "other"


class TestOrder(Base):
    """One item that a portion is to be tested for (检验委托), where that is less than all that the campaign asks.

    A test portion of what was bought has no such rows. A backup portion has one for each disputed item, a control one
    for each item of what it passes for; neither is tested for anything else.
    """

    __tablename__ = "test_order"
    __test__ = False  # pytest: no test class
    __table_args__ = (sa.UniqueConstraint("portion_id", "campaign_item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    portion_id: Mapped[int] = mapped_column(sa.ForeignKey("portion.id"))
    campaign_item_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_item.id"))

    item: Mapped[CampaignItem] = relationship()


class Outcome(StrEnum):
    """What the agency decided on goods that a laboratory suspects."""

    GO_ON = "go_on"
    HAND_ON = "hand_on"


class Suspicion(Base):
    """A laboratory stopped before testing: the goods may be counterfeit, or may not be sold at all (涉嫌假冒、无证).

    The laboratory says so, the agency decides: two people of two houses.
    """

    __tablename__ = "suspicion"
    __table_args__ = (
        sa.CheckConstraint("(outcome IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_says_when"),
        sa.CheckConstraint("decided_by_id <> stopped_by_id", name="four_eyes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    portion_id: Mapped[int] = mapped_column(sa.ForeignKey("portion.id"), index=True)
    kind: Mapped[Untested]
    reason: Mapped[str] = mapped_column(sa.Text)  # the laboratory's
    stopped_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    stopped_at: Mapped[datetime]
    outcome: Mapped[Outcome | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")  # the agency's reason, which the laboratory reads
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


class ReportStatus(StrEnum):
    ENTERED = "entered"
    AUTHORISED = "authorised"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Report(Case):
    """A laboratory's test report on one sample. An authorised one is never edited: a new one supersedes it.

    Source: ISO/IEC 17025:2017, 7.8.8 (amendments to reports).
    """

    __tablename__ = "report"
    __table_args__ = (
        sa.UniqueConstraint("laboratory_id", "report_no"),
        sa.CheckConstraint("status <> 'authorised' OR authorised_by_id IS NOT NULL", name="authorised_by_somebody"),
        sa.CheckConstraint("authorised_by_id <> entered_by_id AND authorised_by_id <> analyst_id", name="four_eyes"),
    )

    report_no: Mapped[str] = mapped_column(by_bytes(40), index=True)  # the laboratory's own
    status: Mapped[ReportStatus] = mapped_column(default=ReportStatus.ENTERED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    laboratory_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"), index=True)
    portion_id: Mapped[int] = mapped_column(sa.ForeignKey("portion.id"), index=True)  # backup: a re-inspection
    supersedes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("report.id"), unique=True)
    change_reason: Mapped[str | None] = mapped_column(sa.Text)  # why it replaces that; None: not asked, or nothing
    analyst: Mapped[str] = mapped_column(sa.String(100))  # the name as it stood then
    analyst_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    method_note: Mapped[str] = mapped_column(sa.Text, default="")
    entered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    authorised_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    authorised_at: Mapped[datetime | None]
    tested_on: Mapped[date | None]  # the last day of testing; None: entered before it was asked
    competence: Mapped[dict[str, Any] | None]  # how each item stood to the accreditation when it was authorised

    sample: Mapped[Sample] = relationship()
    portion: Mapped[Portion] = relationship()
    laboratory: Mapped[Organisation] = relationship(foreign_keys=[laboratory_id])
    entered_by: Mapped[Person] = relationship(foreign_keys=[entered_by_id])
    supersedes: Mapped[Report | None] = relationship(remote_side="Report.id")
    results: Mapped[list[TestResult]] = relationship(back_populates="report", order_by="TestResult.id")
    outside: Mapped[list[OutsideItem]] = relationship(back_populates="report", order_by="OutsideItem.id")

    @property
    def number(self) -> str:
        return self.report_no

    @property
    def is_of_label(self) -> bool:
        """The agency's own record of a label check, and no laboratory's report."""
        return self.laboratory_id == self.agency_id


class TestResult(Base):
    """One test item of a report as the laboratory wrote it, with the limit it was judged by as that stood then."""

    __tablename__ = "test_result"
    __test__ = False  # pytest: no test class
    __table_args__ = (sa.UniqueConstraint("report_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"))
    item: Mapped[str] = mapped_column(sa.String(200))
    value: Mapped[str] = mapped_column(sa.Text)
    unit: Mapped[str] = mapped_column(sa.String(50), default="")
    uncertainty: Mapped[str] = mapped_column(sa.String(50), default="")
    lod: Mapped[str] = mapped_column(sa.String(50), default="")
    loq: Mapped[str] = mapped_column(sa.String(50), default="")
    method: Mapped[str] = mapped_column(sa.String(200), default="")
    limit: Mapped[str] = mapped_column(sa.String(200))
    rule: Mapped[str] = mapped_column(sa.String(32))
    verdict: Mapped[str] = mapped_column(sa.String(32))
    judgement: Mapped[dict[str, Any]]  # reason code, what was read, in which unit it was compared

    report: Mapped[Report] = relationship(back_populates="results")

    @property
    def outside_accreditation(self) -> bool:
        """Reported outside what its laboratory is accredited for (非资质认定项目), as that stood when it was signed."""
        told = self.report.competence or {"items": []}
        return any(each["item"] == self.item and each["code"] not in NOT_OUTSIDE for each in told["items"])


class Legible(StrEnum):
    """What a look into the text of a report's file came to."""

    READ = "read"
    NO_TEXT = "no_text"  # a scan: a person must look
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_MUCH = "too_much"  # more bytes, pages, text, time or memory than a look may take


class ReportFile(Base):
    """The file of a report, looked into for the two numbers by which it is the report on this sample."""

    __tablename__ = "report_file"
    __table_args__ = (
        sa.UniqueConstraint("report_id", "sha256"),
        sa.CheckConstraint("(accepted_by_id IS NULL) = (accepted_at IS NULL)", name="accepted_says_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, info=IN_VAULT)
    legible: Mapped[Legible]
    pages: Mapped[int]
    has_report_no: Mapped[bool]
    has_blind_no: Mapped[bool]
    looked_at: Mapped[datetime]
    # by a signatory, who looked for themselves at what is not found
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]

    @property
    def shows_both_numbers(self) -> bool:
        return self.has_report_no and self.has_blind_no


class OutsideStatus(StrEnum):
    MARKED = "marked"
    AGREED = "agreed"
    DECLINED = "declined"


class OutsideItem(Part):
    """An item that a laboratory reports outside its accreditation (非资质认定项目), if the agency agrees."""

    __tablename__ = "outside_item"
    __table_args__ = (
        sa.CheckConstraint("status = 'marked' OR answered_by_id IS NOT NULL", name="answered_by_somebody"),
    )

    status: Mapped[OutsideStatus] = mapped_column(default=OutsideStatus.MARKED)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"), index=True)
    result_id: Mapped[int] = mapped_column(sa.ForeignKey("test_result.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    marked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    marked_at: Mapped[datetime]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(sa.String(500), default="")

    report: Mapped[Report] = relationship(back_populates="outside")
    result: Mapped[TestResult] = relationship()

    @property
    def whole(self) -> Report:
        return self.report

    @property
    def agency_id(self) -> int:
        return self.report.agency_id

    @property
    def laboratory_id(self) -> int:
        return self.report.laboratory_id


class ReportDraft(Base):
    """What a laboratory typed about a portion and has not handed in: kept as it was typed, whether it fits or not.

    One a portion; it ends when a report is entered. Nothing is judged by it; only the laboratory reads it.
    """

    __tablename__ = "report_draft"

    portion_id: Mapped[int] = mapped_column(sa.ForeignKey("portion.id"), primary_key=True)
    laboratory_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    version: Mapped[int] = mapped_column(default=1)  # of two who keep one at once, the second is told of the first
    typed: Mapped[dict[str, Any]]  # by the names of the form's fields
    kept_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kept_at: Mapped[datetime]

    kept_by: Mapped[Person] = relationship()


class FindingStatus(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"
    REJECTED = "rejected"  # by the reviewer, before it was ever confirmed


class Verdict(StrEnum):
    CONFORMING = "conforming"
    NONCONFORMING = "nonconforming"


STANDING = sa.text("status IN ('proposed', 'confirmed')")  # a sample has one conclusion at a time


class Finding(Case):
    """The agency's conclusion on one sample: proposed by one person, confirmed by another."""

    __tablename__ = "finding"
    __table_args__ = (
        sa.Index("ix_finding_list", "agency_id", "status", "id"),
        sa.CheckConstraint(
            "status IN ('proposed', 'rejected') OR confirmed_by_id IS NOT NULL", name="confirmed_by_somebody"
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name="four_eyes"),
        partial_index("uq_finding_standing", "sample_id", unique=True, where=STANDING),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[FindingStatus] = mapped_column(default=FindingStatus.PROPOSED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"), index=True)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"))
    verdict: Mapped[Verdict]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    # the overturned one, where this is what a re-inspection said: final, and nobody may object to it
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("finding.id"), unique=True, index=True)

    sample: Mapped[Sample] = relationship()
    report: Mapped[Report] = relationship()
    follows: Mapped[Finding | None] = relationship(remote_side="Finding.id")

    @property
    def results(self) -> list[TestResult]:
        """What it rests on: all of the report's, and where it follows a re-inspection, each item's last word."""
        return in_force(self.follows.results, self.report.results) if self.follows else list(self.report.results)
