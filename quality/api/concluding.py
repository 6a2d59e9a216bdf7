"""What the agency does with samples, findings and objections that takes more than a note."""

from __future__ import annotations

from typing import Literal

from flask import url_for
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.custody import NoPhoto, Photos, seen_of
from quality.api.idempotency import holds_a_secret
from quality.api.moves import add_sheet, laboratory_called
from quality.api.notices import NOTICES, Wording
from quality.api.samples import FINDINGS, OBJECTIONS, SAMPLES, findings, objections, reports, samples
from quality.api.sending import Dispatch, Reinspecting, send_to_laboratory, way_of
from quality.api.shapes import Celsius, Changed, Line, Moment, Paragraph, Sent, Sha256, Told, Version
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import Case
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.models import Finding, Impossible
from quality.lab.operations import end_as_impossible, go_on, hand_on_backup, hand_on_untested
from quality.notices.operations import draft_notices
from quality.objections import operations
from quality.objections.models import Decision, Ground, Letter, NoReinspection, Objection, Party, Proof
from quality.objections.operations.disposal import confirm_disposal
from quality.objections.queries import letters_about
from quality.pages.forms.sheet import unchanged
from quality.people.actor import Actor
from quality.publication.operations import propose
from quality.purchases.models import PortionKind, Sample, Untested
from quality.purchases.operations import confirm_hand_over, explain_gap, pass_on, transfer_untested
from quality.purchases.operations.storage import propose_disposal, withdraw_disposal
from quality.web import settings

TAKER = r"^(person:\d{1,9}|(store|courier):.+)$"


class Transfer(Sent):
    version: Version
    reason: Untested = Field(strict=False)
    authority: Line = Field(description="Which local authority takes both portions")
    place: Line = ""
    note: Paragraph = ""
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class HandOver(Sent):
    version: Version
    portion: PortionKind
    taken_by: Line = Field(description="`person:17`, `store:…` or `courier:…`", pattern=TAKER)
    seal_no: Line = Field(description="As you read it")
    seal_intact: bool
    at: Moment
    place: Line = ""
    condition: Line = ""
    parcel_no: Line = Field("", description="Where a courier takes or brings it")
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class HandOverConfirmed(Sent):
    version: Version
    step: int = Field(description="The `id` of the hand-over in `custody`")
    seal_no: Line = Field(description="As you read it")
    seal_intact: bool
    condition: Line = ""
    temperature: Celsius = None
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class GapExplained(Sent):
    version: Version
    step: int = Field(description="The `id` of the hand-over in `custody`")
    reason: Paragraph = Field(description="How it came to this, and why the portion is still sound")


class DisposalProposed(Sent):
    version: Version
    portion: PortionKind
    reason: Paragraph = Field(description="Why and how; another person reads it before they confirm")


class DisposalOf(Sent):
    version: Version
    portion: PortionKind


class GoingOn(Sent):
    version: Version
    portion: PortionKind = Field(PortionKind.TEST, description="The one whose laboratory stopped")
    reason: Paragraph = Field(description="The laboratory reads this")


class HandingOn(Sent):
    version: Version
    kind: Untested = Field(strict=False)
    authority: Line = Field(description="Which authority takes both portions")
    reason: Paragraph = Field(description="The laboratory reads this")
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class BackupHandedOn(Sent):
    version: Version
    authority: Line = Field(description="Which authority takes the backup portion")
    reason: Paragraph = Field(description="The laboratory reads this")
    photos: Photos = Field([])
    no_photo: NoPhoto = ""


class Ending(Sent):
    version: Version
    cause: Impossible
    reason: Paragraph


class Telling(Sent):
    version: Version
    party: Party
    received_at: Moment = Field(description="By the party: its period to object runs from here")
    proof: Literal["entered", "post"] = Field("entered", description="`post`: with its number and its picture")
    receipt_no: Line = Field("", description="Of the postal receipt")
    receipt: str = Field("", description="sha256 of its picture, sent before as evidence", max_length=64)


class LetterSent(Sent):
    version: Version
    party: Party = Field(description="Its notice is sealed for it alone")


class LetterTaken(Sent):
    version: Version
    letter: int = Field(description="As `letter` gave it", ge=1)


class LetterTold(Told):
    """Keep the address: of it only the hash is kept here."""

    letter: int
    kind: str = Field(
        description="`result`, or to who was told that before a re-inspection: `conclusion`; of a correction, its paper"
    )
    address: str = Field(description="Shown this once. Opening it proves nothing; who presses there proves the receipt")
    expires_at: Moment


