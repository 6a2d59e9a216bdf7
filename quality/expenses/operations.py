"""Expenses are entered, corrected, approved or sent back. Who laid out money never decides on it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, perform, record
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import refer
from quality.evidence.queries import holding_of
from quality.expenses.claims import PAID_BACK, USED, Laid, Of, entered_already, wrong
from quality.expenses.models import Expense, ExpenseKind
from quality.expenses.workflow import APPROVE, CONFIRM, CORRECT, PASS_ON, REFUSE, SEND_BACK, WITHDRAW
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.models import Task

LONGEST_NOTE = 500


def enter(session: Session, laid: Laid, *, by: Actor, task: Task | None = None) -> Expense:
    """An expense of the one who acts: for their purchase, or in general. Its receipt becomes an exhibit of it."""
    if not by.can(Can.EXPENSE_ENTER) or by.organisation is None or (task is not None and not by.stands_over(task)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.EXPENSE_ENTER))
    if task is not None:  # of two for one purchase at once the second sees the first
        told = {"kind": laid.kind, "amount_fen": laid.amount_fen}
        record(session, task, "expense", by=by, details=told)
    agency = by.organisation if task is None else task.campaign.agency
    of = Of(by, agency.id, task)
    if problems := list(wrong(session, laid, of)):
        raise Invalid(*problems)
    number = next_number(session, agency.code, "E")
    if problems := list(entered_already(session, laid, of)):  # at the same moment, before we had a number
        raise Invalid(*problems)
    expense = Expense(
        number=number,
        agency_id=agency.id,
        buyer_id=by.id,
        task_id=task.id if task else None,
        entered_at=clock.now(),
        **facts_of(laid),
    )
    with_its_name(session, laid, lambda: begin(session, expense, by=by, details=told_of(laid)))
    show(session, expense, by=by)
    return expense


def correct(session: Session, expense: Expense, laid: Laid, *, by: Actor, version: int | None = None) -> None:
    """What was sent back is entered anew, with what was wrong put right."""
    if problems := list(wrong(session, laid, Of(by, expense.agency_id, expense.task, but=expense.id))):
        raise Invalid(*problems)
    facts = facts_of(laid) | {"passed_by_id": None}
    with_its_name(
        session,
        laid,
        lambda: perform(session, expense, CORRECT, by=by, version=version, facts=facts, details=told_of(laid)),
    )
    show(session, expense, by=by)


def facts_of(laid: Laid) -> dict[str, object]:
    return {
        "kind": ExpenseKind(laid.kind),
        "amount_fen": laid.amount_fen,
        "spent_on": laid.spent_on,
        "what": laid.what.strip(),
        "receipt": laid.receipt or None,
        "no_receipt": "" if laid.receipt else laid.no_receipt.strip(),
    }


def told_of(laid: Laid) -> dict[str, object]:
    """Of the record: what it says of the receipt is a hash."""
    return {"kind": laid.kind, "amount_fen": laid.amount_fen, "spent_on": laid.spent_on, "receipt": laid.receipt}


def with_its_name(session: Session, laid: Laid, write: Callable[[], None]) -> None:
    """Somebody entered the same receipt, or the same price, at the same moment: the database says so."""
    try:
        write()
    except IntegrityError as conflict:
        taken = "receipt" if "receipt" in str(conflict.orig) else "kind"
        text = USED if taken == "receipt" else PAID_BACK
        raise Invalid(FieldProblem(taken, f"used_{taken}", text)) from conflict


def show(session: Session, expense: Expense, *, by: Actor) -> None:
    if expense.receipt is None:
        return
    holding = holding_of(session, by.organisation_id, expense.receipt)
    assert holding is not None  # asked before
    refer(session, expense, holding, EvidenceKind.EXPENSE, by=by)


# --- decisions ---


def approve(session: Session, expense: Expense, *, by: Actor, version: int | None = None, note: str = "") -> None:
    perform(session, expense, APPROVE, by=by, version=version, note=note, facts=now_approved())


def pass_on(session: Session, expense: Expense, *, by: Actor, version: int | None = None, note: str = "") -> None:
    perform(session, expense, PASS_ON, by=by, version=version, note=note)


def confirm(session: Session, expense: Expense, *, by: Actor, version: int | None = None, note: str = "") -> None:
    perform(session, expense, CONFIRM, by=by, version=version, note=note, facts=now_approved())


def now_approved() -> dict[str, object]:
    now = clock.now()
    return {"approved_at": now, "month": f"{now.astimezone(BEIJING):%Y-%m}"}


def send_back(session: Session, expense: Expense, why: str, *, by: Actor, version: int | None = None) -> None:
    """By a coordinator, or by a reviewer to whom it was passed on: its buyer reads why."""
    ask = _("Say what its buyer must put right")
    if problems := list(fields.text("note", why, most=LONGEST_NOTE, ask=ask)):
        raise Invalid(*problems)
    move = REFUSE if by.can(Can.EXPENSE_CONFIRM) else SEND_BACK
    perform(session, expense, move, by=by, version=version, note=why.strip())


def withdraw(session: Session, expense: Expense, *, by: Actor, version: int | None = None, note: str = "") -> None:
    perform(session, expense, WITHDRAW, by=by, version=version, note=note)
