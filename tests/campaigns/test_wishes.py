"""How many a campaign has to buy for what it wants to say, and what its own numbers can tell apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.precision import half_width
from quality.campaigns.wishes import by_platform, for_effect, for_none_found, for_precision, smallest_effect
from quality.core.errors import Invalid
from quality.figures.sizes import for_half_width

TENTH, FIFTH, POWER = Decimal("0.1"), Decimal("0.2"), Decimal("0.8")
SIZES = {"棠梨/玩具": 4421, "棠梨/童装": 1018, "鹿鸣/玩具": 755}
PLAN = Design(strata=("platform", "category"), method=Method.PROPORTIONAL, n=1, min_per_stratum=2)


def refused(no: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in no.value.problems]


@pytest.mark.parametrize(("rate", "n"), [("0.05", 59), ("0.001", 2_995)])
def test_none_found_is_the_statement_of_the_books(rate: str, n: int) -> None:
    found = for_none_found(Decimal(rate), Decimal("0.95"))

    assert found.n == n
    assert f"If none of {n} is nonconforming, the rate is below {'5%' if n == 59 else '0.1%'}" in str(found.basis)
    assert "with 95% confidence: n = ⌈ln(1 − C)/ln(1 − p)⌉" in str(found.basis)


def test_a_frame_that_is_smaller_than_the_statement_is_said() -> None:
    with pytest.raises(Invalid) as no:
        for_none_found(Decimal("0.05"), Decimal("0.95"), 58)
    assert refused(no) == [("zero_rate", "more_than_the_frame")]


def test_a_precision_is_reached_by_the_plans_own_allocation_with_its_frame() -> None:
    found = for_precision(TENTH, Decimal("0.04"), PLAN, SIZES)

    def width(n: int) -> float:
        drawn = Design(strata=PLAN.strata, method=PLAN.method, n=n, min_per_stratum=2).allocate(SIZES)
        return half_width(SIZES, drawn, 0.1) or 1

    assert found.n
    assert width(found.n) <= 0.04 < width(found.n - 1)
    assert f"{found.n} of 6194 listings in 3 strata give ±4 points" in str(found.basis)


def test_before_there_is_a_frame_it_is_endless_and_that_is_said() -> None:
    endless = for_precision(TENTH, Decimal("0.04"), PLAN, {})

    assert endless.n == for_half_width(TENTH, Decimal("0.04"))
    assert "an endless frame" in str(endless.basis)


@pytest.mark.parametrize(
    ("design", "code"),
    [
        (Design(strata=("platform",), method=Method.FIXED, fixed={"棠梨/玩具": 3}), "fixed"),
        (Design(strata=("platform",), method=Method.EQUAL, n=1, size="monthly_sales"), "by_size"),
    ],
)
def test_what_has_no_size_for_the_whole_says_so(design: Design, code: str) -> None:
    with pytest.raises(Invalid) as no:
        for_precision(TENTH, Decimal("0.04"), design, SIZES)
    assert refused(no) == [("wish_half_width", code)]


def test_a_difference_takes_so_many_of_each_platform() -> None:
    """199 of each: `power.prop.test(p1 = .1, p2 = .2, power = .8)` of R says 198.96."""
    assert for_effect(TENTH, FIFTH, POWER, {}).n == 2 * 199
    assert for_effect(TENTH, FIFTH, POWER, {"a": 500, "b": 400, "c": 300}).n == 3 * 199
    with pytest.raises(Invalid) as no:
        for_effect(TENTH, FIFTH, POWER, {"a": 500, "b": 198})
    assert refused(no) == [("effect_other", "more_than_the_frame")]
    with pytest.raises(Invalid) as no:
        for_effect(TENTH, TENTH, POWER, {})
    assert refused(no) == [("effect_other", "no_difference")]


def test_what_a_plan_can_tell_is_asked_of_the_two_platforms_with_the_fewest() -> None:
    found = smallest_effect(TENTH, POWER, {"a": 900, "b": 199, "c": 199})

    assert found.n is None
    assert "With 199 and 199 bought" in str(found.basis)
    assert "at least 20%" in str(found.basis)
    for few in ({}, {"a": 90}, {"a": 0, "b": 9}):
        with pytest.raises(Invalid) as no:
            smallest_effect(TENTH, POWER, few)
        assert refused(no) == [("effect_other", "one_platform")]


def test_strata_are_summed_by_platform_where_platforms_make_them() -> None:
    assert by_platform(PLAN, SIZES) == {"棠梨": 5439, "鹿鸣": 755}
    assert by_platform(Design(strata=("category",), method=Method.EQUAL, n=1), {"玩具": 3}) == {}
