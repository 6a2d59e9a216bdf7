"""What a seller gave back of what was paid: written down by the buyer who sees it arrive, or by a coordinator."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.alarms import AlarmKind, Cause
from quality.purchases.models import Task
from quality.purchases.operations.returning import TO_BE_TESTED, raise_alarm, read_cause

LONGEST = 500


def was_paid(task: Task) -> bool:
    return task.paid_fen is not None


def refund(
    session: Session,
    task: Task,
    *,
    refunded_fen: int,
    note: str,
    by: Actor,
    cause: Cause | str = Cause.UNKNOWN,
    version: int | None = None,
) -> None:
    """`refunded_fen` is all that came back so far, not only this time: so what was mistyped is put right the same way.

    Money of goods that are to be tested must not come back: it raises an alarm, whoever's doing it was. Of goods that
    nobody got it is as it should be.

    It stays with the task whatever becomes of it; the budget has it again (0056).
    """
    if not by.can(Can.TASK_REFUND) or not by.stands_over(task):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=_("Record a refund")))
    if not was_paid(task):
        raise Refused("not_paid", _("Nothing was paid for this task: there is nothing to give back"))
    if problems := wrong(task, refunded_fen, note):
        raise Invalid(*problems)
    named, before = read_cause(cause), task.refunded_fen or 0
    told = {"refunded_fen": refunded_fen, "before": before, "cause": named}
    facts = {"refunded_fen": refunded_fen}
    record(session, task, "refund", by=by, version=version, note=note.strip(), details=told, facts=facts)
    if refunded_fen > before and task.status in TO_BE_TESTED:
        raise_alarm(session, task, AlarmKind.REFUNDED, named, by=by)


def wrong(task: Task, refunded_fen: int, note: str) -> list[FieldProblem]:
    problems, paid = [], task.paid_fen or 0
    if not 0 <= refunded_fen <= paid:
        text = _("Enter from 0 to the %(paid)s yuan that were paid", paid=f"{paid / 100:,.2f}")
        problems.append(FieldProblem("refunded_fen", "more_than_paid", text))
    elif refunded_fen == (task.refunded_fen or 0):
        text = _("This is written down already; enter all that came back so far")
        problems.append(FieldProblem("refunded_fen", "unchanged", text))
    if not note.strip():
        problems.append(FieldProblem("note", "missing", _("Say why it came back, or what is put right")))
    elif len(note) > LONGEST:
        problems.append(FieldProblem("note", "too_long", _("Keep to %(most)s characters", most=LONGEST)))
    return problems
