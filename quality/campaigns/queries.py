"""Reads for campaigns. What was drawn is secret until closing: see `drawn_list`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus, CapRaise, Drawn
from quality.campaigns.workflow import ASKED, CLOSED, RAISED_IN
from quality.core import clock
from quality.core.errors import NotFound
from quality.core.events import Access, Event
from quality.people.actor import Actor, within
from quality.permissions import Can

ANNOUNCED = [CampaignStatus.FROZEN, CampaignStatus.DRAWN, CampaignStatus.IN_FIELD, CampaignStatus.CLOSED]


def visible_to(actor: Actor) -> sa.Select[Campaign]:
    campaigns = sa.select(Campaign).order_by(Campaign.id.desc())
    return campaigns.where(within(Campaign, actor) if actor.can(Can.CAMPAIGN_READ) else sa.false())


def one_visible(session: Session, actor: Actor, number: str) -> Campaign:
    campaign = session.scalars(visible_to(actor).where(Campaign.number == number)).one_or_none()
    if campaign is None:
        raise NotFound(number)
    return campaign


def announced(session: Session, number: str) -> Campaign:
    """A campaign that the public may read of: from freezing on."""
    known = sa.select(Campaign).where(Campaign.number == number, Campaign.status.in_(ANNOUNCED))
    campaign = session.scalars(known).one_or_none()
    if campaign is None:
        raise NotFound(number)
    return campaign


def newest_announced(session: Session, limit: int) -> list[Campaign]:
    """The campaigns that the public may read of, the last one frozen first."""
    return announced_after(session, None, limit)


def numbers_announced(session: Session, limit: int) -> list[str]:
    """The same, as their numbers."""
    known = sa.select(Campaign.number).where(Campaign.status.in_(ANNOUNCED), Campaign.frozen_at.is_not(None))
    return list(session.scalars(known.order_by(Campaign.frozen_at.desc(), Campaign.id.desc()).limit(limit)))


def announced_after(session: Session, after: tuple[datetime, int] | None, limit: int) -> list[Campaign]:
    """The same, behind the one that was frozen at this moment and has this id."""
    known = sa.select(Campaign).where(Campaign.status.in_(ANNOUNCED), Campaign.frozen_at.is_not(None))
    if after is not None:
        at, key = after
        known = known.where(sa.or_(Campaign.frozen_at < at, sa.and_(Campaign.frozen_at == at, Campaign.id < key)))
    return list(session.scalars(known.order_by(Campaign.frozen_at.desc(), Campaign.id.desc()).limit(limit)))


class LeftOut(NamedTuple):
    """The rows of the frame's file that are not in the frame, and where they are kept, if they are; and what was said
    of its categories."""

    rows: int
    file: str | None
    renamed: dict[str, str]
    unnamed: int  # rows whose category neither a plan nor a standard named then


def left_out(session: Session, campaign: Campaign) -> LeftOut:
    """Of the present frame, as its import was recorded."""
    imports = sa.select(Event.details).where(
        Event.subject_type == "campaign", Event.subject_id == campaign.id, Event.action == "set_frame"
    )
    told = session.scalars(imports.order_by(Event.seq.desc()).limit(1)).first() or {}
    renamed, unnamed = dict(told.get("renamed", {})), int(told.get("unnamed", 0))
    return LeftOut(int(told.get("refused", 0)), told.get("refused_file"), renamed, unnamed)


def drawn_list(session: Session, campaign: Campaign, actor: Actor) -> sa.Select[Drawn]:
    """What was drawn, for coordinators and reviewers of the own agency only, and each look is logged.

    Once the campaign is closed the list is public, and nothing is logged any more.
    """
    _look(session, campaign, actor, "drawn_list")
    return units_of(campaign)


def seed_of(session: Session, campaign: Campaign, actor: Actor) -> str | None:
    """The seed leads to the drawn list by frame and design: who may look at it is the same, and the look is logged."""
    if campaign.seed:
        _look(session, campaign, actor, "seed")
    return campaign.seed


def _look(session: Session, campaign: Campaign, actor: Actor, what: str) -> None:
    if campaign.status == CLOSED:
        return
    if not actor.can(Can.CAMPAIGN_READ) or not actor.stands_over(campaign):
        raise NotFound(campaign.number)
    session.add(
        Access(
            at=clock.now(),
            actor=actor.signature,
            organisation_id=actor.organisation_id,
            subject_type="campaign",
            subject_id=campaign.id,
            what=what,
        )
    )


def units_of(campaign: Campaign) -> sa.Select[Drawn]:
    """All drawn units by stratum, main before reserve, rank."""
    return sa.select(Drawn).where(Drawn.campaign_id == campaign.id).order_by(Drawn.stratum, Drawn.role, Drawn.rank)


def has_a_cap_for(person: int | None) -> sa.ColumnElement[bool]:
    """Campaigns that still buy, and of which a higher price cap waits for the word of this person, who did not ask."""
    waiting = sa.select(CapRaise.campaign_id).where(CapRaise.status == ASKED, CapRaise.asked_by_id != person)
    return sa.and_(Campaign.status.in_(RAISED_IN), Campaign.id.in_(waiting))
