"""A campaign: what is to be bought where, the frame it is drawn from, and the draw."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.workflow import Case, Part
from quality.people.models import Organisation, Person
from quality.standards.models import StandardLimit


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    FROZEN = "frozen"
    DRAWN = "drawn"
    IN_FIELD = "in_field"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class CampaignKind(StrEnum):
    """Never mixed in one figure: only the first may be published as an estimate."""

    PROBABILITY = "probability"
    RISK_TARGETED = "risk_targeted"


class Campaign(Case):
    """One round of sampling (抽检任务)."""

    __tablename__ = "campaign"
    __table_args__ = (
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'cancelled') "
            "OR (approved_by_id IS NOT NULL AND frame_sha256 IS NOT NULL)",
            name="approved_has_frame",
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'approved', 'cancelled') OR commitment IS NOT NULL",
            name="frozen_has_commitment",
        ),
        sa.CheckConstraint("status NOT IN ('drawn', 'in_field', 'closed') OR seed IS NOT NULL", name="drawn_has_seed"),
        sa.CheckConstraint("approved_by_id <> drafted_by_id", name="four_eyes"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[CampaignStatus] = mapped_column(default=CampaignStatus.DRAFT, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[CampaignKind]
    title: Mapped[str] = mapped_column(sa.String(200))
    basis: Mapped[str] = mapped_column(sa.Text)  # the provisions that allow it
    category: Mapped[str] = mapped_column(sa.String(100))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    price_cap_fen: Mapped[int | None]
    pieces: Mapped[int] = mapped_column(default=1)  # bought of each listing: to test and to keep as backup
    budget_fen: Mapped[int | None] = mapped_column(sa.BigInteger)  # for all purchases and all laboratory fees
    size_basis: Mapped[str] = mapped_column(sa.Text, default="")  # why so many, and not more or fewer (样本量依据)
    follow_up: Mapped[bool] = mapped_column(default=False)  # it may draw again what was sampled lately (DOMAIN §2.1)
    laboratory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))  # planned; dispatch decides
    design: Mapped[str] = mapped_column(sa.Text)  # canonical JSON of campaigns/design.py: strata, allocation, reserve
    walk_of: Mapped[str | None] = mapped_column(sa.String(64), unique=True)  # sha256 of the file that `walk` drives
    # the form it came by: sent twice, made once
    sent_as: Mapped[str | None] = mapped_column(sa.String(64), index=True, unique=True)
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    frame_sha256: Mapped[str | None] = mapped_column(sa.String(64))  # of the frozen Parquet, its name in the store
    frame_rows: Mapped[int | None]
    drawn_from: Mapped[str | None] = mapped_column(sa.String(64))  # of the file that is drawn from, if another (0050)
    frame_source: Mapped[str | None] = mapped_column(sa.String(200))
    frame_hash: Mapped[str | None] = mapped_column(sa.String(64))  # of frame.csv, as published
    design_hash: Mapped[str | None] = mapped_column(sa.String(64))
    salt: Mapped[str | None] = mapped_column(sa.String(64))  # secret until closing
    commitment: Mapped[str | None] = mapped_column(sa.String(64))
    public_event: Mapped[str | None] = mapped_column(sa.String(200))  # the number that does not exist yet, by name
    public_event_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    public_number: Mapped[str | None] = mapped_column(sa.String(100))
    public_number_source: Mapped[str | None] = mapped_column(sa.String(300))
    seed: Mapped[str | None] = mapped_column(sa.String(64))
    drawn_at: Mapped[datetime | None]

    agency: Mapped[Organisation] = relationship(foreign_keys=[agency_id])
    laboratory: Mapped[Organisation | None] = relationship(foreign_keys=[laboratory_id])
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    items: Mapped[list[CampaignItem]] = relationship(back_populates="campaign", order_by="CampaignItem.id")
    cap_raises: Mapped[list[CapRaise]] = relationship(back_populates="campaign", order_by="CapRaise.id")

    @property
    def raised_caps(self) -> dict[str, int]:
        """What was granted since the plan was frozen, in fen, by stratum; "" of every stratum."""
        granted: dict[str, int] = {}
        for each in self.cap_raises:
            if each.status is CapRaiseStatus.GRANTED:
                granted[each.stratum] = max(each.cap_fen, granted.get(each.stratum, 0))
        return granted

    def cap_of(self, stratum: str) -> int | None:
        """What one purchase of the stratum may cost, in fen: as the plan says, or what was granted since."""
        if self.price_cap_fen is None:
            return None
        raised = self.raised_caps
        return max(self.price_cap_fen, raised.get("", 0), raised.get(stratum, 0))


class CapRaiseStatus(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class CapRaise(Part):
    """A higher price cap than the plan was frozen with. The plan stays as it was approved, and so does the draw."""

    __tablename__ = "cap_raise"
    __table_args__ = (
        sa.CheckConstraint("cap_fen > 0", name="is_money"),
        sa.CheckConstraint("status <> 'granted' OR decided_by_id <> asked_by_id", name="four_eyes"),
        sa.CheckConstraint("(status = 'asked') = (decided_by_id IS NULL)", name="decided_by_somebody"),
        partial_index("uq_cap_raise_asked", "campaign_id", "stratum", where=sa.text("status = 'asked'"), unique=True),
    )

    status: Mapped[CapRaiseStatus] = mapped_column(default=CapRaiseStatus.ASKED, index=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    stratum: Mapped[str] = mapped_column(sa.String(300))  # "": every one
    cap_fen: Mapped[int]  # what one purchase may cost then
    reason: Mapped[str] = mapped_column(sa.Text)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # also who takes it back
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")

    campaign: Mapped[Campaign] = relationship(back_populates="cap_raises")

    @property
    def whole(self) -> Campaign:
        return self.campaign

    @property
    def agency_id(self) -> int:
        return self.campaign.agency_id


class CampaignItem(Base):
    """One test item of the implementing rules: what is measured, how, and what it is compared with."""

    __tablename__ = "campaign_item"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "product", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    product: Mapped[str] = mapped_column(sa.String(200), default="")  # "": for every product of the campaign
    item: Mapped[str] = mapped_column(sa.String(200))
    method: Mapped[str] = mapped_column(sa.String(200), default="")
    limit: Mapped[str] = mapped_column(sa.String(200))  # as the standard writes it: standards/limits.py reads it
    rule: Mapped[str] = mapped_column(sa.String(32), default="simple")
    clause: Mapped[str] = mapped_column(sa.String(200), default="")
    lab_fee_fen: Mapped[int | None]  # what a laboratory asks for this item of one sample; None: not known yet
    # the limit of the library that it was taken from, in the edition of that day; None: typed by hand
    standard_limit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("standard_limit.id"))

    campaign: Mapped[Campaign] = relationship(back_populates="items")
    taken_from: Mapped[StandardLimit | None] = relationship()


class CampaignVersion(Base):
    """A plan as it was submitted for review, so that the next review begins with what changed.

    Added, and never changed but once: when it is approved. An approval that is taken back leaves the mark standing,
    for the next one is compared with it.
    """

    __tablename__ = "campaign_version"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    edition: Mapped[int]  # from 1
    plan: Mapped[dict[str, Any]]  # as campaigns/versions.py writes it
    submitted_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    # sha256 of `plan`, as the record has it with the approval; None: approved before it was written there
    plan_sha256: Mapped[str | None] = mapped_column(sa.String(64))


class FrameSource(Base):
    """Where an agency's frames come from again and again, and what the headings mean there."""

    __tablename__ = "frame_source"
    __table_args__ = (sa.UniqueConstraint("agency_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(by_bytes(200))
    mapping: Mapped[dict[str, Any]]  # heading → column (campaigns/frame/headings.py), as somebody corrected it
    used_at: Mapped[datetime]


class Frame(Base):
    """A file of listings whose good rows are frozen under their sha256. An agency has it once, whatever it is used for.

    That a campaign is drawn from it stands in the campaign's record; here stands what the file was.
    """

    __tablename__ = "frame"
    __table_args__ = (sa.UniqueConstraint("agency_id", "sha256"), sa.Index(None, "agency_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))  # of the frozen Parquet, its name in the store
    source_id: Mapped[int | None] = mapped_column(sa.ForeignKey("frame_source.id"))
    name: Mapped[str] = mapped_column(sa.String(200))  # of the file that was sent, or of several
    encoding: Mapped[str] = mapped_column(sa.String(40))
    rows: Mapped[int]
    accepted: Mapped[int]
    refused: Mapped[int]
    refused_file: Mapped[str | None] = mapped_column(sa.String(80))  # all refused rows with their reasons, beside it
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    source: Mapped[FrameSource | None] = relationship()
    imported_by: Mapped[Person] = relationship()


class LayerKind(StrEnum):
    """What lies over a frame: rows that are left out of the draw, or columns that it reads besides."""

    EXCLUSIONS = "exclusions"
    SCORES = "scores"


class FrameLayer(Base):
    """What a campaign's draw does not read of its frame, or reads beside it. It goes with the frame it was made for."""

    __tablename__ = "frame_layer"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    kind: Mapped[LayerKind]
    sha256: Mapped[str] = mapped_column(sa.String(64))  # its name in the store: campaigns/frame/layered.py
    rows: Mapped[int]
    counts: Mapped[dict[str, Any]]
    basis: Mapped[dict[str, Any]]  # from what it was worked out
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    made_by: Mapped[Person] = relationship()

    @property
    def rows_by_reason(self) -> dict[str, int]:
        """In whole numbers, which JSON keeps as texts."""
        return {reason: int(rows) for reason, rows in self.counts.items()}


class Drawn(Base):
    """One drawn listing, main or reserve, with the frame's row as it stood. Each ends with a disposition."""

    __tablename__ = "drawn"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "listing_id"),
        sa.UniqueConstraint("campaign_id", "stratum", "role", "rank"),
        sa.Index(None, "platform_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    stratum: Mapped[str] = mapped_column(sa.String(300))
    role: Mapped[str] = mapped_column(sa.String(8))  # main, reserve
    rank: Mapped[int]
    listing_id: Mapped[str] = mapped_column(sa.String(100))
    draw_digest: Mapped[str] = mapped_column(sa.String(64))
    # how likely it was to be in the main sample, exactly: 3/8, or 1; None: as likely as all of its stratum
    inclusion: Mapped[str | None] = mapped_column(sa.String(41))
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    listing: Mapped[dict[str, Any]]  # the frame's row: title, url, shop_name, shop_id, shop_uscc, price_fen …
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("drawn.id"), unique=True)  # a reserve, once activated
    # beside the row, so that the database can add them up: what it was listed at, and what its tests cost by the plan
    price_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    lab_fee_fen: Mapped[int | None] = mapped_column(sa.BigInteger)  # None: the plan named no fees

    campaign: Mapped[Campaign] = relationship()
    platform: Mapped[Organisation] = relationship()

    @property
    def chance(self) -> Fraction | None:
        return None if self.inclusion is None else Fraction(self.inclusion)


class DrawnStratum(Base):
    """How many listings a stratum had when it was drawn from: what one drawn listing stands for follows from it."""

    __tablename__ = "drawn_stratum"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    stratum: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    size: Mapped[int]
