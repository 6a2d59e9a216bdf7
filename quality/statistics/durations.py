"""How long something took: the median and the 90th percentile of what is done, and what still waits beside them.

What waits is never mixed in: it would count as if it were done today. It is shown apart, with how long it waits, since
the quickest are done first and so the figures of what is done look better than they will.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from quality.figures.binomial import ranks

MEDIAN, NINETIETH = Decimal("0.5"), Decimal("0.9")


class Between(NamedTuple):
    """A 95 % interval of a quantile, by order statistics; None where too few are done to bound it on that side."""

    low: timedelta | None
    high: timedelta | None


class Times(NamedTuple):
    """Durations of one kind of deed, the shortest first: `done`, and `waiting` until now (censored)."""

    done: tuple[timedelta, ...]
    waiting: tuple[timedelta, ...]

    def quantile(self, share: Decimal) -> timedelta | None:
        """The shortest time within which at least `share` of what is done was done: a time that did occur.

        The inverse of the empirical distribution (type 1 of R. J. Hyndman, Y. Fan, "Sample quantiles in statistical
        packages", The American Statistician 50 (1996) 361–365). None where nothing is done.
        """
        return self.done[math.ceil(share * len(self.done)) - 1] if self.done else None

    def between(self, share: Decimal) -> Between:
        found = ranks(len(self.done), share)
        return Between(
            self.done[found.low - 1] if found.low else None, self.done[found.high - 1] if found.high else None
        )

    @property
    def median(self) -> timedelta | None:
        return self.quantile(MEDIAN)

    @property
    def ninetieth(self) -> timedelta | None:
        return self.quantile(NINETIETH)

    @property
    def longest_waiting(self) -> timedelta | None:
        return self.waiting[-1] if self.waiting else None


def times(done: Iterable[timedelta], waiting: Iterable[timedelta]) -> Times:
    return Times(tuple(sorted(done)), tuple(sorted(waiting)))
