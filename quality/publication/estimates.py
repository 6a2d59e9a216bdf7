"""From the counts of a closed campaign to what may be said: a rate of what was tested; and, where a lot decided what
was bought, an estimate for all listings that it was drawn from. Pure.

Detection rate (不合格发现率): nonconforming ÷ tested, with Wilson's interval. The estimate weighs each tested listing
by what it stands for, N_h/n_h, n_h those tested and those that were found not to belong to what is sampled:
docs/decisions/0051-the-interval-we-publish.md. Of what was chosen by risk there is no estimate, however many were
tested: nobody knows how likely each was to be chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from quality.campaigns.models import CampaignKind
from quality.figures import unequal
from quality.figures.rates import NORMAL_95, Estimate, Rate
from quality.figures.stratified import Stratum, standardised, stratified
from quality.publication.counting import Counted, StratumCount


class WhyNot(StrEnum):
    """Why there is no estimate for the whole."""

    RISK_TARGETED = "risk_targeted"
    TOO_FEW = "too_few"  # fewer than the least number were tested
    NO_SIZES = "no_sizes"  # how many listings each stratum had is not known
    THIN_STRATUM = "thin_stratum"  # of a stratum that is not taken whole fewer than two were tested


class Said(NamedTuple):
    """`rate` of what was tested; `estimate` of everything that was drawn from, or why there is none."""

    rate: Rate
    estimate: Estimate | None
    why_not: WhyNot | None
    listings: int  # that it speaks for: all, or about so many where not all belong to what was sampled
    out_of_scope: int  # of those that were looked at

    @property
    def is_a_rate(self) -> bool:
        """Whether the rate may be said, and not its two counts alone: of enough, and not of what was chosen by risk."""
        return self.why_not not in {WhyNot.RISK_TARGETED, WhyNot.TOO_FEW}


def rate_of(counted: Counted) -> Rate:
    """Nonconforming ÷ tested: of the products that were tested, and of no others."""
    return Rate(counted.sum("nonconforming"), counted.sum("tested"))


def said_of(counted: Counted, least: int) -> Said:
    rate, why_not = rate_of(counted), why_none(counted, least)
    speaks_for, out = round(listings_of(counted)), counted.sum("out_of_scope")
    if why_not:
        return Said(rate, None, why_not, speaks_for, out)
    estimate = estimated(counted)
    return Said(rate, estimate, None if estimate else WhyNot.THIN_STRATUM, speaks_for, out)


def listings_of(counted: Counted) -> Decimal:
    """How many belong to what was sampled. By a draw with unequal chances what was seen out of scope is not known by
    its chance: then it is all of the frame."""
    if counted.units:
        return Decimal(counted.sum("size"))
    return sum((each.in_scope for each in strata_of(counted.strata)), Decimal(0))


def why_none(counted: Counted, least: int) -> WhyNot | None:
    """Why there is no estimate, without working one out. Of unequal chances a stratum may still lack its second."""
    if counted.kind != CampaignKind.PROBABILITY:
        return WhyNot.RISK_TARGETED
    if counted.sum("tested") < least:
        return WhyNot.TOO_FEW
    if any(not stratum.size for stratum in counted.strata):
        return WhyNot.NO_SIZES
    thin = any(each.says_too_little for each in strata_of(counted.strata))
    return WhyNot.THIN_STRATUM if thin and not counted.units else None


def estimated(counted: Counted, platform: str | None = None, z: Decimal = NORMAL_95) -> Estimate | None:
    """Of all listings, or of those of one platform, where each stratum lies in one; None as `stratified` has it."""
    strata = [each for each in counted.strata if platform is None or each.platform == platform]
    if counted.units:
        names = {stratum.stratum for stratum in strata}
        return unequal.rate((unit for unit in units_of(counted) if unit.stratum in names), z)
    return once_stratified(tuple(strata_of(strata)), z)


# the same counts have the same estimate, and a page asks for many each time when one of them has changed
once_stratified = lru_cache(maxsize=8192)(stratified)
once_standardised = lru_cache(maxsize=1024)(standardised)


def strata_of(strata: Iterable[StratumCount]) -> list[Stratum]:
    return [Stratum(each.size, each.tested, each.nonconforming, each.out_of_scope) for each in strata if each.size]


def units_of(counted: Counted) -> Iterable[unequal.Unit]:
    for each in counted.units:
        for place in range(each.tested):
            yield unequal.Unit(Fraction(each.inclusion), place < each.nonconforming, each.stratum)
