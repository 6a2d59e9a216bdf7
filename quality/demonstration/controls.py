"""Control samples of the demonstration: two materials of known content that went out among clothes, and a split sample.

The first laboratory does well, the second misses and leans upwards, the third has had too few for a rate.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from quality.campaigns.models import Campaign, CampaignStatus
from quality.controls import operations as controls
from quality.controls.models import Control, ControlUnit
from quality.controls.operations import ContentText
from quality.core import clock
from quality.demonstration.days import moment
from quality.demonstration.measures import ACIDITY, CORDS, FASTNESS, FORMALDEHYDE, TOPS
from quality.demonstration.people import LABORATORY, SECOND_LABORATORY, THIRD_LABORATORY, organisation
from quality.demonstration.plans import CLOTHES, PLANS
from quality.demonstration.stage import Stage
from quality.demonstration.store import roll
from quality.demonstration.testing import as_it_came
from quality.demonstration.timeline import Story
from quality.evidence.models import EvidenceKind as K
from quality.lab import operations as lab
from quality.lab.entries import ResultEntry
from quality.lab.models import Report, ReportStatus
from quality.permissions import Role
from quality.purchases.models import PortionKind, Sample, SampleStatus, Task
from quality.purchases.operations import SealedPortion, Seen, Way

SPIKED_IS = "棉质针织上衣，均匀加标甲醛；云州市标准物质中心，证书 YZBW-2026-017"
CLEAN_IS = "棉质针织上衣，均匀性检验合格；云州市标准物质中心，证书 YZBW-2026-018"
MIXED_IS = "涤纶上衣，加标甲醛；本局留样室自制"
MIXED = "均匀性检验不合格，同一批内相差超过三成"
SPLIT_IS = "同一包裹的第二份检验样品，由承办人当面分样封存"
SPIKED = (
    ContentText(FORMALDEHYDE, assigned="118", sigma="9", uncertainty="1.8"),
    ContentText(ACIDITY, assigned="7.0", sigma="0.15"),
    ContentText(FASTNESS, expected="conforming"),
    ContentText(CORDS, expected="conforming"),
)
CLEAN = (
    ContentText(FORMALDEHYDE, assigned="31", sigma="4", uncertainty="0.9"),
    ContentText(ACIDITY, assigned="6.8", sigma="0.15"),
    ContentText(FASTNESS, expected="conforming"),
    ContentText(CORDS, expected="conforming"),
)
FIRST, SPLIT = -38, -8  # working days from the campaign's today: of the first round, and of the split sample


class Sent(NamedTuple):
    """One portion: of which material, to whom, and what the laboratory will find."""

    laboratory: str
    is_spiked: bool
    formaldehyde: str
    uncertainty: str
    acidity: str


Y, L, N = LABORATORY, SECOND_LABORATORY, THIRD_LABORATORY
# fmt: off
ROUNDS = [  # a round a week
    [Sent(Y, True, "115", "9", "7.1"), Sent(L, True, "131", "12", "7.2"), Sent(N, False, "未检出", "", "6.7")],
    [Sent(Y, False, "33", "4", "6.8"), Sent(L, False, "38", "5", "6.9"), Sent(Y, True, "121", "9", "6.9")],
    [Sent(L, True, "139", "12", "7.0"), Sent(Y, False, "29", "4", "6.9"), Sent(Y, True, "118", "9", "7.0")],
    [Sent(L, True, "72", "8", "7.3"), Sent(Y, False, "31", "4", "6.7"), Sent(L, False, "43", "5", "7.0")],
    [Sent(Y, True, "108", "9", "7.0"), Sent(L, True, "142", "12", "7.1"), Sent(N, True, "112", "10", "7.0")],
    [Sent(Y, True, "124", "9", "7.1"), Sent(L, True, "128", "12", "7.2"), Sent(Y, False, "35", "4", "6.8")],
]
# fmt: on


def story(stage: Stage) -> Story:
    """Each round: sealed and sent on one day, taken in on the next, tested in the week, the books closed a week on."""
    base = stage.base[CLOTHES]
    yield moment(stage.almanac.working(base + FIRST), 9, "controls, registered")
    spiked, clean, mixed = registered(stage)
    controls.withdraw(stage.session, mixed, MIXED, by=stage.coordinator)
    for place, sent in enumerate(ROUNDS):
        day = base + FIRST + 5 * place
        yield moment(stage.almanac.working(day), 10, f"controls {place}, sent")
        units = [send(stage, spiked if each.is_spiked else clean, each.laboratory).id for each in sent]
        for after, hour, deed in ((1, 11, take_in), (3, 15, enter), (4, 16, authorise)):
            yield moment(stage.almanac.working(day + after), hour, f"controls {place}, {after}")
            for key, each in zip(units, sent, strict=True):
                deed(stage, key, each)
        if place + 1 < len(ROUNDS):  # the last waits for the coordinator
            yield moment(stage.almanac.working(day + 5), 9, f"controls {place}, settled")
            for key in units:
                controls.settle(stage.session, stage.session.get_one(ControlUnit, key), by=stage.coordinator)
    yield from split(stage, base + SPLIT)


def registered(stage: Stage) -> list[Control]:
    category = next(plan.category for plan in PLANS if plan.key == CLOTHES)
    asked = sa.select(Campaign).where(Campaign.category == category, Campaign.status == CampaignStatus.IN_FIELD)
    campaign = stage.session.scalars(asked.order_by(Campaign.id)).first()
    assert campaign is not None, "it is in the field by then"
    return [
        controls.register(
            stage.session, campaign, by=stage.coordinator, product_name=TOPS, material=material, contents=contents
        )
        for material, contents in ((SPIKED_IS, SPIKED), (CLEAN_IS, CLEAN), (MIXED_IS, SPIKED))
    ]


def send(stage: Stage, control: Control, laboratory: str) -> ControlUnit:
    place = f"{control.number[-4:]}{len(control.units) + 1:02}"
    turn = 20 * int(control.number[-4:]) + len(
        control.units
    )  # seals from the roll's other end: what is bought has those
    test, backup = roll()[-2 * turn - 2 :][:2]
    return controls.send(
        stage.session,
        control,
        organisation(stage.session, laboratory),
        by=stage.coordinator,
        test=SealedPortion(test, "2 件"),
        backup=SealedPortion(backup, "1 件"),
        way=Way("courier:顺达快递", f"SD39{place}"),
        seen=Seen([stage.proof(K.HAND_OVER, stage.coordinator, test, category=control.campaign.category)]),
    )


def take_in(stage: Stage, key: int, _sent: Sent) -> None:
    portion = stage.session.get_one(ControlUnit, key).sample.portion(PortionKind.TEST)
    by = stage.at(portion.laboratory, Role.ANALYST)
    lab.receive(
        stage.session,
        portion,
        by=by,
        seal_no=portion.seal_no,
        seal_intact=True,
        condition="外箱无压痕，封条完好",
        received_at=clock.now(),
        seen=as_it_came(stage, portion, by),
    )


def enter(stage: Stage, key: int, sent: Sent) -> None:
    is_number = sent.formaldehyde[0].isdigit()
    found = ResultEntry(FORMALDEHYDE, sent.formaldehyde, "mg/kg", sent.uncertainty, lod="" if is_number else "20")
    results = [found, ResultEntry(ACIDITY, sent.acidity), ResultEntry(FASTNESS, "4", "级"), ResultEntry(CORDS, "符合")]
    report(stage, stage.session.get_one(ControlUnit, key).sample, results)


def report(stage: Stage, sample: Sample, results: list[ResultEntry]) -> None:
    portion = sample.portion(PortionKind.TEST)
    by = stage.at(portion.laboratory, Role.ANALYST)
    assert by.person is not None, "people work in laboratories"
    assert by.organisation is not None, "people work in laboratories"
    lab.enter_report(
        stage.session,
        by=by,
        blind_no=portion.blind_no,
        report_no=f"{by.organisation.code}{clock.now():%Y}-{sample.id:05}",
        analyst=by.person.email,
        results=results,
    )


def authorise(stage: Stage, key: int, _sent: Sent) -> None:
    portion = stage.session.get_one(ControlUnit, key).sample.portion(PortionKind.TEST)
    asked = sa.select(Report).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    waiting = stage.session.scalars(asked).one()
    lab.authorise(stage.session, waiting, by=stage.at(portion.laboratory, Role.SIGNATORY))


def split(stage: Stage, day: int) -> Story:
    """More of one of the bought clothes that the first laboratory found formaldehyde in goes to the second."""
    yield moment(stage.almanac.working(day), 14, "split, sent")
    first = organisation(stage.session, Y)
    asked = (
        sa.select(Sample)
        .join(Sample.task)
        .join(Task.campaign)
        .join(Report, Report.sample_id == Sample.id)
        .where(
            Campaign.status == CampaignStatus.IN_FIELD,
            Sample.laboratory_id == first.id,
            Report.status == ReportStatus.AUTHORISED,
            Sample.status.in_([SampleStatus.REPORTED, SampleStatus.CONCLUDED, SampleStatus.CLOSED]),
        )
    )
    found = stage.session.scalars(asked.order_by(Sample.id)).unique()
    sample = next((each for each in found if formaldehyde_in(stage, each)), None)
    if sample is None:  # a short history
        return
    control = controls.register_split(stage.session, sample, by=stage.coordinator, material=SPLIT_IS)
    key = send(stage, control, L).id
    again = Sent(L, True, str(round(formaldehyde_in(stage, sample) * Decimal("0.94"), 1)), "8", "7.0")
    for after, hour, deed in ((1, 11, take_in), (3, 15, enter), (4, 16, authorise)):
        yield moment(stage.almanac.working(day + after), hour, f"split, {after}")
        deed(stage, key, again)


def formaldehyde_in(stage: Stage, sample: Sample) -> Decimal:
    """As the first laboratory measured it, in mg/kg; 0 where it found none."""
    asked = sa.select(Report).where(Report.sample_id == sample.id, Report.status == ReportStatus.AUTHORISED)
    found = [each for one in stage.session.scalars(asked) for each in one.results if each.item == FORMALDEHYDE]
    return next((Decimal(each.value) for each in found if each.value[0].isdigit()), Decimal(0))
