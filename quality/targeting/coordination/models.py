"""What was sampled, by what it can be known again in other frames."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.campaigns.models import Campaign
from quality.core.db import Base


class Sampled(Base):
    """A drawn unit that is bought or is going to be. A job keeps it (targeting/coordination/noting.py).

    Before sealing the listing says what it is, then the label. Texts are folded as likeness/matching.py does; empty is
    nothing.
    """

    __tablename__ = "sampled"
    __table_args__ = (sa.Index(None, "agency_id", "sampled_on"), sa.Index(None, "agency_id", "noted_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    drawn_id: Mapped[int] = mapped_column(sa.ForeignKey("drawn.id"), unique=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    sampled_on: Mapped[date]  # Beijing: sealed, or drawn as long as it is not
    is_sealed: Mapped[bool]
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    listing_id: Mapped[str] = mapped_column(sa.String(100))
    barcode: Mapped[str] = mapped_column(sa.String(14))
    brand: Mapped[str] = mapped_column(sa.Text)
    model: Mapped[str] = mapped_column(sa.Text)
    producer: Mapped[str] = mapped_column(sa.Text)
    standard: Mapped[str] = mapped_column(sa.Text)
    shop_code: Mapped[str] = mapped_column(sa.Text)
    shop_id: Mapped[str] = mapped_column(sa.Text)
    noted_at: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship()
