"""What was taken down and seen to be, by what it is known again; the frames that were compared with it; the hits."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.campaigns.models import Campaign
from quality.core.db import Base, partial_index
from quality.likeness.matching import Sure
from quality.notices.models import NoticeItem
from quality.people.models import Organisation, Person

WAITS = sa.text("decision IS NULL")


class Said(StrEnum):
    """What came of a hit."""

    SAME = "same"  # it is on sale again, or the same goods are
    OTHER = "other"  # other goods
    GONE = "gone"  # our own look found it gone


class Fingerprint(Base):
    """By what a listing that was taken down is known again (下架商品指纹). Made by a job once the takedown is verified,
    and anew when it is verified again. It counts only while its listing stands as verified."""

    __tablename__ = "fingerprint"
    __table_args__ = (sa.UniqueConstraint("item_id"), sa.Index(None, "agency_id", "verified_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_item.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    verified_at: Mapped[datetime]  # frames that were imported before it say nothing
    listing_id: Mapped[str] = mapped_column(sa.String(100))
    barcode: Mapped[str] = mapped_column(sa.String(14))
    shop_code: Mapped[str] = mapped_column(sa.String(40))
    shop_id: Mapped[str] = mapped_column(sa.String(200))
    title: Mapped[str] = mapped_column(sa.Text)  # folded
    price_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    picture: Mapped[str | None] = mapped_column(sa.String(16))  # a dHash in hex


class Swept(Base):
    """That a frame was compared with what an agency had taken down before it was imported, and what that brought."""

    __tablename__ = "swept"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "campaign_id", "frame_sha256"),
        sa.Index("ix_swept_list", "agency_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))  # of this agency, or of one below it
    frame_sha256: Mapped[str] = mapped_column(sa.String(64))
    imported_at: Mapped[datetime]
    at: Mapped[datetime]
    rows: Mapped[int]  # listings of the frame
    compared: Mapped[int]  # fingerprints
    hits: Mapped[int]  # that are kept
    left_out: Mapped[int]  # there were more than are kept (radar/sweeping.py), these the weakest

    campaign: Mapped[Campaign] = relationship()


class Hit(Base):
    """A listing of a later frame that is taken for one that was taken down (重新上架线索).

    It is no case: a frame may bring hundreds. What people say of it stands in the record of the notice, where the
    listing itself is meant, and in that of the finding, where another one of the same goods is.
    """

    __tablename__ = "hit"
    __table_args__ = (
        sa.Index("ix_hit_list", "agency_id", "decision", "rank", "id"),
        sa.Index(None, "item_id"),
        partial_index("ix_hit_waits", "agency_id", "platform_id", "listing_id", where=WAITS, unique=True),
        sa.CheckConstraint("(decision IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_says_when"),
        sa.CheckConstraint("decision <> 'other' OR reason <> ''", name="other_says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    swept_id: Mapped[int] = mapped_column(sa.ForeignKey("swept.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))  # who had it taken down
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_item.id"))  # what it is taken for
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))  # where it is on sale
    listing_id: Mapped[str] = mapped_column(sa.String(100))
    is_itself: Mapped[bool]  # the listing that was taken down, not another one of the same goods
    sure: Mapped[Sure]
    rank: Mapped[int]  # of the rule by which it was found: the surest is 0
    why: Mapped[list[Any]]  # codes of likeness/matching.py
    listing: Mapped[dict[str, Any]]  # the frame's row as it stood
    found_at: Mapped[datetime]
    decision: Mapped[Said | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")

    swept: Mapped[Swept] = relationship()
    item: Mapped[NoticeItem] = relationship()
    platform: Mapped[Organisation] = relationship(foreign_keys=[platform_id])
    decided_by: Mapped[Person | None] = relationship()
