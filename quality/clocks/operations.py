"""Clocks are started and stopped with a move; paused, resumed and extended with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks import queries
from quality.clocks.calendar import Calendar
from quality.clocks.days import Due, day_of, due
from quality.clocks.models import ChangeKind, Clock, ClockChange
from quality.clocks.rules import rule_on
from quality.core import clock as time
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.words import _
from quality.core.workflow import Actor, Case, Part, name_of, record, take


class Allowed(NamedTuple):
    """On whose word a clock is changed: who decided, and the number of the decision."""

    by: str = ""
    decision_no: str = ""

    def facts(self) -> dict[str, str | None]:
        return {"allowed_by": self.by or None, "decision_no": self.decision_no or None}


NOBODY = Allowed()  # the program itself, with a move that says why
MOMENT = timedelta(microseconds=1)
LONGEST_EXTENSION = 365  # days; a longer one is a slip of the finger


def start(
    session: Session, case: Case | Part, rule_code: str, at: datetime, *, calendar: Calendar | None = None
) -> Clock:
    """Let a clock run for `case` from `at`, the moment of the start event. The same start again changes nothing.

    Called within the move that starts it: the case is taken, and the move's event tells of it. Who starts many
    passes the `calendar` that they read once. One that has stopped is over, and is never what is given back: where it
    had begun at this very moment, the new one begins a microsecond after it. Stopped at once, it has not run at all.
    """
    subject = {"subject_type": case.__tablename__, "subject_id": case.id}
    same = sa.select(Clock).filter_by(**subject, rule=rule_code)
    while clock := session.scalars(same.where(Clock.started_at == at)).one_or_none():
        if clock.stopped_at == clock.started_at:
            clock.stopped_at = clock.outcome = None
        if clock.is_running:
            return clock
        at += MOMENT
    result = due(rule_on(rule_code, day_of(at)), at, calendar or queries.calendar(session))
    whole, _part = queries.whole_and_part(case)
    of = {"case_type": whole.__tablename__, "case_id": whole.id}
    clock = Clock(**subject, **of, rule=rule_code, started_at=at, **dates(result))
    session.add(clock)
    session.flush()
    return clock


def stop(
    session: Session, case: Case | Part, rule_code: str, at: datetime, *, by: Actor, outcome: str = "done"
) -> list[Clock]:
    """Stop the clocks of this rule that run for `case`. One that ran out unnoticed is recorded as overdue first.

    `outcome` says why in a code: "done", or what made the deed needless ("withdrawn", "excused").
    """
    running = queries.running(session, case, rule_code)
    if any(at < clock.started_at for clock in running):
        raise Refused("before_its_start", _("This moment lies before the one from which the period runs"))
    unnoticed = [clock for clock in running if clock.is_overdue(at) and clock.overdue_recorded_at is None]
    for clock in running:
        clock.stopped_at, clock.outcome, clock.paused_at = at, outcome, None
    for clock in unnoticed:
        clock.overdue_recorded_at = time.now()
        whole, part = queries.whole_and_part(case)
        record(session, whole, "overdue", by=by, part=part, details=overdue_details(clock))
    session.flush()
    return running


def pause(session: Session, clock: Clock, at: datetime, *, reason: str, by: Actor, allowed: Allowed = NOBODY) -> None:
    """Let the clock stand from `at`. Its last day moves on with each day until it is resumed."""
    clock_taken = take_for_change(session, clock, at, reason)
    if clock.paused_at:
        raise Refused("paused_already", _("This clock stands already; resume it first"))
    clock.paused_at = at
    made = ClockChange(kind=ChangeKind.PAUSE, at=at, reason=reason, **allowed.facts())
    change(session, clock_taken, clock, made, by=by)


def resume(session: Session, clock: Clock, at: datetime, *, reason: str, by: Actor, allowed: Allowed = NOBODY) -> None:
    clock_taken = take_for_change(session, clock, at, reason)
    if not clock.paused_at:
        raise Refused("not_paused", _("This clock is running; there is nothing to resume"))
    clock.paused_at = None
    made = ClockChange(kind=ChangeKind.RESUME, at=at, reason=reason, **allowed.facts())
    change(session, clock_taken, clock, made, by=by)


def extend(
    session: Session, clock: Clock, at: datetime, *, days: int, reason: str, by: Actor, allowed: Allowed = NOBODY
) -> None:
    """Add `days` in the rule's own unit, before the period has run out."""
    if problems := list(strange_length(days)):
        raise Invalid(*problems)
    clock_taken = take_for_change(session, clock, at, reason)
    made = ClockChange(kind=ChangeKind.EXTEND, at=at, days=days, reason=reason, **allowed.facts())
    change(session, clock_taken, clock, made, by=by)


def strange_length(days: int | None) -> Iterator[FieldProblem]:
    if days is None or not 1 <= days <= LONGEST_EXTENSION:
        yield FieldProblem("days", "out_of_range", _("Enter 1 to %(longest)s days", longest=LONGEST_EXTENSION))


def take_for_change(session: Session, clock: Clock, at: datetime, reason: str) -> Case | Part:
    """Take the case of `clock`, then ask whether the clock may be changed with effect from `at`."""
    if not reason.strip():
        raise Invalid(FieldProblem("reason", "missing", _("Enter the reason")))
    subject = queries.subject_of(session, clock)
    whole, _part = queries.whole_and_part(subject)
    take(session, whole, None)
    if not clock.is_running:
        raise Refused("stopped", _("This clock has stopped; it cannot be changed any more"))
    if at < max([clock.started_at, *(change.at for change in clock.changes)]):
        raise Refused("out_of_order", _("This moment lies before the clock's start or its last change"))
    if at > time.now():
        raise Refused("in_the_future", _("This moment lies in the future; enter it when it has come"))
    if clock.is_overdue(at):
        raise Refused("run_out", _("The period has run out; it can no longer be paused or extended"))
    return subject


def change(session: Session, subject: Case | Part, clock: Clock, made: ClockChange, *, by: Actor) -> None:
    """Keep the change, count anew, and tell of both in the case's record."""
    before = clock.due_on
    made.by = by.signature
    clock.changes.append(made)
    session.flush()  # the change gets the id by which the count names its reason
    redate(clock, queries.recount(clock, queries.calendar(session)))
    whole, part = queries.whole_and_part(subject)
    append(
        session,
        whole,
        f"clock_{made.kind.value}",
        actor=by.signature,
        part=name_of(part) if part else None,
        note=made.reason,
        details=moved(clock, before) | ({"decision_no": made.decision_no} if made.decision_no else {}),
    )
    session.flush()


def redate(clock: Clock, result: Due) -> None:
    """Move `clock` to its new count. If that lies in the future, the clock may become overdue once more."""
    for name, value in dates(result).items():
        setattr(clock, name, value)
    if result.due_at > time.now():
        clock.overdue_recorded_at = None


def dates(result: Due) -> dict[str, Any]:
    return {
        "opens_on": result.opens_on,
        "due_on": result.due_on,
        "due_at": result.due_at,
        "calendar": result.calendar,
        "provisional": result.provisional,
        "steps": queries.kept(result.steps),
    }


def moved(clock: Clock, before: Any) -> dict[str, Any]:
    """What an event says of a clock that was re-dated."""
    return {"clock": clock.id, "rule": clock.rule, "before": before, "after": clock.due_on, "calendar": clock.calendar}


def overdue_details(clock: Clock) -> dict[str, Any]:
    return {"clock": clock.id, "rule": clock.rule, "due_at": clock.due_at}
