"""The rungs of the ladder: each is proposed by one person, and confirmed by another, whose word moves the case.

Order and announcement start legal clocks, and a re-check ends them. A re-check rests on what was bought and tested
anew, or on what a person saw, with evidence.

Source: SAMR Order 18 (2019), Arts. 46 to 48, as DOMAIN §2.11 gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.events import append
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import Transition, begin, perform, take
from quality.core.workflow import name_of as name_of_part
from quality.corrections import contents
from quality.corrections.models import (
    Correction,
    CorrectionStatus,
    CorrectionStep,
    Outcome,
    StepKind,
)
from quality.corrections.queries import PAPERS, live_correction
from quality.corrections.workflow import (
    ANNOUNCE,
    ANNOUNCED,
    CONFIRM,
    FAIL,
    FAIL_AGAIN,
    FAILED,
    LAPSE,
    ORDER,
    PASS,
    PASS_LATE,
    REJECT,
    SECOND_FAILED,
    SUGGEST,
    WITH_THE_PARTY,
    WITHDRAW,
    first_recheck,
    its_finding_stands,
    may_be_rechecked,
    no_step_waits,
)
from quality.documents.models import Document
from quality.documents.operations import BOTH, ask, withdraw_all
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.operations.asking import given, require
from quality.lab.queries import one_finding
from quality.objections.contents import name_of
from quality.objections.models import Party
from quality.objections.queries import producer_denies
from quality.people.actor import Actor
from quality.people.regions import is_elsewhere, is_region
from quality.permissions import Can
from quality.purchases import fields

LONGEST = 4_000  # characters of what a step says
LONGEST_NAME = 200
RULES = ("correction", "correction_recheck", "second_recheck")


class Recheck(NamedTuple):
    """What a re-check came to, and what shows it: the number of a finding on goods bought anew, or files."""

    verdict: Outcome
    seen_at: datetime
    says: str
    finding: str = ""
    evidence: Sequence[str] = ()  # sha256 of files that the agency holds


# --- proposing ---


def propose_order(
    session: Session,
    finding: Finding,
    party: Party,
    demands: str,
    *,
    by: Actor,
    region: str = "",
    version: int | None = None,
) -> Correction:
    """Begin a case against one party of a nonconforming finding; the order is in force once another confirms it."""
    require(by, Can.CORRECTION_PROPOSE, finding)
    problems = [*fields.text("demands", demands, most=LONGEST, ask=_("Say what must be corrected"))]
    name = name_of(finding, party)
    if party == Party.PLATFORM:
        problems.append(FieldProblem("party", "not_concerned", _("Only a seller or a producer corrects")))
    elif not name:
        text = _("Neither listing nor product names one; there is nobody to write to")
        problems.append(FieldProblem("party", "no_name", text))
    elif party == Party.PRODUCER and producer_denies(session, finding):
        text = _("The producer denies having made it, and the denial was found true")
        problems.append(FieldProblem("party", "not_theirs", text))
    problems += wrong_region(region)
    if problems:
        raise Invalid(*problems)
    take(session, finding, version)
    assert by.organisation and by.id, "require() has asked"
    correction = Correction(
        number=next_number(session, by.organisation.code, "G"),
        agency_id=finding.agency_id,
        finding_id=finding.id,
        party=party,
        addressee=name,
        region=region.strip() or None,
        to_hand_over=is_elsewhere(region.strip(), by.organisation.region),
    )
    if reason := _why_not_ordered(session, finding, party):
        raise reason
    append(session, finding, "propose_correction", actor=by.signature, details={"party": party})
    try:
        with session.begin_nested():
            begin(session, correction, by=by, details={"finding": finding.id, "party": party})
    except IntegrityError as first:
        raise _ordered_already() from first
    take(session, correction, None)
    _propose(session, correction, by=by, kind=StepKind.ORDER, says=demands.strip())
    return correction


def wrong_region(region: str) -> list[FieldProblem]:
    if not region.strip() or is_region(region.strip()):
        return []
    text = _("Enter the six digits of the division (GB/T 2260), such as 330100")
    return [FieldProblem("region", "no_region", text)]


def _why_not_ordered(session: Session, finding: Finding, party: Party) -> Refused | None:
    if finding.status != FindingStatus.CONFIRMED or finding.verdict != Verdict.NONCONFORMING:
        return Refused("finding_not_standing", _("No finding that says so stands; there is nothing to correct"))
    return _ordered_already() if live_correction(session, finding, party) else None


def _ordered_already() -> Refused:
    return Refused("ordered_already", _("This party has an order about this finding already; go on with that case"))


def enter_recheck(
    session: Session, correction: Correction, found: Recheck, *, by: Actor, version: int | None = None
) -> CorrectionStep:
    """What a person of the agency saw. It ends the time for the re-check; another person has yet to confirm it."""
    require(by, Can.CORRECTION_PROPOSE, correction)
    take(session, correction, version)
    _refuse_unless(correction, {*WITH_THE_PARTY, ANNOUNCED}, by=by, also=[may_be_rechecked])
    on, problems = _fits(session, correction, found, by)
    if problems:
        raise Invalid(*problems)
    is_second = correction.status == ANNOUNCED
    step = _propose(
        session,
        correction,
        by=by,
        kind=StepKind.SECOND_RECHECK if is_second else StepKind.RECHECK,
        says=found.says.strip(),
        verdict=found.verdict,
        seen_at=found.seen_at,
        finding_id=on.id if on else None,
    )
    for sha256 in dict.fromkeys(found.evidence):
        attach(session, correction, sha256, EvidenceKind.LOOK, by=by, part=step)
    clocks.stop(session, correction, _rule_of(step), clock.now(), by=by)
    return step


def _fits(
    session: Session, correction: Correction, found: Recheck, by: Actor
) -> tuple[Finding | None, list[FieldProblem]]:
    problems = [*fields.text("says", found.says, most=LONGEST, ask=_("Write down what was seen"))]
    before = _("Nobody could look for this re-check before it opened")
    problems += fields.moment("seen_at", found.seen_at, earliest=first_recheck(session, correction), before=before)
    if not found.finding.strip():
        if not found.evidence:
            text = _("Choose what shows it, or name the finding on goods that were bought anew")
            problems.append(FieldProblem("evidence", "missing", text))
        return None, problems
    try:
        on = one_finding(session, by, found.finding.strip())
    except NotFound:
        text = _("There is no finding %(number)s", number=found.finding.strip()[:40])
        return None, [*problems, FieldProblem("finding", "unknown", text)]
    return on, [*problems, *_wrong_finding(correction, on, found.verdict)]


def _wrong_finding(correction: Correction, on: Finding, verdict: Outcome) -> list[FieldProblem]:
    """The conclusion on goods of the same party, bought after the order, and it says what is entered."""
    if on.status != FindingStatus.CONFIRMED or on.agency_id != correction.agency_id:
        return [FieldProblem("finding", "not_standing", _("This finding is not confirmed, or is another agency's"))]
    if on.id == correction.finding_id or not correction.ordered_at or on.sample.sealed_at < correction.ordered_at:
        text = _("Its goods were bought before the correction was ordered; they show nothing of it")
        return [FieldProblem("finding", "too_early", text)]
    if name_of(on, correction.party) != correction.addressee:
        text = _("Its goods are of another party: %(name)s", name=name_of(on, correction.party))
        return [FieldProblem("finding", "another_party", text)]
    if (on.verdict == Verdict.CONFORMING) != (verdict == Outcome.GOOD):
        return [FieldProblem("verdict", "not_as_found", _("The finding that is named says otherwise"))]
    return []


def propose_announcement(
    session: Session, correction: Correction, authority: str, reasons: str, *, by: Actor, version: int | None = None
) -> CorrectionStep:
    """What failed its re-check is announced by the authority of the province."""
    problems = [*fields.text("authority", authority, most=LONGEST_NAME, ask=_("Enter the authority that announces"))]
    wanted = {"kind": StepKind.ANNOUNCEMENT, "says": reasons, "authority": authority.strip()}
    return _climb(session, correction, FAILED, problems, by=by, version=version, **wanted)


def propose_suspension(
    session: Session, correction: Correction, reasons: str, *, by: Actor, version: int | None = None
) -> CorrectionStep:
    """To the authority that licenses: suspend business, and revoke the licence where the law says so."""
    wanted = {"kind": StepKind.SUSPENSION, "says": reasons}
    return _climb(session, correction, SECOND_FAILED, [], by=by, version=version, **wanted)


def _climb(
    session: Session,
    correction: Correction,
    at: CorrectionStatus,
    problems: Sequence[FieldProblem],
    *,
    by: Actor,
    version: int | None,
    says: str,
    **wanted: Any,
) -> CorrectionStep:
    require(by, Can.CORRECTION_PROPOSE, correction)
    if problems := [*problems, *fields.text("says", says, most=LONGEST, ask=_("Enter the reasons"))]:
        raise Invalid(*problems)
    take(session, correction, version)
    _refuse_unless(correction, {at}, by=by)
    return _propose(session, correction, by=by, says=says.strip(), **wanted)


def _refuse_unless(
    correction: Correction, among: set[CorrectionStatus], *, by: Actor, also: Sequence[Callable[..., Any]] = ()
) -> None:
    """Raise what stands in the way of a step. The case was taken: its events follow."""
    if correction.status not in among:
        text = _("%(move)s is not possible: it is %(status)s", move="step", status=correction.status)
        raise Refused("wrong_status", text)
    for condition in (no_step_waits, its_finding_stands, *also):
        if reason := condition(correction, by):
            raise Refused.because(reason)


def _propose(session: Session, correction: Correction, *, by: Actor, kind: StepKind, **facts: Any) -> CorrectionStep:
    """A new step of a case that is taken."""
    assert by.id, "only people propose"
    step = CorrectionStep(
        correction_id=correction.id, kind=kind, proposed_by_id=by.id, proposed_at=clock.now(), **facts
    )
    session.add(step)
    session.flush()
    details = {"kind": kind, "verdict": facts.get("verdict")}
    append(
        session, correction, "create",
        actor=by.signature, part=name_of_part(step), new_status=step.status, details=details,
    )  # fmt: skip
    session.refresh(correction, ["steps"])
    return step


# --- answering ---


def confirm(session: Session, step: CorrectionStep, *, by: Actor, version: int | None = None) -> None:
    """By another person. The case moves, its clocks start or end, and its paper is asked for in both languages."""
    now = clock.now()
    correction = step.correction
    details = {"kind": step.kind, "verdict": step.verdict}
    perform(session, step, CONFIRM, by=by, version=version, facts={"answered_at": now}, details=details)
    match step.kind:
        case StepKind.ORDER:
            perform(session, correction, ORDER, by=by, facts={"ordered_at": now})
            for rule in ("correction", "correction_recheck"):
                clocks.start(session, correction, rule, now)
            ask_for(session, correction, step, by=by)
        case StepKind.RECHECK | StepKind.SECOND_RECHECK:
            perform(session, correction, _follows(step), by=by)
            stop_clocks(session, correction, by=by, outcome="rechecked")
        case StepKind.ANNOUNCEMENT:
            perform(session, correction, ANNOUNCE, by=by, facts={"announced_at": now})
            clocks.start(session, correction, "second_recheck", now)
            ask_for(session, correction, step, by=by)
        case StepKind.SUSPENSION:
            perform(session, correction, SUGGEST, by=by)
            ask_for(session, correction, step, by=by)


def _follows(step: CorrectionStep) -> Transition[Correction]:
    if step.kind == StepKind.SECOND_RECHECK:
        return PASS_LATE if step.verdict == Outcome.GOOD else FAIL_AGAIN
    return PASS if step.verdict == Outcome.GOOD else FAIL


def reject(session: Session, step: CorrectionStep, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The case stays where it is, and what was proposed can be proposed anew. A rejected order ends its case."""
    why, correction = given(reason), step.correction
    facts = {"answered_at": clock.now(), "answer": why}
    perform(session, step, REJECT, by=by, version=version, note=why, facts=facts, details={"kind": step.kind})
    if step.kind == StepKind.ORDER:
        perform(session, correction, WITHDRAW, by=by, note=why)
    if step.verdict is not None:  # nobody has looked yet, as far as this case goes: the time for it goes on
        begun = correction.announced_at if step.kind == StepKind.SECOND_RECHECK else correction.ordered_at
        assert begun, "a re-check follows an order or an announcement"
        clocks.start(session, correction, _rule_of(step), begun)


