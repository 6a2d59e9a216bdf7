"""Asking for a document, and taking one back. Printing is a job's (documents/jobs.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import Base, canonical, insert_into
from quality.core.events import FIRST, append, id_of
from quality.core.withholding import withheld
from quality.core.workflow import record
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
    at: datetime | None = None,
) -> Document:
    """Have a document made of `subject` that says `says`, and return it in the first of `languages`.

    What says the same as the latest edition is that edition: asking twice makes nothing twice. What says anything
    else is a new edition, which supersedes the one before it. A courtesy copy belongs to an edition of the document,
    so that the document itself is always asked for with it. A value that leads to a buyer is taken out here, wherever
    it had come in: no paper says one.
    """
    says = withheld(session, subject, says)
    last = latest_asked(session, subject, kind)
    is_the_same = last is not None and last.withdrawn_at is None and canonical(last.says) == canonical(says)
    edition = (last.edition if last else 0) + (not is_the_same)
    code = last.code if last and is_the_same else code or new_code()
    now = at or clock.now()
    asked = {
        language: _begun(
            session,
            by,
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
        )
        for language in dict.fromkeys((Language.ZH, *languages))
    }
    return asked[languages[0]]


ONE = ("subject_type", "subject_id", "kind", "edition", "language")


def _begun(session: Session, by: Actor, **wanted: Any) -> Document:
    """A new row with its first event, or the one that is there already, also if somebody asked this very moment."""
    row = insert_into(session, Document).values(version=1, digest=FIRST, tries=0, **wanted)
    new = session.scalars(row.on_conflict_do_nothing(index_elements=ONE).returning(Document.id)).one_or_none()
    if new is None:
        return session.scalars(sa.select(Document).filter_by(**{name: wanted[name] for name in ONE})).one()
    document = session.get_one(Document, new)
    details = {name: wanted[name] for name in ("kind", "language", "edition", "code")}
    about = {"subject": f"{document.subject_type}:{document.subject_id}"}
    append(session, document, "create", actor=by.signature, details=details | about)
    return document


def withdraw_all(session: Session, subject: Base, *, by: Actor, kind: DocumentKind | None = None) -> None:
    """What stood on paper about `subject` does not hold any more: whoever checks it is told so."""
    for document in documents_of(session, [(subject.__tablename__, id_of(subject))]):
        if document.withdrawn_at is None and kind in (None, document.kind):
            record(session, document, "withdraw", by=by, facts={"withdrawn_at": clock.now()})
