"""The binomial distribution, exactly: how likely so many of n are by chance, and between which of n a quantile lies.
And the exact interval of a rate, which never covers less than it says.

Sources. Tails: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404–413. Quantiles by order statistics:
W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., 3.2. In Decimal, where no term is so small that it is
lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from itertools import accumulate
from math import comb
from typing import NamedTuple

from quality.figures.rates import PLACES, Interval

TAIL = Decimal("0.025")  # on either side of a 95 % interval
EXACT = Decimal("1e-30")  # how near an end of the exact interval is


class Ranks(NamedTuple):
    """Of n values in order the `low`-th and the `high`-th, from 1. None: no value of theirs bounds it on that side."""

    low: int | None
    high: int | None


def chances(of: int, share: Decimal) -> Iterator[Decimal]:
    """P(X = 0), P(X = 1), … P(X = of), where each of `of` is a hit with probability `share` (0 < share < 1)."""
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        odds, term = share / (1 - share), (1 - share) ** of
        terms = [term]
        for k in range(of):
            term = term * (of - k) / (k + 1) * odds
            terms.append(term)
    yield from terms


def at_least(hits: int, of: int, share: Decimal) -> Decimal:
    """P(X ≥ hits): one-sided. `share` is what chance alone would give, between 0 and 1."""
    if not 0 <= hits <= of or not 0 < share < 1:
        raise ValueError(f"{hits} of {of} at {share}")
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        return min(Decimal(1), sum(list(chances(of, share))[hits:], Decimal(0)))


def ranks(of: int, share: Decimal) -> Ranks:
    """Between which of n values in order the quantile of `share` lies, with 95 % confidence at least.

    The low one is the greatest r with P(X < r) ≤ 2.5 %, the high one the smallest s with P(X ≥ s) ≤ 2.5 %: it lies
    between the r-th and the s-th value whatever the distribution is. Six values bound a median, of five none does.
    """
    if of < 0 or not 0 < share < 1:
        raise ValueError(f"{share} of {of}")
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        below = list(accumulate(chances(of, share)))  # below[k] = P(X ≤ k)
        low = max((r for r in range(1, of + 1) if below[r - 1] <= TAIL), default=None)
        high = min((s for s in range(1, of + 1) if 1 - below[s - 1] <= TAIL), default=None)
    return Ranks(low, high)


def clopper_pearson(hits: int, of: int, tail: Decimal = TAIL) -> Interval:
    """The rates at which as many hits or more, and as many or fewer, have the chance `tail`. `of` is at least 1.

    It holds the true rate in 95 % of all samples at least, and mostly in more: for findings in which one is too many.
    What is published is narrower (`rates.wilson`, `stratified.stratified`) and holds it in 95 % on average.
    """
    if not 0 <= hits <= of or of < 1 or not 0 < tail < Decimal("0.5"):
        raise ValueError(f"{hits} of {of} at {tail}")
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        low = _share_at(hits, of, tail) if hits else Decimal(0)
        high = 1 - _share_at(of - hits, of, tail) if hits < of else Decimal(1)
    return Interval(low, high)


def _share_at(hits: int, of: int, tail: Decimal) -> Decimal:
    """The share at which P(X ≥ hits) = tail, by Newton's steps, halved where one would leave what is known.

    Below hits/of, so that each term of that sum is smaller than the one before; it ends where they say nothing more.
    """
    if hits == of:
        return tail ** (Decimal(1) / of)
    ways, low, high = Decimal(comb(of, hits)), Decimal(0), Decimal(hits) / of
    share = high / 2
    while True:
        first = term = whole = ways * share**hits * (1 - share) ** (of - hits)
        for k in range(hits, of):
            term = term * (of - k) / (k + 1) * share / (1 - share)
            whole += term
            if term < whole * EXACT * EXACT:
                break
        low, high = (share, high) if whole < tail else (low, share)
        step = (whole - tail) * share / (hits * first)
        if abs(step) < EXACT:
            return share
        share = share - step if low < share - step < high else (low + high) / 2
