"""How anybody checks that a notice is genuine."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.notices.models import Notice
from quality.pages.qr import qr_of
from quality.web import settings


class Genuine(NamedTuple):
    code: str
    address: str  # here
    full_address: str  # on paper
    picture: Markup  # the full address as a QR code
    sha256: str | None


def hash_of(session: Session, notice: Notice) -> str | None:
    """Of the PDF, by which /verify finds it; of a notice from before there were any, of what it says."""
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE) if notice.issued_at else None
    return document.sha256 if document else notice.sealed_sha256


def genuine(notice: Notice, sha256: str | None) -> Genuine | None:
    """How anybody checks it; None before it is issued."""
    if notice.verification_code is None:
        return None
    code = notice.verification_code
    everywhere = settings().public_url + url_for("verify.answer", code=code, lang=None)  # in print it has no language
    return Genuine(code, url_for("verify.answer", code=code), everywhere, qr_of(everywhere), sha256)
