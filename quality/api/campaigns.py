"""Campaigns: their plans, and what was drawn."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.api.cases import Collection, Paging, Whole, collection, part_moves_of
from quality.api.door import takes, told
from quality.api.idempotency import once
from quality.api.moves import add_moves, add_part_moves, add_sheet
from quality.api.papers import add_papers
from quality.api.reading import asked, sent
from quality.api.shapes import (
    LARGEST,
    Changed,
    Fen,
    Line,
    Moment,
    Move,
    Organisation,
    Page,
    Paragraph,
    Sent,
    StandardJudgedBy,
    Told,
    Version,
    organisation,
)
from quality.campaigns import operations
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.operations import MOST_BUDGET_FEN, MOST_PIECES, ItemPlan, Plan
from quality.campaigns.sources import sources_of
from quality.core.db import db
from quality.pages.draws import page_of_units
from quality.pages.kinds import KINDS
from quality.people.access import acting, me, needs, require_for
from quality.people.actor import Actor
from quality.permissions import Can
from quality.standards.rules import Rule
from quality.targeting.coordination import excluding
from quality.web import settings


class Item(Told):
    """A test item of the implementing rules."""

    product: str = Field(description="Empty: for every product of the campaign")
    item: str
    method: str
    limit: str = Field(description="As the standard writes it")
    rule: str
    clause: str
    lab_fee_fen: int | None = Field(description="What a laboratory asks for it, of one sample")
    standard: StandardJudgedBy | None = Field(description="Null: typed by hand")


class CapRaiseTold(Told):
    """A higher price cap, asked for after the plan was frozen."""

    id: int
    stratum: str = Field(description="Empty: all of them")
    cap_fen: int
    reason: str
    status: str
    version: int
    asked_at: Moment
    decided_at: Moment | None
    answer: str
    moves: list[Move]


class CampaignTold(Whole):
    title: str
    kind: str
    agency: Organisation
    basis: str
    category: str
    starts_on: date
    ends_on: date
    price_cap_fen: int | None = Field(
        description="As the plan was frozen; of a purchase the price_cap_fen of its task holds"
    )
    cap_raises: list[CapRaiseTold] = Field(description="Of your own agency, the newest first")
    pieces: int = Field(description="Bought of each listing: to test and to keep as backup")
    budget_fen: int | None
    size_basis: str = Field(description="Why so many are bought, and not more or fewer")
    follow_up: bool = Field(description="It may draw again what was sampled lately")
    laboratory: Organisation | None = Field(description="Which one is planned to test; dispatch decides")
    items: list[Item]
    design: dict[str, Any] = Field(description="Strata, allocation, reserve: CONTRACT of `mingcha draw`")
    frame_rows: int | None
    frame_source: str | None
    frame_hash: str | None = Field(description="SHA-256 of frame.csv, as published")
    design_hash: str | None
    commitment: str | None
    public_event: str | None
    public_event_at: Moment | None
    frozen_at: Moment | None
    drawn_at: Moment | None


OF_OTHERS = {"agency", "laboratory", "items", "design", "cap_raises"}


def campaign_told(session: Session, campaign: Campaign, me: Actor) -> dict[str, Any]:
    names = CampaignTold.model_fields.keys() - Whole.model_fields.keys() - OF_OTHERS
    return {
        **{name: getattr(campaign, name) for name in names},
        "agency": organisation(campaign.agency),
        "laboratory": organisation(campaign.laboratory) if campaign.laboratory else None,
        "design": json.loads(campaign.design),
        "items": items_told(session, campaign),
        "cap_raises": raises_told(campaign, me) if me.stands_over(campaign) else [],
    }


def raises_told(campaign: Campaign, me: Actor) -> list[CapRaiseTold]:
    return [
        CapRaiseTold(
            **{name: getattr(each, name) for name in CapRaiseTold.model_fields if name != "moves"},
            moves=list(part_moves_of(KINDS["campaign"], each, me)),
        )
        for each in reversed(campaign.cap_raises)
    ]


def items_told(session: Session, campaign: Campaign) -> list[Item]:
    taken_from = sources_of(session, campaign.items)
    told_of = {key: StandardJudgedBy(**source.told()) for key, source in taken_from.items()}
    return [
        Item(
            **{name: getattr(item, name) for name in Item.model_fields if name != "standard"},
            standard=told_of.get(item.standard_limit_id or 0),
        )
        for item in campaign.items
    ]


CAMPAIGNS = Collection("campaigns", KINDS["campaign"], CampaignTold, campaign_told)
campaigns = collection(CAMPAIGNS, about="What is to be bought where, the frame that it is drawn from, and the draw")
add_moves(campaigns, CAMPAIGNS)
add_papers(campaigns, CAMPAIGNS)


class ItemSent(Sent):
    item: Line
    limit: Line = Field(description="As the standard writes it: `≤0.1`, `不得检出`, `n=5 c=1 m=100 M=1000`")
    method: Line = ""
    rule: Rule = Rule.SIMPLE
    clause: Line = ""
    product: Line = Field("", description="Empty: for every product of the campaign")
    standard_limit_id: int | None = Field(
        None,
        ge=1,
        le=LARGEST,
        description="The limit of GET /standards/{id} that it is taken from: item, limit, rule as there",
    )
    lab_fee_fen: Fen | None = None


class PlanSent(Sent):
    title: Line
    kind: CampaignKind
    basis: Paragraph
    category: Line
    starts_on: date
    ends_on: date
    design: dict[str, Any] = Field(
        description="As `mingcha draw` takes it: strata, allocation, reserve, and bands, size, numbers"
    )
    items: list[ItemSent] = Field(max_length=500)
    price_cap_fen: Fen | None = None
    pieces: int = Field(1, ge=1, le=MOST_PIECES, description="Bought of each listing, backup included")
    budget_fen: Annotated[int, Field(ge=1, le=MOST_BUDGET_FEN)] | None = Field(
        None, description="For all purchases and all laboratory fees, in fen"
    )
    size_basis: Paragraph = Field("", description="Why so many are bought, and not more or fewer")
    follow_up: bool = Field(False, description="It may draw again what was sampled lately")
    laboratory: Line = Field("", description="The code of the one that is planned to test")

    def plan(self) -> dict[str, Any]:
        items = [ItemPlan(**item.model_dump()) for item in self.items]
        return {name: getattr(self, name) for name in Plan._fields} | {"items": items}


class Amendment(PlanSent):
    version: Version


class Freezing(Sent):
    version: Version
    public_event: Line = Field(description="The public number that does not exist yet, and who publishes it")
    public_event_at: Moment


class Drawing(Sent):
    version: Version
    public_number: Line = Field(description="Exactly as it was published")
    source: Line = Field(description="Where it was published")


class Unit(Told):
    """A drawn listing."""

    listing_id: str
    stratum: str
    role: str
    rank: int
    digest: str
    platform: str
    inclusion: str | None = Field(
        description="How likely it was to be in the main sample, exactly, such as 3/8; null: as all of its stratum"
    )


@campaigns.post("/campaigns", summary="Plan a campaign", responses={201: Changed})
@once
@needs(Can.CAMPAIGN_PLAN)
@takes(body=PlanSent)
def plan_campaign() -> ResponseReturnValue:
    campaign = operations.plan(db.session(), by=me, **sent(PlanSent).plan())
    return told(CAMPAIGNS.changed(campaign), 201)


@campaigns.post("/campaigns/<number>/amend", summary="Change a draft's plan", responses={200: Changed})
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=Amendment)
def amend_campaign(number: str) -> ResponseReturnValue:
    campaign = CAMPAIGNS.found(number)
    require_for(campaign)
    given, frames = sent(Amendment), settings().frames_folder
    operations.amend(db.session(), campaign, Plan(**given.plan()), by=me, frames=frames, version=given.version)
    return told(CAMPAIGNS.changed(campaign))


def freeze(session: Session, campaign: Campaign, given: Freezing, by: Actor) -> None:
    excluding.freeze(session, campaign, by=by, frames=settings().frames_folder, **given.model_dump())


def draw(session: Session, campaign: Campaign, given: Drawing, by: Actor) -> None:
    operations.draw(session, campaign, by=by, frames=settings().frames_folder, **given.model_dump())


add_sheet(campaigns, CAMPAIGNS, "freeze", Freezing, freeze)
add_sheet(campaigns, CAMPAIGNS, "draw", Drawing, draw)


class Raising(Sent):
    version: Version
    stratum: Line = Field("", description="As the draw names it; empty: all of them")
    cap_fen: Fen = Field(description="What one purchase may cost then, more than now")
    reason: Paragraph = Field(min_length=1)


def raise_cap(session: Session, campaign: Campaign, given: Raising, by: Actor) -> None:
    operations.ask_for_cap(session, campaign, by=by, **given.model_dump())


add_sheet(campaigns, CAMPAIGNS, "raise_cap", Raising, raise_cap)
add_part_moves(campaigns, CAMPAIGNS, "cap_raises", {})


@campaigns.get("/campaigns/<number>/drawn", summary="What was drawn; each look is logged", responses={200: Page[Unit]})
@acting
@takes(query=Paging)
def drawn_listings(number: str) -> ResponseReturnValue:
    campaign = CAMPAIGNS.found(number)
    wanted = asked(Paging)
    args = MultiDict({"before": wanted.cursor})
    page = page_of_units(db.session(), campaign, me, args, wanted.limit)
    units = [
        Unit(
            listing_id=unit.listing_id,
            stratum=unit.stratum,
            role=unit.role,
            rank=unit.rank,
            digest=unit.draw_digest,
            platform=unit.platform.code,
            inclusion=unit.inclusion,
        )
        for unit in page.rows
    ]
    return told(Page[Unit](items=units, next=None if page.older is None else str(page.older)))
