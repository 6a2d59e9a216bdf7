"""Where nothing proves in time that a platform has a notice, people are rung and the next way is tried, once each."""

from __future__ import annotations

import email
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of, due
from quality.clocks.queries import calendar, over_for
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Event
from quality.delivery import endpoints
from quality.delivery.by_post import prove_by_post
from quality.delivery.calling import call_by_mail, coordinators_of
from quality.delivery.falling_back import ISSUE, PROOF, one_step, try_another_way, unproven
from quality.delivery.jobs import fall_back, serve_received_notices
from quality.delivery.models import Channel, Fallback, Medium, Message, Unfit
from quality.delivery.operations import open_as_platform
from quality.delivery.queries import receipts_of, stands_unproven, told_of
from quality.delivery.reaching import ORDERS, SAFE, next_way, reach_of, set_reach
from quality.documents.models import Document, DocumentKind
from quality.evidence.models import EvidenceKind
from quality.notices.models import Notice, NoticeStatus
from quality.notices.models import Way as By
from quality.pages.worklist import worklist
from quality.people.actor import Actor
from quality.people.models import Membership
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, reopened, run, taken_back
from tests.harness.purchases import picture
from tests.harness.receiver import Reply
from tests.harness.sending import Way

WEBHOOK, EMAIL, LETTER = SAFE
DESK = "notices@platform.example"


@pytest.mark.parametrize(
    "gone, unfit, then",
    [
        (set(), {}, (WEBHOOK, [])),
        ({WEBHOOK}, {}, (EMAIL, [])),
        ({WEBHOOK}, {EMAIL: Unfit.NO_MAILBOX}, (LETTER, [(EMAIL, Unfit.NO_MAILBOX)])),
        (set(), {WEBHOOK: Unfit.NO_ENDPOINT}, (EMAIL, [(WEBHOOK, Unfit.NO_ENDPOINT)])),
        ({WEBHOOK, EMAIL}, {}, (LETTER, [])),
        ({WEBHOOK, EMAIL, LETTER}, {}, None),
    ],
)
def test_the_next_way_is_the_first_in_the_order_that_is_neither_gone_nor_unfit(gone, unfit, then):
    assert next_way(SAFE, gone, unfit) == then


@on_sqlite
@pytest.mark.parametrize(
    "now, before",
    [  # one calendar day, whose first day does not count; what ends on a holiday ends on the next working day
        ("2026-09-03T00:00", "2026-09-02T00:00"),
        ("2026-09-02T23:59", "2026-09-01T00:00"),
        ("2026-09-07T23:59", "2026-09-04T00:00"),  # Monday: of Friday, Saturday and Sunday nothing is over
        ("2026-09-08T00:00", "2026-09-07T00:00"),
    ],
)
def test_what_is_over_is_counted_as_every_period_is(session, now, before):
    at, over = (datetime.fromisoformat(text).replace(tzinfo=BEIJING) for text in (now, before))
    assert over_for(PROOF, calendar(session), at) == over


def wait(way: Way, notice: Notice) -> None:
    """Until the time for a proof is over, counted from the issue, the last asking or the last way that was tried."""
    last = sa.select(sa.func.max(Fallback.at)).where(Fallback.notice_id == notice.id)
    moments = [notice.issued_at, *(item.asked_again_at for item in notice.asked_again), way.session.scalar(last)]
    began = max(each for each in moments if each)
    ends = due(rule_on(PROOF, day_of(began)), began, calendar(way.session)).due_at
    way.cast.clock.moment = ends


def falls_back(way: Way) -> int:
    return way._run(lambda sessions: fall_back(sessions, way.settings))


def steps(way: Way, notice: Notice) -> list[tuple[int, By, list[Any]]]:
    rows = way.session.scalars(sa.select(Fallback).where(Fallback.notice_id == notice.id).order_by(Fallback.id))
    return [(each.step, each.way, each.passed_over) for each in rows]


def mails(way: Way, begins: str) -> Sequence[Message]:
    asked = sa.select(Message).where(Message.medium == Medium.EMAIL, Message.cause.startswith(begins))
    return way.session.scalars(asked.order_by(Message.id)).all()


def read(message: Message) -> Any:
    return email.message_from_bytes(message.body, policy=default)


def told_in(session: Session, notice: Notice) -> int:
    asked = sa.select(sa.func.count()).where(
        Event.subject_type == "notice", Event.subject_id == notice.id, Event.action == "unproven"
    )
    return session.scalars(asked).one()


def waiting_for(way: Way, me: Actor) -> set[str]:
    return {line.number for _group, found in worklist(way.session, me).groups for line in found}


def with_a_mailbox(way: Way) -> None:
    endpoints.set_contact(way.session, DESK, by=way.desk)


