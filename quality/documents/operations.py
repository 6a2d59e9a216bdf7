"""Asking for a document, and taking one back. Printing is a job's (documents/jobs.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import Base, canonical
from quality.core.events import id_of
from quality.core.workflow import begin, record
from quality.documents.codes import new_code
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.queries import documents_of, latest_asked
from quality.people.actor import Actor

BOTH = (Language.ZH, Language.EN)


def ask(
    session: Session,
    subject: Base,
    kind: DocumentKind,
    says: dict[str, Any],
    *,
    number: str,
    agency_id: int,
    by: Actor,
    languages: Sequence[Language] = (Language.ZH,),
    code: str | None = None,
) -> Document:
    """Have a document made of `subject` that says `says`, and return it in the first of `languages`.

    What says the same as the latest edition is that edition: asking twice makes nothing twice. What says anything
    else is a new edition, which supersedes the one before it. A courtesy copy belongs to an edition of the document,
    so that the document itself is always asked for with it.
    """
    last = latest_asked(session, subject, kind)
    is_the_same = last is not None and last.withdrawn_at is None and canonical(last.says) == canonical(says)
    edition = (last.edition if last else 0) + (not is_the_same)
    code = last.code if last and is_the_same else code or new_code()
    now = clock.now()
    asked = {}
    for language in dict.fromkeys((Language.ZH, *languages)):
        asked[language] = _begun(
            session,
            Document(
                code=code,
                kind=kind,
                language=language,
                subject_type=subject.__tablename__,
                subject_id=id_of(subject),
                edition=edition,
                number=number,
                agency_id=agency_id,
                says=says,
                asked_at=last.asked_at if last and is_the_same else now,
                next_try_at=now,
            ),
            by,
        )
    return asked[languages[0]]


def _begun(session: Session, wanted: Document, by: Actor) -> Document:
    """The wanted row, or the one that is there already, also if somebody asked for it this very moment."""
    if there := _same(session, wanted):
        return there
    details = {"kind": wanted.kind, "language": wanted.language, "edition": wanted.edition, "code": wanted.code}
    about = {"subject": f"{wanted.subject_type}:{wanted.subject_id}"}
    try:
        with session.begin_nested():
            begin(session, wanted, by=by, details=details | about)
    except IntegrityError:
        there = _same(session, wanted)
        if there is None:
            raise
        return there
    return wanted


def _same(session: Session, wanted: Document) -> Document | None:
    subject = (wanted.subject_type, wanted.subject_id)
    found = (each for each in documents_of(session, [subject]) if each is not wanted)
    return next(
        (e for e in found if (e.kind, e.edition, e.language) == (wanted.kind, wanted.edition, wanted.language)), None
    )


def withdraw_all(session: Session, subject: Base, *, by: Actor, kind: DocumentKind | None = None) -> None:
    """What stood on paper about `subject` does not hold any more: whoever checks it is told so."""
    for document in documents_of(session, [(subject.__tablename__, id_of(subject))]):
        if document.withdrawn_at is None and kind in (None, document.kind):
            record(session, document, "withdraw", by=by, facts={"withdrawn_at": clock.now()})
