"""Goods of a sample that went back, and alarms: raised by what is recorded, seen to by another person."""

from __future__ import annotations

from sqlalchemy.orm import Session, object_session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import Reason, _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.alarms import Alarm, AlarmKind, Cause, alarms_of
from quality.purchases.models import Task, TaskStatus, Unobtainable

LONGEST = 500
TO_BE_TESTED = {
    TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED, TaskStatus.SEALED, TaskStatus.TRANSFERRED_UNTESTED,
}  # fmt: skip


def raise_alarm(session: Session, task: Task, kind: AlarmKind, cause: Cause, *, by: Actor) -> None:
    """Within the deed that tells of it: the task is taken."""
    about = {"agency_id": task.agency_id, "task_id": task.id, "by_id": by.id}
    session.add(Alarm(kind=kind, cause=cause, at=clock.now(), **about))
    session.flush()


def came_wrong(task: Task) -> bool:
    """Other goods came than were ordered: they may go back to who sold them."""
    return task.status == TaskStatus.UNOBTAINABLE and task.exit_reason == Unobtainable.WRONG_ITEM


def can_go_back(task: Task) -> bool:
    """The goods are in the buyer's hands, unsealed. What is sealed goes from hand to hand, and never back."""
    is_here = task.status == TaskStatus.RECEIVED or (came_wrong(task) and task.received_at is not None)
    return is_here and task.returned_at is None


def give_back(
    session: Session, task: Task, cause: Cause | str, *, by: Actor, note: str, version: int | None = None
) -> None:
    """Write down that the goods went back to the seller. Nothing is left to seal; of a wrong item that is as it should
    be, and of everything else an alarm."""
    may_tell(task, by)
    named = read_cause(cause)
    ask = _("Say how it came to this, without anything that leads to who buys")
    if problems := list(fields.text("note", note, most=LONGEST, ask=ask)):
        raise Invalid(*problems)
    told = {"cause": named, "is_alarm": not came_wrong(task)}
    if not can_go_back(task):
        raise Refused("not_in_hand", _("Only goods that were received and are not sealed can have gone back"))
    record(
        session,
        task,
        "return",
        by=by,
        version=version,
        note=note.strip(),
        details=told,
        facts={"returned_at": clock.now()},
    )
    if told["is_alarm"]:
        raise_alarm(session, task, AlarmKind.RETURNED, named, by=by)


def may_tell(task: Task, by: Actor) -> None:
    if not by.can(Can.TASK_REFUND) or not by.stands_over(task):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.TASK_REFUND))


def read_cause(cause: Cause | str) -> Cause:
    try:
        return Cause(cause)
    except ValueError:
        text = _("Choose one of these reasons: %(codes)s", codes=", ".join(Cause))
        raise Invalid(FieldProblem("cause", "unknown_reason", text)) from None


# --- seen to ---


def open_alarms(task: Task) -> list[Alarm]:
    session = object_session(task)
    assert session is not None, "a row that is shown belongs to a session"
    return list(alarms_of(session, task, open_only=True))


def has_an_alarm(task: Task) -> bool:
    return bool(open_alarms(task))


def was_told_by_somebody_else(task: Task, by: Actor) -> Reason | None:
    if any(alarm.by_id == by.id for alarm in open_alarms(task)):
        return Reason("same_person", _("Someone other than who recorded it must see to the alarm"))
    return None


def see_to_alarms(session: Session, task: Task, note: str, *, by: Actor, version: int | None = None) -> None:
    """Say what is done about the open alarms of a purchase: whether the seller knows, and how it goes on."""
    if not by.can(Can.ALARM_SEE_TO) or not by.stands_over(task):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.ALARM_SEE_TO))
    if problems := list(fields.text("note", note, most=LONGEST, ask=_("Say what is done about it"))):
        raise Invalid(*problems)
    record(session, task, "see_to_alarm", by=by, version=version, note=note.strip())
    waiting = open_alarms(task)
    if not waiting:
        raise Refused("no_alarm", _("No alarm of this purchase is open; somebody has seen to it already"))
    if reason := was_told_by_somebody_else(task, by):
        raise Refused.because(reason)
    for alarm in waiting:
        alarm.seen_at, alarm.seen_by_id, alarm.what_was_done = clock.now(), by.id, note.strip()
    session.flush()
