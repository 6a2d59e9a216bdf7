"""Who is to buy what: buyers and what each can buy, the limits, the proposals for a campaign, and taking them."""

from __future__ import annotations

import sqlalchemy as sa
from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import Door, door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import LARGEST, Line, Moment, Page, Sent, Told, Version, Words
from quality.core.db import db
from quality.core.errors import Stale
from quality.core.words import _
from quality.pages.proposing import why
from quality.people.access import me, needs, require_for
from quality.permissions import Can
from quality.purchases.models import Task
from quality.purchases.operations import Given, assign_many
from quality.purchases.profiles import BuyerThere, buyers_there, one_buyer, set_profile
from quality.purchases.proposals import Proposal
from quality.purchases.proposing import AT_ONCE, Proposed, proposed_for
from quality.purchases.rules import BuyingRules, editions_of, limits_of, set_rules

buyers = door("buyers", tag="buyers", about="Who buys, how much and where, and how often anybody may be seen")
DOORS: list[Door] = [buyers]  # the addresses of proposals are among those of campaigns


class Buyer(Told):
    id: int
    name: str
    under_way: int = Field(description="Tasks that they have at present")
    per_week: int | None = Field(description="Orders a week; null: nobody has said")
    room: int | None = Field(description="Of these, what can still be given now")
    regions: list[str] = Field(description="Beginnings of what frames call a region; none: everywhere")
    version: int = Field(description="Of what was written down; 0: nothing was")


class Buyers(Told):
    items: list[Buyer]


class Profile(Sent):
    buyer: int = Field(ge=1, le=LARGEST, description="Its `id`: GET /buyers")
    version: int = Field(ge=0, le=LARGEST, description="The version that you read; 0: nothing was written down")
    per_week: int | None = Field(None, ge=0, le=LARGEST, description="Orders a week; null: nobody has said")
    regions: list[Line] = Field([], max_length=50, description="None: everywhere")


class RulesTold(Told):
    edition: int = Field(description="From 1; 0: nothing was set, and the usual numbers hold")
    shop_again: int = Field(description="Days for which a buyer does not buy again from a shop; 0: no limit")
    cover_period: int = Field(description="Days over which orders with a cover identity are counted")
    cover_on_platform: int = Field(description="Orders with one account, address or telephone there; 0: no limit")
    cover_in_shop: int = Field(description="The same of one shop")
    set_at: Moment | None


class RulesSent(Sent):
    edition: int = Field(ge=0, le=LARGEST, description="The newest that you read; 0: nothing was ever set")
    shop_again: int = Field(ge=0, le=LARGEST)
    cover_period: int = Field(ge=0, le=LARGEST)
    cover_on_platform: int = Field(ge=0, le=LARGEST)
    cover_in_shop: int = Field(ge=0, le=LARGEST)


class ProposalTold(Told):
    task: str
    version: int
    buyer: int | None = Field(description="Null: `against` says what keeps each buyer from it")
    cover: str | None = Field(description="The number of a cover identity that was seen least there")
    against: dict[str, int] = Field(description="Buyers by what keeps them from it, where nobody is proposed")
    why: Words


class Proposals(Told):
    items: list[ProposalTold]
    more: bool = Field(description="Further tasks come up when these have their buyers")


class Assigned(Sent):
    task: Line = Field(description="Its number")
    version: Version
    buyer: int = Field(ge=1, le=LARGEST, description="GET /buyers")


class Assignments(Sent):
    despite_cap: bool = Field(
        False, description="Also those over the price cap: the buyers look whether they cost less"
    )
    assignments: list[Assigned] = Field(min_length=1, max_length=AT_ONCE)


class NotAssigned(Told):
    task: str
    code: str = Field(description="`stale`, `not_here`, `no_buyer_here`, `declined_it`, `same_shop`, `over_price_cap`")
    reason: Words


class AssignmentsTold(Told):
    assigned: list[str]
    not_assigned: list[NotAssigned] = Field(description="These stay as they are; the others are assigned")


def buyer_told(each: BuyerThere) -> Buyer:
    return Buyer(
        id=each.person.id,
        name=each.person.name,
        under_way=each.under_way,
        per_week=each.per_week,
        room=each.left,
        regions=each.regions,
        version=each.profile.version if each.profile else 0,
    )


