"""What a purchase asks: from the assignment to the sealed sample, and the way to the laboratory."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.words import _
from quality.pages.forms.fields import Choice, Choices, Form, Line, Moment, Paragraph, Whole, Yuan
from quality.pages.forms.laboratory import SEAL_STATES
from quality.pages.forms.sheet import Sheet
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.models import Membership, Organisation, OrganisationKind, Person
from quality.permissions import Can, Role
from quality.purchases import operations
from quality.purchases.labels import WORDS as LABEL_PROBLEMS
from quality.purchases.models import PortionKind, PortionStatus, Sample, Task, Unobtainable, Untested
from quality.purchases.operations import ProductFacts, SealedPortion
from quality.web import settings


def cipher() -> Cipher:
    return Cipher(settings().identity_keys, settings().identity_index_key)


class Assignment(Form):
    buyer = Choice(_("Buyer"), _("Who works as a buyer in this agency"))


def assignment(session: Session, task: Task, _me: Actor) -> Assignment:
    form = Assignment(data={"buyer": str(task.buyer_id or "")})
    working = sa.select(Person).join(Membership).where(
        Membership.organisation_id == task.agency_id,
        Membership.role == Role.BUYER,
        Membership.ended_at.is_(None),
        Person.active,
    )  # fmt: skip
    form.buyer.offer({str(p.id): p.name or p.email for p in session.scalars(working.order_by(Person.name, Person.id))})
    return form


def assign(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.assign(session, task, session.get_one(Person, int(form.buyer.data)), by=me, version=version)


AS_LAST_TIME = _("Name, address and telephone all empty: as at your last purchase")


class Order(Form):
    order_number = Line(_("Order number"), _("As it stands on the order page"))
    account = Line(_("Account"), _("The name of the account that bought"))
    paid_fen = Yuan(_("Paid, in yuan"), _("Shipping included"))
    quantity = Whole(_("Pieces"))
    paid_at = Moment(_("Paid at"), _("Beijing time"))
    recipient = Line(_("Name on the parcel"), AS_LAST_TIME, optional=True)
    address = Line(_("Sent to"), optional=True)
    telephone = Line(_("Telephone given"), _("Mobile, or landline with area code"), optional=True)


def order(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.order(session, task, by=me, cipher=cipher(), version=version, **form.data)


class Reading(Form):
    why = Line(_("Why you must read it"), _("Kept with your name and the time"))


class Shipment(Form):
    delivery_number = Line(_("Delivery number"))
    shipped_at = Moment(_("Shipped at"), _("As the platform shows it, Beijing time"))


def ship(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.ship(session, task, by=me, cipher=cipher(), version=version, **form.data)


class Parcel(Form):
    received_at = Moment(_("Received at"), _("Beijing time"))


def receive(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.receive(session, task, by=me, version=version, **form.data)


class LabelCheck(Form):
    problems = Choices(_("What is wrong with the label"), LABEL_PROBLEMS, _("Tick nothing when nothing is missing"))


def check_label(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.check_label(session, task, form.problems.data or [], by=me, version=version)


class Sealing(Form):
    product_name = Line(_("Product name"), _("As the label has it"))
    spec = Line(_("Specification"), optional=True)
    brand = Line(_("Brand"), optional=True)
    batch = Line(_("Batch or date of production"), optional=True)
    producer_name = Line(_("Nominal producer"), optional=True)
    producer_address = Line(_("Address of the producer"), optional=True)
    test_seal_no = Line(_("Seal number of the test portion"))
    test_quantity = Line(_("Quantity of the test portion"), _("With its unit, such as 2 pieces"))
    backup_seal_no = Line(_("Seal number of the backup portion"))
    backup_quantity = Line(_("Quantity of the backup portion"), _("With its unit, such as 1 piece"))
    remark = Paragraph(_("Remark"), optional=True)


def sealing(_session: Session, task: Task, _me: Actor) -> Sealing:
    return Sealing(data={"product_name": str(task.drawn.listing.get("title") or "")})


def seal(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    typed = dict(form.data)
    test, backup = (SealedPortion(typed.pop(f"{k}_seal_no"), typed.pop(f"{k}_quantity")) for k in ("test", "backup"))
    operations.seal(session, task, by=me, facts=ProductFacts(**typed), test=test, backup=backup, version=version)


class Why(Form):
    reason = Choice(_("Reason"))


def why(codes: type[Unobtainable] | type[Untested]) -> Any:
    def made(_session: Session, _task: Task, _me: Actor) -> Why:
        form = Why()
        form.reason.offer({code.value: word("unobtainable", code.value) for code in codes})
        return form

    return made


def give_up(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.give_up(session, task, form.reason.data, by=me, version=version)


def hand_on(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.hand_on(session, task, form.reason.data, by=me, version=version)


class Dispatch(Form):
    laboratory = Choice(_("Laboratory"))
    courier = Line(_("Carried by"), _("The courier and the number of the parcel, or who takes it there"))
    place = Line(_("Place of the hand-over"), optional=True)


def dispatching(session: Session, _sample: Sample, _me: Actor) -> Dispatch:
    form = Dispatch()
    there = sa.select(Organisation).where(Organisation.kind == OrganisationKind.LABORATORY).order_by(Organisation.name)
    form.laboratory.offer({str(each.id): each.name for each in session.scalars(there)})
    return form


def dispatch(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    laboratory = session.get_one(Organisation, int(form.laboratory.data))
    way = {"courier": form.courier.data, "place": form.place.data}
    operations.dispatch(session, sample, laboratory, by=me, version=version, **way)


class HandingOver(Form):
    portion = Choice(_("Portion"))
    taker = Choice(_("Who takes it"))
    name = Line(_("Which store or courier"), _("Not needed for a colleague"), optional=True)
    seal_no = Line(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    at = Moment(_("Handed over at"), _("Beijing time"))
    place = Line(_("Where"), optional=True)
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"), optional=True)


def handing_over(session: Session, sample: Sample, me: Actor) -> HandingOver:
    form = HandingOver(data={"at": clock.now()})
    held = [portion.kind for portion in sample.portions if portion.status == PortionStatus.SEALED]
    form.portion.offer({kind.value: word("portion_kind", kind) for kind in held})
    colleagues = sa.select(Person).join(Membership).where(
        Membership.organisation_id == sample.agency_id,
        Membership.role.in_((Role.BUYER, Role.COORDINATOR)),
        Membership.ended_at.is_(None),
        Person.active,
    )  # fmt: skip
    there = {f"person:{p.id}": p.name or p.email for p in session.scalars(colleagues.order_by(Person.name, Person.id))}
    form.taker.offer({"store": _("A store"), "courier": _("A courier"), **there})
    form.seal_state.offer(SEAL_STATES)
    return form


def pass_on(session: Session, sample: Sample, form: Any, me: Actor, version: int) -> None:
    taker = form.taker.data
    operations.pass_on(
        session,
        sample,
        PortionKind(form.portion.data),
        by=me,
        taken_by=taker if taker.startswith("person:") else f"{taker}:{form.name.data}",
        at=form.at.data,
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data == "intact",
        place=form.place.data or "",
        condition=form.condition.data or "",
        version=version,
    )


def is_held(sample: Sample) -> bool:
    return any(portion.status == PortionStatus.SEALED for portion in sample.portions)


def now(form: type[Form], field: str) -> Any:
    """A form that proposes the present minute."""
    return lambda _session, _case, _me: form(data={field: clock.now()})


TASK_SHEETS = {
    "assign": Sheet(assignment, assign, answers=frozenset({"no_buyer"})),
    "order": Sheet(
        now(Order, "paid_at"),
        order,
        _("Number, account, time of payment and address are kept encrypted, apart from the case."),
    ),
    "ship": Sheet(now(Shipment, "shipped_at"), ship),
    "receive": Sheet(now(Parcel, "received_at"), receive, _("Take pictures of the closed parcel before you open it.")),
    "check_label": Sheet(lambda _session, _task, _me: LabelCheck(), check_label),
    "seal": Sheet(
        sealing, seal, _("What the label does not bear stays empty. Seal both portions before you fill this in.")
    ),
    "unobtainable": Sheet(
        why(Unobtainable),
        give_up,
        _("The reason stays in the statistics; the next reserve of the stratum takes its place."),
        answers=frozenset({"no_reason"}),
    ),
    "transfer": Sheet(
        why(Untested),
        hand_on,
        _("The goods go to the local authority without a test."),
        answers=frozenset({"no_reason"}),
    ),
}
SAMPLE_SHEETS = {
    "hand_over": Sheet(
        handing_over,
        pass_on,
        _("Read the seal at every hand-over, and write down what you read."),
        label=_("Hand it over"),
        by=Can.SAMPLE_DISPATCH,
        is_due=is_held,
    ),
    "dispatch": Sheet(
        dispatching,
        dispatch,
        _("Look at the seal first: a broken one is not sent."),
        answers=frozenset({"no_laboratory", "sampler_tests"}),
    ),
}
