"""What a plan comes to with other numbers: asked by GET, so that an answer has an address, and nothing is recorded.

Only the button that takes them into the plan changes a draft, by the same operation as the plan's own form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from quality.campaigns import operations
from quality.campaigns.allocation import Method
from quality.campaigns.frame.kept import BEING_COUNTED
from quality.campaigns.models import Campaign
from quality.campaigns.queries import one_visible
from quality.campaigns.wishes import without_wishes
from quality.competence.queries import laboratories
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.words import Text, _
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.what_if import WhatIfForm, asking, field_of_design
from quality.pages.kinds.campaign import can_amend
from quality.pages.sizing import one_more
from quality.pages.views.desk import version_read
from quality.pages.views.drawing import the_campaign
from quality.pages.what_if import Answer, Question, Rates, answer, as_planned, own_n, slider, written
from quality.pages.what_if_words import shown, why_so
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.web import settings

OK = 200
CHANGED = _("Somebody else changed the plan meanwhile. Nothing was recorded; your numbers still stand here")

what_ifs = Blueprint("what_ifs", __name__, url_prefix="/desk/campaign/<number>/what-if")


@what_ifs.get("")
@acting
def page(number: str) -> ResponseReturnValue:
    campaign = the_campaign(number)
    if campaign.frame_sha256 is None:
        return render_template("desk/what_if.html", campaign=campaign, form=None)
    return drawn(campaign, form_of(campaign, request.args))


@what_ifs.post("", endpoint="take")
@comes_back
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def take(number: str) -> ResponseReturnValue:
    """The numbers that were asked become the draft's."""
    session = db.session()
    campaign = one_visible(session, me, number)
    require_for(campaign)
    form, version = form_of(campaign, request.form), version_read()
    try:
        if not form.validate():
            raise Invalid
        question = question_of(form)
        found = answer(session, campaign, question, me)
        changed = operations.as_written(campaign)._replace(
            design=written(found.design).canonical_json(),
            price_cap_fen=form.price_cap_fen.data,
            budget_fen=form.budget_fen.data,
            size_basis=one_more(without_wishes(campaign.size_basis, question.n), why_so(found, question.rate)),
        )
        operations.amend(session, campaign, changed, by=me, frames=settings().frames_folder, version=version)
    except Invalid as wrong:
        session.rollback()
        return drawn(campaign, form, wrong.problems)
    except (NotPermitted, NotFound):
        raise
    except Refused as no:
        session.rollback()
        return drawn(campaign, form, loose=[CHANGED if isinstance(no, Stale) else no.reason], status=409)
    flash(str(_("The plan of %(number)s is changed.", number=number)), "success")
    return redirect(url_for("desk.dossier", kind="campaign", number=number))


def form_of(campaign: Campaign, sent: MultiDict[str, str]) -> WhatIfForm:
    houses = {each.code: each.name for each in laboratories(db.session())}
    return asking(as_planned(campaign)._asdict(), houses, sent)


def question_of(form: WhatIfForm) -> Question:
    asked: dict[str, Any] = {name: None if form[name].errors else form[name].data for name in Question._fields}
    codes = {"method": Method(form.method.data or ""), "rates": Rates(form.rates.data or "")}
    return Question(**asked | codes | {"laboratory": form.laboratory.data or ""})


def only_the_wish_is_wrong(form: WhatIfForm) -> bool:
    """All the rest can be worked out without it."""
    return set(form.errors) == {"half_width"}


def drawn(
    campaign: Campaign,
    form: WhatIfForm,
    problems: Sequence[FieldProblem] = (),
    *,
    loose: Sequence[Text] = (),
    status: int = OK,
) -> ResponseReturnValue:
    """The page of what was asked, or of what is wrong with it."""
    found: Answer | None = None
    if not problems and (form.validate() or only_the_wish_is_wrong(form)):
        try:
            found = answer(db.session(), campaign, question_of(form), me)
        except Invalid as wrong:
            if any(each.code == BEING_COUNTED.code for each in wrong.problems):
                return render_template("desk/what_if.html", campaign=campaign, form=None, waits=BEING_COUNTED.text)
            problems = wrong.problems
    placed = [problem._replace(field=field_of_design(problem.field)) for problem in problems]
    said = [*loose, *put_beside(form, placed)]
    about: dict[str, Any] = {}
    if found is not None:
        low, high = slider(campaign, found.outcome.total.size)
        about = shown(found) | {"planned": own_n(campaign), "low": low, "high": high}
    page = render_template(
        "desk/what_if.html",
        campaign=campaign,
        form=form,
        loose=said,
        found=found,
        version=campaign.version,
        may_take=can_amend(campaign, me),
        **about,
    )
    return make_response(page, 422 if status == OK and (found is None or form.errors) else status)
