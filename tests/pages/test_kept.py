"""A form sent after its sender was signed out, or with a token of an earlier sitting: nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.events import Event
from quality.people import second_step, sittings
from quality.people.models import Sitting
from quality.people.operations import invite_person
from quality.people.security import cipher
from quality.permissions import Role
from quality.purchases.models import TaskStatus
from tests.harness.databases import on_sqlite
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import code_at, hire
from tests.harness.purchases import ORDERED, prove, task_at

OURS = {"Origin": "http://localhost"}
TYPED = {
    "order_number": "20260903-118",
    "account": "丁香 <b>",
    "paid_fen": "１２８．５０元",
    "quantity": "2",
}


@pytest.fixture
def cast(session, in_field):
    for actor in (in_field.coordinator, in_field.buyer):
        give_password(session, actor.person)
    return in_field


@pytest.fixture
def order(session, cast):
    """A form of a task, filled in, and its address."""
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    prove(session, task, *ORDERED, by=cast.buyer)
    cast.clock.advance(hours=1)
    paid = f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"
    session.commit()
    return f"/desk/task/{task.number}/order", TYPED | {"paid_at": paid, "version": str(task.version)}


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else None


def sign_everybody_out(session):
    session.execute(sa.update(Sitting).values(ended_at=clock.now()))
    session.commit()


def door(client, session, address, form):
    """Sent in vain; the form of the page that comes instead, without what only its reader can enter."""
    answer = client.post(address, data=form, headers=OURS)
    assert answer.status_code == 401, answer.text
    assert "You were signed out meanwhile" in answer.text
    return {name: value for name in ("kept", "next") if (value := hidden(answer.text, name)) is not None}


def email_of(session, actor):
    return session.merge(actor.person).email


def carried_on(client, answer, body):
    """As a browser does with 307: the same body, to the new address."""
    assert answer.status_code == 307, (answer.status_code, answer.text[:300])
    return client.post(answer.location, data=body, headers=OURS)


def count_of_events(session):
    count = session.scalar(sa.select(sa.func.count(Event.seq)))
    session.rollback()
    return count


def test_what_was_typed_comes_back_after_signing_in_and_is_not_recorded(session, cast, order, sign_in):
    address, form = order
    client = sign_in(cast.buyer)
    sign_everybody_out(session)
    entry = door(client, session, address, form)
    assert "20260903" not in entry["kept"]

    wrong = client.post("/account/sign-in", data=entry | {"email": email_of(session, cast.buyer), "password": "x"})
    assert hidden(wrong.text, "kept") == entry["kept"], "a mistyped password loses nothing"
    before = count_of_events(session)
    body = entry | {"email": email_of(session, cast.buyer), "password": PASSWORD}
    back = carried_on(client, client.post("/account/sign-in", data=body), body)

    assert back.status_code == 422
    assert "opened before you signed in" in back.text
    for value in TYPED.values():
        assert value in unescape(back.text), value
    assert count_of_events(session) == before
    assert "opened before" not in client.get(address).text, "an ordinary request is ordinary again"


def test_somebody_else_gets_nothing_of_it(session, cast, order, sign_in):
    address, form = order
    client = sign_in(cast.buyer)
    sign_everybody_out(session)
    entry = door(client, session, address, form)
    body = entry | {"email": email_of(session, cast.coordinator), "password": PASSWORD}
    back = carried_on(client, client.post("/account/sign-in", data=body), body)
    assert back.status_code == 303
    page = client.get(back.location)
    assert "What somebody else typed here" in page.text
    assert "20260903-118" not in page.text


@on_sqlite
def test_what_was_typed_goes_through_the_second_step_too(app, session, cast, order, sign_in):
    address, form = order
    client = sign_in(cast.buyer)
    person = session.merge(cast.buyer.person)
    with app.test_request_context():
        second_step.prepare(session, cipher(), person)
        key = second_step.secret_of(session, cipher(), person.id)
        second_step.confirm(session, cipher(), person, code_at(key, clock.now()), by=cast.buyer)
    session.commit()
    sign_everybody_out(session)
    cast.clock.advance(minutes=1)
    entry = door(client, session, address, form)
    body = entry | {"email": email_of(session, cast.buyer), "password": PASSWORD}
    asked = client.post("/account/sign-in", data=body)
    assert asked.status_code == 307
    code_page = client.post(asked.location, data=body)
    assert code_page.status_code == 200
    body = {"kept": hidden(code_page.text, "kept"), "code": code_at(key, clock.now())}
    back = carried_on(client, client.post("/account/code", data=body), body)
    assert back.status_code == 422
    assert TYPED["order_number"] in back.text


@pytest.mark.parametrize("knows", ["what they worked as", "not"])
def test_who_works_as_several_things_comes_back_as_what_they_were(session, cast, order, sign_in, knows):
    address, form = order
    admin, agency = hire(session, cast.agency, Role.ADMIN), cast.agency
    invite_person(session, email=cast.buyer.person.email, name="", organisation=agency, role=Role.REVIEWER, by=admin)
    session.commit()
    client = sign_in(cast.buyer)
    choose = client.get("/account/membership").text
    buying = next(form for form in re.findall(r"<form.*?</form>", choose, re.S) if "Buyer" in form or "buyer" in form)
    buying = int(re.search(r'name="membership" value="(\d+)"', buying)[1])
    if knows != "not":
        client.post("/account/membership", data={"membership": buying})
    sign_everybody_out(session)
    entry = door(client, session, address, form)
    body = entry | {"email": email_of(session, cast.buyer), "password": PASSWORD}
    back = carried_on(client, client.post("/account/sign-in", data=body), body)
    if knows == "not":
        assert back.status_code == 307
        page = client.post(back.location, data=body)
        body = {"kept": hidden(page.text, "kept"), "membership": buying}
        back = carried_on(client, client.post("/account/membership", data=body), body)
    assert back.status_code == 422
    assert TYPED["order_number"] in back.text


@on_sqlite
@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_form_from_another_site_is_not_kept(session, cast, order, sign_in, origin):
    address, form = order
    client = sign_in(cast.buyer)
    sign_everybody_out(session)
    answer = client.post(address, data=form, headers={"Origin": origin} if origin else {})
    assert answer.status_code == 401
    assert hidden(answer.text, "kept") is None
    assert "nothing was recorded" in answer.text


@on_sqlite
@pytest.mark.parametrize("sealed", ["", "x", "gAAAAABm", "é" * 10])
def test_a_seal_that_is_none_is_as_if_there_were_none(session, cast, order, sign_in, sealed):
    address, form = order
    client = sign_in(cast.buyer)
    before = count_of_events(session)
    assert client.post(address, data={"kept": sealed, "version": form["version"]}).status_code in {409, 422}
    assert count_of_events(session) == before


@on_sqlite
def test_a_very_long_form_says_that_it_could_not_be_kept(session, cast, order, sign_in):
    import secrets

    address, form = order
    client = sign_in(cast.buyer)
    sign_everybody_out(session)
    answer = client.post(address, data=form | {"account": secrets.token_urlsafe(300_000)}, headers=OURS)
    assert answer.status_code == 401
    assert hidden(answer.text, "kept") is None


class TestTokenOfAnEarlierSitting:
    @pytest.fixture(autouse=True)
    def tokens_matter(self, app):
        app.config["WTF_CSRF_ENABLED"] = True
        yield
        app.config["WTF_CSRF_ENABLED"] = False

    @pytest.fixture
    def sign_in(self, app, session):
        def come(actor):
            client = app.test_client()
            page = client.get("/account/sign-in?lang=en").text
            sent = {"email": email_of(session, actor), "password": PASSWORD, "csrf_token": hidden(page, "csrf_token")}
            assert client.post("/account/sign-in", data=sent).status_code == 302
            return client

        return come

    @on_sqlite
    def test_the_form_comes_back_at_once(self, session, cast, order, sign_in):
        address, form = order
        client, before = sign_in(cast.buyer), count_of_events(session)
        back = client.post(address, data=form | {"csrf_token": "old"}, headers=OURS)
        assert back.status_code == 422
        assert TYPED["order_number"] in back.text
        assert count_of_events(session) == before
        again = client.post(address, data=form | {"csrf_token": hidden(back.text, "csrf_token")}, headers=OURS)
        assert "opened before" not in again.text

    @on_sqlite
    def test_an_address_where_nothing_is_says_so(self, cast, sign_in):
        client = sign_in(cast.buyer)
        assert client.get("/desk").status_code == 308
        assert client.post("/desk/a/b/c/d/e", headers=OURS).status_code in {400, 404}
        assert client.get("/desk/a/b/c/d/e").status_code == 404

    @on_sqlite
    def test_from_another_site_nothing_comes_back(self, session, cast, order, sign_in):
        address, form = order
        client = sign_in(cast.buyer)
        answer = client.post(address, data=form | {"csrf_token": "old"}, headers={"Origin": "http://evil.example"})
        assert answer.status_code == 400
        assert TYPED["order_number"] not in answer.text

    @on_sqlite
    def test_a_move_without_a_form_shows_what_was_written_with_it(self, session, cast, order, sign_in):
        campaign = session.scalars(sa.select(Campaign)).one()
        client = sign_in(cast.coordinator)
        close = f"/desk/campaign/{campaign.number}/close"
        answer = client.post(close, data={"note": "卖家 <关店>", "version": "1", "csrf_token": "old"}, headers=OURS)
        assert answer.status_code == 409
        assert "卖家 <关店>" in unescape(answer.text)

    @on_sqlite
    def test_a_page_of_the_account_is_opened_anew(self, session, cast, sign_in):
        client = sign_in(cast.buyer)
        answer = client.post("/account/change-password", data={"password": PASSWORD, "csrf_token": "old"}, headers=OURS)
        assert answer.status_code == 409
        assert PASSWORD not in answer.text

    @on_sqlite
    def test_a_door_that_stood_open_too_long_keeps_the_address(self, session, cast, app):
        client = app.test_client()
        answer = client.post(
            "/account/sign-in?lang=en", data={"email": "a@b.example", "password": "x", "csrf_token": "old"}
        )
        assert answer.status_code == 400
        assert "a@b.example" in answer.text
        assert "open for too long" in answer.text


@on_sqlite
def test_files_are_named_to_be_chosen_again(session, cast, order, sign_in):
    import io

    address, _form = order
    client = sign_in(cast.buyer)
    sign_everybody_out(session)
    form = {"kind": "order", "version": "1", "file": (io.BytesIO(b"x"), "订单 截图.png")}
    entry = door(client, session, address.replace("/order", "/evidence"), form)
    body = entry | {"email": email_of(session, cast.buyer), "password": PASSWORD}
    back = carried_on(client, client.post("/account/sign-in", data=body), body)
    assert back.status_code == 422
    assert "Choose these files again: 订单 截图.png" in back.text


def test_the_sittings_are_really_over(session, cast, sign_in):
    client = sign_in(cast.buyer)
    sign_everybody_out(session)
    assert sittings.open_sittings(session, session.merge(cast.buyer.person).id) == []
    session.rollback()
    assert client.get("/desk/").status_code == 302
