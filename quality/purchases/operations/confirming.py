"""The other side of a hand-over, confirmed by the seal that its person read; and gaps, explained by a coordinator."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.withholding import refuse_what_leads
from quality.core.words import Reason, _
from quality.core.workflow import perform, record
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.blind import as_written
from quality.purchases.custody import gaps_of, has_open_gap, may_be_explained, steps_of
from quality.purchases.models import Confirmation, HandOver, PortionStatus, Sample, Side
from quality.purchases.operations.custody import LONGEST_SEAL, may_not_pass_on, what_is_wrong_with_temperature
from quality.purchases.operations.photos import UNSEEN, Seen, show_at
from quality.purchases.workflow import RELEASE


def confirm_hand_over(
    session: Session,
    sample: Sample,
    step: int,
    *,
    by: Actor,
    seal_no: str,
    seal_intact: bool,
    condition: str = "",
    tenths_celsius: int | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> Confirmation:
    """Say that one gave it, or took it, as `step` (the id of the hand-over) says. What was read is kept as it was read.

    The hand-over keeps the worse of what both sides read: a seal that one of them found broken was broken there.
    """
    if never := may_not_pass_on(sample, by):
        raise never
    seen.must_fit()
    measured = seen.tenths_celsius if tenths_celsius is None else tenths_celsius
    problems = [
        *fields.text("seal_no", seal_no, most=LONGEST_SEAL, ask=_("Enter the seal number that you read")),
        *fields.text("condition", condition, most=HandOver.condition.type.length, ask=None),
        *what_is_wrong_with_temperature(sample, measured),
    ]
    if problems:
        raise Invalid(*problems)
    record(session, sample, "confirm_hand_over", by=by, version=version, details={"seal_intact": seal_intact})
    refuse_what_leads(session, sample, {"condition": condition, "no_photo": seen.no_photo}, by=by)
    waiting = next((each for each in awaiting(sample, by) if each.id == step), None)
    if waiting is None:
        raise Refused("nothing_to_confirm", _("No hand-over of this sample waits for your word"))
    read = as_written(seal_no)
    is_giver = waiting.giver_is_silent and waiting.given_by == f"person:{by.id}"
    if is_giver:
        waiting.giver_is_silent = False
    else:
        waiting.taker_is_silent = False
    waiting.seal_intact = waiting.seal_intact and seal_intact
    if read != waiting.portion.seal_no:
        waiting.seal_no = read
    if waiting.tenths_celsius is None:
        waiting.tenths_celsius = measured
    said = Confirmation(
        hand_over_id=waiting.id,
        side=Side.GIVEN if is_giver else Side.TAKEN,
        by_id=by.id,
        at=clock.now(),
        seal_no=read,
        seal_intact=seal_intact,
        condition=condition.strip(),
        tenths_celsius=measured,
        no_photo=seen.no_photo.strip(),
    )
    session.add(said)
    session.flush()
    show_at(session, waiting, seen, by=by, confirmation=said)
    let_in_what_was_held(session, sample, by=by)
    return said


def awaiting(sample: Sample, by: Actor) -> list[HandOver]:
    """The hand-overs that this person has not confirmed yet, the oldest first."""
    me = f"person:{by.id}"
    return [
        step
        for step in sample.hand_overs
        if (step.giver_is_silent and step.given_by == me) or (step.taker_is_silent and step.taken_by == me)
    ]


def waits_for_them(sample: Sample, by: Actor) -> Reason | None:
    if awaiting(sample, by):
        return None
    return Reason("nothing_to_confirm", _("No hand-over of this sample waits for your word"))


def explain_gap(
    session: Session, sample: Sample, step: int, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """A coordinator answers for a gap with a reason that is kept and shown; a broken or another seal has none.

    Whoever gave or took the portion there does not judge it themselves.
    """
    if not (by.can(Can.CUSTODY_EXPLAIN) and by.stands_over(sample)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CUSTODY_EXPLAIN))
    ask = _("Write down how it came to this, and why the portion is still sound")
    if problems := list(fields.text("reason", reason, most=HandOver.explanation.type.length, ask=ask)):
        raise Invalid(*problems)
    record(session, sample, "explain_gap", by=by, version=version, note=reason.strip())
    found = next((each for each in unexplained(sample) if each.id == step), None)
    if found is None:
        raise Invalid(FieldProblem("step", "no_gap", _("There is no gap at this hand-over that can be explained")))
    if f"person:{by.id}" in (found.given_by, found.taken_by):
        raise Refused("same_person", _("Whoever gave or took it there cannot explain the gap; ask a colleague"))
    found.explanation = reason.strip()
    session.flush()
    let_in_what_was_held(session, sample, by=by)


def let_in_what_was_held(session: Session, sample: Sample, *, by: Actor) -> None:
    """Nothing keeps it at the laboratory's door any more: the laboratory may take it in."""
    for portion in sample.portions:
        if portion.status == PortionStatus.HELD and not has_open_gap(portion, steps_of(portion)):
            perform(session, portion, RELEASE, by=by)


def unexplained(sample: Sample) -> list[HandOver]:
    """The hand-overs with a gap that an explanation can answer for."""
    found = []
    for portion in sample.portions:
        steps = steps_of(portion)
        places = {gap.step for gap in gaps_of(portion, steps) if may_be_explained(gap)}
        found += [step for place, step in enumerate(steps) if place in places]
    return found


def by_others(sample: Sample, by: Actor) -> list[HandOver]:
    """Those of them that this person neither gave nor took."""
    me = f"person:{by.id}"
    return [step for step in unexplained(sample) if me not in (step.given_by, step.taken_by)]


def is_of_others(sample: Sample, by: Actor) -> Reason | None:
    if by_others(sample, by):
        return None
    return Reason("same_person", _("Whoever gave or took it there cannot explain the gap; ask a colleague"))


def has_a_gap(sample: Sample) -> bool:
    return bool(unexplained(sample))