def _rule_of(step: CorrectionStep) -> str:
    return "second_recheck" if step.kind == StepKind.SECOND_RECHECK else "correction_recheck"


SAYS: dict[StepKind, Callable[..., dict[str, Any]]] = {
    StepKind.ORDER: contents.order,
    StepKind.ANNOUNCEMENT: contents.announcement,
    StepKind.SUSPENSION: contents.suspension,
}


def ask_for(session: Session, correction: Correction, step: CorrectionStep, *, by: Actor) -> Document:
    return ask(
        session, correction, PAPERS[step.kind], SAYS[step.kind](session, correction, step),
        number=correction.number, agency_id=correction.agency_id, by=by, languages=BOTH,
    )  # fmt: skip


# --- ending ---


def withdraw(session: Session, correction: Correction, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The order does not stand any more; its papers say so to whoever checks them."""
    end(session, correction, given(reason), by=by, version=version)


def end(session: Session, correction: Correction, why: str, *, by: Actor, version: int | None = None) -> None:
    perform(session, correction, WITHDRAW, by=by, version=version, note=why)
    stop_clocks(session, correction, by=by, outcome="withdrawn")
    if step := correction.waiting:
        facts = {"answered_at": clock.now(), "answer": why}
        perform(session, step, LAPSE, by=by, facts=facts, details={"kind": step.kind})
    withdraw_all(session, correction, by=by)


def stop_clocks(session: Session, correction: Correction, *, by: Actor, outcome: str) -> None:
    for rule in RULES:
        clocks.stop(session, correction, rule, clock.now(), by=by, outcome=outcome)
