"""Whatever is typed where no sheet is: beside a move, at the door, on the own account, at a dry run. Never a 500."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns import uploads
from quality.core.events import Access, Event, Note
from quality.evidence.models import EvidenceKind, Exhibit
from quality.notices.models import NoticeStatus
from quality.objections.models import Objection, Party
from quality.objections.operations import send_letter
from quality.publication.search import visible
from quality.purchases.models import TaskStatus
from quality.web.pace import EXTENSION
from tests.gates.test_bad_input import told, wrong_with
from tests.harness.bad_input import ASK_POSTGRESQL, BAD
from tests.harness.campaigns import planned
from tests.harness.clock import HeldClock
from tests.harness.desk import PASSWORD, give_password, sign_in
from tests.harness.doors import Door
from tests.harness.lab import confirmed_finding
from tests.harness.notices import notice_at
from tests.harness.people import Cast, code_at
from tests.harness.purchases import ORDERED, prove, settings, task_at
from tests.harness.reading import not_linked, read

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def at_work(session: Session, cast: Cast) -> Cast:
    for actor in (cast.coordinator, cast.reviewer, cast.buyer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return cast


@pytest.fixture
def bad_input(session: Session) -> dict[str, str]:
    """What is bad, by its name: each of the database that could mind it more, as in test_bad_input.py."""
    here = session.get_bind().dialect.name == "postgresql"
    return {name: bad for name, bad in BAD.items() if (name in ASK_POSTGRESQL) == here}


def test_a_note_beside_a_move_is_kept_as_far_as_it_can_be_read(
    app: Flask, session: Session, at_work: Cast, bad_input: dict[str, str]
) -> None:
    """A notice goes to and fro between two people, with every kind of note."""
    notice = notice_at(session, at_work, NoticeStatus.DRAFT)
    session.commit()
    both = [(sign_in(app, at_work.coordinator), "submit"), (sign_in(app, at_work.reviewer), "return")]
    for place, (name, note) in enumerate(bad_input.items()):
        client, move = both[place % 2]
        address = f"/desk/notice/{notice.reference}"
        late = client.post(f"{address}/{move}", data={"version": notice.version - 1, "note": note})
        assert late.status_code == 409, f"{name}: {told(late)}"
        assert not CONTROL.search(told(late)), name
        answer = client.post(f"{address}/{move}", data={"version": notice.version, "note": note})
        assert answer.status_code == 302, f"{name}: {told(answer)}"
        kept = session.scalars(sa.select(Event).where(Event.action == move).order_by(Event.id.desc())).first()
        assert kept
        text = session.get_one(Note, kept.note_digest).text if kept.note_digest else ""
        assert text == visible(note)[:1000], name
        assert not CONTROL.search(text), name
        assert client.get(address).status_code == 200


def test_a_reason_that_cannot_be_read_opens_nothing(
    app: Flask, session: Session, at_work: Cast, bad_input: dict[str, str]
) -> None:
    """The buyer's own pictures, for who must see them: the reason is asked for, and kept with the look."""
    task = task_at(session, at_work, TaskStatus.ASSIGNED)
    prove(session, task, *ORDERED, by=at_work.buyer)
    secret = session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.ORDER)).first()
    assert secret
    session.commit()
    client = sign_in(app, at_work.coordinator)
    for name, why in [*bad_input.items(), ("only marks", "\u200f\u202e"), ("only spaces", " \t\n")]:
        for address in (f"/desk/task/{task.number}/evidence/{secret.id}", f"/desk/task/{task.number}/identity"):
            before = looks(session)
            answer = client.post(address, data={"reason": "other", "why": why})
            assert answer.status_code in {200, 404, 422}, f"{name} {address}: {told(answer)}"
            assert "identity" in address or (answer.status_code == 200) == (looks(session) > before), name
            if name in {"nothing", "only marks", "only spaces"}:
                assert answer.status_code == 422, name
    assert not any(CONTROL.search(why) for why in session.scalars(sa.select(Access.why)))