def test_after_a_day_the_mail_then_the_letter_and_each_time_the_coordinator(way):
    """Their system said 2xx, which nobody confirmed: a sign of life that starts no clock and is waited for no more."""
    way.added()
    with_a_mailbox(way)
    notice = way.told()
    way.send()
    assert falls_back(way) == 0, "there is time"

    wait(way, notice)
    assert falls_back(way) == 3, "a step, a call and a ring"
    assert (steps(way, notice), notice.status) == ([(1, EMAIL, [])], NoticeStatus.ISSUED)
    assert (notice.unproven_by, stands_unproven(notice)) == (EMAIL, True)
    for who in (way.desk, way.cast.coordinator):
        assert notice.number in waiting_for(way, who), "the platform has it to open, the coordinator to reach it"
    [call], [ring] = mails(way, "way:"), mails(way, "ring:")
    assert (call.platform_id, ring.platform_id) == (notice.platform_id, notice.agency_id)
    said = read(call)
    assert (said["To"], "请打开或确认签收" in said["Subject"]) == (DESK, True)
    assert [each.get_content_type() for each in said.iter_attachments()] == ["application/pdf"]
    assert f"/desk/notice/{notice.number}" in said.get_body().get_content()
    assert read(ring)["To"] == way.cast.coordinator.person.email
    assert ring not in [each.message for each in told_of(way.session, notice)], "it is nothing that the platform reads"
    assert falls_back(way) == 0, "the mail has its day"

    wait(way, notice)
    assert falls_back(way) == 2
    assert steps(way, notice)[1:] == [(2, LETTER, [])]
    [sheet] = way.session.scalars(sa.select(Document).where(Document.kind == DocumentKind.COVER_LETTER))
    assert (sheet.says["to"], sheet.says["notice"]) == (notice.platform.name, notice.number)
    assert "记录邮寄回执" in read(mails(way, "ring:")[1]).get_body().get_content()

    wait(way, notice)
    assert (falls_back(way), told_in(way.session, notice)) == (0, 2), "the rest is people's"
    shown = picture(way.session, way.cast.coordinator, EvidenceKind.RECEIPT).sha256
    prove_by_post(way.session, notice, clock.now(), "XA31", shown, by=way.cast.coordinator)
    assert (notice.status, notice.unproven_by, stands_unproven(notice)) == (NoticeStatus.SERVED, None, False)


@on_sqlite
def test_where_a_platform_has_set_nothing_the_letter_is_left(way):
    notice = way.told()
    wait(way, notice)
    falls_back(way)
    assert steps(way, notice) == [(1, LETTER, [["webhook", "no_endpoint"], ["email", "no_mailbox"]])]


@on_sqlite
def test_where_this_installation_sends_no_mail_it_is_passed_over(way):
    way.added()
    with_a_mailbox(way)
    notice = way.told()
    way.settings = replace(way.settings, smtp_url=None)
    wait(way, notice)
    assert falls_back(way) == 1
    assert steps(way, notice) == [(1, LETTER, [["email", "no_mail_server"]])]


def test_their_system_is_tried_again_under_the_same_id_and_serves(way):
    """The platform wants mail first. Its endpoint, confirmed, did not take the notice when it was issued."""
    way.confirmed()
    with_a_mailbox(way)
    set_reach(way.session, ORDERS[1], "", "", by=way.desk)
    notice = way.told()
    way.system.answers = lambda _taken: Reply(500)
    way.send()
    first = way.system.taken[-1].id
    wait(way, notice)
    way.system.answers = lambda _taken: Reply(204)
    falls_back(way)
    assert steps(way, notice) == [(1, WEBHOOK, [])]

    way.send()
    assert way.system.taken[-1].id == first
    run(way.session, serve_received_notices)
    assert (notice.status, notice.unproven_by) == (NoticeStatus.SERVED, None)
    [receipt] = receipts_of(way.session, notice)
    assert receipt.channel == Channel.WEBHOOK
    wait(way, notice)
    assert falls_back(way) == 0


@on_sqlite
def test_an_endpoint_of_later_is_sent_what_it_never_had_and_one_that_stands_is_passed_over(way):
    with_a_mailbox(way)
    set_reach(way.session, ORDERS[1], "", "", by=way.desk)
    notice = way.told()
    endpoint, _secret = way.added()
    wait(way, notice)
    falls_back(way)
    way.send()
    assert [each.said["data"]["number"] for each in way.system.of("notice.issued")] == [notice.number]

    endpoints.stop(way.session, endpoint, by=way.desk)
    wait(way, notice)
    falls_back(way)
    assert steps(way, notice)[-1] == (2, LETTER, [])


@on_sqlite
@pytest.mark.parametrize("ended", ["opened", "withdrawn"])
def test_what_is_proven_or_ended_is_left_alone(way, ended):
    notice = way.told()
    if ended == "opened":
        open_as_platform(way.session, notice, by=way.desk)
        run(way.session, serve_received_notices)
    else:
        taken_back(way.session, way.cast, notice, "链接有误")
    wait(way, notice)
    assert (falls_back(way), told_in(way.session, notice)) == (0, 0)


