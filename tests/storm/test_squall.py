"""The storm's own people, for a moment and in fair weather: what they leave behind is what every check accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality import jobs
from quality.core.db import db
from quality.walk.doors import served
from tests.harness.beginnings import concluding
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.snapshots import Road
from tests.storm.clickers import ByPage
from tests.storm.forms import read
from tests.storm.ground import plan_of
from tests.storm.invariants import CHECKS
from tests.storm.invariants.ground import Place
from tests.storm.journal import Came, Journal
from tests.storm.prepare import everybody
from tests.storm.program import Clock
from tests.storm.programs import ByKey
from tests.storm.weather import KILLS, OFTEN, forecast

TURNS = 5  # of each


class Standing(Clock):
    """The test's own clock, which does not jump."""

    def __init__(self, held: HeldClock) -> None:
        self.held = held

    def now(self):
        return self.held.now()

    def spans(self, since, until):
        return [(self.held.now(), self.held.now())]


@pytest.fixture
def road() -> Road:
    return concluding


@on_sqlite
def test_what_people_and_programs_leave_behind_is_accepted_by_every_check(
    app: Flask, session: Session, cast: Cast, clock: HeldClock
) -> None:
    people = everybody(session, cast)
    session.commit()
    journal, standing = Journal(), Standing(clock)
    with served(app) as client:
        base = str(client.base_url).rstrip("/")
        actors = [
            (ByKey if who.by_key else ByPage)(who, base, standing, journal, plan_of(1, who.name)) for who in people
        ]
        for actor in [each for each in actors for _ in range(TURNS)]:
            clock.advance(minutes=1)
            actor.turn()
    for _ in range(2):
        jobs.run_now(sessionmaker(db.engine), app.config["SETTINGS"])
    clock.advance(minutes=1)
    session.expire_all()

    assert sum(1 for _ in journal.of(Came.DONE)) >= 10
    place = Place(session, app.config["SETTINGS"], clock.now() + timedelta(seconds=1), journal)
    assert {name: offenders for name, check in CHECKS.items() if (offenders := check.find(place))} == {}


def test_a_seed_is_a_plan_and_every_fault_comes_once_before_any_comes_again() -> None:
    plan = forecast(plan_of(7, "weather"), 240, 9, without=set())

    assert plan == forecast(plan_of(7, "weather"), 240, 9, without=set())
    assert plan != forecast(plan_of(8, "weather"), 240, 9, without=set())
    assert {fault.name for fault in plan[: len(OFTEN)]} == OFTEN.keys()
    assert not KILLS & {fault.name for fault in forecast(plan_of(7, "weather"), 240, 9, without=KILLS)}


def test_a_form_is_read_with_what_stands_in_it() -> None:
    page = read(
        '<a href="/desk/task/T-1">T-1</a><form action="/desk/task/T-1/assign" method="post">'
        '<input type="hidden" name="version" value="3"><select name="buyer"><option value="">-</option>'
        '<option value="4">Xu</option></select><textarea name="note">so\nfar</textarea>'
        '<input type="radio" name="seal" value="intact"><input type="radio" name="seal" value="broken"></form>'
    )

    [form], [link] = page.forms, page.links
    assert (link, form.action, form.method) == ("/desk/task/T-1", "/desk/task/T-1/assign", "post")
    assert {name: (field.kind, field.value, field.choices) for name, field in form.fields.items()} == {
        "version": ("hidden", "3", []),
        "buyer": ("select", "", ["4"]),
        "note": ("textarea", "so\nfar", []),
        "seal": ("radio", "", ["intact", "broken"]),
    }
