"""The way of a sample's portions: to a laboratory, from hand to hand, each side confirmed, and gaps explained."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.competence.matching import Code
from quality.competence.queries import capacities_of, laboratories
from quality.core import clock
from quality.core.words import Text, _
from quality.lab.workload import loads
from quality.pages.forms.fields import Choice, Degrees, Form, Line, Moment, Paragraph, Scanned
from quality.pages.forms.laboratory import SEAL_STATES, without_needless_temperature
from quality.pages.forms.photos import Photographed, no_photo, photo, seen
from quality.pages.forms.sheet import Sheet
from quality.pages.moments import moment
from quality.pages.words import word
from quality.people.access import me
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.permissions import Can
from quality.purchases import operations
from quality.purchases.fitness import outside, standings_for
from quality.purchases.models import HandOver, PortionKind, PortionStatus, Sample, SampleStatus, Untested
from quality.purchases.operations.confirming import awaiting, by_others, has_a_gap, is_of_others, waits_for_them
from quality.purchases.queries import places_of, who_may_take


class Dispatch(Photographed):
    laboratory = Choice(_("Laboratory"))
    courier = Line(_("Carried by"), _("The courier, or who takes it there"))
    parcel_no = Line(_("Parcel number"), _("The courier's; with the arrival it confirms that side"), optional=True)
    place = Line(_("Place of the hand-over"), optional=True)
    despite = Paragraph(
        _("Why this laboratory all the same"),
        _("Only where its certificates do not cover everything; it stays with the record"),
        rows=2, optional=True,
    )  # fmt: skip
    photo = photo(_("The packed portion with its seal, as it leaves"))
    no_photo = no_photo()


def dispatching(session: Session, _sample: Sample, _me: Actor) -> Dispatch:
    form = Dispatch()
    form.laboratory.offer({str(each.id): each.name for each in laboratories(session)})
    return form


def choices_of_laboratory(session: Session, sample: Sample, _form: Any) -> dict[str, Any]:
    """What is known of each: what its certificates do not cover, how busy it is, how long it takes."""
    there = laboratories(session)
    ids = [each.id for each in there]
    fit, carried, said = standings_for(session, sample, ids), loads(session, me, ids), capacities_of(session, ids)
    lines = []
    for each in there:
        of_all = next((one for one in said.get(each.id, []) if not one.item_key), None)
        busy = (carried.get(each.id, 0), of_all.per_week if of_all else None, of_all.days if of_all else None)
        known = any(one.code is not Code.NOT_RECORDED for one in fit[each.id])
        lines.append((each, known, outside(fit[each.id]), *busy))
    return {"laboratories": sorted(lines, key=lambda line: (len(line[2]), not line[1]))}


def dispatch(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    laboratory = session.get_one(Organisation, int(form.laboratory.data))
    way = {"courier": form.courier.data, "parcel_no": form.parcel_no.data or "", "place": form.place.data}
    shown, despite = seen(session, form, me), form.despite.data or ""
    operations.dispatch(session, sample, laboratory, by=me, version=version, despite=despite, seen=shown, **way)


class Transfer(Photographed):
    reason = Choice(_("Reason"))
    authority = Line(_("Authority"), _("Which local authority takes both portions"))
    place = Line(_("Place of the hand-over"), optional=True)
    note = Paragraph(_("Note"), optional=True)
    photo = photo(_("Both portions with their seals, as they are handed over"))
    no_photo = no_photo()


def transferring(_session: Session, _sample: Sample, _me: Actor) -> Transfer:
    form = Transfer()
    form.reason.offer({code.value: word("sample_exit", code.value) for code in Untested})
    return form


def transfer(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    more = {"place": form.place.data or "", "note": form.note.data or ""}
    reason, authority, shown = form.reason.data, form.authority.data, seen(session, form, me)
    operations.transfer_untested(session, sample, reason, authority, by=me, version=version, seen=shown, **more)


class HandingOver(Photographed):
    portion = Choice(_("Portion"))
    taker = Choice(_("Who takes it"))
    name = Line(_("Which store or courier"), _("Not needed for a colleague"), optional=True)
    parcel_no = Line(_("Parcel number"), _("Where a courier takes or brings it"), optional=True)
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = Degrees(_("Temperature, °C"), _("As you measured it now"))
    at = Moment(_("Handed over at"), _("Beijing time"))
    place = Line(_("Where"), optional=True)
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"), optional=True)
    photo = photo()
    no_photo = no_photo()


def handing_over(session: Session, sample: Sample, me: Actor) -> HandingOver:
    form = HandingOver(data={"at": clock.now()})
    held = [portion.kind for portion in sample.portions if portion.status == PortionStatus.SEALED]
    form.portion.offer({kind.value: word("portion_kind", kind) for kind in held})
    colleagues = who_may_take(sample.agency_id, sample.buyer_id).order_by(Person.name, Person.id)
    there = {f"person:{p.id}": p.name or p.email for p in session.scalars(colleagues)}
    form.taker.offer({**shelves(session, sample), "store": _("A store"), "courier": _("A courier"), **there})
    form.seal_state.offer(SEAL_STATES)
    return without_needless_temperature(form, sample)


def shelves(session: Session, sample: Sample) -> dict[str, Text]:
    """The named places of the agency that are in use, as hand-overs name them."""
    places = [each for each in places_of(session, sample.agency_id) if each.closed_at is None]
    return {each.hand: f"{each.code} · {each.room} {each.shelf}".rstrip() for each in places}


def pass_on(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    taker = form.taker.data
    operations.pass_on(
        session,
        sample,
        PortionKind(form.portion.data),
        by=me,
        taken_by=taker if ":" in taker else f"{taker}:{form.name.data}",
        at=form.at.data,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data == "intact",
        place=form.place.data or "",
        condition=form.condition.data or "",
        parcel_no=form.parcel_no.data or "",
        tenths_celsius=form.data.get("temperature"),
        seen=seen(session, form, me),
        version=version,
    )


class Confirming(Photographed):
    step = Choice(_("Hand-over"))
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = Degrees(_("Temperature, °C"), _("As you measured it"))
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"), optional=True)
    photo = photo()
    no_photo = no_photo()


def confirming(_session: Session, sample: Sample, me: Actor) -> Confirming:
    waiting = named(sample, awaiting(sample, me))
    form = Confirming(data={"step": next(iter(waiting), "")})
    form.step.offer(waiting)
    form.seal_state.offer(SEAL_STATES)
    return without_needless_temperature(form, sample)


def confirm(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    operations.confirm_hand_over(
        session,
        sample,
        int(form.step.data),
        by=me,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data == "intact",
        condition=form.condition.data or "",
        tenths_celsius=form.data.get("temperature"),
        seen=seen(session, form, me),
        version=version,
    )


class Explaining(Form):
    step = Choice(_("Hand-over"))
    reason = Paragraph(_("Explanation"), _("How it came to this, and why the portion is still sound"))


def explaining(_session: Session, sample: Sample, me: Actor) -> Explaining:
    open_ones = named(sample, by_others(sample, me))
    form = Explaining(data={"step": next(iter(open_ones), "")})
    form.step.offer(open_ones)
    return form


def explain(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    operations.explain_gap(session, sample, int(form.step.data), form.reason.data, by=me, version=version)


def named(sample: Sample, steps: list[HandOver]) -> dict[str, Text]:
    """By its id: which portion's hand-over, the how many-eth of its chain, and when."""
    places: dict[int, int] = {}
    for portion in sample.portions:
        chain = [step for step in sample.hand_overs if step.portion_id == portion.id]
        places |= {step.id: place for place, step in enumerate(chain, 1)}
    return {
        str(step.id): _(
            "%(portion)s, hand-over %(place)s, %(moment)s",
            portion=word("portion_kind", step.portion.kind),
            place=places[step.id],
            moment=moment(step.at),
        )
        for step in steps
    }


