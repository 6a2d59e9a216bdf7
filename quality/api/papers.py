"""The papers of a case: which there are, one asked for, and its PDF."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.cases import Collection, plain, wear
from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import Moment, Page, Sent, Told
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.readers import reader_of
from quality.pages.papers import ASKS, find, papers, subjects_of
from quality.pages.sealed import as_file
from quality.people.access import acting, me
from quality.purchases.models import Portion

PDF = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}


class PaperTold(Told):
    kind: str = Field(description=f"One of {', '.join(DocumentKind)}")
    blind_no: str | None = Field(description="Of the portion that it is about, where a sample has two")
    language: str = Field(description="`zh` is the document, `en` a courtesy copy")
    state: str = Field(description="`made`, `being_made`, or `not_asked`: ask for it with POST")
    code: str | None = Field(description="By which anybody verifies it at /verify/{code}")
    edition: int | None
    issued_at: Moment | None
    sha256: str | None
    bytes: int | None
    withdrawn: bool
    address: str | None = Field(description="Of its PDF in this API")


class PaperWanted(Sent):
    kind: str = Field(max_length=32, description=f"One of {', '.join(DocumentKind)}")
    blind_no: str = Field("", max_length=20, description="Of the portion that it is about, where a sample has two")
    language: str = Field("zh", max_length=2, description="`zh`, or `en` for a courtesy copy")


def add_papers(made: Door, found: Collection) -> None:
    """What the page of a case offers: a list, asking for one, and the file."""

    @takes()
    def listed(**named: str) -> ResponseReturnValue:
        return told(Page[PaperTold](items=papers_of(found, found.found(named[found.part])), next=None))

    @takes(body=PaperWanted)
    def ask(**named: str) -> ResponseReturnValue:
        case, given = found.found(named[found.part]), sent(PaperWanted)
        subject = wanted(found, case, given)
        ASKS[DocumentKind(given.kind)].ask(db.session(), subject, Language(given.language), by=me)
        number = blind_number(subject, found)
        asked = (given.kind, number, given.language)
        rows = papers_of(found, case)
        return told(next(row for row in rows if (row.kind, row.blind_no, row.language) == asked), 202)

    def fetch(**named: str) -> ResponseReturnValue:
        case, language = found.found(named[found.part]), named["language"]
        document = (
            find(db.session(), found.kind.name, case, named["code"], Language(language), me=me)
            if language in set(Language)
            else None
        )
        if document is None:
            raise NotFound(named["code"])
        return as_file(document, reader_of(me.sees))

    rule = f"/{found.name}/<{found.part}>/papers"
    name = plain(found)
    made.get(rule, summary="Its papers", responses={200: Page[PaperTold]})(wear(acting, listed, f"papers_of_{name}"))
    asking = once(wear(acting, ask, f"ask_for_papers_of_{name}"))
    made.post(rule, summary="Have a paper made; it is there in a few seconds", responses={202: PaperTold})(asking)
    fetching = wear(acting, fetch, f"fetch_papers_of_{name}")
    made.get(f"{rule}/<code>/<language>.pdf", summary="A paper", responses={200: {"content": PDF}})(fetching)


def wanted(found: Collection, case: Any, given: PaperWanted) -> Any:
    """The case or the portion that the wanted paper is about."""
    there = [(name, subject) for name, subject in subjects_of(found.kind.name, case, me) if name == given.kind]
    if not there:
        raise Invalid(FieldProblem("kind", "unknown", _("This case has no such paper, or not yet")))
    if given.language not in ASKS[DocumentKind(given.kind)].languages:
        raise Invalid(FieldProblem("language", "unknown", _("This paper is not made in that language")))
    named = [subject for _name, subject in there if blind_number(subject, found) in {None, given.blind_no}]
    if not named:
        raise Invalid(FieldProblem("blind_no", "unknown", _("Name the portion by its blind number")))
    return named[0]


def blind_number(subject: Any, found: Collection) -> str | None:
    return subject.blind_no if isinstance(subject, Portion) and found.kind.name != "portion" else None


def papers_of(found: Collection, case: Any) -> list[PaperTold]:
    numbers = {
        (name, subject.id): blind_number(subject, found)  # type: ignore[attr-defined]
        for name, subject in subjects_of(found.kind.name, case, me)
    }
    return [
        PaperTold(
            kind=paper.kind,
            blind_no=numbers[paper.kind, paper.subject],
            language=sheet.language,
            state="made" if sheet.document else "being_made" if sheet.is_being_made else "not_asked",
            withdrawn=paper.is_withdrawn,
            **of_a_document(found, case, sheet.document),
        )
        for paper in papers(db.session(), found.kind, case, me)
        for sheet in paper.sheets
    ]


def of_a_document(found: Collection, case: Any, document: Document | None) -> dict[str, Any]:
    if document is None:
        return dict.fromkeys(("code", "edition", "issued_at", "sha256", "bytes", "address"))
    here = f"/api/v1/{found.name}/{found.called(case)}/papers/{document.code}/{document.language.value}.pdf"
    return {
        "code": document.code,
        "edition": document.edition,
        "issued_at": document.asked_at,
        "sha256": document.sha256,
        "bytes": document.bytes,
        "address": here,
    }
