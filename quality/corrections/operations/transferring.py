"""Handing a finding, or the correction of it, to the authority of the party's own region, until its receipt is here."""

from __future__ import annotations

from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, perform, record, take
from quality.corrections import contents
from quality.corrections.models import Correction, Transfer
from quality.corrections.operations.climbing import LONGEST, LONGEST_NAME, stop_clocks, wrong_region
from quality.corrections.queries import live_correction, live_transfer
from quality.corrections.workflow import CALL_BACK, OPEN, RECEIPT, SEND, TRANSFER, no_step_waits
from quality.documents.models import DocumentKind
from quality.documents.operations import BOTH, ask, withdraw_all
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.operations.asking import given, require
from quality.objections.contents import name_of
from quality.objections.models import Party
from quality.objections.operations.hearing import LONGEST_RECEIPT
from quality.people.actor import Actor
from quality.people.regions import is_elsewhere, lies_within
from quality.permissions import Can
from quality.purchases import fields


def propose_transfer(
    session: Session,
    finding: Finding,
    party: Party,
    *,
    by: Actor,
    authority: str,
    region: str,
    what: str,
    reason: str,
    version: int | None = None,
) -> Transfer:
    """Of a finding with what was ordered about it, where there is such a case. It is sent once another says so."""
    require(by, Can.TRANSFER_PROPOSE, finding)
    assert by.organisation and by.id, "require() has asked"
    problems = [
        *fields.text("authority", authority, most=LONGEST_NAME, ask=_("Enter the authority that takes it over")),
        *fields.text("what", what, most=LONGEST, ask=_("List what is handed over")),
        *fields.text("reason", reason, most=LONGEST, ask=_("Enter the reason")),
        *wrong_region(region),
    ]
    if not region.strip():
        problems.append(FieldProblem("region", "missing", _("Enter the region of that authority (GB/T 2260)")))
    elif not problems and by.organisation.region and lies_within(region.strip(), by.organisation.region):
        text = _("This region is your own agency's; there is nobody to hand it to")
        problems.append(FieldProblem("region", "own_region", text))
    if party == Party.PLATFORM or not name_of(finding, party):
        text = _("Neither listing nor product names one; there is nobody to hand over")
        problems.append(FieldProblem("party", "no_name", text))
    if problems:
        raise Invalid(*problems)
    take(session, finding, version)
    if finding.status != FindingStatus.CONFIRMED or finding.verdict != Verdict.NONCONFORMING:
        raise Refused("finding_not_standing", _("No finding that says so stands; there is nothing to hand over"))
    if live_transfer(session, finding, party):
        raise _handed_over_already()
    correction = live_correction(session, finding, party)
    append(session, finding, "propose_transfer", actor=by.signature, details={"party": party, "region": region})
    transfer = Transfer(
        number=next_number(session, by.organisation.code, "Y"),
        agency_id=finding.agency_id,
        finding_id=finding.id,
        correction_id=correction.id if correction else None,
        party=party,
        addressee=name_of(finding, party),
        authority=authority.strip(),
        region=region.strip(),
        what=what.strip(),
        reason=reason.strip(),
        proposed_by_id=by.id,
    )
    try:
        with session.begin_nested():
            begin(session, transfer, by=by, details={"finding": finding.id, "party": party, "region": region})
    except IntegrityError as first:
        raise _handed_over_already() from first
    if correction is not None and correction.to_hand_over:
        record(session, correction, "transfer_begun", by=by, facts={"to_hand_over": False})
    return transfer


def _handed_over_already() -> Refused:
    return Refused("handed_over_already", _("This is handed over already, or about to be; go on with that transfer"))


def send_transfer(session: Session, transfer: Transfer, *, by: Actor, version: int | None = None) -> None:
    """By another person: its cover is sealed, and its receipt is waited for."""
    now = clock.now()
    perform(session, transfer, SEND, by=by, version=version, facts={"sent_at": now})
    clocks.start(session, transfer, "transfer_receipt", now)
    ask(
        session, transfer, DocumentKind.TRANSFER_COVER, contents.cover(session, transfer),
        number=transfer.number, agency_id=transfer.agency_id, by=by, languages=BOTH,
    )  # fmt: skip


def enter_receipt(
    session: Session,
    transfer: Transfer,
    receipt_no: str,
    received_on: date,
    picture: str,
    *,
    by: Actor,
    version: int | None = None,
) -> None:
    """That authority has it: by number, day and picture (sha256) of its receipt. A correction goes on there."""
    require(by, Can.TRANSFER_PROPOSE, transfer)
    problems = [*fields.text("receipt_no", receipt_no, most=LONGEST_RECEIPT, ask=_("Enter the number of the receipt"))]
    if received_on > day_of(clock.now()):
        text = _("This day lies in the future; enter it when it has come")
        problems.append(FieldProblem("received_on", "in_the_future", text))
    elif transfer.sent_at and received_on < day_of(transfer.sent_at):
        text = _("It cannot have been received before it was sent, on %(day)s", day=day_of(transfer.sent_at))
        problems.append(FieldProblem("received_on", "too_early", text))
    if not picture:
        problems.append(FieldProblem("receipt", "missing", _("Choose the picture of the receipt")))
    if problems:
        raise Invalid(*problems)
    facts = {"receipt_no": receipt_no.strip(), "received_on": received_on}
    perform(session, transfer, RECEIPT, by=by, version=version, facts=facts, details=facts)
    attach(session, transfer, picture, EvidenceKind.RECEIPT, by=by)
    clocks.stop(session, transfer, "transfer_receipt", clock.now(), by=by)
    correction = transfer.correction
    if correction is not None and correction.status in OPEN:
        hand_over(session, correction, by=by)


def hand_over(session: Session, correction: Correction, *, by: Actor) -> None:
    perform(session, correction, TRANSFER, by=by, also=[no_step_waits])
    stop_clocks(session, correction, by=by, outcome="handed_over")


def withdraw_transfer(
    session: Session, transfer: Transfer, reason: str, *, by: Actor, version: int | None = None
) -> None:
    perform(session, transfer, CALL_BACK, by=by, version=version, note=given(reason))
    clocks.stop(session, transfer, "transfer_receipt", clock.now(), by=by, outcome="withdrawn")
    withdraw_all(session, transfer, by=by)
    correction = transfer.correction
    if correction is not None and is_elsewhere(correction.region, correction.agency.region):
        record(session, correction, "transfer_called_back", by=by, facts={"to_hand_over": True})
