"""A platform answers by workbook: given out with all that waits, looked at row by row, and taken down or given back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core import clock, shelf
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.delivery.workbook import uploads
from quality.delivery.workbook.columns import ANSWERS
from quality.delivery.workbook.trying import State, Tried, look
from quality.delivery.workbook.writing import open_rows, write_prefilled
from quality.notices.models import Notice
from quality.pages.editions import since
from quality.pages.tables import Beginning, begin_page, given_back, given_out, received
from quality.pages.words import word
from quality.people.access import acting, me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings
from quality.workbooks.keeping import Kept

answer_books = Blueprint("answer_books", __name__, url_prefix="/desk/answers/workbook")
SHOWN_ROWS = 200


@answer_books.get("/")
@needs(Can.ITEM_ANSWER)
def begin() -> ResponseReturnValue:
    return begin_page(beginning())


def beginning() -> Beginning:
    return Beginning(
        columns=ANSWERS,
        above=(_("Listings to answer"), url_for("answering.listed")),
        title=_("Answers by workbook"),
        what_for=_("Answer for many listings of many notices at once, or send what your own system writes."),
        what_is_given=_(
            "A workbook with a row for each of your listings that waits for an answer, over all notices. Fill in what "
            "became of it; what you leave empty is answered later."
        ),
        given_at=url_for("answer_books.prefilled"),
    )


@answer_books.get("/open.xlsx", endpoint="prefilled")
@needs(Can.ITEM_ANSWER)
def prefilled() -> ResponseReturnValue:
    called = _("Listings to answer %(on)s.xlsx", on=f"{clock.now().astimezone(clock.BEIJING):%Y-%m-%d}")
    return given_out(partial(write_prefilled, open_rows(db.session(), me)), str(called))


@answer_books.post("/", endpoint="upload")
@comes_back
@needs(Can.ITEM_ANSWER)
def receive() -> ResponseReturnValue:
    def keep(sent: BinaryIO, name: str) -> ResponseReturnValue:
        token = uploads.receive(sent, name, by=me, place=settings().frames_folder)
        return redirect(url_for("answer_books.report", book=token))

    return received(beginning(), keep)


@answer_books.get("/<book>")
@acting
def report(book: str) -> ResponseReturnValue:
    return make_response(page(found(book)))


@answer_books.get("/<book>/file", endpoint="file")
@acting
def annotated(book: str) -> ResponseReturnValue:
    """The sender's own file, with a status and a reason beside each row."""
    kept = found(book)
    tried = look(db.session(), kept.table.rows, by=me)
    return given_back(kept.name, lambda out: uploads.annotated(kept, tried, out, partial(word, "answer_row")))


def found(token: str) -> Kept:
    """The reader's own. Of anybody else's nobody learns that it is there."""
    return uploads.find(token, by=me, place=settings().frames_folder)


def page(kept: Kept, problems: tuple[FieldProblem, ...] = ()) -> str:
    tried = look(db.session(), kept.table.rows, by=me)
    wrong = [each for each in tried if each.state is State.WRONG]
    good = [each for each in tried if each.state is State.GOOD]
    return render_template(
        "desk/answer_book.html",
        upload=kept,
        rows=len(tried),
        counted=uploads.count(tried),
        notices=len({each.notice.id for each in good if each.notice}),
        states=State,
        wrong=wrong[:SHOWN_ROWS],
        more=len(wrong) - SHOWN_ROWS,
        good=good[:SHOWN_ROWS],
        more_good=len(good) - SHOWN_ROWS,
        seen=uploads.seen(tried),
        problems=problems,
        changed=since(db.session(), superseded(wrong)),
        called=ANSWERS.called,
        visible=visible,
    )


def superseded(wrong: Sequence[Tried]) -> dict[Notice, int]:
    """The notices of which a later edition is in force, each with the oldest edition that a row answers."""
    found: dict[Notice, int] = {}
    for each in wrong:
        if each.notice and any(why.code == "superseded" for why in each.reasons):
            read = int(each.row.cells["edition"])
            found[each.notice] = min(read, found.get(each.notice, read))
    return found


@answer_books.post("/<book>/record", endpoint="record")
@acting
def take_down(book: str) -> ResponseReturnValue:
    """All rows, or those that are right where the sender said so. Sent twice it says that it was done."""
    kept, session = found(book), db.session()
    only_good, as_seen = request.form.get("how") == "good", request.form.get("seen", "")
    try:
        tried = uploads.take_down(session, kept.table.rows, by=me, only_good=only_good, as_seen=as_seen)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(kept, wrong.problems), 422)
    counted = uploads.count(tried)
    if not counted[State.GOOD]:
        flash(str(_("Everything in this table was answered before; nothing was recorded twice.")), "info")
        return redirect(url_for("answer_books.report", book=book))
    flash(str(_("Answers recorded: %(count)s. The agency looks for itself.", count=counted[State.GOOD])), "success")
    if counted[State.WRONG]:  # what is left to mend
        return redirect(url_for("answer_books.report", book=book))
    return redirect(url_for("answering.listed"))


@answer_books.post("/<book>/throw-away", endpoint="throw_away")
@acting
def throw_away(book: str) -> ResponseReturnValue:
    shelf.throw_away(found(book).folder)
    flash(str(_("The upload is thrown away; nothing was recorded.")), "success")
    return redirect(url_for("answer_books.begin"))
