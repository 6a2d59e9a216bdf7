"""The store's part in controls: their sealed portions go to a shelf, and are disposed of by two people, as of any
sample. The forms are those of samples, asked of all portions of one control at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm import Session

from quality.controls.models import Control
from quality.controls.operations import take_for
from quality.core import clock
from quality.core.words import Reason, Text, _
from quality.objections.operations.disposal import confirm_disposal
from quality.pages.forms.custody import shelves
from quality.pages.forms.fields import Choice, Degrees, Form, Line, Moment, Scanned
from quality.pages.forms.laboratory import SEAL_STATES, without_needless_temperature
from quality.pages.forms.photos import Photographed, no_photo, photo, seen
from quality.pages.forms.sheet import Sheet
from quality.pages.forms.storage import (
    Choosing,
    Proposing,
    may_not_be_confirmed,
    proposed,
    stands_in_the_way,
    unproposed,
)
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import operations
from quality.purchases.models import Portion, PortionStatus, Sample
from quality.purchases.operations.storage import propose_disposal, withdraw_disposal


def held(sample: Sample) -> list[Portion]:
    return [each for each in sample.portions if each.status == PortionStatus.SEALED]


def all_of(control: Control, some: Callable[[Sample], list[Portion]]) -> list[Portion]:
    return [portion for unit in control.units for portion in some(unit.sample)]


def offered(form: Any, portions: Iterable[Portion]) -> Any:
    named: dict[str, Text] = {
        str(each.id): f"{each.sample.number} · {word('portion_kind', each.kind)} · {each.seal_no}" for each in portions
    }
    form.portion.offer(named)
    form.portion.data = next(iter(named), "")
    return form


def chosen(control: Control, form: Any) -> Portion:
    return next(each for unit in control.units for each in unit.sample.portions if str(each.id) == form.portion.data)


class Shelving(Photographed):
    portion = Choice(_("Portion"))
    taker = Choice(_("Who takes it"))
    name = Line(_("Which store or courier"), _("Not needed for a shelf"), optional=True)
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = Degrees(_("Temperature, °C"), _("As you measured it now"))
    at = Moment(_("Handed over at"), _("Beijing time"))
    place = Line(_("Where"), optional=True)
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"), optional=True)
    photo = photo()
    no_photo = no_photo()


def shelving(session: Session, control: Control, _me: Actor) -> Form:
    there = all_of(control, held)
    form: Shelving = offered(Shelving(data={"at": clock.now()}), there)
    places = shelves(session, there[0].sample) if there else {}
    form.taker.offer({**places, "store": _("A store"), "courier": _("A courier")})
    form.seal_state.offer(SEAL_STATES)
    return without_needless_temperature(form, there[0].sample) if there else form


def shelve(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    portion, taker = chosen(control, form), form.taker.data
    take_for(session, control, "hand_over", portion.sample, by=me, version=version)
    operations.pass_on(
        session,
        portion.sample,
        portion.kind,
        by=me,
        taken_by=taker if ":" in taker else f"{taker}:{form.name.data}",
        at=form.at.data,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data == "intact",
        place=form.place.data or "",
        condition=form.condition.data or "",
        tenths_celsius=form.data.get("temperature"),
        seen=seen(session, form, me),
    )


def may_be_proposed(control: Control, me: Actor) -> list[Portion]:
    return [each for each in all_of(control, unproposed) if not stands_in_the_way(each, me)]


def proposing(_session: Session, control: Control, me: Actor) -> Form:
    made: Form = offered(Proposing(), may_be_proposed(control, me))
    return made


def propose(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    portion = chosen(control, form)
    take_for(session, control, "propose_disposal", portion.sample, by=me, version=version)
    propose_disposal(session, portion.sample, portion.kind, form.reason.data, by=me)


def may_be_confirmed(control: Control, me: Actor) -> list[Portion]:
    return [each for each in all_of(control, proposed) if not may_not_be_confirmed(each, me)]


def confirming(_session: Session, control: Control, me: Actor) -> Form:
    made: Form = offered(Choosing(), may_be_confirmed(control, me))
    return made


def confirm(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    portion = chosen(control, form)
    take_for(session, control, "confirm_disposal", portion.sample, by=me, version=version)
    confirm_disposal(session, portion.sample, portion.kind, by=me)


def withdrawing(_session: Session, control: Control, _me: Actor) -> Form:
    made: Form = offered(Choosing(), all_of(control, proposed))
    return made


def withdraw(session: Session, control: Control, form: Any, me: Actor, version: int) -> None:
    portion = chosen(control, form)
    take_for(session, control, "withdraw_disposal", portion.sample, by=me, version=version)
    withdraw_disposal(session, portion.sample, portion.kind, by=me)


def one_of_them(
    some: Callable[[Control, Actor], list[Portion]],
    others: Callable[[Sample], list[Portion]],
    hindrance: Callable[[Portion, Actor], Reason | None],
) -> Callable[[Control, Actor], Reason | None]:
    """What stands in the way of all of them, said of the first; None where one may go."""

    def asked(control: Control, me: Actor) -> Reason | None:
        if some(control, me):
            return None
        return next((reason for each in all_of(control, others) if (reason := hindrance(each, me))), None)

    return asked


STORAGE_SHEETS = {
    "hand_over": Sheet(
        shelving,
        shelve,
        _("Read the seal at every hand-over, and write down what you read."),
        label=_("Hand it over"),
        by=Can.SAMPLE_DISPATCH,
        is_due=lambda control: bool(all_of(control, held)),
    ),
    "propose_disposal": Sheet(
        proposing,
        propose,
        _("Disposal takes two people. You propose; somebody else confirms."),
        label=_("Propose disposal"),
        by=Can.DISPOSAL_PROPOSE,
        is_due=lambda control: bool(all_of(control, unproposed)),
        also=[one_of_them(may_be_proposed, unproposed, stands_in_the_way)],
    ),
    "confirm_disposal": Sheet(
        confirming,
        confirm,
        _("With your signature the portion is disposed of. This cannot be undone."),
        label=_("Confirm the disposal"),
        by=Can.DISPOSAL_CONFIRM,
        is_due=lambda control: bool(all_of(control, proposed)),
        also=[one_of_them(may_be_confirmed, proposed, may_not_be_confirmed)],
    ),
    "withdraw_disposal": Sheet(
        withdrawing,
        withdraw,
        label=_("Take the proposed disposal back"),
        by=Can.DISPOSAL_PROPOSE,
        is_due=lambda control: bool(all_of(control, proposed)),
    ),
}
