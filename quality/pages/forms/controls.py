"""Forms about control samples: what is known of one, where a portion of it goes, whose books are closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignItem
from quality.controls import operations
from quality.controls.models import Control, ControlStatus, ControlUnit
from quality.controls.operations import ContentText
from quality.controls.queries import laboratories
from quality.core.words import Reason, Text, _
from quality.lab.cells import unit_of
from quality.lab.operations import go_on
from quality.pages.forms.fields import Choice, Form, Line, Paragraph, Scanned
from quality.pages.forms.photos import (
    Carried,
    courier,
    no_photo,
    parcel_no,
    photo,
    seen,
    temperature,
    way_of,
    without_needless_temperature,
)
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.forms.suspicion import HandingOn, hand_on
from quality.pages.words import CODES, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import PortionKind, PortionStatus, SampleStatus, Untested
from quality.purchases.operations import SealedPortion

IN_A_ROW = ("expected", "assigned", "unit", "sigma", "uncertainty")
COLUMNS: Mapping[str, Text] = {
    "expected": _("It is"),
    "assigned": _("Assigned value"),
    "unit": _("Unit"),
    "sigma": _("σ for the assessment"),
    "uncertainty": _("u of the value"),
}


class Likeness(Form):
    """What the laboratory is to take it for. By GET: its answers stand in the address of the next page."""

    sample = Line(
        _("Sample that it imitates"), _("Its number; campaign, product and test items are its own"), optional=True
    )
    campaign = Choice(_("Or a campaign"), _("In whose flow it goes out; it must be in the field"), optional=True)
    product = Line(_("And a product"), _("As the campaign's plan or a listing calls it"), optional=True)


class Splitting(Form):
    split_of = Line(_("Sample"), _("Its number; it was sent to a first laboratory already"))
    material = Paragraph(
        _("What goes to the second laboratory"),
        _("Such as: a second test portion of the same parcel, or the backup of a paired purchase"),
        rows=2,
    )


class Registering(Form):
    material = Paragraph(
        _("What it is, and who vouches for its content"),
        _("Reference material with its certificate, or who spiked it with what. No laboratory reads this."),
        rows=3,
    )

    def rows(self) -> list[list[Any]]:
        found: list[list[Any]] = []
        while f"assigned_{len(found) + 1}" in self:
            found.append([self[f"{name}_{len(found) + 1}"] for name in IN_A_ROW])
        return found

    def contents(self, items: Sequence[CampaignItem]) -> list[ContentText]:
        return [
            ContentText(item.item, *(field.data or "" for field in row))
            for item, row in zip(items, self.rows(), strict=True)
        ]


def registering(items: Sequence[CampaignItem]) -> Registering:
    """With a row for each item that is tested."""
    fields: dict[str, Any] = {}
    proposed: dict[str, str] = {}
    for row, item in enumerate(items, 1):
        for name in IN_A_ROW:
            kind = Choice if name == "expected" else Line
            label = _("%(item)s: %(field)s", item=item.item, field=COLUMNS[name])
            fields[f"{name}_{row}"] = kind(label, optional=True)
        proposed[f"unit_{row}"] = unit_of(item.limit)
    form: Registering = type("RegisteringItems", (Registering,), fields)(data=proposed)
    for fields_of_one in form.rows():
        fields_of_one[0].offer(CODES["finding_verdict"])
    return form


class Sending(Carried):
    laboratory = Choice(_("Laboratory"))
    test_seal_no = Scanned(_("Seal number of the test portion"))
    test_quantity = Line(
        _("Quantity of the test portion"), _("The laboratory reads it: as with the samples it is among")
    )
    backup_seal_no = Scanned(_("Seal number of the backup portion"))
    backup_quantity = Line(_("Quantity of the backup portion"))
    courier = courier(always=True)
    parcel_no = parcel_no(always=True)
    place = Line(_("Place of the hand-over"), optional=True)
    temperature = temperature()
    photo = photo(_("Both portions with their seals, as they are sealed and one leaves"))
    no_photo = no_photo()


def sending(session: Session, control: Control, _me: Actor) -> Sending:
    form = Sending()
    free = [each for each in laboratories(session).values() if operations.why_not_there(control, each) is None]
    form.laboratory.offer({str(each.id): each.name for each in free})
    return without_needless_temperature(form, control.campaign.category)


def send(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    operations.send(
        session,
        control,
        laboratories(session)[int(form.laboratory.data)],
        by=me,
        test=SealedPortion(form.test_seal_no.data, form.test_quantity.data),
        backup=SealedPortion(form.backup_seal_no.data, form.backup_quantity.data),
        way=way_of(form),
        seen=seen(session, form, me),
        version=version,
    )


class Settling(Form):
    unit = Choice(_("Portion"))


def open_units(control: Control) -> list[ControlUnit]:
    return [each for each in control.units if each.sample.status == SampleStatus.REPORTED]


def settling(_session: Session, control: Control, _me: Actor) -> Settling:
    waiting = {str(each.id): f"{each.sample.number} · {laboratory_of(each)}" for each in open_units(control)}
    form = Settling(data={"unit": next(iter(waiting), "")})
    form.unit.offer(waiting)
    return form


def laboratory_of(unit: ControlUnit) -> str:
    return unit.sample.laboratory.name if unit.sample.laboratory else "—"


def settle(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    unit = next(each for each in control.units if str(each.id) == form.unit.data)
    operations.settle(session, unit, by=me, version=version)


class GoingOn(Form):
    unit = Choice(_("Portion"))
    reason = Paragraph(_("Why it is tested after all"), _("The laboratory reads this"))


def stopped_units(control: Control) -> list[ControlUnit]:
    """Those that a laboratory suspects, as it may suspect what was bought: it waits for the same word."""
    return [each for each in control.units if each.sample.portion(PortionKind.TEST).status == PortionStatus.STOPPED]


def going_on(_session: Session, control: Control, _me: Actor) -> GoingOn:
    waiting = {str(each.id): f"{each.sample.number} · {laboratory_of(each)}" for each in stopped_units(control)}
    form = GoingOn(data={"unit": next(iter(waiting), "")})
    form.unit.offer(waiting)
    return form


def let_go_on(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    unchanged(session, control, version)
    unit = next(each for each in control.units if str(each.id) == form.unit.data)
    go_on(session, unit.sample, PortionKind.TEST, form.reason.data, by=me)


class UnitHandedOn(HandingOn):
    unit = Choice(_("Portion"))


def handing_unit_on(session: Session, control: Control, me: Actor) -> UnitHandedOn:
    waiting = going_on(session, control, me).unit
    form = UnitHandedOn(data={"unit": waiting.data})
    form.unit.offer(waiting.offered)
    form.kind.offer({each.value: word("sample_exit", each.value) for each in Untested})
    return form


def hand_unit_on(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    unchanged(session, control, version)
    unit = next(each for each in control.units if str(each.id) == form.unit.data)
    hand_on(session, unit.sample, form, me, unit.sample.version)


def is_in_use(control: Control) -> bool:
    return control.status == ControlStatus.IN_USE


def may_go_out(control: Control, _actor: Actor) -> Reason | None:
    return operations.why_not_now(control)


CONTROL_SHEETS = {
    "send": Sheet(
        sending,
        send,
        _(
            "Pack and seal it like any other sample of this campaign, and send it with others: in the portal "
            "nothing tells it apart, and nothing else should."
        ),
        label=_("Seal a portion and send it"),
        by=Can.CONTROL_KEEP,
        is_due=is_in_use,
        also=[may_go_out],
    ),
    "settle": Sheet(
        settling,
        settle,
        _("The laboratory's report stands from now on, as after a conclusion. The laboratory is not told what it was."),
        label=_("Close the books on a portion"),
        by=Can.CONTROL_KEEP,
        is_due=lambda control: bool(open_units(control)),
    ),
    "go_on": Sheet(
        going_on,
        let_go_on,
        _("The laboratory suspects the goods. What you answer reads as of any sample."),
        label=_("Let the test go on"),
        by=Can.CONTROL_KEEP,
        is_due=lambda control: bool(stopped_units(control)),
    ),
    "end_untested": Sheet(
        handing_unit_on,
        hand_unit_on,
        _(
            "The laboratory is told that the goods go to an authority, as of any sample. Fetch both portions "
            "yourself; no figure of laboratories counts this one."
        ),
        label=_("End it untested"),
        by=Can.CONTROL_KEEP,
        is_due=lambda control: bool(stopped_units(control)),
    ),
}
