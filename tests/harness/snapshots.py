"""Roads, each walked once per run and kind of database: a test gets a copy of all that stands where one ended."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.backup.bringing import bring_rows
from quality.backup.manifest import FORMAT, Manifest
from quality.backup.taking import write_tables
from quality.core import clock as real_clock
from quality.core.db import db
from quality.core.moment import one_moment
from tests.harness.apps import kept, running
from tests.harness.clock import HeldClock
from tests.harness.databases import settings_for
from tests.harness.postgres import Server
from tests.harness.press import quickly
from tests.harness.workers import WORKER, once

# Always the same, so that neither the program nor what its engine has compiled is made anew for each test or road
PLACE = f"mingcha_{WORKER}"
# A road starts in an empty, migrated database. It may say in plain values how to find again what it left behind.
Road = Callable[[Session, HeldClock], Any]


@dataclass(frozen=True)
class Snapshot:
    """Where a road ended. Its files lie in `folder`, the SQLite database among them."""

    folder: Path
    database: str  # the file, or the name
    moment: datetime
    left: Any


Snapshots = Callable[[Road], Snapshot]


def walked_once(road: Road) -> Road:
    """A long road, walked on SQLite only. PostgreSQL gets its rows, as a backup brings them from one to the other."""
    WALKED_ONCE.add(road)
    return road


WALKED_ONCE: set[Road] = set()


def nowhere(_session: Session, _clock: HeldClock) -> None:
    """The road of a test that begins with nothing."""


@pytest.fixture(scope="session")
def sqlite_snapshots(sqlite_template: Path, sqlite_place: Path, shared: Path, compiled_templates: Path) -> Snapshots:
    @cache
    def walked(road: Road) -> Snapshot:
        def made(folder: Path) -> Snapshot:
            with sqlite_copy(sqlite_template, sqlite_place) as address:
                begun = walk(road, address, folder, compiled_templates)
                return replace(begun, database=str(shutil.move(sqlite_place, folder / "mingcha.db")))

        snapshot: Snapshot = once(shared / f"{road.__name__}-sqlite", made)
        return snapshot

    return walked


@pytest.fixture(scope="session")
def postgresql_snapshots(
    request: pytest.FixtureRequest,
    postgresql_server: Server,
    postgresql_template: str,
    shared: Path,
    compiled_templates: Path,
) -> Snapshots:
    @cache
    def walked(road: Road) -> Snapshot:
        def made(folder: Path) -> Snapshot:
            with postgresql_copy(postgresql_template, postgresql_server) as address:
                if road in WALKED_ONCE:
                    begun = carried_over(request.getfixturevalue("sqlite_snapshots")(road), address, folder)
                else:
                    begun = walk(road, address, folder, compiled_templates)
                postgresql_server.say(f"ALTER DATABASE {PLACE} RENAME TO {road.__name__}")
            return replace(begun, database=road.__name__)

        snapshot: Snapshot = once(shared / f"{road.__name__}-postgresql", made)
        return snapshot

    return walked


@contextmanager
def sqlite_copy(of: Path | str, place: Path) -> Iterator[str]:
    """The address of a copy, which is gone afterwards, unless it was moved away."""
    shutil.copy(of, place)
    try:
        yield f"sqlite:///{place}"
    finally:
        for file in place.parent.iterdir():  # and what SQLite keeps beside it
            file.unlink()


@contextmanager
def postgresql_copy(of: str, server: Server) -> Iterator[str]:
    server.copy(of, PLACE)
    try:
        yield server.address(PLACE)
    finally:
        server.say(f"DROP DATABASE IF EXISTS {PLACE} WITH (FORCE)")  # it may have another name by now


def carried_over(begun: Snapshot, address: str, folder: Path) -> Snapshot:
    """Where a road ended on SQLite, in an empty database of the other kind."""
    bring(begun.folder, folder)
    source, target = sa.create_engine(f"sqlite:///{begun.database}"), sa.create_engine(address)
    with one_moment(source) as connection:
        tables = write_tables(connection, folder / "tables")
    held = {name: table._asdict() for name, table in tables.items()}
    bring_rows(target, Manifest(FORMAT, "", "sqlite", "", "", held, {}, [], {}), folder)
    shutil.rmtree(folder / "tables")
    for engine in (source, target):
        engine.dispose()
    return replace(begun, folder=folder)


def walk(road: Road, address: str, folder: Path, compiled_templates: Path) -> Snapshot:
    held, app = HeldClock(), kept(settings_for(address, folder), compiled_templates)
    with pytest.MonkeyPatch.context() as patch, quickly(), running(app):  # whoever came first may wear @real_press
        patch.setattr(real_clock, "by_the_machine", held.now)
        session = db.session()
        left = road(session, held)
        session.commit()
    return Snapshot(folder, address, held.moment, left)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a database of this test's own, as its road left it: empty, if the test is on no road."""
    address: str = request.getfixturevalue(f"{request.param}_database")
    return address


@pytest.fixture
def sqlite_database(road: Road, sqlite_snapshots: Snapshots, sqlite_place: Path, tmp_path: Path) -> Iterator[str]:
    begun = sqlite_snapshots(road)
    bring(begun.folder, tmp_path)
    with sqlite_copy(begun.database, sqlite_place) as address:
        yield address


@pytest.fixture
def postgresql_database(
    road: Road, postgresql_snapshots: Snapshots, postgresql_server: Server, tmp_path: Path
) -> Iterator[str]:
    begun = postgresql_snapshots(road)
    bring(begun.folder, tmp_path)
    with postgresql_copy(begun.database, postgresql_server) as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sqlite") / f"{PLACE}.db"


def bring(left: Path, folder: Path) -> None:
    """The files of the road, to where the program of this test looks for them. Evidence is linked: it never changes."""
    folders, files = lying_in(left)
    for place in folders:
        os.makedirs(f"{folder}/{place}", exist_ok=True)
    for place in files:
        (os.link if "/evidence/" in f"/{place}" else shutil.copy2)(f"{left}/{place}", f"{folder}/{place}")


@cache
def lying_in(left: Path) -> tuple[list[str], list[str]]:
    """The folders and the files that a road left behind, without its database: they stay as they are, and are many."""
    folders, files = list[str](), list[str]()
    for place, _inside, names in os.walk(left):
        here = os.path.relpath(place, left)
        folders.append(here)
        files += [f"{here}/{name}" for name in names if not name.endswith(".db")]
    return folders, files


@pytest.fixture
def arrived(request: pytest.FixtureRequest, road: Road, database: str) -> Snapshot:
    """Where the road of this test ended, in its kind of database."""
    kind = sa.make_url(database).get_backend_name()
    walked: Snapshots = request.getfixturevalue(f"{kind}_snapshots")
    return walked(road)
