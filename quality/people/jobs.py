"""What time takes away: nobody needs to know for ever from which browser somebody worked."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.people.models import Sitting

KEPT = timedelta(days=90)


def forget_old_sittings(sessions: sessionmaker[Session], now: datetime) -> None:
    """Those that nobody was seen in for a quarter, ended or not."""
    old = Sitting.last_seen_at < now - KEPT
    with sessions.begin() as session:
        if session.scalars(sa.select(Sitting.id).where(old).limit(1)).first() is not None:  # else nothing is written
            session.execute(sa.delete(Sitting).where(old))
