"""Is this document genuine and in force (文书核验): a form, and an answer for each code that says nothing secret."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple, cast

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.documents.codes import read_code
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.queries import agency_of_certificate, certificate, superseding, with_code, with_hash
from quality.documents.signing import SignedBy, signatures_of
from quality.notices.models import Notice, NoticeStatus
from quality.notices.queries import in_its_status_since, one_sealed
from quality.pages.moments import full_day
from quality.pages.words import Tone
from quality.people.access import public as open_to_all
from quality.publication.models import Result, ResultStatus
from quality.publication.queries import one_with_hash, public_editions
from quality.publication.search import visible
from quality.web import errors

verify = Blueprint("verify", __name__)
SHA256 = re.compile("[0-9a-f]{64}")
K = DocumentKind
LARGEST = 20 * 1024**2  # bytes of a file that is checked
LONGEST = 200  # characters that are given back to the form


class Answer(NamedTuple):
    """What anybody may know of a document who holds it in hand."""

    state: str  # genuine, closed, reopened, superseded, withdrawn, expired, unknown
    kind: str = ""
    number: str = ""
    agency: str = ""
    at: datetime | None = None  # issued or published
    sha256: str = ""
    result: str | None = None  # its public page, if it has one
    since: datetime | None = None  # when it was closed, reopened or withdrawn
    edition: int = 1
    code: str = ""
    courtesy_sha256: str = ""  # of the English copy, if there is one
    is_courtesy: bool = False  # it is the English copy that was asked about
    file: str | None = None  # where anybody may fetch it
    signer: str = ""  # whose signature it bears
    certificate: str = ""  # its sha256
    superseded_by: int | None = None  # the edition that took its place


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
    "expired": (
        Tone.VOID,
        _("Genuine; its time in public is over"),
        _("The result was published and not withdrawn. It is shown no longer, because it stood for as long as it may."),
    ),
    "unknown": (
        Tone.BAD,
        _("Not a document of ours"),
        _("No document here has this code. If the paper has it, do not rely on it, and ask the agency it names."),
    ),
    "altered": (
        Tone.BAD,
        _("Changed after it was signed"),
        _("It bears an agency's signature, and is not what was signed any more. Do not rely on it."),
    ),
    "foreign": (
        Tone.BAD,
        _("Signed by nobody's key"),
        _("No agency here ever signed with this key, whatever name it bears. Do not rely on it."),
    ),
    "unrecorded": (
        Tone.WARN,
        _("Signed, but not in the record"),
        _("The signature is an agency's and whole, but no document here has these bytes. Ask the agency it names."),
    ),
}


NONE_OF_OURS = {"unknown", "altered", "foreign", "unrecorded"}
ON_A_DAY: dict[str, Callable[[str], Text]] = {
    "closed": lambda day: _("Genuine, closed on %(day)s", day=day),
    "reopened": lambda day: _("Genuine and in force, reopened on %(day)s", day=day),
    "withdrawn": lambda day: _("Genuine, but withdrawn on %(day)s", day=day),
    "superseded": lambda day: _("Genuine, but superseded on %(day)s", day=day),
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


@verify.post("/verify", endpoint="file")
@open_to_all
def check_file() -> ResponseReturnValue:
    """Whether a file is, byte for byte, one that was issued. It is hashed as it comes, and nothing of it is kept."""
    request.max_content_length = LARGEST
    try:
        sent = request.files.get("file")
    except RequestEntityTooLarge:
        problem = _("No document of ours is larger than %(most)s MiB; this file is none", most=LARGEST // 1024**2)
        return shown(None, "", problem, of="file")
    if sent is None or not sent.filename:
        return shown(None, "", _("Choose the PDF that you want to check"), of="file")
    with sent.stream as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        if document_of(db.session(), digest).state == "unknown":
            signed = by_whom(db.session(), signatures_of(cast(BinaryIO, stream), most_bytes=LARGEST))
            if signed:
                return shown(signed, digest, None)
    return redirect(url_for("verify.answer", code=digest), 303)


def by_whom(session: Session, found: Sequence[SignedBy]) -> Answer | None:
    """What can be said of a file that is none of ours, by the signatures that it bears; the worst of them."""
    if not found:
        return None
    ours = {each.fingerprint: agency_of_certificate(session, each.fingerprint) for each in found}
    if strange := next((each for each in found if ours[each.fingerprint] is None), None):
        return Answer("foreign", signer=strange.name, certificate=strange.fingerprint)
    one = next((each for each in found if not (each.intact and each.whole)), found[-1])
    state = "unrecorded" if one.intact and one.whole else "altered"
    return Answer(state, signer=ours[one.fingerprint] or "", certificate=one.fingerprint)


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


@verify.get("/verify/certificates/<fingerprint>.pem", endpoint="certificate")
@open_to_all
def fetch_certificate(fingerprint: str) -> ResponseReturnValue:
    """The certificate of an agency's signature, for a reader that asks whom to trust."""
    found = certificate(db.session(), fingerprint)
    if found is None:
        abort(404)
    sent = make_response(found.pem)
    sent.content_type = "application/x-pem-file"
    return sent


