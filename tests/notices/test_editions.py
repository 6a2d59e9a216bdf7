"""An issued notice is amended: drafted beside it, approved by another, in force with its paper, told and proved."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.clocks.queries import running
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.delivery.jobs import serve_received_notices
from quality.delivery.models import Receipt
from quality.documents import render
from quality.documents.models import DocumentKind
from quality.documents.queries import documents_of, latest_of
from quality.notices.editions import Superseded, editions_of, wording_of
from quality.notices.models import EditionKind, Excuse, ItemStatus, NoticeEdition, NoticeStatus
from quality.notices.operations import (
    amend,
    answer,
    approve_edition,
    close,
    draft_notices,
    draft_withdrawal,
    drop_edition,
    is_free,
    reopen,
    verify,
    withdraw,
)
from quality.notices.queries import findings_to_put_on, removal_due
from tests.harness.databases import on_sqlite
from tests.harness.notices import (
    TEXTS,
    amended,
    desk_of,
    drafted,
    notice_at,
    opened,
    reissuing,
    removed,
    run,
    seen,
)

S, K = NoticeStatus, EditionKind
WHY = "复核发现一条链接已由其他通知处置"


def wording(notice, **changed):
    return wording_of(notice) | changed


def proposed(session, cast, notice, **changed):
    said = {"reason": WHY, **wording(notice)} | changed
    return amend(session, notice, by=cast.coordinator, **said)


@pytest.fixture
def cast(served):
    return served.cast


@pytest.fixture
def notice(served):
    return served.notice


@pytest.fixture
def spare(served):
    return served.spare


def test_what_is_drafted_beside_a_notice_changes_nothing_of_it(session, cast, notice):
    before = notice.sealed
    edition = proposed(session, cast, notice, reasons="另有依据", withdrawn=[notice.items[0].id])

    assert (edition.edition, edition.kind, notice.edition) == (2, K.PARTIAL_WITHDRAWAL, 1)
    assert [(each["field"], each["of"]) for each in edition.changed] == [
        ("reasons", ""),
        ("listing", notice.items[0].listing_id),
    ]
    assert notice.sealed == before and notice.reasons == TEXTS["reasons"]
    assert [item.status for item in notice.items] == [ItemStatus.OPEN] * 3


def test_it_comes_in_force_with_its_paper(session, cast, notice, spare):
    gone = notice.items[0]
    issued_at, old_code = notice.issued_at, notice.verification_code
    edition = amended(session, cast, notice, withdrawn=[gone.id], findings=[spare], measures=["delist"], reason=WHY)

    assert (notice.edition, notice.measures, notice.issued_at) == (2, ["delist"], issued_at)
    assert (notice.sealed, notice.verification_code) == (edition.sealed, edition.code)
    assert notice.verification_code != old_code
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
    assert (document.edition, document.number, document.code) == (2, notice.number, edition.code)
    said = json.loads(notice.sealed)
    assert said["amends"]["reason"] == WHY
    assert said["amends"]["before"]["edition"] == "1"
    listings = [each["listing"]["listing_id"] for each in said["items"]]
    assert gone.listing_id not in listings and notice.items[3].listing_id in listings
    assert (gone.status, gone.excuse) == (ItemStatus.EXCUSED, Excuse.WITHDRAWN)
    assert [each.edition for each in editions_of(session, notice)] == [2, 1]
    first = editions_of(session, notice)[1]
    assert (first.kind, first.code) == (K.ORIGINAL, old_code)


def test_time_for_an_added_listing_runs_from_the_proven_receipt_of_its_edition(session, cast, notice, spare, clock):
    amended(session, cast, notice, findings=[spare])
    new = notice.items[3]
    assert removal_due(session, notice)[new.id] is None
    assert run(session, serve_received_notices) == 0

    clock.advance(days=5)
    opened(session, cast, notice)
    [own] = running(session, new, notice.removal_rule)
    [of_all] = running(session, notice, notice.removal_rule)
    assert own.started_at == clock.now() and own.due_at > of_all.due_at
    assert removal_due(session, notice)[new.id] == own.due_at
    said = sa.select(Receipt.edition).where(Receipt.notice_id == notice.id).order_by(Receipt.id)
    assert session.scalars(said).all() == [1, 2]


@on_sqlite
def test_a_receipt_names_the_edition_also_where_only_words_changed(session, cast, notice):
    amended(session, cast, notice, reasons="更正条款")
    opened(session, cast, notice)
    opened(session, cast, notice)
    said = sa.select(Receipt.edition).where(Receipt.notice_id == notice.id).order_by(Receipt.id)
    assert session.scalars(said).all() == [1, 2]


def test_an_answered_notice_asks_again_for_what_is_added(session, cast, notice, spare):
    answer(session, notice, [removed(item) for item in notice.items], by=desk_of(cast, notice))
    assert notice.status == S.ANSWERED
    amended(session, cast, notice, findings=[spare])
    assert notice.status == S.ACKNOWLEDGED
    results = answer(session, notice, [removed(notice.items[3])], by=desk_of(cast, notice))
    assert results[0].ok and notice.status == S.ANSWERED


@on_sqlite
def test_what_was_removed_before_its_edition_was_issued_was_gone_already(session, cast, notice, spare, clock):
    clock.advance(days=1)
    moment = clock.now() - timedelta(hours=1)
    amended(session, cast, notice, findings=[spare])
    [no] = answer(session, notice, [removed(notice.items[3], acted_at=moment)], by=desk_of(cast, notice))
    assert [problem.code for problem in no.problems] == ["before_the_notice"]
    [yes] = answer(session, notice, [removed(notice.items[0], acted_at=moment)], by=desk_of(cast, notice))
    assert yes.ok


@on_sqlite
def test_clocks_of_what_is_taken_back_end(session, cast, notice, spare):
    answer(session, notice, [removed(notice.items[0])], by=desk_of(cast, notice))
    amended(session, cast, notice, withdrawn=[notice.items[0].id])
    assert not running(session, notice.items[0], "verify_claim")
    assert running(session, notice, notice.removal_rule)

    amended(session, cast, notice, withdrawn=[item.id for item in notice.items[1:]], findings=[spare])
    assert not running(session, notice, notice.removal_rule), "nothing of the first edition waits"


@on_sqlite
def test_whoever_drafted_it_may_not_approve_it(session, cast, notice):
    proposed(session, cast, notice, reasons="更正条款")
    with pytest.raises(NotPermitted):
        approve_edition(session, notice, by=cast.coordinator)
    notice.proposed.drafted_by_id = cast.reviewer.id
    session.flush()
    with pytest.raises(Refused, match="same_person"):
        approve_edition(session, notice, by=cast.reviewer)


@on_sqlite
def test_the_database_holds_the_four_eyes(session, cast, notice):
    edition = proposed(session, cast, notice, reasons="更正条款")
    edition.approved_by_id, edition.approved_at = edition.drafted_by_id, edition.drafted_at
    with pytest.raises(sa.exc.IntegrityError, match="four_eyes"):
        session.flush()
    session.rollback()


@on_sqlite
def test_who_drafts_it_anew_is_its_drafter_and_what_is_approved_is_not_drafted_any_more(session, cast, notice):
    first = proposed(session, cast, notice, reasons="更正条款")
    again = proposed(session, cast, notice, measures=["delist"])
    assert again is first and [each["field"] for each in again.changed] == ["measure"] * 4
    approve_edition(session, notice, by=cast.reviewer)
    for deed in (
        lambda: proposed(session, cast, notice, reasons="再改"),
        lambda: drop_edition(session, notice, "不改了", by=cast.coordinator),
        lambda: approve_edition(session, notice, by=cast.reviewer),
    ):
        with pytest.raises(Refused, match="being_issued"):
            deed()


WRONG = {
    "no reason": ({"reason": " "}, "reason", "missing"),
    "no change": ({}, "reason", "nothing_changed"),
    "no measure": ({"measures": []}, "measures", "missing"),
    "no basis": ({"legal_basis": ""}, "legal_basis", "missing"),
    "a listing of another": ({"withdrawn": [10_000]}, "withdrawn", "unknown_listing"),
}


@on_sqlite
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(session, cast, notice, case):
    changed, field, code = WRONG[case]
    with pytest.raises(Invalid) as no:
        proposed(session, cast, notice, **changed)
    assert [(each.field, each.code) for each in no.value.problems] == [(field, code)]


@on_sqlite
def test_not_every_listing_is_taken_back_and_none_stands_twice(session, cast, notice):
    with pytest.raises(Invalid) as no:
        proposed(session, cast, notice, withdrawn=[item.id for item in notice.items])
    assert [each.code for each in no.value.problems] == ["last_listing"]
    with pytest.raises(Invalid) as no:
        proposed(session, cast, notice, findings=[notice.items[0].finding])
    assert [each.code for each in no.value.problems] == ["listing_twice"]


@on_sqlite
def test_a_finding_that_a_next_edition_names_goes_on_no_other_notice(session, cast, notice, spare):
    proposed(session, cast, notice, findings=[spare])
    assert is_free(spare, cast.coordinator).code == "already_on_notice"
    with pytest.raises(Refused, match="already_on_notice"):
        draft_notices(session, [spare], by=cast.coordinator, **TEXTS)
    session.rollback()


@on_sqlite
def test_one_that_is_dropped_leaves_the_notice_and_its_findings_as_they_were(session, cast, notice, spare):
    proposed(session, cast, notice, findings=[spare])
    with pytest.raises(Invalid):
        drop_edition(session, notice, " ", by=cast.reviewer)
    drop_edition(session, notice, "不必追加", by=cast.reviewer)
    assert notice.proposed is None and is_free(spare, cast.coordinator) is None
    again = proposed(session, cast, notice, measures=["delist"])
    assert again.edition == 2
    with pytest.raises(Refused, match="nothing_proposed"):
        drop_edition(session, notice_at(session, cast, S.SERVED), "没有", by=cast.reviewer)


@on_sqlite
@pytest.mark.parametrize("status", [S.DRAFT, S.APPROVED, S.CLOSED, S.WITHDRAWN])
def test_only_what_is_with_its_platform_is_amended(session, cast, status):
    notice = notice_at(session, cast, status)
    with pytest.raises(Refused, match="not_in_force"):
        proposed(session, cast, notice, reasons="更正条款")


@on_sqlite
def test_no_notice_closes_over_an_edition_that_is_under_way(session, cast):
    notice = notice_at(session, cast, S.ANSWERED)
    seen(session, cast, notice.items[0])
    verify(session, notice.items[0], by=cast.coordinator)
    proposed(session, cast, notice, reasons="更正条款")
    with pytest.raises(Refused, match="edition_under_way"):
        close(session, notice, by=cast.coordinator)


def test_an_answer_to_an_older_edition_is_refused_with_what_changed(session, cast, notice):
    amended(session, cast, notice, withdrawn=[notice.items[0].id], reason=WHY)
    entry = removed(notice.items[1])
    with pytest.raises(Superseded) as no:
        answer(session, notice, [entry], by=desk_of(cast, notice), edition=1)
    assert no.value.more["edition"] == 2
    assert [(each["field"], each["of"]) for each in no.value.more["changed"]] == [
        ("listing", notice.items[0].listing_id)
    ]
    assert not notice.items[1].claims
    assert answer(session, notice, [entry], by=desk_of(cast, notice), edition=2)[0].ok
    with pytest.raises(Invalid):
        answer(session, notice, [entry], by=desk_of(cast, notice), edition=3)


@on_sqlite
def test_a_listing_that_was_taken_back_may_go_on_another_notice_and_does_not_come_back_to_this_one(
    session, cast, notice
):
    gone = notice.items[0]
    finding = gone.finding
    amended(session, cast, notice, withdrawn=[gone.id])
    assert is_free(finding, cast.coordinator) is None
    assert finding in session.scalars(findings_to_put_on(cast.coordinator)).all()
    seen(session, cast, gone, gone=False)
    with pytest.raises(Refused, match="listing_withdrawn"):
        reopen(session, gone, by=cast.coordinator)
    other = drafted(session, cast, finding)
    assert other.items[0].listing_id == gone.listing_id


def test_a_withdrawal_has_a_paper_of_its_own(session, cast, notice):
    draft_withdrawal(session, notice, "结论被推翻", by=cast.coordinator)
    assert (notice.status, notice.edition, notice.proposed.kind) == (S.SERVED, 1, K.WITHDRAWAL)
    assert editions_of(session, notice, issued_only=True)[0].kind == K.ORIGINAL, "it goes on"
    withdraw(session, notice, "已核对复检报告", by=cast.reviewer)

    assert notice.proposed is None
    last = editions_of(session, notice)[0]
    assert (last.kind, last.edition, last.reason) == (K.WITHDRAWAL, 2, "结论被推翻")
    assert (last.drafted_by_id, last.approved_by_id) == (cast.coordinator.id, cast.reviewer.id)
    paper = next(each for each in documents_of(session, [("notice", notice.id)]) if each.code == last.code)
    assert paper.kind == DocumentKind.NOTICE_WITHDRAWAL and paper.withdrawn_at is None
    assert paper.says["reason"] == "结论被推翻"
    assert len(paper.says["items"]) == 3


@on_sqlite
def test_nobody_takes_back_alone_what_was_issued(session, cast, notice):
    with pytest.raises(Refused, match="withdrawal_not_drafted"):
        withdraw(session, notice, "结论被推翻", by=cast.reviewer)
    with pytest.raises(NotPermitted):
        draft_withdrawal(session, notice, "结论被推翻", by=cast.reviewer)
    with pytest.raises(Invalid):
        draft_withdrawal(session, notice, " ", by=cast.coordinator)
    draft_withdrawal(session, notice, "结论被推翻", by=cast.coordinator)
    session.execute(sa.update(NoticeEdition).where(NoticeEdition.edition == 2).values(drafted_by_id=cast.reviewer.id))
    session.expire_all()
    with pytest.raises(Refused, match="same_person"):
        withdraw(session, notice, "", by=cast.reviewer)


@on_sqlite
def test_a_notice_is_amended_or_taken_back_and_not_both_at_once(session, cast, notice):
    proposed(session, cast, notice, reasons="更正条款")
    with pytest.raises(Refused, match="edition_under_way"):
        draft_withdrawal(session, notice, "结论被推翻", by=cast.coordinator)
    with pytest.raises(Refused, match="withdrawal_not_drafted"):
        withdraw(session, notice, "结论被推翻", by=cast.reviewer)
    drop_edition(session, notice, "改为撤回", by=cast.coordinator)
    draft_withdrawal(session, notice, "结论被推翻", by=cast.coordinator)
    for deed in (
        lambda: proposed(session, cast, notice, reasons="更正条款"),
        lambda: draft_withdrawal(session, notice, "再写一次", by=cast.coordinator),
        lambda: approve_edition(session, notice, by=cast.reviewer),
    ):
        with pytest.raises(Refused, match="withdrawal_drafted"):
            deed()
    drop_edition(session, notice, "仍然有效", by=cast.reviewer)
    assert proposed(session, cast, notice, reasons="更正条款").kind == K.AMENDMENT


def test_a_job_that_dies_goes_on_from_where_it_was(session, cast, notice, clock, monkeypatch):
    proposed(session, cast, notice, reasons="更正条款")
    approve_edition(session, notice, by=cast.reviewer)

    def die(_html):
        raise RuntimeError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(render, "pdf_of", die)
        with pytest.raises(RuntimeError):
            run(session, reissuing)
    assert notice.edition == 1
    code = session.scalars(sa.select(NoticeEdition.code).where(NoticeEdition.edition == 2)).one()
    assert run(session, reissuing) == 0, "its turn to be printed comes again after a while"
    clock_of_the_next_try = sa.select(Event.id).where(Event.action == "amended")
    assert session.scalars(clock_of_the_next_try).all() == []
    clock.advance(minutes=3)
    assert run(session, reissuing) == 1
    assert (notice.edition, notice.verification_code) == (2, code)
