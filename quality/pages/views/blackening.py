"""A copy in which what leads to the buyer is blacked out: the picture with a grid, the fields that a person names."""

from __future__ import annotations

import base64

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import _
from quality.evidence.blackening import COLUMNS, ROWS, black_out, looked_through, may_not_black_out, with_its_grid
from quality.evidence.models import CopyKind, Exhibit
from quality.evidence.queries import derived_of
from quality.evidence.vault import vault_from
from quality.evidence.words import WORDS
from quality.pages.forms.fields import Form, Line
from quality.pages.forms.sheet import put_beside
from quality.pages.views.evidence import Why, asked_why, one
from quality.people.access import acting, me
from quality.people.kept import comes_back
from quality.web import settings

blackening = Blueprint("blackening", __name__, url_prefix="/desk/<kind>/<number>/evidence/<int:exhibit>/black-out")


class Fields(Form):
    fields = Line(_("Fields to black out"), _("As on a map: B2, or B2:E4 for a rectangle; a comma between several"))


@blackening.post("", endpoint="begin")
@acting
def begin(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    """It shows the picture: the reason is asked for, and the look recorded. What was typed before comes along."""
    found, why = a_picture(kind, number, exhibit), asked_why()
    vault = vault_from(settings().evidence_url)
    picture = looked_through(db.session(), vault, found, by=me, why=why.words, reason=why.reason)
    return make_response(page(found, Fields(request.form), why, picture=with_its_grid(picture)))


@blackening.post("/keep", endpoint="keep")
@comes_back
@acting
def keep(kind: str, number: str, exhibit: int) -> ResponseReturnValue:
    found, form, why, session = a_picture(kind, number, exhibit), Fields(request.form), asked_why(), db.session()
    vault = vault_from(settings().evidence_url)
    try:
        if not form.validate():
            raise Invalid
        black_out(session, vault, found, form.fields.data or "", by=me, why=why.words, reason=why.reason)
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, wrong.problems)
        # without the picture: nothing of a refused request is kept, and so no look at it would be recorded
        return make_response(page(a_picture(kind, number, exhibit), form, why, picture=None, loose=loose), 422)
    said = _("The blacked-out copy stands among the evidence. Look at it before you give it to anybody.")
    flash(str(said), "success")
    return redirect(url_for("desk.dossier", kind=kind, number=number))


def a_picture(kind: str, number: str, key: int) -> Exhibit:
    found = one(kind, number, key)
    if derived_of(db.session(), found.holding.sha256, CopyKind.READABLE) is None:
        raise NotFound(str(key))
    if never := may_not_black_out(found, me):
        raise never
    return found


def page(found: Exhibit, form: Fields, why: Why, *, picture: bytes | None, loose: object = ()) -> str:
    asked = request.view_args or {}
    return render_template(
        "desk/black_out.html",
        kind=asked["kind"],
        number=asked["number"],
        exhibit=found,
        name=WORDS[found.kind],
        form=form,
        loose=loose,
        why=why,
        columns=COLUMNS,
        rows=ROWS,
        picture=picture and base64.b64encode(picture).decode(),
    )
