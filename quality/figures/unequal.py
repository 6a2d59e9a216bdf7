"""A rate from units that were not drawn with equal chances, as larger shops more often: weights, variance, interval.

Sources. Total: D. G. Horvitz, D. J. Thompson, JASA 47 (1952) 663–685. Rate, as the ratio of two such totals: J. Hájek
in "Foundations of Statistical Inference" (1971) 236. Variance under Pareto πps order sampling: B. Rosén, "On sampling
with probability proportional to size", J. Statist. Plann. Inference 62 (1997) 159–191; of the ratio by its linearised
residuals: C.-E. Särndal, B. Swensson, J. Wretman, "Model Assisted Survey Sampling" (1992), 5.7. Effective size by the
weights: L. Kish, "Survey Sampling" (1965), 11.7. What it covers: docs/decisions/0051-the-interval-we-publish.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from quality.figures.rates import NORMAL_95, PLACES, Estimate, Interval, score_interval

FEWEST = 2  # of a stratum that were not certain to be drawn


class Unit(NamedTuple):
    """One that was drawn and tested. `inclusion` is how likely it was to be drawn, above 0 to 1 (certain)."""

    inclusion: Fraction
    is_hit: bool
    stratum: str = ""


class Total(NamedTuple):
    """How many of the frame, estimated; with its standard error."""

    value: Decimal
    error: Decimal


def total(units: Iterable[Unit]) -> Total | None:
    """So many of the frame are hits: Σ 1/λ over them. None where a stratum has one alone that was not certain."""
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        weighed = [_weighed(unit) for unit in units]
        variance = _variance([(unit, unit.weight * unit.is_hit) for unit in weighed])
        if variance is None:
            return None
        return Total(sum((unit.weight * unit.is_hit for unit in weighed), Decimal(0)), variance.sqrt())


def rate(units: Iterable[Unit], z: Decimal = NORMAL_95) -> Estimate | None:
    """The rate of the whole frame, Σ 1/λ over the hits by Σ 1/λ over all. None for no unit, and as above.

    Its interval is Wilson's with the effective size: p(1 − p) by the variance, but never more than the weights alone
    would give at the same rate everywhere. What the sizes explain is so given away, and a rate that happens to be
    estimated from alike weights does not look surer than it is.
    """
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        weighed = [_weighed(unit) for unit in units]
        if not weighed:
            return None
        frame = sum((unit.weight for unit in weighed), Decimal(0))
        value = sum((unit.weight * unit.is_hit for unit in weighed), Decimal(0)) / frame
        variance = _variance([(unit, unit.weight * (unit.is_hit - value) / frame) for unit in weighed])
        if variance is None:
            return None
        effective = _effective(weighed, frame, value, variance)
        interval = Interval(value, value) if effective is None else score_interval(value, effective, z)
        return Estimate(value, variance.sqrt(), interval, len(weighed), effective)


def expected(frame: int, spread: Decimal, rate: Decimal, z: Decimal = NORMAL_95) -> tuple[Decimal | None, Interval]:
    """The effective size and the interval that a plan may expect if the rate is this everywhere.

    `frame` units are drawn from, `spread` is Σ (1/λ − 1) over all of them: what Σ (1 − λ)/λ² over a sample is on
    average. By the weights alone; where sizes explain what is found, the interval is no wider than this.
    """
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        if not spread:
            return None, Interval(rate, rate)
        effective = Decimal(frame) ** 2 / spread
        return effective, score_interval(rate, effective, z)


class _Weighed(NamedTuple):
    weight: Decimal  # 1/λ
    uncertain: Decimal  # 1 − λ
    is_hit: bool
    stratum: str


def _weighed(unit: Unit) -> _Weighed:
    chance = unit.inclusion
    if not 0 < chance <= 1:
        raise ValueError(str(chance))
    share = Decimal(chance.numerator) / chance.denominator
    return _Weighed(1 / share, 1 - share, unit.is_hit, unit.stratum)


def _variance(expanded: Sequence[tuple[_Weighed, Decimal]]) -> Decimal | None:
    """Σ over strata m/(m − 1) Σ (1 − λ)(e − B)², B = Σ (1 − λ) e/Σ (1 − λ); e are values by λ, m units not certain."""
    strata: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for unit, value in expanded:
        if unit.uncertain:
            strata[unit.stratum].append((unit.uncertain, value))
    variance = Decimal(0)
    for those in strata.values():
        count = len(those)
        if count < FEWEST:
            return None
        middle = sum((share * value for share, value in those), Decimal(0)) / sum(
            (share for share, _ in those), Decimal(0)
        )
        squares = sum((share * (value - middle) ** 2 for share, value in those), Decimal(0))
        variance += squares * count / (count - 1)
    return variance


def _effective(weighed: Sequence[_Weighed], frame: Decimal, value: Decimal, variance: Decimal) -> Decimal | None:
    """None where all were certain. With equal chances it is n/(1 − n/N), as of a stratum."""
    by_weights = sum((unit.weight**2 * unit.uncertain for unit in weighed), Decimal(0)) / frame**2
    if not by_weights:
        return None
    count, spread = sum(1 for unit in weighed if unit.uncertain), value * (1 - value)
    by_variance = variance / spread * (count - 1) / count if spread else Decimal(0)
    return 1 / max(by_weights, by_variance)
