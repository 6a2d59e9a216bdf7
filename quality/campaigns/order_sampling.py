"""Order sampling with probabilities proportional to size (Pareto πps): pure, the same units on every engine.

A stratum's units are ranked by Q = [U/(1 − U)] / [λ/(1 − λ)]; the first n are the sample, the next the reserve. U is
the uniform number that the digest of `SEED,listing_id` stands for, λ the probability of being drawn that the size asks
for. A unit so large that it would be drawn more surely than surely is certain, and comes first; the others share what
is left.

Source: B. Rosén, "On sampling with probability proportional to size", J. Statist. Plann. Inference 62 (1997) 159–191:
of all orders of this kind the one with the smallest variance, and true probabilities hardly differ from λ. The estimate
is `figures/unequal.py`.

Q is compared, so it must come out alike to the last bit. Both quotients have whole numbers below 2⁶³ above and below,
each of which becomes the nearest double; then there are two divisions and one multiplication, in that order. Every
engine rounds these as IEEE 754 says. Equal Q are ranked by digest. Another n changes every λ: unlike in the order by
digest alone, a larger sample need not hold the smaller one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

DIGITS = 13  # of the digest, in hex: 52 bits, so that U and 1 − U are doubles without rounding
HALVES = 1 << 53  # U = (2 · bits + 1) / HALVES: never 0, never 1
CERTAIN = -1.0  # ranks before every Q
MOST = 1 << 63  # of the sum of sizes: beyond it a machine's whole numbers end


class Chances(NamedTuple):
    """Of one stratum. Units of `certain_from` and more are drawn for certain (None: no unit), `certain` of them.

    Of the others `n` are drawn, of sizes that sum to `total`: each with λ = n · size / total, below 1.
    """

    certain_from: int | None
    certain: int
    n: int
    total: int

    def of(self, size: int) -> Fraction:
        """The probability that a unit of this size is drawn: what is kept beside it, for the estimate."""
        if self.certain_from is not None and size >= self.certain_from:
            return Fraction(1)
        return Fraction(self.n * size, self.total)


def chances_of(largest: Sequence[int], *, count: int, total: int, n: int) -> Chances:
    """How likely units are drawn, from no more of a stratum than its `largest` sizes, the largest first.

    There must be n + 1 of them, or all that the stratum has. `count` are its units, `total` is the sum of their sizes,
    `n` how many are to be drawn, at most all. Sizes are whole and above 0.
    """
    if not 0 <= n <= count or not count <= total < MOST or len(largest) < min(n + 1, count):
        raise ValueError(f"{n} of {count}, of {len(largest)} sizes, with {total} together")
    if n == count:
        return Chances(min(largest, default=None), count, 0, 0)
    certain, rest, left = 0, total, n
    # the next largest would be drawn for certain: λ ≥ 1. Those of one size are so all or none: λ of the next only grows
    while left and left * largest[certain] >= rest:
        rest, left, certain = rest - largest[certain], left - 1, certain + 1
    return Chances(largest[certain - 1] if certain else None, certain, left, rest)


def certain_from(chances: Chances) -> int:
    """The least size that would be drawn for certain, if no other were; `n` of them are drawn, and n is above 0."""
    return -(-chances.total // chances.n)


def order_key(digest: str, size: int, chances: Chances) -> float:
    """Q of one unit, or CERTAIN: ranked by it and then by digest. `digest` is the hex sha256 of `SEED,listing_id`."""
    if chances.certain_from is not None and size >= chances.certain_from:
        return CERTAIN
    if not chances.n:
        return float("inf")
    odd = 2 * int(digest[:DIGITS], 16) + 1
    part = chances.n * size
    return (float(odd) / float(HALVES - odd)) * (float(chances.total - part) / float(part))


def order_sql(digest: str, size: str, certain_from: str, n: str, total: str) -> str:
    """The same for DuckDB, from the names of columns: BIGINT but for the digest; `certain_from` may be NULL."""
    odd = f"(2 * CAST('0x' || substr({digest}, 1, {DIGITS}) AS BIGINT) + 1)"
    part = f"({n} * {size})"
    return (
        f"CASE WHEN {size} >= {certain_from} THEN CAST({CERTAIN} AS DOUBLE) "
        f"WHEN {n} = 0 THEN CAST('inf' AS DOUBLE) "
        f"ELSE (CAST({odd} AS DOUBLE) / CAST({HALVES} - {odd} AS DOUBLE)) "
        f"* (CAST({total} - {part} AS DOUBLE) / CAST({part} AS DOUBLE)) END"
    )


class Ranked(NamedTuple):
    listing_id: str
    digest: str
    inclusion: Fraction


def ranked(units: Iterable[tuple[str, int, str]], n: int) -> list[Ranked]:
    """All of a stratum (listing_id, size, digest) in order, the first `n` the sample: engines must agree with it."""
    those = list(units)
    sizes = sorted((size for _id, size, _digest in those), reverse=True)
    chances = chances_of(sizes, count=len(those), total=sum(sizes), n=n)
    in_order = sorted(those, key=lambda unit: (order_key(unit[2], unit[1], chances), unit[2]))
    return [Ranked(listing_id, digest, chances.of(size)) for listing_id, size, digest in in_order]
