"""The papers of a correction go to its party by letters with a link; by that link it reports what it corrected.

As with results, a link that is opened proves nothing; who presses "I have received it" does, or a postal receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import _
from quality.core.workflow import take
from quality.corrections.models import Correction, CorrectionReport
from quality.corrections.operations.reporting import report
from quality.corrections.queries import newest_paper
from quality.evidence.models import EvidenceKind
from quality.lab.operations.asking import require
from quality.objections.concerned import Concerned
from quality.objections.models import Letter, LetterKind
from quality.objections.operations.files import Looked, as_evidence, keep_files
from quality.objections.operations.posting import (
    Sent,
    came_by_post,
    is_first_to_say_so,
    note_receipt,
    take_back,
    write,
)
from quality.people.actor import Actor
from quality.permissions import Can

LASTS = timedelta(days=120)  # of a link: the time to correct or the second window, and time to read the end of it


def send_letter(session: Session, correction: Correction, *, by: Actor, version: int | None = None) -> Sent:
    """Tell the party the newest of the papers that two persons decided."""
    require(by, Can.CORRECTION_REPORT, correction)
    take(session, correction, version)
    paper = newest_paper(correction)
    if paper is None:
        raise Refused("nothing_to_tell", _("Nothing stands that could be told: the order is not in force"))
    kind = LetterKind(paper.value)
    return write(
        session, correction, correction.finding, kind, correction.party,
        by=by, lasts=LASTS, facts={"told": paper},
    )  # fmt: skip


def correction_of(session: Session, letter: Letter) -> Correction:
    assert letter.case_type == Correction.__tablename__, "a letter of a correction"
    return session.get_one(Correction, letter.case_id)


def take_back_letter(session: Session, letter: Letter, *, by: Actor, version: int | None = None) -> None:
    correction = correction_of(session, letter)
    require(by, Can.CORRECTION_REPORT, correction)
    take_back(session, letter, correction, by=by, version=version)


def acknowledge(session: Session, letter: Letter, *, by: Concerned) -> None:
    """Somebody who holds the link says that the party has it. Said twice it is said once."""
    correction = correction_of(session, letter)
    require(by, Can.CORRECTION_REPORT, correction)
    if is_first_to_say_so(session, letter, correction):
        with clock.not_before(letter.sent_at):
            note_receipt(session, letter, correction, by=by)


def prove_receipt(
    session: Session,
    letter: Letter,
    received_at: datetime,
    receipt_no: str,
    *,
    by: Actor,
    version: int | None = None,
) -> None:
    """It arrived by post; the picture of its receipt is evidence of the correction."""
    correction = correction_of(session, letter)
    require(by, Can.CORRECTION_REPORT, correction)
    came_by_post(session, letter, correction, received_at, receipt_no, by=by, version=version)


def report_by_letter(
    session: Session, letter: Letter, statement: str, *, by: Concerned, files: Sequence[Looked] = ()
) -> CorrectionReport:
    """The party reports on the page that its link opens, now. `files` were looked through and kept before: they are
    evidence of what it says, held by the agency like what it sent in itself."""
    correction = correction_of(session, letter)
    with clock.not_before(correction.ordered_at, letter.sent_at):
        told = report(session, correction, statement, clock.now(), by=by, letter_id=letter.id)
    keep_files(session, correction, files, by=by, of=told)
    as_evidence(session, correction, told, EvidenceKind.CORRECTION, by=by, at=told.received_at)
    return told
