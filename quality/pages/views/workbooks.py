"""Results of many samples at once: a workbook given out prefilled, looked at row by row, and entered or given back."""

from __future__ import annotations

import io
import tempfile
from functools import partial
from pathlib import Path, PurePath

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.lab.workbook import uploads
from quality.lab.workbook.columns import COLUMNS, called, heading
from quality.lab.workbook.reading import MOST_BYTES
from quality.lab.workbook.trying import State
from quality.lab.workbook.uploads import Upload, Waiting
from quality.lab.workbook.writing import XLSX, open_rows, write_prefilled
from quality.pages.forms.fields import Files, Form
from quality.pages.forms.sheet import put_beside
from quality.pages.moments import language_now
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


class Workbook(Form):
    file = Files(
        _("Choose the workbook"),
        _("XLSX, or CSV in UTF-8 or GB18030, up to %(most)s MB. It is only looked at first.", most=MOST_BYTES >> 20),
        accept=".xlsx,.csv",
        many=False,
    )


@workbooks.get("/")
@needs(Can.REPORT_ENTER)
def begin() -> ResponseReturnValue:
    return begin_page(Workbook())


def begin_page(form: Workbook) -> str:
    return render_template("desk/workbook.html", form=form, columns=list(map(heading, COLUMNS)))


@workbooks.get("/open.xlsx", endpoint="prefilled")
@needs(Can.REPORT_ENTER)
def prefilled() -> ResponseReturnValue:
    """What is to be tested, a row an item, for the laboratory to fill in."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        out = Path(folder) / "open.xlsx"
        write_prefilled(open_rows(db.session(), me), out)
        content = io.BytesIO(out.read_bytes())
    on = f"{clock.now().astimezone(clock.BEIJING):%Y-%m-%d}"
    called_so = str(_("Samples to test %(on)s.xlsx", on=on))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=called_so))


@workbooks.post("/", endpoint="upload")
@comes_back
@needs(Can.REPORT_ENTER)
def upload() -> ResponseReturnValue:
    form = Workbook(request.files)
    try:
        if not form.validate():
            raise Invalid
        [sent] = form.file.data[:1]
        name = visible(PurePath(sent.filename).name)[-100:]
        token = uploads.receive(
            db.session(), sent.stream, name, by=me, place=settings().frames_folder, language=language_now()
        )
    except Invalid as wrong:
        of_the_file = [FieldProblem("file", each.code, each.text) for each in wrong.problems]
        put_beside(form, of_the_file)
        return make_response(begin_page(form), 422)
    return redirect(url_for("workbooks.report", token=token))


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
        more=wrong - len(upload.wrong),
        can_stay_undecided=upload.can_stay_undecided,
        problems=problems,
        called=called,
        language=language_now(),
        visible=visible,
    )


@workbooks.get("/<token>/file", endpoint="file")
@acting
def annotated(token: str) -> ResponseReturnValue:
    """The sender's own file, with a status and a reason beside each row."""
    upload = found(token)
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        out = Path(folder) / "annotated"
        media_type = uploads.annotated(upload, out, language_now(), partial(word, "row_state"))
        content = out.open("rb")  # it outlives its folder
    suffix = ".xlsx" if media_type == XLSX else ".csv"
    called_so = str(_("%(name)s to mend%(suffix)s", name=PurePath(upload.name).stem, suffix=suffix))
    answer: Response = make_response(send_file(content, media_type, as_attachment=True, download_name=called_so))
    answer.headers["Content-Type"] = media_type  # of the file's own encoding
    return answer


@workbooks.post("/<token>/enter", endpoint="enter")
@acting
def enter(token: str) -> ResponseReturnValue:
    """All rows, or the reports that are right where the sender said so. Sent twice it says that it was done."""
    upload, session = found(token), db.session()
    try:
        tried = uploads.enter(session, upload, by=me, only_good=request.form.get("how") == "good").tried
    except Invalid as wrong:
        session.rollback()
        uploads.look_again(session, upload, by=me, undecided_too=upload.undecided_too, language=language_now())
        waits = uploads.waiting(token, by=me, place=settings().frames_folder)
        return make_response(waiting_page(waits) if waits else page(found(token), wrong.problems), 422)
    numbers = {each.row.cells["report_no"] for each in tried if each.state is State.GOOD}
    uploads.note_entered(upload)
    if not numbers:
        flash(str(_("Everything in this table was entered before; nothing was recorded twice.")), "info")
    else:
        said = _("%(count)s reports are entered and wait for a signatory.", count=len(numbers))
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
    uploads.throw_away(uploads.waiting(token, by=me, place=settings().frames_folder) or found(token))
    flash(str(_("The upload is thrown away; nothing was recorded.")), "success")
    return redirect(url_for("workbooks.begin"))
