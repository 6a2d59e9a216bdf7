"""Being told by mail, as anybody sees it: asked for, confirmed, changed and ended, without an account or a cookie."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core import clock
from quality.subscriptions.links import Keys
from quality.subscriptions.models import Rhythm, Subscriber, Wish
from quality.subscriptions.operations import in_force
from quality.web.pace import EXTENSION
from tests.harness.bad_input import BAD
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.publication import proposed
from tests.harness.reading import not_linked, read

pytestmark = on_sqlite
ASKED = {"email": "reader@people.example", "tells": "all", "rhythm": "daily", "language": "en"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def mailing(app: Flask, clock: HeldClock) -> Flask:
    """The program knows a mail server; nothing is sent to it here."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="smtp://127.0.0.1:9", mail_from="a@m.example")
    app.extensions.pop(EXTENSION, None)
    return app


def keys_of(app: Flask) -> Keys:
    return Keys.of(app.config["SETTINGS"])


def subscribed(app: Flask, session: Session, **more: str) -> tuple[Subscriber, str]:
    """Through the pages: asked, and confirmed by the link of the mail."""
    client = app.test_client()
    assert client.post("/subscribe?lang=en", data=ASKED | more).status_code == 303
    subscriber = session.scalars(sa.select(Subscriber)).one()
    page = f"/subscribe/confirm/{keys_of(app).confirming(subscriber, clock.now())}?lang=en"
    ids = re.findall(r'name="wish" value="(\d+)"', client.get(page).text)
    answer = client.post(page, data={"wish": ids})
    assert answer.status_code == 303
    session.expire_all()
    return subscriber, answer.location.split("?")[0]


def test_without_a_mail_server_the_page_points_to_the_feed(app: Flask, client: FlaskClient) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=None)
    page = client.get("/subscribe?lang=en&platform=P-1").text
    assert "Nothing is sent by mail here" in page
    assert "/results.atom?platform=P-1" in page
    assert "<form" not in page
    assert client.post("/subscribe?lang=en", data=ASKED).status_code == 409
    assert "/subscribe?verdict=conforming" in client.get("/results?verdict=conforming&from=2026-01-01").text


def test_the_form_takes_over_the_filters_of_the_list(mailing: Flask, session: Session) -> None:
    client = mailing.test_client()
    page = client.get("/subscribe?lang=en&verdict=nonconforming&q=磁力&from=2026-01-01&email=x@y.example")
    assert 'value="nonconforming" selected' in page.text
    assert 'value="磁力"' in page.text
    assert "x@y.example" not in page.text
    assert page.headers["ETag"]
    answer = client.post(
        "/subscribe?lang=en", data=ASKED | {"verdict": "nonconforming", "q": "磁力", "campaign": "c-1"}
    )
    assert (answer.status_code, answer.location) == (303, "/subscribe/asked?lang=en")
    assert "Look into your mailbox" in client.get(answer.location).text
    wish = session.scalars(sa.select(Wish)).one()
    assert (wish.verdict, wish.q, wish.campaign, wish.since_at) == ("nonconforming", "磁力", "C-1", None)


def test_what_is_known_of_an_address_shows_in_no_answer(mailing: Flask, session: Session) -> None:
    client = mailing.test_client()
    subscribed(mailing, session)
    known, new = (
        client.post("/subscribe?lang=en", data=ASKED | {"email": email})
        for email in ("reader@people.example", "other@people.example")
    )
    assert (known.status_code, known.location, known.data) == (new.status_code, new.location, new.data)
    assert "Set-Cookie" not in known.headers


