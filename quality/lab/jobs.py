"""Backup portions whose cases were concluded before there was a clock that says until when they are kept."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.models import Clock
from quality.core.workflow import record
from quality.lab.models import Finding
from quality.people.actor import SYSTEM
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus
from quality.purchases.operations.storage import KEEPING, keep_backup

AT_ONCE = 200


def keep_backups_of_before(sessions: sessionmaker[Session], _now: datetime) -> int:
    """Each from the moment of its conclusion on, as if the clock had been there. Returns how many began."""
    begun = 0
    with sessions() as session:
        waiting = session.scalars(unkept().limit(AT_ONCE)).all()
    for key in waiting:
        with sessions() as session:
            begun += begin_keeping(session, session.get_one(Finding, key))
    return begun


def unkept() -> sa.Select[int]:
    """The first finding of each sample whose backup portion is in the store, and was never kept by a clock."""
    kept = sa.select(Clock.id).where(
        Clock.subject_type == Sample.__tablename__, Clock.subject_id == Sample.id, Clock.rule.in_(KEEPING)
    )
    there = (Portion.kind == PortionKind.BACKUP) & (Portion.status == PortionStatus.SEALED)
    return (
        sa.select(Finding.id)
        .join(Finding.sample)
        .where(Finding.confirmed_at.is_not(None), Finding.follows_id.is_(None), Sample.portions.any(there))
        .where(Sample.status.in_([SampleStatus.CONCLUDED, SampleStatus.CLOSED]), ~kept.exists())
        .order_by(Finding.id)
    )


def begin_keeping(session: Session, finding: Finding) -> bool:
    record(session, finding.sample, "keep_backup", by=SYSTEM, details={"finding": finding.id})
    if session.scalars(unkept().where(Finding.id == finding.id)).first() is None:  # another worker was first
        session.rollback()
        return False
    assert finding.confirmed_at, "it was asked for"
    keep_backup(session, finding.sample, failed=finding.verdict == "nonconforming", since=finding.confirmed_at)
    session.commit()
    return True
