"""What was answered to a key's request, so that the same request sent again gets the same answer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.core.db import Base


class Answered(Base):
    """One `Idempotency-Key` of one key holder at one address. Without an answer it is being worked on."""

    __tablename__ = "answered"
    __table_args__ = (sa.UniqueConstraint("membership_id", "route", "idempotency_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"))
    route: Mapped[str] = mapped_column(sa.String(300))  # method and address
    idempotency_key: Mapped[str] = mapped_column(sa.String(200))
    body_sha256: Mapped[str] = mapped_column(sa.String(64))
    began_at: Mapped[datetime] = mapped_column(index=True)  # whoever has not finished a while later was killed
    answer_status: Mapped[int | None]  # of HTTP
    answer: Mapped[str | None] = mapped_column(sa.Text)
