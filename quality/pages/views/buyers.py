"""Who buys for an agency: how much each can buy in a week and where, and how often anybody may be seen."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.clocks.explain import CERTAINTIES
from quality.core.db import db
from quality.core.errors import Invalid, NotPermitted
from quality.core.words import _
from quality.pages.forms.buyers import ProfileForm, RulesForm, profile_form, rules_form, rules_sent
from quality.pages.forms.sheet import put_beside
from quality.pages.views.desk import version_read
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.purchases.profiles import BuyerThere, buyers_there, one_buyer, set_profile
from quality.purchases.rules import editions_of, limits_of, set_rules, usual
from quality.purchases.sightings import of_a_buyer

buyers = Blueprint("buyers", __name__, url_prefix="/desk/buyers")


@buyers.get("/")
@needs(Can.COVER_KEEP)
def listed() -> ResponseReturnValue:
    return page(rules_form(limits_of(db.session(), me.organisation_id)))


@buyers.post("/", endpoint="rules")
@comes_back
@needs(Can.COVER_KEEP)
def rules() -> ResponseReturnValue:
    form, session = RulesForm(request.form), db.session()
    try:
        if not form.validate():
            raise Invalid
        set_rules(session, rules_sent(form), edition=version_read(), by=me)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("Kept: it holds for tasks that are given out and for orders from now on.")), "success")
    return redirect(url_for("buyers.listed"))


@buyers.get("/<int:buyer>")
@needs(Can.COVER_KEEP, once_found=True)
def one(buyer: int) -> ResponseReturnValue:
    found = the_buyer(buyer)
    return profile_page(found, profile_form(found))


@buyers.post("/<int:buyer>", endpoint="profile")
@comes_back
@needs(Can.COVER_KEEP, once_found=True)
def profile(buyer: int) -> ResponseReturnValue:
    form, session = ProfileForm(request.form), db.session()
    found = the_buyer(buyer)
    try:
        if not form.validate():
            raise Invalid
        regions = (form.regions.data or "").splitlines()
        set_profile(session, found, per_week=form.per_week.data, regions=regions, version=version_read(), by=me)
    except Invalid as wrong:
        session.rollback()
        return make_response(profile_page(one_buyer(session, me, buyer), form, put_beside(form, wrong.problems)), 422)
    flash(str(_("Kept: the next proposals go by it")), "success")
    return redirect(url_for("buyers.listed"))


def the_buyer(key: int) -> BuyerThere:
    found = one_buyer(db.session(), me, key)
    if not me.can(Can.COVER_KEEP):
        raise NotPermitted("role_may_not", _("Your role may not open this"))
    return found


def profile_page(buyer: BuyerThere, form: ProfileForm, loose: object = ()) -> str:
    session, agency = db.session(), me.organisation_id
    assert agency is not None, "whoever keeps buyers works in an agency"
    return render_template(
        "desk/buyer.html",
        buyer=buyer,
        seen=of_a_buyer(session, agency, buyer.person.id, limits_of(session, agency)),
        version=buyer.profile.version if buyer.profile else 0,
        form=form,
        loose=loose,
    )


def page(form: RulesForm, loose: object = ()) -> str:
    session = db.session()
    found = editions_of(session, me)
    return render_template(
        "desk/buyers.html",
        buyers=buyers_there(session, me.organisation_id),
        limits=limits_of(session, me.organisation_id),
        rules=usual(),
        certainties=CERTAINTIES,
        editions=found,
        edition=found[0].edition if found else 0,
        form=form,
        loose=loose,
    )
