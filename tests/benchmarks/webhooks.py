"""A thousand webhooks to a hundred endpoints: against a bare pool, beside an endpoint that hangs, and against a peer.

The peer, django-outbound-webhooks, has an environment of its own (Django, psycopg); `PEER_PYTHON` names its
interpreter. Without it that row is left out, and said to be. `python -m tests.benchmarks.webhooks` measures
these alone.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality import create_app
from quality.core import clock, migrations
from quality.core.config import Settings
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.delivery import endpoints, signing
from quality.delivery.models import Delivery, DeliveryAttempt, Endpoint, Message
from quality.delivery.post import tls_context
from quality.delivery.sending import AT_HAND, send_due_webhooks
from tests.benchmarks.measure import Row, as_markdown, in_turn, timed
from tests.benchmarks.papers import standing_clock
from tests.harness.databases import settings_for
from tests.harness.people import founded
from tests.harness.postgres import Server, running_server

ENDPOINTS, MESSAGES = 100, 1000
PEERS_MESSAGES = 200  # it is slow: two to each endpoint are enough to know its rate
PORT, HANGS = 9078, 9079
TICK = 1.0  # of the job that sends
PATIENCE = 60.0
ROUNDS, HANGING_ROUNDS = 3, 5
BARE = 2.5  # times a bare pool that sends the same signed requests
HANGING = 1.05  # the others lose less than a twentieth
PEER = 1 / 8  # of its time for a message
PEERS_PROGRAM = Path(__file__).with_name("peer.py")


class Queue(NamedTuple):
    """One endpoint: where, with which secrets, and what is sent there."""

    url: str
    secrets: list[str]
    messages: list[tuple[str, bytes]]


@contextmanager
def receiver(port: int, seconds: float) -> Iterator[None]:
    """On every address of this machine's loopback: each endpoint is a host of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.slow", str(port), str(seconds), "0.0.0.0"]
    process = subprocess.Popen(command, cwd=CHECKOUT)
    try:
        time.sleep(1.0)
        yield
    finally:
        process.kill()  # whoever waits for its answer is told that none will come
        process.wait()


def host(number: int) -> str:
    return f"127.0.1.{1 + number}"


