"""The administrator's pages: the people of one organisation, invitations, roles, and what is refused and says why."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Person
from quality.people.operations import invite_person
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import Cast, hire, membership_of
from tests.pages.conftest import SignIn

pytestmark = on_sqlite


@pytest.fixture
def admin(session: Session, cast: Cast) -> Actor:
    actor = hire(session, cast.agency, Role.ADMIN)
    assert actor.person
    give_password(session, actor.person, "温如言")
    session.commit()
    return actor


@pytest.fixture
def desk(admin: Actor, sign_in: SignIn) -> Any:
    return sign_in(admin)


def page_of(actor: Actor) -> str:
    assert actor.person
    return f"/desk/people/{actor.person.id}"


def version_on(client: Any, path: str) -> str:
    return str(re.findall(r'name="version" value="(\d+)"', client.get(path).text)[0])


def press(client: Any, actor: Actor, name: str, **more: str) -> Any:
    path = page_of(actor)
    return client.post(f"{path}/{name}", data={"version": version_on(client, path)} | more)


def test_an_administrator_begins_with_the_people_and_sees_no_case(desk, cast: Cast) -> None:
    assert desk.get("/desk/").location == "/desk/people/"
    page = desk.get("/desk/people/").text
    assert "You see no case" in page
    assert page_of(cast.buyer) in page
    assert page_of(cast.analyst) not in page
    assert desk.get("/desk/campaign/").status_code == 404


def test_the_list_is_filtered_by_its_address(desk, cast: Cast) -> None:
    page = desk.get("/desk/people/?role=buyer&state=invited&q=buyer").text
    assert page_of(cast.buyer) in page
    assert page_of(cast.reviewer) not in page
    assert "Nobody is found" in desk.get("/desk/people/?q=%F0%9F%98%80").text
    assert desk.get("/desk/people/?before=x&role=nonsense&state=nonsense").status_code == 200


def test_a_long_list_goes_on_with_its_filters(desk, session: Session, cast: Cast) -> None:
    for _person in range(32):
        hire(session, cast.agency, Role.BUYER)
    session.commit()
    page = desk.get("/desk/people/?role=buyer").text
    older = re.findall(r'href="(/desk/people/\?role=buyer&amp;before=\d+)"', page)[0].replace("&amp;", "&")
    assert page_of(cast.buyer) in desk.get(older).text
    assert "To the newest" in desk.get(older).text


def test_a_longer_list_asks_the_database_no_more_often(desk, session: Session, cast: Cast) -> None:
    def statements() -> int:
        asked: list[str] = []
        listen = ("before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))
        sa.event.listen(db.engine, *listen)
        assert desk.get("/desk/people/").status_code == 200
        sa.event.remove(db.engine, *listen)
        return len(asked)

    short, shown = statements(), desk.get("/desk/people/").text.count("<tr")
    for _person in range(20):
        hire(session, cast.agency, Role.BUYER)
    session.commit()
    assert statements() == short <= 4
    assert desk.get("/desk/people/").text.count("<tr") == shown + 20


@pytest.mark.parametrize("role", ["coordinator", "reviewer", "buyer", "analyst", "signatory", "desk"])
def test_nobody_else_comes_here(cast: Cast, session: Session, sign_in: SignIn, admin: Actor, role: str) -> None:
    actor = getattr(cast, role)
    give_password(session, actor.person)
    session.commit()
    client = sign_in(actor)
    assert client.get("/desk/people/").status_code == 403
    assert client.get("/desk/people/invite").status_code == 403
    assert client.post("/desk/people/invite", data={}).status_code == 403
    for path in (page_of(cast.buyer), page_of(admin), "/desk/people/9999"):
        assert client.get(path).status_code == 404
        for name in ("suspend", "reinstate", "new_link", "second_step_off", "blank", "roles", "roles/1/end"):
            assert client.post(f"{path}/{name}", data={"version": "1"}).status_code == 404


def test_an_administrator_of_another_organisation_finds_nobody_of_ours(session, cast: Cast, sign_in, admin) -> None:
    other = hire(session, cast.platform, Role.ADMIN)
    assert other.person
    give_password(session, other.person)
    session.commit()
    client = sign_in(other)
    assert client.get(page_of(cast.buyer)).status_code == 404
    assert client.post(f"{page_of(cast.buyer)}/suspend", data={"version": "1"}).status_code == 404
    assert page_of(cast.buyer) not in client.get("/desk/people/").text


# --- inviting ---


def test_an_invited_person_comes_in_by_the_link_shown_once(app: Flask, desk, session: Session) -> None:
    assert "hand it over yourself" in desk.get("/desk/people/invite").text
    given = {"email": "New.Buyer@yz.example", "name": "许 清和", "role": "buyer"}
    answer = desk.post("/desk/people/invite", data=given)
    link = re.findall(r"http://127\.0\.0\.1:8000(/account/password/\S+?)<", answer.text)[0]
    newcomer = app.test_client()
    chosen = newcomer.post(link, data={"password": PASSWORD, "password_confirm": PASSWORD})
    assert chosen.location == "/account/sign-in"
    data = {"email": "new.buyer@yz.example", "password": PASSWORD}
    assert newcomer.post("/account/sign-in", data=data).location == "/desk"
    person = session.scalars(sa.select(Person).filter_by(email="new.buyer@yz.example")).one()
    page = desk.get(f"/desk/people/{person.id}").text
    assert "/account/password/" not in page
    assert "gave a role: Buyer" in re.sub(r"\s+", " ", page)
    assert "chose a password" in page


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"email": "nobody"}, "Enter an e-mail address"),
        ({"email": "x" * 300 + "@yz.example"}, "Enter an e-mail address"),
        ({"role": ""}, "Choose one of the list"),
        ({"role": "analyst"}, "Choose one of the list"),
        ({"name": "名" * 300}, "at most 100 characters"),
        ({"name": "\u202eevil"}, "without invisible signs"),
    ],
)
def test_an_invitation_says_at_its_field_what_to_mend(desk, session, given: dict[str, str], says: str) -> None:
    answer = desk.post("/desk/people/invite", data={"email": "a@yz.example", "name": "甲", "role": "buyer"} | given)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'class="invalid-feedback d-block"' in answer.text


def test_who_is_a_member_already_is_not_invited_twice(desk, cast: Cast) -> None:
    given = {"email": cast.buyer.person.email, "name": "", "role": "buyer"}
    answer = desk.post("/desk/people/invite", data=given)
    assert answer.status_code == 422
    assert "already has this role here" in answer.text


def test_whoever_has_an_account_gets_no_link_and_no_other_administrator_gets_theirs(desk, session, cast: Cast) -> None:
    assert cast.reviewer.person
    give_password(session, cast.reviewer.person)
    session.commit()
    for somebody, role in ((cast.reviewer, "coordinator"), (cast.analyst, "buyer")):
        answer = desk.post("/desk/people/invite", data={"email": somebody.person.email, "role": role})
        assert answer.status_code == 200
        assert "/account/password/" not in answer.text
        assert "no link is needed" in answer.text


# --- one person ---


def test_a_suspended_person_is_out_at_once(desk, session: Session, cast: Cast, sign_in: SignIn) -> None:
    assert cast.reviewer.person
    give_password(session, cast.reviewer.person)
    session.commit()
    theirs = sign_in(cast.reviewer)
    assert press(desk, cast.reviewer, "suspend").location == page_of(cast.reviewer)
    assert theirs.get("/desk/").location.startswith("/account/sign-in")
    page = desk.get(page_of(cast.reviewer)).text
    assert "Suspended" in page
    assert "suspended the account" in page
    assert press(desk, cast.reviewer, "reinstate").status_code == 302
    assert theirs.get("/desk/").status_code == 302  # the browser of before stays out
    assert sign_in(cast.reviewer).get("/desk/").status_code == 200


def test_a_new_link_is_shown_once_and_the_old_one_opens_nothing(app: Flask, desk, cast: Cast) -> None:
    links = [
        re.findall(r"http://127\.0\.0\.1:8000(/account/password/\S+?)<", press(desk, cast.buyer, "new_link").text)[0]
        for _time in range(2)
    ]
    assert app.test_client().get(links[0]).location == "/account/password"
    assert app.test_client().get(links[1]).status_code == 200


def test_a_link_is_too_old_after_three_days(app: Flask, desk, cast: Cast, monkeypatch) -> None:
    link = re.findall(r"8000(/account/password/\S+?)<", press(desk, cast.buyer, "new_link").text)[0]
    client, later = app.test_client(), time.time() + 3 * 86_400 + 5
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert client.get(f"{link}?lang=en").location == "/account/password"
    assert "This link is too old" in client.get("/account/password?lang=en").text


def test_roles_are_given_and_ended(desk, session: Session, cast: Cast) -> None:
    assert press(desk, cast.buyer, "roles", role="reviewer").status_code == 302
    assert press(desk, cast.buyer, "roles", role="").status_code == 422
    again = press(desk, cast.buyer, "roles", role="reviewer")
    assert again.status_code == 422
    assert "already has this role here" in again.text
    ending = f"roles/{membership_of(cast.buyer).id}/end"
    assert press(desk, cast.buyer, ending).status_code == 302
    page = desk.get(page_of(cast.buyer)).text
    assert "ended a role" in page
    assert press(desk, cast.buyer, ending).status_code == 404
    assert press(desk, cast.buyer, f"roles/{membership_of(cast.reviewer).id}/end").status_code == 404


def test_what_cannot_be_done_stays_visible_and_says_why(desk, admin: Actor, cast: Cast, session: Session) -> None:
    page = desk.get(page_of(admin)).text
    assert page.count("This is the last administrator; make somebody else one first") == 2
    assert "This is you; use “My account”" in page
    assert press(desk, admin, "suspend").status_code == 409
    invite_person(
        session, email=cast.buyer.person.email, organisation=cast.laboratory, role=Role.ANALYST, by=SYSTEM
    )  # fmt: skip
    session.commit()
    page = desk.get(page_of(cast.buyer)).text
    assert "This person also works for another organisation" in page
    assert "Analyst" not in page


def test_an_administrator_who_ends_the_own_role_is_out(desk, session, admin: Actor, cast: Cast) -> None:
    hire(session, cast.agency, Role.ADMIN)
    session.commit()
    assert press(desk, admin, f"roles/{membership_of(admin).id}/end").location == "/desk/"
    assert "Ask the administrator" in desk.get("/desk/", follow_redirects=True).text
    assert desk.get("/desk/people/").status_code == 302


def test_one_of_two_administrators_suspends_themselves(desk, session, admin: Actor, cast: Cast) -> None:
    hire(session, cast.agency, Role.ADMIN)
    session.commit()
    assert press(desk, admin, "suspend").location == "/account/sign-in"
    assert desk.get("/desk/people/").location.startswith("/account/sign-in")


def test_a_name_is_blanked_and_the_record_keeps_the_number(desk, session: Session, cast: Cast) -> None:
    email = cast.buyer.person.email
    press(desk, cast.buyer, "suspend")
    assert press(desk, cast.buyer, "blank").status_code == 302
    page = desk.get(page_of(cast.buyer)).text
    assert f"人员 {cast.buyer.person.id}" in page
    assert email not in page
    assert "No address is kept" in page
    assert email not in desk.get("/desk/people/?state=blanked").text


def test_a_page_of_before_changes_nothing(desk, session: Session, cast: Cast) -> None:
    seen = {"version": version_on(desk, page_of(cast.buyer))}
    press(desk, cast.buyer, "roles", role="reviewer")
    answer = desk.post(f"{page_of(cast.buyer)}/suspend", data=seen)
    assert answer.status_code == 409
    assert "gave a role" in answer.text
    assert f'href="{page_of(cast.buyer)}"' in answer.text
    assert session.get_one(Person, cast.buyer.person.id).active
    assert desk.post(f"{page_of(cast.buyer)}/suspend").status_code == 422
    assert desk.post(f"{page_of(cast.buyer)}/promote", data=seen).status_code == 404


def test_no_form_of_these_pages_works_without_its_token(app: Flask, desk, session: Session, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    seen = {"version": version_on(desk, page_of(cast.buyer)), "email": "x@yz.example", "role": "buyer"}
    for path in (f"{page_of(cast.buyer)}/suspend", f"{page_of(cast.buyer)}/roles", "/desk/people/invite"):
        assert desk.post(path, data=seen).status_code == 400
    for path in ("/", "/change-password", "/second-step/begin", "/passkeys/new", "/sittings/end", "/code", "/passkey"):
        assert desk.post(f"/account{path}", data=seen).status_code == 400
    assert session.get_one(Person, cast.buyer.person.id).active
