"""Who buys how much and as whom; and on the last day the limits of the agency, and a task that its buyer declined."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from quality.demonstration.days import spread
from quality.demonstration.people import PLATFORMS, organisation
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.purchases.covers import CoverIdentity
from quality.purchases.declines import Declining
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import decline
from quality.purchases.operations.covers import NewCover, add_covers
from quality.purchases.profiles import one_buyer, set_profile
from quality.purchases.rules import NO_LIMITS, set_rules

A_WEEK = {"buyer": 12, "buyer2": 8}
# two buyers bought at a few dozen shops for months: the limits hold from the day on which somebody set them
LIMITS = {"shop_again": 3, "cover_period": 60, "cover_on_platform": 12, "cover_in_shop": 3}
OFTEN, SELDOM = 3, 9  # one order in so many is made as the first cover identity of its platform, or as the second
COVERS = (
    ("mm_310027", "江晚吟", "云州市东湖区望湖街12号", "13900002101"),
    ("mm_310455", "孟知远", "云州市西陵区松风路88号", "13900002102"),
    ("mm_310762", "简宁", "云州市东湖区书院巷31号", "13900002103"),
    ("mm_311208", "纪明舒", "云州市西陵区梧桐街7号", "13900002104"),
    ("mm_311590", "温如瑾", "云州市东湖区湖滨路203号", "13900002105"),
    ("mm_311944", "沈知白", "云州市西陵区观山路56号", "13900002106"),
)


def furnish(stage: Stage) -> None:
    """On the first day."""
    session, me = stage.session, stage.coordinator
    set_rules(session, NO_LIMITS._asdict(), edition=0, by=me)
    for address, per_week in A_WEEK.items():
        buyer = one_buyer(session, me, stage.who(address).id or 0)
        set_profile(session, buyer, per_week=per_week, regions=[], version=0, by=me)
    rows = [NewCover(*says, platform=PLATFORMS[place // 2]) for place, says in enumerate(COVERS)]
    add_covers(session, rows, by=me, cipher=stage.cipher)


def cover_for(stage: Stage, number: str, platform: str) -> CoverIdentity | None:
    """As whom the task of that number is bought; None: as somebody of whom nothing is registered."""
    turn = spread(f"{number}, cover", SELDOM)
    place = 0 if turn % OFTEN == 0 else 1 if turn == 1 else None
    if place is None:
        return None
    there = CoverIdentity.platform_id == organisation(stage.session, platform).id
    return stage.session.scalars(sa.select(CoverIdentity).where(there).order_by(CoverIdentity.id)).all()[place]


def at_last(stage: Stage, moment: datetime) -> Story:
    """When everything else has happened."""
    yield moment
    session, buyer = stage.session, stage.who("buyer2")
    theirs = Task.status == TaskStatus.ASSIGNED, Task.buyer_id == buyer.id
    if task := session.scalars(sa.select(Task).where(*theirs).order_by(Task.id.desc()).limit(1)).one_or_none():
        note = "该平台要求实名认证后才能下单，我的账号没有认证。"
        decline(session, task, Declining.NO_ACCOUNT, by=buyer, note=note)
    set_rules(session, LIMITS, edition=1, by=stage.coordinator)
