"""What was asked about by itself: once for each platform, sign and month, on the thread of a notice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.core.db import Base
from quality.notices.thread import ThreadEntry
from quality.people.models import Organisation


class Inquiry(Base):
    """An agency asked a platform about one sign, in one month of Beijing. The question itself is the thread's."""

    __tablename__ = "inquiry"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "platform_id", "sign", "month"),
        sa.Index(None, "platform_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey(Organisation.id))
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey(Organisation.id))
    sign: Mapped[str] = mapped_column(sa.String(32))  # a code of suspicions.py
    month: Mapped[str] = mapped_column(sa.String(7))  # `2026-11`
    cases: Mapped[int]  # that stood out then
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey(ThreadEntry.id), unique=True)
    asked_at: Mapped[datetime]
