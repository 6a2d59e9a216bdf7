"""Telling a party of a finding, and hearing its objection within its period.

Source of the period: DOMAIN §2.8 and §3, `objection`: 15 calendar days from the party's own receipt; late is deemed
accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks import queries as running_clocks
from quality.clocks.queries import Shown
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, perform
from quality.lab.entries import unfit
from quality.lab.models import Finding
from quality.lab.operations.asking import given, require
from quality.objections.models import Ground, Objection, Party, Proof, Telling, TellingStatus
from quality.objections.operations.files import accept_files
from quality.objections.papers import ask_for_answer
from quality.objections.queries import failed_items, telling_of
from quality.objections.workflow import ADMIT, OBJECT, REFUSE, its_finding_stands
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields
from quality.standards.names import item_key

LONGEST_RECEIPT = 100  # characters
LONGEST_STATEMENT = 4_000


def tell(
    session: Session,
    finding: Finding,
    party: Party,
    received_at: datetime,
    *,
    by: Actor,
    proof: Proof = Proof.ENTERED,
    receipt_no: str = "",
) -> Telling:
    """Record when a party received the result: its period to object runs from there. Each party is told once.

    A postal receipt is named by its number; its picture is evidence of the finding (`prove_post`).
    """
    require(by, Can.OBJECTION_RECEIVE, finding)
    problems = _wrong_moment(finding, received_at, "received_at")
    if proof == Proof.POST and not receipt_no.strip():
        problems.append(FieldProblem("receipt_no", "missing", _("Enter the number of the postal receipt")))
    problems += unfit("receipt_no", receipt_no, LONGEST_RECEIPT)
    if problems:
        raise Invalid(*problems)
    if telling_of(session, finding, party):
        raise _told_already()
    clocks.stop(session, finding.sample, "result_told", received_at, by=by)
    telling = Telling(
        finding_id=finding.id, party=party, received_at=received_at, proof=proof, receipt_no=receipt_no.strip()
    )
    try:
        with session.begin_nested():
            begin(session, telling, by=by, details={"party": party, "received_at": received_at, "proof": proof})
    except IntegrityError as first:  # someone else told them a moment ago
        raise _told_already() from first
    if reason := its_finding_stands(telling, by):
        raise Refused.because(reason)
    clocks.start(session, telling, "objection", received_at)
    return telling


def receive(
    session: Session,
    finding: Finding,
    *,
    by: Actor,
    party: Party,
    ground: Ground,
    result_received_at: datetime,
    received_at: datetime,
    items: Sequence[str] | None = None,
    statement: str = "",
) -> Objection:
    """Take an objection in. `items` are the disputed ones, all that failed if None; only they can be tested again.

    A party that was not recorded as told is told by this: it evidently has the result. Late is refused.
    """
    require(by, Can.OBJECTION_RECEIVE, finding)
    problems = _wrong_moment(finding, result_received_at, "result_received_at")
    if not problems:
        before = _("The objection cannot have arrived before the result")
        problems += fields.moment("received_at", received_at, earliest=result_received_at, before=before)
    if ground == Ground.AUTHENTICITY and party != Party.PRODUCER:
        text = _("Only the producer can say that the product is not theirs")
        problems.append(FieldProblem("ground", "not_the_producer", text))
    problems += unfit("statement", statement, LONGEST_STATEMENT)
    disputed, wrong = _disputed(finding, ground, items)
    if problems := problems + wrong:
        raise Invalid(*problems)
    telling = telling_of(session, finding, party) or tell(session, finding, party, result_received_at, by=by)
    if telling.received_at != result_received_at:
        text = _("It is on record that they received the result at another moment; enter that one")
        raise Invalid(FieldProblem("result_received_at", "told_otherwise", text))
    if ended := _ended_before(session, telling, received_at):
        raise _late(ended, received_at)
    perform(session, telling, OBJECT, by=by, details={"received_at": received_at, "ground": ground})
    clocks.stop(session, telling, "objection", received_at, by=by)
    assert by.organisation, "require() has asked"
    objection = Objection(
        number=next_number(session, by.organisation.code, "O"),
        agency_id=finding.agency_id,
        finding_id=finding.id,
        party=party,
        ground=ground,
        items=disputed,
        result_received_at=result_received_at,
        received_at=received_at,
        statement=statement.strip(),
    )
    begin(session, objection, by=by, details={"finding": finding.id, "party": party, "ground": ground})
    clocks.start(session, objection, "objection_admission", received_at)
    return objection


def admit(session: Session, objection: Objection, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """Hear the objection. It does not pause the disposal of what was found.

    What its party sent with it is evidence of the agency from now on. The party reads the note.
    """
    now = clock.now()
    perform(session, objection, ADMIT, by=by, version=version, note=note, facts={"answer": note.strip()})
    accept_files(session, objection, by=by)
    ask_for_answer(session, objection, by=by)
    clocks.stop(session, objection, "objection_admission", now, by=by)
    if objection.ground == Ground.RESULT:
        clocks.start(session, objection, "reinspection_lab", now)


def refuse(session: Session, objection: Objection, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The party reads why."""
    why = given(reason)
    perform(session, objection, REFUSE, by=by, version=version, note=why, facts={"answer": why})
    ask_for_answer(session, objection, by=by)
    clocks.stop(session, objection, "objection_admission", clock.now(), by=by, outcome="refused")


def _wrong_moment(finding: Finding, moment: datetime, field: str) -> list[FieldProblem]:
    """A finding that was never confirmed has no earliest moment: the conditions say what is wrong with it."""
    confirmed = finding.confirmed_at and finding.confirmed_at.replace(second=0, microsecond=0)  # forms know minutes
    before = _("Nobody can have received the result before it was confirmed")
    return list(fields.moment(field, moment, earliest=confirmed, before=before))


def _disputed(finding: Finding, ground: Ground, items: Sequence[str] | None) -> tuple[list[str], list[FieldProblem]]:
    """The failed items that are disputed, in the report's words."""
    if ground != Ground.RESULT:
        text = _("Items are named only where the result is disputed")
        return [], [FieldProblem("items", "not_disputed", text)] if items else []
    failed = {item_key(name): name for name in failed_items(finding)}
    if items is None:
        items = list(failed.values())
    problems = [
        FieldProblem("items", "did_not_fail", _("%(item)s did not fail; there is nothing to dispute", item=name))
        for name in items
        if item_key(name) not in failed
    ]
    if not items:
        problems.append(FieldProblem("items", "missing", _("Name the disputed items; at least one must have failed")))
    named = {item_key(name) for name in items}
    return [name for key, name in failed.items() if key in named], problems


def _ended_before(session: Session, telling: Telling, received_at: datetime) -> Shown | None:
    """The period to object, if it was over by then."""
    periods = [each for each in running_clocks.clocks_of(session, telling) if each.rule == "objection"]
    if telling.status == TellingStatus.ACCEPTED:
        return periods[-1]
    runs = [each for each in periods if each.stopped_at is None and each.paused_at is None]
    return next((each for each in runs if each.due_at <= received_at), None)


def _late(period: Shown, received_at: datetime) -> Refused:
    """With the moment and the count, for a party to check."""
    text = _(
        "The period to object ran out at %(due)s; this arrived at %(at)s. The result is deemed accepted. %(count)s",
        due=in_beijing(period.due_at),
        at=in_beijing(received_at),
        count=period.explanation,
    )
    return Refused("late", text)


def in_beijing(moment: datetime) -> str:
    return f"{moment.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}"


def _told_already() -> Refused:
    return Refused("told_already", _("It is on record already when this party received the result"))