def looks(session: Session) -> int:
    session.rollback()
    return session.scalars(sa.select(sa.func.count()).select_from(Access)).one()


# --- the account, and the door to it ---

Sends = Callable[[Any, str], Any]


def change_to(client: Any, bad: str) -> Any:
    return client.post("/account/change-password", data={"password": PASSWORD, "new": bad, "again": bad})


def prove_by(client: Any, bad: str) -> Any:
    return client.post("/account/confirm/passkey", data={"password": bad})


def begin_second_step(client: Any, bad: str) -> Any:
    client.post("/account/confirm/second_step", data={"password": PASSWORD})
    client.post("/account/second-step/begin")
    return client.post("/account/second-step", data={"code": bad})


def name_passkey(client: Any, bad: str) -> Any:
    client.post("/account/confirm/passkey", data={"password": PASSWORD})
    return client.post("/account/passkeys/new", data={"name": bad, "credential": bad})


def name_oneself(client: Any, bad: str) -> Any:
    return client.post("/account/", data={"name": bad, "language": bad, "theme": bad, "version": bad})


def choose_work(client: Any, bad: str) -> Any:
    return client.post("/account/membership", data={"membership": bad})


def choose_look(client: Any, bad: str) -> Any:
    return client.post("/account/look", data={"theme": bad, "next": bad})


OWN: dict[str, Sends] = {
    "present password": lambda client, bad: client.post(
        "/account/change-password", data={"password": bad, "new": "another long password 26", "again": bad}
    ),
    "new password": change_to,
    "proof": prove_by,
    "code of the second step": begin_second_step,
    "name of a passkey": name_passkey,
    "name and look": name_oneself,
    "membership": choose_work,
    "look": choose_look,
}


def test_a_form_of_the_own_account_answers_in_words(
    app: Flask, session: Session, at_work: Cast, clock: HeldClock, bad_input: dict[str, str]
) -> None:
    wrong = []
    client = sign_in(app, at_work.coordinator)
    for form, send in OWN.items():
        for name, bad in bad_input.items():
            clock.advance(hours=1)  # tries in vain are counted, and are not what is asked here
            answer = send(client, bad)
            if answer.status_code not in {302, 404, 422}:
                wrong.append(f"{form}, {name}: {told(answer)}")
            if answer.status_code == 422:
                wrong += [f"{form}, {name}: {each}" for each in not_linked(read(answer.text))]
            if answer.status_code == 302 and form == "new password":  # it was a good one
                assert at_work.coordinator.person
                give_password(session, at_work.coordinator.person)
                session.commit()
                client = sign_in(app, at_work.coordinator)
    assert wrong == []


def test_the_door_answers_in_words(
    app: Flask, session: Session, at_work: Cast, clock: HeldClock, bad_input: dict[str, str]
) -> None:
    """The same whoever is meant, and the password is never sent back."""
    assert at_work.coordinator.person
    email = at_work.coordinator.person.email
    for name, bad in bad_input.items():
        for typed in ({"email": bad, "password": PASSWORD}, {"email": email, "password": bad}, {"next": bad}):
            clock.advance(hours=1)
            answer = app.test_client().post("/account/sign-in?lang=en", data=typed)
            assert answer.status_code == 422, f"{name} {typed.keys()}: {answer.status_code}"
            assert not_linked(read(answer.text)) == [], name
            assert typed.get("password", "-") not in answer.text or len(typed.get("password", "")) < 8, name


