"""Orders to correct, the steps of their ladder, and what goes to the authority of another region."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Whole, collection
from quality.api.concluding import Began, LetterTaken, LetterTold, ReceiptProven, began, letter_of, letter_told
from quality.api.moves import add_moves, add_part_moves, add_sheet
from quality.api.papers import add_papers
from quality.api.samples import FINDINGS, LetterBrief, findings
from quality.api.shapes import Line, Moment, Paragraph, Sent, Sha256, Told, Version
from quality.corrections import operations
from quality.corrections.models import Correction, Outcome, Transfer
from quality.corrections.operations import Recheck
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.models import Finding
from quality.objections.models import Party
from quality.objections.queries import letters_about
from quality.pages.forms.sheet import unchanged
from quality.pages.kinds import KINDS
from quality.people.actor import Actor

REGION = "GB/T 2260, six digits, such as `330100`"
MOST_FILES = 50


class StepTold(Told):
    """Proposed by one person, confirmed or rejected by another: then the case moves."""

    id: int = Field(description="By which another person confirms or rejects it")
    kind: str = Field(description="`order`, `recheck`, `announcement`, `second_recheck` or `suspension`")
    status: str = Field(description="`proposed`, `confirmed` or `rejected`")
    version: int
    says: str
    authority: str = Field(description="Of the province, which announces")
    verdict: str | None = Field(description="Of a re-check: `good` or `failed`")
    seen_at: Moment | None
    finding: str | None = Field(description="On goods that were bought anew")
    proposed_at: Moment
    answered_at: Moment | None
    answer: str = Field(description="Why it was rejected")


class ReportOfAParty(Told):
    statement: str
    received_at: Moment
    by_letter: bool = Field(description="On the page of its letter; else the agency entered it")


class CorrectionTold(Whole):
    finding: str
    party: str = Field(description="`seller` or `producer`")
    addressee: str
    region: str | None = Field(description=REGION)
    to_hand_over: bool = Field(description="Its party is in another region's charge, and no transfer is on its way")
    ordered_at: Moment | None
    reported_at: Moment | None
    announced_at: Moment | None
    steps: list[StepTold]
    reports: list[ReportOfAParty]
    letters: list[LetterBrief]


class TransferTold(Whole):
    finding: str
    correction: str | None
    party: str
    addressee: str
    authority: str
    region: str = Field(description=REGION)
    what: str
    reason: str
    sent_at: Moment | None
    receipt_no: str
    received_on: date | None


class Ordering(Sent):
    version: Version
    party: Party = Field(description="`seller` or `producer`")
    demands: Paragraph = Field(description="What must be corrected; the party reads it")
    region: Line = Field("", description=f"Of the party: {REGION}")


class HandingOver(Sent):
    version: Version
    party: Party = Field(description="Whose authority is in charge")
    authority: Line = Field(description="That takes it over")
    region: Line = Field(description=f"Of that authority: {REGION}")
    what: Paragraph = Field(description="Papers, files, goods: one a line")
    reason: Paragraph


class Reporting(Sent):
    version: Version
    statement: Paragraph = Field(description="What the party says that it corrected")
    received_at: Moment
    evidence: list[Sha256] = Field([], max_length=MOST_FILES, description="What it sent, sent before as evidence")


class Rechecking(Sent):
    version: Version
    verdict: Outcome
    seen_at: Moment
    says: Paragraph = Field(description="What was seen")
    finding: Line = Field("", description="Its number, where goods were bought and tested anew")
    evidence: list[Sha256] = Field([], max_length=MOST_FILES, description="Else what shows it")


class Announcing(Sent):
    version: Version
    authority: Line = Field(description="Of the province, which announces")
    says: Paragraph = Field(description="Reasons; the public reads them")


class Suspending(Sent):
    version: Version
    says: Paragraph = Field(description="Reasons")


class CorrectionLetter(Sent):
    version: Version


class ReceiptEntered(Sent):
    version: Version
    receipt_no: Line
    received_on: date = Field(description="As the receipt says")
    receipt: Sha256 = Field(description="Of its picture, sent before as evidence")


def correction_told(session: Session, correction: Correction, _me: Actor) -> dict[str, Any]:
    kept = ("party", "addressee", "region", "to_hand_over", "ordered_at", "reported_at", "announced_at")
    own = set(StepTold.model_fields) - {"finding"}
    return {
        **{name: getattr(correction, name) for name in kept},
        "finding": correction.finding.number,
        "steps": [
            StepTold(
                finding=step.finding.number if step.finding else None, **{name: getattr(step, name) for name in own}
            )
            for step in correction.steps
        ],
        "reports": [
            ReportOfAParty(statement=each.statement, received_at=each.received_at, by_letter=each.letter_id is not None)
            for each in correction.reports
        ],
        "letters": [
            LetterBrief.model_validate(each, from_attributes=True) for each in letters_about(session, correction)
        ],
    }


def transfer_told(session: Session, transfer: Transfer, _me: Actor) -> dict[str, Any]:
    kept = (
        "party", "addressee", "authority", "region", "what", "reason", "sent_at", "receipt_no", "received_on",
    )  # fmt: skip
    return {
        **{name: getattr(transfer, name) for name in kept},
        "finding": transfer.finding.number,
        "correction": transfer.correction.number if transfer.correction else None,
    }


def order(session: Session, finding: Finding, given: Ordering, by: Actor) -> Began:
    unchanged(session, finding, given.version)
    made = operations.propose_order(session, finding, given.party, given.demands, by=by, region=given.region)
    return began("correction", CORRECTIONS.changed(made), "corrections")


def hand_over(session: Session, finding: Finding, given: HandingOver, by: Actor) -> Began:
    unchanged(session, finding, given.version)
    said = given.model_dump(exclude={"version", "party"})
    made = operations.propose_transfer(session, finding, given.party, by=by, **said)
    return began("transfer", TRANSFERS.changed(made), "transfers")


def report(session: Session, correction: Correction, given: Reporting, by: Actor) -> None:
    said = given.model_dump()
    operations.report(session, correction, said.pop("statement"), said.pop("received_at"), by=by, **said)


def recheck(session: Session, correction: Correction, given: Rechecking, by: Actor) -> None:
    found = Recheck(**given.model_dump(exclude={"version"}))
    operations.enter_recheck(session, correction, found, by=by, version=given.version)


def announce(session: Session, correction: Correction, given: Announcing, by: Actor) -> None:
    operations.propose_announcement(session, correction, given.authority, given.says, by=by, version=given.version)


def suspend(session: Session, correction: Correction, given: Suspending, by: Actor) -> None:
    operations.propose_suspension(session, correction, given.says, by=by, version=given.version)


def send_letter(session: Session, correction: Correction, given: CorrectionLetter, by: Actor) -> LetterTold:
    return letter_told(operations.send_letter(session, correction, by=by, version=given.version))


def prove_receipt(session: Session, correction: Correction, given: ReceiptProven, by: Actor) -> None:
    letter, at = letter_of(session, correction, given.letter), given.received_at
    operations.prove_receipt(session, letter, at, given.receipt_no, by=by, version=given.version)
    attach(session, correction, given.receipt, EvidenceKind.RECEIPT, by=by)


def take_back_letter(session: Session, correction: Correction, given: LetterTaken, by: Actor) -> None:
    letter = letter_of(session, correction, given.letter)
    operations.take_back_letter(session, letter, by=by, version=given.version)


def enter_receipt(session: Session, transfer: Transfer, given: ReceiptEntered, by: Actor) -> None:
    no, on = given.receipt_no, given.received_on
    operations.enter_receipt(session, transfer, no, on, given.receipt, by=by, version=given.version)


CORRECTIONS = Collection("corrections", KINDS["correction"], CorrectionTold, correction_told)
TRANSFERS = Collection("transfers", KINDS["transfer"], TransferTold, transfer_told)
corrections = collection(CORRECTIONS, about="What a seller or producer must correct, and how that is followed up")
transfers = collection(TRANSFERS, about="What goes to the authority of another region, until its receipt is here")
for each, of in ((corrections, CORRECTIONS), (transfers, TRANSFERS)):
    add_moves(each, of)
    add_papers(each, of)
add_part_moves(corrections, CORRECTIONS, "steps", {})
add_sheet(findings, FINDINGS, "order_correction", Ordering, order, answer=Began)
add_sheet(findings, FINDINGS, "hand_over", HandingOver, hand_over, answer=Began)
add_sheet(corrections, CORRECTIONS, "report", Reporting, report)
add_sheet(corrections, CORRECTIONS, "recheck", Rechecking, recheck)
add_sheet(corrections, CORRECTIONS, "announcement", Announcing, announce)
add_sheet(corrections, CORRECTIONS, "suspension", Suspending, suspend)
add_sheet(corrections, CORRECTIONS, "letter", CorrectionLetter, send_letter, answer=LetterTold)
add_sheet(corrections, CORRECTIONS, "prove_receipt", ReceiptProven, prove_receipt)
add_sheet(corrections, CORRECTIONS, "take_back_letter", LetterTaken, take_back_letter)
add_sheet(transfers, TRANSFERS, "receipt", ReceiptEntered, enter_receipt)
DOORS = [corrections, transfers]
