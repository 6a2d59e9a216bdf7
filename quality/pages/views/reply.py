"""The page of a letter: what one party was told, its receipt, its objection, and what became of that. No account.

The address is the secret: no cookie is set or read, the page is kept by nobody on the way and sends its address
nowhere. Opening it changes nothing, because programs open links before people do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid, NotFound, Refused
from quality.core.words import Text, _
from quality.corrections import operations as corrections
from quality.documents.models import Document, Language
from quality.documents.queries import Subject, documents_for
from quality.documents.readers import Reader
from quality.lab.models import Finding, FindingStatus, TestResult
from quality.lab.queries import following
from quality.objections.concerned import Concerned
from quality.objections.models import (
    Ground,
    Letter,
    LetterKind,
    Objection,
    ObjectionStatus,
    Telling,
    TellingStatus,
)
from quality.objections.operations import acknowledge, object_by_letter, see_to_formalities, withdraw_by_letter
from quality.objections.operations.files import LARGEST, MOST
from quality.objections.operations.posting import hashed
from quality.objections.queries import (
    files_of,
    letter_with,
    of_party,
    producer_denies,
    results_in_force,
    results_overtaken,
    telling_of,
)
from quality.objections.workflow import OPEN, WITHDRAW, its_backup_is_not_opened
from quality.pages import correcting
from quality.pages.deadlines import Deadline, newest
from quality.pages.forms.fields import Form
from quality.pages.forms.reply import looked_through, objecting, reporting
from quality.pages.forms.sheet import put_beside
from quality.pages.judging import TONES, overtaken, rows_of
from quality.pages.moments import apart, language_now
from quality.pages.replies import own_of
from quality.pages.sealed import as_file
from quality.pages.words import STATUSES, Tone, word
from quality.people.access import public as open_to_all
from quality.people.models import Organisation
from quality.web.pace import let_in

reply = Blueprint("reply", __name__, url_prefix="/reply/<link>")
LONGEST_TOKEN = 100  # characters of an address that may be one of ours
WITH_FILES = MOST * LARGEST + 1024**2  # bytes of one request
ASKS, SENDS = 60, 10  # a minute, from one network address


@reply.after_request
def keep_to_yourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def opened(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """With the letter that the link opens; what is sent comes at the pace of a person."""

    @wraps(view)
    def with_letter(link: str, **named: str) -> ResponseReturnValue:
        if request.method == "POST":
            let_in("reply", SENDS)
        letter = letter_of(link)
        return over(letter) if is_over(letter) else view(letter, link, **named)

    return with_letter


@reply.get("")
@open_to_all
@opened
def page(letter: Letter, link: str) -> ResponseReturnValue:
    if letter.case_id is not None:
        return correcting.shown(letter, link)
    return concluded(letter, link) if letter.kind == LetterKind.CONCLUSION else shown(letter, link)


@reply.post("", endpoint="received")
@open_to_all
@opened
def received(letter: Letter, link: str) -> ResponseReturnValue:
    """Somebody pressed it: the proof of receipt, from which a period to object runs."""
    say_so = acknowledge if letter.case_id is None else corrections.acknowledge
    say_so(db.session(), letter, by=holder_of(letter))
    return redirect(here(link), 303)


@reply.get("/objection")
@open_to_all
@opened
def objection(letter: Letter, link: str) -> ResponseReturnValue:
    if not may_object(letter):
        return redirect(here(link), 303)
    return form_page(letter, link, objecting(letter))


@reply.post("/objection", endpoint="object")
@open_to_all
@opened
def object_now(letter: Letter, link: str) -> ResponseReturnValue:
    if letter.case_id is not None:  # nobody objects to an order by this page
        raise NotFound("objection")
    return sent_in(letter, link, objecting, send, form_page)


@reply.get("/report")
@open_to_all
@opened
def report(letter: Letter, link: str) -> ResponseReturnValue:
    if not correcting.may_report(letter):
        return redirect(here(link), 303)
    return correcting.form_page(letter, link, reporting(letter))


@reply.post("/report", endpoint="report_now")
@open_to_all
@opened
def report_now(letter: Letter, link: str) -> ResponseReturnValue:
    """What the party corrected, as it says."""
    if letter.case_id is None:
        raise NotFound("report")
    return sent_in(letter, link, reporting, send_report, correcting.form_page)


def sent_in(
    letter: Letter,
    link: str,
    form_of: Callable[[Letter], Form],
    send: Callable[[Letter, Any], object],
    page: Callable[..., str],
) -> ResponseReturnValue:
    """A form with files: kept as it was typed where anything is wrong."""
    request.max_content_length = WITH_FILES
    form, typed = form_of(letter), CombinedMultiDict[Any, Any]((request.form, request.files))
    try:
        form.process(typed)
    except RequestEntityTooLarge:
        said = _("This is more than can be sent at once; send fewer or smaller files")
        return make_response(page(letter, link, form_of(letter), [said]), 413)
    try:
        if not form.validate():
            raise Invalid
        send(letter, form)
    except Invalid as wrong:
        db.session.rollback()
        return make_response(page(letter_of(link), link, form, put_beside(form, wrong.problems)), 422)
    except Refused as no:
        db.session.rollback()
        return make_response(page(letter_of(link), link, form, [no.reason]), 409)
    finally:
        for each in request.files.values():
            each.close()
    return redirect(here(link), 303)


def send(letter: Letter, form: Any) -> Objection:
    by, ground = holder_of(letter), Ground(form.ground.data)
    return object_by_letter(
        db.session(),
        letter,
        by=by,
        ground=ground,
        items=form.items.data if ground == Ground.RESULT else None,
        statement=form.statement.data,
        files=looked_through(form),
    )


def send_report(letter: Letter, form: Any) -> object:
    by, files = holder_of(letter), looked_through(form)
    return corrections.report_by_letter(db.session(), letter, form.statement.data, by=by, files=files)


@reply.post("/formalities", endpoint="formalities")
@open_to_all
@opened
def formalities(letter: Letter, link: str) -> ResponseReturnValue:
    """The party asks for the re-inspection, in time."""
    see_to_formalities(db.session(), objection_of(letter), by=holder_of(letter))
    return redirect(here(link), 303)


@reply.get("/withdrawal")
@open_to_all
@opened
def withdrawal(letter: Letter, link: str) -> ResponseReturnValue:
    """What it means, before it is done."""
    mine = objection_of(letter)
    if mine.status == ObjectionStatus.WITHDRAWN:
        return redirect(here(link), 303)
    return withdrawing(letter, link, mine, why_not_withdrawn(letter, mine))


@reply.post("/withdrawal", endpoint="withdraw")
@open_to_all
@opened
def withdraw_now(letter: Letter, link: str) -> ResponseReturnValue:
    mine = objection_of(letter)
    if mine.status == ObjectionStatus.WITHDRAWN:  # pressed twice
        return redirect(here(link), 303)
    try:
        withdraw_by_letter(db.session(), mine, by=holder_of(letter))
    except Refused as no:
        db.session.rollback()
        letter = letter_of(link)
        mine = objection_of(letter)
        return withdrawing(letter, link, mine, why_not_withdrawn(letter, mine) or no), 409
    return redirect(here(link), 303)


@reply.get("/<code>.pdf")
@open_to_all
@opened
def paper(letter: Letter, link: str, code: str) -> ResponseReturnValue:
    """One of the documents that are this party's."""
    language = Language(language_now())
    for document in papers_of(db.session(), letter):
        if (document.code, document.language) == (code, language):
            return as_file(document, Reader.PARTY)
    raise NotFound(code)


