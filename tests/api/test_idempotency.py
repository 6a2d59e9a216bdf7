"""`Idempotency-Key`: what is sent again is not done again, and gets the first answer."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response, g
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from quality.api import idempotency
from quality.api.models import Answered
from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.db import db
from quality.people import keys
from quality.people.models import Key
from tests.api.conftest import Keyed
from tests.harness.api import BASE, Program, wrong
from tests.harness.databases import on_postgresql, on_sqlite
from tests.harness.people import Cast
from tests.harness.postgres import Server

PLAN = {
    "title": "2026年网售儿童玩具抽查",
    "kind": "probability",
    "basis": "《中华人民共和国产品质量法》第十五条",
    "category": "儿童玩具",
    "starts_on": "2026-10-01",
    "ends_on": "2026-12-01",
    "design": {"strata": ["platform"], "allocation": {"method": "proportional", "n": 4}, "reserve": 1},
    "items": [{"item": "磁通量指数", "limit": "≤50 kG²mm²"}],
}


def planned(session: Session) -> int:
    session.expire_all()
    return len(list(session.scalars(sa.select(Campaign.id))))


def test_the_same_request_again_gets_the_same_answer_and_is_done_once(
    session: Session, cast: Cast, keyed: Keyed
) -> None:
    program, before = keyed(cast.coordinator), planned(session)
    first, again = (program.post("/campaigns", PLAN, once="plan-1") for _twice in range(2))
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert first.status_code == 201, first.text
    assert [each.headers.get("Idempotency-Replayed") for each in (first, again)] == [None, "true"]
    assert planned(session) == before + 1
    assert program.post("/campaigns", PLAN, once="plan-2").get_json() != first.get_json()
    assert planned(session) == before + 2


def test_another_body_under_the_same_key_is_refused(session: Session, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    assert program.post("/campaigns", PLAN, once="plan-1").status_code == 201
    before = planned(session)
    assert wrong(program.post("/campaigns", PLAN | {"title": "另一个"}, once="plan-1")) == {
        "Idempotency-Key": "key_reused"
    }
    assert planned(session) == before


def test_a_refusal_is_not_kept_so_that_what_was_mended_may_come_under_the_same_key(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    assert wrong(program.post("/campaigns", PLAN | {"title": ""}, once="plan-1")) == {"title": "missing"}
    assert program.post("/campaigns", PLAN, once="plan-1").status_code == 201


def test_a_key_is_the_holders_and_of_one_address(session: Session, cast: Cast, keyed: Keyed) -> None:
    mine, theirs = keyed(cast.coordinator), keyed(cast.reviewer)
    number = mine.post("/campaigns", PLAN, once="k").get_json()["number"]
    assert mine.post(f"/campaigns/{number}/submit", {"version": 1}, once="k").get_json()["code"] == "no_frame"
    assert theirs.post("/campaigns", PLAN, once="k").status_code == 403
    _key, secret = keys.rotate(session, session.get_one(Key, mine.key_id), by=cast.coordinator)
    session.commit()
    rotated = Program(theirs._client.application, secret)
    again = rotated.post("/campaigns", PLAN, once="k")
    assert (again.get_json()["number"], again.headers["Idempotency-Replayed"]) == (number, "true")


def test_a_second_call_while_the_first_runs_is_told_so(
    app: Flask, session: Session, cast: Cast, keyed: Keyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, before = keyed(cast.coordinator), planned(session)
    inside, go = threading.Event(), threading.Event()
    kept = idempotency.keep

    def keep_slowly(*args: Any) -> None:
        inside.set()
        assert go.wait(20)
        kept(*args)

    monkeypatch.setattr(idempotency, "keep", keep_slowly)
    answers: list[Any] = []
    asks = {"json": PLAN, "headers": program.headers | {"Idempotency-Key": "k"}}
    client = FlaskClient(app)  # without the session that the test holds
    slow = threading.Thread(target=lambda: answers.append(client.post(f"{BASE}/campaigns", **asks)))
    slow.start()
    assert inside.wait(20)
    second = program.post("/campaigns", PLAN, once="k")
    go.set()
    slow.join()
    assert (second.status_code, second.get_json()["code"]) == (409, "in_progress")
    assert answers[0].status_code == 201
    assert program.post("/campaigns", PLAN, once="k").get_json() == answers[0].get_json()
    assert planned(session) == before + 1


def test_a_claim_of_a_process_that_was_killed_is_taken_over_and_its_late_answer_is_undone(
    app: Flask, session: Session, cast: Cast, keyed: Keyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, before = keyed(cast.coordinator), planned(session)
    kept = idempotency.keep

    def overtaken(claim: Any, response: Any) -> None:  # the first comes back to life after the second has answered
        monkeypatch.setattr(idempotency, "keep", kept)
        session.rollback()
        cast.clock.advance(minutes=11)
        taken = idempotency.Claim(claim.id, clock.now())
        with db.engine.begin() as connection:
            mine = sa.update(Answered).where(Answered.id == claim.id)
            connection.execute(mine.values(began_at=taken.began_at))
        kept(claim, response)

    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer: it cannot be overtaken in the middle
        monkeypatch.setattr(idempotency, "keep", overtaken)
        assert program.post("/campaigns", PLAN, once="k").get_json()["code"] == "in_progress"
        assert planned(session) == before
    else:
        session.add(left_behind(session, program))
        session.commit()
    cast.clock.advance(minutes=11)
    assert program.post("/campaigns", PLAN, once="k").status_code == 201
    assert planned(session) == before + 1


def left_behind(session: Session, program: Program) -> Answered:
    body = program._client.application.json.dumps(PLAN).encode()
    return Answered(
        membership_id=session.get_one(Key, program.key_id).membership_id,
        route="POST /api/v1/campaigns",
        idempotency_key="k",
        body_sha256=hashlib.sha256(body).hexdigest(),
        began_at=clock.now(),
    )


@on_sqlite
def test_a_key_that_is_none_is_told_so(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    for key in ("x" * 201, "a\tb"):
        assert wrong(program.post("/campaigns", PLAN, once=key)) == {"Idempotency-Key": "bad_key"}


def test_answers_are_kept_for_thirty_days(session: Session, cast: Cast, keyed: Keyed) -> None:
    program, sessions = keyed(cast.coordinator), sessionmaker(session.get_bind())
    assert program.post("/campaigns", PLAN, once="k").status_code == 201
    session.commit()
    assert idempotency.forget_old_answers(sessions, clock.now() + timedelta(days=29)) == 0
    assert idempotency.forget_old_answers(sessions, clock.now() + timedelta(days=30, seconds=1)) == 1


@on_postgresql
def test_a_claim_that_cannot_be_given_up_is_no_bare_error(app: Flask, postgresql_server: Server) -> None:
    """The database went away before a refusal was answered: the claim stays, and can be taken after its time."""
    name = sa.make_url(app.config["SETTINGS"].database_url).database
    with app.test_request_context("/api/v1/tasks"):
        postgresql_server.say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            postgresql_server.say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            for _try in range(2):
                g.claim = idempotency.Claim(1, clock.now())
                assert idempotency.give_up_after_a_refusal(Response(status=503)).status_code == 503
        finally:
            postgresql_server.say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
