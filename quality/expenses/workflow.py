"""The life of an expense: its buyer enters it, a coordinator approves it or sends it back, above a sum a reviewer too."""

from __future__ import annotations

from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.expenses.models import Expense, ExpenseKind, ExpenseStatus
from quality.expenses.sums import sum_on
from quality.people.actor import Actor
from quality.permissions import Can

ENTERED, RETURNED, PASSED, APPROVED, WITHDRAWN = ExpenseStatus
Move = Transition[Expense]


def needs_a_reviewer(expense: Expense) -> bool:
    return expense.amount_fen > sum_on(expense.kind, expense.spent_on).reviewer_above_fen


def is_of_somebody_else(expense: Expense, actor: Actor) -> Reason | None:
    if expense.buyer_id == actor.id:
        return Reason("same_person", _("Nobody approves what they laid out themselves; ask a colleague"))
    return None


def was_passed_by_somebody_else(expense: Expense, actor: Actor) -> Reason | None:
    if expense.passed_by_id == actor.id:
        return Reason("same_person", _("Someone other than who passed it on must approve it"))
    return None


def is_for_one_to_approve(expense: Expense, actor: Actor) -> Reason | None:
    if needs_a_reviewer(expense):
        return Reason("above_the_sum", _("It is above what one person approves: pass it on to a reviewer"))
    return None


def is_for_two_to_approve(expense: Expense, actor: Actor) -> Reason | None:
    if needs_a_reviewer(expense):
        return None
    return Reason("within_the_sum", _("It is not above what one person approves: approve it"))


def is_still_borne(expense: Expense, actor: Actor) -> Reason | None:
    """What the seller gave back meanwhile is not paid to the buyer a second time."""
    task = expense.task
    if expense.kind != ExpenseKind.PRICE or task is None:
        return None
    if expense.amount_fen <= (task.paid_fen or 0) - (task.refunded_fen or 0):
        return None
    return Reason("given_back", _("The seller gave back what this would pay again: send it back to be corrected"))


# fmt: off
#                     move         from                  to         who may               provided that it
CORRECT   = Move("correct",   {RETURNED},           ENTERED,   Can.EXPENSE_ENTER,   [], _("Correct it"))
WITHDRAW  = Move("withdraw",  {ENTERED, RETURNED},  WITHDRAWN, Can.EXPENSE_ENTER,   [], _("Withdraw it"))
APPROVE   = Move("approve",   {ENTERED},            APPROVED,  Can.EXPENSE_APPROVE, [is_of_somebody_else, is_for_one_to_approve, is_still_borne], _("Approve it"), signs="approved_by_id")
PASS_ON   = Move("pass_on",   {ENTERED},            PASSED,    Can.EXPENSE_APPROVE, [is_of_somebody_else, is_for_two_to_approve, is_still_borne], _("Pass it on to a reviewer"), signs="passed_by_id")
SEND_BACK = Move("send_back", {ENTERED},            RETURNED,  Can.EXPENSE_APPROVE, [], _("Send it back"))
CONFIRM   = Move("confirm",   {PASSED},             APPROVED,  Can.EXPENSE_CONFIRM, [is_of_somebody_else, was_passed_by_somebody_else, is_still_borne], _("Approve it too"), signs="approved_by_id")
REFUSE    = Move("refuse",    {PASSED},             RETURNED,  Can.EXPENSE_CONFIRM, [], _("Send it back"))
# fmt: on

EXPENSE_LIFE = Workflow(ENTERED, [APPROVE, PASS_ON, CONFIRM, CORRECT, SEND_BACK, REFUSE, WITHDRAW])