class ReceiptProven(Sent):
    version: Version
    letter: int = Field(description="Of a conclusion, as `letter` gave it", ge=1)
    received_at: Moment
    receipt_no: Line = Field(description="Of the postal receipt")
    receipt: Sha256 = Field(description="Of its picture, sent before as evidence")


class Objecting(Sent):
    version: Version
    party: Party
    ground: Ground
    items: list[Line] | None = Field(None, description="The disputed ones; left out: all that failed", max_length=500)
    result_received_at: Moment
    received_at: Moment


class Proposing(Sent):
    version: Version
    reason: Paragraph = Field("", description="What changed and why, if it was published before")
    remark: Paragraph | None = Field(None, description="In place of the one on the sampling sheet")
    withhold: list[Line] = Field([], max_length=50, description="Fields that stay empty, such as `seller.shop`")


class Drafting(Wording):
    version: Version


class Deciding(Sent):
    version: Version
    decision: Decision
    reason: Paragraph = Field("", description="Needed where no second report speaks")
    no_reinspection: NoReinspection | None = None
    cost_fen: int | None = Field(
        None, ge=0, le=100_000_000, description="Of the re-inspection: the side pays that was wrong"
    )


BegunKind = Literal["objection", "notice", "result", "correction", "transfer"]


class Began(Told):
    """The case that came of it."""

    kind: BegunKind
    number: str
    status: str
    version: int
    address: str


def transfer(session: Session, sample: Sample, given: Transfer, by: Actor) -> None:
    said = given.model_dump()
    shown = seen_of(said)
    transfer_untested(session, sample, said.pop("reason"), said.pop("authority"), by=by, seen=shown, **said)


def hand_over(session: Session, sample: Sample, given: HandOver, by: Actor) -> None:
    said = given.model_dump()
    pass_on(session, sample, said.pop("portion"), by=by, seen=seen_of(said), **said)


def confirm(session: Session, sample: Sample, given: HandOverConfirmed, by: Actor) -> None:
    said = given.model_dump()
    confirm_hand_over(session, sample, said.pop("step"), by=by, seen=seen_of(said), **said)


def explain(session: Session, sample: Sample, given: GapExplained, by: Actor) -> None:
    explain_gap(session, sample, given.step, given.reason, by=by, version=given.version)


def dispose(session: Session, sample: Sample, given: DisposalProposed, by: Actor) -> None:
    propose_disposal(session, sample, given.portion, given.reason, by=by, version=given.version)


def dispose_indeed(session: Session, sample: Sample, given: DisposalOf, by: Actor) -> None:
    unchanged(session, sample, given.version)
    confirm_disposal(session, sample, given.portion, by=by)


def keep_after_all(session: Session, sample: Sample, given: DisposalOf, by: Actor) -> None:
    withdraw_disposal(session, sample, given.portion, by=by, version=given.version)


def end(session: Session, sample: Sample, given: Ending, by: Actor) -> None:
    end_as_impossible(session, sample, given.cause, by=by, reason=given.reason, version=given.version)


def let_go_on(session: Session, sample: Sample, given: GoingOn, by: Actor) -> None:
    go_on(session, sample, given.portion, given.reason, by=by, version=given.version)


def hand_on(session: Session, sample: Sample, given: HandingOn, by: Actor) -> None:
    said = given.model_dump()
    kind, authority, reason = said.pop("kind"), said.pop("authority"), said.pop("reason")
    hand_on_untested(session, sample, kind, authority, reason, by=by, seen=seen_of(said), **said)


def hand_backup_on(session: Session, sample: Sample, given: BackupHandedOn, by: Actor) -> None:
    said = given.model_dump()
    hand_on_backup(session, sample, said.pop("authority"), said.pop("reason"), by=by, seen=seen_of(said), **said)


def tell(session: Session, finding: Finding, given: Telling, by: Actor) -> None:
    unchanged(session, finding, given.version)
    proof = Proof(given.proof)
    if proof == Proof.POST and not given.receipt:
        raise Invalid(FieldProblem("receipt", "missing", _("Choose the picture of the postal receipt")))
    at, receipt = given.received_at, given.receipt_no
    told = operations.tell(session, finding, given.party, at, by=by, proof=proof, receipt_no=receipt)
    if proof == Proof.POST:
        attach(session, finding, given.receipt, EvidenceKind.RECEIPT, by=by, part=told)


def send_letter(session: Session, finding: Finding, given: LetterSent, by: Actor) -> LetterTold:
    return letter_told(operations.send_letter(session, finding, given.party, by=by, version=given.version))


def letter_told(sent: operations.Sent) -> LetterTold:
    letter, token = sent
    holds_a_secret()
    address = settings().public_url + url_for("reply.page", link=token)
    return LetterTold(letter=letter.id, kind=letter.kind, address=address, expires_at=letter.expires_at)


