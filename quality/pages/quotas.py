"""Strata and quotas of a campaign as its page shows them: what the plan asks, and after the draw what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.profile import mean_prices
from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.sampling import sizes_of
from quality.core.errors import Invalid
from quality.core.words import Text
from quality.purchases.models import Task, TaskStatus
from quality.web import settings

UNTESTED = {TaskStatus.UNOBTAINABLE, TaskStatus.TRANSFERRED_UNTESTED, TaskStatus.CANCELLED}


class Quota(NamedTuple):
    """One stratum, or all of them. `share` is percent of the largest n, for the bar; the last four after the draw.

    `cost` is in fen: n at the mean price of the stratum's listings; None where none of them has a price.
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

    @property
    def is_fulfilled(self) -> bool:
        return self.sealed >= self.n


class Quotas(NamedTuple):
    """`problems` say why the plan cannot be drawn from this frame, before anybody commits to it."""

    rows: list[Quota]
    total: Quota | None
    problems: list[Text]
    is_drawn: bool


def quotas(session: Session, campaign: Campaign) -> Quotas | None:
    """None as long as there is no frame."""
    if campaign.frame_sha256 is None:
        return None
    asked = quotas_of(parse_design(campaign.design), frame_of(campaign))
    if asked.problems or campaign.drawn_at is None:
        return asked
    came = dispositions(session, campaign)
    rows = [row._replace(**came.get(row.stratum, {})) for row in asked.rows]
    return Quotas(rows, total_of(rows), [], True)


def frame_of(campaign: Campaign) -> Path:
    return settings().frames_folder / f"{campaign.frame_sha256}.parquet"


def quotas_of(design: Design, frame: Path) -> Quotas:
    """What a plan asks of a frame (Parquet)."""
    try:
        sizes = sizes_of(frame, design.strata, design.bands)
        allocated = design.allocate(sizes)
        prices = mean_prices(frame, design.strata, design.bands)
    except Invalid as wrong:  # the frame is not there, lacks a stratum's column, or is too small for the plan
        return Quotas([], None, [problem.text for problem in wrong.problems], False)
    rows = planned(sizes, allocated, design, prices)
    return Quotas(rows, total_of(rows), [], False)


def planned(
    sizes: Mapping[str, int], allocated: Mapping[str, int], design: Design, prices: Mapping[str, int]
) -> list[Quota]:
    most = max(allocated.values(), default=0) or 1
    return [
        Quota(
            stratum=stratum,
            size=size,
            n=allocated[stratum],
            reserve=min(design.reserve, size - allocated[stratum]),
            share=(Decimal(allocated[stratum]) * 100 / most).quantize(Decimal("0.1")),
            cost=allocated[stratum] * prices[stratum] if stratum in prices else None,
        )
        for stratum, size in sizes.items()
    ]


def total_of(rows: list[Quota]) -> Quota:
    counted = ("size", "n", "reserve", "sealed", "under_way", "untested", "reserves_used")
    costs = [row.cost for row in rows if row.cost is not None]
    sums = {name: sum(getattr(row, name) for row in rows) for name in counted}
    return Quota(stratum="", share=Decimal(0), cost=sum(costs) if len(costs) == len(rows) else None, **sums)


def dispositions(session: Session, campaign: Campaign) -> dict[str, dict[str, Any]]:
    """What became of the tasks of each stratum, in one statement."""
    asked = (
        sa.select(Drawn.stratum, Drawn.role, Task.status, sa.func.count())
        .join(Task, Task.drawn_id == Drawn.id)
        .where(Task.campaign_id == campaign.id)
        .group_by(Drawn.stratum, Drawn.role, Task.status)
    )
    found: dict[str, dict[str, Any]] = {}
    for stratum, role, status, count in session.execute(asked):
        row = found.setdefault(stratum, dict.fromkeys(("sealed", "under_way", "untested", "reserves_used"), 0))
        where = "sealed" if status == TaskStatus.SEALED else "untested" if status in UNTESTED else "under_way"
        row[where] += count
        row["reserves_used"] += count if role == "reserve" else 0
    return found