def waits_for_somebody(sample: Sample) -> bool:
    return any(step.giver_is_silent or step.taker_is_silent for step in sample.hand_overs)


def is_held(sample: Sample) -> bool:
    return sample.status != SampleStatus.TRANSFERRED_UNTESTED and any(
        portion.status == PortionStatus.SEALED for portion in sample.portions
    )


SAMPLE_SHEETS = {
    "hand_over": Sheet(
        handing_over,
        pass_on,
        _("Read the seal at every hand-over, and write down what you read."),
        label=_("Hand it over"),
        by=Can.SAMPLE_DISPATCH,
        is_due=is_held,
    ),
    "confirm_hand_over": Sheet(
        confirming,
        confirm,
        _("You gave this portion, or took it. Read the seal yourself, and write down what you read."),
        label=_("Confirm the hand-over"),
        by=Can.SAMPLE_DISPATCH,
        is_due=waits_for_somebody,
        also=[waits_for_them],
    ),
    "explain_gap": Sheet(
        explaining,
        explain,
        _("Until a gap is explained the laboratory does not take the portion in. A broken seal cannot be explained."),
        label=_("Explain the gap"),
        by=Can.CUSTODY_EXPLAIN,
        is_due=has_a_gap,
        also=[is_of_others],
    ),
    "transfer": Sheet(
        transferring,
        transfer,
        _("For goods that must not be tested. Both sealed portions go to the authority, and no laboratory gets them."),
        answers=frozenset({"no_reason"}),
    ),
    "dispatch": Sheet(
        dispatching,
        dispatch,
        _("Look at the seal first: a broken one is not sent."),
        answers=frozenset({"no_laboratory", "sampler_tests"}),
        template="desk/dispatch.html",
        shown=choices_of_laboratory,
    ),
}
