"""A platform's program: it reads its notices, acknowledges, and answers listing by listing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.events import Access
from quality.delivery.jobs import serve_received_notices
from quality.delivery.models import Receipt
from quality.delivery.operations import first_proof, serve
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import send_back
from tests.api.conftest import Keyed
from tests.harness.api import Program, wrong
from tests.harness.databases import on_postgresql, on_sqlite
from tests.harness.notices import answered, notice_at, opened, run, seen
from tests.harness.people import Cast

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def issued(session: Session, cast: Cast) -> Notice:
    notice = notice_at(session, cast, NoticeStatus.ISSUED)
    session.commit()
    return notice


@pytest.fixture
def desk(session: Session, cast: Cast, issued: Notice, keyed: Keyed) -> Program:
    theirs = next(each for each in (cast.desk, cast.other_desk) if each.organisation_id == issued.platform_id)
    return keyed(theirs)


def listed(desk: Program, number: str) -> list[Any]:
    items: list[Any] = desk.get(f"/platform/notices/{number}").get_json()["items"]
    return items


def removed(listing: Any, **more: Any) -> dict[str, Any]:
    return {"listing_id": listing["listing_id"], "outcome": "removed", "acted_at": rfc3339(clock.now()), **more}


def test_a_notice_is_in_the_list_and_says_what_is_to_be_done(desk: Program, issued: Notice) -> None:
    [line] = desk.get("/platform/notices?status=issued").get_json()["items"]
    assert (line["number"], line["due_at"], line["agency"]["code"]) == (issued.number, None, "YZ")
    notice = desk.get(line["address"].removeprefix("/api/v1")).get_json()
    assert notice["measures"]
    assert notice["items"][0]["listing_id"]
    assert [move["name"] for move in notice["moves"]] == ["outcomes"]
    assert notice["clocks"] == []


def test_reading_it_proves_the_receipt_and_its_list_does_not(
    session: Session, cast: Cast, desk: Program, issued: Notice
) -> None:
    sessions = sessionmaker(session.get_bind())
    desk.get("/platform/notices")
    assert serve_received_notices(sessions, clock.now()) == 0
    desk.get(f"/platform/notices/{issued.number}")
    read_at = clock.now()
    cast.clock.advance(minutes=5)
    assert serve_received_notices(sessions, clock.now()) == 1
    session.expire_all()
    assert (issued.status, issued.served_at) == (NoticeStatus.SERVED, read_at)
    [opened] = session.scalars(sa.select(Access).where(Access.what == "opened"))
    assert opened.actor.endswith(f"via key:{desk.key_id}")


@on_postgresql  # on SQLite one writes at a time
def test_who_names_no_version_waits_for_a_job_that_is_quicker_and_is_not_stale(
    app: Flask, session: Session, desk: Program, issued: Notice
) -> None:
    desk.get(f"/platform/notices/{issued.number}")
    answers: list[Any] = []

    def acknowledge() -> None:
        with app.app_context():
            answers.append(desk.post(f"/platform/notices/{issued.number}/acknowledge", {"reference": "REG-118"}))

    with Session(session.get_bind()) as job, Session(session.get_bind()) as watching:
        theirs = job.get_one(Notice, issued.id)
        proof = first_proof(job, theirs)
        assert proof
        serve(job, theirs, proof)
        asking = threading.Thread(target=acknowledge)
        asking.start()
        while not watching.scalar(sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")):
            assert asking.is_alive()
            watching.rollback()
        job.commit()
    asking.join()
    assert (answers[0].status_code, answers[0].get_json()["status"]) == (200, "acknowledged")


def test_an_acknowledgement_is_a_receipt_by_itself_and_the_same_again_changes_nothing(
    session: Session, desk: Program, issued: Notice
) -> None:
    address = f"/platform/notices/{issued.number}/acknowledge"
    first = desk.post(address, {"reference": "TL-8821"}).get_json()
    again = desk.post(address, {"reference": "TL-8821"}).get_json()
    assert first == again
    assert (first["number"], first["status"]) == (issued.number, "acknowledged")
    session.expire_all()
    assert issued.platform_reference == "TL-8821"
    assert len(list(session.scalars(sa.select(Receipt)))) == 2  # it served, and it is one of its own
    assert wrong(desk.post(address, {"reference": " "})) == {"reference": "bad_reference"}
    assert wrong(desk.post(address, {})) == {"reference": "missing"}


def test_one_bad_answer_does_not_lose_the_others(session: Session, cast: Cast, desk: Program, issued: Notice) -> None:
    cast.clock.advance(hours=1)
    [listing] = listed(desk, str(issued.number))
    outcomes = [
        {"listing_id": "NONE", "outcome": "removed", "acted_at": rfc3339(clock.now())},
        {"outcome": "removed"},
        {**removed(listing), "units_sold": "many", "colour": "red"},
        removed(listing, units_sold=12, swept=["https://item.example/other"]),
    ]
    answer = desk.post(f"/platform/notices/{issued.number}/outcomes", {"outcomes": outcomes})
    assert answer.status_code == 200, answer.text
    said = answer.get_json()
    assert [(each["ok"], each["code"]) for each in said["items"]] == [
        (False, "unknown_listing"),
        (False, "missing"),
        (False, "wrong_type"),
        (True, None),
    ]
    assert {no["field"] for no in said["items"][2]["errors"]} == {"units_sold", "colour"}
    assert said["status"] == "answered"
    after = listed(desk, str(issued.number))[0]
    assert (after["status"], after["claim"]["units_sold"]) == ("claimed", 12)
    assert said["items"][-1]["version"] == after["version"]


def test_the_same_answer_again_changes_nothing(cast: Cast, desk: Program, issued: Notice) -> None:
    cast.clock.advance(hours=1)
    [listing] = listed(desk, str(issued.number))
    body = {"outcomes": [removed(listing)]}
    first, again = (desk.post(f"/platform/notices/{issued.number}/outcomes", body).get_json() for _twice in range(2))
    assert first["items"][0]["ok"] is again["items"][0]["ok"] is True
    assert first["items"][0]["version"] == again["items"][0]["version"]


@on_sqlite
@pytest.mark.parametrize(
    ("outcomes", "named"),
    [
        ([], {"outcomes": "too_few"}),
        ("all", {"outcomes": "wrong_type"}),
        ([1], {"outcomes 1": "wrong_type"}),
        ([{}] * 501, {"outcomes": "too_many"}),
    ],
)
def test_a_body_that_holds_no_answers_is_told_so(
    desk: Program, issued: Notice, outcomes: Any, named: dict[str, str]
) -> None:
    assert wrong(desk.post(f"/platform/notices/{issued.number}/outcomes", {"outcomes": outcomes})) == named


@on_sqlite
def test_evidence_of_another_organisation_is_unknown(
    session: Session, cast: Cast, desk: Program, issued: Notice
) -> None:
    cast.clock.advance(hours=1)
    [listing] = listed(desk, str(issued.number))
    body = {"outcomes": [removed(listing, evidence=["0" * 64])]}
    [said] = desk.post(f"/platform/notices/{issued.number}/outcomes", body).get_json()["items"]
    assert (said["ok"], said["code"]) == (False, "unknown_evidence")


def test_what_was_not_issued_or_is_anothers_is_not_there(
    session: Session, cast: Cast, desk: Program, issued: Notice, keyed: Keyed
) -> None:
    others = next(each for each in (cast.desk, cast.other_desk) if each.organisation_id != issued.platform_id)
    stranger, agency = keyed(others), keyed(cast.coordinator)
    for program in (stranger, agency):
        for address in (f"/platform/notices/{issued.number}", f"/platform/notices/{issued.number}.pdf"):
            assert program.get(address).status_code == 404
        for name in ("acknowledge", "outcomes"):
            assert program.post(f"/platform/notices/{issued.number}/{name}").status_code in {403, 404}
    assert stranger.get("/platform/notices").get_json() == {"items": [], "next": None}
    assert agency.get("/platform/notices").status_code == 404
    draft = notice_at(session, cast, NoticeStatus.DRAFT)
    session.commit()
    assert desk.get(f"/platform/notices/{draft.reference}").status_code == 404


def test_the_record_begins_for_a_platform_with_the_issue(desk: Program, issued: Notice) -> None:
    events = desk.get(f"/platform/notices/{issued.number}/events").get_json()["items"]
    assert events[0]["status"] == "issued"
    assert {each["actor"] for each in events} <= {"system", None}


def test_the_deadline_stands_in_list_and_case_once_the_receipt_is_proven(
    session: Session, cast: Cast, desk: Program, issued: Notice
) -> None:
    desk.post(f"/platform/notices/{issued.number}/acknowledge", {"reference": "A"})
    [line] = desk.get("/platform/notices?order=due").get_json()["items"]
    case = desk.get(f"/platform/notices/{issued.number}").get_json()
    running = {each["rule"]: each["due_at"] for each in case["clocks"] if each["stopped_at"] is None}
    assert line["due_at"] == running[issued.removal_rule]
    assert line["due_at"].endswith("+08:00")
    assert timedelta(days=1) < datetime.fromisoformat(line["due_at"]) - clock.now()


@on_sqlite
def test_a_listing_that_was_sent_back_has_its_own_day_in_list_case_and_clocks(
    session: Session, cast: Cast, desk: Program, issued: Notice
) -> None:
    [item] = issued.items
    opened(session, cast, issued)
    answered(session, cast, issued)
    cast.clock.advance(days=9)
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)
    session.commit()
    assert desk.get(f"/platform/notices/{issued.number}").get_json()["due_at"] is None
    run(session, serve_received_notices)

    case = desk.get(f"/platform/notices/{issued.number}").get_json()
    [line] = desk.get("/platform/notices?order=due").get_json()["items"]

    [own] = [each for each in case["clocks"] if each["listing_id"] == item.listing_id]
    assert own["rule"] == issued.removal_rule and not own["overdue"]
    assert {case["due_at"], case["items"][0]["due_at"], line["due_at"], own["due_at"]} == {own["due_at"]}
