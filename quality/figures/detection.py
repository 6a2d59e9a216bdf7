"""The chance that a sample finds at least one of the nonconforming, drawn without replacement from each stratum.

Source: the hypergeometric distribution; as an acceptance sample with c = 0 it is in any book of quality control, e.g.
D. C. Montgomery, "Introduction to Statistical Quality Control", 15.2. Strata are drawn independently of each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import NamedTuple

from quality.figures.rates import PLACES


class Lot(NamedTuple):
    """`drawn` of `size` listings, of which `nonconforming` would be nonconforming if they were tested."""

    size: int
    drawn: int
    nonconforming: int


def chance_of_one(lots: Iterable[Lot]) -> Decimal:
    """Between 0 and 1: 1 − Π C(N − D, n)/C(N, n) over the strata."""
    return 1 - chance_of_none(lots)


def chance_of_none(lots: Iterable[Lot]) -> Decimal:
    """Π C(N − D, n)/C(N, n): that none of the D nonconforming is among the n drawn, in no stratum."""
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        chance = Decimal(1)
        for size, drawn, nonconforming in lots:
            if not 0 <= drawn <= size or not 0 <= nonconforming <= size:
                raise ValueError(f"{drawn} drawn and {nonconforming} nonconforming of {size}")
            few, many = sorted((drawn, nonconforming))  # the same either way round, and the fewer are quicker
            if few > size - many:
                return Decimal(0)
            for gone in range(few):
                chance = chance * (size - many - gone) / (size - gone)
    return chance


def nonconforming_at(size: int, rate: Decimal) -> int:
    """How many of `size` are nonconforming at this rate, rounded down: a chance is rather said too low."""
    return int(size * rate)
