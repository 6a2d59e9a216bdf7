"""A running program with samples under way, and keys to its API: all that a stranger is given."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from quality.core.surroundings import CHECKOUT
from quality.people import keys
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Organisation
from quality.permissions import Role
from tests.harness.clock import HeldClock
from tests.harness.databases import environment_for
from tests.harness.people import Cast, cast_at, founded, membership_of
from tests.harness.purchases import dispatched_sample
from tests.harness.snapshots import Road, Snapshot
from tests.outside.asking import program
from tests.outside.document import Document

SAMPLES = 4
A_WHILE = timedelta(days=2)


def present() -> datetime:
    """As the running program sees it: the harness holds its clock only in this process."""
    return datetime.fromtimestamp(time.time(), UTC)


def under_way(session: Session, clock: HeldClock) -> None:
    clock.moment = present() - A_WHILE
    cast = founded(session, clock)
    for _ in range(SAMPLES):
        dispatched_sample(session, cast)
    assert clock.moment < present()


@pytest.fixture
def road() -> Road:
    return under_way


@dataclass
class Outside:
    """What a stranger is given: an address, and a key for each who asks for one."""

    address: str
    session: Session
    cast: Cast
    document: Document
    programs: list[httpx.Client] = field(default_factory=list)

    def program(self, who: Actor | Organisation, role: Role = Role.PLATFORM) -> httpx.Client:
        """A program of this person, or of an organisation's program account."""
        membership = (
            membership_of(who) if isinstance(who, Actor) else keys.program_of(self.session, who, role, by=SYSTEM)
        )
        _key, secret = keys.make(self.session, membership, name="LIMS", by=SYSTEM)
        self.session.commit()
        client = program(self.address, secret)
        self.programs.append(client)
        client.event_hooks["response"].append(self.document.watch)
        return client

    def agency(self, step: Callable[..., Any], *what: Any, **how: Any) -> Any:
        """A step that the agency makes on its pages meanwhile, at this moment."""
        self.cast.clock.moment = present()
        self.session.rollback()
        self.session.expire_all()
        done = step(self.session, *what, **how)
        self.session.commit()
        return done


@pytest.fixture
def outside(  # noqa: PLR0917
    request: pytest.FixtureRequest,
    session: Session,
    clock: HeldClock,
    arrived: Snapshot,
    database: str,
    tmp_path: Path,
) -> Iterator[Outside]:
    prints = request.node.get_closest_marker("real_press") and database.startswith("postgresql")
    cast = cast_at(session, clock, arrived)
    clock.moment = present()
    session.commit()
    with served(database, tmp_path, prints=bool(prints)) as address:
        document = Document(httpx.get(f"{address}/api/v1/openapi.json", timeout=60).json())
        here = Outside(address, session, cast, document)
        yield here
        for client in here.programs:
            client.close()


@contextmanager
def served(database: str, folder: Path, *, prints: bool) -> Iterator[str]:
    """The program on a port of this machine, with its jobs: as `mingcha serve` runs them, or with a quick press."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    told = os.environ | environment_for(database, folder) | {"WEBHOOK_ALLOW_PRIVATE": "1", "PUBLIC_URL": address}
    serve = ["quality.cli", "serve", "--port", str(port), "--workers", "1"]
    modules = [serve] if prints else [[*serve, "--no-jobs"], ["tests.harness.quickly", "jobs"]]
    processes = [
        subprocess.Popen([sys.executable, "-m", *words], cwd=CHECKOUT, env=told, stdout=subprocess.DEVNULL)
        for words in modules
    ]
    try:
        until_it_answers(address)
        yield address
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(20)


def until_it_answers(address: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            httpx.get(f"{address}/healthz", timeout=5)
        except httpx.TransportError:
            assert time.monotonic() < end, "it never answered"
            time.sleep(0.1)
        else:
            return
