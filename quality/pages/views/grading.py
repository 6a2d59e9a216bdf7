"""How good laboratories are, for an agency's coordinators only; and where controls are registered."""

from __future__ import annotations

import io
import re
import secrets
from typing import NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from quality.campaigns.models import Campaign, CampaignItem, CampaignStatus
from quality.campaigns.queries import visible_to as visible_campaigns
from quality.controls import operations
from quality.controls.queries import laboratories, made_by_form
from quality.controls.standing import Standing, standings
from quality.core import clock
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, _
from quality.figures.rates import FEWEST, Rate
from quality.objections.queries import reversals
from quality.pages.book import XLSX
from quality.pages.forms.controls import COLUMNS, Likeness, Registering, Splitting, registering
from quality.pages.forms.sheet import put_beside
from quality.pages.grades_book import written
from quality.pages.grading import LaboratoryShown, chart_of, comparisons, laboratory_shown, outcomes_shown
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases.items import items_for
from quality.purchases.models import Sample
from quality.purchases.queries import one_visible_sample

grading = Blueprint("grading", __name__, url_prefix="/desk/laboratories")
NONE = Rate(0, 0)
LONGEST = 200
TOKEN = re.compile(r"[0-9a-f]{32}")


@grading.get("/")
@needs(Can.CONTROL_READ)
def listed() -> ResponseReturnValue:
    return render_template("desk/laboratories.html", rows=rows(), least=FEWEST, may_keep=me.can(Can.CONTROL_KEEP))


def rows() -> list[LaboratoryShown]:
    """Every laboratory that got a control, or whose result was tested again."""
    session = db.session()
    found, fell, houses = standings(session, me), reversals(session, me.organisation_id), laboratories(session)
    return [
        laboratory_shown(house.code, house.name, found.get(key, Standing(key, 0, [], [])), fell.get(key, NONE))
        for key, house in houses.items()
        if key in found or key in fell
    ]


@grading.get("/laboratory")
@needs(Can.CONTROL_READ)
def one() -> ResponseReturnValue:
    """One of them: its scores in time, its portions, and where it was compared with another."""
    if not (code := request.args.get("code")):
        return redirect(url_for("grading.listed"))
    session, house = db.session(), called(code)
    standing = standings(session, me).get(house.id, Standing(house.id, 0, [], []))
    fell = reversals(session, me.organisation_id).get(house.id, NONE)
    return render_template(
        "desk/laboratory_grades.html",
        house=house,
        row=laboratory_shown(house.code, house.name, standing, fell),
        chart=chart_of(standing.outcomes),
        outcomes=outcomes_shown(standing.outcomes),
        comparisons=comparisons(standing.pairs),
        least=FEWEST,
    )


def called(code: str) -> Organisation:
    house = next((each for each in laboratories(db.session()).values() if each.code == code), None)
    if house is None:
        raise NotFound(code[:LONGEST])
    return house


@grading.get("/laboratories.xlsx", endpoint="book")
@needs(Can.CONTROL_READ)
def book() -> ResponseReturnValue:
    found, houses = standings(db.session(), me), laboratories(db.session())
    content = io.BytesIO(written(rows(), [(houses[key].code, each) for key, each in found.items()]))
    name = str(_("Laboratories %(on)s.xlsx", on=f"{clock.now().astimezone(clock.BEIJING):%Y-%m-%d}"))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=name))


# --- a new control ---


class Passing(NamedTuple):
    """What it passes for: a product of a campaign, with the items that are tested in it."""

    campaign: Campaign
    product: str
    items: list[CampaignItem]
    like: Sample | None


@grading.get("/control")
@needs(Can.CONTROL_KEEP)
def new() -> ResponseReturnValue:
    asked = {"sample", "campaign", "product"} & request.args.keys()
    form = likeness(request.args if asked else None)
    if not asked:
        return make_response(choosing(form))
    try:
        passing = understood(form)
    except Invalid as wrong:
        return make_response(choosing(form, put_beside(form, wrong.problems)), 422)
    return make_response(register_page(passing, registering(passing.items)))


