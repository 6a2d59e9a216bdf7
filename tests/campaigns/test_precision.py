"""The figures of the domain for a stratified rate, and the curve that a planner reads."""

from __future__ import annotations

import pytest

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.precision import curve, half_width, standard_error

SIZES = {"a": 4421, "b": 1018, "c": 755}


def test_the_standard_error_with_finite_population_correction_is_that_of_the_domain() -> None:
    """DOMAIN §4: N = 4421, 1018, 755; n = 100, 50, 50; x = 91, 35, 26."""
    drawn = {"a": 100, "b": 50, "c": 50}

    found = standard_error(SIZES, drawn, {"a": 91 / 100, "b": 35 / 50, "c": 26 / 50})

    assert found == pytest.approx(0.0243448, abs=5e-8)


def test_one_stratum_without_correction_is_the_textbook_interval() -> None:
    assert half_width({"": 10**9}, {"": 101}, 0.5) == pytest.approx(1.96 * 0.05, abs=2e-5)


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
