"""The dossier of an expense: what it was for, its receipt, and who approved it. Its buyer is a code to others."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.core.words import Text, _
from quality.expenses import operations
from quality.expenses.models import Expense
from quality.expenses.queries import one_visible, visible_to
from quality.expenses.sums import sum_on
from quality.expenses.workflow import EXPENSE_LIFE, needs_a_reviewer
from quality.pages.forms.expenses import EXPENSE_SHEETS
from quality.pages.kinds.narrowing import in_campaign
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import day, moment, yuan
from quality.pages.timeline import name_for
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can


def facts_of(session: Session, expense: Expense, me: Actor) -> Iterator[Fact]:
    yield Fact(_("Amount"), yuan(expense.amount_fen), beside=how_many_approve(expense))
    yield Fact(_("Spent on"), word("expense_kind", expense.kind))
    yield Fact(_("What for"), expense.what)
    yield Fact(_("Day of the receipt"), day(expense.spent_on))
    yield Fact(_("Buyer"), name_for(session, expense.buyer_id, me), beside=moment(expense.entered_at))
    if expense.task is not None:
        number = expense.task.number
        yield Fact(_("Purchase"), number, link(me, Can.TASK_READ, "task", number), is_code=True)
    if expense.receipt is None:
        yield Fact(_("No receipt, because"), expense.no_receipt)
    if expense.passed_by_id is not None:
        yield Fact(_("Passed on by"), name_for(session, expense.passed_by_id, me))
    if expense.approved_by_id is not None:
        who, month = name_for(session, expense.approved_by_id, me), expense.month
        yield Fact(_("Approved by"), who, beside=moment(expense.approved_at))
        yield Fact(_("Paid with the month"), str(month), url_for("expenses.months"))


def how_many_approve(expense: Expense) -> Text | None:
    if not needs_a_reviewer(expense):
        return None
    above = sum_on(expense.kind, expense.spent_on).reviewer_above_fen
    return _("Above %(sum)s a reviewer approves it too", sum=yuan(above))


def heading(expense: Expense) -> Text:
    return _("%(kind)s, %(amount)s", kind=word("expense_kind", expense.kind), amount=yuan(expense.amount_fen))


def describe(session: Session, expense: Expense, me: Actor) -> Dossier:
    return Dossier(heading=heading(expense), facts=list(facts_of(session, expense, me)))


def new_one(me: Actor) -> tuple[Text, str] | None:
    return (_("Enter an expense"), url_for("expenses.new")) if me.can(Can.EXPENSE_ENTER) else None


def payments(me: Actor) -> tuple[Text, str] | None:
    return (_("By month"), url_for("expenses.months")) if me.can(Can.EXPENSE_READ) else None


def with_reason(label: Text) -> Made:
    return Made(
        lambda session, expense, by, version, note: operations.send_back(
            session, expense, note, by=by, version=version
        ),
        label,
        must=True,
    )


EXPENSE = Kind(
    name="expense",
    title=_("Expenses"),
    read=Can.EXPENSE_READ,
    life=EXPENSE_LIFE,
    model=Expense,
    visible_to=visible_to,
    one_visible=one_visible,
    number=lambda expense: expense.number,
    heading=heading,
    beside=lambda expense: expense.what,
    describe=describe,
    numbers=(Expense.number,),
    narrowed_by={"campaign": in_campaign(Expense, Expense.task)},
    shown_with=(joinedload(Expense.task),),
    sheets=EXPENSE_SHEETS,
    makes={
        "approve": Made(
            lambda session, expense, by, version, note: operations.approve(
                session, expense, by=by, version=version, note=note
            )
        ),
        "pass_on": Made(
            lambda session, expense, by, version, note: operations.pass_on(
                session, expense, by=by, version=version, note=note
            )
        ),
        "confirm": Made(
            lambda session, expense, by, version, note: operations.confirm(
                session, expense, by=by, version=version, note=note
            )
        ),
        "send_back": with_reason(_("What its buyer must put right")),
        "refuse": with_reason(_("What its buyer must put right")),
        "withdraw": Made(
            lambda session, expense, by, version, note: operations.withdraw(
                session, expense, by=by, version=version, note=note
            )
        ),
    },
    begins=new_one,
    across=payments,
)