@buyers.get("/buyers", summary="Who buys for your agency", responses={200: Buyers})
@needs(Can.TASK_ASSIGN)
def list_buyers() -> ResponseReturnValue:
    return told(Buyers(items=[buyer_told(each) for each in buyers_there(db.session(), me.organisation_id)]))


@buyers.post("/buyers", summary="Say how much a buyer can buy, and where", responses={200: Buyer})
@once
@needs(Can.COVER_KEEP)
@takes(body=Profile)
def describe_a_buyer() -> ResponseReturnValue:
    given, session = sent(Profile), db.session()
    found = one_buyer(session, me, given.buyer)
    set_profile(session, found, per_week=given.per_week, regions=given.regions, version=given.version, by=me)
    return told(buyer_told(one_buyer(session, me, given.buyer)))


@buyers.get("/buying-rules", summary="How often anybody may be seen, newest first", responses={200: Page[RulesTold]})
@needs(Can.COVER_KEEP)
@takes()
def list_rules() -> ResponseReturnValue:
    found = [rules_told(each) for each in editions_of(db.session(), me)]
    usual = limits_of(db.session(), me.organisation_id)._asdict()
    return told(Page[RulesTold](items=found or [RulesTold(edition=0, set_at=None, **usual)], next=None))


@buyers.post("/buying-rules", summary="Set it anew", responses={201: RulesTold})
@once
@needs(Can.COVER_KEEP)
@takes(body=RulesSent)
def set_the_rules() -> ResponseReturnValue:
    """The same again makes no new edition."""
    given = sent(RulesSent).model_dump()
    return told(rules_told(set_rules(db.session(), given, edition=given.pop("edition"), by=me)), 201)


def rules_told(each: BuyingRules) -> RulesTold:
    return RulesTold(edition=each.edition, set_at=each.set_at, **each.limits._asdict())


@campaigns.get("/campaigns/<number>/proposals", summary="Who is proposed to buy what", responses={200: Proposals})
@needs(Can.TASK_ASSIGN, once_found=True)
def list_proposals(number: str) -> ResponseReturnValue:
    """Of the tasks without a buyer. Nothing is recorded."""
    campaign = CAMPAIGNS.found(number)
    require_for(campaign)
    found = proposed_for(db.session(), campaign)
    numbers = {task.id: (task.number, task.version) for task in found.tasks}
    items = [proposal_told(found, each, *numbers[each.task]) for each in found.proposals.values()]
    return told(Proposals(items=items, more=found.more))


def proposal_told(found: Proposed, each: Proposal, number: str, version: int) -> ProposalTold:
    cover = found.covers.get(each.cover or 0)
    return ProposalTold(
        task=number,
        version=version,
        buyer=each.buyer,
        cover=cover.number if cover else None,
        against={code.value: many for code, many in sorted(each.why.items())},
        why=str(why(each, found)),
    )


@campaigns.post("/campaigns/<number>/proposals", summary="Give out many tasks", responses={200: AssignmentsTold})
@once
@needs(Can.TASK_ASSIGN, once_found=True)
@takes(body=Assignments)
def give_out(number: str) -> ResponseReturnValue:
    """As proposed or otherwise, each with its version. What cannot be given stays as it is and is named."""
    session, campaign = db.session(), CAMPAIGNS.found(number)
    require_for(campaign)
    body = sent(Assignments)
    given = {each.task: each for each in body.assignments}
    there = sa.select(Task.number, Task.id).where(Task.campaign_id == campaign.id, Task.number.in_(given))
    ids = {row.number: row.id for row in session.execute(there)}
    rows = [Given(ids[name], each.version, each.buyer) for name, each in given.items() if name in ids]
    done = assign_many(session, campaign, rows, by=me, despite_cap=body.despite_cap)
    stale = str(Stale(status=None, version=None).reason)
    nowhere = str(_("There is no such task in this campaign"))
    return told(
        AssignmentsTold(
            assigned=[name for name, _buyer in done.given],
            not_assigned=[
                *(NotAssigned(task=name, code="not_here", reason=nowhere) for name in given if name not in ids),
                *(NotAssigned(task=name, code="stale", reason=stale) for name in done.late),
                *(NotAssigned(task=each.number, code=each.code, reason=str(each.text)) for each in done.refused),
            ],
        )
    )
