"""What is asked where a purchase does not go as it should: where its parcel is, what came back, what came instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, url_for
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choice, Choices, Files, Form, Moment, Paragraph, Yuan
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.moments import yuan
from quality.pages.words import word
from quality.pages.words.purchases import PURCHASE_CODES
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import operations
from quality.purchases.alarms import Cause
from quality.purchases.deliveries import FOLLOWS, DeliveryState
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations.following import is_on_its_way
from quality.purchases.operations.returning import came_wrong, can_go_back, has_an_alarm, was_told_by_somebody_else

NOTHING_SECRET = _("Without account, order number or anything else that leads to who buys")
PICTURES = "image/*,video/*"


class Delivery(Form):
    state = Choice(_("Where it is"))
    at = Moment(_("There since"), _("As the courier's page has it, Beijing time"))


def delivering(_session: Session, task: Task, _me: Actor) -> Delivery:
    form = Delivery(data={"at": clock.now()})
    form.state.offer(
        {state.value: word("delivery_state", state) for state in DeliveryState if state in FOLLOWS[task.delivery]}
    )
    return form


def deliver(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.note_delivery(session, task, form.state.data, form.at.data, by=me, version=version)


class Refund(Form):
    refunded_fen = Yuan(_("Given back so far, in yuan"), _("All that came back of this order, not only this time"))
    cause = Choice(_("Whose doing it was"))
    note = Paragraph(_("Why it came back"), NOTHING_SECRET)


def causes(*without: Cause) -> dict[str, Text]:
    return {cause.value: word("cause", cause) for cause in Cause if cause not in without}


def refunding(_session: Session, task: Task, _me: Actor) -> Refund:
    """All that was paid is proposed: most orders that fail come back whole."""
    form = Refund(data={"refunded_fen": None if task.refunded_fen else task.paid_fen})
    form.cause.offer(causes())
    return form


def refund(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    came = {"refunded_fen": form.refunded_fen.data, "cause": form.cause.data, "note": form.note.data or ""}
    operations.refund(session, task, **came, by=me, version=version)


class Return(Form):
    cause = Choice(_("Whose doing it was"))
    note = Paragraph(_("How it came to this"), NOTHING_SECRET)


def returning(_session: Session, task: Task, _me: Actor) -> Return:
    form = Return(data={"cause": Cause.NOT_AS_ORDERED if came_wrong(task) else None})
    form.cause.offer(causes(Cause.DIFFERENCE))
    return form


def give_back(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.give_back(session, task, form.cause.data, note=form.note.data or "", by=me, version=version)


class SeenTo(Form):
    note = Paragraph(
        _("What is done about it"), _("Whether the seller knows of the test, and how the purchase goes on")
    )


def see_to(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    operations.see_to_alarms(session, task, form.note.data or "", by=me, version=version)


class WrongItem(Form):
    differs = Choices(_("In what it differs from what was ordered"), PURCHASE_CODES["difference"])
    came = Paragraph(_("What came instead"), _("As the goods and their label have it"))
    file = Files(
        _("Pictures of what came"),
        _("The goods and their label; none more where the task has some already"),
        optional=True,
        accept=PICTURES,
    )


def compare(session: Session, task: Task, form: Any, me: Actor, version: int) -> Task | None:
    """What was typed counts with its pictures, or not at all: a form that comes back keeps neither."""
    unchanged(session, task, version)
    for sha256 in taken_in(session, form.file.data or [], EvidenceKind.MARKS, by=me):
        attach(session, task, sha256, EvidenceKind.MARKS, by=me)
        version = task.version
    return operations.report_wrong_item(
        session, task, form.differs.data or [], form.came.data or "", by=me, version=version
    )


def ordered(_session: Session, task: Task, _form: Form) -> Mapping[str, Any]:
    """What was ordered, to be held against what came."""
    listing, drawn = task.drawn.listing, task.drawn
    said = (
        (_("Product"), listing.get("title")),
        (_("Brand"), listing.get("brand")),
        (_("Model"), listing.get("model")),
        (_("Specification"), listing.get("spec")),
        (_("Barcode"), listing.get("barcode")),
        (_("Shop"), listing.get("shop_name")),
        (_("Pieces"), task.quantity),
        (_("Listed at"), yuan(drawn.price_fen)),
    )
    return {"ordered": [(label, str(value)) for label, value in said if value]}


def after_the_wrong_item(task: Task, _came: object) -> str:
    flash(str(_("Reported as the wrong item. If it goes back to the seller, record that on this page too")), "success")
    return url_for("desk.dossier", kind="task", number=task.number)


RETURN_SHEETS = {
    "see_to_alarm": Sheet(
        lambda _session, _task, _me: SeenTo(),
        see_to,
        _("Money or goods of this purchase came back, which must not happen to a sample."),
        also=[was_told_by_somebody_else],
        label=_("See to the alarm"),
        by=Can.ALARM_SEE_TO,
        is_due=has_an_alarm,
    ),
    "delivery": Sheet(
        delivering,
        deliver,
        _("As the courier's page says it. When the parcel is here, record that it was received."),
        label=_("Write down where the parcel is"),
        by=Can.TASK_FOLLOW,
        is_due=is_on_its_way,
        may_wait=True,
    ),
    "wrong_item": Sheet(
        lambda _session, _task, _me: WrongItem(),
        compare,
        _("Hold what came against what was ordered. The next reserve of the stratum takes its place."),
        label=_("Something else came"),
        by=Can.TASK_BUY,
        is_due=lambda task: task.status == TaskStatus.RECEIVED,
        may_wait=True,
        template="desk/wrong_item.html",
        shown=ordered,
        goes_on=after_the_wrong_item,
    ),
    "refund": Sheet(
        refunding,
        refund,
        _("The budget of the campaign has it again. What was paid stays in the record. Orders of samples are not "
          "refunded: unless the goods never came, the coordinators get an alarm."),
        label=_("Record a refund"),
        by=Can.TASK_REFUND,
        is_due=operations.was_paid,
        may_wait=True,
    ),
    "return": Sheet(
        returning,
        give_back,
        _("Goods of a sample do not go back: nothing is left to test then, and the coordinators get an alarm. "
          "The wrong item may go back."),
        label=_("Record that the goods went back"),
        by=Can.TASK_REFUND,
        is_due=can_go_back,
        may_wait=True,
    ),
}  # fmt: skip
