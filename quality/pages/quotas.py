"""Strata and quotas of a campaign as its page shows them: what the plan asks, and after the draw what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.frame.profile import prices_within
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.sampling import sizes_of
from quality.campaigns.strata import in_order, with_names
from quality.core.errors import Invalid
from quality.core.words import Text
from quality.purchases.dispositions import Disposition
from quality.purchases.tallies import Tally, tallies
from quality.web import settings

D = Disposition
UNTESTED = (D.UNOBTAINABLE, D.TRANSFERRED_UNTESTED, D.CANCELLED)


class Quota(NamedTuple):
    """One stratum, or all of them. `share` is percent of the largest n, for the bar; the last five after the draw.

    `cost` is in fen: n purchases at the mean price of the stratum's listings within the cap, at the cap where none of
    them has one; None where there is neither.
    """

    stratum: str
    size: int
    n: int
    reserve: int
    share: Decimal
    cost: int | None = None
    sealed: int = 0
    under_way: int = 0
    untested: int = 0
    reserves_used: int = 0
    missing: int = 0  # left the sample when no reserve was left

    @property
    def is_fulfilled(self) -> bool:
        return self.sealed >= self.n


class Quotas(NamedTuple):
    """`problems` say why the plan cannot be drawn from this frame, before anybody commits to it."""

    rows: list[Quota]
    total: Quota | None
    problems: list[Text]
    is_drawn: bool
    design: Design
    minimum: int = 0  # in each stratum, as the plan asks
    below_minimum: Mapping[str, int] = {}  # the strata that have fewer listings than that, with their sizes


def quotas(session: Session, campaign: Campaign) -> Quotas | None:
    """None as long as there is no frame."""
    if campaign.frame_sha256 is None:
        return None
    asked = quotas_of(campaign, frame_of(campaign))
    if asked.problems or campaign.drawn_at is None:
        return asked
    has_tasks = campaign.status != CampaignStatus.DRAWN
    came = {each.stratum: what_came(each) for each in tallies(session, campaign)} if has_tasks else {}
    rows = [row._replace(**came.get(row.stratum, {})) for row in asked.rows]
    return Quotas(rows, total_of(rows), [], True, asked.design)


def frame_of(campaign: Campaign) -> Path:
    """The file that its draw reads."""
    return file_to_draw(campaign, settings().frames_folder)


def quotas_of(campaign: Campaign, frame: Path, design: Design | None = None) -> Quotas:
    """What a plan asks of a frame (Parquet); by another `design` than its own if that is given."""
    design, cap = design or parse_design(campaign.design), campaign.price_cap_fen
    try:
        sizes = sizes_of(frame, design.strata, design.bands)
        allocated = design.allocate(sizes)
        found = prices_within(frame, design.strata, design.bands, cap, campaign.pieces)
    except Invalid as wrong:  # the frame is not there, lacks a stratum's column, or is too small for the plan
        problems = [with_names(problem.text, design.strata, design.bands) for problem in wrong.problems]
        return Quotas([], None, problems, False, design)
    prices = {stratum: cap if of.mean is None else of.mean for stratum, of in found.items()}
    rows = planned(sizes, allocated, design, prices)
    return Quotas(rows, total_of(rows), [], False, design, design.min_per_stratum, design.below_minimum(sizes))


def planned(
    sizes: Mapping[str, int], allocated: Mapping[str, int], design: Design, prices: Mapping[str, int | None]
) -> list[Quota]:
    most = max(allocated.values(), default=0) or 1
    return [
        Quota(
            stratum=stratum,
            size=sizes[stratum],
            n=allocated[stratum],
            reserve=min(design.reserve, sizes[stratum] - allocated[stratum]),
            share=(Decimal(allocated[stratum]) * 100 / most).quantize(Decimal("0.1")),
            cost=cost_of(allocated[stratum], prices.get(stratum)),
        )
        for stratum in in_order(sizes, design)
    ]


def cost_of(n: int, price: int | None) -> int | None:
    return n * (price or 0) if price is not None or not n else None


def total_of(rows: list[Quota]) -> Quota:
    counted = ("size", "n", "reserve", "sealed", "under_way", "untested", "reserves_used", "missing")
    costs = [row.cost for row in rows if row.cost is not None]
    sums = {name: sum(getattr(row, name) for row in rows) for name in counted}
    return Quota(stratum="", share=Decimal(0), cost=sum(costs) if len(costs) == len(rows) else None, **sums)


def what_came(of: Tally) -> dict[str, Any]:
    untested = sum(of.came_of[each] for each in UNTESTED)
    return {
        "sealed": of.drawn - untested - of.came_of[D.PLANNED] - of.came_of[D.UNDER_WAY] - of.came_of[D.RESERVE_UNUSED],
        "under_way": of.came_of[D.PLANNED] + of.came_of[D.UNDER_WAY],
        "untested": untested,
        "reserves_used": of.reserves_used,
        "missing": of.missing,
    }
