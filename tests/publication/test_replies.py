"""A party says what it has to say beside the result: in its words, in its time, shown whole or not, with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quality.core import clock
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.workflow import perform
from quality.lab.workflow import OVERTURN
from quality.notices.models import NoticeStatus
from quality.objections.concerned import Concerned
from quality.objections.models import Party
from quality.objections.operations import send_letter, tell
from quality.people.actor import Actor
from quality.permissions import Role
from quality.publication.copies import sha256_of
from quality.publication.models import ReplyStatus
from quality.publication.replies import as_public, period_of, refuse, show, shown_beside, withdraw, write
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at
from tests.harness.publication import published
from tests.harness.refusals import assert_refused

WORDS = "本公司已停止销售该批次产品，并为消费者办理退货。"


def told(session, concluded, party=Party.PRODUCER):
    """The finding, and whoever holds the party's letter."""
    cast, [finding, *_others] = concluded.cast, concluded.bad
    tell(session, finding, party, clock.now(), by=cast.coordinator)
    letter = send_letter(session, finding, party, by=cast.coordinator).letter
    session.commit()
    return finding, Concerned.by(letter, cast.agency)


def test_a_reply_is_shown_word_for_word_or_not_at_all(session, concluded):
    cast = concluded.cast
    finding, holder = told(session, concluded)
    result = published(session, cast, finding)
    reply = write(session, finding, Party.PRODUCER, f" {WORDS}\n", by=holder)
    assert (reply.statement, reply.is_late, reply.sha256) == (WORDS, False, sha256_of(as_public(reply)))
    session.commit()
    assert shown_beside(session, [result]) == {}
    assert_refused(session, "replied_already", write, finding, Party.PRODUCER, WORDS, by=holder)
    with pytest.raises(NotPermitted):
        show(session, reply, by=cast.coordinator)
    session.rollback()

    show(session, reply, by=cast.reviewer)

    assert shown_beside(session, [result]) == {finding.id: [reply]}
    withdraw(session, reply, by=holder)
    assert shown_beside(session, [result]) == {}
    again = write(session, finding, Party.PRODUCER, WORDS, by=holder)
    assert_refused(session, "no_reason", refuse, again, " ", by=cast.reviewer)


@on_sqlite
def test_a_refusal_gives_its_reason_and_what_was_shown_can_go(session, concluded):
    finding, holder = told(session, concluded)
    reply = write(session, finding, Party.PRODUCER, WORDS, by=holder)
    show(session, reply, by=concluded.cast.reviewer)

    refuse(session, reply, "与该批次无关", by=concluded.cast.reviewer)

    assert (reply.status, reply.reason, reply.decided_at) == (ReplyStatus.REFUSED, "与该批次无关", clock.now())


@on_sqlite
def test_a_late_reply_is_taken_and_says_that_it_is_late(session, concluded):
    finding, holder = told(session, concluded)
    period = period_of(session, finding, Party.PRODUCER)
    assert period.rule.code == "reply"
    concluded.cast.clock.moment = period.due_at - timedelta(seconds=1)
    early = write(session, finding, Party.PRODUCER, WORDS, by=holder)
    withdraw(session, early, by=holder)
    concluded.cast.clock.moment = period.due_at

    late = write(session, finding, Party.PRODUCER, WORDS, by=holder)

    assert (early.is_late, late.is_late, late.due_on) == (False, True, period.due_on)


@on_sqlite
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (" ", "missing"),
        ("长" * 2001, "too_long"),
        ("请致电 13800138000", "personal_telephone"),
        ("联系人：王小明", "personal_name"),
    ],
)
def test_what_cannot_be_shown_is_answered_at_once(session, concluded, statement, code):
    finding, holder = told(session, concluded)
    with pytest.raises(Invalid) as invalid:
        write(session, finding, Party.PRODUCER, statement, by=holder)
    assert [(each.field, each.code) for each in invalid.value.problems] == [("statement", code)]


@on_sqlite
def test_who_bought_it_is_never_shown_and_no_party_can_try_names_out(session, concluded):
    finding, holder = told(session, concluded)
    buyer = finding.sample.purchase.buyer.name
    reply = write(session, finding, Party.PRODUCER, f"买家{buyer}没有联系我们。", by=holder)

    assert_refused(session, "personal", show, reply, by=concluded.cast.reviewer)


@on_sqlite
def test_only_who_was_told_replies_and_for_itself(session, concluded):
    cast = concluded.cast
    finding, holder = told(session, concluded)
    with pytest.raises(NotPermitted):
        write(session, finding, Party.SELLER, WORDS, by=holder)
    with pytest.raises(NotPermitted):
        write(session, concluded.elsewhere, Party.PRODUCER, WORDS, by=holder)
    with pytest.raises(Invalid) as invalid:
        write(session, finding, Party.SELLER, WORDS, by=cast.coordinator)
    assert [each.code for each in invalid.value.problems] == ["not_told"]
    with pytest.raises(Refused, match="nothing_to_reply"):
        write(session, concluded.good, Party.SELLER, WORDS, by=cast.coordinator)
    perform(session, finding, OVERTURN, by=cast.reviewer)
    with pytest.raises(Refused, match="nothing_to_reply"):
        write(session, finding, Party.PRODUCER, WORDS, by=holder)


@on_sqlite
def test_a_platform_replies_once_its_notice_is_served(session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    notice = notice_at(session, cast, NoticeStatus.SERVED, finding)
    desk = desk_of(cast, notice)
    stranger = cast.other_desk if desk is cast.desk else cast.desk
    reply = write(session, finding, Party.PLATFORM, "我平台已下架并排查同款。", by=desk)

    assert (reply.platform_id, reply.due_on) == (
        notice.platform_id, period_of(session, finding, Party.PLATFORM).due_on,
    )  # fmt: skip
    show(session, reply, by=cast.reviewer)
    with pytest.raises(NotPermitted):
        withdraw(session, reply, by=stranger)


@on_sqlite
def test_what_came_on_paper_is_shown_by_another_person(session, concluded):
    cast = concluded.cast
    finding, _holder = told(session, concluded)
    at = clock.now()
    cast.clock.advance(days=1)
    reply = write(session, finding, Party.PRODUCER, WORDS, by=cast.coordinator, received_at=at)
    same_person = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)

    assert_refused(session, "same_person", show, reply, by=same_person)
    assert reply.received_at == at
    with pytest.raises(Invalid) as invalid:
        future = clock.now() + timedelta(hours=1)
        write(session, finding, Party.SELLER, WORDS, by=cast.coordinator, received_at=future)
    assert "not_told" in [each.code for each in invalid.value.problems]
