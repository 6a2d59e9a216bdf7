"""What a check set apart is seen by who judges files, and a word on it is recorded; others do not know of it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import db
from quality.core.events import Event
from quality.evidence import jobs
from quality.evidence.models import CopyKind, EvidenceKind, Holding, Quarantine, Verdict
from quality.evidence.operations import take_in
from quality.evidence.queries import derived_of
from quality.permissions import Role
from tests.evidence.files import little_picture, photograph
from tests.evidence.test_checks import archive
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import received_task, vault

pytestmark = on_sqlite
TWO = photograph() + archive()
SAID = "This file is two things in one"


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer, cast.buyer, cast.desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def condemned_by(session: Session, actor: Any) -> Quarantine:
    session.commit()
    with invalid(("file", "two_in_one")):
        take_in(session, vault(), TWO, kind=EvidenceKind.LOOK, by=actor)
    return session.scalars(sa.select(Quarantine).order_by(Quarantine.id.desc())).first()  # type: ignore[return-value]


def test_a_form_that_brings_such_a_file_says_so_at_its_field_and_a_person_releases_it(
    clients: Any, session: Session, cast: Cast
) -> None:
    task = received_task(session, cast)
    session.commit()
    sent = {"version": task.version, "kind": "marks", "file": (io.BytesIO(TWO), "IMG_1.jpg")}
    answer = clients(cast.buyer).post(f"/desk/task/{task.number}/evidence", data=sent)
    assert (answer.status_code, SAID in answer.text) == (422, True)

    reviewer = clients(cast.reviewer)
    assert "/desk/files/" in reviewer.get("/desk/").text
    seen = reviewer.get("/desk/files/").text
    assert SAID in seen
    assert cast.buyer.person
    assert cast.buyer.person.name not in seen  # a buyer is a number to colleagues
    found = session.scalars(sa.select(Quarantine)).one()
    told = {"verdict": "released", "why": "相机尾部数据", "version": found.version}
    assert reviewer.post(f"/desk/files/{found.id}", data=told).location == "/desk/files/"

    session.rollback()
    held = session.scalars(sa.select(Holding).where(Holding.sha256 == found.sha256)).one()
    assert (held.sent_by_id, held.kind, held.media_type) == (cast.buyer.id, EvidenceKind.MARKS, "image/jpeg")
    assert derived_of(session, held.sha256, CopyKind.READABLE)
    [event] = session.scalars(sa.select(Event).filter_by(subject_type="quarantine", action="release"))
    assert event.actor == cast.reviewer.signature
    again = {"version": task.version, "kind": "marks", "file": (io.BytesIO(TWO), "IMG_1.jpg")}
    assert clients(cast.buyer).post(f"/desk/task/{task.number}/evidence", data=again).status_code == 302
    assert "released" in reviewer.get("/desk/files/").text


def test_what_is_typed_badly_is_said_and_kept(clients: Any, session: Session, cast: Cast) -> None:
    found = condemned_by(session, cast.coordinator)
    reviewer, address = clients(cast.reviewer), f"/desk/files/{found.id}"
    for told, says in (
        ({"verdict": "released", "why": " "}, "Enter how you came"),
        ({"verdict": "burned", "why": "看过了"}, "Choose whether"),
        ({"verdict": "confirmed", "why": "长" * 501}, "500"),
    ):
        answer = reviewer.post(address, data={**told, "version": found.version})
        assert (answer.status_code, says) == (422, says if says in answer.text else "")
        assert told["why"].strip() in answer.text
    assert reviewer.post(address, data={"verdict": "confirmed", "why": "有程序", "version": 99}).status_code == 409
    own = clients(cast.coordinator)
    assert "another person must say" in own.get("/desk/files/").text
    answer = own.post(address, data={"verdict": "released", "why": "我看过", "version": found.version})
    assert answer.status_code == 409
    session.rollback()
    assert found.verdict is None
    assert reviewer.post(address, data={"verdict": "confirmed", "why": "有程序"}).status_code == 302
    session.rollback()
    assert found.verdict == Verdict.CONFIRMED
    assert reviewer.post(address, data={"verdict": "released", "why": "还是放行"}).status_code == 409


def test_an_agency_judges_what_platforms_send_and_not_what_another_agency_has(
    clients: Any, session: Session, cast: Cast
) -> None:
    theirs, elsewhere = condemned_by(session, cast.desk), hire(session, cast.below, Role.COORDINATOR)
    others = condemned_by(session, elsewhere)
    told = {"verdict": "confirmed", "why": "看过", "version": 1}
    assert clients(cast.reviewer).post(f"/desk/files/{others.id}", data=told).status_code == 404
    assert clients(cast.reviewer).post(f"/desk/files/{theirs.id}", data=told).status_code == 302
    for stranger in (cast.buyer, cast.desk):
        assert clients(stranger).get("/desk/files/").status_code == 403
        assert clients(stranger).post(f"/desk/files/{theirs.id}", data=told).status_code == 404


def test_files_without_a_case_are_listed_before_they_go(clients: Any, session: Session, cast: Cast) -> None:
    held = take_in(session, vault(), little_picture(3), kind=EvidenceKind.MARKS, by=cast.buyer)
    session.commit()
    assert held.sha256[:6] not in clients(cast.coordinator).get("/desk/files/").text
    now = cast.clock.advance(days=30)
    jobs.list_files_without_a_case(sessionmaker(db.engine), now)
    page = clients(cast.coordinator).get("/desk/files/?lang=en").text
    assert held.sha256[:6] in page
    assert "marks" in page
    assert cast.buyer.person
    assert cast.buyer.person.name not in page
