"""Every route, for every role: what the permission tables say is what the program answers, and never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule

from quality.pages.kinds import KINDS, Kind
from quality.people.access import ACCESS, ACTING, AT_THE_DOOR, PUBLIC, SIGNED_IN, named
from quality.people.actor import Actor
from quality.permissions import Can, Role
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, give_password, sign_in
from tests.harness.people import Cast, hire

pytestmark = on_sqlite
ANSWERS = {200, 302, 303, 404, 409, 410, 422, 429}  # to who may; 403 is for who may not
FOREIGN = ("security.", "bootstrap.", "static")  # of libraries: Flask-Security guards its own
NOBODY = "X-YZ-2026-9999"


@pytest.fixture
def crew(app: Flask, session: Session, cast: Cast, world: World) -> dict[str, tuple[Actor, Any]]:
    """Everybody who works here, and a coordinator of an agency that has nothing to do with these cases."""
    people = {
        "coordinator": cast.coordinator,
        "reviewer": cast.reviewer,
        "buyer": cast.buyer,
        "analyst": cast.analyst,
        "signatory": cast.signatory,
        "platform": cast.desk,
        "admin": hire(session, cast.agency, Role.ADMIN),
        "stranger": hire(session, cast.below, Role.COORDINATOR),
    }
    for actor in people.values():
        assert actor.person
        if actor.person.password is None:
            give_password(session, actor.person)
    session.commit()
    return {name: (actor, sign_in(app, actor)) for name, actor in people.items()}


def own_rules(app: Flask) -> Iterator[tuple[Rule, Can | str]]:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(FOREIGN):
            yield rule, ACCESS[named(app.view_functions[rule.endpoint])]


def addresses(app: Flask, rule: Rule, world: World) -> Iterator[str]:
    """The rule with everything filled in that the world has."""
    kinds = list(KINDS) if "kind" in rule.arguments else [next((k for k in KINDS if f"/{k}/" in rule.rule), "result")]
    for kind in kinds:
        values = {"kind": kind, "number": world.get(kind, NOBODY), "name": "evidence", "code": "7F3K-92QD-4B8M"}
        with app.test_request_context():
            adapter = app.url_map.bind("localhost")
            [method, *_others] = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            wanted = {name: one_of(rule, name, values) for name in rule.arguments}
            yield adapter.build(rule.endpoint, wanted, method=method)


def one_of(rule: Rule, name: str, values: dict[str, str]) -> Any:
    """What the world has under this name, the first of a choice, or 1."""
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return values.get(name, 1)


def test_every_route_answers_every_role_as_the_table_says(app: Flask, world: World, crew: Any) -> None:
    """But for those of the own account, some of which sign out: tests/pages/test_account.py walks them."""
    asked = 0
    for rule, access in own_rules(app):
        if rule.rule.startswith("/account"):
            continue
        for address in set(addresses(app, rule, world)):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                for name, (actor, client) in crew.items():
                    answer = client.open(address, method=method, data={"version": "0"})
                    where = f"{name} {method} {address}: {answer.status_code}"
                    assert answer.status_code in ANSWERS | {403}, where
                    if isinstance(access, Can) and not rule.arguments and not actor.can(access):
                        assert answer.status_code == 403, where
                    if answer.status_code == 403 and isinstance(access, Can) and not rule.arguments:
                        assert not actor.can(access), where
                    asked += 1
    assert asked > 500


def test_who_is_not_signed_in_is_sent_to_the_door_and_nowhere_else(app: Flask, world: World) -> None:
    client = app.test_client()
    for rule, access in own_rules(app):
        for address in set(addresses(app, rule, world)):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = client.open(address, method=method, data={"version": "0"})
                where = f"{method} {address}: {answer.status_code} {answer.location}"
                if access in {PUBLIC, AT_THE_DOOR}:
                    assert answer.status_code in ANSWERS | {503}, where
                else:
                    assert access in {SIGNED_IN, ACTING} or isinstance(access, Can)
                    assert answer.status_code == (302 if method == "GET" else 401), where
                    assert "/account/sign-in" in (answer.location or answer.text), where


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_move_of_every_case_is_refused_as_the_tables_say(
    session: Session, world: World, crew: Any, kind: str
) -> None:
    """Sent with an old version, so that nothing is recorded: who may is told what changed, or what is missing."""
    about: Kind = KINDS[kind]
    for name, (actor, client) in crew.items():
        visible = actor.can(about.read) and is_visible(session, about, actor, world[kind])
        for move in about.life.transitions:
            answer = client.post(f"/desk/{kind}/{world[kind]}/{move.name}", data={"version": "0"})
            where = f"{name} {move.name} {kind}: {answer.status_code}"
            if not visible:
                assert answer.status_code == 404, where
            elif not actor.can(move.by) or not (move.name in about.sheets or move.name in about.makes):
                assert answer.status_code == 403, where
            else:
                assert answer.status_code in {403, 409, 422}, where


def is_visible(session: Session, about: Kind, actor: Actor, number: str) -> bool:
    from quality.core.errors import NotFound

    try:
        about.one_visible(session, actor, number)
    except NotFound:
        return False
    return True
