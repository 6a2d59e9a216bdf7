"""What becomes of a control's portions: they change hands, are suspected, and are disposed of by two people."""

from __future__ import annotations

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.controls import CONTROLS, NamesAPortion, controls, unit_of
from quality.api.custody import NoPhoto, Photos, seen_of
from quality.api.moves import add_sheet
from quality.api.shapes import LARGEST, Celsius, Line, Moment, Paragraph
from quality.controls.models import Control
from quality.controls.operations import take_for
from quality.lab.operations import go_on, hand_on_untested
from quality.objections.operations.disposal import confirm_disposal
from quality.pages.forms.sheet import unchanged
from quality.people.actor import Actor
from quality.purchases.models import PortionKind, Sample, Untested
from quality.purchases.operations import Seen, explain_gap, pass_on
from quality.purchases.operations.storage import propose_disposal, withdraw_disposal


class OfAPortion(NamesAPortion):
    kind: PortionKind = Field(strict=False, description="`test` or `backup`")


class PortionShelved(OfAPortion):
    taken_by: Line = Field(description="`store:…` or `courier:…`", pattern=r"^(store|courier):.+$")
    seal_no: Line = Field(description="As you read it")
    seal_intact: bool
    at: Moment
    place: Line = ""
    condition: Line = ""
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class ControlGapExplained(NamesAPortion):
    step: int = Field(description="The `id` of the hand-over in `custody`", ge=1, le=LARGEST)
    reason: Paragraph = Field(description="How it came to this, and why the portion is still sound")


class ControlGoesOn(NamesAPortion):
    reason: Paragraph = Field(description="Why it is tested after all; the laboratory reads this")


class ControlEnds(NamesAPortion):
    kind: Untested = Field(strict=False)
    authority: Line = Field(description="Which authority the laboratory is told of")
    reason: Paragraph = Field(description="The laboratory reads this")
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class PortionDisposed(OfAPortion):
    reason: Paragraph = Field(description="Why and how; another person reads it before they confirm")


def shelve(session: Session, control: Control, given: PortionShelved, by: Actor) -> None:
    said = given.model_dump(exclude={"version", "portion", "kind"})
    sample = taken(session, control, "hand_over", given, by)
    pass_on(session, sample, given.kind, by=by, seen=seen_of(said), **said)


def explain(session: Session, control: Control, given: ControlGapExplained, by: Actor) -> None:
    explain_gap(session, taken(session, control, "explain_gap", given, by), given.step, given.reason, by=by)


def let_go_on(session: Session, control: Control, given: ControlGoesOn, by: Actor) -> None:
    unchanged(session, control, given.version)
    go_on(session, unit_of(control, given).sample, PortionKind.TEST, given.reason, by=by)


def end_unit(session: Session, control: Control, given: ControlEnds, by: Actor) -> None:
    unchanged(session, control, given.version)
    sample, seen = unit_of(control, given).sample, Seen(given.photos, given.no_photo)
    hand_on_untested(session, sample, given.kind, given.authority, given.reason, by=by, seen=seen)


def dispose(session: Session, control: Control, given: PortionDisposed, by: Actor) -> None:
    sample = taken(session, control, "propose_disposal", given, by)
    propose_disposal(session, sample, given.kind, given.reason, by=by)


def dispose_indeed(session: Session, control: Control, given: OfAPortion, by: Actor) -> None:
    confirm_disposal(session, taken(session, control, "confirm_disposal", given, by), given.kind, by=by)


def keep_after_all(session: Session, control: Control, given: OfAPortion, by: Actor) -> None:
    withdraw_disposal(session, taken(session, control, "withdraw_disposal", given, by), given.kind, by=by)


def taken(session: Session, control: Control, deed: str, given: NamesAPortion, by: Actor) -> Sample:
    """The sample that it is, of a control that nobody changed since it was read."""
    sample = unit_of(control, given).sample
    take_for(session, control, deed, sample, by=by, version=given.version)
    return sample


add_sheet(controls, CONTROLS, "go_on", ControlGoesOn, let_go_on)
add_sheet(controls, CONTROLS, "end_untested", ControlEnds, end_unit)
add_sheet(controls, CONTROLS, "hand_over", PortionShelved, shelve)
add_sheet(controls, CONTROLS, "explain_gap", ControlGapExplained, explain)
add_sheet(controls, CONTROLS, "propose_disposal", PortionDisposed, dispose)
add_sheet(controls, CONTROLS, "confirm_disposal", OfAPortion, dispose_indeed)
add_sheet(controls, CONTROLS, "withdraw_disposal", OfAPortion, keep_after_all)
DOORS = [controls]
