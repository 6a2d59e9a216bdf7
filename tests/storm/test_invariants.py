"""A check that cannot fail proves nothing: each is shown an offence, planted in a small database, and names it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session, sessionmaker

from quality import jobs
from quality.campaigns.models import Campaign
from quality.clocks.models import Clock
from quality.core import roots
from quality.core.db import Numbered, db
from quality.core.events import Event
from quality.delivery.models import Delivery, Endpoint, Message, MessageType
from quality.documents.models import Document
from quality.evidence.models import Derived, Exhibit, Holding
from quality.notices.models import Claim, Look, Notice, NoticeItem
from quality.purchases.models import HandOver, Task
from quality.search.models import SearchEntry
from tests.harness.beginnings import settling
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.snapshots import Road, Snapshot
from tests.storm.invariants import CHECKS
from tests.storm.invariants.ground import Place
from tests.storm.journal import Entry
from tests.storm.receivers import Came, System

A_MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.breaks_the_record


def calmed(session: Session, clock: HeldClock) -> None:
    """A case of every kind, and the jobs have done what there was to do."""
    settling(session, clock)
    clock.advance(minutes=1)
    session.commit()
    for _ in range(2):
        jobs.run_now(sessionmaker(db.engine), current_app.config["SETTINGS"])
    clock.advance(minutes=1)


@pytest.fixture
def road() -> Road:
    return calmed


@pytest.fixture
def place(app: Flask, session: Session, clock: HeldClock, arrived: Snapshot) -> Place:
    clock.moment = arrived.moment
    return Place(session, app.config["SETTINGS"], clock.now())


def found(place: Place, check: str) -> list[str]:
    place.session.commit()
    place.session.expire_all()
    vars(place).pop("events", None)
    return CHECKS[check].find(place)


def deed(place: Place, **changed: Any) -> Entry:
    """A deed that an actor was told of, at a moment at which nothing happened."""
    facts: dict[str, Any] = {
        "who": "person:1 via key:1", "door": "api", "deed": "tasks/assign", "address": "/tasks/T/assign",
        "began": place.now - timedelta(seconds=2), "ended": place.now - timedelta(seconds=1), "status": 200,
    }  # fmt: skip
    entry = Entry(**facts | changed)
    place.journal.add(entry)
    return entry


def change(place: Place, statement: Any) -> None:
    done = place.session.execute(statement, execution_options={"synchronize_session": False})
    assert done.rowcount >= 1, "the offence found no place"  # type: ignore[attr-defined]


def one(place: Place, query: Any) -> Any:
    return place.session.scalars(query.limit(1)).one()


# --- offences ---


def its_status_was_changed_behind_the_record(place: Place) -> None:
    change(place, sa.update(Campaign).where(Campaign.status == "draft").values(status="cancelled"))


def a_move_that_no_table_has(place: Place) -> None:
    task = one(place, sa.select(Task).where(Task.status == "shipped"))
    place.session.execute(sa.insert(Event).values(
        at=place.now, actor="person:1", subject_type="task", subject_id=task.id, seq=task.version + 1,
        action="teleport", old_status="shipped", new_status="sealed", details={}, digest="0" * 64,
    ))  # fmt: skip


def the_looks_lost_their_evidence(place: Place) -> None:
    change(place, sa.update(Look).values(evidence=[]))


def a_claim_that_was_drawn_and_seen_by_one(place: Place) -> None:
    verified = sa.select(NoticeItem.id).where(NoticeItem.status == "verified")
    change(place, sa.update(Claim).where(Claim.item_id.in_(verified)).values(is_drawn=True))


def a_claim_that_somebody_chose(place: Place) -> None:
    change(place, sa.update(Claim).values(is_drawn=True))


def an_item_of_a_closed_notice_is_open(place: Place) -> None:
    closed = sa.select(Notice.id).where(Notice.status == "closed")
    change(place, sa.update(NoticeItem).where(NoticeItem.notice_id.in_(closed)).values(status="open"))


def somebody_gave_what_they_did_not_hold(place: Place) -> None:
    step = one(place, sa.select(HandOver.id).order_by(HandOver.id.desc()))
    change(place, sa.update(HandOver).where(HandOver.id == step).values(given_by="person:999"))


def a_number_was_given_to_nobody(place: Place) -> None:
    change(place, sa.update(Numbered).where(Numbered.kind == "S").values(n=Numbered.n + 1))


def a_clock_runs_on_after_the_deed(place: Place) -> None:
    done = sa.select(Clock.id).where(Clock.rule == "acknowledge", Clock.stopped_at.is_not(None))
    change(place, sa.update(Clock).where(Clock.id == one(place, done)).values(stopped_at=None, outcome=None))


def a_listing_that_went_back_without_time(place: Place) -> None:
    back = {"status": "returned", "asked_again_in": None}
    there = sa.select(NoticeItem.id).join(NoticeItem.notice).where(Notice.status == "answered")
    change(place, sa.update(NoticeItem).where(NoticeItem.id == one(place, there)).values(back))


def a_clock_that_is_due_before_it_began(place: Place) -> None:
    change(place, sa.update(Clock).where(Clock.id == one(place, sa.select(Clock.id))).values(due_at=Clock.started_at))


def a_clock_ran_out_and_did_not_ring(place: Place) -> None:
    running = sa.select(Clock.id).where(Clock.stopped_at.is_(None), Clock.overdue_recorded_at.is_(None))
    late = {"due_at": place.now - A_MINUTE}
    change(place, sa.update(Clock).where(Clock.id == one(place, running)).values(late))


def a_clock_says_that_it_rang_and_nobody_heard(place: Place) -> None:
    running = sa.select(Clock.id).where(Clock.stopped_at.is_(None), Clock.overdue_recorded_at.is_(None))
    change(place, sa.update(Clock).where(Clock.id == one(place, running)).values(overdue_recorded_at=place.now))


def a_case_fell_out_of_the_index(place: Place) -> None:
    change(place, sa.delete(SearchEntry).where(SearchEntry.subject_type == "sample"))


def a_sample_without_a_sealed_task(place: Place) -> None:
    change(place, sa.update(Task).where(Task.status == "sealed").values(status="received"))


def an_answer_without_a_deed(place: Place) -> None:
    deed(place)


def a_page_that_said_done_without_a_deed(place: Place) -> None:
    deed(place, door="page", status=302, who="person:1")


def a_version_that_nobody_made(place: Place) -> None:
    number = one(place, sa.select(Task.number))
    deed(place, told={"number": number, "version": 99})


def a_file_that_nobody_holds(place: Place) -> None:
    deed(place, deed="evidence", sha256="0" * 64)


def a_refused_deed_that_happened(place: Place) -> None:
    event = place.events[-1]
    around: dict[str, datetime] = {"began": event.at - A_MINUTE, "ended": event.at + A_MINUTE}
    deed(place, who=event.actor, status=409, code="stale", **around)


def a_deed_done_twice_under_one_key(place: Place) -> None:
    for _ in range(2):
        deed(place, key="k")


def a_deed_answered_differently_under_one_key(place: Place) -> None:
    deed(place, key="k", told={"version": 1})
    deed(place, key="k", told={"version": 2}, replayed=True)


def an_answer_that_was_not_kept(place: Place) -> None:
    deed(place, key="k")


def a_bare_error(place: Place) -> None:
    place.journal.failed(place.now, "GET /desk/", 500, "")


def a_503_without_a_fault(place: Place) -> None:
    place.journal.failed(place.now, "GET /desk/", 503, "busy")


def an_answer_that_never_came(place: Place) -> None:
    deed(place, status=None)


def a_notice_that_was_not_sent(place: Place) -> None:
    change(place, sa.update(Endpoint).values(created_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00")))
    issued = sa.select(Message.id).where(Message.type == MessageType.ISSUED)
    change(place, sa.update(Delivery).where(Delivery.message_id.in_(issued)).values(
        next_try_at=None, delivered_at=None, dead_at=None
    ))  # fmt: skip


def a_dead_letter_that_nobody_heard_of(place: Place) -> None:
    change(place, sa.update(Delivery).values(next_try_at=None, dead_at=place.now))


def a_delivery_that_was_forgotten(place: Place) -> None:
    late = {"next_try_at": place.now - timedelta(hours=1), "dead_at": None}
    change(place, sa.update(Delivery).where(Delivery.endpoint_id.is_not(None)).values(late))


def another_body_under_the_same_id(place: Place) -> None:
    message = one(place, sa.select(Message.webhook_id))
    place.systems = [System("theirs", came=[Came(message, "0" * 64, "notice.issued", 204, 0.0)])]


def a_receipt_that_is_not_known(place: Place) -> None:
    message = one(place, sa.select(Message).where(Message.type == MessageType.ISSUED))
    place.systems = [System("theirs", came=[Came(message.webhook_id, message.sha256, message.type, 204, 0.0)])]


def a_proven_receipt_without_service(place: Place) -> None:
    told = one(place, sa.select(Message).join(Delivery).where(Message.type == MessageType.ISSUED))
    change(place, sa.update(Delivery).where(Delivery.message_id == told.id).values(received_at=place.now))
    change(place, sa.update(Notice).where(Notice.id == told.notice_id).values(status="issued"))


def a_case_whose_head_is_another(place: Place) -> None:
    change(place, sa.update(Campaign).values(digest="0" * 64))


def the_roots_are_gone(place: Place) -> None:
    shutil.rmtree(roots.folder_of(place.session, place.settings.roots_folder))


def a_picture_of_a_look_that_is_lost(place: Place) -> None:
    for look in place.session.scalars(sa.select(Look).where(Look.gone)):
        place.vault.remove(look.evidence[0])


def bytes_that_are_lost(place: Place) -> None:
    place.vault.remove(one(place, sa.select(Holding.sha256)))


def bytes_that_were_altered(place: Place) -> None:
    held = one(place, sa.select(Holding.sha256))
    assert place.vault_folder
    file = place.vault_folder / held[:2] / held[2:4] / held
    file.unlink()  # it is linked from where the road ended, and other tests read the same bytes
    file.write_bytes(b"something else")


def a_document_that_was_never_made(place: Place) -> None:
    change(place, sa.update(Document).values(sha256=None, made_at=None))


def an_exhibit_of_no_case(place: Place) -> None:
    first = one(place, sa.select(Exhibit.id))
    change(place, sa.update(Exhibit).where(Exhibit.id == first).values(subject_id=999_999))


def bytes_that_no_sweep_finds(place: Place) -> None:
    assert place.vault_folder
    wrong = place.vault_folder / "aa" / "bb" / ("0" * 64)
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"under a name that is not its own")


def a_copy_of_a_picture_that_is_gone(place: Place) -> None:
    change(place, sa.update(Derived).values(original=sa.func.substr(Derived.original, 1, 63) + "x"))


OFFENCES: dict[str, list[Callable[[Place], None]]] = {
    "status": [its_status_was_changed_behind_the_record],
    "steps": [a_move_that_no_table_has],
    "verified": [the_looks_lost_their_evidence, a_picture_of_a_look_that_is_lost],
    "second": [a_claim_that_was_drawn_and_seen_by_one],
    "drawn": [a_claim_that_somebody_chose],
    "closed": [an_item_of_a_closed_notice_is_open],
    "places": [somebody_gave_what_they_did_not_hold],
    "numbers": [a_number_was_given_to_nobody],
    "clocks": [a_clock_runs_on_after_the_deed],
    "time": [a_listing_that_went_back_without_time],
    "onward": [a_clock_that_is_due_before_it_began],
    "rung": [a_clock_ran_out_and_did_not_ring, a_clock_says_that_it_rang_and_nobody_heard],
    "index": [a_case_fell_out_of_the_index],
    "halves": [a_sample_without_a_sealed_task],
    "kept": [an_answer_without_a_deed, a_page_that_said_done_without_a_deed],
    "versions": [a_version_that_nobody_made],
    "files": [a_file_that_nobody_holds],
    "refused": [a_refused_deed_that_happened],
    "once": [a_deed_done_twice_under_one_key, a_deed_answered_differently_under_one_key],
    "answers": [an_answer_that_was_not_kept],
    "no 500": [a_bare_error],
    "calm": [a_503_without_a_fault, an_answer_that_never_came],
    "told": [a_notice_that_was_not_sent],
    "dead": [a_dead_letter_that_nobody_heard_of],
    "stuck": [a_delivery_that_was_forgotten],
    "same": [another_body_under_the_same_id],
    "taken": [a_receipt_that_is_not_known],
    "served": [a_proven_receipt_without_service],
    "record": [a_case_whose_head_is_another, its_status_was_changed_behind_the_record],
    "roots": [the_roots_are_gone],
    "lost": [bytes_that_are_lost, bytes_that_were_altered],
    "documents": [a_document_that_was_never_made],
    "exhibits": [an_exhibit_of_no_case],
    "orphans": [bytes_that_no_sweep_finds],
    "copies": [a_copy_of_a_picture_that_is_gone],
}
EVERY = [(check, offence) for check, offences in OFFENCES.items() for offence in offences]


def test_every_check_is_shown_an_offence() -> None:
    assert OFFENCES.keys() == CHECKS.keys()


@on_sqlite
def test_where_nobody_offended_every_check_holds(place: Place) -> None:
    assert {name: offenders for name in CHECKS if (offenders := found(place, name))} == {}


@on_sqlite
@pytest.mark.parametrize(("check", "offence"), EVERY, ids=[offence.__name__ for _check, offence in EVERY])
def test_an_offence_is_named(place: Place, check: str, offence: Callable[[Place], None]) -> None:
    offence(place)
    assert found(place, check)
