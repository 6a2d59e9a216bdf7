"""Cover identities: which there are and how often each was seen; what they say, after a look that is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.pages.covers import lines
from quality.pages.forms.covers import CALLED, RetiringForm, by_line, covers_form, retiring_form, rows_of, too_many
from quality.pages.forms.purchases import Reading, cipher, reading
from quality.pages.forms.sheet import put_beside
from quality.pages.views.desk import version_read
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.people.looks import LookReason, read_reason
from quality.permissions import Can, Sees
from quality.purchases.covers import CoverIdentity
from quality.purchases.operations.covers import (
    add_covers,
    buyers_here,
    one_cover,
    platforms_there,
    retire,
    show_cover,
    visible_covers,
)
from quality.purchases.rules import limits_of
from quality.purchases.sightings import of_a_cover

covers = Blueprint("covers", __name__, url_prefix="/desk/covers")
A_PAGE = 100
LARGEST = 2**31


@covers.get("/")
@needs(Can.COVER_READ)
def listed() -> ResponseReturnValue:
    return page()


@covers.post("/", endpoint="add")
@comes_back
@needs(Can.COVER_KEEP)
def add() -> ResponseReturnValue:
    session = db.session()
    form = covers_form(request.form, *names())
    rows, places = rows_of(form)
    try:
        if not form.validate():
            raise Invalid
        if problems := too_many(form):
            raise Invalid(*problems)
        made = add_covers(session, rows, by=me, cipher=cipher())
    except Invalid as wrong:
        session.rollback()
        return make_response(page(form, put_beside(form, by_line(wrong.problems, places))), 422)
    numbers = " – ".join(dict.fromkeys([made[0].number, made[-1].number]))
    flash(str(_("Registered, %(count)s: %(numbers)s", count=len(made), numbers=numbers)), "success")
    return redirect(url_for("covers.listed"))


@covers.get("/<int:cover>")
@needs(Can.COVER_READ, once_found=True)
def one(cover: int) -> ResponseReturnValue:
    return cover_page(the_cover(cover), reading(), retiring_form())


@covers.post("/<int:cover>", endpoint="show")
@comes_back
@needs(Can.COVER_READ, once_found=True)
def show(cover: int) -> ResponseReturnValue:
    """Each value that is shown is recorded with its reader and the reason; buyers need none, who buy with it."""
    found, form = the_cover(cover), reading(request.form)
    why = str(_("To buy with it")) if me.sees is Sees.OWN_WORK else form.why.data or ""
    try:
        if me.sees is not Sees.OWN_WORK and not form.validate():
            raise Invalid
        reason = LookReason.OWN if me.sees is Sees.OWN_WORK else read_reason(form.reason.data or "")
        shown = show_cover(db.session(), found, by=me, cipher=cipher(), why=why, reason=reason)
    except Invalid as wrong:
        db.session.rollback()
        put_beside(form, wrong.problems)
        return make_response(cover_page(the_cover(cover), form, retiring_form()), 422)
    return cover_page(found, form, retiring_form(), shown)


@covers.post("/<int:cover>/retire", endpoint="retire")
@comes_back
@needs(Can.COVER_KEEP, once_found=True)
def take_out_of_use(cover: int) -> ResponseReturnValue:
    found, form = the_cover(cover), retiring_form(request.form)
    try:
        if not form.validate():
            raise Invalid
        retire(db.session(), found, form.reason.data or "", by=me, version=version_read())
    except Invalid as wrong:
        db.session.rollback()
        put_beside(form, wrong.problems)
        return make_response(cover_page(the_cover(cover), reading(), form), 422)
    flash(str(_("%(number)s is not offered any more", number=found.number)), "success")
    return redirect(url_for("covers.listed"))


def the_cover(key: int) -> CoverIdentity:
    found = one_cover(db.session(), me, key)
    if me.sees is not Sees.OWN_WORK:
        require_for(found)
    return found


def names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Platforms by their codes, and buyers by their addresses, as the operation reads them."""
    session = db.session()
    platforms = {each.code: each.name for each in platforms_there(session)}
    return platforms, {each.email: each.name or each.email for each in buyers_here(session, me)}


def page(form: object = None, loose: object = ()) -> str:
    session, after = db.session(), request.args.get("after", default=0, type=int)
    asked = visible_covers(me).where(CoverIdentity.id > min(after, LARGEST - 1))
    loaded = asked.options(joinedload(CoverIdentity.platform), joinedload(CoverIdentity.buyer)).limit(A_PAGE + 1)
    found = session.scalars(loaded).all()
    shown, limits = found[:A_PAGE], limits_of(session, me.organisation_id)
    if form is None and me.can(Can.COVER_KEEP):
        form = covers_form(None, *names())
    return render_template(
        "desk/covers.html",
        lines=lines(session, me, shown, limits),
        limits=limits,
        further=shown[-1].id if len(found) > A_PAGE else None,
        form=form if me.can(Can.COVER_KEEP) else None,
        loose=loose,
    )


def cover_page(cover: CoverIdentity, form: Reading, retiring: RetiringForm, shown: dict[str, str] | None = None) -> str:
    said: list[tuple[Text, str]] | None = None
    if shown is not None:
        said = [(CALLED[kind], shown[kind]) for kind in CALLED if kind in shown]
    limits = limits_of(db.session(), cover.agency_id)
    [line] = lines(db.session(), me, [cover], limits)
    # who else buys with it, and what, is no buyer's business
    seen = None if me.sees is Sees.OWN_WORK and cover.buyer_id is None else of_a_cover(db.session(), cover, limits)
    return render_template(
        "desk/cover.html",
        seen=seen,
        may_open=me.sees is not Sees.OWN_WORK,
        line=line,
        cover=cover,
        form=form,
        retiring=retiring,
        said=said,
        needs_no_reason=me.sees is Sees.OWN_WORK,
        may_read=me.can(Can.IDENTITY_READ) or me.sees is Sees.OWN_WORK,
        may_keep=me.can(Can.COVER_KEEP) and cover.retired_at is None,
    )
