"""A certificate of a laboratory is proposed: by an agency about a laboratory, or by a laboratory for an agency."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.pages.forms.certificates import NewForm, new_form, propose
from quality.pages.forms.sheet import put_beside
from quality.people import kept
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can

certificates = Blueprint("certificates", __name__, url_prefix="/desk/certificate")


@certificates.get("/new")
@needs(Can.CERTIFICATE_PROPOSE)
def new() -> ResponseReturnValue:
    return page(new_form(db.session(), me, request.args.get("laboratory", "")[:16]))


@certificates.post("/new", endpoint="add")
@comes_back
@needs(Can.CERTIFICATE_PROPOSE)
def add() -> ResponseReturnValue:
    form = new_form(db.session(), me)
    form.process(CombinedMultiDict((request.form, request.files)))
    try:
        if not form.validate():
            raise Invalid
        made = propose(db.session(), form, me)
    except Invalid as wrong:
        db.session.rollback()
        loose = [*put_beside(form, wrong.problems), *kept.said_of(kept.names_of_files())]
        return make_response(page(form, loose), 422)
    flash(str(_("%(number)s is proposed. Write down what it covers next.", number=made.number)), "success")
    return redirect(url_for("desk.dossier", kind="certificate", number=made.number))


def page(form: NewForm, loose: Sequence[Text] = ()) -> str:
    return render_template("desk/certificate_new.html", form=form, fields=form.in_order(), loose=loose)
