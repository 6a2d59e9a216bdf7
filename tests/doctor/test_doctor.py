"""`mingcha doctor` finds what is really broken, says what to do, and leaves nothing behind."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality import cli
from quality.core import clock
from quality.core.config import new_key
from quality.core.db import db
from quality.core.handover import handed_over, keep, revoked
from quality.doctor import command, kept, told
from quality.doctor.finding import Finding, Level
from quality.jobs import sign_daily_root
from quality.subscriptions.links import Keys
from quality.subscriptions.models import Rhythm, Tells
from quality.subscriptions.operations import Asked, ask
from quality.watch.pulse import Pulse, note_backup
from tests.documents.test_signing import key_file
from tests.harness.databases import environment_for, on_sqlite
from tests.harness.people import Cast
from tests.harness.postgres import Server

Examined = dict[str, Finding]
Examine = Callable[..., Examined]
WELL = {"PUBLIC_URL": "https://mingcha.example", "TRUSTED_PROXIES": "1", "SMTP_URL": "", "MAIL_FROM": ""}


@pytest.fixture
def examine(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """The whole examination of an installation that is well but for what a test says; by what each is about."""
    given = environment_for(database, tmp_path) | WELL
    env = tmp_path / "env"
    env.write_text("")
    env.chmod(0o600)

    def run(**broken: str) -> Examined:
        (tmp_path / "evidence").mkdir(exist_ok=True)
        monkeypatch.setattr(command, "everything_given", lambda: given | broken)
        monkeypatch.setattr(command, "CHECKOUT", tmp_path)
        env.rename(tmp_path / ".env") if env.exists() else None
        found: Examined = {}
        for each in command.examine():
            if each.about not in found or found[each.about].level is Level.OK:
                found[each.about] = each
        return found

    return run


def faults(found: Examined) -> set[str]:
    return {about for about, each in found.items() if each.level is Level.FAULT}


def warnings(found: Examined) -> set[str]:
    return {about for about, each in found.items() if each.level is Level.WARNING}


def test_an_installation_that_is_well_has_no_fault(app: Flask, examine: Examine) -> None:
    signs, sessions = Pulse("here:1"), sessionmaker(db.engine)
    signs.say(sessions)
    note_backup(sessions, clock.now())
    found = examine()
    loose = {"fsync", "synchronous_commit", "full_page_writes"} if db.engine.dialect.name == "postgresql" else set()
    assert faults(found) == loose, "the tests' server forgets at a power cut, and is told so"
    of_this_machine = {about for about in found if about.startswith("room_")} | {"open_files", "holidays"}
    one_key_for_all = told.SECRET_FOR_EACH | {"SECURITY_PASSWORD_SALT"}
    assert warnings(found) <= of_this_machine | one_key_for_all
    assert {"database", "tables", "vault", "jobs", "backup", "IDENTITY_KEYS"} <= found.keys()
    assert all(each.remedy is None for each in found.values() if each.level is Level.OK)


def test_tables_of_another_version_and_no_tables_are_told_apart(app: Flask, examine: Examine, session: Session) -> None:
    for at, said in [("0005_campaigns", True), ("9999_of_tomorrow", False)]:
        session.execute(sa.text(f"UPDATE alembic_version SET version_num = '{at}'"))
        session.commit()
        found = examine()
        assert "tables" in faults(found)
        assert ("db upgrade" in str(found["tables"].remedy)) is said
    session.execute(sa.text("DROP TABLE alembic_version"))
    session.commit()
    assert str(examine()["tables"].remedy) == "mingcha db upgrade"


def test_jobs_that_nobody_does_and_a_backup_that_is_old_are_warned_of(
    app: Flask, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examine()
    assert {"jobs", "backup"} <= warnings(found)
    signs, sessions = Pulse("here:1"), sessionmaker(db.engine)
    with pytest.raises(ZeroDivisionError), signs.run_of("make documents", 2):
        _nothing = 1 / 0
    signs.say(sessions)
    note_backup(sessions, clock.now())
    assert "make documents" in str(examine()["jobs"].said)
    later = clock.now() + timedelta(hours=27)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "backup" in warnings(examine())


@on_sqlite
def test_a_key_that_opens_no_address_of_who_subscribed_is_found(app: Flask, session: Session, examine: Examine) -> None:
    ask(session, Keys.of(app.config["SETTINGS"]), Asked("reader@people.example", "en", Rhythm.DAILY, Tells.ALL))
    session.commit()
    assert "IDENTITY_KEYS" not in faults(examine())
    found = examine(IDENTITY_KEYS=new_key())
    assert "IDENTITY_KEYS" in faults(found)
    assert "people.example" not in str(found)


def test_keys_that_do_not_open_what_is_kept_are_found(app: Flask, examine: Examine, sent: Cast) -> None:
    sign_daily_root(sessionmaker(db.engine), app.config["SETTINGS"])
    assert not {"IDENTITY_KEYS", "IDENTITY_INDEX_KEY", "RECORD_SIGNING_KEY"} & faults(examine())
    ours = environment_for("", Path())["IDENTITY_KEYS"]
    assert "IDENTITY_KEYS" in faults(examine(IDENTITY_KEYS=new_key()))
    assert "IDENTITY_KEYS" not in faults(examine(IDENTITY_KEYS=f"{new_key()},{ours}"))
    assert "IDENTITY_INDEX_KEY" in faults(examine(IDENTITY_INDEX_KEY=new_key()))
    assert "RECORD_SIGNING_KEY" in faults(examine(RECORD_SIGNING_KEY=new_key()))
    root = next(app.config["SETTINGS"].roots_folder.rglob("*.json"))
    before = json.loads(root.read_text())["key"]
    told = {"RECORD_SIGNING_KEY": new_key(), "RECORD_EARLIER_KEYS": before}
    assert "RECORD_SIGNING_KEY" not in faults(examine(**told))
    assert "RECORD_SIGNING_KEY" in warnings(examine(**told)), "no key vouches for it"
    old, new = (
        Ed25519PrivateKey.from_private_bytes(each)
        for each in (app.config["SETTINGS"].record_signing_key, base64.b64decode(told["RECORD_SIGNING_KEY"]))
    )
    path = keep(root.parent, handed_over(old, new, clock.now()))
    assert "RECORD_SIGNING_KEY" not in warnings(examine(**told))
    path.write_text(path.read_text().replace("2026", "2025"))
    assert path.name in str(examine(**told)["RECORD_SIGNING_KEY"].said)
    keep(root.parent, handed_over(old, new, clock.now()))
    keep(root.parent, revoked(new, clock.now()))
    assert "RECORD_SIGNING_KEY" in warnings(examine(**told)), "it was revoked"


@on_sqlite
def test_keys_that_sign_documents_are_tried(app: Flask, examine: Examine, sent: Cast, tmp_path: Path) -> None:
    here = tmp_path / "keys"
    here.mkdir()
    told_of: dict[str, str] = {"DOCUMENT_KEYS": str(here), "DOCUMENT_KEYS_PASSWORD": "geheim"}
    assert "DOCUMENT_KEYS" in warnings(examine(**told_of)), "no key is there"
    code, now = sent.agency.code, clock.now()
    key_file(here, code, first=now - timedelta(days=9), days=20)
    key_file(here, "NOBODY", first=now - timedelta(days=9))
    assert {f"DOCUMENT_KEYS {code}.p12", "DOCUMENT_KEYS NOBODY.p12"} <= warnings(examine(**told_of))
    key_file(here, code, first=now - timedelta(days=9), days=5)
    assert f"DOCUMENT_KEYS {code}.p12" in faults(examine(**told_of))
    key_file(here, code, first=now - timedelta(days=9))
    assert examine(**told_of)[f"DOCUMENT_KEYS {code}.p12"].level is Level.OK
    assert f"DOCUMENT_KEYS {code}.p12" in faults(examine(**told_of | {"DOCUMENT_KEYS_PASSWORD": "other"}))


@on_sqlite
def test_what_is_missing_malformed_or_misspelt_is_named_and_the_rest_is_looked_at(
    app: Flask, examine: Examine, tmp_path: Path
) -> None:
    found = examine(SECRET_KEY="", IDENTITY_KEYS="c2hvcnQ=", TRUSTED_PROXIES="many")
    assert faults(found) == {"SECRET_KEY", "IDENTITY_KEYS", "TRUSTED_PROXIES"}
    assert found["vault"].level is found["database"].level is Level.OK
    (tmp_path / ".env").write_text("PUBLIC_ULR=https://mingcha.example\nCOLOUR=green\n")
    (tmp_path / ".env").chmod(0o644)
    found = examine()
    assert "PUBLIC_URL" in str(found["PUBLIC_ULR"].remedy) and "COLOUR" in warnings(found)
    assert "env_file" in faults(found)


@on_sqlite
@pytest.mark.parametrize(("broken", "about"), [
    ({"PUBLIC_URL": "http://mingcha.example"}, "PUBLIC_URL"),
    ({"WEBHOOK_ALLOW_PRIVATE": "1"}, "WEBHOOK_ALLOW_PRIVATE"),
    ({"MAIL_FROM": "notices@mingcha.example"}, "SMTP_URL"),
    ({"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "notices@mingcha.example"}, "mail"),
    ({"SECRET_KEY": "a" * 40}, "SECRET_KEY"),
    ({"EVIDENCE_URL": "file:///nowhere/at/all"}, "vault"),
    ({"FRAMES_FOLDER": "/nowhere/at/all"}, "FRAMES_FOLDER"),
    ({"ROOTS_FOLDER": "/sys/kernel"}, "ROOTS_FOLDER"),
    ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}, "database"),
    ({"DATABASE_URL": "sqlite:////proc/mingcha.db"}, "tables"),
])  # fmt: skip
def test_what_is_broken_is_a_fault_with_a_remedy(
    app: Flask, examine: Examine, broken: dict[str, str], about: str
) -> None:
    found = examine(**broken)
    assert about in faults(found)
    assert str(found[about].remedy)
    assert not Path("/nowhere").exists()


@on_sqlite
def test_what_will_be_regretted_is_a_warning(app: Flask, examine: Examine) -> None:
    assert "PUBLIC_URL" in warnings(examine(PUBLIC_URL="http://127.0.0.1:8000", TRUSTED_PROXIES="0"))
    assert "TRUSTED_PROXIES" in warnings(examine(PUBLIC_URL="http://localhost:8000"))
    assert "TRUSTED_PROXIES" in warnings(examine(TRUSTED_PROXIES="0"))
    same = environment_for("", Path())["SECRET_KEY"]
    assert "METRICS_TOKEN" not in warnings(examine(METRICS_TOKEN=new_key()))
    assert warnings(examine(METRICS_TOKEN=same)) & told.SECRET_FOR_EACH
    found = examine(FIELD_KEYS=f"{new_key()},{same}")
    assert any("FIELD_KEYS" in str(found[name].said) for name in warnings(found) & told.SECRET_FOR_EACH)


@on_sqlite
@pytest.mark.parametrize(("moment", "warned"), [
    (datetime(2026, 10, 31, tzinfo=UTC), False), (datetime(2026, 11, 1, tzinfo=UTC), True),
    (datetime(2031, 3, 1, tzinfo=UTC), True),
])  # fmt: skip
def test_holidays_that_nobody_knows_yet_are_asked_for_from_november_on(
    session: Session, monkeypatch: pytest.MonkeyPatch, moment: datetime, warned: bool
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert (Level.WARNING in {each.level for each in kept.holidays(session)}) is warned


def test_a_mail_server_that_answers_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    from quality.doctor import reached

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Sink(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        given = environment_for("sqlite:////tmp/none.db", Path("/tmp")) | {"SMTP_URL": f"smtp://127.0.0.1:{port}"}
        seen, _found = told.read(given, Path("/nowhere/.env"))
        assert [each.level for each in reached.mail(seen)] == [Level.OK]
    finally:
        server.stop()


def test_a_postgresql_that_is_right_is_found_so_but_for_what_it_forgets(postgresql_server: Server) -> None:
    engine = sa.create_engine(postgresql_server.address("postgres"))
    with engine.connect() as connection:
        found = {each.about: each.level for each in kept.postgresql(connection)}
    engine.dispose()
    assert found == {"fsync": Level.FAULT, "full_page_writes": Level.FAULT, "synchronous_commit": Level.FAULT,
                     "clocks_apart": Level.OK}  # fmt: skip


@on_sqlite
def test_the_command_ends_with_1_where_there_is_a_fault_and_speaks_to_programs(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (environment_for(database, tmp_path) | WELL).items():
        monkeypatch.setenv(name, value)
    for folder in ("evidence", "frames", "roots"):
        (tmp_path / folder).mkdir(exist_ok=True)

    def run(*words: str) -> tuple[Any, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        return ended.value.code, capsys.readouterr().out

    status, told_to_programs = run("doctor", "--json")
    objects = json.loads(told_to_programs)
    assert status == int(any(each["level"] == "fault" for each in objects))
    os.rmdir(tmp_path / "frames")
    status, told_to_people = run("--lang", "en", "doctor")
    assert status == 1
    assert "FAULT  FRAMES_FOLDER" in told_to_people and "    → mkdir -p" in told_to_people


def test_a_demonstration_at_a_public_address_is_warned_of(loaded_demonstration: Path, tmp_path: Path) -> None:
    shutil.copy(loaded_demonstration / "mingcha.db", tmp_path)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/mingcha.db")
    for url, warned in [("https://mingcha.example", True), ("http://127.0.0.1:8000", False)]:
        given = environment_for(str(engine.url), tmp_path) | {"PUBLIC_URL": url}
        seen, _found = told.read(given, Path("/nowhere/.env"))
        with Session(engine) as session:
            assert ("demonstration" in {each.about for each in kept.rows(session, seen)}) is warned
    engine.dispose()


@on_sqlite
def test_a_virus_scanner_that_does_not_answer_is_found_and_stops_nothing(examine: Examine, tmp_path: Path) -> None:
    assert "not set" in str(examine()["scanner"].said)
    away = examine(CLAMD_URL=f"unix://{tmp_path}/nobody")["scanner"]
    assert (away.level, "CLAMD_URL" in str(away.remedy)) == (Level.WARNING, True)
    assert "CLAMD_URL" in faults(examine(CLAMD_URL="http://127.0.0.1"))


def test_a_browser_that_does_not_start_is_found(examine: Examine, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho Browser 1.2\n")
    browser.chmod(0o755)
    assert "not set" in str(examine()["browser"].said)
    assert "Browser 1.2" in str(examine(CHROMIUM=str(browser))["browser"].said)
    browser.write_text("#!/bin/sh\nexit 3\n")
    broken = examine(CHROMIUM=str(browser))["browser"]
    assert (broken.level, f"{browser} --version" in str(broken.remedy)) == (Level.WARNING, True)
    assert "CHROMIUM" in faults(examine(CHROMIUM=str(tmp_path / "nothing")))
