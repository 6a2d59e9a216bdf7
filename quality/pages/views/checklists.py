"""What purchases have to show: the agency's list, what a category asks for more, and who approves an edition."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.models import Campaign
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Stale
from quality.core.words import Text, _
from quality.pages.asking import cursor_of
from quality.pages.forms.checklists import STEP_WORDS, ChecklistForm, at_fields, checklist_form, needs_sent
from quality.pages.forms.fields import readable, shown
from quality.pages.forms.sheet import put_beside
from quality.pages.views.announcing import MEANWHILE
from quality.pages.views.desk import version_read
from quality.people import kept
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.purchases import checklist_editions as editions
from quality.purchases.checklists import Need, called

checklists = Blueprint("checklists", __name__, url_prefix="/desk/checklists")
MOST_CATEGORIES = 200


@checklists.get("/")
@needs(Can.CAMPAIGN_READ)
def listed() -> ResponseReturnValue:
    return list_page()


def list_page(problem: FieldProblem | None = None, typed: str = "") -> str:
    session, all_editions = db.session(), editions.editions_of(db.session(), me)
    names = [editions.EVERY, *dict.fromkeys(each.category for each in all_editions if each.category)]
    return render_template(
        "desk/checklists.html",
        editions=all_editions,
        in_force=editions.in_force_of(session, me.organisation_id, names),
        categories=categories_planned(),
        steps=STEP_WORDS,
        called=called,
        may_write=me.can(Can.CHECKLIST_PROPOSE),
        problem=problem,
        typed=typed,
    )


def categories_planned() -> list[str]:
    """Of the agency's campaigns, to choose from."""
    asked = sa.select(Campaign.category).where(Campaign.agency_id == me.organisation_id).distinct()
    return sorted(db.session().scalars(asked.limit(MOST_CATEGORIES)))


@checklists.get("/draft")
@needs(Can.CHECKLIST_PROPOSE)
def draft() -> ResponseReturnValue:
    """Begun with what waits, else with what is in force."""
    session = db.session()
    try:
        category = readable(request.args.get("category", "").strip())
    except ValueError as wrong:
        return make_response(list_page(FieldProblem("category", "unprintable", str(wrong))), 422)
    if len(category) > editions.ChecklistEdition.category.type.length:
        text = _("Keep to %(most)s characters", most=editions.ChecklistEdition.category.type.length)
        return make_response(list_page(FieldProblem("category", "too_long", text), category), 422)
    if "category" in request.args and not category and "own" in request.args:
        return make_response(list_page(FieldProblem("category", "missing", _("Enter the category"))), 422)
    waits = editions.waiting_edition(session, me, category)
    asks = waits.asks if waits else editions.in_force(session, me.organisation_id, category).needs
    return form_page(checklist_form(asks, category, waits.version if waits else None))


@checklists.post("/draft", endpoint="propose")
@comes_back
@needs(Can.CHECKLIST_PROPOSE)
def propose() -> ResponseReturnValue:
    session, form = db.session(), checklist_form((), "", None, request.form)
    category = form.category.data or ""
    try:
        if not form.validate():
            raise Invalid
        version = cursor_of(form.version.data or "")
        made = editions.propose_checklist(session, category, needs_sent(form), by=me, version=version)
    except Invalid as wrong:
        session.rollback()
        return make_response(form_page(form, put_beside(form, at_fields(wrong.problems))), 422)
    except Stale:
        session.rollback()
        waits = editions.waiting_edition(session, me, category)
        form.version.raw_data, form.version.data = None, str(waits.version) if waits else ""
        return make_response(form_page(form, (MEANWHILE,)), 409)
    flash(str(_("Drafted. Another person approves it; until then the edition before it holds.")), "success")
    return redirect(url_for("checklists.one", checklist=made.id))


def form_page(form: ChecklistForm, loose: Sequence[Text] = ()) -> str:
    return render_template("desk/checklist_form.html", form=form, loose=loose, category=form.category.data or "")


@checklists.get("/<int:checklist>")
@needs(Can.CAMPAIGN_READ, once_found=True)
def one(checklist: int) -> ResponseReturnValue:
    found = editions.one_edition(db.session(), me, checklist)
    require_for(found)
    return one_page(found)


def one_page(found: editions.ChecklistEdition, wrong: Sequence[Text] = (), typed: str = "") -> str:
    session = db.session()
    before = editions.in_force(session, found.agency_id, found.category, found.drafted_at)
    refusal = editions.cannot_be_approved(found, me)
    return render_template(
        "desk/checklist.html",
        one=found,
        asks=found.asks,
        before={need.name: need for need in before.needs},
        gone=gone(before.needs, found.asks),
        steps=STEP_WORDS,
        called=called,
        refusal=refusal.text if refusal else None,
        may_write=me.can(Can.CHECKLIST_PROPOSE),
        may_approve=me.can(Can.CHECKLIST_APPROVE),
        wrong=wrong,
        typed=typed,
    )


def gone(before: Sequence[Need], now: Sequence[Need]) -> list[Need]:
    names = {need.name for need in now}
    return [need for need in before if need.name not in names]


@checklists.post("/<int:checklist>/approve")
@comes_back
@needs(Can.CHECKLIST_APPROVE, once_found=True)
def approve(checklist: int) -> ResponseReturnValue:
    session, version = db.session(), version_read()
    found = editions.one_edition(session, me, checklist)
    require_for(found)
    editions.approve_checklist(session, found, by=me, version=version)
    flash(str(_("Approved: campaigns that are frozen from now on take it.")), "success")
    return redirect(url_for("checklists.one", checklist=checklist))


@checklists.post("/<int:checklist>/refuse")
@comes_back
@needs(Can.CAMPAIGN_READ, once_found=True)
def refuse(checklist: int) -> ResponseReturnValue:
    session = db.session()
    found = editions.one_edition(session, me, checklist)
    require_for(found)
    kept.refuse()
    note = visible(request.form.get("note", ""))[:1000]
    try:
        editions.put_checklist_away(session, found, note, by=me, version=version_read())
    except Invalid as wrong:
        session.rollback()
        said, typed = [problem.text for problem in wrong.problems], shown(request.form.get("note", ""))
        return make_response(one_page(editions.one_edition(session, me, checklist), said, typed), 422)
    flash(str(_("Put away. It is not offered.")), "success")
    return redirect(url_for("checklists.one", checklist=checklist))
