"""What a purchase asks: from the assignment to the sealed sample, and the way to the laboratory."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, url_for
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.words import Text, _
from quality.pages.forms.expenses import EXPENSE_OF_A_TASK
from quality.pages.forms.fields import Choice, Choices, Form, Line, Moment, Paragraph, Scanned, Whole, Yuan
from quality.pages.forms.returning import RETURN_SHEETS
from quality.pages.forms.sheet import Sheet
from quality.pages.words import word
from quality.people.actor import Actor
from quality.people.looks import OFFERED
from quality.people.models import Membership, Person
from quality.permissions import Can, Role
from quality.purchases import operations
from quality.purchases.barcodes import digits_of
from quality.purchases.declines import Declined, Declining, declined_of
from quality.purchases.deliveries import DeliveryState
from quality.purchases.labels import WORDS as LABEL_PROBLEMS
from quality.purchases.models import Cancelled, Task, TaskStatus, Unobtainable, Untested
from quality.purchases.operations import ProductFacts, SealedPortion
from quality.purchases.operations.appearing import Offered, offered_for
from quality.purchases.operations.covers import one_cover
from quality.purchases.operations.following import is_on_its_way
from quality.purchases.prices import DESPITE_CAP, over_the_cap_by, what_to_do
from quality.purchases.rules import limits_of
from quality.purchases.shops import was_not_there_lately
from quality.web import settings


def cipher() -> Cipher:
    return Cipher(settings().identity_keys, settings().identity_index_key)


LOOKS_AGAIN = _("The buyer looks whether it costs less by now")
ASKED_AGAIN = {"again": _("Give it to them all the same: they are asked again")}


class Assignment(Form):
    buyer = Choice(_("Buyer"), _("Who works as a buyer in this agency"))
    again = Choices(_("Who declined it"), ASKED_AGAIN)


class DearAssignment(Assignment):
    """Of a listing that the frame has above the cap."""

    despite_cap = Choices(_("Over the price cap"), {"yes": LOOKS_AGAIN})


def assignment(session: Session, task: Task, _me: Actor) -> Assignment:
    begins = {"buyer": str(task.buyer_id or "")}
    form = Assignment(data=begins)
    if over := over_the_cap_by(task):
        form = dear = DearAssignment(data=begins)
        dear.despite_cap.description = str(what_to_do(over))
    working = sa.select(Person).join(Membership).where(
        Membership.organisation_id == task.agency_id,
        Membership.role == Role.BUYER,
        Membership.ended_at.is_(None),
        Person.active,
    )  # fmt: skip
    declined = {each.person_id: each for each in declined_of(session, [task.id]).get(task.id, [])}
    people = sorted(session.scalars(working.order_by(Person.name, Person.id)), key=lambda p: p.id in declined)
    if not declined:
        del form.again
    form.buyer.offer({str(p.id): called(p, declined.get(p.id)) for p in people})
    return form


def called(buyer: Person, declined: Declined | None) -> Text:
    """Who declined it comes last, and says so: another should be asked, and there may be none."""
    name = buyer.name or buyer.email
    return (
        name
        if declined is None
        else _("%(name)s, who declined it: %(reason)s", name=name, reason=word("declining", declined.reason))
    )


def assign(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    buyer, despite = session.get_one(Person, int(form.buyer.data)), bool(form.data.get(DESPITE_CAP))
    again = bool(form.data.get("again"))
    operations.assign(session, task, buyer, by=me, version=version, again=again, despite_cap=despite)


AS_LAST_TIME = _("Name, address and telephone all empty: as at your last purchase")


class Order(Form):
    order_number = Line(_("Order number"), _("As it stands on the order page"))
    cover = Choice(_("Cover identity"), _("What stays empty below is taken from it"), optional=True)
    account = Line(_("Account"), _("The name of the account that bought"), optional=True)
    paid_fen = Yuan(_("Paid, in yuan"), _("Shipping included, discounts taken off"))
    shipping_fen = Yuan(_("Of it shipping"), optional=True)
    discount_fen = Yuan(_("Discounts and coupons taken off"), optional=True)
    quantity = Whole(_("Pieces"))
    paid_at = Moment(_("Paid at"), _("Beijing time"))
    recipient = Line(_("Name on the parcel"), AS_LAST_TIME, optional=True)
    address = Line(_("Sent to"), optional=True)
    telephone = Line(_("Telephone given"), _("Mobile, or landline with area code"), optional=True)


def ordering(session: Session, task: Task, _me: Actor) -> Order:
    """With the cover identities that this purchase may use; where none is registered, all is typed."""
    form, limits = Order(data={"paid_at": clock.now()}), limits_of(session, task.agency_id)
    offered = offered_for(session, task, limits)
    blocked = [_("%(number)s: %(why)s", number=each.cover.number, why=each.over.text) for each in offered if each.over]
    if not offered:
        del form.cover
        form.account.optional = False
        return form
    form.cover.offer({str(each.cover.id): seen_as(each, limits.cover_on_platform) for each in offered if not each.over})
    if blocked:
        said = "; ".join(map(str, blocked))
        form.cover.description = str(_("What stays empty below is taken from it. Blocked: %(covers)s", covers=said))
    return form


def seen_as(offered: Offered, limit: int) -> Text:
    told = {"number": offered.cover.number, "seen": offered.seen}
    if limit:
        return _("%(number)s, seen on this platform %(seen)s of %(limit)s times", **told, limit=limit)
    return _("%(number)s, seen on this platform %(seen)s times", **told)


def order(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    typed = dict(form.data)
    chosen = typed.pop("cover", None)
    cover = one_cover(session, me, int(chosen)) if chosen else None
    operations.order(session, task, by=me, cipher=cipher(), version=version, cover=cover, **typed)


class Reading(Form):
    reason = Choice(_("What you must read it for"), id="look-reason")
    why = Line(_("Why you must read it"), _("Kept with your name and the time"))


def reading(sent: Any = None) -> Reading:
    form = Reading(sent)
    form.reason.offer({each.value: word("look_reason", each) for each in OFFERED})
    return form


class Shipment(Form):
    delivery_number = Line(_("Delivery number"))
    shipped_at = Moment(_("Shipped at"), _("As the platform shows it, Beijing time"))


def ship(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.ship(session, task, by=me, cipher=cipher(), version=version, **form.data)


class Renumbering(Form):
    delivery_number = Line(_("Delivery number"), _("As the courier's page has it"))


def renumber(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.renumber(session, task, by=me, cipher=cipher(), version=version, **form.data)


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
    model = Line(_("Model"), _("As the listing has it; take it out if the goods do not bear it"), optional=True)
    barcode = Line(_("Barcode"), _("The digits below the bars, as the package has them"), optional=True)
    batch = Line(_("Batch or date of production"), optional=True)
    producer_name = Line(_("Nominal producer"), optional=True)
    producer_address = Line(_("Address of the producer"), optional=True)
    test_seal_no = Scanned(_("Seal number of the test portion"))
    test_quantity = Line(_("Quantity of the test portion"), _("With its unit, such as 2 pieces"))
    backup_seal_no = Scanned(_("Seal number of the backup portion"))
    backup_quantity = Line(_("Quantity of the backup portion"), _("With its unit, such as 1 piece"))
    remark = Paragraph(_("Remark"), optional=True)


def sealing(_session: Session, task: Task, _me: Actor) -> Sealing:
    """With what the listing said, to be compared with the goods. A barcode that is none is not proposed."""
    said = {name: str(task.drawn.listing.get(name) or "") for name in ("title", "model", "barcode")}
    return Sealing(data={"product_name": said["title"], "model": said["model"], "barcode": digits_of(said["barcode"])})


def seal(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    typed = dict(form.data)
    test, backup = (SealedPortion(typed.pop(f"{k}_seal_no"), typed.pop(f"{k}_quantity")) for k in ("test", "backup"))
    operations.seal(session, task, by=me, facts=ProductFacts(**typed), test=test, backup=backup, version=version)


class Why(Form):
    reason = Choice(_("Reason"))


def why_untested(_session: Session, _task: Task, _me: Actor) -> Why:
    form = Why()
    form.reason.offer({code.value: word("unobtainable", code.value) for code in Untested})
    return form


def why_not_obtained(_session: Session, task: Task, _me: Actor) -> Why:
    """What was written down of the parcel is proposed. Of goods that are here, what differs is asked for elsewhere."""
    said = {DeliveryState.LOST: Unobtainable.LOST, DeliveryState.REFUSED: Unobtainable.SELLER_CANCELLED}
    cannot = {Unobtainable.WRONG_ITEM} if task.status == TaskStatus.RECEIVED else set()
    if task.returned_at is None:
        cannot.add(Unobtainable.RETURNED)
        proposed = said.get(task.delivery) if task.delivery else None
    else:
        proposed = Unobtainable.RETURNED
    form = Why(data={"reason": proposed})
    form.reason.offer({code.value: word("unobtainable", code.value) for code in Unobtainable if code not in cannot})
    return form


def give_up(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.give_up(session, task, form.reason.data, by=me, version=version)


class Ending(Form):
    reason = Choice(_("Reason"))
    note = Paragraph(_("Note"), optional=True)


def ending(_session: Session, _task: Task, _me: Actor) -> Ending:
    form = Ending()
    form.reason.offer({code.value: word("unobtainable", code.value) for code in Cancelled})
    return form


class Declination(Form):
    reason = Choice(_("Reason"))
    note = Paragraph(_("Note"), optional=True)


def declination(_session: Session, _task: Task, _me: Actor) -> Declination:
    form = Declination()
    form.reason.offer({code.value: word("declining", code.value) for code in Declining})
    return form


def decline(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.decline(session, task, form.reason.data, by=me, version=version, note=form.note.data)


def after_declining(task: Task, _came: object) -> str:
    """Its page is not theirs any more."""
    flash(str(_("You declined %(number)s; it is with the coordinators again", number=task.number)), "success")
    return url_for("desk.cases", kind="task")


def cancel(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.cancel(session, task, form.reason.data, by=me, version=version, note=form.note.data)


def hand_on(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.hand_on(session, task, form.reason.data, by=me, version=version)


def now(form: type[Form], field: str) -> Any:
    """A form that proposes the present minute."""
    return lambda _session, _case, _me: form(data={field: clock.now()})


TASK_SHEETS = {
    "assign": Sheet(assignment, assign, answers=frozenset({"no_buyer"})),
    "order": Sheet(
        ordering,
        order,
        _("Number, account, time of payment and address are kept encrypted, apart from the case."),
        also=[was_not_there_lately],
    ),
    "ship": Sheet(now(Shipment, "shipped_at"), ship),
    "receive": Sheet(now(Parcel, "received_at"), receive, _("Take pictures of the closed parcel before you open it.")),
    "check_label": Sheet(lambda _session, _task, _me: LabelCheck(), check_label),
    "seal": Sheet(
        sealing, seal, _("What the label does not bear stays empty. Seal both portions before you fill this in.")
    ),
    "unobtainable": Sheet(
        why_not_obtained,
        give_up,
        _("The reason stays in the statistics; the next reserve of the stratum takes its place."),
        answers=frozenset({"no_reason"}),
    ),
    "decline": Sheet(
        declination,
        decline,
        _("The task goes back to the coordinators, who give it to another buyer. Nothing must be ordered yet."),
        may_wait=True,
        goes_on=after_declining,
    ),
    "cancel": Sheet(
        ending,
        cancel,
        _("The next reserve of the stratum takes its place, unless no more of it is bought."),
        answers=frozenset({"no_reason"}),
    ),
    "expense": EXPENSE_OF_A_TASK,
    **RETURN_SHEETS,
    "renumber": Sheet(
        lambda _session, _task, _me: Renumbering(),
        renumber,
        _("The number is kept encrypted, apart from the case; the record says that it was corrected, and no number."),
        label=_("Correct the delivery number"),
        by=Can.TASK_BUY,
        is_due=is_on_its_way,
        may_wait=True,
    ),
    "transfer": Sheet(
        why_untested,
        hand_on,
        _("The goods go to the local authority without a test."),
        answers=frozenset({"no_reason"}),
    ),
}
