"""What buying costs, in how many to buy: pure, in exact fractions, the same on every machine.

Source: W. G. Cochran, "Sampling Techniques", 3rd ed. (1977), 5.5: for a given cost the variance is smallest where n_h
is proportional to N_h S_h / √c_h.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

ROOT = 10**20  # a root is a whole number of this part of one, rounded down: so it is the same fraction everywhere


def root(cost: Fraction) -> Fraction:
    """⌊√cost · 10²⁰⌋ / 10²⁰: exact where the root has no more than twenty decimals. `cost` is above 0."""
    return Fraction(isqrt(cost.numerator * ROOT * ROOT // cost.denominator), ROOT)


def by_cost(deviations: Mapping[str, Fraction], costs: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """S/√c by stratum, to stand for S in Neyman's allocation: what is dear is bought less. No costs: S, untouched.

    `Invalid` names each stratum whose cost is not given, or not above 0. In which unit costs are means nothing.
    """
    if not costs:
        return dict(deviations)
    problems = [
        FieldProblem(
            f"allocation.cost.{name}",
            "cost_missing",
            _("Give what a purchase in the stratum %(stratum)s costs, above 0", stratum=name),
        )
        for name in sorted(deviations)
        if costs.get(name, 0) <= 0
    ]
    if problems:
        raise Invalid(*problems)
    return {name: deviation / root(costs[name]) for name, deviation in deviations.items()}


def cost_of(drawn: Mapping[str, int], costs: Mapping[str, int]) -> int:
    """Of so many in each stratum, in fen, at what one costs there."""
    return sum(n * costs[name] for name, n in drawn.items())


def n_within(
    budget: int, costs: Mapping[str, int], allocated: Callable[[int], Mapping[str, int]], *, least: int, most: int
) -> int | None:
    """How many can be bought for `budget` (fen) as `allocated` shares them out: between `least` and `most`, or None.

    What is found is within the budget, and one more is not, or cannot be shared out.
    """

    def is_within(n: int) -> bool:
        try:
            return cost_of(allocated(n), costs) <= budget
        except Invalid:
            return False

    if not is_within(least):
        return None
    enough, beyond = least, most + 1
    while beyond - enough > 1:
        middle = (enough + beyond) // 2
        enough, beyond = (middle, beyond) if is_within(middle) else (enough, middle)
    return enough
