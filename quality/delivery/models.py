"""Receipts: the proof that a notice reached its platform."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.core.db import Base


class Channel(StrEnum):
    PORTAL = "portal"  # a signed-in person of the platform opened it
    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"


class Receipt(Base):
    """One proven receipt. The first of a notice serves it; the later ones are kept as they came."""

    __tablename__ = "receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    channel: Mapped[Channel]
    received_at: Mapped[datetime]
    proof: Mapped[dict[str, Any]]  # ids that lead to the proof: the row of `access`, the event
