"""A notice closes when every listing is settled, and is withdrawn with a reason."""

from __future__ import annotations

import pytest

from quality.clocks.queries import clocks_of
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event, Note
from quality.core.workflow import perform
from quality.notices import workflow
from quality.notices.models import NoticeStatus
from quality.notices.operations import close, excuse, withdraw
from quality.notices.workflow import ANSWER, CLOSE
from tests.harness.databases import on_sqlite
from tests.harness.notices import answered, desk_of, notice_at, seen, taken_back, verified

SERVED, ANSWERED, CLOSED, WITHDRAWN = (
    NoticeStatus.SERVED,
    NoticeStatus.ANSWERED,
    NoticeStatus.CLOSED,
    NoticeStatus.WITHDRAWN,
)


def test_a_notice_closes_only_when_every_listing_is_verified_or_excused(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, *concluded.bad)
    verified(session, cast, notice.items[0])
    session.commit()
    with pytest.raises(Refused, match="items_open"):
        close(session, notice, by=cast.coordinator)
    session.rollback()

    excuse(session, notice.items[1], "refusal_accepted", by=cast.reviewer)
    close(session, notice, by=cast.coordinator)

    assert notice.status == CLOSED


@on_sqlite
def test_a_notice_of_which_all_is_excused_closes_without_an_answer(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])
    excuse(session, notice.items[0], "not_this_product", by=cast.reviewer)

    close(session, notice, by=cast.coordinator)

    assert {shown.rule: shown.outcome for shown in clocks_of(session, notice)} == {
        "acknowledge": "closed",
        "remove_by_order": "closed",
    }


@on_sqlite
def test_a_reviewer_does_not_close_and_a_stale_page_neither(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, concluded.bad[0])
    verified(session, cast, notice.items[0])
    session.commit()

    with pytest.raises(NotPermitted):
        close(session, notice, by=cast.reviewer)
    session.rollback()
    with pytest.raises(Stale):
        close(session, notice, by=cast.coordinator, version=notice.version - 1)


@on_sqlite
def test_no_notice_is_answered_while_a_listing_waits(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])

    with pytest.raises(Refused, match="items_unanswered"):
        perform(session, notice, ANSWER, by=desk_of(cast, notice))


@on_sqlite
def test_a_notice_is_withdrawn_with_a_reason_and_all_its_clocks_stop(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, *concluded.bad)
    answered(session, cast, notice)
    verified(session, cast, notice.items[0])
    with pytest.raises(Invalid) as invalid:
        taken_back(session, cast, notice, " ")
    assert [problem.field for problem in invalid.value.problems] == ["reason"]

    taken_back(session, cast, notice, "批次写错")

    assert notice.status == WITHDRAWN
    subjects = [notice, *notice.items]
    assert all(shown.stopped_at for subject in subjects for shown in clocks_of(session, subject))
    event = session.query(Event).filter_by(action="withdraw", subject_type="notice").one()
    assert session.get_one(Note, event.note_digest).text == "批次写错"


@on_sqlite
def test_a_closed_notice_is_not_withdrawn(session, concluded):
    notice = notice_at(session, concluded.cast, CLOSED, concluded.bad[0])

    with pytest.raises(Refused, match="wrong_status"):
        withdraw(session, notice, "批次写错", by=concluded.cast.reviewer)
    with pytest.raises(Refused, match="not_in_force"):
        taken_back(session, concluded.cast, notice, "批次写错")


@on_sqlite
def test_a_look_at_a_closed_notice_keeps_it_closed(session, concluded):
    notice = notice_at(session, concluded.cast, CLOSED, concluded.bad[0])

    seen(session, concluded.cast, notice.items[0])

    assert notice.status == CLOSED


@on_sqlite
def test_a_refused_closing_names_a_few_of_the_listings_that_still_stop_it(session, concluded, monkeypatch):
    notice = notice_at(session, concluded.cast, ANSWERED, *concluded.bad)
    both = [item.listing_id for item in notice.items]
    refusal = CLOSE.refusal(notice, concluded.cast.coordinator)
    assert all(listing in str(refusal.reason) for listing in both)
    assert "另有" not in str(refusal.reason)

    monkeypatch.setattr(workflow, "A_FEW", 1)
    refusal = CLOSE.refusal(notice, concluded.cast.coordinator)
    assert [listing for listing in both if listing in str(refusal.reason)] == both[:1]
    assert str(refusal.reason).endswith("另有1个")
