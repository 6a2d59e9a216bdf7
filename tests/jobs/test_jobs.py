"""The timetable: each job runs by its clock, a failing one stops no other, and stopping is clean."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.orm import Session

from quality import jobs
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.watch.pulse import Pulse
from tests.harness.campaigns import planned
from tests.harness.clock import HeldClock
from tests.harness.databases import environment_for
from tests.harness.people import Cast


def test_every_job_runs_on_an_empty_database_and_again(app: Flask) -> None:
    from sqlalchemy.orm import sessionmaker

    for _ in range(2):
        jobs.run_now(sessionmaker(db.engine), app.config["SETTINGS"])
    assert len(list(app.config["SETTINGS"].roots_folder.rglob("*.json"))) == 1


def test_jobs_have_names_of_their_own_and_a_clock() -> None:
    assert len({job.name for job in jobs.JOBS}) == len(jobs.JOBS)
    assert all(1 <= job.seconds <= jobs.DAY for job in jobs.JOBS)
    assert {job.wakes for job in jobs.JOBS} - {""} <= {job.name for job in jobs.JOBS}


def test_a_job_that_fails_is_logged_and_the_next_one_runs(sqlite_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    signs = Pulse("here:1")
    assert jobs.run(jobs.Job("full disk", 1, fail), sqlite_app, signs) is False
    assert "full disk" in caplog.text
    assert all(jobs.run(job, sqlite_app, signs) for job in jobs.JOBS)


def test_mingcha_jobs_signs_the_root_and_stops_on_sigterm(
    session: Session, cast: Cast, app: Flask, tmp_path: Path
) -> None:
    planned(session, cast)
    session.commit()
    settings = app.config["SETTINGS"]
    told = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "DATABASE_URL": settings.database_url,
        "EVIDENCE_URL": settings.evidence_url,
        "FRAMES_FOLDER": str(settings.frames_folder),
        "ROOTS_FOLDER": str(settings.roots_folder),
    }
    secrets = ["SECRET_KEY", "SECURITY_PASSWORD_SALT", "IDENTITY_KEYS", "IDENTITY_INDEX_KEY", "RECORD_SIGNING_KEY"]
    secrets.append("FIELD_KEYS")
    told |= dict.fromkeys(secrets, "bWluZ2NoYSBtaW5nY2hhIG1pbmdjaGEgbWluZ2NoYSE=")
    process = subprocess.Popen([sys.executable, "-m", "quality.cli", "jobs"], cwd=CHECKOUT, env=told)
    try:
        deadline = time.monotonic() + 60
        while not list(settings.roots_folder.rglob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list(settings.roots_folder.rglob("*.json"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()


PRINTS = """
import time
from quality import create_app, jobs
from quality.documents.jobs import one_by_one
from quality.documents.render import THE_PRINTER

def make(sessions, settings):
    one_by_one(print_one, [1, 2])

def print_one(key):
    print("begun", key, flush=True)
    time.sleep(0.5)  # the process is told to end meanwhile
    THE_PRINTER.submit(print, "printed", key, flush=True).result()
    return True

jobs.JOBS[:] = [jobs.Job("make documents", 60, make)]
app = create_app()
with app.app_context():
    jobs.tick(app)
"""


def test_what_is_being_printed_when_the_process_must_end_is_finished_and_the_rest_not_begun(
    app: Flask, tmp_path: Path
) -> None:
    told = os.environ | environment_for(app.config["SETTINGS"].database_url, tmp_path)
    command = [sys.executable, "-c", PRINTS]
    with subprocess.Popen(command, cwd=CHECKOUT, env=told, text=True, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout and process.stdout.readline() == "begun 1\n"
        process.send_signal(signal.SIGTERM)
        said, complained = process.communicate(timeout=30)
    assert (said, process.returncode) == ("printed 1\n", 0), complained
    assert "RuntimeError" not in complained


def test_a_clock_that_is_set_back_keeps_no_job_waiting(monkeypatch: pytest.MonkeyPatch, clock: HeldClock) -> None:
    scheduler = BackgroundScheduler(timezone=BEIJING)
    scheduler.start(paused=True)
    job = scheduler.add_job(lambda: None, "interval", days=1, next_run_time=clock.moment + timedelta(seconds=1))

    class TwoLooks(threading.Event):
        looks = 0

        def wait(self, timeout: float | None = None) -> bool:
            clock.advance(minutes=-10)
            self.looks += 1
            return self.looks > 1

    jobs.keep_time(scheduler, TwoLooks())

    assert job.next_run_time == clock.moment + timedelta(minutes=10)  # as the clock was when that was seen
    scheduler.shutdown()


def test_a_clock_that_leaps_ahead_makes_nobody_count_what_was_missed(clock: HeldClock) -> None:
    scheduler = BackgroundScheduler(timezone=BEIJING)
    scheduler.start(paused=True)
    job = scheduler.add_job(lambda: None, jobs.Every(1), next_run_time=clock.moment)

    leapt = clock.advance(days=400)

    missed = job._get_run_times(leapt)
    assert missed == [job.next_run_time]
    assert job.trigger.get_next_fire_time(missed[-1], leapt) == leapt + timedelta(seconds=1)
    scheduler.shutdown()


def test_what_a_job_did_goes_on_at_once_and_what_it_did_not_do_wakes_nobody(sqlite_app: Flask) -> None:
    woken: list[str] = []
    for done in (0, None, 3):
        seal = jobs.Job("seal", 2, lambda *_told, did=done: did, wakes="tell")
        jobs.run(seal, sqlite_app, Pulse("here:1"), woken.append)
    assert woken == ["tell"]


def test_a_job_that_is_woken_runs_before_its_tick() -> None:
    scheduler, ran = BackgroundScheduler(), threading.Event()
    scheduler.add_job(ran.set, jobs.Every(3_600), id="tell", next_run_time=clock.now() + timedelta(hours=1))
    scheduler.start()
    try:
        jobs.run_at_once(scheduler, "tell")
        jobs.run_at_once(scheduler, "nobody's")
        assert ran.wait(20)
    finally:
        scheduler.shutdown()
