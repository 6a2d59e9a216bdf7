"""A stranger gets 404 on every address with an id, whether what it names is there or not."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from quality.pages.kinds import KINDS
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, give_password
from tests.harness.people import Cast, hire

pytestmark = on_sqlite
METHODS = ("GET", "POST")


def with_an_id(app: Flask, prefix: str) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if r.rule.startswith(prefix) and "number" in r.arguments]


def test_another_agency_gets_404_on_every_address_of_a_case(
    app: Flask, session: Session, cast: Cast, world: World, sign_in: Any
) -> None:
    stranger = hire(session, cast.below, Role.COORDINATOR)
    assert stranger.person
    give_password(session, stranger.person)
    session.commit()
    client = sign_in(stranger)
    asked = 0
    for rule in with_an_id(app, "/desk"):
        for kind in KINDS if "kind" in rule.arguments else ["campaign"]:
            values = {"kind": kind, "number": world[kind], "name": "approve", "part": 1}
            address = rule.rule.replace("<int:part>", "<part>")
            for name, value in values.items():
                address = address.replace(f"<{name}>", str(value))
            for method in sorted((rule.methods or set()) & set(METHODS)):
                answer = client.open(address, method=method, data={"version": "1"})
                assert answer.status_code == 404, f"{method} {address}: {answer.status_code}"
                asked += 1
    assert asked > len(KINDS)


def test_the_public_gets_404_for_what_is_not_there(app: Flask) -> None:
    client = app.test_client()
    rules = [r for p in ("/results", "/campaigns", "/draws") for r in with_an_id(app, p)]
    assert rules
    for rule in rules:
        address = rule.rule.replace("<number>", "R-YZ-2026-9999").replace("<int:edition>", "1")
        assert client.get(address).status_code == 404, address


def test_who_is_not_signed_in_is_sent_to_sign_in_and_learns_nothing(app: Flask, world: World) -> None:
    client = app.test_client()
    for kind in KINDS:
        there, missing = (client.get(f"/desk/{kind}/{number}") for number in (world[kind], "X-YZ-2026-9999"))
        assert there.status_code == missing.status_code == 302
        assert "/account/sign-in" in there.location
