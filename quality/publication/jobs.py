"""What happens by itself at the end: a sample about which nothing is left to do is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import Refused
from quality.people.actor import SYSTEM
from quality.publication.closing import finished_samples
from quality.publication.operations import close_sample
from quality.purchases.models import Sample

AT_ONCE = 500


def close_finished_samples(sessions: sessionmaker[Session], now: datetime) -> int:
    """Close each sample that is finished; returns how many this run closed. One transaction a sample."""
    with sessions() as session:
        finished = session.scalars(finished_samples().limit(AT_ONCE)).all()
    return sum(close_one(sessions, sample_id) for sample_id in finished)


def close_one(sessions: sessionmaker[Session], sample_id: int) -> bool:
    """Close it, unless another was first or something about it was opened again."""
    try:
        with sessions.begin() as session:
            close_sample(session, session.get_one(Sample, sample_id), by=SYSTEM)
    except Refused:
        return False
    return True
