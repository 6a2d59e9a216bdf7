"""The ladder of a correction, the rungs by which two persons climb it, and the life of a transfer."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session, object_session

from quality.clocks.queries import running
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.words import Reason, Text, _
from quality.core.workflow import Transition, Workflow
from quality.corrections.models import (
    Correction,
    CorrectionStatus,
    CorrectionStep,
    Outcome,
    StepKind,
    StepStatus,
    Transfer,
    TransferStatus,
)
from quality.lab.models import FindingStatus, Verdict
from quality.people.actor import Actor
from quality.permissions import Can

(PROPOSED, ORDERED, REPORTED, CORRECTED, FAILED, ANNOUNCED, SECOND_FAILED, SUSPENSION_PROPOSED, TRANSFERRED,
 WITHDRAWN) = CorrectionStatus  # fmt: skip
WAITING, CONFIRMED, REJECTED = StepStatus
TO_SEND, SENT, RECEIPTED, CALLED_BACK = TransferStatus
Move = Transition[Correction]
StepMove = Transition[CorrectionStep]
TransferMove = Transition[Transfer]


def its_finding_stands(case: Correction | CorrectionStep | Transfer, actor: Actor) -> Reason | None:
    finding = case.correction.finding if isinstance(case, CorrectionStep) else case.finding
    if finding.status != FindingStatus.CONFIRMED or finding.verdict != Verdict.NONCONFORMING:
        return Reason("finding_not_standing", _("No finding that says so stands; there is nothing to correct"))
    return None


def was_proposed_by_someone_else(step: CorrectionStep, actor: Actor) -> Reason | None:
    if step.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than who proposed it must confirm it"))
    return None


def is_announced_by_someone_else_than_ordered(step: CorrectionStep, actor: Actor) -> Reason | None:
    """Who ordered would judge their own order."""
    if step.kind == StepKind.ANNOUNCEMENT and step.correction.ordered_by_id == actor.id:
        return Reason("same_person", _("Someone other than who ordered the correction must announce it"))
    return None


def was_ordered_by_someone_else(correction: Correction, actor: Actor) -> Reason | None:
    if correction.ordered_by_id == actor.id:
        return Reason("same_person", _("Someone other than who ordered the correction must announce it"))
    return None


def was_good(correction: Correction, actor: Actor) -> Reason | None:
    return _unless(correction, Outcome.GOOD, _("The re-check did not find it corrected"))


def was_not_good(correction: Correction, actor: Actor) -> Reason | None:
    return _unless(correction, Outcome.FAILED, _("No re-check found that it is not corrected"))


def _unless(correction: Correction, verdict: Outcome, text: Text) -> Reason | None:
    kind = StepKind.SECOND_RECHECK if correction.status == ANNOUNCED else StepKind.RECHECK
    step = correction.confirmed(kind)
    return None if step and step.verdict == verdict else Reason("no_such_recheck", text)


def no_step_waits(correction: Correction, actor: Actor) -> Reason | None:
    if correction.waiting:
        return Reason("step_waits", _("Another person has yet to confirm or reject what was proposed"))
    return None


def may_be_rechecked(correction: Correction, actor: Actor) -> Reason | None:
    """Not while the party has time and has not reported, nor before the window after the announcement opens."""
    session = object_session(correction)
    assert session, "a row that is shown belongs to a session"
    earliest = first_recheck(session, correction)
    if earliest is None or clock.now() >= earliest:
        return None
    day = earliest.astimezone(BEIJING).date()
    if correction.status == ANNOUNCED:
        return Reason("too_early", _("The second re-check opens on %(day)s", day=day))
    return Reason("too_early", _("The party has time to correct and has not reported: re-check from %(day)s", day=day))


def first_recheck(session: Session, correction: Correction) -> datetime | None:
    """The moment from which somebody may look; None: at any."""
    if correction.status == ANNOUNCED:
        opens = [each.opens_on for each in running(session, correction, "second_recheck") if each.opens_on]
        return datetime.combine(min(opens), time.min, BEIJING) if opens else correction.announced_at
    if correction.status == ORDERED:
        return max((each.due_at for each in running(session, correction, "correction")), default=correction.ordered_at)
    return correction.reported_at


def was_prepared_by_someone_else(transfer: Transfer, actor: Actor) -> Reason | None:
    if transfer.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than who proposed it must send it"))
    return None


def has_its_receipt(transfer: Transfer, actor: Actor) -> Reason | None:
    if transfer.receipt_no and transfer.received_on:
        return None
    return Reason("no_receipt", _("Enter number and day of the receipt"))


WITH_THE_PARTY = {ORDERED, REPORTED}
OPEN = {PROPOSED, ORDERED, REPORTED, FAILED, ANNOUNCED, SECOND_FAILED}
# fmt: off
#                      move              from            to                   who may                 provided that it
ORDER     = Move("order",            {PROPOSED},     ORDERED,             Can.CORRECTION_CONFIRM,  [its_finding_stands], _("Order the correction"), signs="ordered_by_id")
REPORT    = Move("report",           {ORDERED},      REPORTED,            Can.CORRECTION_REPORT,   [], _("Enter what the party reports"))
PASS      = Move("pass",             WITH_THE_PARTY, CORRECTED,           Can.CORRECTION_CONFIRM,  [was_good], _("Corrected"))
FAIL      = Move("fail",             WITH_THE_PARTY, FAILED,              Can.CORRECTION_CONFIRM,  [was_not_good, its_finding_stands], _("Not corrected"))
ANNOUNCE  = Move("announce",         {FAILED},       ANNOUNCED,           Can.CORRECTION_CONFIRM,  [was_ordered_by_someone_else, its_finding_stands], _("Announce it"))
PASS_LATE = Move("pass_late",        {ANNOUNCED},    CORRECTED,           Can.CORRECTION_CONFIRM,  [was_good], _("Corrected after the announcement"))
FAIL_AGAIN = Move("fail_again",      {ANNOUNCED},    SECOND_FAILED,       Can.CORRECTION_CONFIRM,  [was_not_good, its_finding_stands], _("Still not corrected"))
SUGGEST   = Move("suggest_suspension", {SECOND_FAILED}, SUSPENSION_PROPOSED, Can.CORRECTION_CONFIRM, [its_finding_stands], _("Propose the suspension"))
TRANSFER  = Move("transfer",         OPEN - {PROPOSED}, TRANSFERRED,      Can.TRANSFER_PROPOSE,    [], _("Hand it over"))
WITHDRAW  = Move("withdraw",         OPEN,           WITHDRAWN,           Can.CORRECTION_WITHDRAW, [], _("Withdraw the order"))

CONFIRM   = StepMove("confirm",      {WAITING},      CONFIRMED,           Can.CORRECTION_CONFIRM,  [was_proposed_by_someone_else, is_announced_by_someone_else_than_ordered, its_finding_stands], _("Confirm"), signs="answered_by_id")
REJECT    = StepMove("reject",       {WAITING},      REJECTED,            Can.CORRECTION_CONFIRM,  [was_proposed_by_someone_else], _("Reject"), signs="answered_by_id")
LAPSE     = StepMove("lapse",        {WAITING},      REJECTED,            Can.CORRECTION_WITHDRAW, [], _("Let it lapse with its case"))

SEND      = TransferMove("send",     {TO_SEND},      SENT,                Can.TRANSFER_CONFIRM,    [was_prepared_by_someone_else, its_finding_stands], _("Send it"), signs="sent_by_id")
RECEIPT   = TransferMove("receipt",  {SENT},         RECEIPTED,           Can.TRANSFER_PROPOSE,    [has_its_receipt], _("Enter the receipt"))
CALL_BACK = TransferMove("withdraw", {TO_SEND, SENT}, CALLED_BACK,        Can.TRANSFER_CONFIRM,    [], _("Withdraw the transfer"))
# fmt: on

LIFE = Workflow(PROPOSED, [ORDER, REPORT, PASS, FAIL, ANNOUNCE, PASS_LATE, FAIL_AGAIN, SUGGEST, TRANSFER, WITHDRAW])
STEP_LIFE = Workflow(WAITING, [CONFIRM, REJECT, LAPSE])
TRANSFER_LIFE = Workflow(TO_SEND, [SEND, RECEIPT, CALL_BACK])
