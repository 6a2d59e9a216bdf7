"""The own account: name and look, password, second step, and the browsers that are signed in."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import db
from quality.core.events import Event
from quality.people.actor import Actor
from quality.people.jobs import forget_old_sittings
from quality.people.models import Person, Sitting
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import Cast
from tests.pages.conftest import SignIn
from tests.people.test_second_step import code_at

pytestmark = on_sqlite
ANOTHER = "another long password 26"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0"


@pytest.fixture
def analyst(session: Session, cast: Cast) -> Actor:
    assert cast.analyst.person
    give_password(session, cast.analyst.person, "秦若川")
    session.commit()
    return cast.analyst


@pytest.fixture
def mine(analyst: Actor, sign_in: SignIn) -> Any:
    return sign_in(analyst)


def name_and_look(client: Any, **typed: str) -> Any:
    version = re.findall(r'name="version" value="(\d+)"', client.get("/account/").text)[0]
    given = {"name": "秦若川", "language": "en", "theme": "system", "version": version}
    return client.post("/account/", data=given | typed)


def set_up(client: Any, clock: HeldClock) -> tuple[str, list[str]]:
    """The second step, from the first page to the recovery codes."""
    client.post("/account/second-step/begin")
    page = client.get("/account/second-step").text
    key = re.findall(r'text-break">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    answer = client.post("/account/second-step", data={"code": code_at(key, clock.moment)})
    return key, re.findall(r'mc-no">((?:\w{4}-){3}\w{4})<', answer.text)


def enter(client: Any, actor: Actor, **more: str) -> Any:
    return client.post("/account/sign-in?lang=en", data={"email": actor.person.email, "password": PASSWORD} | more)


def actions(session: Session, actor: Actor) -> list[str]:
    asked = sa.select(Event).filter_by(subject_type="person", subject_id=actor.id).order_by(Event.seq)
    return [event.action for event in session.scalars(asked)]


# --- name and look ---


def test_language_and_look_go_with_the_person(app: Flask, mine, analyst, session: Session) -> None:
    assert name_and_look(mine, language="en", theme="dark").status_code == 302
    elsewhere = app.test_client()
    elsewhere.post("/account/sign-in", data={"email": analyst.person.email, "password": PASSWORD})
    assert '<html lang="en" data-bs-theme="dark">' in elsewhere.get("/account/").text
    assert '<html lang="zh-CN" data-bs-theme="light">' in elsewhere.get("/account/?lang=zh&theme=light").text
    assert '<html lang="en">' in elsewhere.get("/account/?lang=en&theme=system").text
    assert actions(session, analyst)[-1] == "keep_preferences"


def test_light_and_dark_are_chosen_in_the_menu_and_kept(app: Flask, mine, analyst, session: Session) -> None:
    mine.get("/desk/?theme=light")
    answer = mine.post("/account/look", data={"theme": "dark", "next": "/desk/portion/?status=at_lab"})
    assert answer.location == "/desk/portion/?status=at_lab"
    assert 'data-bs-theme="dark"' in mine.get("/desk/portion/").text
    elsewhere = app.test_client()
    enter(elsewhere, analyst)
    assert 'data-bs-theme="dark"' in elsewhere.get("/account/").text
    assert mine.post("/account/look", data={"theme": "system", "next": "//evil.example"}).location == "/desk/"
    assert "data-bs-theme" not in elsewhere.get("/account/").text
    before = actions(session, analyst)
    mine.post("/account/look", data={"theme": "system"})
    assert actions(session, analyst) == before
    assert mine.post("/account/look", data={"theme": "sepia"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("   ", "Enter the name"),
        ("字" * 101, "Enter a name of at most 100 characters"),
        ("x" * 300, "Enter a name of at most 100 characters"),
        ("Qin\u202eRuochuan", "Remove the sign that cannot be shown"),
        ("\u200f秦若川", "without invisible signs"),
        ("\u2066秦\u2069", "Remove the sign that cannot be shown"),
        ("...", "Enter the name"),
    ],
)
def test_a_name_that_nobody_can_read_stays_in_its_field(mine, session, analyst, typed: str, says: str) -> None:
    answer = name_and_look(mine, name=typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'aria-describedby="name-h name-e"' in answer.text
    assert session.get_one(Person, analyst.id).name == "秦若川"


@pytest.mark.parametrize("name", ["秦若川", "Ada Müller", "🌊 若川", "عائشة", "  秦   若川  "])
def test_any_name_that_people_have_is_kept(mine, session, analyst, name: str) -> None:
    assert name_and_look(mine, name=name).status_code == 302
    assert session.get_one(Person, analyst.id).name == " ".join(name.split())


def test_a_page_that_somebody_else_overtook_records_nothing(mine, session: Session, analyst) -> None:
    answer = name_and_look(mine, name="别的", version="1")
    assert answer.status_code == 409
    assert session.get_one(Person, analyst.id).name == "秦若川"


@pytest.mark.parametrize(("field", "value"), [("language", "fr"), ("theme", "sepia")])
def test_only_what_is_offered_can_be_chosen(mine, field: str, value: str) -> None:
    assert name_and_look(mine, **{field: value}).status_code == 422


# --- the password ---


def test_a_changed_password_signs_the_other_browsers_out(app: Flask, mine, analyst, sign_in: SignIn) -> None:
    other = sign_in(analyst)
    given = {"password": PASSWORD, "new": ANOTHER, "again": ANOTHER}
    assert mine.post("/account/change-password", data=given).location == "/account/"
    assert "other browsers are signed out" in mine.get("/account/").text
    assert other.get("/account/").location.startswith("/account/sign-in")
    assert enter(app.test_client(), analyst).status_code == 422
    assert enter(app.test_client(), analyst, password=ANOTHER).status_code == 302


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"password": "wrong wrong wrong"}, "This is not your present password"),
        ({"new": "short", "again": "short"}, "Use at least 12 characters"),
        ({"again": "something else 26"}, "The two passwords differ"),
        ({"new": PASSWORD, "again": PASSWORD}, "Choose another than the present one"),
        ({"password": ""}, "Enter your present password"),
    ],
)
def test_a_password_that_cannot_be_taken_says_why(mine, given: dict[str, str], says: str) -> None:
    assert mine.get("/account/change-password").status_code == 200
    full = {"password": PASSWORD, "new": ANOTHER, "again": ANOTHER} | given
    answer = mine.post("/account/change-password", data=full)
    assert answer.status_code == 422
    assert says in answer.text


def test_at_an_unlocked_desk_the_password_is_not_to_be_guessed(mine) -> None:
    given = {"password": "wrong wrong wrong", "new": ANOTHER, "again": ANOTHER}
    for _try in range(5):
        assert mine.post("/account/change-password", data=given).status_code == 422
    answer = mine.post("/account/change-password", data=given | {"password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")


# --- the second step ---


def test_with_a_second_step_the_password_alone_opens_nothing(app: Flask, mine, analyst, clock: HeldClock) -> None:
    key, codes = set_up(mine, clock)
    assert len(codes) == 10
    clock.advance(minutes=1)
    client = app.test_client()
    assert enter(client, analyst, next="/desk/portion/").location == "/account/code?next=/desk/portion/"
    assert client.get("/desk/").location.startswith("/account/sign-in")
    assert "The second step" in client.get("/account/code").text

    wrong = client.post("/account/code", data={"code": "000000"})
    assert wrong.status_code == 422
    assert "4 more tries" in wrong.text
    assert client.post("/account/code", data={"code": ""}).status_code == 422
    right = {"code": code_at(key, clock.moment)}
    assert client.post("/account/code?next=/desk/portion/", data=right).location == "/desk/portion/"
    assert client.get("/desk/").status_code == 200

    replay = app.test_client()
    enter(replay, analyst)
    assert replay.post("/account/code", data=right).status_code == 422


def test_codes_are_guessed_five_times_and_no_more(app: Flask, mine, analyst, clock: HeldClock) -> None:
    key, codes = set_up(mine, clock)
    clock.advance(minutes=1)
    client = app.test_client()
    enter(client, analyst)
    for number in range(5):
        assert client.post("/account/code", data={"code": f"00000{number}"}).status_code == 422
    for typed in (code_at(key, clock.moment), codes[0]):
        again = app.test_client()
        enter(again, analyst)
        assert again.post("/account/code", data={"code": typed}).status_code == 429


def test_a_recovery_code_opens_once_and_says_how_many_are_left(app, mine, analyst, session, clock) -> None:
    _key, codes = set_up(mine, clock)
    client = app.test_client()
    enter(client, analyst)
    assert client.post("/account/code", data={"code": codes[3]}).location == "/desk/"
    assert "9 are left" in client.get("/account/").text
    assert actions(session, analyst)[-1] == "recovery_code_used"
    again = app.test_client()
    enter(again, analyst)
    assert again.post("/account/code", data={"code": codes[3]}).status_code == 422


def test_nobody_comes_to_the_second_step_without_the_first(app, mine, analyst, clock, session) -> None:
    set_up(mine, clock)
    client = app.test_client()
    assert client.get("/account/code").location == "/account/sign-in"
    assert client.post("/account/code", data={"code": "000000"}).location == "/account/sign-in"
    enter(client, analyst)
    clock.advance(minutes=11)
    assert client.post("/account/code", data={"code": "000000"}).location == "/account/sign-in"
    assert "Begin with your password" in client.get("/account/sign-in").text


def test_the_second_step_is_set_up_looked_after_and_turned_off(mine, session, analyst, clock) -> None:
    assert "Set it up" in mine.get("/account/second-step").text
    mine.post("/account/second-step/begin")
    wrong = mine.post("/account/second-step", data={"code": "000000"})
    assert wrong.status_code == 422
    assert "enter the next one" in wrong.text
    assert mine.post("/account/second-step", data={"code": ""}).status_code == 422
    _key, codes = set_up(mine, clock)
    assert "10 are left" in mine.get("/account/second-step").text
    assert mine.post("/account/second-step/begin").status_code == 302  # a page of before changes nothing
    assert mine.post("/account/second-step", data={"code": "000000"}).status_code == 302
    fresh = mine.post("/account/second-step/codes").text
    assert not [code for code in codes if code in fresh]
    mine.post("/account/second-step/off")
    assert mine.post("/account/second-step/codes").status_code == 404
    assert actions(session, analyst)[-3:] == ["second_step_on", "recovery_codes", "second_step_off"]


@pytest.mark.parametrize("path", ["second-step/begin", "second-step/codes", "second-step/off", "passkeys/new"])
def test_what_opens_the_account_asks_for_the_password_again(mine, clock, path: str) -> None:
    clock.advance(minutes=16)
    asked = mine.post(f"/account/{path}", data={"name": "x"}).location
    assert asked.startswith("/account/confirm/")
    assert "Your password, once more" in mine.get(asked).text
    assert mine.post(asked, data={"password": "wrong wrong wrong"}).status_code == 422
    assert mine.post(asked, data={"password": ""}).status_code == 422
    after = mine.post(asked, data={"password": PASSWORD}).location
    assert mine.get(after).status_code == 200


# --- browsers ---


def test_one_browser_is_signed_out_and_then_all_others(app: Flask, mine, analyst, session: Session) -> None:
    first, second = app.test_client(), app.test_client()
    for client in (first, second):
        data = {"email": analyst.person.email, "password": PASSWORD}
        client.post("/account/sign-in", data=data, headers={"User-Agent": FIREFOX})
    page = mine.get("/account/").text
    assert page.count("Firefox, Windows") >= 2
    ends = re.findall(r'action="(/account/sittings/\d+/end)"', page)
    assert len(ends) == 2

    assert mine.post(ends[0]).status_code == 302
    assert mine.post(ends[0]).status_code == 404
    assert sorted(c.get("/desk/").status_code for c in (first, second)) == [200, 302]
    mine.post("/account/sittings/end")
    assert [c.get("/desk/").status_code for c in (mine, first, second)] == [200, 302, 302]


def test_nobody_ends_the_session_of_somebody_else(mine, cast: Cast, session: Session, sign_in: SignIn) -> None:
    assert cast.desk.person
    give_password(session, cast.desk.person)
    theirs = sign_in(cast.desk)
    sitting = session.scalars(sa.select(Sitting.id).filter_by(person_id=cast.desk.id)).one()
    assert mine.post(f"/account/sittings/{sitting}/end").status_code == 404
    assert theirs.get("/desk/").status_code == 200


def test_signing_out_leaves_nothing_that_a_copied_cookie_opens(app: Flask, mine) -> None:
    copied = mine.get_cookie("session").value
    mine.post("/account/sign-out")
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/desk/").status_code == 302


def test_when_a_browser_was_last_seen_is_known_to_five_minutes(mine, session, analyst, clock) -> None:
    began = clock.moment
    for minutes, seen in ((4, 0), (2, 6), (3, 6), (2, 11)):
        clock.advance(minutes=minutes)
        mine.get("/desk/")
        sitting = session.scalars(sa.select(Sitting).filter_by(person_id=analyst.id)).one()
        assert (sitting.last_seen_at - began).seconds == seen * 60


def test_a_browser_left_alone_for_a_month_is_signed_out(mine, clock: HeldClock) -> None:
    clock.advance(days=29)
    assert mine.get("/account/").status_code == 200
    clock.advance(days=30)
    assert mine.get("/account/").status_code == 302


def test_a_quarter_later_nobody_knows_which_browser_it_was(mine, session: Session, clock: HeldClock) -> None:
    sessions = sessionmaker(db.engine)
    clock.advance(days=89)
    forget_old_sittings(sessions, clock.moment)
    assert session.scalars(sa.select(Sitting)).all()
    clock.advance(days=2)
    forget_old_sittings(sessions, clock.moment)
    assert session.scalars(sa.select(Sitting)).all() == []


def test_what_the_browser_keeps_stands_nowhere_in_the_database(app: Flask, mine, session: Session) -> None:
    with mine.session_transaction("/account/") as kept:
        token = kept["sitting"]
    assert token not in set(session.scalars(sa.select(Sitting.digest)))


# --- the door ---


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/desk\\..//evil.example", "javascript:x"]
)
def test_no_way_in_leads_to_another_site(app, mine, analyst, clock, wanted: str) -> None:
    key, _codes = set_up(mine, clock)
    clock.advance(minutes=1)
    client = app.test_client()
    enter(client, analyst, next=wanted)
    answer = client.post("/account/code", data={"code": code_at(key, clock.moment), "next": wanted})
    assert answer.location == "/desk/"


def test_a_passkey_that_proves_nothing_opens_nothing(app: Flask, mine) -> None:
    client = app.test_client()
    client.get("/account/sign-in?lang=en")
    at_home = {"base_url": "http://localhost"}
    assert '"rpId": "localhost"' in client.post("/account/passkey/ask", **at_home).text
    for said in ("", "{}", '{"id": "x"}', "[]", "null", "no json"):
        answer = client.post("/account/passkey", data={"credential": said}, **at_home)
        assert answer.location == "/account/sign-in"
    assert "does not open an account" in client.get("/account/sign-in").text


def test_passkeys_are_for_the_address_that_people_are_told(app: Flask) -> None:
    client = app.test_client()
    headers = {"Accept": "application/json"}
    answer = client.post("/account/passkey/ask", base_url="http://evil.example", headers=headers)
    assert answer.status_code == 409
    assert '"elsewhere"' in answer.text


def test_at_a_number_the_address_with_a_name_is_told(app: Flask) -> None:
    headers = {"Accept": "application/json", "Accept-Language": "en"}
    answer = app.test_client().post("/account/passkey/ask", base_url="http://127.0.0.1:8000", headers=headers)
    assert answer.status_code == 409
    assert "http://localhost:8000" in answer.text


def test_a_passkey_is_not_made_from_nothing(mine, clock: HeldClock) -> None:
    assert "Passkeys need JavaScript" in mine.get("/account/passkeys/new").text
    for given in ({"name": ""}, {"name": "x"}, {"name": "x", "credential": "{}"}):
        assert mine.post("/account/passkeys/new", data=given).status_code == 422
    assert mine.post("/account/passkeys/7/remove").status_code == 404


def test_flask_security_opens_no_page_beside_those_that_we_drew(app: Flask) -> None:
    """Its page that asks for a password again, for one, would let it be guessed without end."""
    theirs = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    drawn = {"login", "logout", "forgot_password", "reset_password", "static"}
    assert theirs == {f"security.{name}" for name in drawn}


def test_an_empty_page_asks_the_database_once_who_is_there(app: Flask, mine) -> None:
    asked: list[str] = []
    listen = ("before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))
    sa.event.listen(db.engine, *listen)
    mine.get("/account/change-password")
    sa.event.remove(db.engine, *listen)
    assert len(asked) == 1, asked
