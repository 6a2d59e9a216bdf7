"""Sampling tasks and what they bring: the purchase, the sealed sample, its custody."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.campaigns.models import Campaign, Drawn
from quality.core.db import Base, by_bytes
from quality.core.workflow import Case, Part
from quality.evidence.models import Exhibit
from quality.people.models import Organisation, Person
from quality.purchases.deliveries import DeliveryState


class TaskStatus(StrEnum):
    PLANNED = "planned"
    ASSIGNED = "assigned"
    ORDERED = "ordered"
    SHIPPED = "shipped"
    RECEIVED = "received"
    SEALED = "sealed"
    UNOBTAINABLE = "unobtainable"
    TRANSFERRED_UNTESTED = "transferred_untested"
    CANCELLED = "cancelled"


class Unobtainable(StrEnum):
    """Why a listing could not be bought. The exit stays in the statistics; the next reserve takes its place."""

    DELISTED = "delisted"
    OUT_OF_STOCK = "out_of_stock"
    SELLER_REFUSED = "seller_refused"
    SELLER_CANCELLED = "seller_cancelled"
    WRONG_ITEM = "wrong_item"
    LOST = "lost"
    OVER_PRICE_CAP = "over_price_cap"
    BUYER_SUSPECTED = "buyer_suspected"
    RETURNED = "returned"  # the goods went back before they were sealed


class Untested(StrEnum):
    """Why goods go to the local authority without a test."""

    NO_LICENCE = "no_licence"
    NO_PRODUCER = "no_producer"
    COUNTERFEIT = "counterfeit"


class Cancelled(StrEnum):
    """Why a task was ended that nobody tried to buy. It says nothing of whether the listing could have been bought."""

    OVER_PRICE_CAP = "over_price_cap"  # by the price of the frame
    OUT_OF_SCOPE = "out_of_scope"  # it should not have stood in the frame
    SAME_PRODUCT = "same_product"
    NO_BUYER = "no_buyer"
    NOT_NEEDED = "not_needed"  # the campaign buys no more of its stratum: no reserve takes its place


class Task(Case):
    """One drawn listing to be bought by one buyer (购样任务)."""

    __tablename__ = "task"
    __table_args__ = (
        sa.Index("ix_task_list", "agency_id", "status", "id"),
        sa.Index("ix_task_shop", "shop_key", "buyer_id"),
        sa.CheckConstraint("status = 'planned' OR status = 'cancelled' OR buyer_id IS NOT NULL", name="has_a_buyer"),
        sa.CheckConstraint(
            "status NOT IN ('unobtainable', 'transferred_untested') OR exit_reason IS NOT NULL", name="exit_has_reason"
        ),
        sa.CheckConstraint("status NOT IN ('ordered','shipped','received','sealed') OR paid_fen > 0", name="was_paid"),
        sa.CheckConstraint("status <> 'sealed' OR label_checked_at IS NOT NULL", name="sealed_was_checked"),
        sa.CheckConstraint("received_at >= shipped_at", name="received_after_it_was_shipped"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.PLANNED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    drawn_id: Mapped[int] = mapped_column(sa.ForeignKey("drawn.id"), unique=True)
    shop_key: Mapped[str | None] = mapped_column(sa.String(64))  # of its listing (purchases/shops.py)
    buyer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    exit_reason: Mapped[str | None] = mapped_column(sa.String(32))
    paid_fen: Mapped[int | None]  # shipping included, discounts taken off
    shipping_fen: Mapped[int | None]  # of it
    discount_fen: Mapped[int | None]  # coupons and discounts that were taken off
    cap_fen: Mapped[int | None]  # what the price cap was when it was ordered
    refunded_fen: Mapped[int | None]  # of it, what the seller has given back so far
    quantity: Mapped[int | None]
    ordered_at: Mapped[datetime | None]  # when it was recorded; the payment's own moment is identity (secrets.py)
    shipped_at: Mapped[datetime | None]
    delivery: Mapped[DeliveryState | None]  # the last of its states that somebody wrote down
    received_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]  # the goods went back to who sold them
    label_checked_at: Mapped[datetime | None]
    label_problems: Mapped[list[Any] | None]  # codes of purchases/labels.py; a problem can already be a finding

    campaign: Mapped[Campaign] = relationship()
    drawn: Mapped[Drawn] = relationship()
    buyer: Mapped[Person | None] = relationship()
    sample: Mapped[Sample | None] = relationship(back_populates="task", uselist=False)


class SampleStatus(StrEnum):
    SEALED = "sealed"
    DISPATCHED = "dispatched"
    AT_LAB = "at_lab"
    TESTING = "testing"
    REPORTED = "reported"
    CONCLUDED = "concluded"
    CLOSED = "closed"
    REFUSED_BY_LAB = "refused_by_lab"
    TEST_IMPOSSIBLE = "test_impossible"
    TRANSFERRED_UNTESTED = "transferred_untested"


class Sample(Case):
    """What was bought, sealed in two portions. A laboratory sees a portion by its blind number, and never this.

    One without a task was not bought: a control sample (quality/controls), which a laboratory cannot tell from the
    others, and which `visible_samples` and whatever counts leave out.
    """

    __tablename__ = "sample"
    __table_args__ = (
        sa.Index("ix_sample_list", "agency_id", "status", "id"),
        sa.CheckConstraint(
            "status IN ('sealed', 'transferred_untested') OR laboratory_id IS NOT NULL", name="has_a_laboratory"
        ),
        sa.CheckConstraint(
            "status NOT IN ('refused_by_lab', 'test_impossible', 'transferred_untested') OR exit_reason IS NOT NULL",
            name="exit_has_reason",
        ),
        sa.CheckConstraint("(task_id IS NULL) = (campaign_id IS NOT NULL)", name="bought_or_made"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[SampleStatus] = mapped_column(default=SampleStatus.SEALED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("task.id"), unique=True)
    # in whose flow it goes, where no task says that
    campaign_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)  # who bought and sealed it
    # of the test portion
    laboratory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    product_name: Mapped[str] = mapped_column(sa.String(200))
    spec: Mapped[str] = mapped_column(sa.String(200), default="")
    brand: Mapped[str] = mapped_column(sa.String(200), default="")
    model: Mapped[str] = mapped_column(sa.String(200), default="")
    barcode: Mapped[str] = mapped_column(sa.String(14), default="")  # purchases/barcodes.py
    batch: Mapped[str] = mapped_column(sa.String(100), default="")
    producer_name: Mapped[str] = mapped_column(sa.String(300), default="")
    producer_address: Mapped[str] = mapped_column(sa.String(500), default="")
    remark: Mapped[str] = mapped_column(sa.Text, default="")
    sealed_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    exit_reason: Mapped[str | None] = mapped_column(sa.String(200))

    task: Mapped[Task | None] = relationship(back_populates="sample")  # None of what was not bought
    made_for: Mapped[Campaign | None] = relationship()
    laboratory: Mapped[Organisation | None] = relationship(foreign_keys=[laboratory_id])
    portions: Mapped[list[Portion]] = relationship(back_populates="sample", order_by="Portion.kind.desc()")
    hand_overs: Mapped[list[HandOver]] = relationship(back_populates="sample", order_by="HandOver.id")

    @property
    def was_bought(self) -> bool:
        return self.task_id is not None

    @property
    def is_label_only(self) -> bool:
        """It was concluded on its label, by the agency itself: no laboratory has tested it (0087)."""
        return self.laboratory_id is not None and self.laboratory_id == self.agency_id

    @property
    def purchase(self) -> Task:
        """The task that brought it. Only for who has it from where controls are left out, or asked `was_bought`."""
        assert self.task is not None, f"{self.number} was not bought"
        return self.task

    @property
    def campaign(self) -> Campaign:
        return self.made_for or self.purchase.campaign

    def portion(self, kind: PortionKind) -> Portion:
        return next(portion for portion in self.portions if portion.kind == kind)


class PortionKind(StrEnum):
    TEST = "test"
    BACKUP = "backup"  # for re-inspection only


class PortionStatus(StrEnum):
    SEALED = "sealed"
    DISPATCHED = "dispatched"
    HELD = "held"  # at the laboratory's door: it is not taken in before the agency has answered for a gap
    AT_LAB = "at_lab"
    STOPPED = "stopped"  # the laboratory suspects the goods, and waits for the agency's word before it tests them
    HANDED_ON = "handed_on"  # to the responsible authority, untested
    TESTED = "tested"
    REFUSED_BY_LAB = "refused_by_lab"
    DISPOSED = "disposed"


BEFORE_THE_LABORATORY = (PortionStatus.SEALED, PortionStatus.DISPATCHED, PortionStatus.HELD)


class Portion(Part):
    """One sealed part of a sample, and all that a laboratory is shown of it. A seal number is used once, ever."""

    __tablename__ = "portion"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "kind"),
        sa.CheckConstraint("status IN ('sealed', 'disposed') OR laboratory_id IS NOT NULL", name="has_a_laboratory"),
    )

    status: Mapped[PortionStatus] = mapped_column(default=PortionStatus.SEALED, index=True)
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"))
    kind: Mapped[PortionKind]
    blind_no: Mapped[str] = mapped_column(by_bytes(16), unique=True)  # each portion its own: a second lab is blind too
    seal_no: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    quantity: Mapped[str] = mapped_column(sa.String(100))  # as written on the sheet: "2 件"
    laboratory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)

    sample: Mapped[Sample] = relationship(back_populates="portions")
    disposal: Mapped[Disposal | None] = relationship(back_populates="portion", uselist=False)
    laboratory: Mapped[Organisation | None] = relationship()

    @property
    def whole(self) -> Sample:
        return self.sample

    @property
    def agency_id(self) -> int:
        return self.sample.agency_id

    @property
    def buyer_id(self) -> int:
        return self.sample.buyer_id

    @property
    def sealed_by(self) -> str:
        """Whom its chain of custody begins with, as hand-overs name them."""
        return f"person:{self.buyer_id}"


class HandOver(Base):
    """One hand-over in the chain of custody (样品流转): which seal, intact or not, from whom to whom, when, where."""

    __tablename__ = "hand_over"
    __table_args__ = (  # who has yet to confirm
        sa.Index("ix_hand_over_given", "given_by", "giver_is_silent"),
        sa.Index("ix_hand_over_taken", "taken_by", "taker_is_silent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"), index=True)
    portion_id: Mapped[int] = mapped_column(sa.ForeignKey("portion.id"), index=True)
    seal_no: Mapped[str] = mapped_column(by_bytes(40))  # as read at the hand-over
    seal_intact: Mapped[bool]
    seal_unread: Mapped[bool] = mapped_column(default=False)  # who turned it away did not look
    given_by: Mapped[str] = mapped_column(sa.String(64))  # "person:3", "courier:SF", "laboratory:5", "store:B-12"
    taken_by: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    condition: Mapped[str] = mapped_column(sa.String(300), default="")
    parcel_no: Mapped[str] = mapped_column(sa.String(64), default="")  # the courier's, as it was sent, or as it came
    tenths_celsius: Mapped[int | None]
    # a person who has yet to say that they gave or took it; rows of before have both sides at once
    giver_is_silent: Mapped[bool] = mapped_column(default=False)
    taker_is_silent: Mapped[bool] = mapped_column(default=False)
    explanation: Mapped[str] = mapped_column(sa.String(500), default="")  # of a gap here, by a coordinator
    no_photo: Mapped[str] = mapped_column(sa.String(300), default="")  # why whoever wrote it down took none
    # it was sent and nobody had scanned its label; of hand-overs from before that was asked nothing is said
    label_unscanned: Mapped[bool] = mapped_column(default=False)
    no_scan: Mapped[str] = mapped_column(sa.String(300), default="")  # why, where whoever sent it said so

    sample: Mapped[Sample] = relationship(back_populates="hand_overs")
    portion: Mapped[Portion] = relationship()


class Side(StrEnum):
    GIVEN = "given"
    TAKEN = "taken"


class Confirmation(Base):
    """What the other person of a hand-over read for themselves, when they confirmed their side."""

    __tablename__ = "hand_over_confirmation"
    __table_args__ = (sa.UniqueConstraint("hand_over_id", "side"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hand_over_id: Mapped[int] = mapped_column(sa.ForeignKey("hand_over.id"))
    side: Mapped[Side]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
    seal_no: Mapped[str] = mapped_column(by_bytes(40))
    seal_intact: Mapped[bool]
    condition: Mapped[str] = mapped_column(sa.String(300), default="")
    tenths_celsius: Mapped[int | None]
    no_photo: Mapped[str] = mapped_column(sa.String(300), default="")


class HandOverPhoto(Base):
    """A picture of a portion as it changed hands: by whoever wrote that down, or with the other side's confirmation."""

    __tablename__ = "hand_over_photo"
    __table_args__ = (sa.UniqueConstraint("hand_over_id", "exhibit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hand_over_id: Mapped[int] = mapped_column(sa.ForeignKey("hand_over.id"))
    exhibit_id: Mapped[int] = mapped_column(sa.ForeignKey("exhibit.id"))
    confirmation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hand_over_confirmation.id"))

    exhibit: Mapped[Exhibit] = relationship()


class LabelSheet(Base):
    """The labels of several samples on one sheet of A4, as one person asked for them."""

    __tablename__ = "label_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    samples: Mapped[list[Any]]  # their numbers


class Disposal(Base):
    """A portion is done away with: one person proposes, another confirms."""

    __tablename__ = "disposal"
    __table_args__ = (
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name="four_eyes"),
        sa.CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_says_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    portion_id: Mapped[int] = mapped_column(sa.ForeignKey("portion.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]

    portion: Mapped[Portion] = relationship(back_populates="disposal")
