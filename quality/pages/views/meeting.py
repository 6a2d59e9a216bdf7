"""The taker's side of a hand-over in the street, and what a coordinator does with one that has one side only."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import _
from quality.field.meeting import set_aside
from quality.pages.forms.meeting import Taking, take, taking
from quality.pages.forms.sheet import put_beside
from quality.pages.mending import as_typed_on_the_phone, mended
from quality.people import kept
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can

meetings = Blueprint("meetings", __name__, url_prefix="/desk/take")


@meetings.get("/")
@needs(Can.SAMPLE_DISPATCH)
def show() -> ResponseReturnValue:
    session, form = db.session(), taking(db.session(), me)
    return page(form, as_typed_on_the_phone(session, me, form, request.args.get("piece", type=int)))


@meetings.post("/", endpoint="take")
@comes_back
@needs(Can.SAMPLE_DISPATCH)
def taken() -> ResponseReturnValue:
    session = db.session()
    form = taking(session, me, CombinedMultiDict((request.form, request.files)))
    try:
        if not form.validate():
            raise Invalid
        found = take(session, form, me)
        mended(session, me, request.args.get("piece", type=int))
        session.refresh(found)
        is_whole = found.hand_over_id is not None
    except Invalid as wrong:
        session.rollback()
        loose = [*put_beside(form, wrong.problems), *kept.said_of(kept.names_of_files())]
        return make_response(page(form, loose), 422)
    both = _("Both sides are here: the hand-over is recorded")
    flash(str(both if is_whole else _("Your side is kept; the giver's has not come yet")), "success")
    return redirect(url_for(".show"))


@meetings.post("/<int:meeting>/aside")
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def aside(meeting: int) -> ResponseReturnValue:
    set_aside(db.session(), meeting, by=me)
    flash(str(_("Put aside: nothing of it is recorded")), "success")
    return redirect(url_for("field_pieces.listed"))


def page(form: Taking, loose: object = ()) -> str:
    return render_template("desk/take.html", form=form, loose=loose)
