"""What a plan comes to with other numbers: its interval, its chance, its money, and how these trade."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.campaigns.allocation import Method
from quality.campaigns.costs import cost_of
from quality.campaigns.design import Design
from quality.campaigns.frame.profile import Priced
from quality.campaigns.precision import half_width
from quality.campaigns.what_if import Assumed, Market, next_half_point, weeks, what_if
from quality.core.errors import Invalid
from quality.figures.detection import Lot, chance_of_one

SIZES = {"a": 400, "b": 300, "c": 200, "d": 100}
PRICES = {"a": Priced(400, 0, 4_000), "b": Priced(300, 30, 6_000), "c": Priced(0, 0, None), "d": Priced(100, 0, 1_000)}
MARKET = Market(SIZES, PRICES)
PLAN = Design(strata=("platform",), method=Method.PROPORTIONAL, n=100, min_per_stratum=2, reserve=3)
SURE = Assumed(
    rate=Decimal("0.1"),
    is_estimate=True,
    cap_fen=8_000,
    fees=dict.fromkeys(SIZES, Decimal(68_000)),
    budget_fen=8_000_000,
)
NEYMAN = replace(
    PLAN, method=Method.NEYMAN, deviations={k: Decimal(s) for k, s in zip(SIZES, (10, 15, 20, 30), strict=True)}
)


def test_each_stratum_has_the_allocation_of_the_plan_and_the_figures_of_their_rooms() -> None:
    found = what_if(PLAN, MARKET, SURE)

    assert [row.n for row in found.rows] == [40, 30, 20, 10]
    assert found.rows[0].half_width == Decimal(str(half_width({"a": 400}, {"a": 40}, 0.1)))
    assert found.rows[0].chance == chance_of_one([Lot(400, 40, 40)])
    assert found.total.half_width == Decimal(str(half_width(SIZES, {"a": 40, "b": 30, "c": 20, "d": 10}, 0.1)))
    assert found.total.chance == chance_of_one([Lot(400, 40, 40), Lot(300, 30, 30), Lot(200, 20, 20), Lot(100, 10, 10)])
    assert [row.over_cap for row in found.rows] == [0, 30, 0, 0]


def test_purchases_cost_the_mean_within_the_cap_and_the_cap_where_no_price_is_known() -> None:
    found = what_if(PLAN, MARKET, SURE)

    assert [row.purchases_fen for row in found.rows] == [160_000, 180_000, 160_000, 10_000]
    assert (found.money.purchases, found.money.tests, found.money.total) == (510_000, 6_800_000, 7_310_000)
    assert found.money.at_most == 100 * 8_000 + 6_800_000
    assert found.money.over == -690_000
    assert found.money.unpriced == ()


def test_a_stratum_without_price_and_cap_is_named_and_not_counted() -> None:
    found = what_if(PLAN, MARKET, SURE._replace(cap_fen=None))

    assert found.money.unpriced == ("c",)
    assert found.money.at_most is None
    assert (found.rows[2].purchases_fen, found.total.purchases_fen) == (None, None)
    assert found.affordable is None


def test_the_methods_are_compared_at_the_same_n_and_neyman_needs_its_s() -> None:
    proportional = what_if(PLAN, MARKET, SURE)
    assert [(each.method, each.fits) for each in proportional.methods] == [
        (Method.PROPORTIONAL, True), (Method.EQUAL, True), (Method.NEYMAN, False),
    ]  # fmt: skip

    neyman = what_if(NEYMAN, MARKET, SURE)
    assert [row.n for row in neyman.rows] == [26, 29, 26, 19]
    assert [(each.method, each.fits) for each in neyman.methods] == [
        (Method.NEYMAN, True), (Method.PROPORTIONAL, True), (Method.EQUAL, True),
    ]  # fmt: skip

    with pytest.raises(Invalid) as no:
        what_if(replace(PLAN, method=Method.NEYMAN), MARKET, SURE)
    assert [(each.field, each.code) for each in no.value.problems] == [("allocation.method", "deviation_missing")]


def test_what_is_known_of_strata_gives_neyman_its_s_and_the_whole_its_rate() -> None:
    known = {"a": Decimal("0.05"), "b": Decimal("0.1"), "c": Decimal("0.2"), "d": Decimal("0.5")}

    found = what_if(replace(PLAN, method=Method.NEYMAN), MARKET, SURE._replace(known=known))

    assert [row.rate for row in found.rows] == list(known.values())
    assert found.total.rate == Decimal("0.14")
    assert found.rows[3].n > 10
    by_method = {each.method: each.half_width for each in found.methods}
    assert all(by_method.values())
    assert by_method[Method.NEYMAN] < by_method[Method.EQUAL]  # type: ignore[operator]


def test_a_wish_is_fulfilled_by_the_n_that_is_named_and_not_by_one_less() -> None:
    found = what_if(PLAN, MARKET, SURE._replace(wished=Decimal("0.04")))
    assert found.wish

    def width(n: int) -> float:
        drawn = replace(PLAN, n=n).allocate(SIZES)
        return half_width(SIZES, drawn, 0.1) or 1

    assert width(found.wish.n) <= 0.04 < width(found.wish.n - 1)
    then = what_if(replace(PLAN, n=found.wish.n), MARKET, SURE)
    assert found.wish.more_fen == then.money.total - found.money.total
    assert found.wish.over_fen == then.money.over


def test_what_the_budget_buys_is_within_it_and_one_more_is_not() -> None:
    found = what_if(PLAN, MARKET, SURE)
    assert found.affordable
    costs = {"a": 72_000, "b": 74_000, "c": 76_000, "d": 69_000}

    def cost(n: int) -> int:
        return cost_of(replace(PLAN, n=n).allocate(SIZES), costs)

    assert cost(found.affordable.n) <= 8_000_000 < cost(found.affordable.n + 1)


def test_a_risk_targeted_campaign_has_counts_chances_and_money_and_no_interval() -> None:
    found = what_if(PLAN, MARKET, SURE._replace(is_estimate=False, wished=Decimal("0.04")))

    assert found.total.half_width is None
    assert {row.half_width for row in found.rows} == {None}
    assert {each.half_width for each in found.methods} == {None}
    assert (found.points, found.wish) == ([], None)
    assert found.total.chance > Decimal("0.99")
    assert found.affordable and found.affordable.half_width is None


def test_numbers_given_by_stratum_have_no_curve_and_no_other_method() -> None:
    given_so = replace(PLAN, method=Method.FIXED, n=None, fixed={"a": 5, "b": 5, "c": 5, "d": 5})

    found = what_if(given_so, MARKET, SURE)

    assert [each.method for each in found.methods] == [Method.FIXED]
    assert (found.total.n, found.points, found.wish, found.affordable) == (20, [], None, None)
    assert found.total.half_width is not None


def test_the_curve_stays_around_the_plan_and_shows_what_is_asked() -> None:
    found = what_if(replace(PLAN, n=130), MARKET, SURE, planned=100)

    sizes = [point.n for point in found.points]
    assert (sizes[0], sizes[-1]) == (50, 200)
    assert {100, 130} <= set(sizes)


@pytest.mark.parametrize(
    ("width", "next_lower"), [("0.0431", "0.040"), ("0.04", "0.035"), ("0.005", None), ("0.0049", None), (None, None)]
)
def test_the_next_wish_is_half_a_point_below(width: str | None, next_lower: str | None) -> None:
    found = next_half_point(None if width is None else Decimal(width))
    assert found == (None if next_lower is None else Decimal(next_lower))


def test_begun_weeks_count() -> None:
    assert [weeks(many, 60) for many in (0, 1, 60, 61)] == [0, 1, 1, 2]


@given(st.integers(8, 1_000), st.sampled_from([Method.PROPORTIONAL, Method.EQUAL]))
def test_whatever_is_asked_the_strata_make_the_whole(n: int, method: Method) -> None:
    found = what_if(replace(PLAN, n=n, method=method), MARKET, SURE)

    assert sum(row.n for row in found.rows) == found.total.n == n
    assert sum(row.purchases_fen or 0 for row in found.rows) == found.money.purchases
    assert max(row.chance for row in found.rows) <= found.total.chance
