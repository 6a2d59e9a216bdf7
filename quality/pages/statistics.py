"""Figures in public as pages draw them: a rate never without its counts, its interval, and for what it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from quality.campaigns.models import CampaignKind
from quality.core.words import Text, _, in_script
from quality.figures.ranking import Place
from quality.figures.rates import Estimate, Interval, Rate
from quality.pages.grading import HUNDREDTH, TENTH, in_percent
from quality.pages.words import word
from quality.publication.counting import Counted, StratumCount
from quality.publication.estimates import Said, WhyNot, estimated, strata_of
from quality.statistics.public import Funnel, Index, Indices, Quarter

TOPS = tuple(map(Decimal, ("0.1", "0.2", "0.5", "1")))  # where an axis of rates may end
TEN, HUNDRED = Decimal(10), Decimal(100)


class Axis(NamedTuple):
    """What the left and the right end of a bar stand for, in percent or points."""

    low: Decimal
    high: Decimal
    unit: str = "%"

    def at(self, value: Decimal) -> Decimal:
        """In percent of the width."""
        share = (value - self.low) / (self.high - self.low) * HUNDRED
        return min(max(share, Decimal(0)), HUNDRED).quantize(HUNDREDTH)

    @property
    def ends(self) -> tuple[str, str]:
        return f"{self.low.normalize():f}", f"{self.high.normalize():f}{self.unit}"


class Figure(NamedTuple):
    """`29 ÷ 224`, 12.9 with its unit, its interval in words, and where they stand on the axis. "": too few to say."""

    counts: str
    value: str
    unit: str
    between: Text
    aria: Text
    low: Decimal | None = None
    high: Decimal | None = None
    at: Decimal | None = None


def axis_of(intervals: Iterable[Interval | None]) -> Axis:
    """Of rates: from 0 to the first round number above all of them."""
    highest = max((each.high for each in intervals if each), default=Decimal(1))
    return Axis(Decimal(0), next(top for top in TOPS if top >= highest) * HUNDRED)


def axis_of_indices(indices: Iterable[Index]) -> Axis:
    """From the ten below all of them to 100."""
    lowest = min((each.interval.low for each in indices if each.interval), default=Decimal(0))
    return Axis(lowest // TEN * TEN, HUNDRED, "")


def figure(counts: tuple[int, int], value: Decimal, around: Interval, axis: Axis) -> Figure:
    """`value` and `around` in percent or points."""
    said, low, high = (f"{each.quantize(TENTH)}" for each in (value, around.low, around.high))
    between = _("95%% interval %(low)s%(unit)s to %(high)s%(unit)s", low=low, high=high, unit=axis.unit)
    aria = _("%(value)s%(unit)s, %(between)s", value=said, unit=axis.unit, between=between)
    ends = (axis.at(each) for each in (around.low, around.high, value))
    return Figure(written(*counts), said, axis.unit, between, aria, *ends)


def written(hits: int, of: int) -> str:
    return f"{hits:,} ÷ {of:,}"


def too_few(counts: tuple[int, int], least: int) -> Figure:
    said = _("fewer than %(least)s tested: no rate", least=least)
    return Figure(written(*counts), "", "", said, said)


def rate_shown(said: Said, axis: Axis, least: int) -> Figure:
    rate = said.rate
    if said.why_not is WhyNot.RISK_TARGETED:
        return Figure(written(*rate), "", "", "", "")
    if not said.is_a_rate or rate.value is None or rate.interval is None:
        return too_few(rate, least)
    return figure(rate, rate.value * HUNDRED, in_hundreds(rate.interval), axis)


def estimate_shown(rate: Rate, estimate: Estimate, axis: Axis) -> Figure:
    return figure(rate, estimate.value * HUNDRED, in_hundreds(estimate.interval), axis)


def in_hundreds(interval: Interval) -> Interval:
    return Interval(interval.low * HUNDRED, interval.high * HUNDRED)


# --- one campaign ---


class CampaignShown(NamedTuple):
    """`whole` speaks for all listings of the frame, or `why_not` says why nothing does."""

    counted: Counted
    quarter: Text
    axis: Axis
    tested: Figure
    whole: Figure | None
    why_not: Text
    listings: str
    error: str  # standard error, in percentage points
    out_of_scope: int  # of those that were looked at: the estimate is for the others


def campaign_shown(counted: Counted, said: Said, least: int, axis: Axis | None = None) -> CampaignShown:
    around = [said.rate.interval if said.is_a_rate else None, said.estimate.interval if said.estimate else None]
    scale = axis or axis_of(around)
    return CampaignShown(
        counted=counted,
        quarter=quarter_shown(Quarter.of(counted.ended_on)),
        axis=scale,
        tested=rate_shown(said, scale, least),
        whole=estimate_shown(said.rate, said.estimate, scale) if said.estimate else None,
        why_not=word("why_not", said.why_not) if said.why_not else "",
        listings=f"{said.listings:,}",
        error=f"{in_percent(said.estimate.error, HUNDREDTH)}" if said.estimate else "",
        out_of_scope=said.out_of_scope,
    )


def campaigns_shown(found: Sequence[tuple[Counted, Said]], least: int) -> list[CampaignShown]:
    """On one axis, so that they can be compared by eye."""
    intervals = [said.estimate.interval if said.estimate else said.rate.interval for _counted, said in found]
    axis = axis_of(intervals)
    return [campaign_shown(counted, said, least, axis) for counted, said in found]


class PlatformRow(NamedTuple):
    name: str
    figure: Figure
    place: Text
    beside: Text = ""


def platforms_shown(counted: Counted, places: Mapping[str, Place], least: int, axis: Axis) -> list[PlatformRow]:
    """Of a probability sample whose strata each lie on one platform: an estimate for the listings of each."""
    rows = []
    for code, name in sorted(counted.platforms.items(), key=lambda one: one[1]):
        own = [stratum for stratum in counted.strata if stratum.platform == code]
        rate = Rate(sum(each.nonconforming for each in own), sum(each.tested for each in own))
        estimate = estimated(counted, code) if rate.of >= least else None
        shown = estimate_shown(rate, estimate, axis) if estimate else too_few(rate, least)
        rows.append(PlatformRow(name, shown, place_shown(places.get(code))))
    return rows


def place_shown(place: Place | None) -> Text:
    if place is None:
        return "—"
    if place.first == place.last:
        return _("%(first)s of %(of)s", first=place.first, of=place.of)
    return _("%(first)s to %(last)s of %(of)s", first=place.first, last=place.last, of=place.of)


class StratumShown(NamedTuple):
    of: StratumCount
    weight: str  # so many listings each tested one stands for


def strata_shown(counted: Counted) -> list[StratumShown]:
    return [StratumShown(each, weight_of(each) if speaks_for_others(counted) else "—") for each in counted.strata]


def speaks_for_others(counted: Counted) -> bool:
    """What was chosen by risk stands for itself alone; with unequal chances each unit has a weight of its own."""
    return counted.kind == CampaignKind.PROBABILITY and not counted.units


def weight_of(stratum: StratumCount) -> str:
    return next((f"{of.weight:.1f}" for of in strata_of([stratum]) if of.of), "—")


# --- from the draw to what was seen gone ---


class Stage(NamedTuple):
    """A step of the funnel. `share` of the step before, in percent; `width` in percent of the first.

    No share of those tested: that is a rate, which stands with its interval or not at all.
    """

    name: Text
    many: int
    share: str
    of: Text
    width: Decimal
    is_said: bool = False  # by the platform's word: drawn dashed


def stages(funnel: Funnel, least: int) -> list[Stage]:
    """Below `least` no share is said either."""
    # fmt: off
    steps: list[tuple[Text, int, int, Text, bool]] = [
        (_("Drawn by lot"), funnel.drawn, 0, _("with the reserves that took a place"), False),
        (_("Bought in secret"), funnel.bought, funnel.drawn, _("of those drawn"), False),
        (_("Tested, with a result"), funnel.tested, funnel.bought, _("of those bought"), False),
        (_("Nonconforming"), funnel.nonconforming, 0, _("of those tested"), False),
        (_("Platform notified"), funnel.told, funnel.nonconforming, _("of the nonconforming"), False),
        (_("The platform says it is gone"), funnel.said, funnel.told, _("of those notified"), True),
        (_("Gone, as we saw for ourselves"), funnel.seen, funnel.told, _("of those notified"), False),
    ]
    # fmt: on
    most = max(funnel.drawn, 1)
    return [
        Stage(
            name,
            many,
            f"{in_percent(Decimal(many) / before, TENTH)}%" if before >= least else "",
            of,
            (HUNDRED * many / most).quantize(HUNDREDTH),
            is_said,
        )
        for name, many, before, of, is_said in steps
    ]


def untested_shown(untested: Mapping[str, int]) -> list[tuple[Text, int]]:
    return [(word("no_result", reason), many) for reason, many in untested.items()]


# --- the index ---


class IndexRow(NamedTuple):
    name: str
    figure: Figure
    place: Text
    beside: Text


class IndicesShown(NamedTuple):
    first: Text
    last: Text
    campaigns: int
    axis: Axis
    weights: list[tuple[str, str]]  # of the categories, in percent
    categories: list[IndexRow]
    platforms: list[IndexRow]
    regions: list[IndexRow]
    few: list[str]  # regions of which too little was tested


def indices_shown(indices: Indices, least: int) -> IndicesShown:
    every = [*indices.categories, *indices.platforms, *indices.regions]
    axis = axis_of_indices(every)

    def row(index: Index, name: str, beside: Text = "") -> IndexRow:
        counts = (index.nonconforming, index.tested)
        shown = too_few(counts, least)
        if index.value is not None and index.interval is not None:
            shown = figure(counts, index.value, index.interval, axis)
        return IndexRow(name, shown, place_shown(indices.places.get(index.name)), beside)

    return IndicesShown(
        first=quarter_shown(indices.first),
        last=quarter_shown(indices.last),
        campaigns=indices.campaigns,
        axis=axis,
        weights=[(in_script(name), f"{in_percent(weight, TENTH)}%") for name, weight in indices.weights.items()],
        categories=[row(each, in_script(each.name)) for each in indices.categories],
        platforms=by_place([row(each, each.name, lacking(each, indices)) for each in indices.platforms]),
        regions=[row(each, in_script(each.name)) for each in indices.regions if each.estimate],
        few=[in_script(each.name) for each in indices.regions if not each.estimate],
    )


def lacking(index: Index, indices: Indices) -> Text:
    """Why a platform is not ranked with the others."""
    missing = [in_script(name) for name in indices.weights if name not in index.of]
    return _("not ranked: no %(which)s there", which=", ".join(missing)) if missing else ""


def by_place(rows: list[IndexRow]) -> list[IndexRow]:
    """The best first; those without an index last."""
    return sorted(rows, key=lambda row: (not row.figure.value, -Decimal(row.figure.value or 0), row.name))


def quarter_shown(quarter: Quarter) -> Text:
    return _("quarter %(place)s of %(year)s", place=quarter.place, year=quarter.year)
