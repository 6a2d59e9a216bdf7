"""A notice is served when its platform has it before it: a look writes `access`, a job proves the receipt."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.clocks.queries import clocks_of, running
from quality.core import clock
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Access, Event
from quality.core.workflow import record
from quality.delivery.by_post import prove_by_post
from quality.delivery.jobs import prove_receipt, received_and_waiting, serve_received_notices
from quality.delivery.models import Channel
from quality.delivery.operations import acknowledge, answer, open_as_platform
from quality.delivery.payload import day_ends, notice_for_platform
from quality.delivery.queries import receipts_of
from quality.evidence.models import EvidenceKind, Exhibit
from quality.notices.models import NoticeKind, NoticeStatus
from quality.notices.operations import send_back
from quality.notices.queries import first_removal_due, removal_due
from quality.people.actor import SYSTEM
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, picture, removed, reopened, run, seen
from tests.harness.refusals import assert_invalid

ISSUED, SERVED, ACKNOWLEDGED, ANSWERED = (
    NoticeStatus.ISSUED,
    NoticeStatus.SERVED,
    NoticeStatus.ACKNOWLEDGED,
    NoticeStatus.ANSWERED,
)


@pytest.fixture
def notice(session, concluded):
    return notice_at(session, concluded.cast, ISSUED, concluded.bad[0])


def count(session, table):
    return session.scalars(sa.select(sa.func.count()).select_from(table)).one()


def looked(session, notice, organisation_id, actor="person:1", what="opened") -> None:
    session.add(
        Access(
            at=clock.now(),
            actor=actor,
            organisation_id=organisation_id,
            subject_type="notice",
            subject_id=notice.id,
            what=what,
        )
    )


@on_sqlite
def test_opening_a_notice_writes_access_and_nothing_else(session, cast, notice):
    before = count(session, Event)

    open_as_platform(session, notice, by=desk_of(cast, notice))

    assert (count(session, Event), notice.status) == (before, ISSUED)
    look = session.scalars(sa.select(Access).where(Access.what == "opened")).one()
    assert (look.subject_type, look.subject_id, look.organisation_id) == ("notice", notice.id, notice.platform_id)
    assert look.actor == desk_of(cast, notice).signature


def test_a_notice_is_served_at_its_first_opening(session, cast, notice):
    assert run(session, serve_received_notices) == 0
    first = cast.clock.advance(minutes=10)
    open_as_platform(session, notice, by=desk_of(cast, notice))
    cast.clock.advance(minutes=10)
    open_as_platform(session, notice, by=desk_of(cast, notice))
    cast.clock.advance(minutes=10)

    assert run(session, serve_received_notices) == 1

    assert (notice.status, notice.served_at) == (SERVED, first)
    receipt = receipts_of(session, notice)[0]
    assert (receipt.channel, receipt.received_at) == (Channel.PORTAL, first)
    assert session.get_one(Access, int(receipt.proof["access"])).at == first
    clocks = {shown.rule: shown.started_at for shown in clocks_of(session, notice)}
    assert clocks == {"acknowledge": first, "remove_by_order": first}
    assert run(session, serve_received_notices) == 0


@on_sqlite
def test_a_notice_has_more_time_than_an_order(session, concluded):
    notice = notice_at(session, concluded.cast, SERVED, concluded.bad[0], kind=NoticeKind.NOTICE)

    assert [c.rule for c in clocks_of(session, notice)] == ["acknowledge", "remove_by_notice"]


@on_sqlite
def test_only_the_platforms_own_look_after_issuing_proves_anything(session, cast, notice):
    stranger = cast.other_platform.id if notice.platform_id == cast.platform.id else cast.platform.id
    looked(session, notice, stranger)
    looked(session, notice, cast.agency.id)
    looked(session, notice, notice.platform_id, actor="system")
    looked(session, notice, notice.platform_id, what="exported")

    assert run(session, serve_received_notices) == 0
    assert notice.status == ISSUED


@on_sqlite
def test_only_the_platform_opens_as_the_platform(session, cast, notice):
    stranger = cast.other_desk if desk_of(cast, notice) is cast.desk else cast.desk
    for by in (stranger, cast.coordinator, cast.reviewer):
        with pytest.raises(NotPermitted):
            open_as_platform(session, notice, by=by)


@on_sqlite
def test_a_notice_that_moved_since_it_was_seen_is_left_to_the_next_run(session, cast, notice):
    open_as_platform(session, notice, by=desk_of(cast, notice))
    session.commit()
    seen_version = notice.version
    record(session, notice, "touch", by=SYSTEM)
    session.commit()

    assert prove_receipt(sessionmaker(session.get_bind()), notice.id, seen_version) is False
    assert session.execute(received_and_waiting()).all() == [(notice.id, notice.version)]


@on_sqlite
def test_who_loses_the_claim_between_reading_and_moving_leaves_it(session, cast, notice, monkeypatch):
    open_as_platform(session, notice, by=desk_of(cast, notice))
    session.commit()

    def first_was_another(*_asked, **_more):
        raise Stale(status=SERVED, version=9)

    monkeypatch.setattr("quality.delivery.jobs.serve", first_was_another)
    assert run(session, serve_received_notices) == 0


@on_sqlite
def test_the_platform_acknowledges_with_its_own_reference(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])
    desk = desk_of(cast, notice)

    acknowledge(session, notice, " TL-REG-118 ", by=desk, version=notice.version)

    assert (notice.status, notice.platform_reference) == (ACKNOWLEDGED, "TL-REG-118")
    assert running(session, notice, "acknowledge") == []
    assert [receipt.channel for receipt in receipts_of(session, notice)] == [Channel.PORTAL, Channel.ACKNOWLEDGEMENT]
    version = notice.version
    acknowledge(session, notice, "TL-REG-118", by=desk)
    assert notice.version == version
    with pytest.raises(Refused, match="wrong_status"):
        acknowledge(session, notice, "TL-REG-119", by=desk)


@on_sqlite
def test_an_acknowledgement_serves_a_notice_that_was_only_issued(session, cast, notice):
    cast.clock.advance(minutes=3)

    acknowledge(session, notice, "TL-REG-118", by=desk_of(cast, notice), version=notice.version)

    assert (notice.status, notice.served_at) == (ACKNOWLEDGED, clock.now())
    assert {receipt.channel for receipt in receipts_of(session, notice)} == {Channel.ACKNOWLEDGEMENT}


@on_sqlite
def test_an_acknowledgement_does_not_hide_an_earlier_opening(session, cast, notice):
    opened_at = clock.now()
    open_as_platform(session, notice, by=desk_of(cast, notice))
    cast.clock.advance(minutes=3)

    acknowledge(session, notice, "TL-REG-118", by=desk_of(cast, notice))

    assert (notice.status, notice.served_at) == (ACKNOWLEDGED, opened_at)


@on_sqlite
def test_a_reference_is_a_line_of_text(session, cast, notice):
    for reference in ("", "  ", "长" * 101, "TL\n118"):
        with pytest.raises(Invalid) as invalid:
            acknowledge(session, notice, reference, by=desk_of(cast, notice))
        assert [problem.code for problem in invalid.value.problems] == ["bad_reference"]


@on_sqlite
def test_a_stale_acknowledgement_moves_nothing(session, cast, notice):
    with pytest.raises(Stale):
        acknowledge(session, notice, "TL-REG-118", by=desk_of(cast, notice), version=notice.version - 1)


@on_sqlite
def test_nobody_acknowledges_for_the_platform(session, cast, notice):
    with pytest.raises(NotPermitted):
        acknowledge(session, notice, "X", by=cast.coordinator)


@on_sqlite
def test_an_answer_is_a_receipt_too(session, cast, notice):
    cast.clock.advance(minutes=3)

    results = answer(session, notice, [removed(notice.items[0])], by=desk_of(cast, notice))

    assert results[0].ok
    assert (notice.status, notice.served_at) == (ANSWERED, clock.now())
    assert [receipt.channel for receipt in receipts_of(session, notice)] == [Channel.ANSWER]


@on_sqlite
def test_answering_a_served_notice_serves_nothing_anew(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, SERVED, concluded.bad[0])

    answer(session, notice, [removed(notice.items[0])], by=desk_of(cast, notice))

    assert [receipt.channel for receipt in receipts_of(session, notice)] == [Channel.PORTAL]


def test_what_went_back_gives_the_platform_time_anew_from_its_next_opening(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, concluded.bad[0])
    cast.clock.advance(minutes=1)
    seen(session, cast, notice.items[0], gone=False)
    send_back(session, notice.items[0], by=cast.coordinator)
    assert run(session, serve_received_notices) == 0
    opened_at = cast.clock.advance(hours=1)
    open_as_platform(session, notice, by=desk_of(cast, notice))

    assert run(session, serve_received_notices) == 1

    [item] = notice.items
    assert [c.started_at for c in running(session, item, "remove_by_order")] == [opened_at]
    assert (notice.status, notice.asked_again) == (ACKNOWLEDGED, [])
    assert len(receipts_of(session, notice)) == 3
    assert run(session, serve_received_notices) == 0


def test_what_a_fallen_clock_dates_before_the_issue_counts_from_the_issue(session, cast, notice):
    """An opening follows on the issue, whatever the clock says, and serves at once; so does what is said after it."""
    issued, by = notice.issued_at, desk_of(cast, notice)
    cast.clock.advance(hours=-2)
    open_as_platform(session, notice, by=by)

    assert run(session, serve_received_notices) == 1

    assert (notice.status, notice.served_at) == (SERVED, issued)
    acknowledge(session, notice, "TL-REG-118", by=by)
    assert [receipt.received_at for receipt in receipts_of(session, notice)] == [issued, issued]
    assert {(c.rule, c.started_at, c.stopped_at) for c in clocks_of(session, notice)} == {
        ("acknowledge", issued, issued),
        ("remove_by_order", issued, None),
    }


@on_sqlite
def test_what_a_fallen_clock_dates_before_the_last_asking_counts_from_the_asking(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, concluded.bad[0])
    cast.clock.advance(hours=3)
    seen(session, cast, notice.items[0], gone=False)
    send_back(session, notice.items[0], by=cast.coordinator)
    [item] = notice.items
    asked, told = item.asked_again_at, len(receipts_of(session, notice))
    cast.clock.advance(hours=-1)
    open_as_platform(session, notice, by=desk_of(cast, notice))

    assert run(session, serve_received_notices) == 1

    assert [c.started_at for c in running(session, item, "remove_by_order")] == [asked]
    assert len(receipts_of(session, notice)) == told + 1
    answer(session, notice, [removed(item)], by=desk_of(cast, notice))
    assert (notice.status, running(session, item, "remove_by_order")) == (ANSWERED, [])


@on_sqlite
def test_what_was_opened_before_the_asking_in_the_same_moment_proves_nothing(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, ANSWERED, concluded.bad[0])
    [item] = notice.items
    open_as_platform(session, notice, by=desk_of(cast, notice))
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)
    assert run(session, serve_received_notices) == 0

    open_as_platform(session, notice, by=desk_of(cast, notice))

    assert run(session, serve_received_notices) == 1
    assert [one.started_at for one in running(session, item, "remove_by_order")] == [clock.now()]


def test_each_listing_that_comes_back_has_its_own_time_and_its_answer_ends_it(session, concluded):
    """Whatever is left of the notice's own time, or of another listing's: nobody is late when they are told."""
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.CLOSED, *concluded.bad)
    first, second = notice.items
    reopened(session, cast, first)
    open_as_platform(session, notice, by=desk_of(cast, notice))
    run(session, serve_received_notices)
    cast.clock.advance(days=20)
    reopened(session, cast, second)
    assert run(session, serve_received_notices) == 0, "what they opened before they were asked proves nothing"
    open_as_platform(session, notice, by=desk_of(cast, notice))
    assert run(session, serve_received_notices) == 1

    [old], [new] = (running(session, item, "remove_by_order") for item in (first, second))
    assert (old.is_overdue(clock.now()), new.started_at, new.is_overdue(clock.now())) == (True, clock.now(), False)
    assert first_removal_due(session, [notice]) == {notice.id: old.due_at}
    assert removal_due(session, notice) == {first.id: old.due_at, second.id: new.due_at}
    told = [item["due_at"] for item in notice_for_platform(session, notice, "")["items"]]
    assert told == [day_ends(old.due_at), day_ends(new.due_at)]

    answer(session, notice, [removed(first)], by=desk_of(cast, notice))
    assert first_removal_due(session, [notice]) == {notice.id: new.due_at}
    answer(session, notice, [removed(second)], by=desk_of(cast, notice))
    assert (notice.status, first_removal_due(session, [notice])) == (ANSWERED, {})


# --- by post ---


@on_sqlite
def test_a_postal_receipt_proves_it_and_the_periods_run_from_its_day(session, cast, notice):
    arrived = cast.clock.advance(days=2)
    cast.clock.advance(days=3)
    shown = picture(session, cast.coordinator, EvidenceKind.RECEIPT).sha256

    prove_by_post(session, notice, arrived, " XA31 ", shown, by=cast.coordinator)

    assert (notice.status, notice.served_at) == (SERVED, arrived)
    [receipt] = receipts_of(session, notice)
    assert (receipt.channel, receipt.proof["receipt_no"]) == (Channel.POST, "XA31")
    assert session.get_one(Exhibit, receipt.proof["exhibit"]).holding.sha256 == shown
    assert {shown.started_at for shown in clocks_of(session, notice)} == {arrived}
    with pytest.raises(Refused, match="received_already"):
        prove_by_post(session, notice, arrived, "XA32", shown, by=cast.coordinator)


@on_sqlite
def test_what_it_opened_before_the_post_came_counts(session, cast, notice):
    opened = cast.clock.advance(hours=1)
    open_as_platform(session, notice, by=desk_of(cast, notice))
    arrived = cast.clock.advance(days=2)
    shown = picture(session, cast.coordinator, EvidenceKind.RECEIPT).sha256
    prove_by_post(session, notice, arrived, "XA31", shown, by=cast.coordinator)
    assert notice.served_at == opened


@on_sqlite
def test_what_came_back_to_the_platform_is_proved_by_post_too(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.CLOSED, concluded.bad[0])
    cast.clock.advance(hours=1)
    reopened(session, cast, notice.items[0])
    asked = notice.items[0].asked_again_at
    arrived = cast.clock.advance(days=2)
    shown = picture(session, cast.coordinator, EvidenceKind.RECEIPT).sha256
    assert_invalid(
        session, {("received_at", "too_early")},
        prove_by_post, notice, asked - timedelta(minutes=1), "XA31", shown, by=cast.coordinator,
    )  # fmt: skip
    prove_by_post(session, notice, arrived, "XA31", shown, by=cast.coordinator)
    assert notice.items[0].asked_again_in is None
    assert [c.started_at for c in clocks_of(session, notice.items[0]) if c.stopped_at is None] == [arrived]


@on_sqlite
def test_what_a_postal_receipt_lacks_is_named_and_only_the_agency_records_it(session, cast, notice):
    late = clock.now() + timedelta(minutes=1)
    assert_invalid(
        session, {("received_at", "in_the_future"), ("receipt_no", "missing"), ("receipt", "missing")},
        prove_by_post, notice, late, " ", "", by=cast.coordinator,
    )  # fmt: skip
    for by in (desk_of(cast, notice), cast.buyer):
        with pytest.raises(NotPermitted):
            prove_by_post(session, notice, clock.now(), "XA31", "0" * 64, by=by)
