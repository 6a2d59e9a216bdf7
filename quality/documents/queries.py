"""Reads for documents: the latest of a case, what a code or a hash stands for, and the file itself.

Who may see a document is who may see the case that it is about and for whom its kind is (documents/readers.py): whoever
lists or opens documents says who reads.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from quality.core.db import Base
from quality.core.errors import NotFound
from quality.core.events import id_of
from quality.documents.models import Document, DocumentKind, Language, SigningCertificate
from quality.documents.readers import Reader, is_for
from quality.evidence.vault import Vault
from quality.people.models import Organisation

Subject = tuple[str, int]  # a table's name and an id


def latest_of(session: Session, subject: Base, kind: DocumentKind, language: Language = Language.ZH) -> Document | None:
    """The newest edition whose PDF is made."""
    newest = _of(subject, kind).where(Document.language == language, Document.sha256.is_not(None))
    return session.scalars(newest).first()


def latest_asked(session: Session, subject: Base, kind: DocumentKind) -> Document | None:
    """The newest edition, made or not, in 中文."""
    return session.scalars(_of(subject, kind).where(Document.language == Language.ZH)).first()


def _of(subject: Base, kind: DocumentKind) -> sa.Select[Document]:
    of = sa.select(Document).where(
        Document.subject_type == subject.__tablename__, Document.subject_id == id_of(subject), Document.kind == kind
    )
    return of.order_by(Document.edition.desc()).limit(1)


def documents_for(session: Session, subjects: Collection[Subject], reader: Reader | None) -> list[Document]:
    """What was ever asked for of these cases and is for such a reader, the newest edition first."""
    return [each for each in documents_of(session, subjects) if is_for(each.kind, reader)]


def documents_of(session: Session, subjects: Collection[Subject]) -> list[Document]:
    """All that was ever asked for of these cases, whoever may read it: for who moves them, and shows them to nobody."""
    if not subjects:
        return []
    of = sa.tuple_(Document.subject_type, Document.subject_id).in_(list(subjects))
    return list(session.scalars(sa.select(Document).where(of).order_by(Document.edition.desc(), Document.id)))


def with_code(session: Session, code: str) -> list[Document]:
    """The document that bears this code and its courtesy copy, the document first."""
    found = sa.select(Document).where(Document.code == code).options(joinedload(Document.agency))
    return list(session.scalars(found.order_by(Document.language.desc())))


def with_hash(session: Session, sha256: str) -> Document | None:
    """The document whose PDF has this sha256."""
    found = sa.select(Document).where(Document.sha256 == sha256).options(joinedload(Document.agency))
    return session.scalars(found.limit(1)).first()


def certificate(session: Session, fingerprint: str) -> SigningCertificate | None:
    """The certificate with this sha256, if an agency ever signed with it here."""
    return session.get(SigningCertificate, fingerprint)


def agency_of_certificate(session: Session, fingerprint: str) -> str | None:
    """The name of the agency that signed with it."""
    named = sa.select(Organisation.name).join(SigningCertificate, SigningCertificate.agency_id == Organisation.id)
    return session.scalars(named.where(SigningCertificate.fingerprint == fingerprint)).one_or_none()


def superseding(session: Session, document: Document) -> Document | None:
    """The latest edition that is made after this one, in 中文: a courtesy copy supersedes nothing."""
    later = aliased(Document)
    asked = sa.select(later).where(
        later.subject_type == document.subject_type,
        later.subject_id == document.subject_id,
        later.kind == document.kind,
        later.language == Language.ZH,
        later.edition > document.edition,
        later.sha256.is_not(None),
    )
    return session.scalars(asked.order_by(later.edition.desc()).limit(1)).first()


def open_document(vault: Vault, document: Document, reader: Reader | None) -> BinaryIO:
    """The PDF as it was sealed. FileNotFoundError before it is made, NotFound if such a paper is not for `reader`."""
    if not is_for(document.kind, reader):
        raise NotFound(document.code)
    if document.sha256 is None:
        raise FileNotFoundError(document.code)
    return vault.open(document.sha256)
