"""Tasks and samples that walked the real road: planned, bought, sealed, dispatched.

Folders and keys are those of the program in whose context the test stands, so that pages see the same files.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.evidence.models import EvidenceKind, Holding
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import Vault, vault_from
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.checklists import Step, usual
from quality.purchases.models import Sample, Task, TaskStatus
from quality.purchases.operations import (
    ProductFacts,
    SealedPortion,
    Way,
    assign,
    check_label,
    dispatch,
    open_field,
    order,
    receive,
    refund,
    seal,
    ship,
)
from tests.evidence.files import little_picture
from tests.harness.campaigns import DESIGN, campaign_at
from tests.harness.people import Cast
from tests.harness.workers import numbers

NUMBERS = numbers()
BY_COURIER = Way("courier:顺达快递", "SD-7")
ORDERED, SEALED = (
    [need.kind for need in usual() if need.step is step and need.least] for step in (Step.ORDER, Step.SEAL)
)
FACTS = ProductFacts(
    product_name="磁力棒",
    spec="64件装",
    brand="小满",
    model="CL-64",
    barcode="9521234567899",
    batch="20260801",
    producer_name="云州市童乐玩具厂",
    producer_address="云州市东湖区工业路8号",
)
# What a purchase is written down with. A test may look for any of it where it must not stand.
PURCHASE: dict[str, Any] = {
    "account": "tangli-user-7788",
    "recipient": "丁香玉",
    "address": "云州市柳荫巷六号院三单元",
    "telephone": "199-0000-7788",
    "paid_fen": 3990,
    "quantity": 2,
}


def settings() -> Settings:
    told: Settings = current_app.config["SETTINGS"]
    return told


def vault() -> Vault:
    return vault_from(settings().evidence_url)


def cipher() -> Cipher:
    return Cipher(settings().identity_keys, settings().identity_index_key)


def picture(session: Session, by: Actor, kind: EvidenceKind = EvidenceKind.OTHER) -> Holding:
    """A file that no other test has, held by the actor's organisation."""
    return take_in(session, vault(), little_picture(next(NUMBERS)), kind=kind, by=by)


def prove(session: Session, case: Any, *kinds: EvidenceKind, by: Actor) -> None:
    """Attach a picture of each kind to the case."""
    for kind in kinds:
        attach(session, case, picture(session, by, kind).sha256, kind, by=by)


def open_campaign(session: Session, cast: Cast, **changed: Any) -> tuple[Campaign, list[Task]]:
    """A campaign in the field, with its tasks."""
    campaign = campaign_at(session, cast, CampaignStatus.DRAWN, settings().frames_folder, **changed)
    return campaign, open_field(session, campaign, by=cast.coordinator)


def plan_many(session: Session, cast: Cast, many: int) -> None:
    """One campaign in the field with so many tasks and more, for a road that takes more than one in four's worth."""
    per_platform = many // 2 + DESIGN["reserve"]
    design = DESIGN | {"allocation": {"method": "equal", "n": many}}
    session.info["planned"] = open_campaign(session, cast, per_platform=per_platform, design=design)[1]


def planned_task(session: Session, cast: Cast) -> Task:
    """A task of the one campaign of this session; the next one at each call, as long as there are any."""
    waiting: list[Task] = session.info.setdefault("planned", [])
    while waiting:
        task = waiting.pop(0)
        if sa.inspect(task).persistent:  # a rollback may have taken it away
            return task
    waiting.extend(open_campaign(session, cast)[1])
    return waiting.pop(0)


def task_at(session: Session, cast: Cast, status: TaskStatus) -> Task:
    """A task in `status`, on the way from planned to received."""
    task = planned_task(session, cast)
    steps = {
        TaskStatus.PLANNED: lambda: None,
        TaskStatus.ASSIGNED: lambda: assign(session, task, buyer_of(cast), by=cast.coordinator),
        TaskStatus.ORDERED: lambda: buy(session, task, cast),
        TaskStatus.SHIPPED: lambda: ship(
            session, task, by=cast.buyer, cipher=cipher(), delivery_number=f"SF{next(NUMBERS):012d}"
        ),
        TaskStatus.RECEIVED: lambda: receive(session, task, by=cast.buyer, received_at=clock.now()),
    }
    for reached, step in steps.items():
        step()
        if reached == status:
            return task
    raise ValueError(status)


def buyer_of(cast: Cast) -> Any:
    assert cast.buyer.person
    return cast.buyer.person


def buy(session: Session, task: Task, cast: Cast, **changed: Any) -> None:
    """The order, with its screenshots, paid this moment."""
    prove(session, task, *ORDERED, by=cast.buyer)
    facts = PURCHASE | {"order_number": f"TL{next(NUMBERS):010d}", "paid_at": clock.now()} | changed
    order(session, task, by=cast.buyer, cipher=cipher(), **facts)


def received_task(session: Session, cast: Cast) -> Task:
    return task_at(session, cast, TaskStatus.RECEIVED)


def alarmed_task(session: Session, cast: Cast) -> Task:
    """Its seller gave the money back, and nobody has seen to it yet."""
    task = task_at(session, cast, TaskStatus.ORDERED)
    refund(session, task, refunded_fen=3_990, cause="by_seller", note="卖家自行退款", by=cast.buyer)
    return task


def ready_to_seal(session: Session, cast: Cast) -> Task:
    """Received, its label checked without a problem, and photographed."""
    task = received_task(session, cast)
    check_label(session, task, [], by=cast.buyer)
    prove(session, task, *SEALED, by=cast.buyer)
    return task


def sealed_sample(session: Session, cast: Cast, facts: ProductFacts = FACTS) -> Sample:
    number = next(NUMBERS)
    return seal(
        session,
        ready_to_seal(session, cast),
        by=cast.buyer,
        facts=facts,
        test=SealedPortion(f"YZ-{number:06d}-A", "2 件"),
        backup=SealedPortion(f"YZ-{number:06d}-B", "1 件"),
    )


def dispatched_sample(
    session: Session, cast: Cast, laboratory: Organisation | None = None, facts: ProductFacts = FACTS
) -> Sample:
    """The test portion on its way to the laboratory, the backup portion in the store."""
    sample = sealed_sample(session, cast, facts)
    dispatch(session, sample, laboratory or cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    return sample
