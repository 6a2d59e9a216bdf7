"""A backup that is taken while people work comes back whole: into either database, with either vault, equal by hash."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from quality import create_app
from quality.backup import rows
from quality.backup.bringing import bring
from quality.backup.manifest import NAME, Manifest, fingerprints
from quality.backup.taking import take
from quality.core import migrations
from quality.core.config import Settings
from quality.core.db import db
from quality.core.errors import Invalid, Refused
from quality.core.moment import one_moment
from quality.core.record import verify
from quality.core.surroundings import CHECKOUT
from quality.evidence.models import EvidenceKind, Holding, Quarantine
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import vault_from
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.purchases.models import Task, TaskStatus
from tests.evidence.files import little_picture, photograph
from tests.evidence.test_checks import archive
from tests.harness.databases import environment_for, on_sqlite, settings_for
from tests.harness.people import Cast, membership_of
from tests.harness.postgres import Server
from tests.harness.problems import invalid
from tests.harness.purchases import dispatched_sample, task_at, vault

OTHER_KEY = "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3Q="


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


@contextmanager
def running(settings: Settings) -> Iterator[Engine]:
    app = create_app(settings, TESTING=True)
    with app.app_context():
        try:
            yield db.engine
        finally:
            db.session.remove()
            db.engine.dispose()


def hashes(engine: Engine) -> dict[str, rows.Table]:
    with one_moment(engine) as connection:
        return {table.name: rows.count(connection, table) for table in rows.tables_in(connection)}


def told(engine: Engine, settings: Settings, folder: Path) -> Manifest:
    return take(engine, settings, folder).manifest


class Working(threading.Thread):
    """Adds evidence to a task, a picture and a reference at a time, until it is told to stop."""

    def __init__(self, app: Flask, actor: Actor, task: int, first: int) -> None:
        super().__init__()
        self.app, self.membership, self.task, self.first = app, membership_of(actor).id, task, first
        self.enough, self.begun, self.done = threading.Event(), threading.Event(), 0
        self.failed: Exception | None = None

    def run(self) -> None:
        with self.app.app_context():
            try:
                while not self.enough.is_set():
                    self.add()
                    self.done += 1
                    self.begun.set()
            except Exception as failed:
                self.failed = failed
                self.begun.set()

    def add(self) -> None:
        with Session(db.engine) as session, session.begin():
            actor = Actor.working_in(session.get_one(Membership, self.membership))
            held = take_in(session, vault(), little_picture(self.first + self.done), kind=EvidenceKind.MARKS, by=actor)
            attach(session, session.get_one(Task, self.task), held.sha256, EvidenceKind.MARKS, by=actor)


@pytest.mark.parametrize(  # what was copied does not know from where, and each is copied from and into once
    ("database", "into"), [("sqlite", "postgresql"), ("postgresql", "sqlite")], indirect=["database"]
)
def test_what_is_copied_while_people_work_comes_back_whole_and_equal(  # noqa: PLR0917
    app: Flask,
    settings: Settings,
    session: Session,
    cast: Cast,
    into: str,
    elsewhere: Path,
    request: pytest.FixtureRequest,
) -> None:
    dispatched_sample(session, cast)
    tasks = [task_at(session, cast, TaskStatus.RECEIVED) for _two in range(2)]
    session.commit()
    with invalid(("file", "two_in_one")):
        take_in(session, vault(), photograph() + archive(), kind=EvidenceKind.MARKS, by=cast.buyer)
    session.commit()
    workers = [Working(app, cast.buyer, task.id, 10_000 * (n + 1)) for n, task in enumerate(tasks)]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            worker.begun.wait(20)
        made = told(db.engine, settings, elsewhere / "backup")
    finally:
        for worker in workers:
            worker.enough.set()
            worker.join()
    assert [worker.failed for worker in workers] == [None, None]
    assert made.missing == []

    evidence = {"EVIDENCE_URL": request.getfixturevalue("s3_url")} if into == "postgresql" else {}
    target = Settings.read(environment_for(an_empty(into, elsewhere, request), elsewhere) | evidence)
    target.make_folders()
    with running(target) as engine:
        brought = bring(engine, target, elsewhere / "backup")
        assert brought.record.broken is None
        assert brought.record.events == made.tables["event"]["rows"] > 0
        assert {name: table._asdict() for name, table in hashes(engine).items()} == made.tables
        with Session(engine) as there:
            held = there.scalars(sa.select(Holding.sha256)).all()
            assert len(held) == made.tables["holding"]["rows"] >= 2
            for sha256 in held:
                with vault_from(target.evidence_url).open(sha256) as file:
                    assert vault_from(target.evidence_url).put(file).sha256 == sha256
            [apart] = there.scalars(sa.select(Quarantine.sha256))
            assert vault_from(target.evidence_url).apart().size(apart)
            goes_on(there, cast)
    for path in settings.frames_folder.glob("*.parquet"):
        assert (target.frames_folder / path.name).read_bytes() == path.read_bytes()


def an_empty(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/restored.db"
    server: Server = request.getfixturevalue("postgresql_server")
    name = f"restored_{abs(hash(folder))}"
    server.say(f"CREATE DATABASE {name}")
    return server.address(name)


def goes_on(session: Session, cast: Cast) -> None:
    """The next row gets an id that none has, and a person there works on."""
    actor = Actor.working_in(session.get_one(Membership, membership_of(cast.buyer).id))
    task = session.scalars(sa.select(Task).where(Task.status == TaskStatus.RECEIVED).order_by(Task.id)).first()
    assert task
    held = take_in(session, vault(), little_picture(99), kind=EvidenceKind.MARKS, by=actor)
    attach(session, task, held.sha256, EvidenceKind.MARKS, by=actor)
    session.commit()
    assert verify(session, Path("/nowhere")).broken is None


@on_sqlite
def test_the_next_backup_into_the_same_place_copies_what_is_new(
    settings: Settings, session: Session, cast: Cast, elsewhere: Path
) -> None:
    dispatched_sample(session, cast)
    session.commit()
    first = take(db.engine, settings, elsewhere)
    take_in(session, vault(), little_picture(5), kind=EvidenceKind.MARKS, by=cast.buyer)
    session.commit()
    again = take(db.engine, settings, elsewhere)
    assert (first.copied > 2, again.copied) == (True, 2)  # the picture and its copy, which is its own thumbnail
    assert len(again.manifest.files) == len(first.manifest.files) + 2


@on_sqlite
def test_a_backup_holds_no_key_and_names_what_the_vault_has_lost(
    settings: Settings, session: Session, cast: Cast, elsewhere: Path
) -> None:
    held = take_in(session, vault(), b"lost and found", kind=EvidenceKind.OTHER, by=cast.buyer)
    session.commit()
    vault().remove(held.sha256)
    made = told(db.engine, settings, elsewhere)
    assert made.missing == [f"evidence/{held.sha256[:2]}/{held.sha256[2:4]}/{held.sha256}"]
    written = (elsewhere / NAME).read_text()
    for key in (*settings.identity_keys, settings.identity_index_key, settings.record_signing_key):
        assert key.hex() not in written
    assert settings.secret_key not in written
    assert set(made.keys) >= {"IDENTITY_KEYS", "IDENTITY_INDEX_KEY", "RECORD_SIGNING_KEY"}


@pytest.fixture
def copied(settings: Settings, session: Session, cast: Cast, tmp_path: Path) -> Path:
    take_in(session, vault(), b"evidence", kind=EvidenceKind.OTHER, by=cast.buyer)
    session.commit()
    told(db.engine, settings, tmp_path / "copied")
    return tmp_path / "copied"


@on_sqlite
@pytest.mark.parametrize("name", ["IDENTITY_KEYS", "IDENTITY_INDEX_KEY", "RECORD_SIGNING_KEY"])
def test_another_key_is_said_before_anything_is_written(app: Flask, copied: Path, elsewhere: Path, name: str) -> None:
    address = f"sqlite:///{elsewhere}/restored.db"
    target = Settings.read(environment_for(address, elsewhere) | {name: OTHER_KEY})
    with running(target) as engine:
        with invalid((name, "wrong_key")):
            bring(engine, target, copied)
        assert sa.inspect(engine).get_table_names() == []
    assert not (elsewhere / "evidence").exists()


@on_sqlite
def test_an_older_key_may_stand_behind_a_newer_one(app: Flask, copied: Path, elsewhere: Path) -> None:
    environment = environment_for(f"sqlite:///{elsewhere}/restored.db", elsewhere)
    keys = {"IDENTITY_KEYS": f"{OTHER_KEY},{environment['IDENTITY_KEYS']}"}
    target = Settings.read(environment | keys)
    with running(target) as engine:
        assert bring(engine, target, copied).record.broken is None


@on_sqlite
def test_a_database_in_use_is_left_alone(
    app: Flask, settings: Settings, session: Session, cast: Cast, copied: Path
) -> None:
    before = hashes(db.engine)
    with pytest.raises(Refused, match="not_empty"):
        bring(db.engine, settings, copied)
    assert hashes(db.engine) == before


@on_sqlite
@pytest.mark.parametrize("damage", ["changed", "gone", "a table"])
def test_a_damaged_backup_is_said_before_anything_is_written(
    app: Flask, copied: Path, elsewhere: Path, damage: str
) -> None:
    made = Manifest.read(copied)
    path = copied / next(
        path for path in made.files if path.startswith("tables/event" if damage == "a table" else "evidence/")
    )
    path.unlink()  # and not written through: other tests may read the same bytes
    if damage != "gone":
        path.write_bytes(b"something else")
    target = settings_for(f"sqlite:///{elsewhere}/restored.db", elsewhere)
    with running(target) as engine:
        with invalid(("DIR", "damaged")):
            bring(engine, target, copied)
        assert sa.inspect(engine).get_table_names() == []


@on_sqlite
def test_a_restore_that_was_cut_short_is_begun_again(
    app: Flask, copied: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = settings_for(f"sqlite:///{elsewhere}/restored.db", elsewhere)

    def cut(*_anything: Any) -> None:
        raise KeyboardInterrupt

    with running(target) as engine:
        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(rows, "go_on_counting", cut)  # after every row was loaded
            bring(engine, target, copied)
        assert hashes(engine)["event"].rows == 0
        assert bring(engine, target, copied).record.broken is None


@on_sqlite
@pytest.mark.parametrize(
    ("told_of", "code"),
    [(None, "no_backup"), ("{", "damaged"), ("[]", "format"), ('{"format": 99}', "format")],
)
def test_what_is_no_backup_is_said(
    app: Flask, settings: Settings, elsewhere: Path, told_of: str | None, code: str
) -> None:
    if told_of is not None:
        (elsewhere / NAME).write_text(told_of)
    with invalid(("DIR", code)):
        bring(db.engine, settings, elsewhere)


@on_sqlite
def test_a_backup_of_a_newer_version_is_said(app: Flask, settings: Settings, copied: Path) -> None:
    made = json.loads((copied / NAME).read_text()) | {"revision": "9999_from_the_future"}
    (copied / NAME).write_text(json.dumps(made))
    with invalid(("DIR", "newer")):
        bring(db.engine, settings, copied)


@on_sqlite
def test_a_folder_with_other_things_in_it_is_not_written_to(
    app: Flask, settings: Settings, session: Session, elsewhere: Path
) -> None:
    (elsewhere / "photos").mkdir()
    with pytest.raises(Invalid):
        take(db.engine, settings, elsewhere)
    assert [each.name for each in elsewhere.iterdir()] == ["photos"]


@on_sqlite
def test_a_backup_of_an_older_version_is_brought_up_to_date(app: Flask, settings: Settings, elsewhere: Path) -> None:
    """As it was before there were copies and quarantine (0025)."""
    old = settings_for(f"sqlite:///{elsewhere}/old.db", elsewhere / "old")
    with running(old) as engine:
        migrations.upgrade("0024_answered")
        (elsewhere / "backup" / "tables").mkdir(parents=True)
        with one_moment(engine) as connection:
            written = {
                table.name: rows.write(connection, table, elsewhere / "backup" / "tables" / f"{table.name}.jsonl.gz")
                for table in rows.tables_in(connection)
            }
            name = connection.exec_driver_sql("SELECT name FROM installation").scalar_one()
    made = Manifest(
        format=1,
        made_at="2026-10-01T00:00:00.000000Z",
        database="sqlite",
        revision="0024_answered",
        installation=name,
        tables={each: table._asdict() for each, table in written.items()},
        files={},
        missing=[],
        keys=fingerprints(old),
    )
    made.write(elsewhere / "backup")
    assert "quarantine" not in made.tables
    target = settings_for(f"sqlite:///{elsewhere}/new.db", elsewhere / "new")
    with running(target) as engine:
        assert bring(engine, target, elsewhere / "backup").record.broken is None
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT name FROM installation").scalar_one() == name
            assert rows.revision_of(connection) == (CHECKOUT / "migrations" / ".head").read_text().strip()
            assert connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one() == 0
