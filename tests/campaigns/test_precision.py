"""How precise a plan is, the curve that a planner reads, and the size for a wished precision."""

from __future__ import annotations

from math import sqrt

import pytest

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.precision import curve, half_width, smallest_n

SIZES = {"a": 4421, "b": 1018, "c": 755}


def test_one_stratum_without_correction_has_the_half_width_of_wilson() -> None:
    """z √(p(1 − p)/n + z²/4n²)/(1 + z²/n): at a half z/2 by √(n + z²). The normal approximation has √(n − 1)."""
    assert half_width({"": 10**9}, {"": 101}, 0.5) == pytest.approx(0.98 / sqrt(104.84), abs=2e-5)


def test_the_finite_population_makes_it_narrower() -> None:
    """As if 100/(1 − 100/400) had been drawn from an endless one."""
    assert half_width({"": 400}, {"": 100}, 0.5) == pytest.approx(0.98 / sqrt(100 / 0.75 + 3.84), abs=2e-5)


def test_what_is_taken_whole_has_no_error() -> None:
    assert half_width({"a": 40, "b": 1}, {"a": 40, "b": 1}, 0.5) == 0


@pytest.mark.parametrize("drawn", [{"a": 1}, {"a": 0}, {}])
def test_one_of_several_or_none_says_nothing_of_how_they_differ(drawn: dict[str, int]) -> None:
    assert half_width({"a": 2}, drawn, 0.1) is None


def planned(n: int | None, method: Method = Method.PROPORTIONAL, minimum: int = 2) -> Design:
    return Design(strata=("platform",), method=method, n=n, min_per_stratum=minimum, fixed={"a": 3})


def test_the_curve_goes_from_half_to_twice_the_planned_size_and_falls() -> None:
    found = curve(planned(240), SIZES, (0.1, 0.5))

    sizes = [point.n for point in found]
    assert (sizes[0], sizes[-1]) == (120, 480)
    assert 240 in sizes
    for rate in (0.1, 0.5):
        widths = [point.half_widths[rate] for point in found]
        assert widths == sorted(widths, reverse=True)


def test_a_curve_ends_with_the_frame_and_begins_with_the_minimum_of_its_strata() -> None:
    found = curve(planned(8), {"a": 5, "b": 5}, (0.5,))

    assert [point.n for point in found] == [4, 5, 6, 7, 8, 9, 10]
    assert found[-1].half_widths == {0.5: 0}


@pytest.mark.parametrize("design", [planned(240, Method.FIXED), planned(None), planned(3, minimum=0), planned(10_000)])
def test_there_is_no_curve_where_the_plan_itself_has_no_interval(design: Design) -> None:
    assert curve(design, SIZES, (0.1,)) == []


@pytest.mark.parametrize(("rate", "wished"), [(0.1, 0.04), (0.5, 0.04), (0.1, 0.001)])
def test_the_size_for_a_wish_is_the_smallest_that_keeps_it(rate: float, wished: float) -> None:
    def found_at(n: int) -> float:
        width = half_width(SIZES, planned(n).allocate(SIZES), rate)
        assert width is not None
        return width

    n = smallest_n(planned(1), SIZES, rate, wished)

    assert n is not None
    assert found_at(n) <= wished < found_at(n - 1)


def test_a_wish_that_only_the_whole_frame_fulfils_is_the_whole_frame_and_fixed_numbers_have_no_size() -> None:
    assert smallest_n(planned(5), {"a": 5, "b": 5}, 0.5, 0.0001) == 10
    assert smallest_n(planned(None, Method.FIXED), SIZES, 0.1, 0.05) is None
