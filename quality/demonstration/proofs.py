"""What proves a sample in one file; and who looked at a buyer's identity meanwhile, with what stands out in it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.capsules.jobs import make_capsules
from quality.capsules.keys import key_for, renew
from quality.capsules.models import Capsule, Variant
from quality.capsules.operations import ask_for_capsule, take_away
from quality.core import clock
from quality.core.config import Settings
from quality.demonstration.days import moment
from quality.demonstration.people import AGENCY
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.people.looks import LookReason
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus
from quality.purchases.operations.identity import show_identity

FOR_THE_COURT = "当事人提起行政诉讼，法院调取该样品的全部证据。"
FOR_THE_SELLER = "应经营者申请，提供可公开的证据供其核对。"
LOOKS = (  # working days back, at which hour, at what, why
    (6, 10, TaskStatus.SHIPPED, LookReason.ORDER, "包裹三天没有新的物流信息，向平台客服核对订单。"),
    (4, 15, TaskStatus.SEALED, LookReason.PAYMENT, "核对垫付金额与付款截图。"),
    (3, 21, TaskStatus.ORDERED, LookReason.EXPOSURE, "店铺来电询问收货人用途，判断买样身份是否暴露。"),
    (2, 11, TaskStatus.UNOBTAINABLE, LookReason.INQUIRY, "审计抽查已终止任务的退款去向。"),
)


def story(stage: Stage) -> Story:
    """Who looked at whom; and a capsule of each kind, signed by the agency's own key."""
    for ago, hour, status, reason, why in LOOKS:
        yield moment(stage.almanac.working(-ago), hour, f"look {ago}")
        look(stage, status, reason, why)
    yield moment(stage.almanac.working(-1), 10, "capsules asked for")
    give_a_key(stage.session, stage.settings)
    ask(stage)
    yield moment(stage.almanac.working(-1), 11, "capsules taken away")
    for capsule in stage.session.scalars(sa.select(Capsule).order_by(Capsule.id)):
        take_away(stage.session, stage.vault, capsule, by=stage.coordinator).close()


def look(stage: Stage, status: TaskStatus, reason: LookReason, why: str) -> None:
    bought = sa.select(Task).where(Task.status == status, Task.ordered_at.is_not(None)).order_by(Task.id.desc())
    if task := stage.session.scalars(bought.limit(1)).one_or_none():
        show_identity(stage.session, task, by=stage.coordinator, cipher=stage.cipher, why=why, reason=reason)


def ask(stage: Stage) -> None:
    """Both variants of one sample whose case is over."""
    over = sa.select(Sample).where(Sample.status == SampleStatus.CLOSED, Sample.task_id.is_not(None))
    if sample := stage.session.scalars(over.order_by(Sample.id).limit(1)).one_or_none():
        for variant, why in ((Variant.WHOLE, FOR_THE_COURT), (Variant.OPEN, FOR_THE_SELLER)):
            ask_for_capsule(stage.session, sample, variant, why, by=stage.coordinator, settings=alone(stage.settings))
        stage.after("capsules")


def make(stage: Stage) -> None:
    make_capsules(stage.sessions, alone(stage.settings), clock.now())


def alone(settings: Settings) -> Settings:
    """Nobody outside is asked for a stamp of what is made up."""
    return replace(settings, timestamp_url=None)


def give_a_key(session: Session, settings: Settings) -> None:
    """One that lies there already is somebody's, and stays."""
    if not key_for(settings, AGENCY).is_own:
        renew(session, settings, AGENCY)
