"""Signing in and out, who may not, and as what one works."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality import create_app
from quality.core import clock as time
from quality.core.config import Settings
from quality.core.db import db
from quality.core.events import Event
from quality.core.workflow import record
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Person
from quality.people.operations import invite_person
from quality.people.security import invitation_link
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import Cast, membership_of

pytestmark = on_sqlite
ANOTHER = "another long password 26"


@pytest.fixture
def coordinator(session: Session, cast: Cast) -> Actor:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return cast.coordinator


def enter(client, actor: Actor, password: str = PASSWORD, **more: str):
    assert actor.person
    return client.post("/account/sign-in?lang=en", data={"email": actor.person.email, "password": password} | more)


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(client, coordinator) -> None:
    sent = client.get("/desk/campaign/?before=7")
    assert sent.status_code == 302
    assert sent.location == "/account/sign-in?next=/desk/campaign/?before%3D7"

    back = client.post(sent.location, data={"email": coordinator.person.email, "password": PASSWORD})
    assert back.location.endswith("/desk/campaign/?before=7")


def test_nobody_is_sent_to_another_site(client, coordinator) -> None:
    answer = client.post(
        "/account/sign-in?next=https://evil.example/", data={"email": coordinator.person.email, "password": PASSWORD}
    )
    assert "evil.example" not in (answer.location or "")


def test_a_program_without_a_session_gets_401_and_no_redirect(client) -> None:
    answer = client.get("/desk/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("email", ["coordinator", "nobody@yz.example"])
def test_a_wrong_address_and_a_wrong_password_say_the_same(client, coordinator, email: str) -> None:
    address = coordinator.person.email if email == "coordinator" else email
    answer = client.post("/account/sign-in?lang=en", data={"email": address, "password": "wrong wrong wrong"})

    assert answer.status_code == 422
    assert re.findall(r'<a href="#(\w+)">([^<]+)</a></li>', answer.text) == [
        ("password", "E-mail address or password is not right; try again")
    ]


def test_an_empty_form_names_each_field(client) -> None:
    answer = client.post("/account/sign-in?lang=en", data={"email": "", "password": ""})

    assert answer.status_code == 422
    assert "Enter your e-mail address" in answer.text
    assert "Enter your password" in answer.text


def test_a_suspended_person_cannot_sign_in_and_is_signed_out(app: Flask, session: Session, coordinator) -> None:
    inside, outside = app.test_client(), app.test_client()
    assert enter(inside, coordinator).status_code == 302
    record(session, coordinator.person, "suspend", by=SYSTEM, facts={"active": False})

    assert inside.get("/desk/").status_code == 302
    assert enter(outside, coordinator).status_code == 422


def test_an_ended_membership_opens_nothing(client, session: Session, coordinator) -> None:
    assert enter(client, coordinator).status_code == 302
    membership_of(coordinator).ended_at = time.now()
    session.commit()

    assert client.get("/desk/").location == "/account/membership"
    assert "You work nowhere at present" in client.get("/account/membership").text


def test_who_works_as_two_things_chooses_one(client, session: Session, cast: Cast, coordinator) -> None:
    invite_person(session, email=coordinator.person.email, organisation=cast.agency, role=Role.REVIEWER, by=SYSTEM)
    session.commit()
    enter(client, coordinator)
    assert client.get("/desk/").location == "/account/membership"

    page = client.get("/account/membership").text
    asked = re.findall(r'name="membership" value="(\d+)"', page)
    assert len(asked) == 2
    assert client.post("/account/membership", data={"membership": asked[1]}).status_code == 302
    assert "Reviewer" in client.get("/desk/").text
    assert "Work as something else" in client.get("/desk/").text


def test_nobody_chooses_what_is_not_theirs(client, cast: Cast, coordinator) -> None:
    enter(client, coordinator)
    answer = client.post("/account/membership", data={"membership": membership_of(cast.reviewer).id})
    assert answer.status_code == 404


def test_signing_out_ends_the_session(client, coordinator) -> None:
    enter(client, coordinator)
    assert client.get("/desk/").status_code == 200

    assert client.post("/account/sign-out").location == "/"
    assert client.get("/desk/").status_code == 302


def test_an_invitation_lets_a_password_be_chosen_once(client, session: Session, cast: Cast) -> None:
    """And what was chosen is a deed of that person, in the record."""
    person = cast.reviewer.person
    assert person
    link = invitation_link(person)
    assert link.startswith("http://127.0.0.1:8000/account/password/")
    path = link.removeprefix("http://127.0.0.1:8000")
    assert client.get(path).status_code == 200

    wrong = client.post(path + "?lang=en", data={"password": "short", "password_confirm": "short"})
    assert "Use at least 12 characters" in wrong.text
    differs = client.post(path, data={"password": ANOTHER, "password_confirm": ANOTHER + "!"})
    assert "The two passwords differ" in differs.text

    chosen = client.post(path, data={"password": ANOTHER, "password_confirm": ANOTHER})
    assert chosen.location == "/account/sign-in"
    assert client.get(path).location == "/account/password"
    assert enter(client, cast.reviewer, ANOTHER).status_code == 302
    last = session.scalars(
        sa.select(Event).where(Event.subject_type == "person", Event.subject_id == person.id).order_by(Event.seq.desc())
    ).first()
    assert last
    assert (last.action, last.actor) == ("choose_password", f"person:{person.id}")


def test_an_invitation_that_was_tampered_with_opens_nothing(client, cast: Cast) -> None:
    assert client.get(f"/account/password/{secrets.token_urlsafe()}").location == "/account/password"
    page = client.get("/account/password?lang=en").text
    assert "Ask the administrator of your organisation" in page


def test_asking_for_a_new_password_says_whom_to_ask_and_sends_nothing(client, coordinator) -> None:
    page = client.post("/account/password?lang=en", data={"email": coordinator.person.email}).text
    assert "Ask the administrator of your organisation for a new link" in page


def test_a_form_without_our_token_does_nothing(settings: Settings, session: Session, coordinator) -> None:
    app = create_app(settings, TESTING=True)
    client = app.test_client()
    answer = client.post("/account/sign-in", data={"email": coordinator.person.email, "password": PASSWORD})
    with app.app_context():
        db.engine.dispose()

    assert answer.status_code == 400


@pytest.mark.parametrize(("address", "secure"), [("http://127.0.0.1:8000", False), ("https://mingcha.example", True)])
def test_the_session_cookie_is_for_the_server_only(settings, coordinator, address: str, secure: bool) -> None:
    app = create_app(replace(settings, public_url=address), TESTING=True, WTF_CSRF_ENABLED=False)
    cookie = enter(app.test_client(), coordinator).headers["Set-Cookie"]
    with app.app_context():
        db.engine.dispose()

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure


def test_language_and_look_stay_as_they_were_chosen(client, coordinator) -> None:
    enter(client, coordinator)
    assert 'lang="en"' in client.get("/desk/?lang=en").text
    assert 'data-bs-theme="dark"' in client.get("/desk/?theme=dark").text
    page = client.get("/desk/").text
    assert '<html lang="en" data-bs-theme="dark">' in page
    assert '<html lang="zh-CN">' in client.get("/desk/?lang=zh&theme=system").text


def test_what_is_behind_the_sign_in_is_kept_by_nobody_on_the_way(client, coordinator) -> None:
    enter(client, coordinator)
    assert client.get("/desk/").headers["Cache-Control"] == "private, no-store"


def test_an_account_of_flask_security_is_a_view_of_the_person(app: Flask, session: Session, coordinator) -> None:
    from quality.people.accounts import Account
    from quality.people.security import Accounts

    person = session.get_one(Person, coordinator.id)
    with app.test_request_context("/desk/"):
        found = Accounts().find_user(case_insensitive=True, email=person.email.upper())
        assert found == Account(person)
        assert hash(found) == hash(Account(person))
        assert Accounts().find_user(email="nobody@yz.example") is None
