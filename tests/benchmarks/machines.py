"""Two machines over one PostgreSQL: job processes on network namespaces of their own, receivers that take their time.

Needs root: elsewhere the row is left out, and said to be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from quality import create_app
from quality.core import clock, migrations
from quality.core.config import Settings
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.delivery import endpoints
from quality.delivery.models import Delivery, DeliveryAttempt
from tests.benchmarks.measure import Row
from tests.benchmarks.papers import standing_clock
from tests.harness.databases import environment_for
from tests.harness.people import founded
from tests.harness.postgres import running_server

NETWORK = "10.77.0.0/16"
CABLE = "10.77.{machine}.{host}"
HERE = CABLE.format(machine=1, host=1)
TAKES = 0.1  # seconds that a receiver needs for one message
ENDPOINTS = 2
MESSAGES = 1000
PORT = 9077  # on each machine's own loopback
SETTLES = 4.0  # seconds that the jobs need to start
PATIENCE = 120.0
ROUNDS = 3
BAR = 0.59  # two machines need at most 1/1.7 of one machine's time


@contextmanager
def machine(number: int) -> Iterator[str]:
    """A network namespace with one cable to here. Gives its name."""
    name, here, there = f"mingcha-{number}", f"mc{number}a", f"mc{number}b"
    run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        run("ip", "address", "add", CABLE.format(machine=number, host=1) + "/24", "dev", here)
        run("ip", "link", "set", here, "up")
        run("ip", "-n", name, "address", "add", CABLE.format(machine=number, host=2) + "/24", "dev", there)
        run("ip", "-n", name, "link", "set", there, "up")
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", name, "route", "add", "default", "via", CABLE.format(machine=number, host=1))
        yield name
    finally:
        run("ip", "netns", "delete", name)


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def fill(settings: Settings) -> None:
    """Two platforms' endpoints, and a queue before each."""
    with standing_clock() as held:
        session = db.session()
        cast = founded(session, held)
        session.commit()
    added = [
        (endpoints.add(session, settings, f"http://127.0.0.1:{PORT}/{number}", by=desk)[0], desk)
        for number, desk in zip(range(ENDPOINTS), cycle([cast.desk, cast.other_desk]))
    ]
    for _turn in range(MESSAGES // ENDPOINTS):
        for endpoint, desk in added:
            endpoints.send_test(session, endpoint, by=desk)
    session.execute(sa.update(Delivery).values(next_try_at=None))
    session.commit()


def start(stack: ExitStack, machine: str, *module: str, environment: dict[str, str]) -> None:
    """A Python program on that machine, until the stack ends."""
    command = ["ip", "netns", "exec", machine, sys.executable, "-m", *module]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    stack.callback(process.wait)
    stack.callback(process.terminate)


@contextmanager
def jobs_on(names: Sequence[str], environment: dict[str, str]) -> Iterator[None]:
    """`mingcha jobs` on each machine."""
    with ExitStack() as stack:
        for name in names:
            start(stack, name, "quality.cli", "jobs", environment=environment)
        time.sleep(SETTLES)
        yield


def drain() -> float:
    """Make everything due at once; seconds until the last message was taken. None may have been sent twice."""
    waiting = {"next_try_at": clock.now(), "tries": 0, "delivered_at": None, "claimed_until": None}
    still = sa.select(sa.func.count()).where(Delivery.next_try_at.is_not(None))
    with db.engine.connect() as connection:
        connection.execute(sa.delete(DeliveryAttempt))
        connection.execute(sa.update(Delivery).values(**waiting))
        connection.commit()
        began = time.perf_counter()
        while connection.scalar(still):
            connection.rollback()
            assert time.perf_counter() - began < PATIENCE, "they do not get done"
            time.sleep(0.05)
        took = time.perf_counter() - began
        tries = connection.scalar(sa.select(sa.func.count(DeliveryAttempt.id)))
        assert tries == MESSAGES, f"{tries} tries of {MESSAGES} messages"
    return took


def rows(folder: Path) -> list[Row]:
    """One row, of medians: what the same queues take two machines and one."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("· two machines are not measured: that needs root, and iproute2", file=sys.stderr)
        return []
    with running_server(durable=True, network=NETWORK) as server:
        server.say("CREATE DATABASE machines")
        return measured(server.address("machines"), folder)


def measured(address: str, folder: Path) -> list[Row]:
    address = address.replace("@/", f"@{HERE}/").split("?")[0]  # by the network, not by the folder
    environment = environment_for(address, folder) | {"WEBHOOK_ALLOW_PRIVATE": "1", "PATH": os.environ["PATH"]}
    times: dict[int, list[float]] = {1: [], 2: []}
    with ExitStack() as stack:
        names = [stack.enter_context(machine(number)) for number in (1, 2)]
        for name in names:
            start(stack, name, "tests.benchmarks.slow", str(PORT), str(TAKES), environment=environment)
        app = create_app(Settings.read(environment))
        stack.enter_context(app.app_context())
        migrations.upgrade()
        fill(app.config["SETTINGS"])
        for _turn in range(ROUNDS):
            for many, took in times.items():
                with jobs_on(names[:many], environment):
                    drain()  # warms up
                    took.append(drain())
        db.session.remove()
        db.engine.dispose()
    one, two = median(times[1]), median(times[2])
    what = f"{MESSAGES} webhooks to {ENDPOINTS} receivers of {TAKES * 1000:.0f} ms: two machines with jobs"
    return [Row(what, "one machine", "PostgreSQL", two, one, two / one, BAR)]
