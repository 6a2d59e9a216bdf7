"""What counts how much in a score: in force, the editions before it, and the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.pages.forms.risk import WeightsForm, weighing
from quality.pages.forms.sheet import put_beside
from quality.pages.reviewing import Difference, difference
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.targeting.risk import editions
from quality.targeting.risk.editions import Edition
from quality.targeting.risk.weights import FIRST, changes

weights = Blueprint("weights", __name__, url_prefix="/desk/targeting/weights")
A_PAGE = 20
LARGEST = 2**31


@weights.get("/")
@needs(Can.CAMPAIGN_READ)
def show() -> ResponseReturnValue:
    now = editions.in_force(db.session(), me.organisation_id)
    return page(weighing(now.number, now.weights))


@weights.post("/", endpoint="save")
@comes_back
@needs(Can.CAMPAIGN_PLAN)
def save() -> ResponseReturnValue:
    session = db.session()
    now = editions.in_force(session, me.organisation_id)
    form = weighing(now.number, now.weights, request.form)
    try:
        fits, read = form.validate(), form.read()
        if not fits:
            raise Invalid
        typed = form.edition.data or ""
        edition = int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else -1  # none that was ever read
        row = editions.set_weights(session, read, form.reason.data or "", by=me, edition=edition)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    said = _("Edition %(edition)s is in force; a plan that was scored before stays as it is.", edition=row.edition)
    flash(str(said), "success")
    return redirect(url_for("weights.show"))


def page(form: WeightsForm, loose: Sequence[Text] = ()) -> str:
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < LARGEST else None
    found = editions.listed(db.session(), me, A_PAGE + 1, before)
    return render_template(
        "desk/weights.html",
        now=editions.in_force(db.session(), me.organisation_id),
        listed=[(each, changed(each, found[place + 1 :])) for place, each in enumerate(found[:A_PAGE])],
        older=found[A_PAGE - 1].number if len(found) > A_PAGE else None,
        before=before,
        form=form,
        loose=loose,
        may_set=me.can(Can.CAMPAIGN_PLAN),
    )


def changed(edition: Edition, earlier: Sequence[Edition]) -> list[Difference]:
    """Beside the edition before it, of which the first is the program's own."""
    old = earlier[0].weights if earlier else FIRST
    return [difference("risk_weights", each, in_words) for each in changes(old, edition.weights)]


def in_words(_field: str, value: str | None) -> Text:
    return value or "—"