def letter_of(link: str) -> Letter:
    letter = letter_with(db.session(), hashed(link)) if len(link) <= LONGEST_TOKEN else None
    if letter is None:
        let_in("reply, unknown", ASKS)
        raise NotFound("reply")
    return letter


def is_over(letter: Letter) -> bool:
    return letter.taken_back_at is not None or letter.expires_at <= clock.now()


def over(letter: Letter) -> ResponseReturnValue:
    agency = db.session.get_one(Organisation, letter.finding.agency_id)
    return render_template("reply/over.html", letter=letter, agency=agency), 410


def holder_of(letter: Letter) -> Concerned:
    return Concerned.by(letter, db.session.get_one(Organisation, letter.finding.agency_id))


def objection_of(letter: Letter) -> Objection:
    mine = of_party(db.session(), letter.finding, letter.party)
    if mine is None or letter.case_id is not None:
        raise NotFound("objection")
    return mine


def why_not_withdrawn(letter: Letter, mine: Objection) -> Refused | None:
    """In words for a party; of a status it reads what became of its objection instead."""
    if mine.status not in OPEN:
        return Refused("decided", _("The agency has answered this objection for good: there is nothing to withdraw"))
    return WITHDRAW.refusal(mine, holder_of(letter), [its_backup_is_not_opened])


def withdrawing(letter: Letter, link: str, mine: Objection, no: Refused | None) -> str:
    return render_template("reply/withdrawing.html", link=link, letter=letter, objection=mine, refusal=no)


