"""Keeps what was sampled: a unit is noted once it is drawn, again once it is sealed, and goes if it is not bought.

Derived from draw, task and sample, so that nothing is ever forgotten, whoever did it and by which road.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.campaigns.models import Campaign, CampaignStatus, Drawn
from quality.campaigns.sampling import DrawRole
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import insert_into
from quality.likeness.matching import folded, keys_of
from quality.purchases.models import Sample, Task, TaskStatus
from quality.targeting.coordination.models import Sampled
from quality.targeting.coordination.rules import every_rule

AT_ONCE = 500
NOT_BOUGHT = (TaskStatus.UNOBTAINABLE, TaskStatus.TRANSFERRED_UNTESTED, TaskStatus.CANCELLED)
STANDARD = ("standard", "执行标准")  # columns of a source's own that may say to which standard it is made
KEYS = ("barcode", "brand", "model", "producer", "shop_code", "shop_id")


def note_what_was_sampled(sessions: sessionmaker[Session]) -> int:
    """How many units were noted or forgotten."""
    noted = 0
    while True:
        with sessions.begin() as session:
            some = note_some(session)
        noted += some
        if some < AT_ONCE:
            return noted


def catch_up(session: Session) -> None:
    """For whoever is about to compare: in their own transaction."""
    while note_some(session) == AT_ONCE:
        pass


def note_some(session: Session) -> int:
    """The oldest that are not as they should be. Of two that note the same at once, both write the same."""
    is_wanted = sa.or_(Drawn.role == DrawRole.MAIN, Drawn.replaces_id.is_not(None))
    is_bought = is_wanted & sa.or_(Task.id.is_(None), Task.status.not_in(NOT_BOUGHT))
    is_sealed = Task.status == TaskStatus.SEALED
    wrong = sa.or_(
        is_bought & Sampled.id.is_(None),
        is_bought & is_sealed & Sampled.is_sealed.is_(False),
        sa.not_(is_bought) & Sampled.id.is_not(None),
    )
    asked = (
        sa.select(Drawn, Task, Sample, Sampled.id)
        .join(Campaign, Campaign.id == Drawn.campaign_id)
        .outerjoin(Task, Task.drawn_id == Drawn.id)
        .outerjoin(Sample, Sample.task_id == Task.id)
        .outerjoin(Sampled, Sampled.drawn_id == Drawn.id)
        .where(Campaign.id.in_(under_way(clock.now())), wrong)
        .options(joinedload(Drawn.campaign))
        .order_by(Drawn.id)
        .limit(AT_ONCE)
    )
    rows = session.execute(asked).all()
    gone = [key for _drawn, task, _sample, key in rows if key and task and task.status in NOT_BOUGHT]
    bought = (row for row in rows if row[1] is None or row[1].status not in NOT_BOUGHT)
    kept = [noted(drawn, task, sample) for drawn, task, sample, _key in bought]
    if gone:
        session.execute(sa.delete(Sampled).where(Sampled.id.in_(gone)))
    if kept:
        new = insert_into(session, Sampled)
        changed = {name: new.excluded[name] for name in kept[0] if name != "drawn_id"}
        session.execute(new.on_conflict_do_update(index_elements=["drawn_id"], set_=changed), kept)
    return len(rows)


def under_way(now: datetime) -> sa.Select[int]:
    """Campaigns whose units may have moved: those that are being bought, and closed ones not finished here."""
    longest = max(rule.months for rule in every_rule())
    of_it = sa.select(Sampled.id).where(Sampled.campaign_id == Campaign.id)
    unfinished = sa.or_(~of_it.exists(), of_it.where(Sampled.is_sealed.is_(False)).exists())
    lately = Campaign.drawn_at > now - timedelta(days=31 * longest + 366)  # a campaign goes on after its draw
    return sa.select(Campaign.id).where(
        sa.or_(
            Campaign.status.in_([CampaignStatus.DRAWN, CampaignStatus.IN_FIELD]),
            (Campaign.status == CampaignStatus.CLOSED) & lately & unfinished,
        )
    )


def noted(drawn: Drawn, task: Task | None, sample: Sample | None) -> dict[str, Any]:
    """What its label says, and where that says nothing, what the listing did."""
    is_sealed = task is not None and task.status == TaskStatus.SEALED
    said = dict(drawn.listing)
    drawn_at = drawn.campaign.drawn_at
    assert drawn_at is not None, "who has drawn units was drawn"
    at = drawn_at
    if sample is not None:
        label = {name: getattr(sample, name) for name in ("barcode", "brand", "model", "producer_name")}
        said |= {name: text for name, text in label.items() if text}
        at = sample.sealed_at
    keys = keys_of(said, drawn.platform_id)
    return {
        "drawn_id": drawn.id,
        "campaign_id": drawn.campaign_id,
        "agency_id": drawn.campaign.agency_id,
        "sampled_on": day_of(at),
        "is_sealed": is_sealed,
        "platform_id": drawn.platform_id,
        "listing_id": drawn.listing_id,
        **{name: getattr(keys, name) for name in KEYS},
        "standard": standard_of(said),
        "noted_at": clock.now(),
    }


def standard_of(said: dict[str, Any], columns: Sequence[str] = STANDARD) -> str:
    return next((folded(said[column]) for column in columns if said.get(column)), "")
