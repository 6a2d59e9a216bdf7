"""A rate is never alone: numerator, denominator, interval, or the reason why there is no rate.

Wilson's score interval: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
(1927) 209–212. Recommended for small n by Brown, Cai, DasGupta, "Interval estimation for a binomial proportion",
Statistical Science 16 (2001) 101–133. The same with fewer or more than were counted (an effective sample size) is the
interval of an estimate whose units were not drawn alike: `stratified.py`, `unequal.py`.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import NamedTuple

FEWEST = 5  # below so many nothing is called a rate: 4 of 4 says that it is above 0.51, and no more
NORMAL_95 = Decimal("1.959963984540054")  # the 97.5 % point of the normal distribution
PLACES = 40  # of the arithmetic; what is shown is rounded once, by who shows it


class Interval(NamedTuple):
    low: Decimal
    high: Decimal


class Estimate(NamedTuple):
    """A rate of everything that was to be drawn from, estimated from `of` units that were drawn at random and tested.

    All between 0 and 1, but for `effective`: so many of a simple random sample from an endless frame would say as much,
    if the rate were the same everywhere. It is None where all of the frame was tested; there `error` is 0 and both ends
    of the interval are the rate.
    """

    value: Decimal
    error: Decimal  # standard error
    interval: Interval  # of 95 % confidence
    of: int
    effective: Decimal | None


class Rate(NamedTuple):
    """`hits` out of `of`, between 0 and 1. `is_enough` is false where there were too few to speak of a rate."""

    hits: int
    of: int

    @property
    def is_enough(self) -> bool:
        return self.of >= FEWEST

    @property
    def value(self) -> Decimal | None:
        return Decimal(self.hits) / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.hits, self.of) if self.of else None


def wilson(hits: int, of: int, z: Decimal = NORMAL_95) -> Interval:
    """The interval in which the true rate lies, with 95 % confidence. `of` is at least 1."""
    if not 0 <= hits <= of or of < 1:
        raise ValueError(f"{hits} of {of}")
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        return score_interval(Decimal(hits) / of, Decimal(of), z)


def score_interval(share: Decimal, n: Decimal, z: Decimal) -> Interval:
    """Wilson's, with an n above zero that need not be whole. In the arithmetic of whoever calls."""
    return Interval(score_limit(share, n, z, is_high=False), score_limit(share, n, z, is_high=True))


def score_limit(share: Decimal, n: Decimal, z: Decimal, *, is_high: bool) -> Decimal:
    """The rate above, or below, whose own standard error √(p(1 − p)/n) is |p − share| / z."""
    if share == is_high:
        return share
    part = z * z / n
    reach = (part * (share * (1 - share) + part / 4)).sqrt()
    limit = (share + part / 2 + (reach if is_high else -reach)) / (1 + part)
    return min(limit, Decimal(1)) if is_high else max(limit, Decimal(0))  # what rounding left over
