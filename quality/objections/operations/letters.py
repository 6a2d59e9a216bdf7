"""A result goes to one party as a letter: a sealed notice, and a link without an account by which they answer.

A link proves nothing by being opened: mail scanners open every link. Only who presses "I have received it" proves the
receipt (DOMAIN §3), and from that moment the period to object runs.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.words import _
from quality.core.workflow import record, take
from quality.documents.models import DocumentKind
from quality.documents.operations import BOTH, ask
from quality.lab.entries import unfit
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.operations.asking import require
from quality.objections.concerned import Concerned
from quality.objections.contents import conclusion_to, name_of, notice_to
from quality.objections.models import Ground, Letter, LetterKind, Objection, Party, Proof
from quality.objections.operations.files import Looked, keep_files
from quality.objections.operations.hearing import LONGEST_RECEIPT, receive, tell
from quality.objections.queries import (
    conclusion_letters,
    decided_by_a_report,
    is_retested,
    telling_of,
    to_be_told_the_conclusion,
)
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields

LASTS = timedelta(days=90)  # of a link: the period to object, the re-inspection, and time to read the end of it
LENGTH = 32  # random bytes in a link


class Sent(NamedTuple):
    """A letter, and what its address ends with: known now and never again."""

    letter: Letter
    token: str


def send_letter(session: Session, finding: Finding, party: Party, *, by: Actor, version: int | None = None) -> Sent:
    """Seal the notice for this party, and make the link. How it gets there is for the person who sends it.

    Who was told the result already, and anybody after an overturning re-inspection, is told what that came to.
    """
    require(by, Can.OBJECTION_RECEIVE, finding)
    assert by.id, "only people send letters"
    take(session, finding, version)
    if finding.status != FindingStatus.CONFIRMED:
        raise Refused("not_confirmed", _("A result is told once its finding is confirmed, and while it stands"))
    if problem := _not_concerned(finding, party):
        raise Invalid(problem)
    token, now = secrets.token_urlsafe(LENGTH), clock.now()
    kind = kind_for(session, finding, party)
    letter = Letter(
        finding_id=finding.id,
        kind=kind,
        party=party,
        addressee=name_of(finding, party),
        token_sha256=hashed(token),
        sent_by_id=by.id,
        sent_at=now,
        expires_at=now + LASTS,
    )
    session.add(letter)
    session.flush()
    details = {"letter": letter.id, "party": party, "kind": kind}
    append(session, finding, "send_letter", actor=by.signature, details=details)
    is_final = kind == LetterKind.CONCLUSION
    says = (conclusion_to if is_final else notice_to)(session, finding, party)
    document = DocumentKind.FINAL_CONCLUSION if is_final else DocumentKind.RESULT_NOTICE
    ask(
        session, letter, document, says,
        number=finding.number, agency_id=finding.agency_id, by=by, languages=BOTH,
    )  # fmt: skip
    if is_final:
        _note_that_all_are_told(session, finding, by=by)
    return Sent(letter, token)


def kind_for(session: Session, finding: Finding, party: Party) -> LetterKind:
    if finding.follows_id is not None:
        return LetterKind.CONCLUSION
    is_told = telling_of(session, finding, party) is not None
    return LetterKind.CONCLUSION if is_told and is_retested(session, finding) else LetterKind.RESULT


def _note_that_all_are_told(session: Session, finding: Finding, *, by: Actor) -> None:
    sent = {each.party for each in conclusion_letters(session, finding)}
    if sent.issuperset(party for party in to_be_told_the_conclusion(session, finding) if name_of(finding, party)):
        for objection in decided_by_a_report(session, finding):
            if objection.conclusion_told_at is None:
                facts = {"conclusion_told_at": clock.now()}
                record(session, objection, "conclusion_told", by=by, facts=facts)


def take_back_letter(session: Session, letter: Letter, *, by: Actor, version: int | None = None) -> None:
    """Its link opens nothing any more. What was received by it stays received."""
    finding = letter.finding
    require(by, Can.OBJECTION_RECEIVE, finding)
    record(session, finding, "take_back_letter", by=by, version=version, details={"letter": letter.id})
    if letter.taken_back_at is not None:
        raise Refused("taken_back", _("This link was taken back already"))
    letter.taken_back_at = clock.now()
    session.flush()


def acknowledge(session: Session, letter: Letter, *, by: Concerned) -> None:
    """Somebody who holds the link says that the party has the result. Said twice it is said once."""
    finding = letter.finding
    require(by, Can.OBJECTION_RECEIVE, finding)
    if letter.received_at is not None:
        return
    take(session, finding, None)
    if letter.received_at is not None:  # of two who press at once; what was taken must not be kept without an event
        raise Refused("received_already", _("This was recorded a moment ago"))
    is_open = (
        letter.kind == LetterKind.RESULT and finding.status == FindingStatus.CONFIRMED and finding.follows_id is None
    )
    with clock.not_before(letter.sent_at, finding.confirmed_at):
        now = clock.now()
        letter.received_at, letter.proof = now, Proof.LINK
        details = {"letter": letter.id, "party": letter.party, "proof": Proof.LINK}
        append(session, finding, "letter_received", actor=by.signature, details=details)
        if is_open and telling_of(session, finding, letter.party) is None:
            tell(session, finding, letter.party, now, by=by, proof=Proof.LINK)


def prove_receipt(
    session: Session,
    letter: Letter,
    received_at: datetime,
    receipt_no: str,
    *,
    by: Actor,
    version: int | None = None,
) -> None:
    """A conclusion arrived by post. Its receipt's picture is evidence of the finding; no period begins."""
    finding = letter.finding
    require(by, Can.OBJECTION_RECEIVE, finding)
    sent = letter.sent_at.replace(second=0, microsecond=0)  # forms know minutes
    before = _("It cannot have arrived before it was sent")
    problems = list(fields.moment("received_at", received_at, earliest=sent, before=before))
    if not receipt_no.strip():
        problems.append(FieldProblem("receipt_no", "missing", _("Enter the number of the postal receipt")))
    problems += unfit("receipt_no", receipt_no, LONGEST_RECEIPT)
    if letter.kind != LetterKind.CONCLUSION:
        text = _("Who received a result is recorded as told: the period to object runs from there")
        problems.append(FieldProblem("letter", "tells_a_result", text))
    if problems:
        raise Invalid(*problems)
    details = {"letter": letter.id, "party": letter.party, "proof": Proof.POST}
    record(session, finding, "letter_received", by=by, version=version, details=details)
    if letter.received_at is not None:
        raise Refused("received_already", _("It is on record already when this party received it"))
    letter.received_at, letter.proof, letter.receipt_no = received_at, Proof.POST, receipt_no.strip()
    session.flush()


