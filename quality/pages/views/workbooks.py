"""Results of many samples at once: a workbook given out prefilled, looked at row by row, and entered or given back."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock, shelf
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.shelf import Waiting
from quality.core.words import _, ngettext
from quality.lab.workbook import uploads
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.trying import State
from quality.lab.workbook.uploads import Upload
from quality.lab.workbook.writing import open_rows, write_prefilled
from quality.pages.judging import TONES as VERDICTS
from quality.pages.moments import language_now
from quality.pages.tables import Beginning, begin_page, given_back, given_out, received
from quality.pages.words import Tone, word
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings

workbooks = Blueprint("workbooks", __name__, url_prefix="/desk/workbook")
SECONDS = 3  # until the page of a big table asks again
TONES = {
    State.GOOD: Tone.OK,
    State.WRONG: Tone.BAD,
    State.HELD: Tone.WAIT,
    State.ALREADY: Tone.IDLE,
    State.BLANK: Tone.IDLE,
}


@workbooks.get("/")
@needs(Can.REPORT_ENTER)
def begin() -> ResponseReturnValue:
    return begin_page(beginning())


def beginning() -> Beginning:
    return Beginning(
        columns=RESULTS,
        above=(_("Blind samples"), url_for("desk.cases", kind="portion")),
        title=_("Results by workbook"),
        what_for=_("Enter the results of many samples at once, or send what your own system writes."),
        what_is_given=_(
            "A workbook with a row for each item that your samples are to be tested for. What is known is filled in."
        ),
        given_at=url_for("workbooks.prefilled"),
    )


@workbooks.get("/open.xlsx", endpoint="prefilled")
@needs(Can.REPORT_ENTER)
def prefilled() -> ResponseReturnValue:
    """What is to be tested, a row an item, for the laboratory to fill in: of all samples, or by one test order."""
    on = f"{clock.now().astimezone(clock.BEIJING):%Y-%m-%d}"
    one = request.args.get("portion", "")[:32]
    rows = open_rows(db.session(), me, one)
    if one and not rows:
        raise NotFound(one)
    called = _("Sample %(blind)s.xlsx", blind=rows[0]["blind_no"]) if one else _("Samples to test %(on)s.xlsx", on=on)
    return given_out(partial(write_prefilled, rows), str(called))


@workbooks.post("/", endpoint="upload")
@comes_back
@needs(Can.REPORT_ENTER)
def upload() -> ResponseReturnValue:
    def receive(sent: BinaryIO, name: str) -> ResponseReturnValue:
        place = settings().frames_folder
        token = uploads.receive(db.session(), sent, name, by=me, place=place, language=language_now())
        return redirect(url_for("workbooks.report", token=token))

    return received(beginning(), receive)


@workbooks.get("/<token>")
@acting
def report(token: str) -> ResponseReturnValue:
    if waits := uploads.waiting(token, by=me, place=settings().frames_folder):
        return waiting_page(waits)
    return make_response(page(found(token)))


def waiting_page(waits: Waiting) -> Response:
    """Asks for itself again until the job is done, without a script; it can be left and come back to."""
    problems = [said[language_now()] for _field, said in waits.problems]
    answer = make_response(render_template("desk/workbook_waiting.html", waits=waits, problems=problems))
    if not problems:
        answer.headers["Refresh"] = str(SECONDS)
    return answer


def found(token: str) -> Upload:
    """The reader's own. Of anybody else's nobody learns that it is there."""
    return uploads.find(token, by=me, place=settings().frames_folder)


def page(upload: Upload, problems: tuple[FieldProblem, ...] = ()) -> str:
    wrong = upload.count(State.WRONG, State.HELD)
    return render_template(
        "desk/workbook_report.html",
        upload=upload,
        states=State,
        tones=TONES,
        wrong=upload.wrong,
        not_passed=upload.not_passed,
        verdicts=VERDICTS,
        more=wrong - len(upload.wrong),
        can_stay_undecided=upload.can_stay_undecided,
        problems=problems,
        called=RESULTS.called,
        language=language_now(),
        visible=visible,
    )


@workbooks.get("/<token>/file", endpoint="file")
@acting
def annotated(token: str) -> ResponseReturnValue:
    """The sender's own file, with a status and a reason beside each row."""
    upload = found(token)
    return given_back(
        upload.name, lambda out: uploads.annotated(upload, out, language_now(), partial(word, "row_state"))
    )


@workbooks.post("/<token>/enter", endpoint="enter")
@acting
def enter(token: str) -> ResponseReturnValue:
    """All rows, or the reports that are right where the sender said so. Sent twice it says that it was done."""
    upload, session = found(token), db.session()
    try:
        numbers = uploads.enter(session, upload, by=me, only_good=request.form.get("how") == "good")
    except Invalid as wrong:
        session.rollback()
        uploads.look_again(session, upload, by=me, undecided_too=upload.undecided_too, language=language_now())
        waits = uploads.waiting(token, by=me, place=settings().frames_folder)
        return make_response(waiting_page(waits) if waits else page(found(token), wrong.problems), 422)
    uploads.note_entered(upload, numbers)
    if not numbers:
        flash(str(_("Everything in this table was entered before; nothing was recorded twice.")), "info")
    else:
        said = ngettext(
            "%(count)s report is entered and waits for a signatory.",
            "%(count)s reports are entered and wait for a signatory.",
            len(numbers),
        )
        flash(str(said), "success")
    return redirect(url_for("workbooks.report", token=token) if not numbers else url_for("laboratory.portions"))


@workbooks.post("/<token>/again", endpoint="again")
@acting
def again(token: str) -> ResponseReturnValue:
    """Looked at once more: with values that cannot be judged as they are, or without."""
    upload = found(token)
    uploads.look_again(db.session(), upload, by=me, undecided_too="undecided" in request.form, language=language_now())
    return redirect(url_for("workbooks.report", token=token))


@workbooks.post("/<token>/throw-away", endpoint="throw_away")
@acting
def throw_away(token: str) -> ResponseReturnValue:
    upload = uploads.waiting(token, by=me, place=settings().frames_folder) or found(token)
    shelf.throw_away(upload.folder)
    flash(str(_("The upload is thrown away; nothing was recorded.")), "success")
    return redirect(url_for("workbooks.begin"))
