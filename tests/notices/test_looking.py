"""Claimed is not verified: we look for ourselves, with our own evidence, and what follows for the listing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from quality.clocks.queries import clocks_of, running
from quality.core import clock
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.workflow import perform
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.notices.models import ItemStatus, Notice, NoticeStatus
from quality.notices.operations import answer, close, excuse, look, reopen, send_back, verify
from quality.notices.operations.looking import RECHECKS
from quality.notices.workflow import ITEM_LIFE
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.notices import answered, desk_of, notice_at, removed, seen, taken_back, verified
from tests.harness.people import hire
from tests.harness.purchases import little_picture, picture, vault

CLAIMED, VERIFIED, RETURNED, EXCUSED, REOPENED = list(ItemStatus)[1:]


@pytest.fixture
def notice(session, concluded) -> Notice:
    """Answered: one listing, which the platform says is removed."""
    return notice_at(session, concluded.cast, NoticeStatus.ANSWERED, concluded.bad[0])


@pytest.fixture
def item(notice):
    return notice.items[0]


def rule_outcomes(session, item) -> dict[str, str | None]:
    return {shown.rule: shown.outcome for shown in clocks_of(session, item)}


def problems(call, *args, **facts) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as invalid:
        call(*args, **facts)
    return [(problem.field, problem.code) for problem in invalid.value.problems]


@on_sqlite
def test_a_claim_alone_verifies_nothing(session, cast, item):
    with pytest.raises(Refused, match="not_seen"):
        verify(session, item, by=cast.coordinator)


def test_what_we_saw_gone_with_our_own_evidence_is_verified(session, cast, item):
    seen(session, cast, item)

    verify(session, item, by=cast.coordinator)

    assert (item.status, item.settled_at) == (VERIFIED, clock.now())
    assert rule_outcomes(session, item) == {"verify_claim": "done", **dict.fromkeys(RECHECKS)}


@on_sqlite
def test_the_one_who_looked_may_verify_and_so_may_another(session, cast, item):
    seen(session, cast, item, by=cast.reviewer)
    verify(session, item, by=cast.coordinator)

    assert item.status == VERIFIED


@on_sqlite
def test_a_look_from_before_the_claim_proves_nothing(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.SERVED, concluded.bad[0])
    item = notice.items[0]
    seen(session, cast, item)
    cast.clock.advance(hours=1)
    answered(session, cast, notice)

    with pytest.raises(Refused, match="seen_too_early"):
        verify(session, item, by=cast.coordinator)


@on_sqlite
def test_evidence_from_before_the_claim_proves_nothing(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.SERVED, concluded.bad[0])
    item = notice.items[0]
    proof = picture(session, cast.coordinator, EvidenceKind.LOOK).sha256
    attach(session, notice, proof, EvidenceKind.LOOK, by=cast.coordinator, part=item)
    cast.clock.advance(hours=1)
    answered(session, cast, notice)
    look_at = {"gone": True, "seen_at": clock.now(), "by": cast.coordinator}

    assert problems(look, session, item, evidence=[proof], **look_at) == [("evidence", "used_before")]


@on_sqlite
def test_what_another_organisation_holds_is_no_look_of_ours(session, cast, item, notice):
    """Not even if it was once attached as one."""
    seen(session, cast, item)
    held_by = sa.text("UPDATE holding SET organisation_id = :them WHERE kind = 'look'")
    session.execute(held_by, {"them": notice.platform_id})
    session.expire_all()

    with pytest.raises(Refused, match="not_seen"):
        verify(session, item, by=cast.coordinator)


@on_sqlite
def test_a_text_is_no_proof_of_a_look_whatever_it_is_called(session, concluded):
    cast = concluded.cast
    item = notice_at(session, cast, NoticeStatus.SERVED, concluded.bad[0]).items[0]
    text = take_in(session, vault(), "已下架".encode(), kind=EvidenceKind.LOOK, by=cast.coordinator).sha256
    looked = {"gone": True, "seen_at": clock.now(), "by": cast.coordinator}

    assert problems(look, session, item, evidence=[text], **looked) == [("evidence", "only_text")]
    both = [text, picture(session, cast.coordinator, EvidenceKind.LOOK).sha256]
    assert look(session, item, evidence=both, **looked).evidence == sorted(both)


@on_sqlite
def test_the_platforms_own_picture_is_no_proof_even_in_our_hands(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.SERVED, concluded.bad[0])
    item, desk = notice.items[0], desk_of(cast, notice)
    bytes_ = little_picture(9_000_001)
    theirs = take_in(session, vault(), bytes_, kind=EvidenceKind.PLATFORM_PROOF, by=desk).sha256
    answer(session, notice, [removed(item, evidence=[theirs])], by=desk)
    ours = take_in(session, vault(), bytes_, kind=EvidenceKind.LOOK, by=cast.coordinator).sha256

    assert problems(look, session, item, gone=True, seen_at=clock.now(), evidence=[ours], by=cast.coordinator) == [
        ("evidence", "platforms_own")
    ]


@on_sqlite
def test_one_picture_may_show_that_two_listings_are_gone(session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.ANSWERED, *concluded.bad)
    cast = concluded.cast
    proof = picture(session, cast.coordinator, EvidenceKind.LOOK).sha256

    for item in notice.items:
        look(session, item, gone=True, seen_at=clock.now(), evidence=[proof], by=cast.coordinator)
        verify(session, item, by=cast.coordinator)

    assert {item.status for item in notice.items} == {VERIFIED}


LACKING: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"evidence": []}, [("evidence", "missing")]),
    ({"gone": False, "reason": ""}, [("reason", "missing")]),
    ({"reason": "长" * 2001}, [("reason", "too_long")]),
    ({"hours": 1}, [("seen_at", "in_the_future")]),
    ({"hours": -99}, [("seen_at", "before_the_notice")]),
    ({"hours": None}, [("seen_at", "no_zone")]),
    ({"evidence": ["f" * 64]}, [("sha256", "unknown_evidence")]),
    ({"hours": 1, "evidence": []}, [("seen_at", "in_the_future"), ("evidence", "missing")]),
]


@on_sqlite
def test_a_look_names_what_it_lacks(session, cast, item):
    session.commit()
    for changed, named in LACKING:
        facts = dict(changed)
        hours = facts.pop("hours", 0)
        at = clock.now().replace(tzinfo=None) if hours is None else clock.now() + timedelta(hours=hours)

        assert problems(seen, session, cast, item, seen_at=at, **facts) == named
        session.rollback()


@on_sqlite
def test_looks_are_entered_in_their_order(session, cast, item):
    cast.clock.advance(hours=2)
    seen(session, cast, item)

    at = clock.now() - timedelta(hours=1)
    assert problems(seen, session, cast, item, seen_at=at) == [("seen_at", "out_of_order")]


@on_sqlite
def test_only_the_own_agency_looks(session, cast, item, notice):
    above = hire(session, cast.above, Role.COORDINATOR)
    for by in (above, desk_of(cast, notice), cast.buyer):
        with pytest.raises(NotPermitted):
            look(session, item, gone=True, seen_at=clock.now(), evidence=["a" * 64], by=by)


@on_sqlite
def test_nothing_is_looked_after_before_the_notice_is_issued(session, concluded):
    notice = notice_at(session, concluded.cast, NoticeStatus.DRAFT, concluded.bad[0])

    with pytest.raises(Refused, match="not_issued"):
        seen(session, concluded.cast, notice.items[0])


@on_sqlite
def test_what_we_found_is_not_verified(session, cast, item):
    seen(session, cast, item, gone=False)
    with pytest.raises(Refused, match="still_there"):
        verify(session, item, by=cast.coordinator)


@on_sqlite
def test_a_claim_sent_back_moves_its_answered_notice(session, cast, item, notice):
    seen(session, cast, item, gone=False)

    send_back(session, item, by=cast.coordinator, note="请连同全部规格一并下架")

    assert (item.status, notice.status) == (RETURNED, NoticeStatus.ACKNOWLEDGED)
    assert (item.asked_again_at, item.asked_again_in) == (clock.now(), notice.version - 1)
    assert rule_outcomes(session, item) == {"verify_claim": "done"}


@on_sqlite
def test_a_claim_sent_back_leaves_a_notice_that_waits_for_other_answers(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.SERVED, *concluded.bad)
    item = notice.items[0]
    answer(session, notice, [removed(item)], by=desk_of(cast, notice))
    seen(session, cast, item, gone=False)

    send_back(session, item, by=cast.coordinator)

    assert (item.status, notice.status, notice.asked_again) == (RETURNED, NoticeStatus.SERVED, [item])


@on_sqlite
def test_nothing_goes_back_that_we_did_not_find(session, cast, item):
    with pytest.raises(Refused, match="not_seen_there"):
        send_back(session, item, by=cast.coordinator)


@on_sqlite
def test_a_listing_is_excused_by_a_reviewer_with_a_reason(session, cast, item):
    assert problems(excuse, session, item, "because", by=cast.reviewer) == [("why", "unknown_reason")]
    with pytest.raises(NotPermitted):
        excuse(session, item, "refusal_accepted", by=cast.coordinator)
    session.rollback()


@on_sqlite
def test_an_excuse_says_why_and_stops_our_clock(session, cast, item):
    excuse(session, item, "refusal_accepted", by=cast.reviewer, note="批次不同，已核对")

    assert (item.status, item.excuse, item.settled_at) == (EXCUSED, "refusal_accepted", clock.now())
    assert rule_outcomes(session, item) == {"verify_claim": "excused"}
    told = session.scalars(sa.select(Event).where(Event.action == "excuse")).one()
    assert (told.part, told.details) == (f"notice_item:{item.id}", {"why": "refusal_accepted"})


@on_sqlite
def test_an_excuse_without_a_reason_is_no_move(session, cast, item):
    with pytest.raises(Refused, match="no_reason"):
        perform(session, item, ITEM_LIFE["excuse"], by=cast.reviewer)


@on_sqlite
def test_a_later_look_answers_the_rechecks_whose_day_has_come(session, cast, item):
    verified(session, cast, item)
    for days, waiting in [(0, RECHECKS), (1, RECHECKS[1:]), (5, RECHECKS[1:]), (2, RECHECKS[2:]), (22, ())]:
        cast.clock.advance(days=days)
        seen(session, cast, item)

        assert [rule for rule in RECHECKS if running(session, item, rule)] == list(waiting)


@on_sqlite
def test_one_look_may_answer_several_rechecks(session, cast, item):
    verified(session, cast, item)
    cast.clock.advance(days=31)

    seen(session, cast, item)

    assert not [rule for rule in RECHECKS if running(session, item, rule)]


def test_a_listing_that_is_back_reopens_its_closed_notice(session, cast, item, notice):
    verified(session, cast, item)
    close(session, notice, by=cast.coordinator)
    cast.clock.advance(days=7)
    seen(session, cast, item, gone=False)

    reopen(session, item, by=cast.coordinator)

    assert (item.status, notice.status) == (REOPENED, NoticeStatus.REOPENED)
    assert {rule: outcome for rule, outcome in rule_outcomes(session, item).items() if rule in RECHECKS} == (
        dict.fromkeys(RECHECKS, "reopened")
    )
    answered(session, cast, notice)
    cast.clock.advance(days=1)
    verified(session, cast, item)
    close(session, notice, by=cast.coordinator)
    assert notice.status == NoticeStatus.CLOSED
    assert [len(running(session, item, rule)) for rule in RECHECKS] == [1, 1, 1]


@on_sqlite
def test_a_listing_that_is_back_before_the_notice_closed_asks_again(session, cast, item, notice):
    verified(session, cast, item)
    seen(session, cast, item, gone=False)

    reopen(session, item, by=cast.coordinator, version=item.version)

    assert (item.status, notice.status) == (REOPENED, NoticeStatus.ACKNOWLEDGED)


@on_sqlite
def test_one_more_listing_may_reopen_in_a_notice_that_is_open_again(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.REOPENED, *concluded.bad)
    seen(session, cast, notice.items[1], gone=False)

    reopen(session, notice.items[1], by=cast.coordinator)

    assert {item.status for item in notice.items} == {REOPENED}


@on_sqlite
def test_nothing_reopens_that_we_did_not_find_again(session, cast, item, notice):
    seen(session, cast, item, gone=False)
    cast.clock.advance(hours=1)
    excuse(session, item, "refusal_accepted", by=cast.reviewer)
    close(session, notice, by=cast.coordinator)
    session.commit()

    with pytest.raises(Refused, match="not_seen_there"):
        reopen(session, item, by=cast.coordinator)
    session.rollback()

    assert notice.status == NoticeStatus.CLOSED


@on_sqlite
def test_a_listing_reopens_only_in_the_version_that_was_seen(session, cast, item, notice):
    verified(session, cast, item)
    seen(session, cast, item, gone=False)

    with pytest.raises(Stale):
        reopen(session, item, by=cast.coordinator, version=item.version - 1)


@on_sqlite
def test_a_withdrawn_notice_reopens_for_nothing(session, cast, item, notice):
    verified(session, cast, item)
    seen(session, cast, item, gone=False)
    taken_back(session, cast, notice, "批次写错")
    session.commit()

    with pytest.raises(Refused, match="notice_withdrawn"):
        reopen(session, item, by=cast.coordinator)
    session.rollback()
    with pytest.raises(Refused, match="not_issued"):
        seen(session, cast, item)


@on_sqlite
def test_nothing_is_verified_on_a_notice_that_has_ended(session, cast, item, notice):
    seen(session, cast, item)
    taken_back(session, cast, notice, "批次写错")

    with pytest.raises(Refused, match="notice_ended"):
        verify(session, item, by=cast.coordinator)
