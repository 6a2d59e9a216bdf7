"""Who is not signed in learns of nothing whether it is there. For everybody else see tests/gates/test_routes.py."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from quality.pages.kinds import KINDS
from tests.harness.databases import on_sqlite
from tests.harness.desk import World

pytestmark = on_sqlite


def with_an_id(app: Flask, prefix: str) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if r.rule.startswith(prefix) and "number" in r.arguments]


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
