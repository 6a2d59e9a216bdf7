"""What the public may be told of all closed campaigns together. Pure: counts in, figures out.

A probability sample speaks for all listings of its frame, and only such are put together: into an index, a rank, a
trend. What was chosen by risk is counted, campaign by campaign, and never added to them.

The index is our own, 100 × (1 − the estimated rate): docs/decisions/0065-figures-in-public.md. Of a platform the rate
is standardised (`figures.stratified.standardised`): each category has the part of the whole that its listings have in
all frames together, so that a platform is not better for selling less of what fails more often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from quality.campaigns.models import CampaignKind
from quality.figures import ranking, unequal
from quality.figures.comparison import Difference, difference
from quality.figures.ranking import Place
from quality.figures.rates import NORMAL_95, Estimate, Interval
from quality.figures.stratified import Group, Stratum
from quality.publication.counting import Counted
from quality.publication.estimates import (
    Said,
    listings_of,
    once_standardised,
    once_stratified,
    said_of,
    strata_of,
    why_none,
)

YEAR = 4  # quarters that an index looks back, with the newest
TRACED = 12  # quarters that a trend looks back
WHOLE = Decimal(100)


class Quarter(NamedTuple):
    """Of the last day of a sampling."""

    year: int
    place: int  # from 1

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    def back(self, quarters: int) -> Quarter:
        years, place = divmod(self.year * YEAR + self.place - 1 - quarters, YEAR)
        return Quarter(years, place + 1)


class Index(NamedTuple):
    """Of one category, platform or region. `estimate` is of the rate; None where too few were tested to say it.

    `of` are the categories that it rests on; a platform that lacks one of them is not ranked.
    """

    name: str
    tested: int
    nonconforming: int
    estimate: Estimate | None
    of: tuple[str, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """From 0 to 100, the more the better."""
        return None if self.estimate is None else WHOLE * (1 - self.estimate.value)

    @property
    def interval(self) -> Interval | None:
        return None if self.estimate is None else turned(self.estimate.interval)


class Indices(NamedTuple):
    """Of the year that ends with `last`. `weights` are the parts of the categories in the whole, from 0 to 1."""

    first: Quarter
    last: Quarter
    campaigns: int
    weights: Mapping[str, Decimal]
    categories: list[Index]
    platforms: list[Index]
    regions: list[Index]
    places: Mapping[str, Place]  # of platforms, by their names; the best first


class Point(NamedTuple):
    """A category in one quarter; `change` from the quarter before that has an estimate."""

    quarter: Quarter
    tested: int
    nonconforming: int
    estimate: Estimate
    change: Difference | None


class Funnel(NamedTuple):
    """From the draw to what was seen gone: products, of so many campaigns of one kind."""

    campaigns: int
    drawn: int
    bought: int
    tested: int
    nonconforming: int
    told: int
    said: int
    seen: int
    untested: Mapping[str, int]


def turned(interval: Interval) -> Interval:
    return Interval(WHOLE * (1 - interval.high), WHOLE * (1 - interval.low))


def of_kind(counted: Iterable[Counted], kind: CampaignKind) -> list[Counted]:
    return [each for each in counted if each.kind == kind]


def each_said(counted: Iterable[Counted], least: int) -> list[tuple[Counted, Said]]:
    return [(each, said_of(each, least)) for each in counted]


def funnel(counted: Sequence[Counted]) -> Funnel:
    untested: dict[str, int] = defaultdict(int)
    for each in counted:
        for reason, many in each.untested.items():
            untested[reason] += many
    sums = {name: sum(each.sum(name) for each in counted) for name in ("drawn", "bought", "tested", "nonconforming")}
    said = {name: sum(getattr(each, name) for each in counted) for name in ("told", "said", "seen")}
    return Funnel(campaigns=len(counted), untested=dict(untested), **sums, **said)


def speaking(counted: Iterable[Counted], least: int) -> list[Counted]:
    """Those that may be put together: drawn by lot with one chance in a stratum, and with an estimate of their own."""
    drawn = of_kind(counted, CampaignKind.PROBABILITY)
    return [each for each in drawn if not each.units and why_none(each, least) is None]


# --- the index ---


def indices(counted: Sequence[Counted], least: int) -> Indices | None:
    """None where no probability sample has an estimate yet."""
    able = speaking(counted, least)
    if not able:
        return None
    last = max(Quarter.of(each.ended_on) for each in able)
    first = last.back(YEAR - 1)
    lately = [each for each in able if first <= Quarter.of(each.ended_on)]
    sizes: dict[str, Decimal] = defaultdict(Decimal)
    for each in lately:
        sizes[each.category] += listings_of(each)
    whole = sum(sizes.values(), Decimal(0))
    of_platforms = [of_platform(name, code, lately, sizes) for code, name in platforms_of(lately).items()]
    platforms = [held_back(each, least) for each in of_platforms]
    return Indices(
        first=first,
        last=last,
        campaigns=len(lately),
        weights={name: size / whole for name, size in sorted(sizes.items())},
        categories=[held_back(of_category(name, lately), least) for name in sorted(sizes)],
        platforms=platforms,
        regions=[held_back(each, least) for each in of_regions(lately)],
        places=placed(platforms, lately, sizes),
    )


def held_back(index: Index, least: int) -> Index:
    return index if index.tested >= least else index._replace(estimate=None)


def platforms_of(counted: Iterable[Counted]) -> dict[str, str]:
    """Names by code, of those in which a stratum lies."""
    names: dict[str, str] = {}
    for each in counted:
        own = {stratum.platform for stratum in each.strata}
        names |= {code: name for code, name in each.platforms.items() if code in own}
    return dict(sorted(names.items()))


def of_category(name: str, counted: Iterable[Counted]) -> Index:
    strata = [stratum for each in counted if each.category == name for stratum in strata_of(each.strata)]
    return Index(name, *tally(strata), once_stratified(tuple(strata)), (name,))


def of_platform(
    name: str, code: str, counted: Sequence[Counted], sizes: Mapping[str, Decimal], z: Decimal = NORMAL_95
) -> Index:
    found: dict[str, list[Stratum]] = defaultdict(list)
    for each in counted:
        found[each.category] += strata_of(stratum for stratum in each.strata if stratum.platform == code)
    groups = [Group(sizes[category], tuple(strata)) for category, strata in found.items() if strata]
    tested = tally(stratum for group in groups for stratum in group.strata)
    return Index(
        name, *tested, once_standardised(tuple(groups), z), tuple(sorted(name for name, own in found.items() if own))
    )


def tally(strata: Iterable[Stratum]) -> tuple[int, int]:
    every = list(strata)
    return sum(each.of for each in every), sum(int(each.hits) for each in every)


def of_regions(counted: Iterable[Counted]) -> list[Index]:
    """By where they were sold from, which no stratum knows: each tested one stands for N_h/n_h.

    The interval is that of unequal chances without strata (`figures.unequal`), never too narrow for leaving them out.
    """
    units: dict[str, list[unequal.Unit]] = defaultdict(list)
    for each in counted:
        chances = {s.stratum: Fraction(s.tested + s.out_of_scope, s.size) for s in each.strata if s.size and s.tested}
        for row in each.regions:
            chance = chances.get(row.stratum)
            if row.region and chance:
                units[row.region] += [unequal.Unit(chance, place < row.nonconforming) for place in range(row.tested)]
    return [
        Index(name, len(own), sum(unit.is_hit for unit in own), unequal.rate(own))
        for name, own in sorted(units.items(), key=lambda one: (-len(one[1]), one[0]))
    ]


def placed(platforms: Sequence[Index], counted: Sequence[Counted], sizes: Mapping[str, Decimal]) -> dict[str, Place]:
    """Of the platforms that have every category, by intervals that all hold at once."""
    able = {each.name for each in platforms if each.estimate and each.of == tuple(sorted(sizes))}
    if len(able) < ranking.TWO:
        return {}
    z, names = ranking.simultaneous(len(able)), platforms_of(counted)
    wide = [of_platform(name, code, counted, sizes, z) for code, name in names.items() if name in able]
    return ranking.places({each.name: each.interval for each in wide if each.interval})


# --- over time ---


def trends(counted: Sequence[Counted], least: int) -> dict[str, list[Point]]:
    """By category, the oldest quarter first; the samplings of one quarter together."""
    of: dict[str, dict[Quarter, list[Stratum]]] = defaultdict(lambda: defaultdict(list))
    for each in speaking(counted, least):
        of[each.category][Quarter.of(each.ended_on)] += strata_of(each.strata)
    newest = max((quarter for quarters in of.values() for quarter in quarters), default=None)
    found: dict[str, list[Point]] = {}
    for category in sorted(of):
        points: list[Point] = []
        for quarter, strata in sorted(of[category].items()):
            estimate = once_stratified(tuple(strata))
            if estimate and newest and quarter > newest.back(TRACED):
                change = changed(points[-1].estimate, estimate) if points else None
                points.append(Point(quarter, *tally(strata), estimate, change))
        if points:
            found[category] = points
    return found


def changed(before: Estimate, now: Estimate) -> Difference:
    return difference(now.value, now.interval, before.value, before.interval)
