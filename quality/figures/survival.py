"""How long until it is done, where some are not done yet: the Kaplan–Meier estimate and its quantiles.

What still waits says "at least so long" and no more; left out, or counted as done today, it would make the figure look
better than it is. Whatever leaves without being done (an order that was taken back) leaves the same way.

Sources. Estimate: E. L. Kaplan, P. Meier, JASA 53 (1958) 457–481. Its variance: M. Greenwood, "The Natural Duration of
Cancer" (1926). Interval at one moment by ln(−ln S), which stays between 0 and 1: J. D. Kalbfleisch, R. L. Prentice,
"The Statistical Analysis of Failure Time Data" (1980), 1.3. Of a quantile, by turning that around: R. Brookmeyer,
J. Crowley, Biometrics 38 (1982) 29–41; the same as `conftype=loglog` of SAS LIFETEST and `conf.type="log-log"` of
`survfit` in R.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from quality.figures.rates import NORMAL_95, PLACES, Interval

MEDIAN = Decimal("0.5")


class Spell(NamedTuple):
    """One that was waited for: `time` in whole units from 0. Not `is_done`: it was not until then, and nobody knows."""

    time: int
    is_done: bool


class Step(NamedTuple):
    """A time at which some were done: `done` of the `at_risk` that waited until then, and `waiting` of all still do.

    `waiting` is between 0 and 1, with its standard error and interval. None: all are done, and there is none.
    """

    time: int
    at_risk: int
    done: int
    waiting: Decimal
    error: Decimal
    interval: Interval | None


class Quantile(NamedTuple):
    """The shortest time until which at least that share was done; None: not so many were, or it has no such end."""

    time: int | None
    low: int | None
    high: int | None


def kaplan_meier(spells: Iterable[Spell], z: Decimal = NORMAL_95) -> list[Step]:
    """A step for each time at which one was done, the shortest first. Who left at the same time counts as there."""
    done, left = Counter[int](), Counter[int]()
    for spell in spells:
        if spell.time < 0:
            raise ValueError(str(spell.time))
        (done if spell.is_done else left)[spell.time] += 1
    at_risk, steps = done.total() + left.total(), list[Step]()
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        waiting, spread = Decimal(1), Decimal(0)
        for time in sorted({*done, *left}):
            if many := done[time]:
                waiting = waiting * (at_risk - many) / at_risk
                spread += Decimal(many) / (at_risk * (at_risk - many)) if many < at_risk else 0
                steps.append(Step(time, at_risk, many, waiting, waiting * spread.sqrt(), _around(waiting, spread, z)))
            at_risk -= many + left[time]
    return steps


def quantile(steps: Sequence[Step], share: Decimal = MEDIAN) -> Quantile:
    """Until when `share` (above 0, below 1) was done, and between which times that may lie, with 95 % confidence."""
    if not 0 < share < 1:
        raise ValueError(str(share))
    still = 1 - share
    ends = [(step.time, step.interval) for step in steps]
    return Quantile(
        next((step.time for step in steps if step.waiting <= still), None),
        next((time for time, around in ends if around is None or around.low <= still), None),
        next((time for time, around in ends if around is not None and around.high <= still), None),
    )


def _around(waiting: Decimal, spread: Decimal, z: Decimal) -> Interval | None:
    """S to the power of exp(± z √(Σ d/(n(n − d))) / ln S)."""
    if not waiting:
        return None
    reach = z * spread.sqrt() / waiting.ln()  # below zero
    return Interval(waiting ** ((-reach).exp()), waiting ** (reach.exp()))
