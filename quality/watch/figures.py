"""Figures for whoever watches, asked of the database when they are asked for: every process gives the same.

Each statement reads by an index what is open, never all that ever was.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.models import Clock
from quality.clocks.rules import every_rule
from quality.core.config import Settings
from quality.delivery.models import Delivery, Endpoint, Medium
from quality.documents.models import Document
from quality.evidence.models import Quarantine
from quality.watch.late import is_late, job_runs, processes_alive
from quality.watch.models import JobRun

Labels = dict[str, str]


class Figure(NamedTuple):
    """One family of the exposition: what it is, and its value for each set of labels."""

    name: str
    about: str
    values: Sequence[tuple[Labels, float]]
    kind: str = "gauge"


def figures(session: Session, settings: Settings, now: datetime) -> list[Figure]:
    return [
        build(session),
        *of_clocks(session, now),
        *of_deliveries(session, now),
        *of_documents(session, now),
        *of_jobs(session, now),
        single("mingcha_evidence_apart", "Files that a check condemned and nobody has judged", session.scalar(APART)),
        room(settings),
    ]


def build(session: Session) -> Figure:
    at = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    told = {"version": version("mingcha"), "migration": str(at), "python": platform.python_version()}
    return Figure("mingcha_build_info", "What runs here: the value is always 1", [(told, 1)])


def of_clocks(session: Session, now: datetime) -> Iterator[Figure]:
    late = sa.and_(Clock.paused_at.is_(None), Clock.due_at <= now)
    asked = sa.select(Clock.rule, sa.func.count(), count_where(late), count_where(Clock.paused_at.is_not(None)))
    found = session.execute(asked.where(Clock.stopped_at.is_(None)).group_by(Clock.rule).order_by(Clock.rule)).all()
    told = [
        ("mingcha_clocks_running", "Legal clocks that have not stopped, by rule"),
        ("mingcha_clocks_overdue", "Those of them that ran out: somebody is late"),
        ("mingcha_clocks_paused", "Those of them that stand"),
    ]
    known = sorted({*every_rule(), *(row[0] for row in found)})
    for place, (name, about) in enumerate(told, start=1):
        yield by_label(name, about, "rule", known, {row[0]: float(row[place]) for row in found})


def of_deliveries(session: Session, now: datetime) -> Iterator[Figure]:
    by_medium = sa.case((Delivery.endpoint_id.is_(None), Medium.EMAIL.value), else_=Medium.WEBHOOK.value)
    waiting = counted_by(session, by_medium, Delivery.next_try_at.is_not(None), sa.func.min(Delivery.created_at))
    dead = counted_by(session, by_medium, Delivery.dead_at.is_not(None), sa.func.max(Delivery.dead_at))
    counts = {channel: float(count) for channel, (count, _since) in waiting.items()}
    ages = {channel: age(since, now) for channel, (_count, since) in waiting.items()}
    given_up = {channel: float(count) for channel, (count, _last) in dead.items()}
    for name, about, values in (
        ("mingcha_deliveries_waiting", "Messages to platforms that are still to arrive", counts),
        ("mingcha_deliveries_oldest_seconds", "Since the oldest of them was made", ages),
        ("mingcha_deliveries_dead", "Messages that were given up: a person must act", given_up),
    ):
        yield by_label(name, about, "channel", [medium.value for medium in Medium], values)
    stopped = sa.select(sa.func.count()).where(Endpoint.stopped_at.is_not(None), Endpoint.removed_at.is_(None))
    yield single("mingcha_endpoints_stopped", "Endpoints of platforms that get nothing more", session.scalar(stopped))


def of_documents(session: Session, now: datetime) -> Iterator[Figure]:
    asked = sa.select(sa.func.count(), sa.func.min(Document.asked_at)).where(Document.sha256.is_(None))
    count, since = session.execute(asked).one()
    yield single("mingcha_documents_waiting", "Documents that are still to be printed and sealed", count)
    yield single("mingcha_documents_oldest_seconds", "Since the oldest of them was asked for", age(since, now))


def of_jobs(session: Session, now: datetime) -> Iterator[Figure]:
    runs = job_runs(session)

    def each(value: Any) -> list[tuple[Labels, float]]:
        return [({"job": run.name}, value(run)) for run in runs]

    def since_finish(run: JobRun) -> float:
        return age(run.finished_at, now) if run.finished_at else float("inf")

    yield single("mingcha_jobs_processes", "Processes that gave a sign within a minute", processes_alive(session, now))
    yield Figure("mingcha_job_interval_seconds", "Between two runs of a job", each(lambda run: run.seconds))
    yield Figure("mingcha_job_finished_seconds", "Since a run of it went well", each(since_finish))
    yield Figure("mingcha_job_late", "Whether that is longer than it may be", each(lambda run: int(is_late(run, now))))
    yield Figure("mingcha_job_runs_total", "Runs of a job, by all processes", each(lambda run: run.runs), "counter")
    yield Figure("mingcha_job_failures_total", "Those that failed", each(lambda run: run.failures), "counter")


APART = sa.select(sa.func.count()).select_from(Quarantine).where(Quarantine.verdict.is_(None))


def room(settings: Settings) -> Figure:
    places = {name: path for name, path in places_of(settings).items() if path.is_dir()}
    values = [({"place": name}, float(shutil.disk_usage(path).free)) for name, path in places.items()]
    return Figure("mingcha_free_bytes", "Room on the disk of each place that this machine writes to", values)


def places_of(settings: Settings) -> dict[str, Path]:
    """Where this machine writes. A bucket and another's database say nothing of their room."""
    places = {"frames": settings.frames_folder, "roots": settings.roots_folder}
    for name, url in (("evidence", settings.evidence_url), ("database", settings.database_url)):
        if url.startswith(("file://", "sqlite:///")):
            places[name] = Path("/" + url.split("://", 1)[1].lstrip("/"))
    return {name: path if path.is_dir() else path.parent for name, path in places.items()}


def count_where(holds: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((holds, 1), else_=0)), 0)


def counted_by(session: Session, label: Any, holds: Any, moment: Any) -> dict[str, tuple[int, datetime | None]]:
    asked = sa.select(label, sa.func.count(), moment).where(holds).group_by(label)
    return {name: (count, since) for name, count, since in session.execute(asked)}


def by_label(name: str, about: str, label: str, known: Iterable[str], values: dict[str, float]) -> Figure:
    """Also for what there is none of: an alert on a figure that is not there never rings."""
    return Figure(name, about, [({label: each}, values.get(each, 0)) for each in known])


def single(name: str, about: str, value: float | None) -> Figure:
    return Figure(name, about, [({}, value or 0)])


def age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
