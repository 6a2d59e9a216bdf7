"""Which jobs are late, by the signs that they left: what a job is allowed is its own interval, and some."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.watch.models import JobRun, JobsProcess

ALIVE = timedelta(seconds=60)  # since the last sign; a dozen of them were due
ALLOWED = 120  # seconds beyond the interval, or a tenth of it: a long run, a restart, a sign on its way


def allowed(run: JobRun) -> timedelta:
    """How long ago the last good run of a job may be."""
    return timedelta(seconds=run.seconds + max(ALLOWED, run.seconds // 10))


def is_late(run: JobRun, now: datetime) -> bool:
    """One that only ever failed is late at once; one that is in its first run has the same time as any."""
    last = run.finished_at or (None if run.failures else run.started_at)
    return last is None or now - last > allowed(run)


def job_runs(session: Session) -> list[JobRun]:
    return list(session.scalars(sa.select(JobRun).order_by(JobRun.name)))


def late_jobs(session: Session, now: datetime) -> list[JobRun]:
    return [run for run in job_runs(session) if is_late(run, now)]


def processes_alive(session: Session, now: datetime) -> int:
    seen = sa.select(sa.func.count()).select_from(JobsProcess).where(JobsProcess.seen_at > now - ALIVE)
    return session.scalars(seen).one()