@grading.post("/control", endpoint="register")
@comes_back
@needs(Can.CONTROL_KEEP)
def register() -> ResponseReturnValue:
    if before := sent_before():
        return before
    passed, session = likeness(request.form), db.session()
    try:
        passing = understood(passed)
    except Invalid as wrong:
        return make_response(choosing(passed, put_beside(passed, wrong.problems)), 422)
    form = registering(passing.items)
    form.process(request.form)
    try:
        if not form.validate():
            raise Invalid
        control = operations.register(
            session,
            passing.campaign,
            by=me,
            product_name=passing.product,
            material=form.material.data or "",
            contents=form.contents(passing.items),
            like=passing.like,
            sent_as=token(),
        )
    except Invalid as wrong:
        session.rollback()
        return make_response(register_page(passing, form, put_beside(form, wrong.problems)), 422)
    flash(str(_("%(number)s is registered. Seal a portion of it and send it.", number=control.number)), "success")
    return redirect(url_for("desk.dossier", kind="control", number=control.number))


@grading.post("/split", endpoint="split")
@comes_back
@needs(Can.CONTROL_KEEP)
def split() -> ResponseReturnValue:
    if before := sent_before():
        return before
    form, session = Splitting(request.form), db.session()
    try:
        if not form.validate():
            raise Invalid
        sample = sample_called(form.split_of.data or "", "split_of")
        control = operations.register_split(session, sample, by=me, material=form.material.data or "", sent_as=token())
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(choosing(likeness(None), [], form, loose), 422)
    flash(str(_("%(number)s is registered. Seal a portion of it and send it.", number=control.number)), "success")
    return redirect(url_for("desk.dossier", kind="control", number=control.number))


def token() -> str:
    """By which a form that is sent twice is known."""
    given = request.form.get("sent_as", "")
    return given if TOKEN.fullmatch(given) else secrets.token_hex(16)


def sent_before() -> ResponseReturnValue | None:
    there = made_by_form(db.session(), token())
    if there is None or there.agency_id != me.organisation_id:
        return None
    flash(str(_("This form was sent before: it made %(number)s", number=there.number)), "info")
    return redirect(url_for("desk.dossier", kind="control", number=there.number))


def likeness(typed: MultiDict[str, str] | None) -> Likeness:
    form = Likeness(typed)
    asked = visible_campaigns(me).where(
        Campaign.status == CampaignStatus.IN_FIELD, Campaign.agency_id == me.organisation_id
    )
    form.campaign.offer({each.number: each.title for each in db.session().scalars(asked)})
    return form


def understood(form: Likeness) -> Passing:
    if not form.validate():
        raise Invalid
    if number := form.sample.data:
        sample = sample_called(number, "sample")
        return Passing(sample.campaign, sample.product_name, items_for(sample), sample)
    if not form.campaign.data:
        raise Invalid(problem("sample", _("Enter the number of a sample, or choose a campaign and name a product")))
    asked = visible_campaigns(me).where(Campaign.number == form.campaign.data)
    campaign, product = db.session().scalars(asked).one(), (form.product.data or "").strip()
    if not product:
        raise Invalid(problem("product", _("Enter the product it passes for")))
    items = operations.items_of(campaign, product)
    if not items:
        raise Invalid(problem("product", _("The campaign tests nothing in this product")))
    return Passing(campaign, product, items, None)


def sample_called(number: str, field: str) -> Sample:
    try:
        sample = one_visible_sample(db.session(), me, number)
    except NotFound:
        raise Invalid(problem(field, _("There is no sample %(number)s", number=number[:LONGEST]))) from None
    if not me.stands_over(sample):
        raise Invalid(problem(field, _("This sample is another agency's; you may only read it")))
    return sample


def problem(field: str, text: Text) -> FieldProblem:
    return FieldProblem(field, "unknown", text)


def choosing(form: Likeness, loose: object = (), other: Splitting | None = None, wrong: object = ()) -> str:
    split = other or Splitting()
    return render_template(
        "desk/control_new.html", form=form, loose=loose, split=split, loose_split=wrong, sent_as=token()
    )


def register_page(passing: Passing, form: Registering, loose: object = ()) -> str:
    return render_template(
        "desk/control_contents.html", passing=passing, form=form, loose=loose, columns=COLUMNS, sent_as=token()
    )
