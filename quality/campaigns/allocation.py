"""How many listings to buy in each stratum: pure, in exact fractions, the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _


class Method(StrEnum):
    PROPORTIONAL = "proportional"
    NEYMAN = "neyman"
    EQUAL = "equal"
    FIXED = "fixed"


def allocate(
    sizes: Mapping[str, int],
    *,
    method: Method,
    n: int,
    deviations: Mapping[str, Fraction] | None = None,
    fixed: Mapping[str, int] | None = None,
    min_per_stratum: int = 0,
) -> dict[str, int]:
    """Units to draw per stratum, by its name; `sizes` are the listings that each stratum of the frame has.

    `deviations` are the standard deviations S of the Neyman method, by stratum. `fixed` takes its numbers as
    they stand: neither `n` nor `min_per_stratum` touches them.
    The result sums to n, but for one case of the Neyman method: a stratum that is taken whole may leave less
    than the minimum of the others; the minimum then stands and the sum is more than n.

    Source: proportional and optimum allocation, J. Neyman, J. R. Statist. Soc. 97 (1934) 558-625; whole numbers
    by the largest remainder, ties to the name that sorts first as UTF-8 bytes.
    """
    match method:
        case Method.FIXED:
            return _fixed(sizes, fixed or {})
        case Method.PROPORTIONAL:
            weights = {name: Fraction(size) for name, size in sizes.items()}
        case Method.EQUAL:
            weights = {name: Fraction(1) for name in sizes}
        case _:  # Neyman
            weights = _neyman_weights(sizes, deviations or {})
    return _shared(sizes, weights, {name: min(min_per_stratum, size) for name, size in sizes.items()}, n)


def _fixed(sizes: Mapping[str, int], fixed: Mapping[str, int]) -> dict[str, int]:
    problems = [
        FieldProblem(
            f"allocation.fixed.{name}",
            "more_than_there_are",
            _(
                "The stratum %(stratum)s has %(size)d listings: ask for no more than that, not %(asked)d",
                stratum=name,
                size=sizes.get(name, 0),
                asked=asked,
            ),
        )
        for name, asked in sorted(fixed.items())
        if asked > sizes.get(name, 0)
    ]
    if problems:
        raise Invalid(*problems)
    return {name: fixed.get(name, 0) for name in sizes}


def _neyman_weights(sizes: Mapping[str, int], deviations: Mapping[str, Fraction]) -> dict[str, Fraction]:
    problems = [
        FieldProblem(
            f"allocation.S.{name}",
            "deviation_missing",
            _("Give the standard deviation S of the stratum %(stratum)s", stratum=name),
        )
        for name in sorted(sizes)
        if name not in deviations
    ]
    if problems:
        raise Invalid(*problems)
    return {name: size * deviations[name] for name, size in sizes.items()}


def _shared(
    sizes: Mapping[str, int], weights: Mapping[str, Fraction], low: Mapping[str, int], n: int
) -> dict[str, int]:
    """n by weight; strata that would get more than they have, or less than their minimum, are settled first."""
    if n > sum(sizes.values()):
        raise _bad_n(
            "more_than_the_frame",
            _("The frame has %(size)d listings: ask for no more than that, not %(n)d", size=sum(sizes.values()), n=n),
        )
    if n < sum(low.values()):
        raise _bad_n(
            "less_than_the_minimum",
            _("The minimum per stratum needs %(low)d listings: ask for at least that, not %(n)d",
              low=sum(low.values()), n=n),
        )  # fmt: skip
    given: dict[str, int] = {}
    rest = n
    while True:
        still_open = [name for name in sizes if name not in given]
        total = sum((weights[name] for name in still_open), Fraction(0))
        quota = {name: rest * weights[name] / total if total else Fraction(0) for name in still_open}
        closing = {name: sizes[name] for name in still_open if quota[name] > sizes[name]}
        if not closing:
            closing = {name: low[name] for name in still_open if quota[name] < low[name]}
        if not closing:
            break
        given |= closing
        rest -= sum(closing.values())
    if still_open and not total and rest > 0:
        raise _bad_n(
            "no_weight",
            _("%(rest)d listings are left over, and every stratum that could take them has S = 0", rest=rest),
        )
    return given | _rounded(quota, rest)


def _rounded(quota: Mapping[str, Fraction], rest: int) -> dict[str, int]:
    floors = {name: int(q) for name, q in quota.items()}  # a quota here is never negative
    left = max(0, rest - sum(floors.values()))
    by_remainder = sorted(quota, key=lambda name: (floors[name] - quota[name], name.encode()))
    return floors | {name: floors[name] + 1 for name in by_remainder[:left]}


def _bad_n(code: str, text: Text) -> Invalid:
    return Invalid(FieldProblem("allocation.n", code, text))
