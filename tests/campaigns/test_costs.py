"""Allocation by cost: the textbook's rule, today's numbers where no cost is given, and what a budget buys."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.campaigns.allocation import Method, allocate
from quality.campaigns.costs import by_cost, cost_of, n_within, root
from tests.campaigns.refusals import refuses

SIZES = {"甲": 400, "乙": 300, "丙": 200, "丁": 100}
S = {"甲": Fraction(10), "乙": Fraction(15), "丙": Fraction(20), "丁": Fraction(30)}
COSTS = {"甲": Fraction(4), "乙": Fraction(9), "丙": Fraction(16), "丁": Fraction(25)}


def by_neyman(n: int, deviations: dict[str, Fraction]) -> dict[str, int]:
    return allocate(SIZES, method=Method.NEYMAN, n=n, deviations=deviations)


def test_what_is_dear_is_bought_less() -> None:
    """Cochran 5.5: N S/√c = 2000, 1500, 1000, 600 of 5100; of 51: 20, 15, 10, 6."""
    assert by_neyman(51, by_cost(S, COSTS)) == {"甲": 20, "乙": 15, "丙": 10, "丁": 6}


def test_without_costs_or_with_the_same_everywhere_the_numbers_are_todays() -> None:
    assert by_cost(S, {}) == S
    same = dict.fromkeys(S, Fraction(2))
    assert by_neyman(100, by_cost(S, same)) == by_neyman(100, S) == {"甲": 26, "乙": 29, "丙": 26, "丁": 19}


@given(st.fractions(Fraction(1, 10**6), 10**12, max_denominator=10**6))
def test_a_root_is_the_same_fraction_everywhere_and_near_enough(cost: Fraction) -> None:
    found = root(cost)
    assert found * found <= cost < (found + Fraction(1, 10**20)) ** 2
    assert root(cost * cost) in (cost, root(cost * cost))
    assert root(Fraction(25, 4)) == Fraction(5, 2)


@pytest.mark.parametrize("cost", [Fraction(0), Fraction(-1)])
def test_a_stratum_without_a_cost_is_named(cost: Fraction) -> None:
    with refuses("allocation.cost.丁: cost_missing"):
        by_cost(S, COSTS | {"丁": cost})
    with refuses("allocation.cost.丙: cost_missing"):
        by_cost(S, {name: cost for name, cost in COSTS.items() if name != "丙"})


def test_a_budget_buys_so_many_and_not_one_more() -> None:
    costs = {"甲": 4_000, "乙": 9_000, "丙": 16_000, "丁": 25_000}
    n = n_within(600_000, costs, lambda n: by_neyman(n, S), least=1, most=1000)

    assert n is not None
    assert cost_of(by_neyman(n, S), costs) <= 600_000 < cost_of(by_neyman(n + 1, S), costs)
    assert n_within(10**9, costs, lambda n: by_neyman(n, S), least=1, most=1000) == 1000
    assert n_within(3_999, costs, lambda n: by_neyman(n, S), least=1, most=1000) is None


def test_what_cannot_be_shared_out_ends_the_search() -> None:
    """A stratum with S = 0 takes nothing: beyond 400 no listing is left that could be bought."""
    only = dict.fromkeys(S, Fraction(0)) | {"甲": Fraction(1)}
    assert n_within(10**9, dict.fromkeys(S, 1), lambda n: by_neyman(n, only), least=1, most=1000) == 400