@on_sqlite
def test_a_ring_of_before_ends_with_the_withdrawal(way):
    notice = way.told()
    wait(way, notice)
    way._run(lambda sessions: try_another_way(sessions, way.settings, clock.now()))
    taken_back(way.session, way.cast, notice, "链接有误")
    assert (falls_back(way), stands_unproven(notice), mails(way, "ring:")) == (0, False, [])


def test_what_came_back_to_the_platform_has_its_own_time_and_ways(way):
    cast = way.cast
    with_a_mailbox(way)
    notice = notice_at(way.session, cast, NoticeStatus.CLOSED, way.concluded.bad[0])
    cast.clock.advance(hours=1)
    reopened(way.session, cast, notice.items[0])
    asked_in = notice.items[0].asked_again_in
    wait(way, notice)
    falls_back(way)
    assert [(row.asked_in, row.way) for row in way.session.scalars(sa.select(Fallback))] == [(asked_in, EMAIL)]
    assert notice.items[0].listing_id in read(mails(way, "way:")[0]).get_body().get_content()

    open_as_platform(way.session, notice, by=desk_of(cast, notice))
    run(way.session, serve_received_notices)
    assert (notice.unproven_by, stands_unproven(notice)) == (None, False)
    wait(way, notice)
    assert falls_back(way) == 0


def test_of_two_job_processes_one_makes_the_step_and_nothing_twice(way):
    with_a_mailbox(way)
    notice = way.told()
    wait(way, notice)
    way.session.commit()
    sessions, gate, made = sessionmaker(way.session.get_bind()), threading.Barrier(2), []
    with sessions() as session:
        [seen] = unproven(session, over_for(PROOF, calendar(session), clock.now()))
    assert (seen.notice_id, seen.asked_in) == (notice.id, ISSUE)

    def process() -> None:
        gate.wait()
        made.append(one_step(sessions, way.settings, seen))
        call_by_mail(sessions, way.settings, clock.now())

    both = [threading.Thread(target=process) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    way.session.expire_all()
    assert (sorted(made), told_in(way.session, notice)) == ([False, True], 1)
    assert (len(steps(way, notice)), len(mails(way, "way:")), len(mails(way, "ring:"))) == (1, 1, 1)


@on_sqlite
def test_who_is_killed_after_the_step_leaves_mails_that_the_next_writes(way):
    with_a_mailbox(way)
    notice = way.told()
    wait(way, notice)
    assert way._run(lambda sessions: try_another_way(sessions, way.settings, clock.now())) == 1
    assert mails(way, "way:") == []
    way.cast.clock.advance(hours=3)
    assert falls_back(way) == 2
    assert (len(mails(way, "way:")), len(mails(way, "ring:")), falls_back(way)) == (1, 1, 0)


@on_sqlite
def test_where_the_drafter_has_left_every_coordinator_is_rung(way):
    notice = way.told()
    here = coordinators_of(way.session, notice)
    assert here == [way.cast.coordinator.person.email]
    ends = sa.update(Membership).where(Membership.person_id == way.cast.coordinator.id)
    way.session.execute(ends.values(ended_at=clock.now()))
    assert way.cast.coordinator.person.email not in coordinators_of(way.session, notice)


@on_sqlite
def test_a_platform_says_itself_how_it_is_reached(way):
    platform_id = way.desk.organisation_id
    assert reach_of(way.session, platform_id).order == SAFE
    set_reach(way.session, ORDERS[1], " 法务部 ", "云州市  云山路 1 号\n310000", by=way.desk)
    set_reach(way.session, ORDERS[1], "法务部", "云州市 云山路 1 号 310000", by=way.desk)
    wanted = reach_of(way.session, platform_id)
    assert wanted == (list(ORDERS[1]), "法务部", "云州市 云山路 1 号 310000")
    said = sa.select(Event).where(Event.action == "set_reach")
    assert len(way.session.scalars(said).all()) == 1, "the same again changes nothing"
    with pytest.raises(NotPermitted):
        set_reach(way.session, SAFE, "", "", by=way.cast.coordinator)


@on_sqlite
@pytest.mark.parametrize(
    "order, recipient, address, field",
    [
        ((LETTER, EMAIL, WEBHOOK), "", "", "order"),
        ((EMAIL, LETTER), "", "", "order"),
        ((EMAIL, EMAIL, LETTER), "", "", "order"),
        (SAFE, "法务部", " ", "address"),
        (SAFE, "", "长" * 301, "address"),
        (SAFE, "长" * 101, "云州市", "recipient"),
    ],
)
def test_what_will_not_do_is_named(way, order, recipient, address, field):
    with pytest.raises(Invalid) as no:
        set_reach(way.session, order, recipient, address, by=way.desk)
    assert [each.field for each in no.value.problems] == [field]
