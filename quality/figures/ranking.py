"""Who stands before whom, as far as chance does not decide it: places with the interval in which each may lie.

Sources. Joint confidence set of an overall ranking, by simultaneous intervals: M. Klein, T. Wright, J. Wieczorek, "A
joint confidence region for an overall ranking of populations", J. R. Stat. Soc. C 69 (2020) 589–606. The level of each
of K independent intervals, (1 − α)^(1/K): Z. Šidák, JASA 62 (1967) 626–633.

With the intervals of `simultaneous`, all places at once are right in 95 of 100 samples; with ordinary ones each by
itself is, which is less than a table of them seems to say.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from statistics import NormalDist
from typing import NamedTuple, TypeVar

from quality.figures.rates import Interval

K = TypeVar("K", bound=Hashable)
TWO = 2  # fewer have no order
CONFIDENCE = 0.95


class Place(NamedTuple):
    """Between which places it stands: chance alone does not decide which of them it is."""

    first: int
    last: int
    of: int  # that can be ranked


def simultaneous(many: int) -> Decimal:
    """How many standard errors `many` intervals reach, so that all hold at once with 95 % confidence. 1.96 for one."""
    if many < 1:
        raise ValueError(str(many))
    each = CONFIDENCE ** (1 / many)
    return Decimal(str(NormalDist().inv_cdf((1 + each) / 2)))


def places(around: Mapping[K, Interval]) -> dict[K, Place]:
    """The greatest stands first. Another stands before only if the whole of its interval lies above; empty below two.

    First place: one more than those surely above; last place: all but those surely below.
    """
    if len(around) < TWO:
        return {}
    return {
        key: Place(
            first=1 + sum(other.low > own.high for other in around.values()),
            last=len(around) - sum(other.high < own.low for other in around.values()),
            of=len(around),
        )
        for key, own in around.items()
    }
