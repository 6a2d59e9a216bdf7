"""What is read for figures: whose, of which days, as it was said, seen and decided; however many there are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from quality.clocks.operations import pause, resume
from quality.clocks.queries import running
from quality.core import clock as time
from quality.likeness.matching import Sure
from quality.notices.models import ItemStatus, Notice, NoticeStatus, Outcome
from quality.notices.operations import answer, send_back
from quality.notices.queries import visible_to
from quality.radar.models import Hit, Swept
from quality.radar.models import Said as SameOrNot
from quality.statistics import queries
from quality.statistics.period import Period, period_of
from quality.statistics.queries import history
from quality.statistics.rows import Pause
from quality.statistics.scorecards import scorecard
from quality.statistics.suspicions import Sign, suspicions
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, opened, removed, seen, taken_back, verified

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30))


@pytest.fixture
def issued(session, concluded, clock) -> Notice:
    """One listing at each of two platforms; the first notice was opened after two hours."""
    notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.elsewhere)
    notice = notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    clock.advance(hours=2)
    opened(session, concluded.cast, notice)
    return notice


def read(session, actor, period=SEPTEMBER):
    session.commit()
    return history(session, visible_to(actor), period)


def test_the_whole_story_of_a_listing_is_read(session, issued, cast, clock):
    item = issued.items[0]
    clock.advance(hours=3)
    acted_at = clock.now()
    clock.advance(hours=1)
    answer(session, issued, [removed(item, acted_at=acted_at, units_sold=12)], by=desk_of(cast, issued))
    clock.advance(hours=5)
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)
    opened(session, cast, issued)
    clock.advance(hours=7)
    answer(session, issued, [removed(item)], by=desk_of(cast, issued))
    clock.advance(hours=1)
    verified(session, cast, item)

    [told] = read(session, cast.coordinator).told[issued.platform_id]

    assert (told.number, told.issued_at, told.agency_id) == (issued.number, issued.issued_at, issued.agency_id)
    assert told.reached_at == issued.served_at
    [listing] = told.listings
    assert (listing.listing_id, listing.status) == (item.listing_id, ItemStatus.VERIFIED)
    assert [(said.outcome, said.units_sold) for said in listing.claims] == [
        (Outcome.REMOVED, 12),
        (Outcome.REMOVED, 214),
    ]
    assert [look.gone for look in listing.looks] == [False, True]
    assert [(each.action, each.was) for each in listing.decisions] == [("send_back", "claimed"), ("verify", "claimed")]
    assert [len(told.acknowledge), len(told.remove), len(listing.asked_again)] == [1, 1, 1]
    card = scorecard([told], time.now())
    assert (card.returned, card.at_first_look) == ((1, 1, 1), (0, 1, 1))
    assert [span.total_seconds() / 3600 for span in card.remove.done] == [7]
    raised = [found.sign for found in suspicions([told]) if found.is_raised]
    assert raised == [Sign.CONTRADICTED]


def test_while_which_periods_stood_is_read(session, issued, cast, clock):
    [removal] = running(session, issued, issued.removal_rule)
    clock.advance(hours=1)
    since = clock.now()
    pause(session, removal, since, reason="平台系统检修", by=cast.coordinator)
    clock.advance(hours=5)
    resume(session, removal, clock.now(), reason="检修完毕", by=cast.coordinator)
    until = clock.now()
    clock.advance(hours=2)
    pause(session, removal, clock.now(), reason="再次检修", by=cast.coordinator)
    last = clock.now()

    [told] = read(session, cast.coordinator).told[issued.platform_id]
    assert [each.pauses for each in told.remove] == [(Pause(since, until), Pause(last))]
    card = scorecard([told], clock.now())
    assert card.remove.waiting[0] - card.own_remove.waiting[0] == timedelta(hours=5)


def test_a_platform_reads_its_own_and_an_agency_what_it_and_those_below_sent(session, issued, cast):
    own = {notice.platform_id for notice in session.scalars(sa.select(Notice))}
    assert set(read(session, cast.coordinator).told) == own
    assert set(read(session, desk_of(cast, issued)).told) == {issued.platform_id}
    assert read(session, cast.buyer).told == {}


def test_only_what_was_issued_in_these_days_of_beijing_counts_and_nothing_withdrawn(session, issued, cast, clock):
    day = date(2026, 9, 1)
    assert read(session, cast.coordinator, Period(day, day)).told
    for first, last in ((date(2026, 8, 1), date(2026, 8, 31)), (date(2026, 9, 2), date(2026, 9, 3))):
        assert not read(session, cast.coordinator, Period(first, last)).told
    taken_back(session, cast, issued, "链接有误")
    assert issued.platform_id not in read(session, cast.coordinator).told


@pytest.mark.parametrize(("said", "is_back"), [
    ((SameOrNot.SAME, True), True), ((SameOrNot.SAME, False), False), ((SameOrNot.OTHER, True), False),
    ((None, True), False),
])  # fmt: skip
def test_what_a_person_said_is_the_same_in_a_later_frame_is_on_sale_again_on_its_own_platform(
    session, issued, cast, said, is_back
):
    decision, at_home = said
    now, campaign = time.now(), issued.items[0].finding.sample.campaign
    swept = Swept(
        agency_id=cast.agency.id, campaign_id=campaign.id, frame_sha256="f" * 64, imported_at=now, at=now, rows=1,
        compared=1, hits=1, left_out=0,
    )  # fmt: skip
    session.add(swept)
    session.flush()
    other = cast.other_platform if issued.platform_id == cast.platform.id else cast.platform
    session.add(
        Hit(
            swept_id=swept.id, agency_id=cast.agency.id, item_id=issued.items[0].id, listing_id="L-9", is_itself=False,
            platform_id=issued.platform_id if at_home else other.id, sure=Sure.LIKELY, rank=2, why=[], listing={},
            found_at=now, decision=decision, reason="另一款商品",
            decided_by_id=cast.coordinator.id if decision else None, decided_at=now if decision else None,
        )
    )  # fmt: skip
    [told] = read(session, cast.coordinator).told[issued.platform_id]
    assert [listing.is_known_again for listing in told.listings] == [is_back]


@on_sqlite
def test_of_too_many_the_newest_whole_notices_are_read_and_it_says_since_when(
    session, concluded, cast, clock, monkeypatch
):
    old = notice_at(session, cast, NoticeStatus.ISSUED, *concluded.bad)  # two listings
    clock.advance(days=1)
    new = notice_at(session, cast, NoticeStatus.ISSUED, concluded.elsewhere)
    monkeypatch.setattr(queries, "MOST_LISTINGS", 2)
    found = read(session, cast.coordinator)
    assert found.cut == old.issued_at
    assert [told.number for notices in found.told.values() for told in notices] == [new.number]
    monkeypatch.setattr(queries, "MOST_LISTINGS", 3)
    assert read(session, cast.coordinator).cut is None


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        (None, None, []),
        (date(2026, 9, 1), date(2026, 9, 1), []),
        (date(2026, 9, 2), date(2026, 9, 1), ["to"]),
        (date(2026, 10, 2), None, ["from"]),
        (date(2012, 9, 2), None, ["from"]),
        (date(1, 1, 1), date.max, ["from", "to"]),
    ],
)
def test_days_are_chosen_so_that_they_can_be_counted(first, last, wrong):
    period, problems = period_of(first, last, date(2026, 9, 10))
    assert [problem.field for problem in problems] == wrong
    if not wrong:
        assert period.begins_at < period.ends_at


@on_sqlite
def test_more_notices_take_no_more_statements(session, issued, cast, concluded):
    said: list[str] = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *what: said.append(what[2]))

    def statements() -> int:
        session.commit()
        said.clear()
        history(session, visible_to(cast.coordinator), SEPTEMBER)
        return len(said)

    few = statements()
    notice_at(session, cast, NoticeStatus.CLOSED, concluded.bad[1])
    assert statements() == few < 12
