"""All closed campaigns together: an index, places and changes that chance does not make, and counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.campaigns.models import CampaignKind
from quality.figures.ranking import Place
from quality.publication.counting import RegionCount
from quality.statistics.public import Quarter, funnel, indices, of_kind, trends
from tests.harness.figures import DOMAIN, counted

LEAST = 5
TOYS = counted([("TL", 4000, 100, 10), ("LM", 1000, 50, 20), ("CY", 1000, 50, 4)], number="C-1")
CLOTHES = counted([("TL", 1000, 60, 3), ("LM", 3000, 60, 3), ("CY", 2000, 60, 1)], number="C-2", category="儿童服装")


def test_an_index_is_a_hundred_less_the_rate_at_the_same_mix_for_all() -> None:
    found = indices([TOYS, CLOTHES], LEAST)

    assert found is not None
    assert found.weights == {"儿童服装": Decimal("0.5"), "儿童玩具": Decimal("0.5")}
    by_name = {each.name: each for each in found.platforms}
    assert by_name["棠梨商城"].value == pytest.approx(100 - (10 + 5) / 2, abs=Decimal("1e-9"))
    assert by_name["鹿鸣优选"].value == pytest.approx(100 - (40 + 5) / 2, abs=Decimal("1e-9"))
    for each in (*found.platforms, *found.categories):
        assert each.value is not None
        assert each.interval is not None
        assert each.interval.low < each.value < each.interval.high


def test_the_index_of_a_category_is_the_estimate_of_the_domain_turned_round() -> None:
    found = indices([counted(DOMAIN)], LEAST)

    assert found is not None
    assert found.categories[0].value == pytest.approx(Decimal("17.2052"), abs=Decimal("1e-4"))
    assert (found.first, found.last) == (Quarter(2025, 4), Quarter(2026, 3))


def test_places_hold_all_at_once_and_are_shared_where_chance_decides() -> None:
    found = indices([TOYS, CLOTHES], LEAST)

    assert found is not None
    assert found.places["鹿鸣优选"] == Place(3, 3, 3)
    assert found.places["棠梨商城"] == Place(1, 2, 3)


def test_a_platform_without_one_of_the_categories_is_not_ranked() -> None:
    without = counted([("TL", 1000, 60, 3), ("LM", 3000, 60, 3)], number="C-2", category="儿童服装")
    found = indices([TOYS, without], LEAST)

    assert found is not None
    assert set(found.places) == {"棠梨商城", "鹿鸣优选"}
    assert {each.name: each.of for each in found.platforms}["川野小店"] == ("儿童玩具",)


def test_an_index_looks_back_a_year_and_takes_no_campaign_by_risk() -> None:
    old = counted([("TL", 900, 50, 50)], number="C-0", category="学生文具", ended_on=date(2025, 9, 30))
    risky = counted([("TL", 900, 50, 50)], number="C-3", category="家用小电器", kind="risk_targeted")
    found = indices([TOYS, old, risky], LEAST)

    assert found is not None
    assert list(found.weights) == ["儿童玩具"]
    assert indices([risky], LEAST) is None


def test_regions_weigh_what_each_tested_one_stands_for() -> None:
    regions = [
        RegionCount("云州市", "TL", 40, 4), RegionCount("临浦市", "TL", 60, 6), RegionCount("云州市", "LM", 50, 20),
        RegionCount("", "CY", 47, 4), RegionCount("安澜市", "CY", 3, 0),
    ]  # fmt: skip
    found = indices([TOYS._replace(regions=tuple(regions))], LEAST)

    assert found is not None
    assert [(each.name, each.tested, each.nonconforming) for each in found.regions] == [
        ("云州市", 90, 24), ("临浦市", 60, 6), ("安澜市", 3, 0),
    ]  # fmt: skip
    assert found.regions[0].value == pytest.approx(100 - 100 * Decimal(4 * 40 + 20 * 20) / 2600, abs=Decimal("1e-9"))
    assert found.regions[2].estimate is None  # too few


def test_a_change_that_chance_makes_is_called_none() -> None:
    """Newcombe's example: 56 of 70 and 48 of 80 differ by 20 points, from 5.2 to 33.4 (method 10).

    By statsmodels 0.15.0: 0.0524314724–0.3338726540 (`confint_proportions_2indep(56, 70, 48, 80, method="newcomb")`).
    """
    spring = counted([("TL", 10**9, 80, 48)], number="C-1", ended_on=date(2026, 5, 1))
    summer = counted([("TL", 10**9, 70, 56)], number="C-2", ended_on=date(2026, 7, 1))
    autumn = counted([("TL", 10**9, 70, 50)], number="C-3", ended_on=date(2026, 10, 1))
    points = trends([autumn, summer, spring], LEAST)["儿童玩具"]

    assert [point.quarter for point in points] == [Quarter(2026, 2), Quarter(2026, 3), Quarter(2026, 4)]
    assert points[0].change is None
    assert [round(each, 4) for each in points[1].change.interval] == [Decimal("0.0524"), Decimal("0.3339")]
    assert [point.change.may_be_chance for point in points[1:]] == [False, True]


def test_two_samplings_of_a_quarter_stand_together_and_old_quarters_end_the_trend() -> None:
    twice = [counted([("TL", 900, 50, 5)], number=f"C-{n}", ended_on=date(2026, 7, n)) for n in (1, 2)]
    long_ago = counted([("TL", 900, 50, 5)], number="C-9", ended_on=date(2022, 7, 1))
    [point] = trends([*twice, long_ago], LEAST)["儿童玩具"]
    assert (point.tested, point.nonconforming) == (100, 10)


def test_kinds_are_never_added_up() -> None:
    risky = counted([("TL", 0, 8, 8)], kind="risk_targeted", untested={"transferred_untested": 2})
    by_lot = funnel(of_kind([TOYS, risky], CampaignKind.PROBABILITY))
    by_risk = funnel(of_kind([TOYS, risky], CampaignKind.RISK_TARGETED))

    assert (by_lot.tested, by_lot.nonconforming, by_lot.untested) == (200, 34, {})
    assert (by_risk.drawn, by_risk.tested, by_risk.untested) == (10, 8, {"transferred_untested": 2})
    assert by_lot.nonconforming >= by_lot.told >= by_lot.seen


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 40))
def test_quarters_go_back(day: date, many: int) -> None:
    quarter = Quarter.of(day)
    back = quarter.back(many)
    assert 1 <= back.place <= 4
    assert quarter.year * 4 + quarter.place - many == back.year * 4 + back.place
