"""A platform answers per listing: what can be taken down is, what cannot is named, the same again changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.clocks.queries import clocks_of, running
from quality.core import clock
from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Event
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.notices.answers import OutcomeEntry
from quality.notices.models import ItemStatus, NoticeStatus
from quality.notices.operations import answer, excuse, send_back
from tests.harness.databases import on_sqlite
from tests.harness.notices import answered, desk_of, notice_at, removed, seen, verified
from tests.harness.purchases import picture

SERVED, ACKNOWLEDGED, ANSWERED = NoticeStatus.SERVED, NoticeStatus.ACKNOWLEDGED, NoticeStatus.ANSWERED


@pytest.fixture
def notice(session, concluded):
    """Served, with two listings on it."""
    return notice_at(session, concluded.cast, SERVED, *concluded.bad)


def events(session):
    return session.scalars(sa.select(sa.func.count()).select_from(Event)).one()


@on_sqlite
def test_one_bad_answer_does_not_lose_the_others(session, cast, notice):
    first, second = notice.items
    desk = desk_of(cast, notice)

    good, bad, unknown = answer(
        session,
        notice,
        [removed(first), removed(second, units_sold=-1), OutcomeEntry("L-nowhere", "never_found")],
        by=desk,
    )
    session.commit()

    assert (good.ok, good.status, good.version) == (True, ItemStatus.CLAIMED, first.version)
    assert (bad.ok, bad.code, bad.status) == (False, "not_a_count", ItemStatus.OPEN)
    assert [problem.field for problem in bad.problems] == ["units_sold"]
    assert (unknown.ok, unknown.code, unknown.status) == (False, "unknown_listing", None)
    assert "L-nowhere" in str(unknown.reason)
    assert notice.status == SERVED
    assert [len(item.claims) for item in notice.items] == [1, 0]


@on_sqlite
def test_the_last_answer_moves_the_notice_in_the_same_transaction(session, cast, notice):
    first, second = notice.items
    desk = desk_of(cast, notice)
    answer(session, notice, [removed(first)], by=desk)
    assert notice.status == SERVED

    answer(session, notice, [OutcomeEntry(second.listing_id, "refused", reason="非同一批次")], by=desk)

    assert notice.status == ANSWERED
    assert running(session, notice, "remove_by_order") == running(session, notice, "acknowledge") == []
    assert {shown.rule: shown.outcome for shown in clocks_of(session, notice)} == {
        "acknowledge": "answered",
        "remove_by_order": "done",
    }


def test_the_same_answer_again_changes_nothing(session, cast, notice):
    entries = [removed(item, swept=["https://item.example/9"]) for item in notice.items]
    answer(session, notice, entries, by=desk_of(cast, notice))
    session.commit()
    before, version = events(session), notice.version

    again = answer(session, notice, entries, by=desk_of(cast, notice))
    session.commit()

    assert all(result.ok for result in again)
    assert (events(session), notice.version, notice.status) == (before, version, ANSWERED)
    assert [len(item.claims) for item in notice.items] == [1, 1]


@on_sqlite
def test_a_new_answer_takes_the_place_of_the_last_and_our_time_begins_anew(session, cast, notice):
    item = notice.items[0]
    answer(session, notice, [removed(item)], by=desk_of(cast, notice))
    cast.clock.advance(hours=1)
    answer(session, notice, [removed(item, units_sold=300)], by=desk_of(cast, notice))

    assert [claim.units_sold for claim in item.claims] == [214, 300]
    assert [clock.outcome for clock in clocks_of(session, item)] == ["superseded", None]
    assert running(session, item, "verify_claim")[0].started_at == item.claims[-1].received_at


@on_sqlite
def test_evidence_is_what_the_platform_itself_holds(session, cast, notice):
    first, second = notice.items
    desk = desk_of(cast, notice)
    proof = picture(session, desk, EvidenceKind.PLATFORM_PROOF).sha256
    ours = picture(session, cast.coordinator, EvidenceKind.LOOK).sha256

    good, bad = answer(session, notice, [removed(first, evidence=[proof]), removed(second, evidence=[ours])], by=desk)

    assert good.ok
    assert (bad.ok, bad.code) == (False, "unknown_evidence")
    exhibits = exhibits_of(session, notice, first)
    assert [(e.kind, e.holding.sha256) for e in exhibits] == [(EvidenceKind.PLATFORM_PROOF, proof)]
    assert (first.claims[-1].evidence, second.claims, second.status) == ([proof], [], ItemStatus.OPEN)


@on_sqlite
def test_a_listing_named_twice_with_different_answers_is_refused_the_second_time(session, cast, notice):
    item = notice.items[0]

    first, same, other = answer(
        session, notice, [removed(item), removed(item), removed(item, units_sold=1)], by=desk_of(cast, notice)
    )

    assert first.ok and same.ok
    assert (other.ok, other.code) == (False, "doubled")
    assert len(item.claims) == 1


@on_sqlite
def test_nothing_is_answered_before_the_notice_is_served(session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])

    result = answer(session, notice, [removed(notice.items[0])], by=desk_of(concluded.cast, notice))[0]

    assert (result.ok, result.code) == (False, "not_served")
    assert notice.status == NoticeStatus.ISSUED


@on_sqlite
def test_a_settled_listing_is_not_answered_anew(session, cast, notice):
    answered(session, cast, notice)
    verified(session, cast, notice.items[0])

    again, other = answer(
        session,
        notice,
        [OutcomeEntry(notice.items[0].listing_id, "refused", reason="不"), removed(notice.items[1], units_sold=9)],
        by=desk_of(cast, notice),
    )

    assert (again.ok, again.code, again.status) == (False, "wrong_status", ItemStatus.VERIFIED)
    assert other.ok


@on_sqlite
def test_what_came_back_is_answered_anew_even_in_the_same_words(session, cast, notice):
    entries = [removed(item) for item in notice.items]
    answer(session, notice, entries, by=desk_of(cast, notice))
    seen(session, cast, notice.items[0], gone=False)
    send_back(session, notice.items[0], by=cast.coordinator)
    assert notice.status == ACKNOWLEDGED

    answer(session, notice, entries, by=desk_of(cast, notice))

    assert notice.status == ANSWERED
    assert [len(item.claims) for item in notice.items] == [2, 1]


@on_sqlite
def test_an_answer_moves_on_past_what_was_excused(session, cast, notice):
    excuse(session, notice.items[1], "not_this_product", by=cast.reviewer)

    answer(session, notice, [removed(notice.items[0])], by=desk_of(cast, notice))

    assert notice.status == ANSWERED


@on_sqlite
def test_an_answer_after_the_last_day_is_taken_and_the_record_says_that_it_is_late(session, cast, notice):
    cast.clock.advance(days=9)

    answered(session, cast, notice)

    told = session.scalars(sa.select(Event.action).where(Event.subject_type == "notice").order_by(Event.id)).all()
    assert told.count("overdue") == 2  # to acknowledge, and to remove
    assert notice.status == ANSWERED


@on_sqlite
def test_removal_lies_between_the_notice_and_now(session, cast, notice):
    item = notice.items[0]
    early = removed(item, acted_at=notice.issued_at - timedelta(minutes=1))
    desk = desk_of(cast, notice)

    assert answer(session, notice, [early], by=desk)[0].code == "before_the_notice"
    assert answer(session, notice, [early._replace(outcome="already_gone")], by=desk)[0].ok
    assert item.claims[-1].received_at == clock.now()


@on_sqlite
def test_only_the_platform_that_got_the_notice_answers(session, cast, notice):
    stranger = cast.other_desk if desk_of(cast, notice) is cast.desk else cast.desk

    for by in (stranger, cast.coordinator, cast.reviewer):
        with pytest.raises(NotPermitted):
            answer(session, notice, [removed(notice.items[0])], by=by)


@on_sqlite
def test_a_call_holds_some_answers_and_not_too_many(session, cast, notice):
    for entries in ([], [removed(notice.items[0])] * 1001):
        with pytest.raises(Invalid) as invalid:
            answer(session, notice, entries, by=desk_of(cast, notice))
        assert [problem.code for problem in invalid.value.problems] == ["how_many"]


def test_what_was_answered_is_lost_with_its_transaction(session, cast, notice):
    """The savepoints of single answers commit nothing by themselves, on either database."""
    session.commit()
    answer(
        session, notice, [removed(notice.items[0]), removed(notice.items[1], units_sold=-1)], by=desk_of(cast, notice)
    )

    session.rollback()

    assert [item.status for item in notice.items] == [ItemStatus.OPEN, ItemStatus.OPEN]
    assert [len(item.claims) for item in notice.items] == [0, 0]
