"""The tour and the sign-ins of the demonstration: there while it is loaded, and nothing of them anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy.orm import sessionmaker

from quality.core import clock as time
from quality.core.db import db
from quality.core.workflow import record
from quality.demonstration.clearing import clear
from quality.demonstration.people import PLAYERS
from quality.demonstration.sign_ins import opens
from quality.people.actor import SYSTEM
from quality.people.models import Authenticator, Membership, Person
from quality.tour.places import STEPS, places
from quality.tour.views import everybody
from quality.web import settings
from tests.harness.apps import made, running
from tests.harness.databases import on_sqlite, settings_for
from tests.harness.demonstration import DEMO_PASSWORD, bring_demonstration

ANOTHER = "another long password 26"


@pytest.fixture
def demonstrated(
    loaded_demonstration: Path, tmp_path: Path, compiled_templates: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    monkeypatch.setenv("DEMO_PASSWORD", DEMO_PASSWORD)
    address = bring_demonstration(loaded_demonstration, tmp_path)
    with running(made(settings_for(address, tmp_path), compiled_templates)) as app:
        yield app


@pytest.fixture
def newcomer(demonstrated: Flask) -> FlaskClient:
    return demonstrated.test_client()


def come_in(client: FlaskClient, player: str, next: str = "", password: str = DEMO_PASSWORD) -> Any:
    sent = {"email": f"{player}@demo.example", "password": password, "next": next}
    return client.post(f"/account/tour/{player}?lang=en", data=sent)


def account(player: str) -> Person:
    return db.session.scalars(sa.select(Person).where(Person.email == f"{player}@demo.example")).one()


@on_sqlite
def test_where_no_demonstration_is_loaded_nothing_of_it_is_shown(client: FlaskClient) -> None:
    tour, sign_in = client.get("/tour?lang=en").text, client.get("/account/sign-in?lang=en").text

    assert "make run" in tour
    assert "/account/tour" not in tour
    assert "demonstration" not in sign_in
    for answer in (client.get("/account/tour/buyer"), come_in(client, "buyer")):
        assert answer.status_code == 404


def test_once_it_is_cleared_away_nothing_of_it_is_shown_and_no_door_is_left(newcomer: FlaskClient) -> None:
    assert "demonstration" in newcomer.get("/account/sign-in?lang=en").text
    db.session.rollback()

    clear(sessionmaker(db.engine), settings())

    assert "demonstration" not in newcomer.get("/account/sign-in?lang=en").text
    assert "/account/tour" not in newcomer.get("/tour?lang=en").text
    for answer in (newcomer.get("/account/tour/buyer"), come_in(newcomer, "buyer")):
        assert answer.status_code == 404


def test_the_sign_in_page_shows_each_account_with_a_form_that_opens_it(newcomer: FlaskClient) -> None:
    page = newcomer.get("/account/sign-in?lang=en&next=/desk/notice/").text

    assert page.count('name="password" value="') == len(PLAYERS)
    for player in PLAYERS:
        assert player.email in page
        sent = {"email": player.email, "password": DEMO_PASSWORD, "next": "/desk/"}
        assert newcomer.post("/account/sign-in", data=sent).location == "/desk/"
        newcomer.post("/account/sign-out")
    known = opens.cache_info().misses
    newcomer.get("/account/sign-in")
    assert opens.cache_info().misses == known, "a look verifies no password"


def test_an_account_that_the_known_password_does_not_open_is_shown_as_such(newcomer: FlaskClient) -> None:
    buyer, analyst = account("buyer"), account("analyst")
    record(db.session(), buyer, "choose_password", by=SYSTEM, facts={"password": hash_password(ANOTHER)})
    db.session.add(Authenticator(person_id=analyst.id, secret="x", last_counter=0, confirmed_at=time.now()))
    platform = sa.select(Membership.id).where(Membership.person_id == account("platform").id)
    db.session.execute(sa.update(Membership).where(Membership.id.in_(platform)).values(ended_at=time.now()))

    page = newcomer.get("/account/sign-in?lang=en").text

    assert page.count('name="password" value="') == len(PLAYERS) - 2
    assert page.count("The password was changed, or is not known here") == 1
    assert page.count("Asks for a code: the second step is on") == 1
    assert "platform@demo.example" not in page
    assert "Sign in with another password" in newcomer.get("/account/tour/buyer?lang=en").text
    assert newcomer.get("/account/tour/platform").status_code == 404
    assert come_in(newcomer, "analyst").location.startswith("/account/code")


def test_each_page_that_the_tour_names_opens_for_whom_it_names(demonstrated: Flask) -> None:
    with demonstrated.test_request_context("/tour"):
        shown = places(db.session(), everybody())

    assert list(shown) == list(STEPS)
    for step, there in shown.items():
        assert any(place.number for place in there), step
        for place in there:
            client = demonstrated.test_client()
            if place.who:
                assert unquote(come_in(client, place.who.player, place.address).location) == place.address
            assert client.get(place.address).status_code == 200, place
    roles = [place.who.actor.role for there in shown.values() for place in there[:1] if place.who]
    assert len(set(roles)) == 6, "one a role; the seventh step is everybody's"


def test_where_no_such_case_is_left_the_tour_leads_to_the_list(newcomer: FlaskClient) -> None:
    db.session.execute(sa.text("UPDATE report SET status = 'withdrawn'"))
    db.session.execute(sa.text("DELETE FROM result_entry"))

    page = newcomer.get("/tour?lang=en").text

    assert "/desk/report/&" in page
    assert "/results/R-" not in page


def test_the_tour_is_a_public_page_that_tells_no_password(newcomer: FlaskClient) -> None:
    answer = newcomer.get("/tour")

    assert DEMO_PASSWORD not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, no-cache"
    again = newcomer.get("/tour", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert DEMO_PASSWORD in newcomer.get("/account/tour/buyer").text
    assert "no-store" in newcomer.get("/account/tour/buyer").headers["Cache-Control"]


def test_whoever_changes_places_leaves_the_one_before(newcomer: FlaskClient) -> None:
    come_in(newcomer, "buyer")
    asked = newcomer.get("/account/tour/analyst?lang=en&next=/desk/portion/").text
    assert f"You are {account('buyer').name} now, and will be signed out." in asked

    assert come_in(newcomer, "analyst", "/desk/portion/").location == "/desk/portion/"

    page = newcomer.get("/desk/portion/").text
    assert f"You are {account('analyst').name} now." in page
    assert newcomer.get("/desk/task/").status_code == 404
    assert newcomer.get("/account/tour/analyst?next=/desk/report/").location == "/desk/report/"
    assert newcomer.get("/account/tour/analyst?next=https://elsewhere.example/").location == "/desk/"


def test_nobody_comes_in_by_it_without_the_password(newcomer: FlaskClient) -> None:
    assert come_in(newcomer, "buyer", password="a guess that is long").status_code == 422
    assert newcomer.get("/desk/").status_code == 302

    come_in(newcomer, "buyer")
    answer = come_in(newcomer, "analyst", password="a guess that is long")
    assert answer.location == "/account/tour/analyst?lang=en"
    assert newcomer.get("/desk/").location.startswith("/account/sign-in")
