"""A walk that was killed goes on from where it stood: no sample twice, and the same proper end."""

from __future__ import annotations

import contextvars
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.core.record import verify
from quality.core.surroundings import CHECKOUT
from quality.walk.doors import client_at
from tests.harness.apps import WRITES
from tests.harness.databases import environment_for
from tests.walk.files import ANNOUNCED, SECOND, write

TWICE = {  # what may stand only once
    "sample": "SELECT task_id, count(*) FROM sample GROUP BY task_id HAVING count(*) > 1",
    "task": "SELECT drawn_id, count(*) FROM task GROUP BY drawn_id HAVING count(*) > 1",
    "finding": "SELECT sample_id, count(*) FROM finding GROUP BY sample_id HAVING count(*) > 1",
    "item": "SELECT finding_id, count(*) FROM notice_item GROUP BY finding_id HAVING count(*) > 1",
    "result": "SELECT finding_id, count(*) FROM result GROUP BY finding_id HAVING count(*) > 1",
    "objection": "SELECT finding_id, ground, count(*) FROM objection GROUP BY finding_id, ground HAVING count(*) > 1",
    "report": "SELECT portion_id, count(*) FROM report GROUP BY portion_id HAVING count(*) > 1",
}


def doubled(connection: sa.Connection | Session) -> set[str]:
    return {name for name, query in TWICE.items() if connection.execute(sa.text(query)).all()}


# keys, endpoints, and claims on what is printed and sent: taken anew by every walk, whatever became of the last
COUNTED_UP = {"epoch"}  # beside what is written: by itself it says nothing that could be lost
ANEW = {"api_key", "endpoint", "message", "delivery", "delivery_attempt", "document"}


class Killed(BaseException):
    """Nothing in the program catches it."""


def is_within(committed):
    return isinstance(committed, Session) and committed.in_nested_transaction()


@contextmanager
def dying(engine: sa.Engine, *, before: bool, answered: list[bool]):
    """Whoever commits what was written dies at that moment: just before, when it is lost, or just after.

    Nobody counts the epoch up who writes nothing, as all pages would be made anew for it; but for the daily root, which
    is public and a file.
    """
    wrote: set[str] = set()
    for_nothing: list[bool] = []

    def watch(_connection, cursor, statement, *_rest):
        if cursor.rowcount != 0:  # what changed nothing is lost by nobody
            wrote.update({table.lower() for table in WRITES.findall(statement)})

    def forget(*_given):
        wrote.clear()

    def die(committed):
        for_nothing.extend([before] if wrote == COUNTED_UP else [])
        if wrote - COUNTED_UP and not is_within(committed):
            is_made_anew = bool(wrote & ANEW)
            wrote.clear()
            if not is_made_anew and committed is db.session():
                answered.append(True)  # by the program: who asked dies before the answer is there
            elif not is_made_anew:
                raise Killed

    listeners = [
        (engine, "after_cursor_execute", watch),
        (engine, "rollback", forget),
        (engine, "commit", die) if before else (Session, "after_commit", die),
    ]
    for listened in listeners:
        sa.event.listen(*listened)
    try:
        yield
    finally:
        for listened in listeners:
            sa.event.remove(*listened)
    assert not for_nothing[1:]


class WithoutAServer(httpx.WSGITransport):
    """The program in this very process: who dies in it dies in the walk."""

    def __init__(self, app, answered: list[bool]) -> None:
        super().__init__(app)
        self.answered = answered

    def handle_request(self, request):
        response = contextvars.Context().run(super().handle_request, request)  # in none of the walk's own context
        if self.answered:
            raise Killed
        return response


def dies(walked, path, app, *, before: bool):
    """None if it died on the way, else what came of the walk. Its connection dies with it."""
    answered: list[bool] = []
    program = client_at("http://127.0.0.1", WithoutAServer(app, answered))
    with dying(db.engine, before=before, answered=answered), program as client:
        try:
            return walked(path, client=client)
        except Killed:
            return None


def test_killed_before_and_after_each_commit_it_ends_as_if_nothing_had_happened(walked, tmp_path, app):
    """One row that takes the longest road: re-inspected, and denied by its producer."""
    path = write(tmp_path / "cases.csv", [ANNOUNCED[1] | {"reinspection_lab": SECOND}])
    deaths = 0
    while (seen := dies(walked, path, app, before=True)) is None:
        assert dies(walked, path, app, before=False) is None
        deaths += 1
        assert deaths < 200, "it does not come any further"

    assert deaths > 30
    assert seen.problems == []
    assert seen.answer == walked(path).answer
    assert seen.answer["by_status"] == {
        "campaigns": {"closed": 1},
        "tasks": {"sealed": 1},
        "samples": {"closed": 1},
        "reports": {"authorised": 2},
        "findings": {"confirmed": 1},
        "objections": {"decided": 2},
        "notices": {"closed": 1},
        "items": {"verified": 1},
        "results": {"published": 1},
    }
    assert [result["number"] for result in seen.answer["results"]] == ["R-WALK-2026-0001"]
    assert doubled(db.session()) == set()
    assert verify(db.session(), app.config["SETTINGS"].roots_folder).broken is None


def test_kill_9_of_a_walk_and_then_again_no_sample_twice(database, tmp_path):
    path = write(tmp_path / "cases.csv", ANNOUNCED[:2])
    command = [sys.executable, "-m", "tests.harness.quickly", "--lang", "en", "walk", str(path), "--json"]
    surroundings = os.environ | environment_for(database, tmp_path)
    engine = sa.create_engine(database)

    times = 2 if database.startswith("postgresql") else 1  # each is a process of its own: seconds
    for at in sorted(random.sample(range(20, 130), times)):  # events, of about 150; any moment must do
        walk = subprocess.Popen(command, env=surroundings, cwd=CHECKOUT, stdout=subprocess.PIPE)
        while walk.poll() is None and events(engine) < at:
            time.sleep(0.02)
        walk.send_signal(signal.SIGKILL)
        assert walk.communicate()[0] == b""
        assert walk.returncode == -signal.SIGKILL

    ended = subprocess.run(command, env=surroundings, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    answer = json.loads(ended.stdout)
    assert (answer["rows"], answer["samples"], answer["nonconforming"], answer["items_verified"]) == (2, 2, 2, 2)
    assert answer["by_status"]["samples"] == {"closed": 2}
    assert answer["by_status"]["results"] == {"published": 2}
    with engine.connect() as connection:
        assert doubled(connection) == set()
        assert connection.execute(sa.text("SELECT count(*) FROM campaign")).scalar_one() == 1
    engine.dispose()


def events(engine):
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT count(*) FROM event")).scalar_one()
