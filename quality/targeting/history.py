"""What earlier samples of an agency found in the same strata: rates to expect, and S for Neyman's allocation.

Only probability samples are asked, never risk-targeted ones: what was picked because it looked bad says nothing of the
rest (DOMAIN §2.1), and would draw the next sample to where somebody looked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.models import Campaign, CampaignKind, Drawn
from quality.clocks.days import day_of
from quality.figures.rates import Rate
from quality.figures.sizes import deviation, middle
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.purchases.models import Sample, Task

LOOKED_BACK = 50  # drawn campaigns of the category, the newest


class Earlier(NamedTuple):
    """Of one stratum: `found.hits` nonconforming of `found.of` tested, in so many campaigns, until `last_on`."""

    found: Rate
    campaigns: int = 0
    last_on: date | None = None

    @property
    def rate(self) -> Decimal:
        """To expect: the middle of Wilson's interval, so that none of few is not taken for never."""
        return middle(self.found.hits, self.found.of)

    @property
    def deviation(self) -> Decimal:
        """S of Neyman's allocation; where nothing is known 0.5, the most that it can be."""
        return deviation(self.found.hits, self.found.of)

    @property
    def is_known(self) -> bool:
        return self.found.of > 0


NOTHING = Earlier(Rate(0, 0))


def earlier(
    session: Session, agency_id: int, category: str, design: Design, but: Campaign | None = None
) -> Mapping[str, Earlier]:
    """By stratum, in two statements: of the agency's own campaigns of the category whose strata are made alike.

    A draw by size is left out: within its strata not everything had the same chance. What was overturned counts as what
    the re-inspection said. A stratum that is not named has never been tested.
    """
    ids = alike(session, agency_id, category, design, but)
    if not ids:
        return {}
    is_bad = sa.case((Finding.verdict == Verdict.NONCONFORMING, 1), else_=0)
    asked = (
        sa.select(
            Drawn.stratum,
            sa.func.sum(is_bad),
            sa.func.count(),
            sa.func.count(sa.distinct(Drawn.campaign_id)),
            sa.func.max(Finding.confirmed_at),
        )
        .join(Task, Task.drawn_id == Drawn.id)
        .join(Sample, Sample.task_id == Task.id)
        .join(Finding, Finding.sample_id == Sample.id)
        .where(Drawn.campaign_id.in_(ids), Finding.status == FindingStatus.CONFIRMED)
        .where(Sample.laboratory_id != Sample.agency_id)  # what was concluded on its label was not tested
        .group_by(Drawn.stratum)
        .order_by(Drawn.stratum)
    )
    return {
        stratum: Earlier(Rate(int(hits), of), campaigns, last_day(last))
        for stratum, hits, of, campaigns, last in session.execute(asked)
    }


def alike(session: Session, agency_id: int, category: str, design: Design, but: Campaign | None) -> list[int]:
    """Ids of the drawn probability samples of the category that have the same strata, of the same bands."""
    drawn = (
        sa.select(Campaign.id, Campaign.design)
        .where(Campaign.agency_id == agency_id, Campaign.category == category)
        .where(Campaign.kind == CampaignKind.PROBABILITY, Campaign.drawn_at.is_not(None))
        .order_by(Campaign.id.desc())
        .limit(LOOKED_BACK)
    )
    if but is not None:
        drawn = drawn.where(Campaign.id != but.id)
    designs = ((key, parse_design(text)) for key, text in session.execute(drawn))
    wanted = design.strata, design.bands, ""
    return [key for key, other in designs if (other.strata, other.bands, other.size) == wanted]


def last_day(moment: datetime | None) -> date | None:
    return None if moment is None else day_of(moment)


def in_all(found: Iterable[Earlier]) -> Earlier:
    """Of all strata together; a campaign that has several is counted by the one that has most."""
    known = [each for each in found if each.is_known]
    return Earlier(
        Rate(sum(each.found.hits for each in known), sum(each.found.of for each in known)),
        max((each.campaigns for each in known), default=0),
        max((each.last_on for each in known if each.last_on), default=None),
    )