def letter_of(session: Session, case: Case, key: int) -> Letter:
    letter = next((each for each in letters_about(session, case) if each.id == key), None)
    if letter is None:
        raise Invalid(FieldProblem("letter", "unknown", _("There is no such letter about this case")))
    return letter


def prove_receipt(session: Session, finding: Finding, given: ReceiptProven, by: Actor) -> None:
    letter, at = letter_of(session, finding, given.letter), given.received_at
    operations.prove_receipt(session, letter, at, given.receipt_no, by=by, version=given.version)
    attach(session, finding, given.receipt, EvidenceKind.RECEIPT, by=by)


def take_back_letter(session: Session, finding: Finding, given: LetterTaken, by: Actor) -> None:
    letter = letter_of(session, finding, given.letter)
    operations.take_back_letter(session, letter, by=by, version=given.version)


def take_objection(session: Session, finding: Finding, given: Objecting, by: Actor) -> Began:
    unchanged(session, finding, given.version)
    said = given.model_dump(exclude={"version"})
    objection = operations.receive(session, finding, by=by, **said)
    return began("objection", OBJECTIONS.changed(objection), "objections")


def draft(session: Session, finding: Finding, given: Drafting, by: Actor) -> Began:
    unchanged(session, finding, given.version)
    [notice] = draft_notices(session, [finding], by=by, **given.model_dump(exclude={"version"}))
    return began("notice", NOTICES.changed(notice), "notices")


def propose_result(session: Session, finding: Finding, given: Proposing, by: Actor) -> Began:
    unchanged(session, finding, given.version)
    result = propose(session, finding, by=by, **given.model_dump(exclude={"version"}))
    now = Changed(number=result.number, status=result.status, version=result.version)
    return began("result", now, "results")


def began(kind: BegunKind, now: Changed, collection: str) -> Began:
    return Began(kind=kind, address=f"/api/v1/{collection}/{now.number}", **now.model_dump())


def reinspect(session: Session, objection: Objection, given: Reinspecting, by: Actor) -> None:
    named = laboratory_called(session, given.laboratory) if given.laboratory else objection.laboratory
    if named is None:
        raise Refused("not_drawn", _("Draw the laboratory first"))
    operations.send_to_reinspection(
        session,
        objection,
        named,
        by=by,
        way=way_of(given),
        no_scan=given.no_scan.strip() or None,
        shown=seen_of(given.model_dump()),
        version=given.version,
    )


def decide(session: Session, objection: Objection, given: Deciding, by: Actor) -> None:
    said = given.model_dump(exclude={"decision"})
    operations.decide(session, objection, given.decision, by=by, **said)


add_sheet(samples, SAMPLES, "dispatch", Dispatch, send_to_laboratory)
add_sheet(samples, SAMPLES, "transfer", Transfer, transfer)
add_sheet(samples, SAMPLES, "hand_over", HandOver, hand_over)
add_sheet(samples, SAMPLES, "confirm_hand_over", HandOverConfirmed, confirm)
add_sheet(samples, SAMPLES, "explain_gap", GapExplained, explain)
add_sheet(samples, SAMPLES, "propose_disposal", DisposalProposed, dispose)
add_sheet(samples, SAMPLES, "confirm_disposal", DisposalOf, dispose_indeed)
add_sheet(samples, SAMPLES, "withdraw_disposal", DisposalOf, keep_after_all)
add_sheet(samples, SAMPLES, "go_on", GoingOn, let_go_on)
add_sheet(samples, SAMPLES, "end_untested", HandingOn, hand_on)
add_sheet(samples, SAMPLES, "hand_on_backup", BackupHandedOn, hand_backup_on)
add_sheet(samples, SAMPLES, "impossible", Ending, end)
add_sheet(findings, FINDINGS, "tell", Telling, tell)
add_sheet(findings, FINDINGS, "letter", LetterSent, send_letter, answer=LetterTold)
add_sheet(findings, FINDINGS, "take_back_letter", LetterTaken, take_back_letter)
add_sheet(findings, FINDINGS, "prove_receipt", ReceiptProven, prove_receipt)
add_sheet(findings, FINDINGS, "object", Objecting, take_objection, answer=Began)
add_sheet(findings, FINDINGS, "draft_notice", Drafting, draft, answer=Began)
add_sheet(findings, FINDINGS, "propose_result", Proposing, propose_result, answer=Began)
add_sheet(objections, OBJECTIONS, "reinspect", Reinspecting, reinspect)
add_sheet(objections, OBJECTIONS, "decide", Deciding, decide)
DOORS = [samples, reports, findings, objections]
