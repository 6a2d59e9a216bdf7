"""What a campaign's announcement says (抽查公告): counts, and every result in force as its public copy has it.

Counts only, never a rate: a rate needs its interval and whether it may speak for the whole, which is for statistics.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.clocks.days import day_of
from quality.core.events import Event
from quality.lab.models import Verdict
from quality.publication.models import Entry, Result
from quality.purchases.models import Task, TaskStatus

FAILED = {"fail", "conditional_fail"}


def announcement(session: Session, campaign: Campaign) -> dict[str, Any]:
    of = sa.select(Result.number, Result.copy).join(Entry, Entry.result_id == Result.id)
    found = session.execute(of.where(Entry.campaign == campaign.number).order_by(Result.number)).all()
    lines = [line_of(number, copy) for number, copy in found]
    bad = [line for line in lines if line["verdict"] == Verdict.NONCONFORMING]
    return {
        "title": campaign.title,
        "category": campaign.category,
        "kind": campaign.kind,
        "basis": campaign.basis,
        "starts_on": campaign.starts_on,
        "ends_on": min(campaign.ends_on, closed_on(session, campaign)),
        "bought": bought(session, campaign),
        "tested": len(lines),
        "nonconforming": bad,
        "conforming": [line for line in lines if line["verdict"] != Verdict.NONCONFORMING],
    }


def closed_on(session: Session, campaign: Campaign) -> date:
    """The day in Beijing on which it was closed, which may come before the planned one."""
    closing = sa.select(Event.at).where(Event.subject_type == Campaign.__tablename__, Event.subject_id == campaign.id)
    return day_of(session.scalars(closing.where(Event.new_status == CampaignStatus.CLOSED).limit(1)).one())


def bought(session: Session, campaign: Campaign) -> int:
    """Goods that were bought and arrived: sealed, or handed over untested."""
    arrived = (TaskStatus.SEALED, TaskStatus.TRANSFERRED_UNTESTED)
    of = sa.select(sa.func.count(Task.id)).where(Task.campaign_id == campaign.id, Task.status.in_(arrived))
    return session.scalars(of).one()


def line_of(number: str, copy: dict[str, Any]) -> dict[str, Any]:
    """One result: of a nonconforming one also what failed, against which limit, by whose test."""
    line = {
        "number": number,
        "verdict": copy["verdict"],
        "product": copy["product"],
        "producer": copy["producer"]["name"],
        "shop": copy["seller"]["shop"],
        "platform": copy["platform"]["name"],
        "producer_denies": copy["producer_denies"],
    }
    if copy["verdict"] != Verdict.NONCONFORMING:
        return line
    return line | {
        "laboratory": copy["laboratory"],
        "failed": [
            {name: item.get(name) for name in ("item", "value", "unit", "limit", "laboratory", "outside_accreditation")}
            for item in copy["items"]
            if item["verdict"] in FAILED
        ],
    }
