"""Campaigns and the purchases that they plan. Who bought is a code; by what a platform could tell is nowhere here."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Whole, collection
from quality.api.shapes import Moment, Organisation, Told, Words
from quality.campaigns.models import Campaign
from quality.pages.kinds import KINDS
from quality.pages.timeline import name_for
from quality.people.actor import Actor
from quality.purchases.models import Task


class Item(Told):
    """A test item of the implementing rules."""

    product: str = Field(description="Empty: for every product of the campaign")
    item: str
    method: str
    limit: str = Field(description="As the standard writes it")
    rule: str
    clause: str


class CampaignTold(Whole):
    title: str
    kind: str
    agency: Organisation
    basis: str
    category: str
    starts_on: date
    ends_on: date
    price_cap_fen: int | None
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


class Listing(Told):
    listing_id: str
    url: str
    title: str
    shop_id: str
    shop_name: str


class TaskTold(Whole):
    campaign: str
    stratum: str
    role: str = Field(description="`main` or `reserve`")
    rank: int
    platform: Organisation
    listing: Listing
    price_cap_fen: int | None
    buyer: Words = Field(description="A code: the identity of who buys is protected")
    paid_fen: int | None
    quantity: int | None
    received_at: Moment | None
    label_checked_at: Moment | None
    label_problems: list[str] | None
    exit_reason: str | None
    sample: str | None


def organisation(one: Any) -> Organisation:
    return Organisation(code=one.code, name=one.name)


def campaign_told(_session: Session, campaign: Campaign, _me: Actor) -> dict[str, Any]:
    names = CampaignTold.model_fields.keys() - Whole.model_fields.keys() - {"agency", "items", "design"}
    return {
        **{name: getattr(campaign, name) for name in names},
        "agency": organisation(campaign.agency),
        "design": json.loads(campaign.design),
        "items": [Item.model_validate(item, from_attributes=True) for item in campaign.items],
    }


def task_told(session: Session, task: Task, me: Actor) -> dict[str, Any]:
    drawn, listing = task.drawn, task.drawn.listing
    named = ("paid_fen", "quantity", "received_at", "label_checked_at", "label_problems", "exit_reason")
    return {
        **{name: getattr(task, name) for name in named},
        "campaign": task.campaign.number,
        "stratum": drawn.stratum,
        "role": drawn.role,
        "rank": drawn.rank,
        "platform": organisation(drawn.platform),
        "listing": Listing(
            listing_id=drawn.listing_id,
            **{name: str(listing.get(name) or "") for name in ("url", "title", "shop_id", "shop_name")},
        ),
        "price_cap_fen": task.campaign.price_cap_fen,
        "buyer": name_for(session, task.buyer_id, me),
        "sample": task.sample.number if task.sample else None,
    }


CAMPAIGNS = Collection("campaigns", KINDS["campaign"], CampaignTold, campaign_told)
TASKS = Collection("tasks", KINDS["task"], TaskTold, task_told)
campaigns = collection(CAMPAIGNS, about="What is to be bought where, the frame that it is drawn from, and the draw")
tasks = collection(TASKS, about="One drawn listing to be bought by one buyer")
DOORS = [campaigns, tasks]
