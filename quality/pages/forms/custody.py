"""The way of a sample's portions: to a laboratory, from hand to hand, each side confirmed, and gaps explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy.orm import Session

from quality.competence.matching import Code
from quality.competence.queries import capacities_of, laboratories
from quality.core import clock
from quality.core.words import Reason, Text, _
from quality.lab.workload import loads
from quality.pages.forms.fields import Choice, Form, Line, Moment, Paragraph, Scanned
from quality.pages.forms.held import ONE_SAMPLE, Held
from quality.pages.forms.photos import (
    ANOTHER,
    SEAL_STATES,
    Carried,
    Photographed,
    SealRead,
    carrier,
    colleagues,
    courier,
    no_photo,
    no_scan,
    offer_carriers,
    parcel_no,
    photo,
    seen,
    temperature,
    way_of,
    why_unscanned,
    without_needless_scan,
    without_needless_temperature,
)
from quality.pages.forms.sheet import Sheet
from quality.pages.moments import moment
from quality.pages.words import word
from quality.people.access import me
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases import operations
from quality.purchases.cold import Range, asked_for
from quality.purchases.custody import range_of, steps_of
from quality.purchases.fitness import outside, standings_for
from quality.purchases.models import HandOver, Portion, PortionKind, PortionStatus, Sample, SampleStatus, Untested
from quality.purchases.operations.confirming import awaiting, by_others, has_a_gap, is_of_others, waits_for_them
from quality.purchases.places import StoragePlace
from quality.purchases.queries import places_of


class Dispatch(Carried):
    laboratory = Choice(_("Laboratory"))
    carrier = carrier()
    courier = courier()
    parcel_no = parcel_no()
    place = Line(_("Place of the hand-over"), optional=True)
    despite = Paragraph(
        _("Why this laboratory all the same"),
        _("Only where its certificates do not cover everything; it stays with the record"),
        rows=2, optional=True,
    )  # fmt: skip
    no_scan = no_scan()
    temperature = temperature()
    photo = photo(_("The packed portion with its seal, as it leaves"))
    no_photo = no_photo()


def dispatching(session: Session, sample: Sample, _me: Actor) -> Dispatch:
    form = Dispatch()
    if isinstance(sample, Sample):  # what is not sealed yet has no label
        without_needless_scan(session, form, sample.portion(PortionKind.TEST))
    form.laboratory.offer({str(each.id): each.name for each in laboratories(session)})
    return without_needless_temperature(offer_carriers(session, form, sample), sample.campaign.category)


def choices_of_laboratory(session: Session, sample: Sample, form: Any) -> dict[str, Any]:
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
    unscanned = sample.portion(PortionKind.TEST) if "no_scan" in form else None
    return {"laboratories": sorted(lines, key=lambda line: (len(line[2]), not line[1])), "unscanned": unscanned}


def dispatch(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    laboratory = session.get_one(Organisation, int(form.laboratory.data))
    shown, despite = seen(session, form, me), form.despite.data or ""
    operations.dispatch(
        session,
        sample,
        laboratory,
        by=me,
        version=version,
        way=way_of(form),
        despite=despite,
        no_scan=why_unscanned(form),
        seen=shown,
    )


class Transfer(Photographed):
    reason = Choice(_("Reason"))
    authority = Line(_("Authority"), _("Which local authority takes both portions"))
    place = Line(_("Place of the hand-over"), optional=True)
    note = Paragraph(_("Note"), optional=True)
    temperature = temperature()
    photo = photo(_("Both portions with their seals, as they are handed over"))
    no_photo = no_photo()


def transferring(_session: Session, sample: Sample, _me: Actor) -> Transfer:
    form = Transfer()
    form.reason.offer({code.value: word("sample_exit", code.value) for code in Untested})
    return without_needless_temperature(form, sample.campaign.category)


def transfer(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    more = {"place": form.place.data or "", "note": form.note.data or ""}
    reason, authority, shown = form.reason.data, form.authority.data, seen(session, form, me)
    operations.transfer_untested(session, sample, reason, authority, by=me, version=version, seen=shown, **more)


class HandingOver(Carried, SealRead):
    portion = Choice(_("Portion"))
    taker = Choice(_("Who takes it"))
    name = Line(_("Which store or courier"), _("Not needed for a shelf or a colleague"), optional=True)
    parcel_no = parcel_no()
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = temperature()
    at = Moment(_("Handed over at"), _("Beijing time"))
    place = Line(_("Where"), optional=True)
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"), optional=True)
    photo = photo()
    no_photo = no_photo()

    def is_carried(self) -> bool:
        return bool(self["taker"].data == "courier")


def sealed(sample: Sample) -> list[Portion]:
    """Those that the agency holds."""
    if sample.status == SampleStatus.TRANSFERRED_UNTESTED:
        return []
    return [each for each in sample.portions if each.status == PortionStatus.SEALED]


def handing_over(session: Session, case: Any, _me: Actor, *, held: Held) -> Form:
    portions = held.portions(case, sealed)
    form = held.offer(HandingOver(data={"at": clock.now()}), portions)
    form.seal_state.offer(SEAL_STATES | ANOTHER)
    form.seals = {held.key(each): each.seal_no for each in portions}
    if len(portions) > 1:
        form.portion.data = ""  # which one is for whoever has it in hand to say
    if not portions:  # a form that nobody can send: the page says why
        return cast(Form, form)
    sample = portions[0].sample
    there = colleagues(session, sample) if held.goes_to_colleagues else {}
    form.taker.offer({**shelves(session, sample), "store": _("A store"), "courier": _("A courier"), **there})
    return cast(Form, without_needless_temperature(form, sample.campaign.category))


def shelves(session: Session, sample: Sample) -> dict[str, Text]:
    """The named places of the agency that are in use, as hand-overs name them: first those that are fit for it."""
    places = [each for each in places_of(session, sample.agency_id) if each.closed_at is None]
    kept_at = asked_for(sample.campaign.category)
    told = [(each.hand, *shelf(each, kept_at)) for each in places]
    return {hand: said for hand, said, _is_fit in sorted(told, key=lambda each: not each[2])}


def shelf(place: StoragePlace, kept_at: Range | None) -> tuple[Text, bool]:
    """What it is called, with its temperature, and whether it is fit for goods that are `kept_at` one."""
    name, there = f"{place.code} · {place.room} {place.shelf}".rstrip(), range_of(place)
    if there:
        name = f"{name} · {there.words}"
    if kept_at is None:
        return name, True
    if there is None:
        return _("%(place)s · its temperature is not named", place=name), False
    if kept_at.keeps(there):
        return name, True
    return _("%(place)s · not fit: this category is kept at %(range)s", place=name, range=kept_at.words), False


def pass_on(session: Session, case: Any, form: Any, me: Actor, version: int, *, held: Held) -> None:
    portion, taker = held.chosen(case, form), form.taker.data
    operations.pass_on(
        session,
        portion.sample,
        portion.kind,
        by=me,
        taken_by=taker if ":" in taker else f"{taker}:{form.name.data}",
        at=form.at.data,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data != "broken",
        place=form.place.data or "",
        condition=form.condition.data or "",
        parcel_no=form.parcel_no.data or "",
        seen=seen(session, form, me),
        version=held.take(session, case, "hand_over", portion.sample, by=me, version=version),
    )


class Confirming(SealRead):
    chosen_by = "step"
    step = Choice(_("Hand-over"))
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = temperature()
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"), optional=True)
    photo = photo()
    no_photo = no_photo()


def confirming(_session: Session, sample: Sample, me: Actor) -> Confirming:
    waiting = named(ONE_SAMPLE, sample, lambda each: awaiting(each, me))
    form = Confirming(data={"step": next(iter(waiting), "")})
    form.step.offer(waiting)
    form.seal_state.offer(SEAL_STATES | ANOTHER)
    form.seals = {str(step.id): step.portion.seal_no for step in awaiting(sample, me)}
    return without_needless_temperature(form, sample.campaign.category)


def confirm(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    operations.confirm_hand_over(
        session,
        sample,
        int(form.step.data),
        by=me,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data != "broken",
        condition=form.condition.data or "",
        seen=seen(session, form, me),
        version=version,
    )


class Explaining(Form):
    step = Choice(_("Hand-over"))
    reason = Paragraph(_("Explanation"), _("How it came to this, and why the portion is still sound"))


def explaining(_session: Session, case: Any, me: Actor, *, held: Held) -> Explaining:
    open_ones = named(held, case, lambda sample: by_others(sample, me))
    form = Explaining(data={"step": next(iter(open_ones), "")})
    form.step.offer(open_ones)
    return form


def explain(session: Session, case: Any, form: Any, me: Actor, version: int, *, held: Held) -> None:
    step = int(form.step.data)
    sample = next(each for each in held.samples(case) if step in {found.id for found in each.hand_overs})
    seen = held.take(session, case, "explain_gap", sample, by=me, version=version)
    operations.explain_gap(session, sample, step, form.reason.data, by=me, version=seen)


def named(held: Held, case: Any, which: Callable[[Sample], Sequence[HandOver]]) -> dict[str, Text]:
    """By its id: which portion's hand-over, the how many-eth of its chain, and when."""
    told: dict[str, Text] = {}
    for sample in held.samples(case):
        places: dict[int, int] = {}
        for portion in sample.portions:
            places |= {step.id: place for place, step in enumerate(steps_of(portion), 1)}
        told |= {
            str(step.id): _(
                "%(portion)s, hand-over %(place)s, %(moment)s",
                portion=held.called(step.portion),
                place=places[step.id],
                moment=moment(step.at),
            )
            for step in which(sample)
        }
    return told


