"""Ready means that work can be done now: said quickly whatever we stand on does, and to strangers without secrets."""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.config import Settings
from quality.core.db import db
from quality.evidence.vault import vault_from
from quality.watch import readiness
from quality.watch.models import JobRun
from quality.watch.pulse import Pulse
from quality.watch.readiness import AWAY, OK, Look, Readiness
from tests.harness.databases import environment_for, on_sqlite
from tests.harness.postgres import Server


@pytest.fixture
def jobs_run(app: Flask) -> Pulse:
    signs = Pulse("here:1")
    with signs.run_of("make documents", 2):
        pass
    signs.say(sessionmaker(db.engine))
    return signs


def ask_anew(client: FlaskClient) -> tuple[int, Any]:
    client.application.extensions["readiness"] = Readiness(client.application.config["SETTINGS"])
    answer = client.get("/readyz")
    return answer.status_code, answer.json


def test_a_program_that_has_all_is_ready(client: FlaskClient, jobs_run: Pulse) -> None:
    assert client.get("/healthz").json == {"status": "alive"}
    assert ask_anew(client) == (200, {"status": "ready", "missing": {}, "warnings": {}})


@on_sqlite
def test_a_virus_scanner_that_is_away_is_a_warning(client: FlaskClient, jobs_run: Pulse, settings: Settings) -> None:
    client.application.config["SETTINGS"] = replace(settings, clamd_url="unix:///nowhere/clamd")
    assert ask_anew(client) == (200, {"status": "ready", "missing": {}, "warnings": {"scanner": AWAY}})


def test_tables_of_another_version_make_it_not_ready(client: FlaskClient, session: Session, jobs_run: Pulse) -> None:
    session.execute(sa.text("UPDATE alembic_version SET version_num = '0001_record'"))
    session.commit()
    status, told = ask_anew(client)
    assert (status, told["status"]) == (503, "not ready")
    assert "0001_record" in told["missing"]["database"]
    session.execute(sa.text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    session.commit()
    assert ask_anew(client)[1]["missing"] == {"database": AWAY}
    assert client.get("/healthz").status_code == 200


def test_jobs_that_are_late_or_not_there_are_a_warning_only(
    client: FlaskClient, jobs_run: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=121))
    Pulse("here:2").say(sessionmaker(db.engine))
    assert ask_anew(client) == (200, {"status": "ready", "missing": {}, "warnings": {}})
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=125))
    assert ask_anew(client)[1]["warnings"] == {"jobs": "late: make documents"}
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=200))
    status, told = ask_anew(client)
    assert (status, told["warnings"]) == (200, {"jobs": "no process does them"})


@on_sqlite
def test_a_vault_that_cannot_be_written_is_named_and_its_place_is_not(
    client: FlaskClient, settings: Settings, jobs_run: Pulse
) -> None:
    folder = Path(settings.evidence_url.removeprefix("file://"))
    shutil.rmtree(folder)
    folder.write_text("a file where a folder should be")
    assert ask_anew(client) == (
        503,
        {"status": "not ready", "missing": {"evidence": "cannot be written"}, "warnings": {}},
    )
    folder.unlink()
    assert ask_anew(client)[0] == 503, "nor is a folder made where its disk is not mounted"
    folder.mkdir()
    shutil.rmtree(settings.frames_folder)
    assert ask_anew(client)[1]["missing"] == {"frames": "is not there"}


def test_a_bucket_is_written_and_left_as_it_was(s3_url: str) -> None:
    vault = vault_from(f"{s3_url}")
    vault.probe()
    listed = [each for batch in vault._store.list() for each in batch]  # type: ignore[attr-defined]
    assert listed == []
    assert readiness.look_at_the_vault(s3_url.replace("://", "://no-such-", 1)) == AWAY


def test_what_hangs_is_said_not_to_answer_in_time_and_is_asked_no_second_time() -> None:
    asked, lets_go = [], threading.Event()

    def hang() -> str:
        asked.append(1)
        lets_go.wait(20)
        return OK

    look = Look("a share", hang)
    for _again in range(3):
        look.begin()
        before = time.monotonic()
        assert look.answer(before + 0.05) == AWAY
        assert time.monotonic() - before < 1
    assert len(asked) == 1
    lets_go.set()
    assert look.answer(time.monotonic() + 10) == OK


def test_a_good_answer_is_given_again_while_it_is_fresh_and_a_failing_look_says_no_more_than_that() -> None:
    asked: list[int] = []

    def fail_at_first() -> str:
        asked.append(1)
        if len(asked) == 1:
            raise OSError("postgresql://user:password@host")
        return OK

    look = Look("a database", fail_at_first, fresh=60)
    look.begin()
    assert look.answer(time.monotonic() + 10) == AWAY
    look._at -= 2  # so long ago
    for _again in range(5):
        look.begin()
        assert look.answer(time.monotonic() + 10) == OK
        look._at -= 2
    assert len(asked) == 2


def test_a_halted_postgresql_is_said_within_the_patience(postgresql_server: Server, tmp_path: Path) -> None:
    """A port behind which somebody takes the connection and says nothing, as a halted server does."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"postgresql://mingcha@127.0.0.1:{deaf.getsockname()[1]}/mingcha"
        told = Settings.read(environment_for(address, tmp_path))
        told.make_folders()
        before = time.monotonic()
        ready, said = Readiness(told).ask()
        assert time.monotonic() - before < readiness.PATIENCE + 1
    assert (ready, said["missing"]["database"]) == (False, AWAY)


def test_signs_of_two_processes_are_one_row_a_job(app: Flask, session: Session) -> None:
    sessions = sessionmaker(db.engine)
    one, other = Pulse("here:1"), Pulse("there:1")
    for signs in (one, other):
        with signs.run_of("send mail", 5):
            pass
        with pytest.raises(ZeroDivisionError), signs.run_of("send mail", 5):
            _nothing = 1 / 0
        signs.say(sessions)
    one.say(sessions)
    run = session.get_one(JobRun, "send mail")
    assert (run.runs, run.failures, run.process) == (4, 2, "there:1")
    assert run.finished_at and run.failed_at and run.started_at


@on_sqlite
def test_what_could_not_be_said_is_said_the_next_time(app: Flask, session: Session) -> None:
    signs = Pulse(f"here:{os.getpid()}")
    with signs.run_of("send mail", 5):
        pass
    away = sessionmaker(sa.create_engine("sqlite:////nowhere/at/all.db"))
    with pytest.raises(sa.exc.OperationalError):
        signs.say(away)
    with signs.run_of("send mail", 5):
        pass
    signs.say(sessionmaker(db.engine))
    assert session.get_one(JobRun, "send mail").runs == 2
