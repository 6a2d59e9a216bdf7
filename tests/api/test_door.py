"""Who is let in, in which order one is refused, and that a refusal says what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality import create_app
from quality.core.config import Settings
from quality.core.db import db
from quality.people import keys
from quality.people.models import Key, Membership
from quality.permissions import Can
from tests.api.conftest import Keyed
from tests.harness.api import BASE, Program, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, sign_in
from tests.harness.people import Cast, membership_of

PROBLEM = "application/problem+json"


def refused(app: Flask, headers: dict[str, str] | None = None) -> tuple[int, str]:
    answer = app.test_client().get(f"{BASE}/campaigns", headers=headers)
    assert answer.content_type == PROBLEM
    return answer.status_code, answer.get_json()["code"]


@on_sqlite
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "unauthorized"),
        ("Basic dXNlcjpwYXNz", "unauthorized"),
        ("Bearer", "unauthorized"),
        ("Bearer  ", "unauthorized"),
        ("Bearer mck_nobody", "bad_key"),
        ("Bearer 明察", "bad_key"),
        ("Bearer " + "x" * 5000, "bad_key"),
    ],
)
def test_nothing_but_a_key_opens_the_door(app: Flask, authorization: str, code: str) -> None:
    answer = app.test_client().get(
        f"{BASE}/campaigns", headers={"Authorization": authorization.encode().decode("latin-1")}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@on_sqlite
def test_a_session_opens_nothing_here(app: Flask, cast: Cast, world: World) -> None:
    client = sign_in(app, cast.coordinator)
    assert client.get("/desk/").status_code == 200
    assert client.get(f"{BASE}/campaigns").status_code == 401


def test_an_expired_and_a_revoked_key_open_nothing_from_that_moment_on(
    app: Flask, session: Session, cast: Cast, keyed: Keyed
) -> None:
    short, long = keyed(cast.coordinator, days=1), keyed(cast.coordinator)
    assert (short.get("/campaigns").status_code, long.get("/campaigns").status_code) == (200, 200)
    cast.clock.advance(days=1)
    assert refused(app, short.headers) == (401, "bad_key")
    assert long.get("/campaigns").status_code == 200
    keys.revoke(session, session.get_one(Key, long.key_id), by=cast.coordinator)
    session.commit()
    assert refused(app, long.headers) == (401, "bad_key")


def test_both_keys_open_while_one_takes_over_from_the_other(
    app: Flask, session: Session, cast: Cast, keyed: Keyed
) -> None:
    old = keyed(cast.coordinator)
    _key, secret = keys.rotate(session, session.get_one(Key, old.key_id), by=cast.coordinator)
    session.commit()
    new = Program(app, secret)
    assert [each.get("/campaigns").status_code for each in (old, new)] == [200, 200]
    cast.clock.advance(days=1, minutes=1)
    assert [each.get("/campaigns").status_code for each in (old, new)] == [401, 200]


def test_who_does_not_work_there_any_more_has_no_program_left(session: Session, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    membership: Membership = membership_of(cast.coordinator)
    membership.ended_at = cast.clock.now()
    session.commit()
    assert program.get("/campaigns").status_code == 401


def test_the_last_use_of_a_key_can_be_seen(session: Session, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    assert session.get_one(Key, program.key_id).last_used_at is None
    program.get("/campaigns")
    session.expire_all()
    assert session.get_one(Key, program.key_id).last_used_at == cast.clock.now()


def test_what_is_not_there_is_not_found_before_anything_is_said_of_what_was_sent(
    cast: Cast, world: World, keyed: Keyed
) -> None:
    stranger, reader, reviewer = keyed(cast.desk), keyed(cast.coordinator), keyed(cast.reviewer)
    address = f"/findings/{world['finding']}/confirm"
    assert stranger.post(address, "no object").status_code == 404  # no business with findings
    assert reader.post("/findings/F-YZ-2026-9999/confirm").status_code == 404
    assert reader.post(address, "no object").status_code == 403
    assert wrong(reviewer.post(address)) == {"version": "missing"}


@on_sqlite
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"version": 1, "notes": "x"}, {"notes": "unknown_field"}),
        ({"version": "1"}, {"version": "wrong_type"}),
        ({"version": 1.5}, {"version": "wrong_type"}),
        ({"version": True}, {"version": "wrong_type"}),
        ({"version": 0}, {"version": "too_small"}),
        ({"version": 2**70}, {"version": "too_large"}),
        ({"version": 1, "note": 5}, {"note": "wrong_type"}),
        ({"version": 1, "note": "a\0b"}, {"note": "bad_sign"}),
        ({"version": 1, "note": "\ud800"}, {"note": "bad_sign"}),
        ({"version": 1, "note": "长" * 20_001}, {"note": "too_long"}),
        ({"note": 1, "more": []}, {"version": "missing", "note": "wrong_type", "more": "unknown_field"}),
        ([], {"body": "wrong_type"}),
        ("text", {"body": "wrong_type"}),
        (None, {"body": "wrong_type"}),
    ],
)
def test_everything_wrong_with_a_body_is_named_at_its_field(
    cast: Cast, world: World, keyed: Keyed, body: Any, named: dict[str, str]
) -> None:
    address = f"/findings/{world['finding']}/confirm"
    answer = keyed(cast.reviewer).open("POST", address, data=json.dumps(body), content_type="application/json")
    assert wrong(answer) == named
    assert all(each["reason"] for each in answer.get_json()["errors"])


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'version': 1}",
        b'{"version": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_told_so(cast: Cast, world: World, keyed: Keyed, body: bytes) -> None:
    address = f"/findings/{world['finding']}/confirm"
    answer = keyed(cast.reviewer).open("POST", address, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "not_json")


@on_sqlite
def test_another_type_of_body_and_too_large_a_one_are_told_so(cast: Cast, world: World, keyed: Keyed) -> None:
    address, program = f"/findings/{world['finding']}/confirm", keyed(cast.reviewer)
    assert program.open("POST", address, data={"version": "1"}).status_code == 415
    large = program.open("POST", address, data=b" " * (100 * 1024 * 1024), content_type="application/json")
    assert (large.status_code, large.content_type) == (413, PROBLEM)


@on_sqlite
def test_an_address_that_is_none_and_a_method_that_is_none_answer_as_problems(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    for answer, status in ((program.get("/nothing"), 404), (program.open("DELETE", "/campaigns"), 405)):
        assert (answer.status_code, answer.content_type) == (status, PROBLEM)


@on_sqlite
def test_the_sentences_are_in_the_language_that_was_asked_for_and_the_codes_never(
    cast: Cast, world: World, keyed: Keyed
) -> None:
    program = keyed(cast.coordinator)
    address = f"/findings/{world['finding']}/confirm"
    english = program.post(address).get_json()
    chinese = program.open("POST", address, json={}, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).get_json()
    plain = {name: value for name, value in program.headers.items() if name != "Accept-Language"}
    program.headers = plain
    assert program.post(address).get_json()["detail"] == chinese["detail"] != english["detail"]
    assert chinese["code"] == english["code"]


def test_who_asks_too_often_is_told_how_long_to_wait(
    settings: Settings, app: Flask, session: Session, cast: Cast, keyed: Keyed
) -> None:
    strict = create_app(replace(settings, api_per_minute=3), TESTING=True)
    hasty, other = (Program(strict, keyed(each).secret) for each in (cast.coordinator, cast.reviewer))
    answers = [hasty.get("/campaigns") for _four in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert {each.headers["RateLimit-Policy"] for each in answers} == {'"key";q=3;w=60'}
    assert [each.headers["RateLimit"].partition(";t=")[0] for each in answers] == [
        '"key";r=2', '"key";r=1', '"key";r=0', '"key";r=0',
    ]  # fmt: skip
    assert answers[-1].content_type == PROBLEM
    assert other.get("/campaigns").status_code == 200
    with strict.app_context():
        db.engine.dispose()


def test_who_tries_many_keys_is_shut_out_and_who_has_one_is_not(app: Flask, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    found = [refused(app, {"Authorization": f"Bearer mck_{n}"})[0] for n in range(32)]
    assert found == [401] * 30 + [429] * 2
    assert program.get("/campaigns").status_code == 200


def test_a_key_does_what_it_was_given_for_and_nothing_else(cast: Cast, world: World, keyed: Keyed) -> None:
    program = keyed(cast.reviewer, scope=[Can.FINDING_READ])
    found = program.get(f"/findings/{world['finding']}")
    assert (found.status_code, found.get_json()["moves"]) == (200, [])
    assert program.post(f"/findings/{world['finding']}/confirm", {"version": 1}).status_code == 403
    assert program.get("/campaigns").status_code == 404


@on_sqlite
def test_nothing_of_an_answer_may_be_kept_on_the_way(cast: Cast, keyed: Keyed) -> None:
    answer = keyed(cast.coordinator).get("/campaigns")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
