"""What became of what a campaign drew: by stratum, and which unit stood in for which."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.cases import Paging
from quality.api.controls import RateTold, rate_told
from quality.api.door import Door, takes, told
from quality.api.reading import asked
from quality.api.shapes import Told
from quality.core.db import db
from quality.core.errors import NotFound
from quality.pages.asking import cursor_of
from quality.people.access import acting, me
from quality.purchases.tallies import Substitution, Tally, in_all, substitutions, tallies

DOORS: list[Door] = []  # its address is among those of campaigns


class StratumTold(Told):
    stratum: str = Field(description="Empty: the whole frame, or all strata")
    main: int = Field(description="Units drawn for the main sample")
    reserve: int = Field(description="Units drawn behind them, to stand in")
    reserves_used: int
    bought: int
    open: int = Field(description="Units that have not ended")
    missing: int = Field(description="Units that left the sample when no reserve was left")
    dispositions: dict[str, int] = Field(
        description="How many ended, or stand, as `planned`, `under_way`, `sealed`, `tested`, `unobtainable`, "
        "`transferred_untested`, `refused_by_lab`, `test_impossible`, `cancelled`, `reserve_unused`; none: left out"
    )
    unobtainable: dict[str, int] = Field(description="By the reason")
    obtainable: RateTold = Field(description="Bought, of those bought or found unobtainable")


class SubstitutionTold(Told):
    stratum: str
    listing_id: str = Field(description="Of the reserve that stands in")
    task: str
    for_listing_id: str
    for_task: str
    exit: str = Field(description="The status by which the other left: `unobtainable` or `cancelled`")
    reason: str | None


class DispositionsTold(Told):
    campaign: str
    strata: list[StratumTold]
    in_all: StratumTold
    substitutions: list[SubstitutionTold]
    next: str | None = Field(description="The `cursor` of further substitutions; null at the end")


@campaigns.get(
    "/campaigns/<number>/dispositions",
    summary="What became of the drawn units; your own agency's",
    responses={200: DispositionsTold},
)
@acting
@takes(query=Paging)
def dispositions(number: str) -> ResponseReturnValue:
    session, campaign, wanted = db.session(), CAMPAIGNS.found(number), asked(Paging)
    if not me.stands_over(campaign):
        raise NotFound(number)
    found = tallies(session, campaign)
    stood_in = substitutions(session, campaign, after=cursor_of(wanted.cursor) or 0, most=wanted.limit)
    has_more = len(stood_in) > wanted.limit
    return told(
        DispositionsTold(
            campaign=campaign.number,
            strata=[stratum_told(each) for each in found],
            in_all=stratum_told(in_all(found)),
            substitutions=[substitution_told(each) for each in stood_in[: wanted.limit]],
            next=str(stood_in[wanted.limit - 1].unit.id) if has_more else None,
        )
    )


def stratum_told(of: Tally) -> StratumTold:
    same = ("stratum", "main", "reserve", "reserves_used", "bought", "open", "missing")
    return StratumTold(
        **{name: getattr(of, name) for name in same},
        dispositions={code.value: many for code, many in sorted(of.came_of.items())},
        unobtainable=dict(sorted(of.why.items())),
        obtainable=rate_told(of.obtainable),
    )


def substitution_told(of: Substitution) -> SubstitutionTold:
    return SubstitutionTold(
        stratum=of.unit.stratum,
        listing_id=of.unit.listing_id,
        task=of.task.number,
        for_listing_id=of.lost.listing_id,
        for_task=of.lost_task.number,
        exit=of.lost_task.status,
        reason=of.lost_task.exit_reason,
    )
