"""Two rates, as of two platforms or two years: how far apart they are, what difference a sample can see, and how large
it must be to see one.

Sources. The interval of a difference: R. G. Newcombe, "Interval estimation for the difference between independent
proportions", Statistics in Medicine 17 (1998) 873–890, method 10; for any two estimates with intervals of their own:
G. Y. Zou, A. Donner, Statistics in Medicine 27 (2008) 1693–1702. Power: the test of two proportions with the pooled
variance, normal approximation, two-sided, as J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and
Proportions", 3rd ed. (2003), 4.2, without its correction for continuity; the same as `power.prop.test` of R.

Rates and powers are from 0 to 1. The n of a power may be effective sizes (`Estimate.effective`), which is how strata
and a finite frame come in; it is by machine numbers, for these are plans.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from quality.figures.rates import PLACES, Interval
from quality.figures.sizes import smallest

ALPHA = 0.05  # a difference that is none is taken for one so often
POWER = Decimal("0.8")  # a difference that is one is seen so often
NORMAL = NormalDist()
HALVINGS = 50


class Difference(NamedTuple):
    """One rate less the other, from −1 to 1. Where 0 lies within the interval it may be no more than chance."""

    value: Decimal
    interval: Interval

    @property
    def may_be_chance(self) -> bool:
        return self.interval.low <= 0 <= self.interval.high


def difference(one: Decimal, around_one: Interval, other: Decimal, around_other: Interval) -> Difference:
    """`one` less `other`, estimated from units of which none is in both, each with its own 95 % interval around it."""
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        down = ((one - around_one.low) ** 2 + (around_other.high - other) ** 2).sqrt()
        up = ((around_one.high - one) ** 2 + (other - around_other.low) ** 2).sqrt()
        return Difference(one - other, Interval(one - other - down, one - other + up))


class Seen(NamedTuple):
    """The nearest rates of the other that are seen as different. None: on that side not even 0, or 1, would be."""

    below: Decimal | None
    above: Decimal | None


def power_between(one: Decimal, other: Decimal, n_one: Decimal | int, n_other: Decimal | int) -> Decimal:
    """How likely it is seen that the two differ, on the side on which they do."""
    if not (0 <= one <= 1 and 0 <= other <= 1 and n_one > 0 and n_other > 0):
        raise ValueError(f"{one} of {n_one}, {other} of {n_other}")
    return Decimal(str(_power(float(one), float(other), float(n_one), float(n_other))))


def smallest_difference(rate: Decimal, n_one: Decimal | int, n_other: Decimal | int, power: Decimal = POWER) -> Seen:
    """If one has this rate: from which rate of the other on the difference is seen, with this power."""
    power_between(rate, rate, n_one, n_other)  # refuses nonsense
    one, wanted, sizes = float(rate), float(power), (float(n_one), float(n_other))

    def nearest(furthest: float) -> Decimal | None:
        if _power(one, furthest, *sizes) < wanted:
            return None
        unseen, seen = one, furthest
        for _turn in range(HALVINGS):
            middle = (unseen + seen) / 2
            unseen, seen = (unseen, middle) if _power(one, middle, *sizes) >= wanted else (middle, seen)
        return Decimal(str(seen))

    return Seen(nearest(0.0), nearest(1.0))


def for_difference(one: Decimal, other: Decimal, power: Decimal = POWER) -> int:
    """How many to test of each of the two, so that the difference is seen with this power."""
    if one == other or not 0 < power < 1:
        raise ValueError(f"{one}, {other}, {power}")
    return smallest(lambda n: power_between(one, other, n, n) >= power)


def _power(one: float, other: float, n_one: float, n_other: float) -> float:
    pooled = (n_one * one + n_other * other) / (n_one + n_other)
    if_alike = sqrt(pooled * (1 - pooled) * (1 / n_one + 1 / n_other))
    as_it_is = sqrt(one * (1 - one) / n_one + other * (1 - other) / n_other)
    beyond = abs(one - other) - NORMAL.inv_cdf(1 - ALPHA / 2) * if_alike
    if not as_it_is:  # 0 and 1, or alike at one of them
        return 1.0 if beyond > 0 else 0.0
    return NORMAL.cdf(beyond / as_it_is)