def test_the_code_at_the_door_answers_in_words(
    app: Flask, session: Session, at_work: Cast, clock: HeldClock, bad_input: dict[str, str]
) -> None:
    client = sign_in(app, at_work.coordinator)
    client.post("/account/confirm/second_step", data={"password": PASSWORD})
    client.post("/account/second-step/begin")
    [key] = re.findall(r'text-break">([A-Z2-7 ]+)<', client.get("/account/second-step").text)
    code = code_at(key.replace(" ", ""), clock.moment)
    assert client.post("/account/second-step", data={"code": code}).status_code == 200
    assert at_work.coordinator.person
    half = app.test_client()
    half.post("/account/sign-in?lang=en", data={"email": at_work.coordinator.person.email, "password": PASSWORD})
    for name, bad in bad_input.items():
        clock.advance(days=1)
        answer = half.post("/account/code", data={"code": bad})
        if answer.status_code == 302:  # it waits no longer for the second step
            half.post("/account/sign-in", data={"email": at_work.coordinator.person.email, "password": PASSWORD})
            answer = half.post("/account/code", data={"code": bad})
        assert answer.status_code == 422, f"{name}: {told(answer)}"
        assert not_linked(read(answer.text)) == [], name


# --- the page of a letter ---


def test_the_form_of_a_party_without_an_account_answers_in_words(
    app: Flask, session: Session, at_work: Cast, bad_input: dict[str, str]
) -> None:
    """No seller may say that it is not theirs: whatever else is typed comes back beside that."""
    finding = confirmed_finding(session, at_work)
    link = f"/reply/{send_letter(session, finding, Party.SELLER, by=at_work.coordinator).token}"
    session.commit()
    client, page = app.test_client(), f"{link}/objection"
    assert client.post(link).status_code == 303
    door = Door("reply", 0, page, page, {}, {})
    for name, bad in bad_input.items():
        for sent in ({"ground": "authenticity", "statement": bad}, {"ground": bad, "items": bad, "statement": bad}):
            app.extensions.pop(EXTENSION, None)  # who sends too often waits, and that is not what is asked here
            answer = client.post(f"{page}?lang=en", data=sent)
            assert answer.status_code == 422, f"{name}: {told(answer)}"
            assert wrong_with(read(answer.text), door, {"statement": [bad]}) == [], name
        assert client.post(f"/reply/{quote(bad, safe='') or '-'}", data=sent).status_code in {404, 429}, name
    assert session.scalars(sa.select(Objection)).all() == []


# --- a dry run ---


def test_a_dry_run_takes_nothing_that_it_cannot_read(
    app: Flask, session: Session, at_work: Cast, bad_input: dict[str, str]
) -> None:
    campaign = planned(session, at_work)
    heading = "listing_id,platform,category,shop_id,shop_name,title,url,price_fen"
    rows = "R1,棠梨商城,儿童玩具,S1,店,磁力棒,https://item.example/r1,3990\nR2,棠梨商城,儿童玩具,S1,店,磁力棒,x,面议"
    sent = io.BytesIO(f"{heading}\n{rows}\n".encode())
    token = uploads.receive(
        session, campaign, sent, "frame.csv", by=at_work.coordinator, frames=settings().frames_folder
    )
    session.commit()
    client = sign_in(app, at_work.coordinator)
    at = f"/desk/campaign/{campaign.number}/frame"
    for name, bad in bad_input.items():
        for typed in ({"version": bad}, {"version": campaign.version, "leave": bad}):
            answer = client.post(f"{at}/{token}/take-in", data=typed)
            assert answer.status_code in {409, 422}, f"{name}: {told(answer)}"
        for rest in ("take-in", "again", "throw-away"):
            with_no_slash = re.sub(r"[\x00-\x1f/?#%]", "_", bad) or "_"
            answer = client.post(f"{at}/{with_no_slash}/{rest}", data={"version": campaign.version})
            assert answer.status_code == 404, f"{name} {rest}: {told(answer)}"
        assert client.post(f"{at}/{token}/again", data={"version": bad}).status_code == 302
    session.refresh(campaign)
    assert campaign.frame_sha256 is None
    assert client.post(f"{at}/{token}/throw-away", data={"version": "x"}).status_code == 302
    assert client.get(f"{at}/{token}").status_code == 404
