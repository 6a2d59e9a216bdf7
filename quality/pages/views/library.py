"""The standards library as a workbook: given out whole or one by one, looked at when it comes back, and taken in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock, shelf
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _, ngettext
from quality.pages.forms.fields import Form
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.standards import needed_reason
from quality.pages.reviewing import difference
from quality.pages.tables import Beginning, begin_page, given_back, given_out, received
from quality.pages.views.standards import in_words
from quality.pages.words import Tone, word
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.standards import queries
from quality.standards.models import Edition
from quality.standards.workbook import uploads
from quality.standards.workbook.columns import LIMITS
from quality.standards.workbook.trying import State, look
from quality.standards.workbook.writing import write_library
from quality.web import settings
from quality.workbooks.keeping import Kept

library = Blueprint("library", __name__, url_prefix="/desk/standards")
SHOWN_ROWS, SHOWN_CHANGES = 200, 100
TONES = {
    State.NEW: Tone.OK,
    State.OTHER: Tone.LIVE,
    State.SAME: Tone.IDLE,
    State.HELD: Tone.WAIT,
    State.WRONG: Tone.BAD,
}


class Taking(Form):
    reason = needed_reason(_("Stands with each new version for ever; others read it"))


@library.get("/library.xlsx", endpoint="whole")
@needs(Can.STANDARD_READ)
def whole() -> ResponseReturnValue:
    on = f"{clock.now().astimezone(clock.BEIJING):%Y-%m-%d}"
    return given(queries.whole_library(db.session(), me), str(_("Standards library %(on)s.xlsx", on=on)))


@library.get("/<int:standard>/standard.xlsx", endpoint="single")
@acting
def single(standard: int) -> ResponseReturnValue:
    found = queries.one_visible(db.session(), me, standard)
    edition = queries.one_edition(db.session(), found, request.args.get("edition", type=int))
    return given([edition], f"{found.number.replace('/', '_')}.xlsx")


def given(editions: Sequence[Edition], name: str) -> ResponseReturnValue:
    return given_out(partial(write_library, editions), name)


@library.get("/workbook")
@needs(Can.STANDARD_EDIT)
def begin() -> ResponseReturnValue:
    return begin_page(beginning())


def beginning() -> Beginning:
    return Beginning(
        columns=LIMITS,
        above=(_("Standards"), url_for("standards.listed")),
        title=_("The library by workbook"),
        what_for=_("Write many standards at once, or change those that you have."),
        what_is_given=_(
            "A workbook with a row for each limit of your library as it is now. What stays empty says what the row "
            "above says. What it says of a standard is all of it; standards that it does not name stay as they are."
        ),
        given_at=url_for("library.whole"),
    )


@library.post("/workbook", endpoint="upload")
@comes_back
@needs(Can.STANDARD_EDIT)
def receive() -> ResponseReturnValue:
    def keep(sent: BinaryIO, name: str) -> ResponseReturnValue:
        token = uploads.receive(sent, name, by=me, place=settings().frames_folder)
        return redirect(url_for("library.report", upload=token))

    return received(beginning(), keep)


@library.get("/workbook/<upload>")
@acting
def report(upload: str) -> ResponseReturnValue:
    return make_response(page(found(upload), Taking()))


@library.get("/workbook/<upload>/file", endpoint="file")
@acting
def annotated(upload: str) -> ResponseReturnValue:
    """The sender's own file, with a status and a reason beside each row."""
    kept = found(upload)
    tried = look(db.session(), kept.table.rows, by=me)
    return given_back(kept.name, lambda out: uploads.annotated(kept, tried, out, partial(word, "standard_row")))


def found(token: str) -> Kept:
    """The reader's own. Of anybody else's nobody learns that it is there."""
    return uploads.find(token, by=me, place=settings().frames_folder)


def page(upload: Kept, form: Taking, loose: Sequence[Text] = ()) -> str:
    rows = upload.table.rows
    tried = look(db.session(), rows, by=me)
    wrong = [(each, line) for each in tried for line in each.lines if line.state is State.WRONG]
    differences = [(each.number, difference("standard", change, in_words)) for each in tried for change in each.changed]
    return render_template(
        "desk/library_report.html",
        upload=upload,
        rows=len(rows),
        tried=tried,
        states=State,
        tones=TONES,
        wrong=wrong[:SHOWN_ROWS],
        more=len(wrong) - SHOWN_ROWS,
        differences=differences[:SHOWN_CHANGES],
        more_changes=len(differences) - SHOWN_CHANGES,
        seen=uploads.seen(tried),
        form=form,
        loose=loose,
        called=LIMITS.called,
        visible=visible,
    )


@library.post("/workbook/<upload>/take", endpoint="take")
@comes_back
@acting
def take(upload: str) -> ResponseReturnValue:
    """All standards that say something new, or those that are right where the sender said so."""
    kept, form, session = found(upload), Taking(request.form), db.session()
    only_good, as_seen = request.form.get("how") == "good", request.form.get("seen", "")
    try:
        if not form.validate():
            raise Invalid
        reason = form.reason.data or ""
        tried = uploads.take_in(session, kept.table.rows, reason, by=me, only_good=only_good, as_seen=as_seen)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(kept, form, put_beside(form, wrong.problems)), 422)
    many = sum(each.state in {State.NEW, State.OTHER} for each in tried)
    if not many:
        flash(str(_("Everything in this workbook is in the library already; nothing was written down.")), "info")
        return redirect(url_for("library.report", upload=upload))
    taken = ngettext(
        "%(count)s standard is taken in, as a new version.",
        "%(count)s standards are taken in, each as a new version.",
        many,
    )
    flash(str(taken), "success")
    return redirect(url_for("standards.listed"))


@library.post("/workbook/<upload>/throw-away", endpoint="throw_away")
@acting
def throw_away(upload: str) -> ResponseReturnValue:
    shelf.throw_away(found(upload).folder)
    flash(str(_("The upload is thrown away; nothing was recorded.")), "success")
    return redirect(url_for("library.begin"))
