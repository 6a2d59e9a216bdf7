"""How far the campaigns of an agency are that are under way: confirmed findings against what is to be bought."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignStatus
from quality.lab.models import Finding, FindingStatus
from quality.pages.words import STATUSES, Status
from quality.people.actor import Actor
from quality.permissions import Can, Sees
from quality.purchases.models import Sample, Task

SHOWN = 5  # campaigns
COUNTED = 2_000  # tasks that are looked through; of a campaign that buys more, its status is shown


class Progress(NamedTuple):
    """`share` is the part of `to_buy` that is concluded, in whole percent; None before anything is bought."""

    title: str
    number: str
    address: str
    status: Status
    concluded: int
    to_buy: int
    share: int | None


def under_way(session: Session, me: Actor) -> list[Progress]:
    """Those in the field first, then the newest. In two statements, however many there are."""
    if me.sees is not Sees.AGENCY or not me.can(Can.CAMPAIGN_READ):
        return []
    ended = (CampaignStatus.CLOSED, CampaignStatus.CANCELLED)
    asked = sa.select(Campaign).where(Campaign.agency_id == me.organisation_id, Campaign.status.not_in(ended))
    in_the_field_first = sa.case((Campaign.status == CampaignStatus.IN_FIELD, 0), else_=1)
    campaigns = session.scalars(asked.order_by(in_the_field_first, Campaign.id.desc()).limit(SHOWN)).all()
    if not campaigns:
        return []
    counts = sa.union_all(*(sa.select(sa.literal(each.id), concluded(each.id)) for each in campaigns))
    found = {key: many for key, many in session.execute(counts)}
    return [progress(campaign, found[campaign.id]) for campaign in campaigns]


def concluded(campaign_id: int) -> sa.ScalarSelect[int]:
    tasks = sa.select(Task.id).where(Task.campaign_id == campaign_id).order_by(Task.id).limit(COUNTED).subquery()
    asked = sa.select(sa.func.count(Finding.id)).select_from(tasks).join(Sample, Sample.task_id == tasks.c.id)
    asked = asked.join(Finding, Finding.sample_id == Sample.id)
    return asked.where(Finding.status == FindingStatus.CONFIRMED).scalar_subquery()


def progress(campaign: Campaign, many: int) -> Progress:
    design = parse_design(campaign.design)
    to_buy = design.n or sum(design.fixed.values())
    is_counted = campaign.status == CampaignStatus.IN_FIELD and 0 < to_buy <= COUNTED
    return Progress(
        title=campaign.title,
        number=campaign.number,
        address=url_for("desk.dossier", kind="campaign", number=campaign.number),
        status=STATUSES["campaign"][campaign.status],
        concluded=many,
        to_buy=to_buy,
        share=min(100, many * 100 // to_buy) if is_counted else None,
    )
