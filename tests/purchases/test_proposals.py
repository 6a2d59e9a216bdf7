"""Who is to buy what, and how often an identity may be seen: pure, on examples and by chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.purchases.exposure import Seen, Use, over_used
from quality.purchases.profiles import lies_in
from quality.purchases.proposals import Candidate, Cover, Proposal, Wanted, Why, propose
from quality.purchases.rules import NO_LIMITS, Limits, usual
from quality.purchases.shops import shop_key, visit_of

TODAY = date(2026, 11, 27)
LIMITS = Limits(shop_again=90, cover_period=90, cover_on_platform=3, cover_in_shop=1)
PEAR, RIVER = 1, 2


def wanted(task: int, shop: str | None = None, region: str = "", declined: Any = (), platform: int = PEAR) -> Wanted:
    return Wanted(task, platform, shop, region, frozenset(declined))


def given_to(proposals: list[Proposal]) -> dict[int, int | None]:
    return {each.task: each.buyer for each in proposals}


def seen(*days_ago: int, kind: str = "account", platform: int = PEAR, shop: str | None = None) -> list[Use]:
    return [Use(kind, platform, shop, TODAY - timedelta(days=ago)) for ago in days_ago]


def test_each_task_goes_to_who_has_least_to_do_for_what_they_can():
    buyers = [Candidate(1, under_way=1, per_week=2, left=9), Candidate(2, under_way=4, per_week=40, left=9)]
    proposals = propose([wanted(n) for n in range(1, 13)], buyers, [], LIMITS, TODAY)
    assert Counter(given_to(proposals).values()) == {2: 9, 1: 3}


@pytest.mark.parametrize(
    ("task", "buyer", "why"),
    [
        (wanted(1, declined=[7]), Candidate(7), Why.DECLINED),
        (wanted(1, region="云省云州市"), Candidate(7, regions=("海省",)), Why.OUTSIDE),
        (wanted(1, shop="s"), Candidate(7, shops=frozenset({"s"})), Why.SAME_SHOP),
        (wanted(1), Candidate(7, per_week=5, left=0), Why.NO_ROOM),
    ],
)
def test_what_keeps_the_only_buyer_from_a_task_is_said(task: Wanted, buyer: Candidate, why: Why):
    assert propose([task], [buyer], [], LIMITS, TODAY) == [Proposal(1, None, None, 0, {why: 1})]


def test_the_task_that_fewest_can_buy_has_its_buyer_before_the_room_is_gone():
    buyers = [Candidate(1, per_week=1, left=1), Candidate(2, per_week=1, left=1)]
    tasks = [wanted(1), wanted(2, declined=[2])]
    assert given_to(propose(tasks, buyers, [], LIMITS, TODAY)) == {1: 2, 2: 1}


def test_who_buys_in_the_region_comes_before_who_buys_anywhere():
    buyers = [Candidate(1), Candidate(2, under_way=5, regions=("云省",))]
    assert given_to(propose([wanted(1, region="云省云州市")], buyers, [], LIMITS, TODAY)) == {1: 2}
    assert given_to(propose([wanted(1)], buyers, [], LIMITS, TODAY)) == {1: 1}


def test_of_two_tasks_at_one_shop_nobody_gets_both_unless_nothing_limits_that():
    tasks = [wanted(1, "s"), wanted(2, "s"), wanted(3, "t")]
    assert given_to(propose(tasks, [Candidate(1)], [], LIMITS, TODAY)) == {1: 1, 2: None, 3: 1}
    assert given_to(propose(tasks, [Candidate(1)], [], NO_LIMITS, TODAY)) == {1: 1, 2: 1, 3: 1}


def test_the_cover_identity_that_was_seen_least_there_is_taken_and_counts_at_once():
    covers = [Cover(1, uses=seen(3, 4)), Cover(2, buyer=8), Cover(3, platform=RIVER), Cover(4, uses=seen(200, 5))]
    found = propose([wanted(1), wanted(2), wanted(3), wanted(4)], [Candidate(7)], covers, LIMITS, TODAY)
    assert [(each.cover, each.seen) for each in found] == [(4, 1), (1, 2), (4, 2), (None, 0)]
    assert found[-1].why == {Why.NO_COVER: 1}


def test_a_buyer_without_any_cover_identity_may_type_one():
    found = propose([wanted(1)], [Candidate(7)], [Cover(1, buyer=8)], LIMITS, TODAY)
    assert given_to(found) == {1: 7}


def test_a_limit_is_reached_by_the_orders_of_the_period_and_passes_when_they_leave_it():
    at_its_limit = Seen(seen(91, 89, 40, 1), LIMITS, TODAY)
    over = over_used(at_its_limit, PEAR, None, LIMITS)
    assert over is not None
    assert (over.rule, over.many, over.until) == ("cover_on_platform", 3, TODAY + timedelta(days=1))
    assert "orders: 3" in str(over.text)
    assert over_used(at_its_limit, RIVER, None, LIMITS) is None
    assert over_used(Seen(seen(90, 40, 1), LIMITS, TODAY), PEAR, None, LIMITS) is None
    many = over_used(Seen(seen(50, 40, 30, 20, 10), LIMITS, TODAY), PEAR, None, LIMITS)
    assert many is not None
    assert many.until == TODAY - timedelta(days=30) + timedelta(days=90)


def test_one_value_at_its_limit_is_enough_and_a_name_is_not_counted():
    uses = [*seen(1, shop="s", kind="telephone"), *seen(1, 2, 3, 4, kind="recipient")]
    over = over_used(Seen(uses, LIMITS, TODAY), PEAR, "s", LIMITS)
    assert over is not None
    assert (over.kind, over.rule) == ("telephone", "cover_in_shop")
    assert "telephone" in str(over.text)
    assert over_used(Seen(uses, LIMITS, TODAY), PEAR, "t", LIMITS) is None
    assert over_used(Seen(uses, NO_LIMITS, TODAY), PEAR, "s", NO_LIMITS) is None


def test_a_region_is_where_a_frame_begins_to_call_it_so_however_wide_it_is_written():
    assert lies_in("云省 云州市", ["云省"])
    assert lies_in("Ｙun Province", ["yun"])
    assert not lies_in("海省云省路", ["云省"])


def test_a_shop_is_one_of_its_platform_by_the_first_thing_that_tells_it():
    whole = {"shop_id": "S1", "shop_name": "小满"}
    assert shop_key(1, whole) == shop_key(1, {"shop_id": "Ｓ1 ", "shop_name": "改名了"})
    assert len({shop_key(1, whole), shop_key(2, whole), shop_key(1, {"shop_name": "小满"}), shop_key(1, {})}) == 4
    assert shop_key(1, {"shop_id": None, "shop_name": " "}) is None


def test_who_bought_is_told_the_day_from_which_they_may_again():
    visit = visit_of("T-1", datetime(2026, 11, 1, 20, tzinfo=UTC), 90)
    assert (visit.ordered_on, visit.until) == (date(2026, 11, 2), date(2027, 1, 31))
    assert "2027-01-31" in str(visit.why_not("甲"))
    assert "T-1" in str(visit_of("T-1", None, 90).why_not("甲"))


def test_every_usual_number_has_its_source_and_lies_in_its_bounds():
    assert list(usual()) == list(Limits._fields)
    assert all(rule.least <= rule.value <= rule.most and str(rule.source) for rule in usual().values())


@dataclass
class Chance:
    tasks: list[Wanted]
    buyers: list[Candidate]
    covers: list[Cover]


SHOPS = st.sampled_from([None, "a", "b", "c"])
BUYERS = st.integers(1, 4)


@st.composite
def chances(draw: st.DrawFn) -> Chance:
    tasks = [
        Wanted(
            n, draw(st.integers(1, 2)), draw(SHOPS), draw(st.sampled_from(["", "云省"])), draw(st.frozensets(BUYERS))
        )
        for n in range(1, draw(st.integers(0, 12)) + 1)
    ]
    buyers = [
        Candidate(
            n,
            draw(st.integers(0, 5)),
            week := draw(st.none() | st.integers(0, 6)),
            None if week is None else draw(st.integers(0, week)),
            draw(st.sampled_from([(), ("云",), ("海",)])),
            draw(st.frozensets(st.sampled_from(["a", "b"]))),
        )
        for n in range(1, draw(st.integers(0, 4)) + 1)
    ]
    covers = [
        Cover(
            n, draw(st.none() | BUYERS), draw(st.none() | st.integers(1, 2)), seen(*draw(st.lists(st.integers(0, 99))))
        )
        for n in range(1, draw(st.integers(0, 4)) + 1)
    ]
    return Chance(tasks, buyers, covers)


@settings(max_examples=150, deadline=None)
@given(chances())
def test_every_task_is_proposed_or_explained_and_no_bound_is_passed(of: Chance):
    found = propose(of.tasks, of.buyers, of.covers, LIMITS, TODAY)
    buyers, tasks = {each.buyer: each for each in of.buyers}, {each.task: each for each in of.tasks}
    assert [each.task for each in found] == sorted(tasks)
    for each in found:
        assert (each.buyer is None) == (sum(each.why.values()) == len(buyers)) or not buyers
        assert each.buyer not in tasks[each.task].declined
    given_tasks = [(each.buyer, tasks[each.task]) for each in found if each.buyer is not None]
    for buyer, many in Counter(buyer for buyer, _task in given_tasks).items():
        left = buyers[buyer].left
        assert left is None or many <= left
    at_shops = Counter((buyer, task.shop) for buyer, task in given_tasks if task.shop)
    assert max(at_shops.values(), default=1) == 1
    assert not [buyer for buyer, task in given_tasks if task.shop in buyers[buyer].shops]
    as_whom = Counter((each.cover, tasks[each.task].shop) for each in found if each.cover and tasks[each.task].shop)
    assert max(as_whom.values(), default=0) <= LIMITS.cover_in_shop
    assert found == propose(of.tasks[::-1], of.buyers[::-1], of.covers[::-1], LIMITS, TODAY)
