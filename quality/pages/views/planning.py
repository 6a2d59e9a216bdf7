"""Planning a campaign: a new one, and a draft that is changed before it goes to the reviewer (again)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from quality.campaigns import operations
from quality.campaigns.models import Campaign
from quality.campaigns.overlap import closed_lately
from quality.campaigns.queries import one_visible
from quality.campaigns.sources import take
from quality.campaigns.workflow import refuse_unless_draft
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Stale
from quality.core.words import Text, _
from quality.pages.earlier import remembered, with_deviations
from quality.pages.forms.overlap import OVERLAP
from quality.pages.forms.planning import A_FEW, MONEY, MOST, WHAT, PlanForm, at_their_rows, planning, read
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.wishes import BEGINNING as WISHED
from quality.pages.forms.wishes import WISHES, WishForm
from quality.pages.sizing import sized, with_size
from quality.pages.views.desk import version_read
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.standards.queries import Source, numbers_known, sources
from quality.web import settings

plans = Blueprint("plans", __name__, url_prefix="/desk/campaign")
OFFERED = 200  # standards in the list that helps typing
TOKEN = re.compile(r"[0-9a-f]{32}")
CHANGED = _(
    "Somebody else changed the plan meanwhile. Nothing was recorded; what you typed still stands here, and saving it "
    "now takes the place of theirs: look at the plan first"
)


@plans.get("/new")
@needs(Can.CAMPAIGN_PLAN)
def new() -> ResponseReturnValue:
    return page(planning(db.session(), A_FEW), sent_as=secrets.token_hex(16))


@plans.post("/new", endpoint="make")
@comes_back
@needs(Can.CAMPAIGN_PLAN)
def make() -> ResponseReturnValue:
    """One campaign, however often the form is sent."""
    session, sent_as = db.session(), request.form.get("sent_as", "")
    if not TOKEN.fullmatch(sent_as):
        sent_as = secrets.token_hex(16)
    if (there := operations.planned_by_form(session, sent_as)) and there.agency_id == me.organisation_id:
        flash(str(_("This form was sent before: it made %(number)s", number=there.number)), "info")
        return redirect(address(there))
    form = typed()
    if (answer := aside(form, sent_as=sent_as)) is not None:
        return answer
    written = read(session, me, form)
    try:
        if written is None:
            raise Invalid
        campaign = operations.plan(session, by=me, sent_as=sent_as, **written._asdict())
    except Invalid as wrong:
        return refused(form, wrong, sent_as=sent_as)
    flash(str(_("%(number)s is planned. Import its sampling frame next.", number=campaign.number)), "success")
    return redirect(address(campaign))


@plans.get("/<number>/amend")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def amending(number: str) -> ResponseReturnValue:
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    refuse_unless_draft(campaign)
    return page(
        planning(db.session(), len(campaign.items) + A_FEW, campaign), campaign=campaign, version=campaign.version
    )


@plans.post("/<number>/amend", endpoint="amend")
@comes_back
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def amend(number: str) -> ResponseReturnValue:
    session = db.session()
    campaign = one_visible(session, me, number)
    require_for(campaign)
    refuse_unless_draft(campaign)
    version = version_read()
    form = typed()
    if (answer := aside(form, campaign=campaign, version=version)) is not None:
        return answer
    written = read(session, me, form)
    try:
        if written is None:
            raise Invalid
        operations.amend(session, campaign, written, by=me, frames=settings().frames_folder, version=version)
    except Invalid as wrong:
        session.rollback()
        return refused(form, wrong, campaign=campaign, version=version)
    except Stale:
        session.rollback()
        return make_response(page(form, [CHANGED], campaign=campaign, version=campaign.version), 409)
    flash(str(_("The plan of %(number)s is changed.", number=number)), "success")
    return redirect(address(campaign))


def aside(form: PlanForm, **shown: Any) -> ResponseReturnValue | None:
    """A button that only fills something in: the plan as it was typed with it, and nothing is recorded."""
    if "more" in request.form:
        return page(form, **shown)
    if "take" in request.form:
        return taken(form, **shown)
    if request.form.get("compute") in WISHES:
        return computed(form, request.form["compute"], **shown)
    if "remember" in request.form:
        return recalled(form, **shown)
    return None


def computed(form: PlanForm, wish: str, **shown: Any) -> ResponseReturnValue:
    """With the number to buy that the wish takes, and why."""
    wishing = WishForm(request.form)
    try:
        found = sized(form, wishing, wish, shown.get("campaign"))
    except Invalid as wrong:
        of_wish = [problem for problem in wrong.problems if problem.field in wishing]
        put_beside(wishing, of_wish)
        of_plan = [problem for problem in wrong.problems if problem not in of_wish]
        loose = put_beside(form, at_their_rows(form, of_plan))
        return make_response(page(form, loose, wishing=wishing, **shown), 422)
    more = planning(db.session(), len(form.rows()))
    more.process(with_size(request.form, found))
    return page(more, wishing=wishing, found=found, **shown)


def recalled(form: PlanForm, **shown: Any) -> ResponseReturnValue:
    """With S of each stratum as earlier samples found it."""
    assert me.organisation_id, "whoever plans works somewhere"
    try:
        found = remembered(db.session(), form, shown.get("campaign"), me.organisation_id)
    except Invalid as wrong:
        return refused(form, wrong, **shown)
    more = planning(db.session(), len(form.rows()))
    more.process(with_deviations(request.form, found))
    return page(more, recalled=found, **shown)


def typed() -> PlanForm:
    """The form as it was sent, with the rows that it had, or more where these are asked for."""
    count = sum(1 for name in request.form if re.fullmatch(r"item_\d+", name))
    form = planning(db.session(), min(MOST, max(A_FEW, count + (A_FEW if "more" in request.form else 0))))
    form.process(request.form)
    return form


def taken(form: PlanForm, **shown: Any) -> ResponseReturnValue:
    """The plan as it was typed, with what a standard asks behind it; nothing is recorded."""
    try:
        found = take(db.session(), me, form.from_standard.data or "", form.from_category.data or "")
        filled, there = form.filled(), {form.source_of(row) for row in form.filled()}
        rows = [each for each in found if each.standard_limit_id not in there]
        if len(filled) + len(rows) > MOST:
            text = _("A plan has room for %(most)s test items", most=MOST)
            raise Invalid(FieldProblem("from_standard", "too_many", text))
    except Invalid as wrong:
        return refused(form, wrong, **shown)
    typed_so = MultiDict(request.form)
    free = (row for row in range(1, MOST + 1) if row not in filled)
    for each, row in zip(rows, free, strict=False):
        for name, value in each._asdict().items():
            typed_so[f"{'source' if name == 'standard_limit_id' else name}_{row}"] = str(value)
        typed_so[f"product_{row}"] = ""
    typed_so["from_standard"] = typed_so["from_category"] = ""
    more = planning(db.session(), max(len(form.rows()), len(filled) + len(rows) + 1))
    more.process(typed_so)
    return page(more, **shown)


def refused(form: PlanForm, wrong: Invalid, **shown: Any) -> ResponseReturnValue:
    loose = put_beside(form, at_their_rows(form, wrong.problems))
    return make_response(page(form, loose, **shown), 422)


def page(form: PlanForm, loose: Sequence[Text] = (), **shown: Any) -> str:
    session, rows = db.session(), range(1, len(form.rows()) + 1)
    known = sources(session, (form.source_of(row) for row in rows))
    return render_template(
        "desk/plan.html",
        form=form,
        what=WHAT,
        money=MONEY,
        overlap=OVERLAP,
        closed=closed_lately(session, me.organisation_id or 0, OFFERED),
        loose=loose,
        can_have_more=len(form.rows()) < MOST,
        sources=[own(known.get(form.source_of(row) or 0)) for row in rows],
        library=numbers_known(session, me, OFFERED),
        wishes=WISHES,
        **{"wishing": wished(), "found": None, "recalled": None} | shown,
    )


def wished() -> WishForm:
    """What was typed of wishes, or what they begin with."""
    return WishForm(request.form) if request.form else WishForm(data=WISHED)


def own(source: Source | None) -> Source | None:
    """Whatever number is sent along: of another's library nothing is told."""
    return source if source and source.standard.agency_id == me.organisation_id else None


def address(campaign: Campaign) -> str:
    return url_for("desk.dossier", kind="campaign", number=campaign.number)