def may_object(letter: Letter) -> bool:
    """Never to what is final; also too late: who writes learns the count, and not only that no form is there."""
    told = telling_of(db.session(), letter.finding, letter.party)
    is_open = told is not None and told.status != TellingStatus.OBJECTED and stands(letter)
    return is_open and letter.kind == LetterKind.RESULT


def stands(letter: Letter) -> bool:
    return letter.finding.status == FindingStatus.CONFIRMED and letter.finding.follows_id is None


def papers_of(session: Session, letter: Letter) -> list[Document]:
    """What was written to this party, and is made: the newest edition of each kind first."""
    if letter.case_type and letter.case_id:
        return what_is_made(session, (letter.case_type, letter.case_id))
    if letter.kind == LetterKind.CONCLUSION:
        return what_is_made(session, ("letter", letter.id))
    mine = of_party(session, letter.finding, letter.party)
    last = following(session, letter.finding)
    told = [("letter", letter.id)]
    answered = [(name, case.id) for name, case in (("objection", mine), ("finding", last)) if case]
    return what_is_made(session, *told, *answered)


def what_is_made(session: Session, *subjects: Subject) -> list[Document]:
    return [each for each in documents_for(session, subjects, Reader.PARTY) if each.sha256]


def concluded(letter: Letter, link: str) -> str:
    session, language = db.session(), language_now()
    notice = documents_for(session, [("letter", letter.id)], Reader.PARTY)[0]
    results = notice.says["results"]
    return render_template(
        "reply/conclusion.html",
        link=link,
        letter=letter,
        says=notice.says,
        agency=notice.agency,
        verdict=word("finding_verdict", notice.says["verdict"]),
        tone=TONES[notice.says["verdict"]],
        rows=overtaken(results, notice.says["first_results"]),
        tested_by=apart().join(dict.fromkeys(each["laboratory"] for each in results)),
        campaign=notice.says["campaign"],
        papers=[each for each in papers_of(session, letter) if each.language == language],
        denies=producer_denies(session, letter.finding),
    )


def here(link: str) -> str:
    return url_for("reply.page", link=link)


def shown(letter: Letter, link: str) -> str:
    session, finding = db.session(), letter.finding
    told = telling_of(session, finding, letter.party)
    period = newest(session, told, "objection") if told else None
    mine = of_party(session, finding, letter.party)
    papers = papers_of(session, letter)
    language = language_now()
    notice = documents_for(session, [("letter", letter.id)], Reader.PARTY)[0]
    last = following(session, finding)
    return render_template(
        "reply/page.html",
        link=link,
        letter=letter,
        says=notice.says,
        agency=notice.agency,
        verdict=word("finding_verdict", notice.says["verdict"]),
        tone=TONES[notice.says["verdict"]],
        rows=rows_of(as_first_found(notice.says), tested_again(session, last or finding)),
        tested_by=notice.says["laboratory"],
        denies=producer_denies(session, finding),
        papers=[each for each in papers if each.language == language],
        told=told,
        period=period,
        objection=mine,
        formalities=newest(session, mine, "reinspection_formalities") if mine else None,
        files=files_of(session, mine) if mine else (),
        statuses=STATUSES["objection"],
        may_object=may_object(letter),
        is_open=mine is not None and mine.status in OPEN,
        no_withdrawal=why_not_withdrawn(letter, mine) if mine else None,
        is_late=told is not None and is_over_for(told, period),
        is_overturned=finding.status == FindingStatus.OVERTURNED,
        last=last,
        own=own_of(session, letter),
    )


def as_first_found(says: dict[str, Any]) -> list[dict[str, Any]]:
    """A letter that was sent after a re-inspection holds both."""
    before = {each["item"]: each for each in says.get("first_results", ())}
    return [before.get(each["item"], each) for each in says["results"]]


def tested_again(session: Session, finding: Finding) -> list[TestResult]:
    """Each result of a re-inspection that has the last word."""
    before = {each.item for each in results_overtaken(session, finding)}
    return [each for each in results_in_force(session, finding) if each.item in before]


def is_over_for(told: Telling, period: Deadline | None) -> bool:
    return told.status == TellingStatus.ACCEPTED or bool(period and period.tone == Tone.BAD)


def form_page(letter: Letter, link: str, form: Form, loose: list[Text] | None = None) -> str:
    session = db.session()
    told = telling_of(session, letter.finding, letter.party)
    period = newest(session, told, "objection") if told else None
    return render_template(
        "reply/objecting.html", link=link, letter=letter, form=form, loose=loose or [], period=period
    )
