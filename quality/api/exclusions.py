"""What a campaign's draw leaves out because it was sampled lately, by the same operations as its page."""

from __future__ import annotations

from datetime import date

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import Changed, Line, Moment, Paragraph, Sent, Told, Version
from quality.campaigns.models import Campaign
from quality.core.db import db
from quality.core.errors import NotFound
from quality.pages.exclusions import shown
from quality.pages.laying import STATES, standing
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can
from quality.targeting.coordination import excluding
from quality.targeting.coordination.excluding import EXCLUSIONS, MOST_CHOSEN, Asked
from quality.targeting.coordination.rules import OWN_RULES, Reason
from quality.web import settings

DOORS: list[Door] = []  # its address is among those of campaigns


class ReasonTold(Told):
    reason: str = Field(
        description="`same_listing`, `same_product`, `same_shop`, `chosen_campaign` or `superior_authority`"
    )
    listings: int
    months: int | None = Field(description="For so long from the day it was sampled; null: whenever that was")


class FoundTold(Told):
    reason: str
    campaign: str | None = Field(description="Null: of an agency above yours, of which nothing more is told")
    listings: int


class StratumLeftTold(Told):
    stratum: str = Field(description="Empty: the whole frame")
    before: int
    after: int


class ExclusionsTold(Told):
    campaign: str
    version: int
    state: str = Field(description=STATES)
    problem: str | None = Field(description="Why it failed")
    listings: int = Field(description="How many are left out")
    reasons: list[ReasonTold]
    found: list[FoundTold] = Field(description="By earlier campaign, the most first")
    strata: list[StratumLeftTold]
    compared_at: Moment | None
    as_on: date | None = Field(description="On which day it was asked whether a period is over")
    outdated: bool = Field(description="Something was sampled since, or the first day was moved")
    note: str


class Wanted(Sent):
    version: Version
    rules: list[Reason] = Field(
        list(OWN_RULES),
        max_length=len(OWN_RULES),
        description="Of `same_listing`, `same_product`, `same_shop`; what a superior authority has is always left out",
    )
    campaigns: list[Line] = Field([], max_length=MOST_CHOSEN, description="No overlap with these: their numbers")
    note: Paragraph = Field("", description="Why; needed where not all rules are kept")


class Cleared(Sent):
    version: Version
    note: Paragraph = ""


@campaigns.get(
    "/campaigns/<number>/exclusions",
    summary="What is left out of the draw; your own agency's",
    responses={200: ExclusionsTold},
)
@acting
@takes()
def show_exclusions(number: str) -> ResponseReturnValue:
    campaign = CAMPAIGNS.found(number)
    if not me.stands_over(campaign):
        raise NotFound(number)
    return told(exclusions_told(campaign))


@campaigns.post(
    "/campaigns/<number>/exclusions",
    summary="Leave out of a draft's draw what was sampled lately",
    responses={200: ExclusionsTold, 202: ExclusionsTold},
)
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=Wanted)
def leave_out(number: str) -> ResponseReturnValue:
    """202: the frame is big, and a job compares it."""
    campaign, given = CAMPAIGNS.found(number), sent(Wanted)
    require_for(campaign)
    asked = Asked(tuple(each for each in OWN_RULES if each in given.rules), tuple(given.campaigns), given.note.strip())
    done = excluding.exclude(
        db.session(), campaign, asked, by=me, frames=settings().frames_folder, version=given.version
    )  # fmt: skip
    return told(exclusions_told(campaign), 200 if done else 202)


@campaigns.post(
    "/campaigns/<number>/clear_exclusions", summary="Leave nothing out any more", responses={200: Changed}
)  # fmt: skip
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=Cleared)
def clear_exclusions(number: str) -> ResponseReturnValue:
    campaign, given = CAMPAIGNS.found(number), sent(Cleared)
    require_for(campaign)
    frames = settings().frames_folder
    excluding.include(db.session(), campaign, by=me, frames=frames, version=given.version, note=given.note)
    return told(CAMPAIGNS.changed(campaign))


def exclusions_told(campaign: Campaign) -> ExclusionsTold:
    session = db.session()
    there, stands = shown(session, campaign), standing(session, campaign, EXCLUSIONS)
    return ExclusionsTold(
        campaign=campaign.number,
        version=campaign.version,
        state=stands.state(there),
        problem=stands.failed,
        listings=there.layer.rows if there else 0,
        reasons=[
            ReasonTold(reason=each.reason, listings=each.listings, months=each.months)
            for each in (there.rows if there else [])
        ],
        found=[
            FoundTold(reason=each.reason, campaign=each.campaign or None, listings=each.listings)
            for each in (there.found if there else [])
        ],
        strata=[StratumLeftTold(**each._asdict()) for each in (there.strata if there else [])],
        compared_at=there.layer.made_at if there else None,
        as_on=there.on if there else None,
        outdated=there.is_outdated if there else False,
        note=there.layer.basis["note"] if there else "",
    )
