"""What is told the platforms: each thing that happened to a notice once, derived from the record."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa

from quality.clocks import queries as clocks
from quality.clocks.models import Clock
from quality.clocks.operations import extend
from quality.clocks.queries import clocks_of
from quality.core import clock
from quality.core.workflow import name_of
from quality.delivery import endpoints, telling
from quality.delivery.jobs import serve_received_notices, tell_what_was_missed
from quality.delivery.mail import words
from quality.delivery.models import Channel, Message, MessageType
from quality.delivery.queries import receipts_of
from quality.documents import render
from quality.notices.models import NoticeStatus
from quality.notices.operations import close, reopen, send_back
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at, run, sealing, seen, taken_back, verified

ISSUED, SERVED, ANSWERED, CLOSED = (
    NoticeStatus.ISSUED,
    NoticeStatus.SERVED,
    NoticeStatus.ANSWERED,
    NoticeStatus.CLOSED,
)


def test_what_happens_to_a_notice_is_told_once_each(way):
    cast = way.cast
    way.confirmed()
    notice = way.notice(ANSWERED)
    cast.clock.advance(minutes=1)
    seen(way.session, cast, notice.items[0], gone=False)
    send_back(way.session, notice.items[0], by=cast.coordinator)
    way.session.commit()
    while way.tell():
        pass
    way.send()

    assert {taken.said["type"] for taken in way.system.taken[1:]} == {"notice.issued", "notice.returned"}
    assert len(way.system.taken) == 3
    returned = way.system.of("notice.returned")[0].said["data"]
    assert (returned["listing_id"], returned["reason"]) == (notice.items[0].listing_id, "规格可下单")
    assert run(way.session, serve_received_notices) == 1
    assert [receipt.channel for receipt in receipts_of(way.session, notice)][-1] == Channel.WEBHOOK
    assert way.tell(tell_what_was_missed) == 0


def test_closing_reopening_and_withdrawing_are_told(way):
    cast = way.cast
    way.confirmed()
    notice = way.notice(CLOSED)
    cast.clock.advance(days=2)
    seen(way.session, cast, notice.items[0], gone=False)
    reopen(way.session, notice.items[0], by=cast.coordinator)
    cast.clock.advance(minutes=1)
    way.tell(tell_what_was_missed)
    taken_back(way.session, cast, notice, "结论被推翻")
    way.tell(tell_what_was_missed)
    way.send()

    said = [(taken.said["type"], taken.said["data"].get("status")) for taken in way.system.taken[1:]]
    assert sorted(type for type, _status in said if type != "notice.reminder") == [
        "notice.closed", "notice.closed", "notice.issued", "notice.reopened",
    ]  # fmt: skip
    assert ("notice.closed", "withdrawn") in said


def test_a_period_that_ends_soon_and_one_that_ended_are_told_once(way):
    cast = way.cast
    way.confirmed()
    notice = way.notice(SERVED)
    way.tell()
    due = {shown.rule: shown.due_at for shown in clocks_of(way.session, notice)}
    for moment in (due["remove_by_order"] - timedelta(hours=1), due["remove_by_order"] + timedelta(minutes=1)):
        cast.clock.moment = moment
        way.tell(tell_what_was_missed)
        way.tell()
    way.send()

    reminders = [taken.said["data"] for taken in way.system.of("notice.reminder")]
    assert {(r["rule"], r["overdue"]) for r in reminders if r["rule"] == "remove_by_order"} == {
        ("remove_by_order", False),
        ("remove_by_order", True),
    }
    assert len(reminders) == len({json.dumps(r) for r in reminders})


@on_sqlite
def test_a_period_that_was_given_more_time_is_told_of_anew(way):
    way.confirmed()
    notice = way.notice(SERVED)
    begun = way.session.scalars(sa.select(Clock).filter_by(subject_id=notice.id, rule="remove_by_order")).one()
    way.cast.clock.moment = begun.due_at - timedelta(hours=1)
    way.tell(tell_what_was_missed)
    extend(way.session, begun, clock.now(), days=3, reason="台风停运", by=way.cast.coordinator)
    way.session.commit()
    for _twice in range(2):
        way.cast.clock.moment = begun.due_at - timedelta(hours=1)
        way.tell(tell_what_was_missed)
    way.send()

    told = [t.said["data"] for t in way.system.of("notice.reminder") if t.said["data"]["rule"] == "remove_by_order"]
    assert len(told) == 2 and len({each["rule_due_at"] for each in told}) == 2


@on_sqlite
def test_a_listings_own_time_is_told_with_its_name_by_webhook_and_mail(way):
    cast = way.cast
    way.confirmed()
    notice = way.notice(ANSWERED)
    [item] = notice.items
    cast.clock.advance(minutes=1)
    seen(way.session, cast, item, gone=False)
    send_back(way.session, item, by=cast.coordinator)
    way.tell()
    way.send()
    run(way.session, serve_received_notices)
    [own] = clocks.running(way.session, item, "remove_by_order")
    cast.clock.moment = own.due_at - timedelta(hours=1)
    way.tell(tell_what_was_missed)
    way.send()

    [reminder] = [taken.said["data"] for taken in way.system.of("notice.reminder")]
    assert (reminder["listing_id"], reminder["overdue"]) == (item.listing_id, False)
    assert reminder["due_at"] == reminder["rule_due_at"]
    soon = telling.Happened(MessageType.REMINDER, notice.id, "clock:1:soon", clock.now(), name_of(item), own.id)
    assert item.listing_id in str(words(way.session, notice, soon))
    assert item.listing_id in str(words(way.session, notice, soon._replace(cause="clock:1:over")))


@on_sqlite
def test_an_endpoint_gets_nothing_from_before_it_was_there_unless_it_is_asked_for(way):
    cast = way.cast
    before = clock.now()
    way.notice()
    way.tell()
    cast.clock.advance(minutes=5)
    endpoint, _secret = way.added()
    way.tell(tell_what_was_missed)
    assert way.send() == 0

    assert endpoints.recover(way.session, endpoint, before, by=way.desk) == 1
    assert way.send() == 1
    assert endpoints.recover(way.session, endpoint, before, by=way.desk) == 1
    assert way.send() == 1
    assert list(way.system.ids().values()) == [2]


@on_sqlite
def test_a_clock_that_falls_back_while_a_notice_is_printed_keeps_it_from_nobody(way, monkeypatch):
    printed = render.pdf_of

    def slowly(html):
        way.cast.clock.advance(hours=-1)
        return printed(html)

    way.confirmed()
    way.cast.clock.advance(hours=2)
    notice = way.notice(NoticeStatus.ISSUING)
    monkeypatch.setattr(render, "pdf_of", slowly)
    run(way.session, sealing)
    assert notice.issued_at > clock.now()
    while way.tell():
        pass
    way.send()
    assert [came.said["data"]["number"] for came in way.system.of("notice.issued")] == [notice.number]
    assert run(way.session, serve_received_notices) == 1
    assert notice.served_at == notice.issued_at  # their system took it an hour before, by the fallen clock


@on_sqlite
def test_another_platform_is_told_nothing(way):
    way.added(desk=way.stranger)
    way.notice()
    way.tell()
    assert way.send() == 0


@on_sqlite
def test_closed_is_told_with_what_it_became(way):
    cast = way.cast
    way.added()
    notice = way.notice(ANSWERED)
    verified(way.session, cast, notice.items[0])
    close(way.session, notice, by=cast.coordinator)
    way.tell()
    way.send()
    assert way.system.of("notice.closed")[0].said["data"]["status"] == "closed"


@on_sqlite
def test_one_message_that_cannot_be_written_keeps_no_other_from_it(way, monkeypatch, caplog):
    first = way.notice()
    second = notice_at(way.session, way.cast, ISSUED, way.concluded.bad[1])
    written = telling.notice_for_platform

    def not_the_first(session, notice, public_url):
        if notice.id == first.id:
            raise OSError("the disk is full")
        return written(session, notice, public_url)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(telling, "notice_for_platform", not_the_first)
        assert way.tell() == 1
    assert "the disk is full" in caplog.text
    assert way.tell() == 1
    told = way.session.scalars(sa.select(Message.notice_id)).all()
    assert sorted(told) == sorted([first.id, second.id])
