"""A person lets a clock stand, run again, or gives it more days: whether the rule allows it, and on whose word.

A period that a law or its account gives without a word on changing it is changed by nobody. Where the time is another
party's (a platform's), one person asks and another grants; to let such a clock run again takes one, for it only brings
back what the rule says. Decision 0040.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.clocks import queries
from quality.clocks.models import ChangeKind, Clock, ClockRequest
from quality.clocks.operations import Allowed, extend, pause, resume, strange_length, take_for_change
from quality.clocks.rules import ChangedBy
from quality.core import clock as time
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.events import append
from quality.core.words import _
from quality.core.workflow import Case, hold_still, name_of, record, stale
from quality.people.actor import Actor
from quality.permissions import Can

LONGEST = 100  # signs of a name or of a decision's number


class Change(NamedTuple):
    """What is to be done with a clock, why, and on whose word."""

    kind: ChangeKind
    reason: str
    allowed: Allowed
    days: int | None = None  # of an extension, in the rule's unit


def change(
    session: Session, clock: Clock, wanted: Change, *, by: Actor, version: int | None = None
) -> ClockRequest | None:
    """Change `clock` now; or, where two persons must, keep what is asked for and return it.

    `version` is that of the case that the caller read: who sends the same twice does not extend twice.
    """
    whole, _part = queries.whole_and_part(queries.subject_of(session, clock))
    refuse_unless_permitted(whole, by, Can.CLOCK_CHANGE)
    if version is not None:
        hold_still(session, whole)
        if whole.version != version:
            raise stale(session, whole, version)
    refuse_unless_changeable(clock, wanted.kind)
    if problems := list(what_is_wrong(wanted)):
        raise Invalid(*problems)
    if queries.rule_of(clock).changed_by is ChangedBy.TWO and wanted.kind is not ChangeKind.RESUME:
        return ask(session, clock, wanted, by=by)
    carry_out(session, clock, wanted, by=by)
    return None


def refuse_unless_permitted(whole: Case, by: Actor, deed: Can) -> None:
    if not by.can(deed):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=_("change a deadline")))
    if not by.stands_over(whole):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))


def refuse_unless_changeable(clock: Clock, kind: ChangeKind) -> None:
    """What stands may always run again, whoever let it stand."""
    rule = queries.rule_of(clock)
    if rule.changed_by is ChangedBy.NOBODY and kind is not ChangeKind.RESUME:
        told = _(
            "This period can be neither paused nor extended: %(name)s follows %(source)s",
            name=rule.name,
            source=rule.source,
        )
        raise Refused("not_changeable", told)


def what_is_wrong(wanted: Change) -> Iterator[FieldProblem]:
    if not wanted.reason.strip():
        yield FieldProblem("reason", "missing", _("Enter the reason"))
    if not wanted.allowed.by:
        yield FieldProblem("allowed_by", "missing", _("Enter the name of the person who allowed it"))
    for field, typed in (("allowed_by", wanted.allowed.by), ("decision_no", wanted.allowed.decision_no)):
        if len(typed) > LONGEST:
            yield FieldProblem(field, "too_long", _("Enter at most %(most)s characters", most=LONGEST))
    if wanted.kind is ChangeKind.EXTEND:
        yield from strange_length(wanted.days)


def ask(session: Session, clock: Clock, wanted: Change, *, by: Actor) -> ClockRequest:
    """Keep it for another person to decide. What could not be done now is not asked for."""
    now = time.now()
    subject = take_for_change(session, clock, now, wanted.reason)
    if wanted.kind is ChangeKind.PAUSE and clock.paused_at:
        raise Refused("paused_already", _("This clock stands already; resume it first"))
    if open_requests(session, [clock.id]):
        raise Refused("asked_already", _("A change of this deadline is asked for already; it is to be decided first"))
    whole, part = queries.whole_and_part(subject)
    asked = ClockRequest(
        clock_id=clock.id,
        agency_id=getattr(whole, "agency_id"),  # noqa: B009 - every case of an agency has it
        kind=wanted.kind,
        days=wanted.days if wanted.kind is ChangeKind.EXTEND else None,
        reason=wanted.reason,
        asked_at=now,
        asked_by_id=by.id,
        **wanted.allowed.facts(),
    )
    session.add(asked)
    append(
        session,
        whole,
        "clock_ask",
        actor=by.signature,
        part=name_of(part) if part else None,
        note=wanted.reason,
        details={"clock": clock.id, "rule": clock.rule, "kind": wanted.kind, "days": asked.days},
    )
    session.flush()
    return asked


def decide(session: Session, asked: ClockRequest, *, grant: bool, answer: str, by: Actor) -> None:
    """Grant what another person asked for, as from the moment of asking, or refuse it with a reason."""
    clock = asked.clock
    whole, part = queries.whole_and_part(queries.subject_of(session, clock))
    refuse_unless_permitted(whole, by, Can.CLOCK_GRANT)
    if asked.asked_by_id == by.id:
        raise Refused("four_eyes", _("Someone other than the person who asked must decide"))
    if not grant and not answer.strip():
        raise Invalid(FieldProblem("answer", "missing", _("Enter the reason")))
    details = {"clock": clock.id, "rule": clock.rule, "kind": asked.kind, "days": asked.days}
    deed = "clock_grant" if grant else "clock_deny"
    record(session, whole, deed, by=by, part=part, note=answer, details=details)
    if asked.granted is not None:
        raise Refused("decided_already", _("This was decided by another person in the meantime"))
    asked.granted, asked.answer = grant, answer
    asked.decided_at, asked.decided_by_id = time.now(), by.id
    session.flush()
    if grant:
        allowed = Allowed(asked.allowed_by, asked.decision_no or "")
        carry_out(session, clock, Change(asked.kind, asked.reason, allowed, asked.days), by=by, asked=asked)


def carry_out(session: Session, clock: Clock, wanted: Change, *, by: Actor, asked: ClockRequest | None = None) -> None:
    at = asked.asked_at if asked else time.now()
    match wanted.kind:
        case ChangeKind.PAUSE:
            pause(session, clock, at, reason=wanted.reason, by=by, allowed=wanted.allowed)
        case ChangeKind.RESUME:
            resume(session, clock, at, reason=wanted.reason, by=by, allowed=wanted.allowed)
        case ChangeKind.EXTEND:
            days = wanted.days or 0
            extend(session, clock, at, days=days, reason=wanted.reason, by=by, allowed=wanted.allowed)


# --- asked ---


def open_requests(session: Session, clock_ids: Sequence[int]) -> dict[int, ClockRequest]:
    """What waits for a decision, by its clock."""
    asked = sa.select(ClockRequest).where(ClockRequest.clock_id.in_(clock_ids), ClockRequest.granted.is_(None))
    return {each.clock_id: each for each in session.scalars(asked)} if clock_ids else {}


def waiting_for(session: Session, me: Actor, most: int = 100) -> list[ClockRequest]:
    """What `me` may decide, the oldest first: of the own agency, asked for by somebody else."""
    if not me.can(Can.CLOCK_GRANT):
        return []
    asked = (
        sa.select(ClockRequest)
        .join(ClockRequest.clock)
        .where(
            ClockRequest.granted.is_(None),
            Clock.stopped_at.is_(None),  # else what was asked for came to nothing
            ClockRequest.agency_id == me.organisation_id,
            ClockRequest.asked_by_id != me.id,
        )
    )
    oldest = asked.order_by(ClockRequest.asked_at, ClockRequest.id).limit(most)
    return list(session.scalars(oldest.options(selectinload(ClockRequest.clock))))
