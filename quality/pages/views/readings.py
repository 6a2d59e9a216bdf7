"""Who looked at whom, when, and why: for the reviewers and coordinators of an agency; and for a buyer, that it was."""

from __future__ import annotations

import io

from flask import Blueprint, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import _
from quality.pages.asking import cursor_of
from quality.pages.book import XLSX, book_of
from quality.pages.readings import asked_of, book_lines, lines_of, readers
from quality.pages.words import CODES
from quality.people.access import me, needs
from quality.permissions import Can
from quality.purchases.looks import Page, looked_at, looks_at_me

readings = Blueprint("readings", __name__, url_prefix="/desk/readings")


@readings.get("/")
@needs(Can.READING_READ)
def listed() -> ResponseReturnValue:
    session = db.session()
    asked = asked_of(session, me, request.args)
    page = Page([], None, 0) if asked.problems else looked_at(session, me, asked.wanted)
    drawn = render_template(
        "desk/readings.html",
        asked=asked,
        lines=lines_of(session, me, page.looks),
        page=page,
        readers=readers(session, me),
        reasons=CODES["look_reason"],
    )
    return drawn, 422 if asked.problems else 200


@readings.get("/looks.xlsx", endpoint="book")
@needs(Can.READING_READ)
def as_a_book() -> ResponseReturnValue:
    session = db.session()
    asked = asked_of(session, me, request.args)
    if asked.problems:
        raise Invalid(*asked.problems)
    content = io.BytesIO(book_of([(_("Looks"), book_lines(session, me, asked.wanted))]))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=str(_("Looks.xlsx"))))


@readings.get("/mine")
@needs(Can.TASK_BUY)
def mine() -> ResponseReturnValue:
    """Not by whom: a buyer who learns that may be asked why they minded. Reviewers read that, and may be asked."""
    session = db.session()
    page = looks_at_me(session, me, before=cursor_of(request.args.get("before", "")))
    return make_response(render_template("desk/readings_mine.html", lines=lines_of(session, me, page.looks), page=page))
