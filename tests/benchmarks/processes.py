"""What job processes do for notices: how soon a platform is told, what `kill -9` costs, whether two issue more.

On PostgreSQL, by `mingcha jobs` as it is started in life. `python -m tests.benchmarks.processes` measures these alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality import create_app
from quality.core import clock, migrations
from quality.core.config import Settings
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.delivery import endpoints
from quality.delivery.models import Delivery, Message
from quality.delivery.sending import AT_ONCE
from quality.jobs import JOBS
from quality.notices.models import Notice, NoticeStatus
from tests.benchmarks.measure import Row, as_markdown
from tests.benchmarks.papers import AS_BEFORE, standing_clock
from tests.harness.databases import environment_for, settings_for
from tests.harness.notices import desk_of, notice_at, of_one_platform, taken_back
from tests.harness.people import Cast, founded
from tests.harness.postgres import Server, running_server
from tests.harness.receiver import Receiver, Reply, Taken, receiver

TICK = next(float(job.seconds) for job in JOBS if job.name == "tell platforms")
TOLD = 16  # notices that something happens to
PROMPT = 1.0
KILLS, MESSAGES, ENDPOINTS = 10, 1000, 4
TAKES = 0.02  # seconds that the receiver needs for one, so that a kill finds some in the air
TWICE = 1.0
LISTINGS, NOTICES, ROUNDS = 2, 120, 1  # of fewer, a second process spends its time on reading the fonts
ISSUING = 0.67  # two need at most 1/1.5 of one process's time
PATIENCE = 120.0


def wait_until(holds: Callable[[], bool], pause: float = 0.02) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"it did not come to that within {PATIENCE:.0f} s")
        time.sleep(pause)


@contextmanager
def jobs(environment: dict[str, str], many: int = 1) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many job processes, until the block ends."""
    command = [sys.executable, "-m", "quality.cli", "jobs"]
    started = [subprocess.Popen(command, cwd=CHECKOUT, env=environment) for _ in range(many)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


# --- how soon a platform is told ---


def promptness(environment: dict[str, str], settings: Settings, system: Receiver) -> Row:
    """From the commit of what happened to a notice until its platform's system has the message."""
    came: dict[str, float] = {}

    def noted(taken: Taken) -> Reply:
        came.setdefault(taken.said["data"]["number"], time.perf_counter())
        return Reply()

    system.answers = noted
    waited = []
    with Session(db.engine) as session:
        cast = to_be_issued(session, TOLD)
        notices = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
        told = replace(settings, webhook_allow_private=True)
        endpoints.add(session, told, system.url, by=desk_of(cast, notices[0]))
        session.commit()
        with jobs(environment):
            wait_until(lambda: len(came) == TOLD)
            for place, notice in enumerate(notices):
                time.sleep(0.37 * place % TICK)  # so that it happens at any moment of a tick
                number = str(notice.number)
                del came[number]
                taken_back(session, cast, notice, "链接有误")
                session.commit()
                committed = time.perf_counter()
                wait_until(lambda number=number: number in came, 0.001)  # type: ignore[misc]
                waited.append(came[number] - committed)
    took, allowed = median(waited), TICK + 2 * bare_request(system)
    against = f"a tick of the job clock ({TICK:.0f} s) and two bare requests"
    return Row(
        f"from a commit to its webhook, median of {TOLD}", against, "PostgreSQL", took, allowed, took / allowed, PROMPT
    )


def bare_request(system: Receiver) -> float:
    """The same message, as its bytes are, by a client that is there already."""
    taken, times = system.taken[-1], []
    system.answers = lambda _taken: Reply()
    with httpx.Client(trust_env=False) as client:
        for _turn in range(20):
            began = time.perf_counter()
            client.post(system.url, headers=dict(taken.headers), content=taken.body)
            times.append(time.perf_counter() - began)
    return median(times)


# --- kill -9 ---


def killed(environment: dict[str, str], settings: Settings, system: Receiver) -> Row:
    """None lost, and what comes twice comes under the same id with the same bytes."""
    fill(settings, system)
    system.answers = lambda _taken: Reply(hangs=TAKES)
    system.taken.clear()
    for kill in range(KILLS):
        so_far = len(system.taken)
        with jobs(environment) as [process]:
            enough = so_far + MESSAGES // (KILLS + 1)
            wait_until(lambda enough=enough: len(system.taken) >= enough, 0.002)  # type: ignore[misc]
            process.kill()
            process.wait()
        the_minute_goes_by()
        assert waiting(), f"all was over before kill {kill + 1}"
    with jobs(environment):
        wait_until(lambda: not waiting())
    with db.engine.connect() as connection:
        sent = set(connection.scalars(sa.select(Message.webhook_id).where(Message.cause.startswith("test:"))))
    whole = [each for each in system.taken if len(each.body) == int(each.headers["content-length"])]  # not cut off
    ids = Counter(each.id for each in whole)
    assert set(ids) == sent, f"{len(sent - set(ids))} messages never came"
    bodies: dict[str, bytes] = {}
    assert all(bodies.setdefault(each.id, each.body) == each.body for each in whole), "an id says two things"
    twice, in_the_air = ids.total() - len(ids), KILLS * AT_ONCE * ENDPOINTS
    return Row(
        f"{MESSAGES} webhooks, `kill -9` of the job process {KILLS} times: none lost; came twice, under the same id",
        "what may be in the air at the kills", "PostgreSQL", twice, in_the_air, twice / in_the_air, TWICE, "",
    )  # fmt: skip


def fill(settings: Settings, system: Receiver) -> None:
    with Session(db.engine) as session:
        with standing_clock() as held:
            cast = founded(session, held)
        told = replace(settings, webhook_allow_private=True)
        added = [endpoints.add(session, told, f"{system.url}/{n}", by=cast.desk)[0] for n in range(ENDPOINTS)]
        for _turn in range(MESSAGES // ENDPOINTS):
            for endpoint in added:
                endpoints.send_test(session, endpoint, by=cast.desk)
        session.commit()


def waiting() -> int:
    with db.engine.connect() as connection:
        return int(
            connection.scalar(sa.select(sa.func.count(Delivery.id)).where(Delivery.next_try_at.is_not(None))) or 0
        )


def the_minute_goes_by() -> None:
    """What a killed process had claimed is due again after a minute: it is not waited for here."""
    claims = sa.update(Delivery).where(Delivery.claimed_until.is_not(None))
    with db.engine.begin() as connection:
        connection.execute(claims.values(claimed_until=clock.now() - timedelta(seconds=1)))


# --- issuing ---


def issuing(environment: dict[str, str]) -> Row:
    """Notices that have their numbers: written out, printed, sealed, kept, issued, by one process and by two."""
    with Session(db.engine) as session:
        to_be_issued(session, NOTICES)
    times: dict[int, list[float]] = {1: [], 2: []}
    for _turn in range(ROUNDS):
        for many, took in times.items():
            with jobs(environment, many):
                begin_again(4 * many)
                wait_until(lambda: not still_issuing(), 0.05)  # warm: libraries and fonts are there
                began = time.perf_counter()
                begin_again(NOTICES)
                wait_until(lambda: not still_issuing(), 0.05)
                took.append(time.perf_counter() - began)
    one, two = median(times[1]), median(times[2])
    what = f"issuing {NOTICES} notices with PDF: two job processes"
    return Row(what, "one process", "PostgreSQL", two, one, two / one, ISSUING)


def to_be_issued(session: Session, many: int) -> Cast:
    """One that walked the road, and copies of it with numbers of their own: all have their number, and wait."""
    with standing_clock() as held:
        cast = founded(session, held)
        notice = notice_at(session, cast, NoticeStatus.ISSUING, *of_one_platform(session, cast, LISTINGS))
        session.commit()
    its, items = (columns_of(table) for table in ("notice", "notice_item"))
    given = {"reference": "reference || '-' || n", "number": "number || '-' || n"}
    named = ", ".join(given.get(name, name) for name in its)
    of_each = ", ".join("copy.id" if name == "notice_id" else f"item.{name}" for name in items)
    for statement in (
        f"INSERT INTO notice ({', '.join(its)}) SELECT {named} FROM notice, generate_series(2, {many}) AS n",
        f"INSERT INTO notice_item ({', '.join(items)}) SELECT {of_each} FROM notice_item AS item, notice AS copy "
        f"WHERE item.notice_id = {notice.id} AND copy.id > {notice.id}",
    ):
        session.execute(sa.text(statement))
    session.commit()
    return cast


def columns_of(table: str) -> list[str]:
    return [column.name for column in db.metadata.tables[table].columns if column.name != "id"]


def begin_again(many: int) -> None:
    """The first so many are `issuing` again, and nothing of them is written out. Courtesy copies wait no more."""
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE document SET withdrawn_at = asked_at WHERE sha256 IS NULL"))
        status, *others = (sa.text(statement) for statement in AS_BEFORE)
        for statement in others:
            connection.execute(statement)
        first = f" WHERE id IN (SELECT id FROM notice ORDER BY id LIMIT {many})"
        connection.execute(sa.text(str(status) + first))


def still_issuing() -> int:
    with db.engine.connect() as connection:
        asked = sa.select(sa.func.count(Notice.id)).where(Notice.status == NoticeStatus.ISSUING)
        return int(connection.scalar(asked) or 0)


# --- all ---


@contextmanager
def program(server: Server, name: str, folder: Path) -> Iterator[tuple[Flask, dict[str, str]]]:
    """In a database of its own: the program here, and what its job processes are told."""
    server.say(f"CREATE DATABASE {name}")
    own = folder / name
    own.mkdir()
    address = server.address(name)
    app = create_app(settings_for(address, own))
    with app.app_context():
        migrations.upgrade()
        yield app, environment_for(address, own) | {"WEBHOOK_ALLOW_PRIVATE": "1", "PATH": "/usr/bin:/bin"}
        db.session.remove()
        db.engine.dispose()


def rows(server: Server, folder: Path) -> list[Row]:
    found = []
    with receiver() as system, program(server, "prompt", folder) as (app, environment):
        found.append(promptness(environment, app.config["SETTINGS"], system))
    with receiver() as system, program(server, "killed", folder) as (app, environment):
        found.append(killed(environment, app.config["SETTINGS"], system))
    with program(server, "issuing", folder) as (_app, environment):
        found.append(issuing(environment))
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_server(durable=True) as server:
        print(as_markdown(rows(server, Path(folder))))