def is_of_others_in(case: Any, by: Actor, *, held: Held) -> Reason | None:
    reasons = [is_of_others(sample, by) for sample in held.samples(case) if has_a_gap(sample)]
    return None if None in reasons else next(iter(reasons), None)


def waits_for_somebody(sample: Sample) -> bool:
    return any(step.giver_is_silent or step.taker_is_silent for step in sample.hand_overs)


def hand_over_sheet(held: Held) -> Sheet:
    return Sheet(
        partial(handing_over, held=held),
        partial(pass_on, held=held),
        _("Read the seal at every hand-over, and write down what you read."),
        label=_("Hand it over"),
        by=Can.SAMPLE_DISPATCH,
        is_due=lambda case: bool(held.portions(case, sealed)),
    )


def explain_sheet(held: Held) -> Sheet:
    return Sheet(
        partial(explaining, held=held),
        partial(explain, held=held),
        _("Until a gap is explained the portion stands at the laboratory's door. A broken seal cannot be explained."),
        label=_("Explain the gap"),
        by=Can.CUSTODY_EXPLAIN,
        is_due=lambda case: any(map(has_a_gap, held.samples(case))),
        also=[partial(is_of_others_in, held=held)],
    )


SAMPLE_SHEETS = {
    "hand_over": hand_over_sheet(ONE_SAMPLE),
    "confirm_hand_over": Sheet(
        confirming,
        confirm,
        _("You gave this portion, or took it. Read the seal yourself, and write down what you read."),
        label=_("Confirm the hand-over"),
        by=Can.SAMPLE_DISPATCH,
        is_due=waits_for_somebody,
        also=[waits_for_them],
    ),
    "explain_gap": explain_sheet(ONE_SAMPLE),
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
