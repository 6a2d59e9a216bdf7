"""A sealed document as a file: the same bytes for everybody who may have it."""

from __future__ import annotations

from flask import send_file
from flask.typing import ResponseReturnValue

from quality.core.errors import NotFound
from quality.documents.models import Document, Language
from quality.documents.queries import open_document
from quality.documents.readers import Reader
from quality.evidence.vault import vault_from
from quality.web import settings

SHORT = {Language.ZH: "", Language.EN: "-en"}


def as_file(document: Document, reader: Reader | None) -> ResponseReturnValue:
    try:
        pdf = open_document(vault_from(settings().evidence_url), document, reader)
    except FileNotFoundError:
        raise NotFound(document.code) from None
    return send_file(pdf, "application/pdf", True, name_of(document), conditional=False, etag=document.sha256 or False)


def name_of(document: Document) -> str:
    return f"{document.number}-{document.kind.value.replace('_', '-')}{SHORT[document.language]}.pdf"
