"""Parcels on their way, as somebody wrote down where they are; and what went otherwise than it should."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from quality.core import clock
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.evidence.models import EvidenceKind
from quality.people.actor import Actor
from quality.purchases.alarms import Cause
from quality.purchases.deliveries import DeliveryState
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import give_back, note_delivery, refund, report_wrong_item, see_to_alarms
from quality.purchases.operations.following import Difference

WAYS = ((DeliveryState.IN_TRANSIT,), (DeliveryState.HANDED_OVER, DeliveryState.AT_PICKUP), (DeliveryState.DELIVERED,))
FORCED = "卖家未经申请自行退款，并在聊天中询问是否为监管部门购样。"
DIFFERENCE = "平台大促价保，自动退回差价。"
SEEN_TO = "已向买样员核实：差价为平台价保自动退回，卖家未察觉，样品照常送检。"
CAME = "收到的是另一型号的同类商品，标签型号与链接所列不符。"


def at_last(stage: Stage, moment: datetime) -> Story:
    """On the last day: what stands open is there for whoever looks at a first start."""
    yield moment
    follow(stage)
    alarm(stage)


def follow(stage: Stage) -> None:
    """Not all are looked up: some nobody has asked about yet."""
    session, now = stage.session, clock.now()
    sent = sa.select(Task).where(Task.status == TaskStatus.SHIPPED, Task.shipped_at < now - timedelta(minutes=10))
    for task, states in zip(session.scalars(sent.order_by(Task.id)).all(), WAYS, strict=False):
        for place, state in enumerate(states):
            at = now - timedelta(minutes=5 - place)
            note_delivery(session, task, state, at, by=who_bought(stage, task))


def alarm(stage: Stage) -> None:
    """One that waits, one that was seen to; and the wrong item, which went back as it may."""
    session, me = stage.session, stage.coordinator
    sealed = sa.select(Task).where(Task.status == TaskStatus.SEALED, Task.refunded_fen.is_(None))
    late, earlier = session.scalars(sealed.order_by(Task.id.desc()).limit(2)).all()
    paid = late.paid_fen or 0
    refund(session, late, refunded_fen=paid, cause=Cause.BY_SELLER, note=FORCED, by=who_bought(stage, late))
    part = (earlier.paid_fen or 0) // 10 or 1
    who = who_bought(stage, earlier)
    refund(session, earlier, refunded_fen=part, cause=Cause.BY_PLATFORM, note=DIFFERENCE, by=who)
    see_to_alarms(session, earlier, SEEN_TO, by=me)
    here = sa.select(Task).where(Task.status == TaskStatus.RECEIVED, Task.label_checked_at.is_(None))
    if wrong := session.scalars(here.order_by(Task.id.desc()).limit(1)).one_or_none():
        buyer = who_bought(stage, wrong)
        stage.show(wrong, EvidenceKind.MARKS, buyer, str(wrong.drawn.listing.get("title") or ""), "型号与链接不符")
        report_wrong_item(session, wrong, [Difference.MODEL], CAME, by=buyer)
        give_back(session, wrong, Cause.NOT_AS_ORDERED, note="错发商品，按卖家要求寄回。", by=buyer)


def who_bought(stage: Stage, task: Task) -> Actor:
    return next(buyer for name in ("buyer", "buyer2") if (buyer := stage.who(name)).id == task.buyer_id)
