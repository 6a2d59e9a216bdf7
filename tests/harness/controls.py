"""Controls that walked the real road: registered like a sample that was sent, sealed, sent, reported on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from quality.controls.models import Control, ControlUnit
from quality.controls.operations import ContentText, register, register_split, send, settle
from quality.lab.operations import ResultEntry
from quality.people.models import Organisation
from quality.purchases.models import Sample
from quality.purchases.operations import SealedPortion
from tests.harness.lab import BAD, enter, portion_to_test, sign, take_in
from tests.harness.people import Cast
from tests.harness.purchases import BY_COURIER
from tests.harness.workers import numbers

NUMBERS = numbers()
# of the campaign of tests/harness/campaigns.py: a magnet over 50 kG²mm², and lead well below 90 mg/kg
SPIKED = (
    ContentText("磁通量指数", assigned="380", sigma="4", uncertainty="1"),
    ContentText("可迁移元素：铅", assigned="8.4", sigma="0.2", uncertainty="0.05"),
)
CLEAN = (ContentText("磁通量指数", assigned="12", sigma="0.5"), ContentText("可迁移元素：铅", expected="conforming"))


def registered(
    session: Session, cast: Cast, like: Sample, contents: Sequence[ContentText] = SPIKED, **changed: Any
) -> Control:
    facts: dict[str, Any] = {"product_name": like.product_name, "material": "磁力棒，加标；云州标准物质中心 B-17"}
    return register(session, like.campaign, by=cast.coordinator, contents=contents, like=like, **(facts | changed))


def split(session: Session, cast: Cast, sample: Sample) -> Control:
    return register_split(session, sample, by=cast.coordinator, material="同一包裹的第二份检验样品")


def sent_unit(session: Session, cast: Cast, control: Control, laboratory: Organisation | None = None) -> ControlUnit:
    """Sealed as tests/harness/purchases.py seals what was bought."""
    number = next(NUMBERS)
    return send(
        session,
        control,
        laboratory or cast.laboratory,
        by=cast.coordinator,
        test=SealedPortion(f"YZ-8{number:05d}-A", "2 件"),
        backup=SealedPortion(f"YZ-8{number:05d}-B", "1 件"),
        way=BY_COURIER,
    )


def reported_unit(
    session: Session,
    cast: Cast,
    control: Control,
    results: Sequence[ResultEntry] = BAD,
    laboratory: Organisation | None = None,
) -> ControlUnit:
    unit = sent_unit(session, cast, control, laboratory)
    portion = portion_to_test(unit.sample)
    take_in(session, portion, cast)
    sign(session, enter(session, portion, cast, results), cast)
    return unit


def closed_unit(session: Session, cast: Cast, control: Control) -> ControlUnit:
    unit = reported_unit(session, cast, control)
    settle(session, unit, by=cast.coordinator)
    return unit
