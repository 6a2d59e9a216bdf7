"""What happens by itself at the end: what objections decided is followed, and a finished sample closed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import Refused
from quality.lab.models import Finding, FindingStatus
from quality.people.actor import SYSTEM
from quality.publication.behind import is_behind, results_behind
from quality.publication.closing import finished_samples
from quality.publication.models import Result, ResultStatus
from quality.publication.operations import catch_up, close_sample, take_back
from quality.purchases.models import Sample

AT_ONCE = 500


def close_finished_samples(sessions: sessionmaker[Session], now: datetime) -> int:
    """Close each sample that is finished; returns how many this run closed. One transaction a sample."""
    with sessions() as session:
        finished = session.scalars(finished_samples().limit(AT_ONCE)).all()
    return sum(close_one(sessions, sample_id) for sample_id in finished)


def take_back_what_was_overturned(sessions: sessionmaker[Session], now: datetime) -> int:
    """Nothing stays public, or is offered, that rests on an overturned finding; returns how many were taken back."""
    wrong = (
        sa.select(Result.id)
        .join(Result.finding)
        .where(Result.status.in_([ResultStatus.PROPOSED, ResultStatus.PUBLISHED]))
        .where(Finding.status == FindingStatus.OVERTURNED)
    )
    with sessions() as session:
        found = session.scalars(wrong.order_by(Result.id).limit(AT_ONCE)).all()
    taken = 0
    for key in found:
        with suppress(Refused), sessions.begin() as session:
            take_back(session, session.get_one(Result, key), by=SYSTEM)
            taken += 1
    return taken


def catch_up_with_objections(sessions: sessionmaker[Session], now: datetime) -> int:
    """What an objection brought to light is public; returns how many results did not say it yet."""
    with sessions() as session:
        behind = [
            key
            for key in session.scalars(results_behind()).all()
            if is_behind(session, session.get_one(Result, key))
        ]  # fmt: skip
    for key in behind:
        with suppress(Refused), sessions.begin() as session:
            catch_up(session, session.get_one(Result, key), by=SYSTEM)
    return len(behind)


def close_one(sessions: sessionmaker[Session], sample_id: int) -> bool:
    """Close it, unless another was first or something about it was opened again."""
    try:
        with sessions.begin() as session:
            close_sample(session, session.get_one(Sample, sample_id), by=SYSTEM)
    except Refused:
        return False
    return True
