"""Disposal notices: what an agency tells a platform to take down, listing by listing, and what came of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, query_expression, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.events import Recorded
from quality.core.workflow import Case, Part
from quality.evidence.models import Exhibit
from quality.lab.models import Finding
from quality.people.models import Organisation, Person


class NoticeStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    ISSUING = "issuing"  # it has its number; a job seals the document
    ISSUED = "issued"
    SERVED = "served"  # receipt is proven: the clock runs
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


class NoticeKind(StrEnum):
    """Which clock runs: `remove_by_order` or `remove_by_notice` (DOMAIN: GPSR Art. 22)."""

    ORDER = "order"
    NOTICE = "notice"


REMOVAL_RULES = tuple(f"remove_by_{kind.value}" for kind in NoticeKind)


class Measure(StrEnum):
    """What the platform is told to do."""

    DELIST = "delist"
    SWEEP = "sweep"  # find and delist other listings of the same product
    STOP_SALE = "stop_sale"
    RETAIN_RECORDS = "retain_records"
    REPORT_SALES = "report_sales"


class Way(StrEnum):
    """How a platform is told of a notice beside the portal."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    LETTER = "letter"  # by post, which people carry


UNPROVEN = sa.text("unproven_by IS NOT NULL")


class Notice(Case):
    """One disposal notice to one platform (处置通知书)."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_list", "agency_id", "status", "id"),
        partial_index("ix_notice_unproven", "agency_id", where=UNPROVEN),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'withdrawn') OR approved_by_id IS NOT NULL", name="approved_by_somebody"
        ),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'approved', 'withdrawn') OR number IS NOT NULL", name="issued_has_number"
        ),
        sa.CheckConstraint(
            "status NOT IN ('issued', 'served', 'acknowledged', 'answered', 'closed', 'reopened') "
            "OR sealed_sha256 IS NOT NULL",
            name="issued_is_sealed",
        ),
        sa.CheckConstraint(
            "status NOT IN ('served', 'acknowledged', 'answered', 'closed', 'reopened') OR served_at IS NOT NULL",
            name="served_has_moment",
        ),
    )

    reference: Mapped[str] = mapped_column(by_bytes(40), unique=True)  # of the draft, for life
    number: Mapped[str | None] = mapped_column(by_bytes(40), unique=True)  # given when it is issued, without gaps
    status: Mapped[NoticeStatus] = mapped_column(default=NoticeStatus.DRAFT, index=True)
    kind: Mapped[NoticeKind]
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    legal_basis: Mapped[str] = mapped_column(sa.Text)
    reasons: Mapped[str] = mapped_column(sa.Text)
    measures: Mapped[list[Any]]  # codes: Measure
    answer_to: Mapped[str] = mapped_column(sa.Text, default="")
    how_to_object: Mapped[str] = mapped_column(sa.Text, default="")
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    issued_at: Mapped[datetime | None]
    sealed: Mapped[str | None] = mapped_column(sa.Text)  # the payload as it was sent, canonical JSON
    sealed_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    verification_code: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    served_at: Mapped[datetime | None]  # the first proven receipt
    platform_reference: Mapped[str | None] = mapped_column(sa.String(100))
    unproven_by: Mapped[Way | None]  # no proof of receipt in its time: the way that was tried last
    edition: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))  # the one in force
    template_id: Mapped[int | None]  # of the notice_template that it was drafted from; None: none, or the shipped one
    english: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # notices/texts.py: english_for

    agency: Mapped[Organisation] = relationship(foreign_keys=[agency_id])
    platform: Mapped[Organisation] = relationship(foreign_keys=[platform_id])
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    items: Mapped[list[NoticeItem]] = relationship(back_populates="notice", order_by="NoticeItem.id")
    asked_again: Mapped[list[NoticeItem]] = relationship(  # what the platform is not known to have heard of yet
        primaryjoin=lambda: sa.and_(Notice.id == foreign(NoticeItem.notice_id), NoticeItem.asked_again_in.is_not(None)),
        order_by=lambda: NoticeItem.id,
        viewonly=True,
    )
    listings: Mapped[int | None] = query_expression()  # how many, and the first of them, where a list asks: in_short()
    first_of_them: Mapped[dict[str, Any] | None] = query_expression()
    proposed: Mapped[NoticeEdition | None] = relationship(  # the next edition, while it is not issued
        primaryjoin=lambda: sa.and_(
            Notice.id == foreign(NoticeEdition.notice_id),
            NoticeEdition.issued_at.is_(None),
            NoticeEdition.dropped_at.is_(None),
        ),
        viewonly=True,
    )

    @property
    def removal_rule(self) -> str:
        """The clock by which the platform removes and answers."""
        return f"remove_by_{self.kind.value}"


class NoticeVersion(Base):
    """A notice as it was submitted for review, so that the next review begins with what changed. Never changed."""

    __tablename__ = "notice_version"
    __table_args__ = (sa.UniqueConstraint("notice_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    edition: Mapped[int]  # from 1
    says: Mapped[dict[str, Any]]  # as notices/versions.py writes it
    submitted_at: Mapped[datetime]


class EditionKind(StrEnum):
    """What an edition of an issued notice is, beside the one before it."""

    ORIGINAL = "original"
    AMENDMENT = "amendment"  # other words, other measures, listings added
    PARTIAL_WITHDRAWAL = "partial_withdrawal"  # listings are taken back, and nothing is added
    WITHDRAWAL = "withdrawal"  # the whole notice is taken back


UNDER_WAY = sa.text("issued_at IS NULL AND dropped_at IS NULL")
NOT_DROPPED = sa.text("dropped_at IS NULL")


class NoticeEdition(Base):
    """What an agency told a platform under one number, edition by edition. One that is issued never changes.

    It is drafted beside the live notice and comes in force with its sealed document, not before. Its deeds stand in
    the record of the notice, which is taken for each of them.
    """

    __tablename__ = "notice_edition"
    __table_args__ = (
        partial_index("uq_notice_edition_under_way", "notice_id", where=UNDER_WAY, unique=True),
        partial_index("uq_notice_edition_number", "notice_id", "edition", where=NOT_DROPPED, unique=True),
        sa.Index("ix_notice_edition_approved", "approved_at", "issued_at"),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_by_somebody"),
        sa.CheckConstraint(
            "issued_at IS NULL OR kind IN ('original', 'withdrawal') OR approved_by_id IS NOT NULL",
            name="issued_was_approved",
        ),
        sa.CheckConstraint("issued_at IS NULL OR (sealed IS NOT NULL AND dropped_at IS NULL)", name="issued_is_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    edition: Mapped[int]  # from 1
    kind: Mapped[EditionKind]
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # why; of an original nothing
    wording: Mapped[dict[str, Any]]  # texts and measures that take the place of the notice's
    withdrawn: Mapped[list[Any]]  # ids of items
    added: Mapped[list[Any]]  # listings: finding and alike by their ids, kind, listing_id, snapshot
    changed: Mapped[list[Any]]  # as core/differences.py finds it: field, old, new, of
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None]
    in_version: Mapped[int | None]  # of the notice: the event by which it came in force
    sealed: Mapped[str | None] = mapped_column(sa.Text)  # what it says as a whole, canonical JSON
    sealed_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    code: Mapped[str | None] = mapped_column(sa.String(20))

    notice: Mapped[Notice] = relationship()
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])


class ItemStatus(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"  # the platform says so
    VERIFIED = "verified"  # we saw for ourselves
    RETURNED = "returned"
    EXCUSED = "excused"
    REOPENED = "reopened"


class ItemKind(StrEnum):
    TESTED = "tested"
    SAME_PRODUCT = "same_product"
    SAME_SELLER = "same_seller"


class Outcome(StrEnum):
    """What a platform may answer for a listing (CONTRACT: POST …/outcomes)."""

    REMOVED = "removed"
    NEVER_FOUND = "never_found"
    ALREADY_GONE = "already_gone"
    REFUSED = "refused"


class Excuse(StrEnum):
    """Why a listing need not be seen gone. Only a reviewer excuses."""

    REFUSAL_ACCEPTED = "refusal_accepted"  # the platform's reasons hold
    NOT_THIS_PRODUCT = "not_this_product"
    NEVER_EXISTED = "never_existed"
    FINDING_OVERTURNED = "finding_overturned"
    PLATFORM_ENDED = "platform_ended"
    WITHDRAWN = "withdrawn"  # an edition of the notice took the listing back; nobody chooses it by itself


ASKED_AGAIN = sa.text("asked_again_in IS NOT NULL")


class NoticeItem(Part):
    """One listing on a notice, with product, shop, limit and rule as they stood at the decision."""

    __tablename__ = "notice_item"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "listing_id"),
        sa.CheckConstraint("status <> 'excused' OR excuse IS NOT NULL", name="excused_has_reason"),
        sa.CheckConstraint(
            "status NOT IN ('verified', 'excused') OR settled_at IS NOT NULL", name="settled_has_moment"
        ),
        sa.Index(None, "finding_id"),
        partial_index("ix_notice_item_asked_again", "notice_id", "asked_again_at", where=ASKED_AGAIN),
    )

    status: Mapped[ItemStatus] = mapped_column(default=ItemStatus.OPEN, index=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"))
    kind: Mapped[ItemKind] = mapped_column(default=ItemKind.TESTED)
    listing_id: Mapped[str] = mapped_column(sa.String(100))
    snapshot: Mapped[dict[str, Any]]  # url, title, shop, seller, product, results with limit and rule
    excuse: Mapped[Excuse | None]
    settled_at: Mapped[datetime | None]  # when it was last verified or excused
    asked_again_at: Mapped[datetime | None]  # it went back to the platform, or is there again, and they did not answer
    asked_again_in: Mapped[int | None]  # in which version of the notice; None once they are proved to know of it
    edition: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))  # of the notice that first named it

    notice: Mapped[Notice] = relationship(back_populates="items")
    finding: Mapped[Finding] = relationship()
    claims: Mapped[list[Claim]] = relationship(back_populates="item", order_by="Claim.id")
    looks: Mapped[list[Look]] = relationship(back_populates="item", order_by="Look.id")
    exhibits: Mapped[list[Exhibit]] = relationship(  # what proves this listing, of everybody's
        primaryjoin=lambda: sa.and_(
            NoticeItem.notice_id == foreign(Exhibit.subject_id),
            Exhibit.subject_type == Notice.__tablename__,
            Exhibit.part == sa.literal(f"{NoticeItem.__tablename__}:") + sa.cast(NoticeItem.id, sa.String),
        ),
        order_by=lambda: Exhibit.id,
        viewonly=True,
    )

    @property
    def whole(self) -> Notice:
        return self.notice

    @property
    def agency_id(self) -> int:
        return self.notice.agency_id

    @property
    def platform_id(self) -> int:
        return self.notice.platform_id


def stands_on_a_notice() -> sa.ColumnElement[bool]:
    """Neither the notice nor its listing was taken back. For a query over both."""
    was_taken_back = sa.and_(NoticeItem.excuse.is_not(None), NoticeItem.excuse == Excuse.WITHDRAWN)
    return sa.and_(Notice.status != NoticeStatus.WITHDRAWN, ~was_taken_back)


class Claim(Base):
    """What the platform says about one listing. Every answer is kept; the last one counts."""

    __tablename__ = "claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_item.id"), index=True)
    outcome: Mapped[Outcome]
    acted_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    units_sold: Mapped[int | None]
    swept: Mapped[list[Any]]  # addresses of other listings of the same product
    evidence: Mapped[list[Any]]  # sha256 of the platform's proofs, each an exhibit of the notice
    received_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    second_look_percent: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))  # in force at the claim
    is_drawn: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # two persons look: second.py

    item: Mapped[NoticeItem] = relationship(back_populates="claims")


class Look(Base):
    """What the regulator saw for itself at a listing's address, and when."""

    __tablename__ = "look"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_item.id"), index=True)
    gone: Mapped[bool]
    seen_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # what was found there: why it goes back
    evidence: Mapped[list[Any]]  # sha256 of our own proofs, each an exhibit of the notice

    item: Mapped[NoticeItem] = relationship(back_populates="looks")
    by: Mapped[Person] = relationship()


class Practice(Recorded):
    """How an agency looks, as a reviewer set it. A change is a new edition; the newest of an agency counts."""

    __tablename__ = "practice"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "edition"),
        sa.CheckConstraint("second_look_percent BETWEEN 0 AND 100", name="is_a_share"),
    )

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    edition: Mapped[int]  # from 1
    second_look_percent: Mapped[int]  # of claims, drawn by nobody, that a second person looks at too
    capture_hosts: Mapped[list[Any]] = mapped_column(server_default="[]")  # whose pages a program may capture
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    set_by: Mapped[Person] = relationship()
