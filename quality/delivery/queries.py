"""Reads for delivery: by what a notice is proved to have arrived."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.delivery.models import Receipt
from quality.notices.models import Notice


def receipts_of(session: Session, notice: Notice) -> list[Receipt]:
    """Every proven receipt, the first first. For an actor who may see the notice."""
    of = sa.select(Receipt).where(Receipt.notice_id == notice.id).order_by(Receipt.received_at, Receipt.id)
    return list(session.scalars(of))
