"""The papers of a case: asked for, fetched, and found by the code that stands on them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import Text, _
from quality.delivery.operations import open_as_platform
from quality.documents.codes import read_code
from quality.documents.models import Document, Language
from quality.documents.queries import with_code
from quality.documents.readers import reader_of
from quality.notices.models import Notice
from quality.pages.kinds import KINDS, kind_for
from quality.pages.papers import ASKS, find, subjects_of
from quality.pages.sealed import as_file
from quality.pages.tracing import case_of
from quality.people.access import acting, me
from quality.permissions import Sees

papers = Blueprint("papers", __name__, url_prefix="/desk")


@papers.post("/<kind>/<number>/document")
@acting
def ask(kind: str, number: str) -> ResponseReturnValue:
    """A job makes it; the page says meanwhile that it is being made."""
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    named, key, language = request.form.get("paper", ""), request.form.get("subject", ""), request.form.get("language")
    for name, subject in subjects_of(kind, case, me):
        row: Any = subject
        if name == named and str(row.id) == key and language in ASKS[name].languages:
            made = ASKS[name].ask(session, subject, Language(language), by=me)
            flash(str(said_of(made)))
            return redirect(f"{found.address(case)}#papers")
    raise NotFound(number)


def said_of(document: Document) -> Text:
    if document.sha256:
        return _("Nothing has changed since it was made; it is there already")
    return _("The PDF is being made; load this page again in a few seconds")


@papers.get("/<kind>/<number>/document/<code>/<any(zh,en):language>.pdf")
@acting
def fetch(kind: str, number: str, code: str, language: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    document = find(session, kind, case, code, Language(language), me=me)
    if document is None:
        raise NotFound(code)
    if me.sees is Sees.PLATFORM and isinstance(case, Notice):  # who fetches the notice has it
        open_as_platform(session, case, by=me)
    return as_file(document, reader_of(me.sees))


@papers.get("/document/<code>")
@acting
def lead(code: str) -> ResponseReturnValue:
    """From the code on a paper to its case, for who may see that."""
    session, read = db.session(), read_code(code)
    documents = with_code(session, read) if read else []
    for kind, case in case_of(session, documents[0], me) if documents else ():
        return redirect(url_for("desk.dossier", kind=kind, number=KINDS[kind].number(case)) + "#papers")
    raise NotFound(code)
