"""The agency's seals: which numbers they have, whether others are used beside them, and the next ones to be printed."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import _
from quality.pages.forms.fields import Choices, Form, Line, Whole
from quality.pages.forms.sheet import put_beside
from quality.pages.views.desk import version_read
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.purchases.seals import batches_of, issue_seals, newest_of, set_series, written

seals = Blueprint("seals", __name__, url_prefix="/desk/seals")


class SeriesForm(Form):
    prefix = Line(_("Prefix"), _("Two to six letters; empty: the agency issues no seals of its own"), optional=True)
    others_too = Choices(_("Other seals"), {"yes": _("Seals of other makers are used too")})


class IssueForm(Form):
    many = Whole(_("How many"))


@seals.get("/")
@needs(Can.COVER_KEEP)
def show() -> ResponseReturnValue:
    return page()


def page(series: Form | None = None, issuing: Form | None = None) -> str:
    session = db.session()
    newest = newest_of(session, me.organisation_id)
    others = ["yes"] if newest is None or newest.others_too else []
    return render_template(
        "desk/seals.html",
        newest=newest,
        edition=request.form.get("version") if series else newest.edition if newest else 0,
        series=series or SeriesForm(data={"prefix": newest.prefix if newest else "", "others_too": others}),
        issuing=issuing or IssueForm(data={"many": 100}),
        batches=batches_of(session, me),
        written=written,
        wrong_form=series or issuing,
    )


@seals.post("/", endpoint="series")
@comes_back
@needs(Can.COVER_KEEP)
def series() -> ResponseReturnValue:
    session, form, edition = db.session(), SeriesForm(request.form), version_read()
    try:
        if not form.validate():
            raise Invalid
        set_series(session, form.prefix.data or "", bool(form.others_too.data), edition=edition, by=me)
    except Invalid as wrong:
        session.rollback()
        put_beside(form, wrong.problems)
        return make_response(page(series=form), 422)
    flash(str(_("Kept: it holds for what is sealed from now on.")), "success")
    return redirect(url_for("seals.show"))


@seals.post("/issue", endpoint="issue")
@comes_back
@needs(Can.COVER_KEEP)
def issue() -> ResponseReturnValue:
    session, form = db.session(), IssueForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        made = issue_seals(session, form.many.data or 0, by=me)
    except Invalid as wrong:
        session.rollback()
        put_beside(form, wrong.problems)
        return make_response(page(issuing=form), 422)
    first, last = written(made.prefix, made.first), written(made.prefix, made.last)
    flash(str(_("Issued: %(first)s to %(last)s.", first=first, last=last)), "success")
    return redirect(url_for("seals.show"))


@seals.get("/issued.csv")
@needs(Can.COVER_KEEP)
def table() -> ResponseReturnValue:
    """For who prints them, a number a row: of the batch that is named, else of the last."""
    asked, batches = request.args.get("batch"), batches_of(db.session(), me)
    found = next((each for each in batches if asked in {None, str(each.id)}), None)
    if found is None and asked is not None:
        raise NotFound(asked)
    text, numbers = io.StringIO(), found.numbers if found else []
    csv.writer(text, lineterminator="\n").writerows([["seal_no"], *([number] for number in numbers)])
    named = f"seals-{found.prefix}-{found.first:06d}.csv" if found else "seals.csv"
    headers = {"Content-Disposition": f"attachment; filename={named}"}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)