def test_who_asks_too_often_waits(mailing: Flask) -> None:
    client = mailing.test_client()
    statuses = [client.post("/subscribe", data=ASKED).status_code for _ in range(11)]
    assert (set(statuses[:10]), statuses[10]) == ({303}, 429)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"email": "reader"}, "Enter an e-mail address, as in name@example.org"),
        ({"email": ""}, "Enter an e-mail address, as in name@example.org"),
        ({"rhythm": "hourly"}, "Choose one of what is offered"),
        ({"tells": "nothing"}, "Choose one of what is offered"),
        ({"language": "fr"}, "Choose one of what is offered"),
        ({"verdict": "bad"}, "Choose conforming or nonconforming"),
        ({"q": "磁" * 101}, "Keep to 100 characters"),
        ({"producer": "x" * 200}, "Keep to 100 characters"),
    ],
)
def test_what_makes_no_sense_is_named_and_what_was_typed_is_kept(mailing: Flask, session: Session, typed, says) -> None:
    answer = mailing.test_client().post("/subscribe?lang=en", data=ASKED | {"category": "儿童玩具"} | typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert "儿童玩具" in answer.text
    assert not_linked(read(answer.text)) == []
    assert session.scalars(sa.select(Subscriber)).all() == []


def test_whatever_is_typed_is_answered(mailing: Flask, session: Session) -> None:
    client = mailing.test_client()
    subscriber, own = subscribed(mailing, session)
    for name, bad in BAD.items():
        words = {field: bad for field in ("q", "platform", "campaign", "producer")}
        for typed in (words, {"email": bad}, {"tells": bad, "rhythm": bad, "language": bad}):
            mailing.extensions.pop(EXTENSION, None)
            assert client.post("/subscribe", data=ASKED | typed).status_code in {303, 422}, name
        assert client.post(own, data={"rhythm": bad, "language": "en"}).status_code == 422, name
    assert client.post(own, data={"rhythm": "daily", "language": "en", "wish": ["1" * 5000, "a"]}).status_code == 303
    assert subscriber.rhythm == Rhythm.DAILY


# --- by the secret links ---


def test_opening_a_link_confirms_nothing_and_a_press_does(mailing: Flask, session: Session) -> None:
    client = mailing.test_client()
    client.post("/subscribe?lang=en", data=ASKED | {"q": "磁力"})
    subscriber = session.scalars(sa.select(Subscriber)).one()
    page = f"/subscribe/confirm/{keys_of(mailing).confirming(subscriber, clock.now())}?lang=en"
    answer = client.get(page)
    assert "Results and announcements of campaigns · Search: 磁力" in answer.text
    assert "r…@people.example" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.post(page, data={}).location.startswith("/subscribe/confirm/")
    session.expire_all()
    assert subscriber.confirmed_at is None

    pressed = client.post(page, data={"wish": str(subscriber.wishes[0].id)})
    assert "Confirmed. From now on you are told." in client.get(pressed.location).text
    assert "Nothing waits to be confirmed" in client.get(page).text
    for closed in ("/subscribe/confirm/x", "/subscriptions/x", "/subscriptions/x/end"):
        answer = client.get(f"{closed}?lang=en")
        assert (answer.status_code, "This link opens nothing" in answer.text) == (404, True)
    assert client.post("/subscribe/confirm/x").status_code == client.post("/subscriptions/x").status_code == 404


def test_what_one_gets_is_seen_and_changed_by_the_own_link(mailing: Flask, session: Session) -> None:
    client = mailing.test_client()
    subscriber, own = subscribed(mailing, session)
    mailing.extensions.pop(EXTENSION, None)
    page = client.get(f"{own}?lang=en").text
    assert 'value="daily" selected' in page
    answer = client.post(own, data={"rhythm": "weekly", "language": "zh"})
    session.expire_all()

    assert (subscriber.rhythm, subscriber.language, in_force(subscriber)) == (Rhythm.WEEKLY, "zh", [])
    assert "您的选择已保存" in client.get(answer.location).text
    assert "Nothing new. If what you were told before is corrected" in client.get(f"{own}?lang=en").text


def test_a_mail_program_ends_it_with_one_request_and_a_person_with_one_press(mailing: Flask, session: Session) -> None:
    """RFC 8058: a POST without cookie, token or anything but the link. A GET ends nothing: scanners open links."""
    client = mailing.test_client()
    _subscriber, own = subscribed(mailing, session)
    assert "Yes, send me nothing more" in client.get(f"{own}/end?lang=en").text
    assert len(session.scalars(sa.select(Subscriber.id)).all()) == 1

    assert client.post(f"{own}/end", data=ONE_CLICK).status_code == 200
    assert session.scalars(sa.select(Subscriber.id)).all() == []
    again = client.post(f"{own}/end?lang=en", data=ONE_CLICK)
    assert (again.status_code, "Nothing more is sent" in again.text) == (200, True)


def test_who_was_asked_in_vain_is_forgotten_at_once_if_they_say_so(mailing: Flask, session: Session) -> None:
    client = mailing.test_client()
    client.post("/subscribe", data=ASKED)
    link = keys_of(mailing).link_of(session.scalars(sa.select(Subscriber)).one())
    assert client.post(f"/subscriptions/{link}/end", data=ONE_CLICK).status_code == 200
    assert session.scalars(sa.select(Wish.id)).all() == session.scalars(sa.select(Subscriber.id)).all() == []


# --- what an editor sees ---


def test_an_editor_sees_numbers_and_whom_what_waits_would_reach(app: Flask, session: Session, concluded) -> None:
    cast: Cast = concluded.cast
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    editor = sign_in(app, cast.coordinator)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=None)
    assert "Subscribing is offered once SMTP_URL and MAIL_FROM are set" in editor.get("/desk/subscribers?lang=en").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="smtp://127.0.0.1:9", mail_from="a@m.example")
    app.extensions.pop(EXTENSION, None)
    assert "Nobody subscribed yet" in editor.get("/desk/subscribers").text
    subscribed(app, session)
    result = proposed(session, cast, concluded.good)
    session.commit()

    page = editor.get("/desk/subscribers").text
    assert result.number in page
    assert concluded.good.sample.task.campaign.number in page
    assert "Mails under way" in page
    assert "people.example" not in page
