"""The desk: lists of the cases that I may see, the dossier of each, and the moves that take no more than a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict

from quality.campaigns.queries import drawn_list as drawn_units
from quality.core.db import db
from quality.core.errors import Invalid, NotFound, NotPermitted
from quality.core.words import Text, _
from quality.pages import dossier as drawn
from quality.pages.forms.fields import Form
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds import Kind, Made, kind_for, kinds_for
from quality.pages.words import STATUSES
from quality.people.access import acting, me, needs
from quality.permissions import Can

desk = Blueprint("desk", __name__, url_prefix="/desk")
A_PAGE = 30
A_FEW = 5


@desk.get("/")
@acting
def home() -> ResponseReturnValue:
    session = db.session()
    newest = [(kind, listed(session, kind, A_FEW)[0]) for kind in kinds_for(me)]
    return render_template("desk/home.html", newest=newest, statuses=STATUSES)


@desk.get("/<kind>/")
@acting
def cases(kind: str) -> ResponseReturnValue:
    found = kind_for(me, kind)
    rows, older = listed(db.session(), found, A_PAGE, request.args.get("before", type=int))
    return render_template("desk/cases.html", kind=found, rows=rows, older=older, statuses=STATUSES[found.name])


def listed(session: Session, kind: Kind, count: int, before: int | None = None) -> tuple[list[Any], int | None]:
    """The newest cases before the one with the id `before`, and from where the next page begins."""
    asked = kind.visible_to(me)
    if before is not None:
        asked = asked.where(kind.model.id < before)
    rows = list(session.scalars(asked.order_by(None).order_by(kind.model.id.desc()).limit(count + 1)))
    return rows[:count], rows[count - 1].id if len(rows) > count else None


@desk.get("/<kind>/<number>")
@acting
def dossier(kind: str, number: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    return render_template(f"desk/{kind}.html", **drawn.page(session, found, case, me))


@desk.get("/<kind>/<number>/<name>")
@acting
def sheet(kind: str, number: str, name: str) -> ResponseReturnValue:
    """The form of a move. One that is refused now is not filled in for nothing."""
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    if name not in found.sheets:
        raise NotFound(name)
    drawn.refuse_unless_due(found, case, name, me)
    return sheet_page(found, case, name, found.sheets[name].form(session, case, me), case.version)


@desk.post("/<kind>/<number>/<name>")
@acting
def move(kind: str, number: str, name: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    if name in found.sheets:
        return fill_in(found, case, name)
    made = found.deeds[name].made if name in found.deeds else found.makes.get(name)
    if made is None and name not in found.life:
        raise NotFound(name)
    if made is None:
        raise NotPermitted("no_page", drawn.ELSEWHERE)
    make(made, case)
    return done(found, case)


def fill_in(found: Kind, case: Any, name: str) -> ResponseReturnValue:
    """What was typed goes to the operation; with anything wrong in it, it comes back as it was, and nothing is kept."""
    session, filled = db.session(), found.sheets[name]
    drawn.refuse_unless_due(found, case, name, me)
    version = version_read()
    form = filled.form(session, case, me)
    form.process(CombinedMultiDict((request.form, request.files)))
    try:
        if not form.validate():
            raise Invalid
        filled.act(session, case, form, me, version)
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(sheet_page(found, case, name, form, version, loose=loose), 422)
    return done(found, case)


def sheet_page(found: Kind, case: Any, name: str, form: Form, version: int, *, loose: Sequence[Text] = ()) -> str:
    filled = found.sheets[name]
    return render_template(
        "desk/form.html",
        kind=found,
        case=case,
        heading=filled.label or found.life[name].label,
        says=filled.says,
        form=form,
        loose=loose,
        version=version,
    )


def done(found: Kind, case: Any) -> ResponseReturnValue:
    now = STATUSES[found.name][case.status].word
    flash(str(_("Done: %(number)s is now: %(status)s", number=found.number(case), status=now)), "success")
    return redirect(found.address(case))


@desk.post("/<kind>/<number>/<int:part>/<name>")
@acting
def part_move(kind: str, number: str, part: int, name: str) -> ResponseReturnValue:
    """A move of one part of the case: of a listing on a notice."""
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    one = next((each for each in found.describe(session, case, me).parts if each.id == part), None)
    if one is None or name not in found.part_makes:
        raise NotFound(name)
    make(found.part_makes[name], one)
    flash(str(_("Done: %(number)s", number=number)), "success")
    return redirect(url_for(".dossier", kind=kind, number=number))


def make(made: Made, case: Any) -> None:
    """What was sent, through the operation of the room. A page says which version it showed."""
    made.act(db.session(), case, me, version_read(), request.form.get("note", "").strip()[:1000])


def version_read() -> int:
    version = request.form.get("version", type=int)
    if version is None:
        abort(422)
    return version


@desk.get("/campaign/<number>/drawn")
@needs(Can.CAMPAIGN_READ)
def drawn_list(number: str) -> ResponseReturnValue:
    """Secret until closing: the look is logged."""
    session, found = db.session(), kind_for(me, "campaign")
    campaign = found.one_visible(session, me, number)
    return render_template("desk/drawn.html", kind=found, campaign=campaign, units=drawn_units(session, campaign, me))
