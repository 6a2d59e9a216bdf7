"""A buyer says why a piece is not there; another person lets the step go, or says that it is needed."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import begin, perform
from quality.people.actor import Actor
from quality.people.permit import permit
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.models import Task
from quality.purchases.waivers import ACCEPT, REFUSE, TAKE_BACK, UNDER_WAY, NoPiece, Waiver, excusable, standings

LONGEST = 500


def go_without(session: Session, task: Task, need: str, code: NoPiece | str, reason: str, *, by: Actor) -> Waiver:
    """Ask that a step may be finished without a piece, named as the checklist names it.

    It takes no version: a reason given without network stands whatever came meanwhile, if the piece is still missing.
    """
    permit(by, Can.TASK_BUY, task)
    if task.status not in UNDER_WAY:
        raise Refused("wrong_status", _("Nothing is missing any more: the purchase has gone on or ended"))
    ask = _("Say what happened: another person reads it and decides")
    problems = [*fields.text("reason", reason, most=LONGEST, ask=ask)]
    if code not in set(NoPiece):
        problems.append(FieldProblem("code", "unknown", _("Choose one of the list")))
    if wrong := wrong_need(task, need):
        problems.append(wrong)
    if problems:
        raise Invalid(*problems)
    asked = Waiver(
        task_id=task.id, need=need, code=NoPiece(code), reason=reason.strip(), asked_by_id=by.id, asked_at=clock.now()
    )  # fmt: skip
    try:
        begin(session, asked, by=by, note=asked.reason, details={"need": need, "code": asked.code})
    except IntegrityError as quicker:  # the same form, sent twice at once
        raise Invalid(ASKED_ALREADY) from quicker
    return asked


ASKED_ALREADY = FieldProblem("need", "asked_already", _("A reason was given for this piece; it waits for an answer"))


def wrong_need(task: Task, need: str) -> FieldProblem | None:
    if need in {each.name for each in excusable(task)}:
        return None
    found = next((each for each in standings(task) if each.need.name == need), None)
    if found is None:
        return FieldProblem("need", "unknown", _("Choose one of the list"))
    if found.asked:
        return ASKED_ALREADY
    if not found.lacks:
        return FieldProblem("need", "not_missing", _("This piece is not missing"))
    return FieldProblem("need", "seal", _("A seal without its picture is no seal: seal anew, and take one"))


def accept_waiver(session: Session, asked: Waiver, *, by: Actor, version: int | None = None, note: str = "") -> None:
    """The step may be finished without it from now on."""
    facts = {"decided_at": clock.now(), "answer": note.strip()[:LONGEST]}
    perform(session, asked, ACCEPT, by=by, version=version, note=note, details={"need": asked.need}, facts=facts)


def refuse_waiver(session: Session, asked: Waiver, why: str, *, by: Actor, version: int | None = None) -> None:
    if problems := list(fields.text("note", why, most=LONGEST, ask=_("Enter the reason"))):
        raise Invalid(*problems)
    facts = {"decided_at": clock.now(), "answer": why.strip()}
    perform(session, asked, REFUSE, by=by, version=version, note=why, details={"need": asked.need}, facts=facts)


def take_waiver_back(session: Session, asked: Waiver, *, by: Actor, version: int | None = None, note: str = "") -> None:
    perform(session, asked, TAKE_BACK, by=by, version=version, note=note, facts={"decided_at": clock.now()})