def object_by_letter(
    session: Session,
    letter: Letter,
    *,
    by: Concerned,
    ground: Ground,
    items: Sequence[str] | None,
    statement: str,
    files: Sequence[Looked] = (),
) -> Objection:
    """The party objects by the page that its link opens, now. `files` were looked through and kept before."""
    telling = telling_of(session, letter.finding, letter.party)
    if telling is None:
        raise Refused("not_received", _("Say first that you have received the result"))
    if not statement.strip():
        raise Invalid(FieldProblem("statement", "missing", _("Say what is wrong and why")))
    with clock.not_before(telling.received_at):
        objection = receive(
            session,
            letter.finding,
            by=by,
            party=letter.party,
            ground=ground,
            result_received_at=telling.received_at,
            received_at=clock.now(),
            items=items,
            statement=statement,
        )
    keep_files(session, objection, files, by=by)
    return objection


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _not_concerned(finding: Finding, party: Party) -> FieldProblem | None:
    if finding.verdict == Verdict.CONFORMING and finding.follows_id is None and party != Party.SELLER:
        text = _("What conforms is told to the seller only")
        return FieldProblem("party", "not_concerned", text)
    if not name_of(finding, party):
        return FieldProblem("party", "no_name", _("Neither listing nor product names one; there is nobody to write to"))
    return None
