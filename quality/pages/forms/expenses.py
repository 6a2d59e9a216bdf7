"""What an expense asks: on the page of its purchase, in general, and once more when it was sent back."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.expenses import operations
from quality.expenses.claims import Laid
from quality.expenses.models import Expense, ExpenseKind, ExpenseStatus
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Choice, Day, Files, Form, Line, Yuan
from quality.pages.forms.sheet import Sheet
from quality.pages.moments import moment
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Task, TaskStatus

KEPT = ("kind", "amount_fen", "spent_on", "what", "receipt", "no_receipt")  # of what was laid out
RECEIPTS = "image/*,application/pdf"
SHOWS_MONEY = (EvidenceKind.EXPENSE, EvidenceKind.PAYMENT)
BEFORE_A_BUYER = {TaskStatus.PLANNED, TaskStatus.CANCELLED}


class Claim(Form):
    kind = Choice(_("Spent on"))
    amount_fen = Yuan(_("Amount, in yuan"), _("As the receipt has it"))
    spent_on = Day(_("Day of the receipt"))
    what = Line(_("What for"), _("In a few words, such as: parcel to the laboratory"))
    receipt = Choice(_("A receipt that is here already"), optional=True)
    file = Files(_("Picture of the receipt"), _("A picture or a PDF"), optional=True, accept=RECEIPTS, many=False)
    no_receipt = Line(_("No receipt, because"), _("Only where there is none, such as: city bus"), optional=True)


def blank() -> Claim:
    form = Claim(data={"spent_on": day_of(clock.now())})
    offer(form, {kind.value: word("expense_kind", kind) for kind in ExpenseKind if kind != ExpenseKind.PRICE}, {})
    return form


def offer(form: Claim, kinds: dict[str, Text], receipts: dict[str, Text]) -> None:
    form.kind.offer(kinds)
    form.receipt.offer(receipts)
    if not receipts:
        del form.receipt


def of_a_task(session: Session, task: Task, _me: Actor) -> Claim:
    """Of the goods' price what was paid is proposed; the receipt may be one that was sent before, also by a phone."""
    form = Claim(data={"spent_on": day_of(clock.now())})
    kinds = [kind for kind in ExpenseKind if kind != ExpenseKind.PRICE or task.paid_fen is not None]
    offer(form, {kind.value: word("expense_kind", kind) for kind in kinds}, receipts_of(session, task))
    return form


def receipts_of(session: Session, task: Task) -> dict[str, Text]:
    """By sha256, with what each shows and when it came."""
    there = [each for each in exhibits_of(session, task) if each.kind in SHOWS_MONEY]
    return {
        each.holding.sha256: _("%(what)s, %(at)s", what=word("evidence", each.kind), at=moment(each.at))
        for each in there
    }


def laid(session: Session, form: Any, me: Actor) -> Laid:
    """As it was typed; a file that came with it counts before one that was there."""
    sent = taken_in(session, form.file.data or [], EvidenceKind.EXPENSE, by=me)
    chosen = (form.receipt.data or "") if "receipt" in form else ""
    return Laid(
        kind=form.kind.data,
        amount_fen=form.amount_fen.data,
        spent_on=form.spent_on.data,
        what=form.what.data or "",
        receipt=sent[0] if sent else chosen,
        no_receipt=form.no_receipt.data or "",
        is_sent_along=bool(sent),
    )


def enter(session: Session, task: Task, form: Any, me: Actor, _version: int) -> Expense:
    """Whoever enters it needs not have seen the latest state of the purchase: it changes nothing of it."""
    return operations.enter(session, laid(session, form, me), by=me, task=task)


def there(_case: object, came: Any) -> str:
    return url_for("desk.dossier", kind="expense", number=came.number)


EXPENSE_OF_A_TASK = Sheet(
    of_a_task,
    enter,
    _("What you laid out for this purchase. A coordinator looks at the receipt; it is paid with the month in which it "
      "is approved."),
    label=_("Enter an expense"),
    by=Can.EXPENSE_ENTER,
    is_due=lambda task: task.status not in BEFORE_A_BUYER,
    may_wait=True,
    goes_on=there,
)  # fmt: skip


def as_it_stands(session: Session, expense: Expense, _me: Actor) -> Claim:
    form = Claim(data={name: getattr(expense, name) for name in KEPT})
    kept = receipts_of(session, expense.task) if expense.task else {}
    if expense.receipt:
        kept = {expense.receipt: _("The receipt as it was sent"), **kept}
    kinds = [kind for kind in ExpenseKind if kind != ExpenseKind.PRICE or expense.task_id is not None]
    offer(form, {kind.value: word("expense_kind", kind) for kind in kinds}, kept)
    return form


def correct(session: Session, expense: Expense, form: Any, me: Actor, version: int) -> None:
    operations.correct(session, expense, laid(session, form, me), by=me, version=version)


EXPENSE_SHEETS = {
    "correct": Sheet(
        as_it_stands,
        correct,
        _("Put right what the note says; it goes to the coordinators again."),
        is_due=lambda expense: expense.status == ExpenseStatus.RETURNED,
    )
}
