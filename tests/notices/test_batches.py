"""Many notices at once: one a transaction, in the name of who asked; a refusal stops no other and says what to do."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.core.errors import Invalid, NotFound, NotPermitted
from quality.notices import walking
from quality.notices.batches import BatchDeed, BatchRow
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import batches as asking
from quality.notices.operations import draft_notices, submit
from quality.notices.operations.batches import Wording, do_to_many, draft_all, one_batch, open_to, progress_of, rows_of
from quality.notices.operations.grouping import Grouping
from quality.notices.operations.templates import SHIPPED_ONE
from quality.notices.walking import walk_batches
from quality.people.actor import SYSTEM, Actor
from quality.people.operations import invite_person
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.notices import TEXTS, run
from tests.harness.people import hire

S, D = NoticeStatus, BatchDeed


@pytest.fixture
def drafts(session, cast, concluded):
    found = [*concluded.bad, concluded.elsewhere]
    return [draft_notices(session, [each], by=cast.coordinator, **TEXTS)[0] for each in found]


def states(session, drafts):
    session.expire_all()
    return [each.status for each in drafts]


def test_all_that_wait_go_their_way_one_by_one(session, cast, drafts):
    for deed, by, after in (
        (D.SUBMIT, cast.coordinator, S.IN_REVIEW),
        (D.APPROVE, cast.reviewer, S.APPROVED),
        (D.ISSUE, cast.coordinator, S.ISSUING),
    ):
        batch = do_to_many(session, deed, None, by=by)
        assert run(session, walk_batches) == len(drafts)
        assert progress_of(session, [batch.id])[batch.id] == (len(drafts), len(drafts), 0)
        assert states(session, drafts) == [after] * len(drafts)
    assert run(session, walk_batches) == 0
    assert len({each.number for each in drafts}) == len(drafts)


@on_sqlite
def test_nobody_approves_their_own_by_way_of_a_batch(session, cast, drafts):
    email = cast.coordinator.person.email
    both = Actor.working_in(
        invite_person(session, email=email, organisation=cast.agency, role=Role.REVIEWER, by=SYSTEM)
    )
    for each in drafts[:2]:
        submit(session, each, by=cast.coordinator)
    assert list(session.scalars(open_to(both, D.APPROVE))) == []
    batch = do_to_many(session, D.APPROVE, [each.reference for each in drafts[:2]], by=both)
    run(session, walk_batches)
    assert [row.refusal for row in rows_of(session, batch)] == ["same_person"] * 2
    assert states(session, drafts)[:2] == [S.IN_REVIEW] * 2


def test_one_that_cannot_be_done_keeps_no_other_from_it_and_says_why(session, cast, drafts):
    batch = do_to_many(session, D.SUBMIT, [each.reference for each in drafts], by=cast.coordinator)
    session.commit()
    submit(session, drafts[1], by=cast.coordinator)
    run(session, walk_batches)
    rows = rows_of(session, batch)
    assert [row.refusal for row in rows] == [None, "stale", *[None] * (len(drafts) - 2)]
    assert set(rows[1].reason) == {"zh", "en"} and rows[1].reason["zh"] != rows[1].reason["en"]
    assert states(session, drafts) == [S.IN_REVIEW] * len(drafts)


def test_who_is_killed_in_between_does_nothing_twice_and_loses_nothing(session, cast, drafts, monkeypatch):
    batch = do_to_many(session, D.SUBMIT, None, by=cast.coordinator)
    real, calls = walking.DEEDS[D.SUBMIT], []

    def dies(*given):
        real(*given)
        calls.append(given[1])
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(walking, "DEEDS", {D.SUBMIT: dies})
        with pytest.raises(KeyboardInterrupt):
            run(session, walk_batches)
    session.expire_all()
    assert progress_of(session, [batch.id])[batch.id].done == 1
    assert run(session, walk_batches) == len(drafts) - 1
    assert [row.refusal for row in rows_of(session, batch)] == [None] * len(drafts)
    assert states(session, drafts) == [S.IN_REVIEW] * len(drafts)


def test_of_two_that_take_one_row_the_second_leaves_it(session, cast, drafts):
    batch = do_to_many(session, D.SUBMIT, None, by=cast.coordinator)
    session.commit()
    sessions = sessionmaker(session.get_bind())
    first = rows_of(session, batch)[0].id
    walking.walk(sessions, first)
    walking.walk(sessions, first)
    walking.refuse(sessions, first, "late", "late")
    session.expire_all()
    assert rows_of(session, batch)[0].refusal is None


@on_sqlite
def test_what_was_asked_by_somebody_who_left_is_not_done(session, cast, drafts):
    leaver = hire(session, cast.agency, Role.COORDINATOR)
    batch = do_to_many(session, D.SUBMIT, None, by=leaver)
    leaver.person.memberships[0].ended_at = clock.now()
    run(session, walk_batches)
    assert {row.refusal for row in rows_of(session, batch)} == {"asker_left"}
    assert set(states(session, drafts)) == {S.DRAFT}


WRONG: dict[str, tuple[str, list[str] | None, str, str]] = {
    "nothing": ("submit", [], "notices", "missing"),
    "no such deed": ("withdraw", None, "deed", "unknown_deed"),
    "drafts are asked for otherwise": ("draft", None, "deed", "unknown_deed"),
}


@on_sqlite
@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_asked_is_named(session, cast, drafts, case):
    deed, numbers, field, code = WRONG[case]
    with pytest.raises(Invalid) as no:
        do_to_many(session, deed, numbers, by=cast.coordinator)
    assert [(each.field, each.code) for each in no.value.problems] == [(field, code)]


@on_sqlite
def test_only_notices_of_the_own_agency_and_deeds_of_the_own_role(session, cast, drafts, monkeypatch):
    with pytest.raises(Invalid) as no:
        do_to_many(session, D.SUBMIT, [drafts[0].reference, "ND-XX-2026-0001"], by=cast.coordinator)
    assert [each.field for each in no.value.problems] == ["notices 2"]
    with pytest.raises(NotPermitted):
        do_to_many(session, D.APPROVE, None, by=cast.coordinator)
    batch = do_to_many(session, D.SUBMIT, None, by=cast.coordinator)
    with pytest.raises(NotFound):
        one_batch(session, cast.desk, batch.id)
    monkeypatch.setattr(asking, "MOST", 1)
    with pytest.raises(Invalid) as no:
        do_to_many(session, D.SUBMIT, [each.reference for each in drafts], by=cast.coordinator)
    assert [each.code for each in no.value.problems] == ["how_many"]


def wording(**changed):
    said = {name: str(text) for name, text in TEXTS.items()} | changed
    return Wording(**said)


@pytest.mark.parametrize(("grouping", "many"), [(Grouping.PLATFORM, 2), (Grouping.FINDING, 3)])
def test_everything_that_waits_is_drafted(session, cast, concluded, grouping, many):
    batch = draft_all(session, wording(), by=cast.coordinator, grouping=grouping, template=SHIPPED_ONE)
    run(session, walk_batches)
    rows = rows_of(session, batch)
    assert [row.refusal for row in rows] == [None] * many
    named = session.scalars(sa.select(Notice)).all()
    assert {row.notice_id for row in rows} == {each.id for each in named}
    assert sum(len(each.items) for each in named) == 3
    with pytest.raises(Invalid):
        draft_all(session, wording(), by=cast.coordinator)


@on_sqlite
def test_of_a_platform_with_very_many_listings_there_are_several(session, cast, concluded, monkeypatch):
    monkeypatch.setattr(asking, "ON_ONE", 1)
    batch = draft_all(session, wording(), by=cast.coordinator)
    assert session.scalars(sa.select(sa.func.count()).where(BatchRow.batch_id == batch.id)).one() == 3


@on_sqlite
def test_a_finding_that_somebody_else_drafted_from_meanwhile_is_named(session, cast, concluded):
    batch = draft_all(session, wording(), by=cast.coordinator, grouping=Grouping.FINDING)
    draft_notices(session, concluded.bad[:1], by=cast.coordinator, **TEXTS)
    run(session, walk_batches)
    assert sorted(row.refusal or "" for row in rows_of(session, batch)) == ["", "", "already_on_notice"]


@on_sqlite
def test_texts_are_looked_at_before_anything_is_handed_over(session, cast, concluded):
    with pytest.raises(Invalid) as no:
        draft_all(session, wording(reasons=" "), by=cast.coordinator, grouping="each")
    assert {each.field for each in no.value.problems} == {"reasons", "grouping"}