def fill(settings: Settings) -> tuple[list[Endpoint], Endpoint]:
    """A hundred endpoints that answer at once and one that hangs, ten messages for each, none of them due yet."""
    session = db.session()
    with standing_clock() as held:
        cast = founded(session, held)
        session.commit()
    urls = [*(f"http://{host(number)}:{PORT}/x" for number in range(ENDPOINTS)), f"http://127.0.0.1:{HANGS}/x"]
    most, endpoints.MOST = endpoints.MOST, len(urls)
    try:
        added = [endpoints.add(session, settings, url, by=cast.desk)[0] for url in urls]
    finally:
        endpoints.MOST = most
    for endpoint in added:
        for _turn in range(MESSAGES // ENDPOINTS):
            endpoints.send_test(session, endpoint, by=cast.desk)
    session.execute(sa.update(Delivery).values(next_try_at=None))
    session.commit()
    return added[:-1], added[-1]


def make_due(*only: Endpoint) -> None:
    """The messages to these are due now, and never were sent."""
    session = db.session()
    session.execute(sa.delete(DeliveryAttempt))
    session.execute(sa.update(Delivery).values(next_try_at=None, claimed_until=None, dead_at=None))
    now, those = clock.now(), Delivery.endpoint_id.in_([each.id for each in only])
    session.execute(sa.update(Delivery).where(those).values(next_try_at=now, tries=0, delivered_at=None))
    session.commit()


def drain(settings: Settings, those: list[Endpoint]) -> None:
    """Run the job, and again at each tick beside runs that go on, until everything at these is taken."""
    sessions = sessionmaker(db.engine)
    still = sa.select(sa.func.count()).where(
        Delivery.endpoint_id.in_([each.id for each in those]), Delivery.next_try_at.is_not(None)
    )
    began, ticks = time.perf_counter(), 0
    while db.session().scalar(still):
        db.session().rollback()
        passed = time.perf_counter() - began
        if passed > PATIENCE:
            raise RuntimeError(f"not taken within {PATIENCE:.0f} s")
        if passed >= ticks * TICK:
            threading.Thread(target=send_due_webhooks, args=(sessions, settings), daemon=True).start()
            ticks += 1
        time.sleep(0.005)
    db.session().rollback()


def wait_for_runs() -> None:
    """Until no run goes on any more: the next measurement begins alone."""
    end = time.monotonic() + PATIENCE
    while AT_HAND._served and time.monotonic() < end:
        time.sleep(0.02)


def queues(settings: Settings, those: list[Endpoint]) -> list[Queue]:
    cipher, session = signing.cipher_of(settings), db.session()
    found = []
    for each in those:
        asked = sa.select(Message.webhook_id, Message.body).join(Delivery, Delivery.message_id == Message.id)
        rows = session.execute(asked.where(Delivery.endpoint_id == each.id)).all()
        secrets = list(signing.secrets_of(cipher, each, clock.now()))
        found.append(Queue(each.url, secrets, [(row[0], row[1]) for row in rows]))
    session.rollback()
    return found


def bare(waiting: list[Queue]) -> None:
    """The same requests, signed alike, by the same client, and nothing written down."""

    async def one(client: httpx.AsyncClient, queue: Queue, webhook_id: str, body: bytes) -> None:
        headers = signing.headers(webhook_id, clock.now(), body, queue.secrets)
        answer = await client.post(queue.url, headers=headers, content=body)
        assert answer.is_success

    async def all_of(queue: Queue) -> None:
        async with httpx.AsyncClient(verify=tls_context(), trust_env=False) as client:
            await asyncio.gather(*(one(client, queue, *message) for message in queue.messages))

    async def together() -> None:
        await asyncio.gather(*(all_of(queue) for queue in waiting))

    asyncio.run(together())


def rows(settings: Settings, server: Server) -> list[Row]:
    """On PostgreSQL, in an empty database that the program was started on."""
    with receiver(PORT, 0):
        healthy, hanging = fill(settings)
        waiting = queues(settings, healthy)
        many = f"{MESSAGES} webhooks to {ENDPOINTS} endpoints that answer at once"

        def ready(*also: Endpoint) -> None:
            wait_for_runs()
            make_due(*healthy, *also)

        ours = partial(drain, settings, healthy)
        pool = in_turn(ours, partial(bare, waiting), ROUNDS, before=ready)
        found = [Row(many, "a bare pool: the same signed requests, a client each host", "PostgreSQL", *pool, BARE)]
        pairs = []
        for _turn in range(HANGING_ROUNDS):
            with receiver(HANGS, 3_600):
                ready(hanging)
                beside = timed(ours)
            ready()
            pairs.append((beside, timed(ours)))
        found.append(compared(f"{many}, beside one that hangs", "without it", pairs, HANGING))
        print(as_markdown(found), flush=True)
        return found + against_the_peer(server, healthy, ours, ready)


def compared(what: str, floor: str, pairs: list[tuple[float, float]], bar: float) -> Row:
    ours, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
    return Row(what, floor, "PostgreSQL", ours, theirs, median(a / b for a, b in pairs), bar)


def against_the_peer(
    server: Server, healthy: list[Endpoint], ours: Callable[[], None], ready: Callable[[], None]
) -> list[Row]:
    """A message's share of the time. The peer gets fewer of them, in two turns, so that nobody waits for minutes."""
    python = os.environ.get("PEER_PYTHON")
    if not python:
        print("· no peer: PEER_PYTHON names no Python that has django-outbound-webhooks", file=sys.stderr)
        return []
    server.say("CREATE DATABASE peer")
    urls, pairs = [each.url for each in healthy], []
    for _turn in range(2):
        ready()
        mine = timed(ours)
        theirs = peers_time(python, server.address("peer"), urls)
        pairs.append((mine / MESSAGES, theirs / PEERS_MESSAGES))
    what = f"one of {MESSAGES} webhooks to {ENDPOINTS} endpoints that answer at once"
    return [compared(what, f"django-outbound-webhooks, one of {PEERS_MESSAGES}", pairs, PEER)]


def peers_time(python: str, address: str, urls: list[str]) -> float:
    command = [python, str(PEERS_PROGRAM), address, str(PEERS_MESSAGES)]
    said = subprocess.run(command, input="\n".join(urls), capture_output=True, text=True, check=False, timeout=300)
    if said.returncode:
        raise RuntimeError(said.stderr[-2000:])
    return float(said.stdout.strip().splitlines()[-1])


def measured(server: Server, folder: Path) -> list[Row]:
    """In a database of its own, by a program that may send to this machine."""
    server.say("CREATE DATABASE webhooks")
    told = replace(settings_for(server.address("webhooks"), folder), webhook_allow_private=True)
    app = create_app(told)
    with app.app_context():
        migrations.upgrade()
        try:
            return rows(told, server)
        finally:
            wait_for_runs()
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_server(durable=True) as server:
        print(as_markdown(measured(server, Path(folder))))
