"""What somebody asked to be laid over a big frame, and how far the job is with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.campaigns.models import LayerKind
from quality.core.db import Base


class LayerRequest(Base):
    """One of a campaign waits at a time: whatever is laid over its frame makes another version of it. Gone once it is
    done.

    `problem`: why it could not be done, in each language. It stays until the same is asked for again.
    """

    __tablename__ = "asked_layer"
    __table_args__ = (sa.CheckConstraint("problem IS NULL OR taken_at IS NOT NULL", name="failed_was_taken"),)

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    kind: Mapped[LayerKind] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(sa.String(32))
    via: Mapped[str] = mapped_column(sa.String(32))  # "key:5", or empty: on a page
    asked_at: Mapped[datetime]
    version: Mapped[int]  # of the campaign
    wish: Mapped[dict[str, Any]]  # of exclusions: coordination/excluding.py; of scores the edition of the weights
    taken_at: Mapped[datetime | None]
    step: Mapped[str] = mapped_column(sa.String(16), default="")  # its kind, then `hash`
    problem: Mapped[dict[str, Any] | None]
