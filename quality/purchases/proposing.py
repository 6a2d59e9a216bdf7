"""The proposals for a campaign's tasks, from what is recorded: a fixed number of statements, however many tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from quality.campaigns.models import Campaign, Drawn
from quality.clocks.days import day_of
from quality.core import clock
from quality.purchases.covers import CoverIdentity, CoverSecret
from quality.purchases.declines import Declined, declined_of
from quality.purchases.exposure import Use
from quality.purchases.models import Task, TaskStatus
from quality.purchases.profiles import BuyerThere, buyers_there
from quality.purchases.proposals import Candidate, Cover, Proposal, Wanted, propose
from quality.purchases.rules import Limits, limits_of
from quality.purchases.secrets import TaskSecret
from quality.purchases.shops import visits

AT_ONCE = 500  # tasks that are given out in one go; those behind them come up when these have their buyers


class Proposed(NamedTuple):
    tasks: Sequence[Task]  # without a buyer, the oldest first
    more: bool  # than these
    proposals: dict[int, Proposal]  # by the id of the task
    buyers: Sequence[BuyerThere]
    covers: dict[int, CoverIdentity]
    declined: dict[int, list[Declined]]
    limits: Limits


def proposed_for(session: Session, campaign: Campaign) -> Proposed:
    """For the campaign's own agency."""
    agency, limits = campaign.agency_id, limits_of(session, campaign.agency_id)
    waiting = (
        sa.select(Task)
        .join(Task.drawn)
        .where(Task.campaign_id == campaign.id, Task.status == TaskStatus.PLANNED)
        .options(contains_eager(Task.drawn).joinedload(Drawn.platform), joinedload(Task.campaign))
        .order_by(Task.id)
    )
    tasks = session.scalars(waiting.limit(AT_ONCE + 1)).all()
    more, tasks = len(tasks) > AT_ONCE, tasks[:AT_ONCE]
    buyers = buyers_there(session, agency)
    closed = visits(session, agency, limits.shop_again, buyers=[each.person.id for each in buyers])
    declined = declined_of(session, [task.id for task in tasks])
    covers = covers_in_use(session, agency)
    uses = uses_of_covers(session, agency, limits)
    proposals = propose(
        [
            Wanted(
                task.id,
                task.drawn.platform_id,
                task.shop_key,
                str(task.drawn.listing.get("region") or ""),
                frozenset(each.person_id for each in declined.get(task.id, ())),
            )
            for task in tasks
        ],
        [
            Candidate(
                each.person.id,
                each.under_way,
                each.per_week,
                each.left,
                tuple(each.regions),
                frozenset(shop for buyer, shop in closed if buyer == each.person.id),
            )
            for each in buyers
        ],
        [Cover(each.id, each.buyer_id, each.platform_id, uses.get(each.id, [])) for each in covers],
        limits,
        day_of(clock.now()),
    )
    return Proposed(
        tasks,
        more,
        {each.task: each for each in proposals},
        buyers,
        {each.id: each for each in covers},
        declined,
        limits,
    )


def covers_in_use(session: Session, agency_id: int) -> Sequence[CoverIdentity]:
    asked = (
        sa.select(CoverIdentity)
        .where(CoverIdentity.agency_id == agency_id, CoverIdentity.retired_at.is_(None))
        .options(joinedload(CoverIdentity.platform))
    )
    return session.scalars(asked.order_by(CoverIdentity.id)).all()


def uses_of_covers(
    session: Session, agency_id: int, limits: Limits, covers: Iterable[int] | None = None
) -> dict[int, list[Use]]:
    """By cover identity, the orders of the period in which one of its values was seen, whoever typed it there."""
    asked = (
        sa.select(CoverSecret.cover_id, CoverSecret.kind, Drawn.platform_id, Task.shop_key, Task.ordered_at)
        .join(CoverIdentity, CoverIdentity.id == CoverSecret.cover_id)
        .join(
            TaskSecret,
            sa.and_(TaskSecret.kind == CoverSecret.kind, TaskSecret.blind_index == CoverSecret.blind_index),
        )
        .join(Task, Task.id == TaskSecret.task_id)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .where(CoverIdentity.agency_id == agency_id, Task.agency_id == agency_id)
        .where(Task.ordered_at > clock.now() - timedelta(days=limits.cover_period + 1))
    )
    if covers is not None:
        asked = asked.where(CoverSecret.cover_id.in_(list(covers)))
    found: dict[int, list[Use]] = {}
    for cover, kind, platform, shop, ordered_at in session.execute(asked):
        assert ordered_at is not None, "asked for"
        found.setdefault(cover, []).append(Use(kind, platform, shop, day_of(ordered_at)))
    return found
