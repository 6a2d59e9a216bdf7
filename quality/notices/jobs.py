"""What happens to notices by itself: a notice that has its number is written out, sealed and so issued."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import canonical
from quality.core.errors import Refused
from quality.core.workflow import perform
from quality.documents.codes import new_code
from quality.documents.jobs import claim, one_by_one, print_and_record
from quality.documents.models import Document, DocumentKind
from quality.documents.operations import BOTH, ask
from quality.documents.press import Press
from quality.documents.queries import latest_asked, latest_of
from quality.notices.contents import document_of
from quality.notices.models import EditionKind, Notice, NoticeEdition, NoticeStatus
from quality.notices.workflow import SEALED
from quality.people.actor import SYSTEM

AT_ONCE = 100


def seal_issuing_notices(sessions: sessionmaker[Session], press: Press, now: datetime) -> int:
    """Seal each notice in `issuing`; returns how many this run sealed.

    What a notice says, its code and its moment are fixed first; then its PDF is printed and stored with no transaction
    open; then it is issued. Who dies in between leaves a notice that goes on from there, with the same words.
    """
    with sessions() as session:
        due = sa.select(Notice.id).where(Notice.status == NoticeStatus.ISSUING, ~is_at_the_press(now))
        waiting = session.scalars(due.order_by(Notice.id).limit(AT_ONCE)).all()
    return one_by_one(lambda notice_id: seal(sessions, press, notice_id, now), waiting)


def is_at_the_press(now: datetime) -> sa.Exists:
    """Another process prints its document, or it failed and waits: it stands in no other notice's way."""
    return sa.exists().where(
        Document.subject_type == Notice.__tablename__,
        Document.subject_id == Notice.id,
        Document.kind == DocumentKind.DISPOSAL_NOTICE,
        Document.sha256.is_(None),
        Document.withdrawn_at.is_(None),
        Document.next_try_at > now,
    )


def seal(sessions: sessionmaker[Session], press: Press, notice_id: int, now: datetime) -> bool:
    with sessions.begin() as session:
        notice = session.get_one(Notice, notice_id)
        if notice.status != NoticeStatus.ISSUING:  # of those that were seen, another process has had this one
            return False
        document = write_out(session, notice, now)
        document_id, is_printed = document.id, document.sha256 is not None
        claimed = None if is_printed else claim(session, document_id, clock.now())
    if not (is_printed or claimed):  # it is being printed
        return False
    if claimed:
        return print_and_record(sessions, press, document_id, claimed, then=lambda session: issue(session, notice_id))
    try:
        with sessions.begin() as session:  # somebody else has printed it
            return issue(session, notice_id)
    except Refused:  # and issued it
        return False


def write_out(session: Session, notice: Notice, now: datetime) -> Document:
    """Fix what the notice says, in both languages, or find what was fixed before."""
    there = latest_asked(session, notice, DocumentKind.DISPOSAL_NOTICE)
    if there is not None:
        return there
    code = new_code()
    says = document_of(session, notice, issued_at=now, code=code)
    assert notice.number, "the database holds it: issued_has_number"
    return ask(
        session,
        notice,
        DocumentKind.DISPOSAL_NOTICE,
        says,
        number=notice.number,
        agency_id=notice.agency_id,
        by=SYSTEM,
        languages=BOTH,
        code=code,
        at=now,
    )


def issue(session: Session, notice_id: int) -> bool:
    """Issue the notice if its PDF is sealed, and it is not issued yet."""
    notice = session.get_one(Notice, notice_id)
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
    if document is None:
        return False
    details = {"document": document.id, "sha256": document.sha256}
    facts = sealed_copy(document)
    perform(session, notice, SEALED, by=SYSTEM, facts=facts, details=details)
    session.add(original(notice, facts))
    return True


def original(notice: Notice, facts: dict[str, Any]) -> NoticeEdition:
    """The first edition, as it was sealed."""
    return NoticeEdition(
        notice_id=notice.id,
        edition=1,
        kind=EditionKind.ORIGINAL,
        reason="",
        wording={},
        withdrawn=[],
        added=[],
        changed=[],
        drafted_by_id=notice.drafted_by_id,
        drafted_at=facts["issued_at"],
        approved_by_id=notice.approved_by_id,
        approved_at=facts["issued_at"],
        issued_at=facts["issued_at"],
        in_version=notice.version,
        sealed=facts["sealed"],
        sealed_sha256=facts["sealed_sha256"],
        code=facts["verification_code"],
    )


def sealed_copy(document: Document) -> dict[str, Any]:
    """The columns of a sealed notice: what its PDF says as canonical JSON, its sha256, its moment and its code."""
    text = canonical(document.says)
    return {
        "sealed": text,
        "sealed_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "issued_at": datetime.fromisoformat(document.says["issued_at"]),
        "verification_code": document.code,
    }
