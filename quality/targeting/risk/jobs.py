"""Complaints are forgotten when their time is over."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of
from quality.targeting.risk.complaints.trying import KEPT_FOR
from quality.targeting.risk.models import Complaint

AT_ONCE = 5_000


def forget_old_complaints(sessions: sessionmaker[Session], now: datetime) -> int:
    """How many. That they were taken in stays in the record of their file; nothing else rests on them."""
    gone = 0
    while True:
        old = sa.select(Complaint.id).where(Complaint.received_on < day_of(now) - KEPT_FOR).limit(AT_ONCE)
        with sessions.begin() as session:
            removed = sa.delete(Complaint).where(Complaint.id.in_(old)).returning(Complaint.id)
            found = len(session.scalars(removed.execution_options(synchronize_session=False)).all())
        gone += found
        if found < AT_ONCE:
            return gone
