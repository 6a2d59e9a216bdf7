"""From findings to issued notices: one a platform, each finding on one, approved by another person."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from quality.core.differences import Change
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.record import verify
from quality.core.workflow import perform
from quality.lab.workflow import OVERTURN
from quality.notices.models import Measure, NoticeStatus
from quality.notices.operations import draft_notices, issue, revise, submit, take_off
from quality.notices.versions import since_last_review
from quality.notices.workflow import APPROVE, LIFE, RETURN, SUBMIT
from quality.people.actor import Actor
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.notices import TEXTS, drafted, notice_at, taken_back
from tests.harness.people import hire
from tests.harness.purchases import PURCHASE

DRAFT, IN_REVIEW, APPROVED, ISSUING = list(NoticeStatus)[:4]


def draft(session, concluded, *findings, by=None, **changed):
    return draft_notices(session, findings, by=by or concluded.cast.coordinator, **(TEXTS | changed))


def codes(problems) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in problems}


@on_sqlite
def test_findings_of_two_platforms_become_two_notices(session, concluded):
    notices = draft(session, concluded, *concluded.bad, concluded.elsewhere)

    assert {notice.platform_id for notice in notices} == {
        concluded.cast.platform.id,
        concluded.cast.other_platform.id,
    }
    assert sorted(len(notice.items) for notice in notices) == [1, 2]
    assert [notice.reference for notice in notices] == ["ND-YZ-2026-0001", "ND-YZ-2026-0002"]
    assert all(notice.number is None and notice.status == DRAFT for notice in notices)


@on_sqlite
def test_an_item_keeps_the_listing_product_and_results_as_they_stood(session, concluded):
    finding = concluded.bad[0]
    drawn = finding.sample.task.drawn

    item = drafted(session, concluded.cast, finding).items[0]

    assert item.listing_id == drawn.listing_id
    assert item.snapshot["listing"] == {
        "listing_id": drawn.listing_id,
        "url": drawn.listing["url"],
        "title": drawn.listing["title"],
        "shop": "小满童品旗舰店",
        "shop_id": drawn.listing["shop_id"],
        "uscc": "",
    }
    assert item.snapshot["product"]["batch"] == "20260801"
    failed = next(result for result in item.snapshot["results"] if result["verdict"] == "fail")
    assert (failed["item"], failed["value"], failed["limit"], failed["rule"]) == (
        "磁通量指数",
        "386",
        "＜50 kG²mm²",
        "simple",
    )
    assert item.snapshot["laboratory"] == "云州市产品质量检验院"


@on_sqlite
def test_nothing_of_the_buyer_stands_on_an_item(session, concluded):
    task = concluded.bad[0].sample.task

    kept = str(drafted(session, concluded.cast, concluded.bad[0]).items[0].snapshot)

    for secret in (PURCHASE["account"], str(PURCHASE["paid_fen"]), task.buyer.name, task.number):
        assert secret not in kept
    assert not {"price_fen", "paid_at", "quantity", "sealed_at", "blind_no", "seal_no"} & set(kept.split("'"))


def test_a_finding_stands_on_one_live_notice_only(session, concluded):
    first = drafted(session, concluded.cast, concluded.bad[0])
    session.commit()

    with pytest.raises(Refused, match="already_on_notice") as refused:
        draft(session, concluded, concluded.bad[1], concluded.bad[0])
    assert first.reference in str(refused.value)
    session.rollback()

    taken_back(session, concluded.cast, first, "批次写错")
    assert drafted(session, concluded.cast, concluded.bad[0]).reference == "ND-YZ-2026-0002"


@on_sqlite
def test_the_record_of_a_finding_says_on_which_notice_it_was_put(session, concluded):
    notice = drafted(session, concluded.cast, concluded.bad[0])

    told = session.scalars(sa.select(Event).where(Event.action == "put_on_notice")).one()
    assert (told.subject_type, told.subject_id) == ("finding", concluded.bad[0].id)
    assert told.details == {"notice": notice.reference}


@on_sqlite
def test_only_a_standing_nonconforming_finding_is_put_on_a_notice(session, concluded):
    with pytest.raises(Refused, match="finding_not_standing"):
        draft(session, concluded, concluded.good)


BAD_FIELDS = [
    ({"kind": "letter"}, ("kind", "unknown_kind")),
    ({"legal_basis": " "}, ("legal_basis", "missing")),
    ({"reasons": ""}, ("reasons", "missing")),
    ({"how_to_object": "长" * 10_001}, ("how_to_object", "too_long")),
    ({"measures": []}, ("measures", "missing")),
    ({"measures": ["delist", "burn"]}, ("measures", "unknown_measure")),
]


@on_sqlite
def test_every_bad_field_of_a_draft_is_named(session, concluded):
    for changed, named in BAD_FIELDS:
        with pytest.raises(Invalid) as invalid:
            draft(session, concluded, concluded.bad[0], **changed)
        assert codes(invalid.value.problems) == {named}


@on_sqlite
def test_a_draft_needs_findings_and_each_listing_once(session, concluded):
    with pytest.raises(Invalid) as invalid:
        draft(session, concluded)
    assert codes(invalid.value.problems) == {("findings", "missing")}

    first, second = concluded.bad
    second.sample.task.drawn = first.sample.task.drawn
    with session.no_autoflush, pytest.raises(Invalid) as invalid:
        draft(session, concluded, first, second)
    assert codes(invalid.value.problems) == {("findings", "listing_twice")}
    session.rollback()


@on_sqlite
def test_a_finding_named_twice_is_put_on_once(session, concluded):
    assert len(draft(session, concluded, concluded.bad[0], concluded.bad[0])[0].items) == 1


@on_sqlite
def test_only_coordinators_of_the_own_agency_draft(session, concluded):
    for stranger in (
        concluded.cast.reviewer,
        concluded.cast.desk,
        hire(session, concluded.cast.above, Role.COORDINATOR),
        hire(session, concluded.cast.below, Role.COORDINATOR),
    ):
        with pytest.raises(NotPermitted):
            draft(session, concluded, concluded.bad[0], by=stranger)


@on_sqlite
def test_the_drafter_may_not_approve_their_own_notice(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, IN_REVIEW, concluded.bad[0])
    also_reviewer = hire(session, cast.agency, Role.REVIEWER)
    same_person = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)
    session.commit()

    with pytest.raises(Refused, match="same_person"):
        perform(session, notice, APPROVE, by=same_person)
    session.rollback()

    perform(session, notice, APPROVE, by=also_reviewer)
    assert notice.approved_by_id == also_reviewer.id


@on_sqlite
def test_a_returned_notice_can_be_submitted_again(session, concluded):
    notice = notice_at(session, concluded.cast, IN_REVIEW, concluded.bad[0])

    perform(session, notice, RETURN, by=concluded.cast.reviewer, note="补充依据")
    perform(session, notice, SUBMIT, by=concluded.cast.coordinator)

    assert notice.status == IN_REVIEW


@on_sqlite
def test_a_notice_without_a_listing_is_not_submitted(session, concluded):
    notice = drafted(session, concluded.cast, concluded.bad[0])
    session.execute(sa.text("DELETE FROM notice_item"))
    session.expire_all()

    with pytest.raises(Refused, match="no_items"):
        perform(session, notice, SUBMIT, by=concluded.cast.coordinator)


@pytest.mark.parametrize(("status", "move"), [(DRAFT, "submit"), (IN_REVIEW, "approve"), (APPROVED, "issue")])
@on_sqlite
def test_a_notice_goes_no_further_when_its_finding_falls(session, concluded, status, move):
    cast = concluded.cast
    notice = notice_at(session, cast, status, concluded.bad[0])
    perform(session, concluded.bad[0], OVERTURN, by=cast.reviewer)

    by = cast.reviewer if move == "approve" else cast.coordinator
    with pytest.raises(Refused, match="finding_not_standing"):
        perform(session, notice, LIFE[move], by=by)


def test_issuing_gives_the_next_number_and_a_refusal_gives_it_back(session, concluded):
    cast = concluded.cast
    first = notice_at(session, cast, APPROVED, concluded.bad[0])
    second = notice_at(session, cast, APPROVED, concluded.elsewhere)
    third = notice_at(session, cast, APPROVED, concluded.bad[1])
    perform(session, concluded.elsewhere, OVERTURN, by=cast.reviewer)
    session.commit()

    issue(session, first, by=cast.coordinator)
    session.commit()
    with pytest.raises(Refused):
        issue(session, second, by=cast.coordinator)
    session.rollback()
    issue(session, third, by=cast.coordinator)

    assert (first.number, second.number, third.number) == ("N-YZ-2026-0001", None, "N-YZ-2026-0002")
    assert first.status == ISSUING


@on_sqlite
def test_all_measures_are_asked_for_unless_some_are_chosen(session, concluded):
    assert drafted(session, concluded.cast, concluded.bad[0]).measures == list(Measure)
    assert drafted(session, concluded.cast, concluded.bad[1], measures=["delist"]).measures == ["delist"]


@on_sqlite
def test_each_submission_is_kept_and_the_next_is_compared_with_it(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.IN_REVIEW)
    assert since_last_review(session, notice) is None

    perform(session, notice, RETURN, by=cast.reviewer)
    unchanged = since_last_review(session, notice)
    assert unchanged
    assert (unchanged.edition, unchanged.changes) == (1, [])
    revise(session, notice, by=cast.coordinator, **(TEXTS | {"reasons": "另述理由", "measures": ["delist"]}))
    submit(session, notice, by=cast.coordinator)

    found = since_last_review(session, notice)
    assert found
    assert found.edition == 1
    assert Change("reasons", TEXTS["reasons"], "另述理由") in found.changes
    assert {(each.field, each.new) for each in found.changes} == {("reasons", "另述理由"), ("measure", None)}


def test_a_listing_taken_off_a_draft_leaves_its_finding_free_for_another_notice(session, concluded):
    cast, (first, second) = concluded.cast, concluded.bad[:2]
    notice = drafted(session, cast, first, second)
    gone = next(item for item in notice.items if item.finding_id == first.id)
    listing = gone.listing_id
    session.commit()

    take_off(session, notice, [gone.id], by=cast.coordinator, note="另案处理")
    session.commit()

    assert [item.finding_id for item in notice.items] == [second.id]
    event = session.scalars(sa.select(Event).where(Event.action == "take_off")).one()
    assert (event.seq, event.details) == (notice.version, {"listings": [listing], "findings": [first.number]})
    assert [each.reference for each in draft(session, concluded, first)] != [notice.reference]
    assert verify(session, Path("nowhere")).broken is None


@on_sqlite
def test_a_draft_keeps_at_least_one_listing_and_only_drafts_lose_any(session, concluded):
    cast = concluded.cast
    notice = drafted(session, cast, *concluded.bad[:2])
    both = [item.id for item in notice.items]
    for chosen, code in ((both, "last_listing"), ([], "missing"), ([0], "unknown_listing")):
        with pytest.raises(Invalid) as wrong:
            take_off(session, notice, chosen, by=cast.coordinator)
        assert codes(wrong.value.problems) == {("listings", code)}
    with pytest.raises(NotPermitted):
        take_off(session, notice, both[:1], by=cast.reviewer)
    with pytest.raises(Stale):
        take_off(session, notice, both[:1], by=cast.coordinator, version=notice.version - 1)
    session.rollback()


@on_sqlite
def test_nothing_is_taken_off_what_a_reviewer_reads(session, concluded):
    notice = notice_at(session, concluded.cast, IN_REVIEW, *concluded.bad[:2])
    with pytest.raises(Refused, match="wrong_status"):
        take_off(session, notice, [notice.items[0].id], by=concluded.cast.coordinator)
