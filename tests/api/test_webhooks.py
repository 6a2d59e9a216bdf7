"""A platform's program sets its endpoints by the API: the same as on the pages, by the same operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.api.models import Answered
from quality.core.clock import rfc3339
from quality.delivery.jobs import fall_back
from quality.delivery.models import Delivery
from quality.people import keys
from quality.people.actor import SYSTEM
from tests.api.conftest import Keyed
from tests.harness.api import Program, wrong
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.receiver import Receiver, receiver
from tests.harness.sending import Way

HOOKS = "/platform/webhooks"


@pytest.fixture
def system() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


@pytest.fixture
def way(app: Flask, session: Session, concluded: Concluded, system: Receiver) -> Way:
    way = Way.begin(session, concluded, app.config["SETTINGS"], system)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], webhook_allow_private=True)
    return way


@pytest.fixture
def desk(way: Way, keyed: Keyed) -> Program:
    return keyed(way.desk)


def added(desk: Program, way: Way) -> Any:
    return desk.post(HOOKS, {"url": way.system.url}).get_json()


def test_a_program_adds_tests_and_confirms_an_endpoint(desk: Program, way: Way) -> None:
    answer = desk.post(HOOKS, {"url": way.system.url})
    assert answer.status_code == 201
    hook = answer.get_json()
    assert hook["secret"].startswith("whsec_")
    [listed] = desk.get(HOOKS).get_json()["items"]
    assert (listed["id"], listed["confirmed_at"], "secret" in listed) == (hook["id"], None, False)

    test = desk.post(f"{HOOKS}/{hook['id']}/test")
    assert test.status_code == 202
    way.send()
    [taken] = way.system.taken
    assert taken.id == test.get_json()["message"]
    assert wrong(desk.post(f"{HOOKS}/{hook['id']}/confirm", {"code": "7F3K"})) == {"code": "wrong_code"}
    confirmed = desk.post(f"{HOOKS}/{hook['id']}/confirm", {"code": taken.said["data"]["code"]})
    assert confirmed.get_json()["confirmed_at"]


def test_who_says_the_code_before_we_wrote_down_that_it_arrived_has_read_it_all_the_same(
    desk: Program, way: Way
) -> None:
    hook = added(desk, way)
    desk.post(f"{HOOKS}/{hook['id']}/test")
    early = desk.post(f"{HOOKS}/{hook['id']}/confirm", {"code": "7F3K"})
    assert wrong(early) == {"code": "no_test"}
    way.send()
    way.session.execute(sa.update(Delivery).values(delivered_at=None))
    way.session.commit()

    code = way.system.taken[0].said["data"]["code"]

    assert desk.post(f"{HOOKS}/{hook['id']}/confirm", {"code": code}).get_json()["confirmed_at"]


def test_a_program_account_confirms_nothing(desk: Program, way: Way, app: Flask) -> None:
    hook = added(desk, way)
    desk.post(f"{HOOKS}/{hook['id']}/test")
    way.send()
    assert way.desk.organisation
    membership = keys.program_of(way.session, way.desk.organisation, way.desk.role, by=SYSTEM)
    _key, secret = keys.make(way.session, membership, name="接口", by=SYSTEM)
    way.session.commit()

    answer = Program(app, secret).post(
        f"{HOOKS}/{hook['id']}/confirm", {"code": way.system.taken[0].said["data"]["code"]}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (403, "person_only")


@on_sqlite
def test_what_the_webhook_says_is_what_the_api_says(desk: Program, way: Way) -> None:
    added(desk, way)
    notice = way.told()
    way.send()
    data = way.system.of("notice.issued")[0].said["data"]

    told = desk.get(data["address"].partition("/api/v1")[2]).get_json()

    assert told["number"] == notice.number
    for name in ("number", "version", "status", "due_at", "issued_at", "address", "items"):
        assert data[name] == told[name], name


def test_a_secret_is_told_again_to_whom_its_answer_was_lost_and_is_kept_in_no_clear(desk: Program, way: Way) -> None:
    first = desk.post(HOOKS, {"url": way.system.url}, once="add-1").get_json()
    again = desk.post(HOOKS, {"url": way.system.url}, once="add-1").get_json()
    assert again == first
    [kept] = way.session.scalars(sa.select(Answered.answer))
    assert kept
    assert first["secret"] not in kept
    rotated = desk.post(f"{HOOKS}/{first['id']}/rotate", {"version": first["version"]}).get_json()
    assert rotated["secret"] != first["secret"]
    assert rotated["old_secret_until"]
    assert desk.post(f"{HOOKS}/{first['id']}/rotate").get_json()["code"] == "rotating"


@on_sqlite
def test_addresses_that_will_not_do_are_refused(desk: Program) -> None:
    for url, code in (("", "bad_address"), ("ftp://x/", "bad_address"), ("https://169.254.169.254/", "not_public")):
        assert wrong(desk.post(HOOKS, {"url": url})) == {"url": code}
    assert wrong(desk.post(HOOKS, {})) == {"url": "missing"}


def test_an_endpoint_is_stopped_started_and_removed(desk: Program, way: Way) -> None:
    first, second = added(desk, way), desk.post(HOOKS, {"url": f"{way.system.url}/2"}).get_json()
    assert desk.post(f"{HOOKS}/{first['id']}/stop").get_json()["stopped_why"] == "by_person"
    assert desk.post(f"{HOOKS}/{first['id']}/stop").get_json()["code"] == "stopped"
    assert desk.post(f"{HOOKS}/{first['id']}/start").get_json()["stopped_at"] is None
    assert desk.open("DELETE", f"{HOOKS}/{first['id']}").status_code == 200
    assert desk.open("DELETE", f"{HOOKS}?id={second['id']}").status_code == 200
    assert desk.open("DELETE", f"{HOOKS}?id={second['id']}").status_code == 404
    assert wrong(desk.open("DELETE", HOOKS)) == {"id": "missing"}
    assert desk.get(HOOKS).get_json() == {"items": [], "next": None}


def test_what_was_sent_is_read_and_sent_again(desk: Program, way: Way, keyed: Keyed) -> None:
    before = rfc3339(way.cast.clock.now())
    notice = way.told()
    way.cast.clock.advance(minutes=1)
    hook = added(desk, way)
    here = f"{HOOKS}/{hook['id']}"
    assert desk.post(f"{here}/recover", {"since": before}).get_json() == {"messages": 1}
    way.send()
    [line] = desk.get(f"{here}/messages").get_json()["items"]
    assert (line["number"], line["state"], line["attempts"][0]["status"]) == (notice.number, "taken", 204)
    assert desk.post(f"{here}/messages/{line['id']}/resend").status_code == 202
    way.send()
    assert way.system.ids()[line["id"]] == 2
    page = desk.get(f"{here}/messages?limit=1").get_json()
    assert (len(page["items"]), page["next"]) == (1, None)
    assert wrong(desk.get(f"{here}/messages?cursor=x")) == {"cursor": "bad_cursor"}
    for reader in (desk, keyed(way.cast.coordinator)):
        [seen] = reader.get(f"/notices/{notice.number}/messages").get_json()["items"]
        assert (seen["id"], seen["to"]) == (line["id"], way.system.url)


def test_an_endpoint_of_others_is_not_there(desk: Program, way: Way, keyed: Keyed) -> None:
    hook = added(desk, way)
    for program in (keyed(way.stranger), keyed(way.cast.coordinator)):
        assert program.get(f"{HOOKS}/{hook['id']}").status_code == 404
        assert program.post(f"{HOOKS}/{hook['id']}/test").status_code == 404
    assert keyed(way.stranger).get(HOOKS).get_json()["items"] == []
    assert keyed(way.cast.coordinator).get(HOOKS).status_code == 403


@on_sqlite
def test_a_program_says_how_its_platform_is_reached_without_proof(desk: Program, way: Way, keyed: Keyed) -> None:
    here = "/platform/reach"
    assert desk.get(here).json == {"order": ["webhook", "email", "letter"], "recipient": "", "address": ""}
    wanted = {"order": ["email", "webhook", "letter"], "recipient": "法务部", "address": "云州市云山路1号"}
    assert desk.open("PUT", here, json=wanted).json == wanted
    assert desk.get(here).json == wanted
    refused = desk.open("PUT", here, json=wanted | {"order": ["letter", "email", "webhook"]})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "order")

    notice = way.told()
    way.cast.clock.advance(days=4)
    way.tell(fall_back)
    told: Any = keyed(way.cast.coordinator).get(f"/notices/{notice.number}").get_json()
    passed_over = [{"way": "email", "why": "no_mailbox"}, {"way": "webhook", "why": "no_endpoint"}]
    assert told["unproven_by"] == "letter"
    assert [(each["way"], each["asked_in"], each["passed_over"]) for each in told["ways"]] == [
        ("letter", 0, passed_over)
    ]
