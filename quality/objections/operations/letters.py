"""A result goes to one party as a letter: a sealed notice, and a link without an account by which they answer.

A link proves nothing by being opened: mail scanners open every link. Only who presses "I have received it" proves the
receipt (DOMAIN §3), and from that moment the period to object runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import record, take
from quality.documents.models import DocumentKind
from quality.documents.operations import BOTH, ask
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.operations.asking import require
from quality.objections.concerned import Concerned
from quality.objections.contents import conclusion_to, name_of, notice_to
from quality.objections.models import Ground, Letter, LetterKind, Objection, Party, Proof
from quality.objections.operations.files import Looked, keep_files
from quality.objections.operations.hearing import receive, tell
from quality.objections.operations.posting import (
    Sent,
    came_by_post,
    is_first_to_say_so,
    note_receipt,
    take_back,
    write,
)
from quality.objections.queries import (
    conclusion_letters,
    decided_by_a_report,
    is_retested,
    telling_of,
    to_be_told_the_conclusion,
)
from quality.people.actor import Actor
from quality.permissions import Can


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
    kind = kind_for(session, finding, party)
    sent = write(session, finding, finding, kind, party, by=by)
    is_final = kind == LetterKind.CONCLUSION
    says = (conclusion_to if is_final else notice_to)(session, finding, party)
    document = DocumentKind.FINAL_CONCLUSION if is_final else DocumentKind.RESULT_NOTICE
    ask(
        session, sent.letter, document, says,
        number=finding.number, agency_id=finding.agency_id, by=by, languages=BOTH,
    )  # fmt: skip
    if is_final:
        _note_that_all_are_told(session, finding, by=by)
    return sent


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
    require(by, Can.OBJECTION_RECEIVE, letter.finding)
    take_back(session, letter, letter.finding, by=by, version=version)


def acknowledge(session: Session, letter: Letter, *, by: Concerned) -> None:
    """Somebody who holds the link says that the party has the result. Said twice it is said once."""
    finding = letter.finding
    require(by, Can.OBJECTION_RECEIVE, finding)
    if not is_first_to_say_so(session, letter, finding):
        return
    is_open = (
        letter.kind == LetterKind.RESULT and finding.status == FindingStatus.CONFIRMED and finding.follows_id is None
    )
    with clock.not_before(letter.sent_at, finding.confirmed_at):
        now = note_receipt(session, letter, finding, by=by)
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
    problems = []
    if letter.kind != LetterKind.CONCLUSION:
        text = _("Who received a result is recorded as told: the period to object runs from there")
        problems.append(FieldProblem("letter", "tells_a_result", text))
    came_by_post(session, letter, finding, received_at, receipt_no, by=by, version=version, also=problems)


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


def _not_concerned(finding: Finding, party: Party) -> FieldProblem | None:
    if finding.verdict == Verdict.CONFORMING and finding.follows_id is None and party != Party.SELLER:
        text = _("What conforms is told to the seller only")
        return FieldProblem("party", "not_concerned", text)
    if not name_of(finding, party):
        return FieldProblem("party", "no_name", _("Neither listing nor product names one; there is nobody to write to"))
    return None
