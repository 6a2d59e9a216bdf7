"""Control samples and how laboratories did on them, for programs of an agency's coordinators."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Whole, collection
from quality.api.custody import NoPhoto, Photos
from quality.api.door import takes, told
from quality.api.idempotency import once
from quality.api.moves import add_moves, add_part_moves, add_sheet, laboratory_called
from quality.api.reading import sent
from quality.api.samples import AccreditedTold, HandOverTold, accreditation_told
from quality.api.shapes import (
    Celsius,
    Changed,
    Line,
    Moment,
    Organisation,
    Page,
    Paragraph,
    Sent,
    Told,
    Version,
    Words,
    organisation,
    tenths,
)
from quality.campaigns.models import Campaign
from quality.campaigns.queries import one_visible as one_visible_campaign
from quality.controls import operations
from quality.controls.models import Control, ControlUnit
from quality.controls.operations import ContentText
from quality.controls.queries import laboratories
from quality.controls.scoring import Difference
from quality.controls.standing import Outcome, Pair, Scored, Standing, about, standings
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.figures.rates import Rate
from quality.lab.models import ReportStatus
from quality.objections.queries import reversals
from quality.pages.kinds import KINDS
from quality.pages.kinds.control import control_custody
from quality.people.access import me, needs
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import PortionKind
from quality.purchases.operations import SealedPortion, Seen, Way
from quality.purchases.queries import one_visible_sample

MOST_ITEMS = 500
NONE = Rate(0, 0)


class ContentTold(Told):
    """One test item that it is sent for, and what is known of it. Numbers are text, to the digit as given."""

    item: str
    limit: str
    expected: str | None = Field(description="`conforming` or `nonconforming`; null: nobody knows")
    assigned: str | None = Field(description="The assigned value, in `unit`")
    unit: str
    sigma: str | None = Field(description="Standard deviation for the assessment")
    uncertainty: str | None = Field(description="Standard uncertainty of the assigned value")


class ScoreTold(Told):
    item: str
    value: str = Field(description="As the laboratory wrote it")
    unit: str
    verdict: str
    right: bool | None = Field(description="Judged as it is; null: not known, or undecided")
    z: str | None = Field(description="(x − X) ÷ σ; or z′, see `prime`")
    prime: bool = Field(description="z′: the assigned value's own uncertainty was counted (ISO 13528, 9.5)")
    zeta: str | None = Field(description="By both standard uncertainties (ISO 13528, 9.6)")
    grade: str | None = Field(description="`satisfactory`, `questionable`, `unsatisfactory`")
    why: Words | None = Field(description="Why there is no score")


class ControlPortion(Told):
    number: str
    id: int = Field(description="By which its books are closed")
    laboratory: Organisation | None
    blind_no: str
    status: str
    report: str | None
    scores: list[ScoreTold]
    accreditation: list[AccreditedTold] = Field(description="Of a report that waits for its signature")


class DifferenceTold(Told):
    item: str
    first: str
    second: str
    unit: str
    difference: str | None
    en: str | None = Field(description="Difference ÷ combined expanded uncertainty (ISO 13528, 9.7)")
    agrees: bool | None
    why: Words | None


class ComparisonTold(Told):
    first: Organisation
    second: Organisation
    items: list[DifferenceTold]


class ControlTold(Whole):
    kind: str = Field(description="`known`, or `split`: more of a sample that was bought, for another laboratory")
    campaign: str
    split_of: str | None = Field(description="The sample")
    product_name: str
    material: str
    made_at: Moment
    contents: list[ContentTold]
    portions: list[ControlPortion]
    custody: list[HandOverTold] = Field(description="Of all its portions, test and backup")
    comparisons: list[ComparisonTold]


class ContentSent(Sent):
    item: Line
    expected: Literal["", "conforming", "nonconforming"] = Field("", description="Left out: as the value says")
    assigned: Line = Field("", description="A plain number, as text")
    unit: Line = Field("", description="Left out: that of the limit")
    sigma: Line = ""
    uncertainty: Line = ""


class ControlSent(Sent):
    sample: Line = Field("", description="It imitates this one: campaign, product and items are its own")
    campaign: Line = Field("", description="Or in whose flow it goes")
    product_name: Line = Field("", description="And as what")
    material: Paragraph = Field(description="What it is, and who vouches for its content")
    contents: list[ContentSent] = Field(max_length=MOST_ITEMS)


class SplitSent(Sent):
    sample: Line = Field(description="It was sent to a first laboratory already")
    material: Paragraph = Field(description="What goes to the second")


class PortionSent(Sent):
    version: Version
    laboratory: Line = Field(description="Its code")
    test_seal_no: Line
    test_quantity: Line = Field(description="The laboratory reads it")
    backup_seal_no: Line
    backup_quantity: Line
    courier: Line
    parcel_no: Line = Field(description="The courier's; with the arrival it confirms that side")
    place: Line = ""
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class NamesAPortion(Sent):
    version: Version
    portion: int = Field(ge=1, le=2**31 - 1, description="Its `id`")


class RateTold(Told):
    hits: int
    of: int
    rate: str | None = Field(description="Null with fewer than five")
    low: str | None = Field(description="Of the 95 % interval, by Wilson")
    high: str | None


class LaboratoryFigures(Told):
    laboratory: Organisation
    sent: int
    reported: int
    undecided: int = Field(description="Of no rate")
    detection: RateTold = Field(description="Nonconforming controls judged so")
    false_alarms: RateTold = Field(description="Conforming controls judged nonconforming")
    reversals: RateTold = Field(description="Findings that fell at re-inspection")
    agreement: RateTold = Field(description="Items that agree with another laboratory's")
    grades: dict[str, int] = Field(description="How many scores are of which grade")


def control_told(session: Session, control: Control, me: Actor) -> dict[str, Any]:
    outcomes, pairs = about(session, control.units)
    of = {outcome.unit.id: outcome for outcome in outcomes}
    return {
        "kind": control.kind,
        "campaign": control.campaign.number,
        "split_of": control.split_of.number if control.split_of else None,
        "product_name": control.product_name,
        "material": control.material,
        "made_at": control.made_at,
        "contents": [
            ContentTold(
                item=each.item.item,
                limit=each.item.limit,
                expected=each.expected,
                assigned=each.assigned,
                unit=each.unit,
                sigma=each.sigma,
                uncertainty=each.uncertainty,
            )
            for each in control.contents
        ],
        "portions": [portion_told(session, unit, of.get(unit.id)) for unit in control.units],
        "custody": [
            HandOverTold.model_validate(step, from_attributes=True) for step in control_custody(session, control, me)
        ],
        "comparisons": [comparison_told(pair) for pair in pairs],
    }


def portion_told(session: Session, unit: ControlUnit, outcome: Outcome | None) -> ControlPortion:
    sample = unit.sample
    return ControlPortion(
        number=sample.number,
        id=unit.id,
        laboratory=organisation(sample.laboratory) if sample.laboratory else None,
        blind_no=sample.portion(PortionKind.TEST).blind_no,
        status=sample.status,
        report=outcome.report.report_no if outcome else None,
        scores=[score_told(each) for each in outcome.items] if outcome else [],
        accreditation=[
            each
            for report in unit.reports
            if report.status == ReportStatus.ENTERED
            for each in accreditation_told(session, report)
        ],
    )


def score_told(scored: Scored) -> ScoreTold:
    score = scored.score
    return ScoreTold(
        item=scored.content.item.item,
        value=scored.result.value,
        unit=scored.result.unit,
        verdict=scored.result.verdict,
        right=scored.is_right,
        z=number(score.z),
        prime=score.is_prime,
        zeta=number(score.zeta),
        grade=score.grade,
        why=str(score.why.text) if score.why else None,
    )


def comparison_told(pair: Pair) -> ComparisonTold:
    return ComparisonTold(
        first=organisation(pair.first.laboratory),
        second=organisation(pair.second.laboratory),
        items=[difference_told(each) for each in pair.items],
    )


def difference_told(each: Difference) -> DifferenceTold:
    return DifferenceTold(
        item=each.item,
        first=each.first,
        second=each.second,
        unit=each.unit,
        difference=None if each.difference is None else f"{each.difference:f}",
        en=number(each.en),
        agrees=each.agrees,
        why=str(each.why.text) if each.why else None,
    )


def number(score: Decimal | None) -> str | None:
    """Four places: what comes after them is arithmetic."""
    return None if score is None else f"{score:.4f}"


def rate_told(rate: Rate) -> RateTold:
    between = rate.interval if rate.is_enough else None
    return RateTold(
        hits=rate.hits,
        of=rate.of,
        rate=number(rate.value) if rate.is_enough else None,
        low=number(between.low) if between else None,
        high=number(between.high) if between else None,
    )


CONTROLS = Collection("controls", KINDS["control"], ControlTold, control_told)
controls = collection(CONTROLS, about="Control samples, and how laboratories did on them: for coordinators alone")


@controls.post("/controls", summary="Register a control of known content", responses={201: Changed})
@once
@needs(Can.CONTROL_KEEP)
@takes(body=ControlSent)
def register_control() -> ResponseReturnValue:
    """Say of each item what is known; of one that is left out nothing is."""
    session, given = db.session(), sent(ControlSent)
    contents = [ContentText(**each.model_dump()) for each in given.contents]
    if given.sample:
        like = sample_called(session, given.sample)
        facts = {"product_name": like.product_name, "like": like}
        campaign = like.campaign
    else:
        campaign, facts = campaign_called(session, given.campaign), {"product_name": given.product_name}
    made = operations.register(session, campaign, by=me, material=given.material, contents=contents, **facts)
    return told(CONTROLS.changed(made), 201)


@controls.post(
    "/controls/splits", summary="Register more of a sample, for a second laboratory", responses={201: Changed}
)
@once
@needs(Can.CONTROL_KEEP)
@takes(body=SplitSent)
def register_split() -> ResponseReturnValue:
    session, given = db.session(), sent(SplitSent)
    made = operations.register_split(session, sample_called(session, given.sample), by=me, material=given.material)
    return told(CONTROLS.changed(made), 201)


def sample_called(session: Session, name: str) -> Any:
    try:
        return one_visible_sample(session, me, name)
    except NotFound:
        text = _("There is no sample %(number)s", number=name[:40])
        raise Invalid(FieldProblem("sample", "unknown", text)) from None


def campaign_called(session: Session, name: str) -> Campaign:
    try:
        return one_visible_campaign(session, me, name)
    except NotFound:
        text = _("There is no campaign %(number)s", number=name[:40])
        raise Invalid(FieldProblem("campaign", "unknown", text)) from None


@controls.get("/laboratories/figures", summary="How laboratories did", responses={200: Page[LaboratoryFigures]})
@needs(Can.CONTROL_READ)
@takes()
def laboratory_figures() -> ResponseReturnValue:
    """Of every laboratory that got a control of your agency, or whose result was tested again."""
    session = db.session()
    found, fell = standings(session, me), reversals(session, me.organisation_id)
    items = [
        laboratory_told(organisation(house), found.get(key, Standing(key, 0, [], [])), fell.get(key, NONE))
        for key, house in laboratories(session).items()
        if key in found or key in fell
    ]
    return told(Page[LaboratoryFigures](items=items, next=None))


def laboratory_told(house: Organisation, standing: Standing, fell: Rate) -> LaboratoryFigures:
    return LaboratoryFigures(
        laboratory=house,
        sent=standing.sent,
        reported=len(standing.outcomes),
        undecided=standing.undecided,
        detection=rate_told(standing.detection),
        false_alarms=rate_told(standing.false_alarms),
        reversals=rate_told(fell),
        agreement=rate_told(standing.agreement),
        grades={grade.value: many for grade, many in standing.grades.items()},
    )


def send_portion(session: Session, control: Control, given: PortionSent, by: Actor) -> None:
    operations.send(
        session,
        control,
        laboratory_called(session, given.laboratory),
        by=by,
        test=SealedPortion(given.test_seal_no, given.test_quantity),
        backup=SealedPortion(given.backup_seal_no, given.backup_quantity),
        way=Way(f"courier:{given.courier}", given.parcel_no, given.place),
        seen=Seen(given.photos, given.no_photo, tenths(given.temperature)),
        version=given.version,
    )


def close_books(session: Session, control: Control, given: NamesAPortion, by: Actor) -> None:
    operations.settle(session, unit_of(control, given), by=by, version=given.version)


def unit_of(control: Control, given: NamesAPortion) -> ControlUnit:
    unit = next((each for each in control.units if each.id == given.portion), None)
    if unit is None:
        raise Invalid(FieldProblem("portion", "unknown", _("This control has no such portion")))
    return unit


add_moves(controls, CONTROLS)
add_sheet(controls, CONTROLS, "send", PortionSent, send_portion)
add_sheet(controls, CONTROLS, "settle", NamesAPortion, close_books)
add_part_moves(controls, CONTROLS, "items", {})
