"""Signs of life: each process keeps what its jobs did, and says it every few seconds in one transaction.

Two writes a run would be ten a second for nothing, each synced to the disk.
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import insert_into
from quality.watch.models import LONGEST_NAME, JobRun, JobsProcess

BACKUP = "backup"  # done by a timer of the machine, not of ours
DAY = 24 * 3600
EVERY = 5  # seconds between two signs
FORGOTTEN = timedelta(days=1)  # a process that was killed, and its sign


@dataclass
class Done:
    """What one job did since the last sign."""

    seconds: int
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failed_at: datetime | None = None
    runs: int = 0
    failures: int = 0


class Pulse:
    def __init__(self, process: str | None = None) -> None:
        self.process = process or this_process()
        self._since = clock.now()
        self._done: dict[str, Done] = {}
        self._lock = threading.Lock()

    @contextmanager
    def run_of(self, name: str, seconds: int) -> Iterator[None]:
        """Around one run; what it raises is raised."""
        self._note(name, seconds, started_at=clock.now())
        try:
            yield
        except BaseException:
            self._note(name, seconds, failed_at=clock.now(), runs=1, failures=1)
            raise
        self._note(name, seconds, finished_at=clock.now(), runs=1)

    def _note(self, name: str, seconds: int, *, runs: int = 0, failures: int = 0, **moments: datetime) -> None:
        with self._lock:
            done = self._done.setdefault(name, Done(seconds))
            done.runs += runs
            done.failures += failures
            for what, moment in moments.items():
                setattr(done, what, moment)

    def say(self, sessions: sessionmaker[Session]) -> None:
        """Write down what was done. If that fails it is said the next time, with what was done meanwhile."""
        with self._lock:
            done, self._done = self._done, {}
        now = clock.now()
        try:
            with sessions.begin() as session:
                session.execute(seen(session, self.process, self._since, now))
                if done:
                    rows = [{"process": self.process, "name": name, **vars(done[name])} for name in sorted(done)]
                    session.execute(told(session), rows)  # in order, so that no two processes wait for each other
                session.execute(sa.delete(JobsProcess).where(JobsProcess.seen_at < now - FORGOTTEN))
        except BaseException:
            self._take_back(done)
            raise

    def leave(self, sessions: sessionmaker[Session]) -> None:
        """The last sign of a process that ends in order."""
        self.say(sessions)
        with sessions.begin() as session:
            session.execute(sa.delete(JobsProcess).where(JobsProcess.name == self.process))

    def _take_back(self, done: dict[str, Done]) -> None:
        with self._lock:
            for name, before in done.items():
                since = self._done.setdefault(name, before)
                if since is not before:
                    since.runs += before.runs
                    since.failures += before.failures
                    for what in ("started_at", "finished_at", "failed_at"):
                        setattr(since, what, getattr(since, what) or getattr(before, what))


def note_backup(sessions: sessionmaker[Session], began: datetime) -> None:
    done = Done(DAY, started_at=began, finished_at=clock.now(), runs=1)
    with sessions.begin() as session:
        session.execute(told(session), [{"process": this_process(), "name": BACKUP, **vars(done)}])


def forget_jobs_but(sessions: sessionmaker[Session], names: set[str]) -> None:
    """Of a job that a newer version does no more, nobody is to hear that it is late."""
    with sessions.begin() as session:
        session.execute(sa.delete(JobRun).where(JobRun.name.not_in({*names, BACKUP})))


def this_process() -> str:
    return f"{platform.node()[: LONGEST_NAME - 12]}:{os.getpid()}"


def seen(session: Session, process: str, since: datetime, now: datetime) -> Any:
    insert = insert_into(session, JobsProcess).values(name=process, started_at=since, seen_at=now)
    return insert.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now, "started_at": since})


def told(session: Session) -> Any:
    """One row a job, for all processes together. The last word counts, not the latest moment: clocks jump back too."""
    insert = insert_into(session, JobRun)
    there, new = JobRun.__table__.c, insert.excluded
    moments = {name: sa.func.coalesce(new[name], there[name]) for name in ("started_at", "finished_at", "failed_at")}
    counted = {name: there[name] + new[name] for name in ("runs", "failures")}
    replaced = {name: new[name] for name in ("seconds", "process")}
    return insert.on_conflict_do_update(index_elements=["name"], set_={**moments, **counted, **replaced})
