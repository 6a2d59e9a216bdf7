"""Labels of several samples on one sheet: chosen here, printed by a job, fetched by who asked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.controls.queries import to_label
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import _
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.documents.readers import reader_of
from quality.pages.forms.labels import labelling
from quality.pages.forms.sheet import put_beside
from quality.pages.sealed import as_file
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.purchases.models import LabelSheet
from quality.purchases.operations.papers import MOST_ON_A_SHEET, ask_for_labels
from quality.purchases.queries import sheets_of

labels = Blueprint("labels", __name__, url_prefix="/desk/labels")
OFFERED = 60  # the newest: older ones wait for nothing but to be sent
KEPT = 10  # sheets that are still shown
LONGEST = 40


@labels.get("/")
@needs(Can.SAMPLE_DISPATCH)
def choose() -> ResponseReturnValue:
    return page(labelling(to_label(db.session(), me, most=OFFERED)))


@labels.post("/", endpoint="make")
@comes_back
@needs(Can.SAMPLE_DISPATCH)
def make() -> ResponseReturnValue:
    session = db.session()
    there = to_label(session, me, most=OFFERED)
    form = labelling(there, request.form)
    try:
        if not form.validate():
            raise Invalid
        chosen = [each for each in there if each.number in form.samples.data]
        ask_for_labels(session, chosen, by=me)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("The PDF is being made; load this page again in a few seconds")), "success")
    return redirect(url_for("labels.choose"))


@labels.get("/sheet")
@needs(Can.SAMPLE_DISPATCH)
def sheet() -> ResponseReturnValue:
    number = visible(request.args.get("number", ""))[:LONGEST]
    if not number:
        return redirect(url_for("labels.choose"))
    for each in sheets_of(db.session(), me, most=KEPT):
        if each.number == number and (made := latest_of(db.session(), each, DocumentKind.LABEL_SHEET)):
            return as_file(made, reader_of(me.sees))
    raise NotFound(number)


def page(form: Any, loose: object = ()) -> str:
    session = db.session()
    made: list[tuple[LabelSheet, bool]] = [
        (each, latest_of(session, each, DocumentKind.LABEL_SHEET) is not None)
        for each in sheets_of(session, me, most=KEPT)
    ]
    keeps = me.can(Can.CONTROL_KEEP)
    return render_template("desk/labels.html", form=form, loose=loose, sheets=made, most=MOST_ON_A_SHEET, keeps=keeps)
