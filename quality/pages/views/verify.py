"""Is this document genuine and in force (文书核验): a form, and an answer for each code that says nothing secret."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.documents.codes import read_code
from quality.notices.models import NoticeStatus
from quality.notices.queries import in_its_status_since, one_sealed
from quality.pages.moments import full_day
from quality.pages.words import Tone
from quality.people.access import public as open_to_all
from quality.publication.models import Result, ResultStatus
from quality.publication.queries import one_with_hash
from quality.publication.search import visible
from quality.web import errors

verify = Blueprint("verify", __name__)
SHA256 = re.compile("[0-9a-f]{64}")
LONGEST = 200  # characters that are given back to the form


class Document(NamedTuple):
    """What anybody may know of a document who holds it in hand."""

    state: str  # genuine, closed, reopened, superseded, withdrawn, unknown
    number: str = ""
    agency: str = ""
    at: datetime | None = None  # issued or published
    sha256: str = ""
    result: str | None = None  # its public page, if it has one
    since: datetime | None = None  # when a notice was closed, reopened or withdrawn


SAYS: dict[str, tuple[Tone, Text, Text]] = {
    "genuine": (
        Tone.OK,
        _("Genuine and in force"),
        _("Compare number, agency and date with your document. If one of them differs, the document was altered."),
    ),
    "closed": (
        Tone.OK,
        _("Genuine, and closed"),
        _("What it orders was settled, listing by listing. It is kept, and asks for nothing more."),
    ),
    "reopened": (
        Tone.OK,
        _("Genuine and in force, reopened"),
        _("It had been closed; then a listing was found on sale again. What it orders is to be done again."),
    ),
    "superseded": (
        Tone.VOID,
        _("Genuine, but superseded"),
        _("A later version is in force in its place."),
    ),
    "withdrawn": (
        Tone.VOID,
        _("Genuine, but withdrawn"),
        _("The agency issued this document and has taken it back. It is not in force any more."),
    ),
    "unknown": (
        Tone.BAD,
        _("Not a document of ours"),
        _("No document here has this code. If the paper has it, do not rely on it, and ask the agency it names."),
    ),
}


ON_A_DAY: dict[str, Callable[[str], Text]] = {
    "closed": lambda day: _("Genuine, closed on %(day)s", day=day),
    "reopened": lambda day: _("Genuine and in force, reopened on %(day)s", day=day),
    "withdrawn": lambda day: _("Genuine, but withdrawn on %(day)s", day=day),
}
CAME_TO_BE = {
    NoticeStatus.CLOSED: "closed",
    NoticeStatus.REOPENED: "reopened",
    NoticeStatus.WITHDRAWN: "withdrawn",
}


@verify.get("/verify")
@open_to_all
def form() -> ResponseReturnValue:
    """What is typed here becomes an address of its own. A form can do no more without a script."""
    typed = visible(request.args.get("code", ""))[:LONGEST]
    if not typed:
        return shown(None, "", None)
    code = meant(typed)
    if code is None:
        return refused(typed)
    return redirect(url_for("verify.answer", code=code), 303)


@verify.get("/verify/<code>.json", endpoint="answer_as_json")
@verify.get("/verify/<code>")
@open_to_all
def answer(code: str) -> ResponseReturnValue:
    typed = visible(code)[:LONGEST]
    read = meant(typed)
    if read is None:
        return refused(typed)
    document = document_of(db.session(), read)
    if errors.wants_problem():
        return jsonify(as_json(read, document)), 404 if document.state == "unknown" else 200
    return shown(document, read, None)


def refused(typed: str) -> ResponseReturnValue:
    problem = FieldProblem(
        "code",
        "bad_code",
        _("A code has 12 characters, such as 7F3K-92QD-4B8M, and no 0, O, 1, I, L or U; one may be wrong"),
    )
    if errors.wants_problem():
        raise Invalid(problem)
    return shown(None, typed, problem.text)


def shown(document: Document | None, typed: str, problem: Text | None) -> ResponseReturnValue:
    status = 422 if problem else 404 if document and document.state == "unknown" else 200
    tone, heading, says = said_of(document) if document else (None, None, None)
    page = render_template(
        "public/verify.html",
        document=document,
        typed=typed,
        problem=problem,
        tone=tone,
        heading=heading,
        says=says,
        section="verify",
    )
    return page, status


def said_of(document: Document) -> tuple[Tone, Text, Text]:
    """Tone, heading and sentence; a heading names the day on which the document came to be that, if it is known."""
    tone, heading, says = SAYS[document.state]
    if document.since is None:
        return tone, heading, says
    return tone, ON_A_DAY[document.state](full_day(document.since)), says


def meant(typed: str) -> str | None:
    """The code as it is kept: of a notice, or the sha256 of a public result's copy."""
    digest = unicodedata.normalize("NFKC", typed).lower().replace(" ", "").removeprefix("sha256:")
    return digest if SHA256.fullmatch(digest) else read_code(typed)


def document_of(session: Session, code: str) -> Document:
    if SHA256.fullmatch(code):
        result = one_with_hash(session, code)
        return of_result(result) if result else Document("unknown")
    notice = one_sealed(session, code)
    if notice is None or notice.number is None:
        return Document("unknown")
    about = (notice.number, notice.agency.name, notice.issued_at, notice.sealed_sha256 or "")
    state = CAME_TO_BE.get(notice.status)
    if state is None:
        return Document("genuine", *about)
    return Document(state, *about, since=in_its_status_since(session, notice))


def of_result(result: Result) -> Document:
    states = {ResultStatus.SUPERSEDED: "superseded", ResultStatus.WITHDRAWN: "withdrawn"}
    number = f"{result.number}/v{result.edition}"
    agency = result.copy["agency"]["name"]
    state = states.get(result.status, "genuine")
    return Document(state, number, agency, result.published_at, result.copy_sha256 or "", result.number)


def as_json(code: str, document: Document) -> dict[str, Any]:
    return {
        "code": code,
        "state": document.state,
        "number": document.number or None,
        "agency": document.agency or None,
        "issued_at": rfc3339(document.at) if document.at else None,
        "sha256": document.sha256 or None,
        "since": rfc3339(document.since) if document.since else None,
    }
