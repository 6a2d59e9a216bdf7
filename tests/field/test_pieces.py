"""Sealed pieces of a telephone: done once, through the forms of the pages, and refused in words that come back."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.events import Event
from quality.evidence.models import Exhibit, Holding
from quality.evidence.parts import parts_at
from quality.evidence.vault import vault_from
from quality.field import phones
from quality.field.jobs import end_old_uploads
from quality.field.models import Piece, PieceState, Upload, UploadPart
from quality.pages.pieces import do_due_pieces
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import Task, TaskStatus
from tests.evidence.files import photograph
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.field import BYTES, Telephone, metadata, plaintext, sealed_to
from tests.harness.people import Cast, hire
from tests.harness.purchases import PURCHASE, settings, task_at
from tests.harness.workers import numbers

NUMBERS = numbers()
SHOWN = ("seller", "product_page", "order", "payment")


@pytest.fixture
def cast(in_field: Cast) -> Cast:
    return in_field


@pytest.fixture
def telephone(app: Flask, session: Session, cast: Cast) -> Telephone:
    return Telephone(app, session, cast.buyer)


def picture() -> bytes:
    return photograph(taken=f"2026:09:01 10:15:{next(NUMBERS) % 60:02d}")


def ordered(**changed: str) -> dict[str, str]:
    told = {name: str(PURCHASE[name]) for name in ("account", "recipient", "address", "telephone", "quantity")}
    now = clock.now().astimezone(clock.BEIJING).strftime("%Y-%m-%dT%H:%M")
    return told | {"order_number": f"TL{next(NUMBERS):010d}", "paid_fen": "39.90", "paid_at": now} | changed


def with_password(session: Session, actor: Actor) -> None:
    assert actor.person
    give_password(session, actor.person)


def assigned(session: Session, cast: Cast) -> Task:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    session.commit()
    return task


def test_a_purchase_is_done_by_telephone_and_bears_its_moment(
    app: Flask, session: Session, cast: Cast, telephone: Telephone
) -> None:
    task = assigned(session, cast)
    number, seen, said = task.number, task.version, "2026-09-01T10:15:30+08:00"
    names = [telephone.send("evidence", number, picture(), kind=kind, taken_at=said, source="camera") for kind in SHOWN]
    move = telephone.send("move", number, name="order", fields=ordered(), version=seen, phone_now=said)
    found = telephone.became(*names, move)
    assert {each["state"] for each in found.values()} == {"safe"}, found
    session.expire_all()
    assert task.status == TaskStatus.ORDERED
    event = session.scalars(sa.select(Event).filter_by(subject_type="task", subject_id=task.id, action="order")).one()
    assert event.actor == f"person:{cast.buyer.id} via phone:{telephone.phone_id}"
    assert event.details["phone_at"] == "2026-09-01T02:15:30.000000Z"
    assert session.scalars(sa.select(UploadPart)).all() == []
    with_password(session, cast.buyer)
    assert "On a telephone, by its clock: 1 Sep" in sign_in(app, cast.buyer).get(f"/desk/task/{number}").text


def test_the_same_piece_again_changes_nothing_and_is_told_where_the_first_is(
    session: Session, cast: Cast, telephone: Telephone
) -> None:
    number, name = assigned(session, cast).number, str(uuid.uuid4())
    told = {"piece": name, "does": "evidence", "task": number, "kind": "seller"}
    sealed = sealed_to(telephone.point, plaintext(told, picture()))
    first, again = telephone.begin(name, len(sealed)), telephone.begin(name, len(sealed))
    assert (first.status_code, again.status_code, again.location) == (201, 200, first.location)
    assert telephone.begin(name, 7).get_json()["code"] == "another_length"
    assert telephone.became(name)[name]["state"] == "on_its_way"
    sent = {"Content-Type": BYTES, "Upload-Offset": "0"}
    address = first.location.removeprefix("/api/v1")
    assert [telephone.open("PATCH", address, sent, data=sealed).status_code for _ in range(2)] == [204, 409]
    assert telephone.became(name)[name]["state"] == "safe"
    assert telephone.begin(name, len(sealed)).status_code == 200
    assert len(session.scalars(sa.select(Exhibit).filter_by(kind="seller")).all()) == 1


def test_what_is_refused_says_why_in_both_languages_and_comes_back_in_the_form(
    app: Flask, session: Session, cast: Cast, telephone: Telephone
) -> None:
    with_password(session, cast.buyer)
    number = assigned(session, cast).number
    for kind in SHOWN:
        telephone.send("evidence", number, picture(), kind=kind)
    move = telephone.send("move", number, name="order", fields=ordered(paid_fen="viel", account="tangli-99"))
    refused = telephone.became(move)[move]
    assert (refused["state"], refused["settled"]) == ("refused", False)
    assert "Paid, in yuan: Enter the amount" in refused["reason"]
    piece = session.scalars(sa.select(Piece).filter_by(uuid=move)).one()
    assert piece.reason and "元" in piece.reason["zh"]
    assert piece.typed and "tangli-99" not in piece.typed
    assert vault_from(settings().evidence_url).size(piece.sealed or "") is not None

    client = sign_in(app, cast.buyer)
    page = client.get("/desk/pieces/")
    assert refused["reason"] in page.text
    form = client.get(refused["mend"], follow_redirects=True)
    assert 'value="viel"' in form.text
    assert 'value="tangli-99"' in form.text
    assert "Enter the amount in yuan" in form.text
    version = session.scalars(sa.select(Task).filter_by(number=number)).one().version
    sent = client.post(form.request.url, data=ordered() | {"version": version})
    assert sent.status_code == 302, sent.text
    assert telephone.became(move)[move]["settled"] is True
    assert "Everything that came is recorded" in client.get("/desk/pieces/").text


def test_a_move_that_came_before_its_evidence_waits_for_it(session: Session, cast: Cast, telephone: Telephone) -> None:
    task = assigned(session, cast)
    number, late = task.number, str(uuid.uuid4())
    for kind in SHOWN[1:]:
        telephone.send("evidence", number, picture(), kind=kind)
    told = {"piece": late, "does": "evidence", "task": number, "kind": SHOWN[0]}
    sealed = sealed_to(telephone.point, plaintext(told, picture()))
    address = telephone.begin(late, len(sealed)).location.removeprefix("/api/v1")
    move = telephone.send("move", number, name="order", fields=ordered())
    assert telephone.became(move)[move]["code"] == "evidence_missing"
    assert telephone.became(move)[move]["state"] == "on_its_way"
    telephone.open("PATCH", address, {"Content-Type": BYTES, "Upload-Offset": "0"}, data=sealed)
    assert {each["state"] for each in telephone.became(late, move).values()} == {"safe"}


@on_sqlite
def test_nothing_is_waited_for_that_does_not_come(session: Session, cast: Cast, telephone: Telephone) -> None:
    move = telephone.send("move", assigned(session, cast).number, name="order", fields=ordered())
    assert telephone.became(move)[move] | {"mend": ""} == {
        "id": move, "state": "refused", "code": "evidence_missing", "mend": "", "settled": False, "done_at": None,
        "reason": telephone.became(move)[move]["reason"],
    }  # fmt: skip


def test_what_a_dead_process_left_is_done_by_the_job(
    app: Flask, session: Session, cast: Cast, telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = assigned(session, cast).number
    with monkeypatch.context() as dying:
        dying.setattr("quality.api.uploads.do_piece", lambda *_told: 1 / 0)
        name = telephone.send("evidence", number, picture(), kind="seller")
    assert telephone.became(name)[name]["state"] == "on_its_way"
    sessions = sessionmaker(session.get_bind())
    assert do_due_pieces(sessions, settings(), clock.now()) == 0  # its process may still be at work
    cast.clock.advance(minutes=11)
    assert do_due_pieces(sessions, settings(), clock.now()) == 1
    assert telephone.became(name)[name]["state"] == "safe"


@on_sqlite
@pytest.mark.parametrize(
    "case",
    [
        ({"does": "dance"}, b"", "unknown_piece"),
        ({"does": "move", "name": "dispatch"}, b"", "not_found"),
        ({"does": "move", "name": "seal", "fields": {}}, b"", "wrong_status"),
        ({"does": "move", "name": "order", "fields": {"paid_fen": [1]}}, b"", "unknown_piece"),
        ({"does": "evidence", "kind": "seller"}, b"", "invalid"),
        ({"does": "evidence", "kind": "seller"}, b"a text of mine", "wrong_media_type"),
        ({"does": "evidence", "kind": "selfie"}, photograph(), "unknown_kind"),
        ({"does": "evidence", "kind": "seller", "task": "T-NONE-1"}, photograph(), "not_found"),
        ({"does": "evidence", "kind": "seller", "sha256": "0" * 64}, photograph(), "changed_on_the_way"),
    ],
)
def test_what_cannot_be_done_is_named(
    in_field: Cast, session: Session, telephone: Telephone, case: tuple[dict[str, Any], bytes, str]
) -> None:
    told, file, code = case
    name = telephone.send(**{"task": assigned(session, in_field).number, "file": file, **told})
    became = telephone.became(name)[name]
    assert (became["state"], became["code"]) == ("refused", code)
    assert became["reason"]


@on_sqlite
def test_what_is_no_piece_or_was_altered_is_refused_and_kept(
    session: Session, cast: Cast, telephone: Telephone
) -> None:
    good = bytearray(sealed_to(telephone.point, plaintext({"does": "move"})))
    good[-1] ^= 1
    for sealed, code in ((bytes(good), "altered"), (b"MCS1 is not enough", "no_piece")):
        name = str(uuid.uuid4())
        assert telephone.send_sealed(name, sealed).status_code == 201
        assert telephone.became(name)[name]["code"] == code
        piece = session.scalars(sa.select(Piece).filter_by(uuid=name)).one()
        assert piece.sealed == hashlib.sha256(sealed).hexdigest()


@on_sqlite
def test_somebody_else_moved_the_task_since_the_telephone_saw_it(
    session: Session, cast: Cast, telephone: Telephone
) -> None:
    task = assigned(session, cast)
    number, seen = task.number, task.version - 1  # before the coordinator assigned it
    for kind in SHOWN:
        telephone.send("evidence", number, picture(), kind=kind)
    move = telephone.send("move", number, name="order", fields=ordered(), version=seen)
    assert telephone.became(move)[move]["code"] == "stale"


@on_sqlite
def test_a_piece_put_aside_is_done_with_and_one_tried_again_may_fit_now(
    app: Flask, session: Session, cast: Cast, telephone: Telephone
) -> None:
    with_password(session, cast.buyer)
    number = assigned(session, cast).number
    move = telephone.send("move", number, name="order", fields=ordered())
    piece = session.scalars(sa.select(Piece.id).filter_by(uuid=move)).one()
    client = sign_in(app, cast.buyer)
    client.post(f"/desk/pieces/{piece}/again")
    assert "cannot be recorded as it is" in client.get("/desk/pieces/").text
    for kind in SHOWN:
        telephone.send("evidence", number, picture(), kind=kind)
    client.post(f"/desk/pieces/{piece}/again")
    assert "It is recorded now" in client.get("/desk/pieces/").text
    assert telephone.became(move)[move]["state"] == "safe"
    other = telephone.send("evidence", number, b"text", kind="seller")
    piece = session.scalars(sa.select(Piece.id).filter_by(uuid=other)).one()
    assert client.post(f"/desk/pieces/{piece}/aside").status_code == 302
    assert client.post(f"/desk/pieces/{piece}/aside").status_code == 409
    assert telephone.became(other)[other] | {"reason": ""} == {
        "id": other, "state": "refused", "code": "wrong_media_type", "reason": "", "mend": None, "settled": True,
        "done_at": None,
    }  # fmt: skip


@on_sqlite
def test_a_coordinator_sees_that_it_was_refused_and_not_what_was_typed(
    app: Flask, session: Session, cast: Cast, telephone: Telephone
) -> None:
    with_password(session, cast.coordinator)
    number = assigned(session, cast).number
    move = telephone.send("move", number, name="order", fields=ordered(account="tangli-99"))
    piece = session.scalars(sa.select(Piece).filter_by(uuid=move)).one()
    client = sign_in(app, cast.coordinator)
    page = client.get("/desk/pieces/").text
    assert number in page
    assert f"piece={piece.id}" not in page  # no way to mend it
    assert client.post(f"/desk/pieces/{piece.id}/again").status_code == 409
    assert "tangli-99" not in client.get(f"/desk/task/{number}/order?piece={piece.id}").text
    stranger = hire(session, cast.below, Role.COORDINATOR)
    with_password(session, stranger)
    assert sign_in(app, stranger).get(f"/desk/pieces/{piece.id}").status_code == 404


@on_sqlite
def test_a_telephone_is_enrolled_by_who_is_signed_in_and_taken_back_on_the_account(
    app: Flask, session: Session, cast: Cast
) -> None:
    with_password(session, cast.buyer)
    client = sign_in(app, cast.buyer)
    came = client.post("/field/phones", headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/605"})
    told = came.get_json()
    assert came.status_code == 201
    assert len(base64.b64decode(told["key"]["public"])) == 65
    assert told["person"] == cast.buyer.id
    key = {"Authorization": f"Bearer {told['token']}", "Accept-Language": "en"}
    ask = app.test_client()
    assert ask.get("/api/v1/pieces", headers=key).get_json() == {"items": [], "key": told["key"]}
    assert ask.get("/api/v1/tasks", headers=key).status_code == 401  # good for nothing else
    assert "Safari, iPhone" in client.get("/account/").text
    assert client.post(f"/account/phones/{told['phone']}/revoke").status_code == 302
    assert ask.get("/api/v1/pieces", headers=key).get_json()["code"] == "bad_key"
    assert client.post(f"/account/phones/{told['phone']}/revoke").status_code == 404
    assert app.test_client().post("/field/phones").status_code in {302, 401}


@on_sqlite
def test_a_telephone_opens_nothing_once_its_role_ended_or_its_time_is_over(
    app: Flask, session: Session, cast: Cast, telephone: Telephone
) -> None:
    token = telephone.headers["Authorization"].removeprefix("Bearer ")
    assert phones.holder_of(session, token) is not None
    cast.clock.advance(days=91)
    assert phones.holder_of(session, token) is None
    other = Telephone(app, session, cast.coordinator)
    assert other.open("GET", "/pieces").status_code == 200
    other.phone.membership.ended_at = clock.now()
    session.commit()
    assert other.open("GET", "/pieces").status_code == 401


@on_sqlite
def test_an_upload_of_a_piece_that_ended_can_be_begun_anew(session: Session, cast: Cast, telephone: Telephone) -> None:
    number, name = assigned(session, cast).number, str(uuid.uuid4())
    sealed = sealed_to(telephone.point, plaintext({"does": "evidence", "task": number, "kind": "seller"}, picture()))
    address = telephone.begin(name, len(sealed)).location.removeprefix("/api/v1")
    telephone.open("PATCH", address, {"Content-Type": BYTES, "Upload-Offset": "0"}, data=sealed[:100])
    cast.clock.advance(days=8)
    store = parts_at(settings().evidence_url)
    token = session.scalars(sa.select(Upload.token)).one()
    assert end_old_uploads(sessionmaker(session.get_bind()), store, clock.now()) == 1
    assert list(store.lying(token)) == []
    assert telephone.open("HEAD", address).status_code == 404
    assert telephone.send_sealed(name, sealed).status_code == 201
    assert telephone.became(name)[name]["state"] == "safe"
    assert session.scalars(sa.select(Holding.sha256)).all()


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (metadata(piece="NOT-A-UUID"), "piece"),
        ({"Upload-Metadata": ""}, "piece"),
        ({"Upload-Metadata": "piece ***"}, "Upload-Metadata"),
        ({"Upload-Length": "many"}, "Upload-Length"),
        ({"Upload-Length": "0"}, "Upload-Length"),
        ({"Upload-Defer-Length": "1"}, "Upload-Length"),
    ],
)
def test_what_is_wrong_with_a_beginning_is_said_at_its_field(
    session: Session, cast: Cast, telephone: Telephone, changed: dict[str, str], field: str
) -> None:
    sent = {"Upload-Length": "9", **metadata(piece=str(uuid.uuid4()))} | changed
    answer = telephone.open("POST", "/uploads", sent)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["errors"]] == [field]
    assert session.scalars(sa.select(Piece).where(Piece.state == PieceState.ON_ITS_WAY)).all() == []
