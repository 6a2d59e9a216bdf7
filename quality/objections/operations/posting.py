"""What every letter has alike, whatever it tells: a link of which the hash is kept, its receipt, and taking it back.

The case that a letter is of is taken by who calls, or here: its record tells of the letter.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.words import _
from quality.core.workflow import Case, record, take
from quality.lab.entries import unfit
from quality.lab.models import Finding
from quality.objections.contents import name_of
from quality.objections.models import Letter, LetterKind, Party, Proof
from quality.objections.operations.hearing import LONGEST_RECEIPT
from quality.people.actor import Actor
from quality.purchases import fields

LASTS = timedelta(days=90)  # of a link: the period to object, the re-inspection, and time to read the end of it
LENGTH = 32  # random bytes in a link


class Sent(NamedTuple):
    """A letter, and what its address ends with: known now and never again."""

    letter: Letter
    token: str


def write(
    session: Session,
    case: Case,
    finding: Finding,
    kind: LetterKind,
    party: Party,
    *,
    by: Actor,
    lasts: timedelta = LASTS,
    facts: Mapping[str, Any] | None = None,
) -> Sent:
    """A letter of `case`, which is taken: the finding, or what came of it. `facts` become true of it by sending."""
    assert by.id, "only people send letters"
    token, now, is_its_own = secrets.token_urlsafe(LENGTH), clock.now(), case is finding
    letter = Letter(
        finding_id=finding.id,
        case_type=None if is_its_own else case.__tablename__,
        case_id=None if is_its_own else case.id,
        kind=kind,
        party=party,
        addressee=name_of(finding, party),
        token_sha256=hashed(token),
        sent_by_id=by.id,
        sent_at=now,
        expires_at=now + lasts,
    )
    session.add(letter)
    session.flush()
    details = {"letter": letter.id, "party": party, "kind": kind}
    append(session, case, "send_letter", actor=by.signature, details=details, facts=facts)
    session.flush()
    return Sent(letter, token)


def take_back(session: Session, letter: Letter, case: Case, *, by: Actor, version: int | None = None) -> None:
    """Its link opens nothing any more. What was received by it stays received."""
    record(session, case, "take_back_letter", by=by, version=version, details={"letter": letter.id})
    if letter.taken_back_at is not None:
        raise Refused("taken_back", _("This link was taken back already"))
    letter.taken_back_at = clock.now()
    session.flush()


def is_first_to_say_so(session: Session, letter: Letter, case: Case) -> bool:
    """That the letter arrived, by its link: then the case is taken, and an event must follow."""
    if letter.received_at is not None:
        return False
    take(session, case, None)
    if letter.received_at is not None:  # of two who press at once; what was taken must not be kept without an event
        raise Refused("received_already", _("This was recorded a moment ago"))
    return True


def note_receipt(session: Session, letter: Letter, case: Case, *, by: Actor) -> datetime:
    """Somebody who holds the link says so, now."""
    letter.received_at, letter.proof = clock.now(), Proof.LINK
    details = {"letter": letter.id, "party": letter.party, "proof": Proof.LINK}
    append(session, case, "letter_received", actor=by.signature, details=details)
    return letter.received_at


def came_by_post(
    session: Session,
    letter: Letter,
    case: Case,
    received_at: datetime,
    receipt_no: str,
    *,
    by: Actor,
    version: int | None = None,
    also: Sequence[FieldProblem] = (),
) -> None:
    """By its postal receipt, whose picture is evidence of the case. `also` is what else is wrong."""
    sent = letter.sent_at.replace(second=0, microsecond=0)  # forms know minutes
    before = _("It cannot have arrived before it was sent")
    problems = list(fields.moment("received_at", received_at, earliest=sent, before=before))
    if not receipt_no.strip():
        problems.append(FieldProblem("receipt_no", "missing", _("Enter the number of the postal receipt")))
    problems += [*unfit("receipt_no", receipt_no, LONGEST_RECEIPT), *also]
    if problems:
        raise Invalid(*problems)
    details = {"letter": letter.id, "party": letter.party, "proof": Proof.POST}
    record(session, case, "letter_received", by=by, version=version, details=details)
    if letter.received_at is not None:
        raise Refused("received_already", _("It is on record already when this party received it"))
    letter.received_at, letter.proof, letter.receipt_no = received_at, Proof.POST, receipt_no.strip()
    session.flush()


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
