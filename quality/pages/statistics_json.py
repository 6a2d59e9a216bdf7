"""The figures in public for programs: counts as numbers, shares as texts of a number between 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from quality.campaigns.models import CampaignKind
from quality.core.clock import rfc3339
from quality.figures.comparison import Difference
from quality.figures.ranking import Place
from quality.figures.rates import Estimate, Interval
from quality.figures.survival import Spell, kaplan_meier, quantile
from quality.publication.counting import Counted
from quality.publication.estimates import Said, said_of
from quality.statistics.public import Index, Indices, Point, Quarter, funnel, of_kind
from quality.statistics.takedowns import Kept, Takedowns

PLACES = Decimal("0.000001")


def share(value: Decimal) -> str:
    return f"{value.quantize(PLACES)}"


def interval(of: Interval) -> dict[str, str]:
    return {"low": share(of.low), "high": share(of.high)}


def estimate_as_json(of: Estimate) -> dict[str, Any]:
    return {"value": share(of.value), "standard_error": share(of.error)} | interval(of.interval)


def rate_as_json(said: Said) -> dict[str, Any]:
    rate = said.rate
    counts: dict[str, Any] = {"nonconforming": rate.hits, "tested": rate.of}
    if not said.is_a_rate or rate.value is None or rate.interval is None:
        return counts | {"value": None}
    return counts | {"value": share(rate.value)} | interval(rate.interval)


def campaign_as_json(counted: Counted, least: int) -> dict[str, Any]:
    said, whole = said_of(counted, least), funnel([counted])
    return {
        "number": counted.number,
        "counted": True,
        "title": counted.title,
        "kind": counted.kind,
        "category": counted.category,
        "agency": counted.agency,
        "ended_on": counted.ended_on.isoformat(),
        "detection_rate": rate_as_json(said),
        "estimate": estimate_as_json(said.estimate) | {"listings": said.listings} if said.estimate else None,
        "why_no_estimate": said.why_not,
        "funnel": whole._asdict(),
        "unobtainable": counted.why,
        "strata": [stratum._asdict() for stratum in counted.strata],
        "units": [unit._asdict() for unit in counted.units],
        "platforms": counted.platforms,
    }


def statistics_as_json(
    counted: Sequence[Counted],
    index: Indices | None,
    trends: Mapping[str, Sequence[Point]],
    kept: Kept,
    least: int,
) -> dict[str, Any]:
    return {
        "least_tested": least,
        "campaigns": [
            {
                name: each[name]
                for name in ("number", "title", "kind", "category", "ended_on", "detection_rate", "estimate")
            }
            for each in (campaign_as_json(one, least) for one in counted)
        ],
        "funnels": {kind.value: funnel(of_kind(counted, kind))._asdict() for kind in CampaignKind},
        "index": indices_as_json(index) if index else None,
        "trends": {category: [point_as_json(point) for point in points] for category, points in trends.items()},
        "takedowns": takedowns_as_json(kept, least),
    }


def indices_as_json(indices: Indices) -> dict[str, Any]:
    return {
        "formula": "100 * (1 - sum(weight * rate))",
        "first": quarter(indices.first),
        "last": quarter(indices.last),
        "campaigns": indices.campaigns,
        "weights": {name: share(weight) for name, weight in indices.weights.items()},
        "categories": [index_as_json(each, None) for each in indices.categories],
        "platforms": [index_as_json(each, indices.places.get(each.name)) for each in indices.platforms],
        "regions": [index_as_json(each, None) for each in indices.regions],
    }


def quarter(of: Quarter) -> str:
    return f"{of.year}-Q{of.place}"


def index_as_json(index: Index, place: Place | None) -> dict[str, Any]:
    said: dict[str, Any] = {"name": index.name, "nonconforming": index.nonconforming, "tested": index.tested}
    said |= {"value": None if index.value is None else share(index.value)}
    if index.interval:
        said |= interval(index.interval)
    return said | ({"place": place._asdict()} if place else {})


def point_as_json(point: Point) -> dict[str, Any]:
    said = {"quarter": quarter(point.quarter), "nonconforming": point.nonconforming, "tested": point.tested}
    return said | {"estimate": estimate_as_json(point.estimate), "change": change_as_json(point.change)}


def change_as_json(change: Difference | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {"value": share(change.value)} | interval(change.interval) | {"may_be_chance": change.may_be_chance}


def takedowns_as_json(kept: Kept, least: int) -> dict[str, Any]:
    """Hours from the proven receipt, with what still waits counted as such; below the least number no median."""
    every = Takedowns(
        "", "", *(tuple(s for each in kept.takedowns for s in getattr(each, of)) for of in ("claimed", "seen"))
    )
    return {
        "counted_at": rfc3339(kept.counted_at) if kept.counted_at else None,
        "all": takedown_as_json(every, least),
        "platforms": [
            {"code": each.platform, "name": each.name} | takedown_as_json(each, least) for each in kept.takedowns
        ],
    }


def takedown_as_json(of: Takedowns, least: int) -> dict[str, Any]:
    return {"listings": len(of.seen), "claimed": median(of.claimed, least), "seen": median(of.seen, least)}


def median(spells: Sequence[Spell], least: int) -> dict[str, Any] | None:
    if len(spells) < least:
        return None
    found = quantile(kaplan_meier(spells))
    done = sum(spell.is_done for spell in spells)
    return {"done": done, "median_hours": found.time, "low": found.low, "high": found.high}
