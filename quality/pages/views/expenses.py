"""Expenses: a buyer enters what is of no single purchase; what was approved stands by month, with a table a buyer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, _
from quality.expenses import operations, queries
from quality.pages.book import XLSX
from quality.pages.expenses_book import month_book
from quality.pages.forms.expenses import Claim, blank, laid
from quality.pages.forms.sheet import put_beside
from quality.pages.timeline import buyer_code
from quality.people import kept
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can

expenses = Blueprint("expenses", __name__, url_prefix="/desk/expense")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
DIGITS = 9


@expenses.get("/new")
@needs(Can.EXPENSE_ENTER)
def new() -> ResponseReturnValue:
    return page(blank())


@expenses.post("/new", endpoint="add")
@comes_back
@needs(Can.EXPENSE_ENTER)
def add() -> ResponseReturnValue:
    session, form = db.session(), blank()
    form.process(CombinedMultiDict((request.form, request.files)))
    try:
        if not form.validate():
            raise Invalid
        made = operations.enter(session, laid(session, form, me), by=me)
    except Invalid as wrong:
        session.rollback()
        loose = [*put_beside(form, wrong.problems), *kept.said_of(kept.names_of_files())]
        return make_response(page(form, loose), 422)
    flash(str(_("%(number)s is entered; a coordinator looks at it next", number=made.number)), "success")
    return redirect(url_for("desk.dossier", kind="expense", number=made.number))


def page(form: Claim, loose: Sequence[Text] = ()) -> str:
    return render_template("desk/expense_new.html", form=form, loose=loose)


@expenses.get("/months")
@needs(Can.EXPENSE_READ)
def months() -> ResponseReturnValue:
    before = request.args.get("before", "")
    rows, further = queries.months(db.session(), me, before if MONTH.fullmatch(before) else "")
    shown = [(month, list(some)) for month, some in groupby(rows, key=lambda row: row.month)]
    return render_template("desk/expense_months.html", shown=shown, further=further, buyer_code=buyer_code)


@expenses.get("/month.xlsx")
@needs(Can.EXPENSE_READ)
def book() -> ResponseReturnValue:
    """Of one buyer. A month in which nothing was approved for them, that one may see, is not there."""
    month, buyer = request.args.get("month", ""), request.args.get("buyer", "")
    if not MONTH.fullmatch(month):
        raise Invalid(FieldProblem("month", "no_month", _("Name the month, such as 2026-11")))
    if not (buyer.isascii() and buyer.isdigit() and len(buyer) <= DIGITS):
        raise Invalid(FieldProblem("buyer", "unknown", _("Choose a buyer of this agency")))
    session, buyer_id = db.session(), int(buyer)
    if next(queries.of_month(session, me, month, buyer_id), None) is None:
        raise NotFound(month)
    agency = me.organisation.name if me.organisation else ""
    content = month_book(agency, month, buyer_id, queries.of_month(session, me, month, buyer_id))
    name = f"expenses-{month}-B-{buyer_id:02d}.xlsx"
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=name))
