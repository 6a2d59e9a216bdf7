"""What time takes away: nobody needs to know for ever from which browser somebody worked."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.people.models import Sitting

KEPT = timedelta(days=90)


def forget_old_sittings(sessions: sessionmaker[Session], now: datetime) -> None:
    """Those that nobody was seen in for a quarter, ended or not."""
    with sessions.begin() as session:
        session.execute(sa.delete(Sitting).where(Sitting.last_seen_at < now - KEPT))
