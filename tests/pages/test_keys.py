"""The pages about keys: made and shown once, replaced, taken back, and who is told that one ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.people import keys
from quality.people.actor import Actor
from quality.people.models import Key, Person
from quality.permissions import ROLES, Can, Role
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import Cast, hire, membership_of
from tests.pages.conftest import SignIn

pytestmark = on_sqlite
SECRET = re.compile(r"mck_[\w-]{43}")
SCOPE = ["portion:read", "report:enter"]


@pytest.fixture
def analyst(session: Session, cast: Cast) -> Actor:
    assert cast.analyst.person
    give_password(session, cast.analyst.person, "秦若川")
    session.commit()
    return cast.analyst


@pytest.fixture
def mine(analyst: Actor, sign_in: SignIn) -> Any:
    return sign_in(analyst)


@pytest.fixture
def admin(session: Session, cast: Cast, sign_in: SignIn) -> Any:
    actor = hire(session, cast.laboratory, Role.ADMIN)
    assert actor.person
    give_password(session, actor.person, "温如言")
    session.commit()
    return sign_in(actor)


def fields_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(once|membership|role)" value="([^"]*)"', page))


def make(client: Any, path: str = "/account/keys/new", **typed: Any) -> Any:
    address = path.partition("?")[0]
    return client.post(
        address, data=fields_of(client.get(path).text) | {"name": "LIMS", "days": "90", "scope": SCOPE} | typed
    )


def made_key(session: Session, client: Any, path: str = "/account/keys/new", **typed: Any) -> tuple[Key, str]:
    answer = make(client, path, **typed)
    assert answer.status_code == 200
    session.expire_all()
    key = session.scalars(sa.select(Key).order_by(Key.id.desc())).first()
    assert key
    return key, SECRET.findall(answer.text)[0]


def acts_as(session: Session, secret: str) -> Actor | None:
    session.expire_all()
    found = keys.holder_of(session, secret)
    return found and found[1]


def test_a_key_is_shown_once_with_a_line_that_tries_it(session: Session, mine: Any, analyst: Actor) -> None:
    page = mine.get("/account/keys/new").text
    assert page.count('name="scope"') == page.count(" checked") == len(ROLES[analyst.role].may)
    answer = make(mine)
    secret = SECRET.findall(answer.text)[0]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert f"Authorization: Bearer {secret}" in answer.text
    assert "/api/v1/lab/samples" in answer.text
    actor = acts_as(session, secret)
    assert actor
    assert (actor.id, {deed for deed in Can if actor.can(deed)}) == (analyst.id, set(SCOPE))
    for path in ("/account/", "/account/keys/new"):
        assert secret not in mine.get(path).text
    assert secret[:10] in mine.get("/account/").text
    assert mine.get("/account/keys/").location == "/account/"


def test_a_reload_makes_no_second_key_and_shows_nothing(session: Session, mine: Any) -> None:
    sent = fields_of(mine.get("/account/keys/new").text) | {"name": "LIMS", "days": "90", "scope": SCOPE}
    assert SECRET.search(mine.post("/account/keys/new", data=sent).text)
    again = mine.post("/account/keys/new", data=sent)
    assert again.location == "/account/"
    assert "was made before" in mine.get("/account/").text
    assert session.scalars(sa.select(sa.func.count()).select_from(Key)).one() == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "长" * 61}, "at most 60"),
        ({"name": "a\u202eb"}, "Remove the sign"),
        ({"days": "0"}, "Enter 1 to 366 days"),
        ({"days": "9999999999"}, "Enter less than 1,000,000,000"),
        ({"days": "x"}, "Enter a whole number"),
        ({"scope": []}, "Choose at least one"),
        ({"scope": ["report:authorise"]}, "Choose of the list only"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_kept(mine, session, typed: dict[str, Any], says: str) -> None:
    answer = make(mine, **{"name": "房间4"} | typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert "name" in typed or "房间4" in answer.text
    assert session.scalars(sa.select(Key)).first() is None


def test_the_password_is_asked_again_after_a_while_but_not_to_take_a_key_back(
    mine, session: Session, clock: HeldClock
) -> None:
    key, _secret = made_key(session, mine)
    clock.advance(minutes=16)
    for answer in (
        mine.get("/account/keys/new"),
        mine.post("/account/keys/new", data={"name": "LIMS", "days": "90", "scope": SCOPE}),
        mine.post(f"/account/keys/{key.id}/rotate"),
    ):
        assert answer.location == "/account/confirm/keys"
    assert mine.post("/account/confirm/keys", data={"password": PASSWORD}).location == "/account/"
    clock.advance(minutes=16)
    assert mine.post(f"/account/keys/{key.id}/revoke").location == "/account/"
    assert "Taken back" in mine.get("/account/").text


def test_replaced_both_open_for_a_day_and_both_are_shown(mine, session: Session, clock: HeldClock) -> None:
    key, old = made_key(session, mine)
    answer = mine.post(f"/account/keys/{key.id}/rotate")
    new = SECRET.findall(answer.text)[0]
    assert f"The old one ({old[:10]}…) opens until" in answer.text
    assert acts_as(session, old)
    assert acts_as(session, new)
    page = mine.get("/account/").text
    assert old[:10] in page
    assert new[:10] in page
    assert "Replaced; opens until it ends" in page
    assert mine.post(f"/account/keys/{key.id}/rotate").status_code == 409
    clock.advance(days=1)
    assert acts_as(session, old) is None
    assert acts_as(session, new)


def test_a_key_of_somebody_else_is_not_there(mine, session: Session, cast: Cast) -> None:
    theirs = membership_of(cast.second_analyst)
    key, _secret = keys.make(session, theirs, name="LIMS", by=cast.second_analyst)
    session.commit()
    for deed in ("rotate", "revoke"):
        assert mine.post(f"/account/keys/{key.id}/{deed}").status_code == 404


def test_who_works_as_several_things_says_first_as_which(session, cast: Cast, sign_in: SignIn, analyst: Actor) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.operations import invite_person

    assert analyst.person
    invite_person(session, email=analyst.person.email, organisation=cast.laboratory, role=Role.SIGNATORY, by=SYSTEM)
    session.commit()
    client = sign_in(analyst)
    page = client.get("/account/keys/new").text
    assert "As what does it act?" in page
    assert client.post("/account/keys/new", data={"name": "x", "days": "1"}).status_code == 422
    signatory = re.findall(r'href="(/account/keys/new\?membership=\d+)">Signatory', page)[0]
    _key, secret = made_key(session, client, signatory, scope=["report:authorise"])
    actor = acts_as(session, secret)
    assert actor
    assert actor.role == Role.SIGNATORY


def test_buyers_and_administrators_are_told_that_they_take_no_key(session, cast: Cast, admin, sign_in: SignIn) -> None:
    assert cast.buyer.person
    give_password(session, cast.buyer.person)
    session.commit()
    for client in (admin, sign_in(cast.buyer)):
        assert "h-keys" not in client.get("/account/").text
        assert client.get("/account/keys/new").location == "/account/"


def test_an_administrator_makes_keys_of_the_organisations_programs(session: Session, admin: Any, cast: Cast) -> None:
    page = admin.get("/desk/people/keys/new").text
    assert "As what does it act?" in page
    assert session.scalars(sa.select(Person).where(Person.is_program)).first() is None, "looking opens no account"
    path = "/desk/people/keys/new?role=signatory"
    assert "report:authorise" not in admin.get(path).text
    assert make(admin, path, scope=["report:authorise"]).status_code == 422
    key, secret = made_key(session, admin, path, scope=["report:read"])
    actor = acts_as(session, secret)
    assert actor
    assert actor.person
    assert (actor.person.is_program, actor.organisation_id) == (True, cast.laboratory.id)
    newer = SECRET.findall(admin.post(f"/desk/people/keys/{key.id}/rotate").text)[0]
    assert acts_as(session, newer)
    assert "Programs of the organisation" in admin.get("/desk/people/keys/").text


def test_an_administrator_sees_all_keys_of_the_organisation_and_takes_any_back(
    session: Session, admin: Any, mine: Any, cast: Cast, clock: HeldClock
) -> None:
    key, secret = made_key(session, mine)
    keys.make(session, membership_of(cast.second_analyst), name="elsewhere", by=cast.second_analyst)
    session.commit()
    keys.see(key)
    page = admin.get("/desk/people/keys/").text
    assert "秦若川" in page
    assert secret[:10] in page
    assert "elsewhere" not in page
    assert f"/desk/people/keys/{key.id}/rotate" not in page
    assert admin.post(f"/desk/people/keys/{key.id}/rotate").status_code == 403
    assert admin.post(f"/desk/people/keys/{key.id}/revoke").location == "/desk/people/keys/"
    assert acts_as(session, secret) is None
    assert admin.post(f"/desk/people/keys/{key.id}/revoke").status_code == 409


def test_a_long_list_of_keys_goes_on(session: Session, admin: Any, analyst: Actor) -> None:
    for number in range(52):
        keys.make(session, membership_of(analyst), name=f"key {number}", by=analyst)
    session.commit()
    page = admin.get("/desk/people/keys/").text
    older = re.findall(r'href="(/desk/people/keys/\?before=\d+)"', page)[0]
    assert "key 51<" in page
    assert "key 1<" not in page
    assert "key 1<" in admin.get(older).text
    assert "To the newest" in admin.get(older).text


def test_who_holds_a_key_is_told_two_weeks_before_it_ends(session: Session, mine, clock: HeldClock) -> None:
    key, _secret = made_key(session, mine, days="15")
    says = f"The key LIMS ({key.begins}…) ends on"
    assert says not in mine.get("/desk/").text
    clock.advance(days=1, hours=1)
    assert says in mine.get("/desk/").text
    mine.post("/account/confirm/keys", data={"password": PASSWORD})
    assert mine.post(f"/account/keys/{key.id}/rotate").status_code == 200
    assert says not in mine.get("/desk/").text


def test_an_administrator_is_told_of_the_programs_keys(session: Session, admin, mine, clock: HeldClock) -> None:
    made_key(session, mine, days="15", name="a person's")
    key, _secret = made_key(session, admin, "/desk/people/keys/new?role=analyst", days="15")
    clock.advance(days=2)
    for address in ("/desk/people/", "/desk/people/keys/"):
        page = admin.get(address).text
        assert page.count("…) ends on") == 1
        assert f"The key LIMS ({key.begins}…) ends on" in page
