"""How an agency looks for itself: what is in force, and every edition before it."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import _
from quality.notices.practice import editions, practice_of, set_practice
from quality.pages.forms.practice import PracticeForm
from quality.pages.forms.sheet import put_beside
from quality.pages.views.desk import version_read
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.web import settings

practices = Blueprint("practices", __name__, url_prefix="/desk/practice")


@practices.get("/")
@needs(Can.ITEM_VERIFY)
def show() -> ResponseReturnValue:
    now = practice_of(db.session(), me.organisation_id)
    said = {"second_look_percent": now.second_look_percent if now else 0}
    return page(PracticeForm(data=said | {"capture_hosts": "\n".join(now.capture_hosts if now else [])}))


@practices.post("/", endpoint="save")
@comes_back
@needs(Can.PRACTICE_SET)
def save() -> ResponseReturnValue:
    form, session = PracticeForm(request.form), db.session()
    try:
        if not form.validate():
            raise Invalid
        set_practice(
            session,
            second_look_percent=form.second_look_percent.data,
            capture_hosts=(form.capture_hosts.data or "").split(),
            edition=version_read(),
            by=me,
        )
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("Kept: it holds for what platforms claim from now on.")), "success")
    return redirect(url_for("practices.show"))


def page(form: PracticeForm, loose: object = ()) -> str:
    found = editions(db.session(), me)
    return render_template(
        "desk/practice.html",
        editions=found,
        edition=found[0].edition if found else 0,
        has_browser=settings().chromium is not None,
        may_set=me.can(Can.PRACTICE_SET),
        form=form,
        loose=loose,
    )