def refused(typed: str) -> ResponseReturnValue:
    problem = FieldProblem(
        "code",
        "bad_code",
        _("A code has 12 characters, such as 7F3K-92QD-4B8M, and no 0, O, 1, I, L or U; one may be wrong"),
    )
    if errors.wants_problem():
        raise Invalid(problem)
    return shown(None, typed, problem.text)


def shown(document: Answer | None, typed: str, problem: Text | None, of: str = "code") -> ResponseReturnValue:
    status = 422 if problem else 404 if document and document.state in NONE_OF_OURS else 200
    tone, heading, says = said_of(document) if document else (None, None, None)
    page = render_template(
        "public/verify.html",
        document=document,
        typed=typed,
        problem=problem,
        of=of,
        tone=tone,
        heading=heading,
        says=says,
        section="verify",
    )
    return page, status


def said_of(document: Answer) -> tuple[Tone, Text, Text]:
    """Tone, heading and sentence; a heading names the day on which the document came to be that, if it is known."""
    tone, heading, says = SAYS[document.state]
    if document.since is None:
        return tone, heading, says
    if document.superseded_by:
        says = _("Edition %(edition)s is in force in its place.", edition=document.superseded_by)
    return tone, ON_A_DAY[document.state](full_day(document.since)), says


def meant(typed: str) -> str | None:
    """The code as it is kept: of a notice, or the sha256 of a public result's copy."""
    digest = unicodedata.normalize("NFKC", typed).lower().replace(" ", "").removeprefix("sha256:")
    return digest if SHA256.fullmatch(digest) else read_code(typed)


def document_of(session: Session, code: str) -> Answer:
    if SHA256.fullmatch(code):
        document = with_hash(session, code)
        if document is not None:
            return of_document(session, with_code(session, document.code), asked_of=document.language)
        result = one_with_hash(session, code)
        return of_result(session, result) if result else Answer("unknown")
    if documents := with_code(session, code):
        return of_document(session, documents)
    notice = one_sealed(session, code)  # it was issued before notices had a PDF
    if notice is None or notice.number is None:
        return Answer("unknown")
    about = Answer(
        "genuine",
        K.DISPOSAL_NOTICE,
        number=notice.number,
        agency=notice.agency.name,
        at=notice.issued_at,
        sha256=notice.sealed_sha256 or "",
        code=code,
    )
    return as_it_is_now(session, notice, about)


def of_document(session: Session, documents: Sequence[Document], asked_of: Language = Language.ZH) -> Answer:
    """`documents`: in 中文 and, if there is one, the courtesy copy. One whose PDF is not made is nobody's to hold."""
    document = documents[0]
    if document.sha256 is None:
        return Answer("unknown")
    answer = Answer(
        "genuine",
        document.kind,
        number=document.number,
        agency=document.agency.name,
        at=document.asked_at,
        sha256=document.sha256,
        edition=document.edition,
        code=document.code,
        courtesy_sha256=next((each.sha256 or "" for each in documents[1:]), ""),
        is_courtesy=asked_of != Language.ZH,
        file=public_file(document),
        signer=document.agency.name if document.signed_with else "",
        certificate=document.signed_with or "",
    )
    notice = session.get_one(Notice, document.subject_id) if document.kind == K.DISPOSAL_NOTICE else None
    if notice is not None and notice.status == NoticeStatus.WITHDRAWN:
        return as_it_is_now(session, notice, answer)
    if document.withdrawn_at is not None:
        return answer._replace(state="withdrawn", since=document.withdrawn_at)
    if later := superseding(session, document):
        return answer._replace(state="superseded", since=later.asked_at, superseded_by=later.edition)
    return answer if notice is None else as_it_is_now(session, notice, answer)


def as_it_is_now(session: Session, notice: Notice, answer: Answer) -> Answer:
    state = CAME_TO_BE.get(notice.status)
    return answer._replace(state=state, since=in_its_status_since(session, notice)) if state else answer


def public_file(document: Document) -> str | None:
    """What is public anyway may be fetched by anybody; the rest by who may see its case, once they have signed in."""
    return url_for("public.announcement", number=document.number) if document.kind == K.ANNOUNCEMENT else None


def of_result(session: Session, result: Result) -> Answer:
    """An old version is as good as the last one: superseded while that stands, and gone with it."""
    states = {ResultStatus.WITHDRAWN: "withdrawn", ResultStatus.EXPIRED: "expired"}
    is_old = result.status == ResultStatus.SUPERSEDED
    last = public_editions(session, result.number)[0] if is_old else result
    return Answer(
        states.get(last.status, "superseded" if is_old else "genuine"),
        "result",
        number=f"{result.number}/v{result.edition}",
        agency=result.copy["agency"]["name"],
        at=result.published_at,
        sha256=result.copy_sha256 or "",
        result=result.number,
        edition=result.edition,
    )


def as_json(code: str, answer: Answer) -> dict[str, Any]:
    return {
        "code": code,
        "state": answer.state,
        "kind": answer.kind or None,
        "number": answer.number or None,
        "edition": answer.edition if answer.number else None,
        "agency": answer.agency or None,
        "issued_at": rfc3339(answer.at) if answer.at else None,
        "sha256": answer.sha256 or None,
        "courtesy_sha256": answer.courtesy_sha256 or None,
        "since": rfc3339(answer.since) if answer.since else None,
        "superseded_by": answer.superseded_by,
        "signed_with": answer.certificate or None,
    }
