"""The standards library of an agency: what its campaigns take their limits from, and who changed what, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import Text, _
from quality.pages.forms.fields import shown
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.standards import A_FEW, HeadForm, ItemForm, NewForm, head_of, item_form
from quality.pages.reviewing import Difference, difference
from quality.pages.timeline import Names
from quality.pages.views.desk import version_read
from quality.pages.words import Tone, word
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.standards import operations, queries
from quality.standards.contents import MOST_LIMITS, ItemText, changes, contents_of, limit_with_unit
from quality.standards.models import Edition, Standard

standards = Blueprint("standards", __name__, url_prefix="/desk/standards")
A_PAGE = 30
LONGEST_QUESTION = 100
STANDINGS: dict[str, tuple[Tone, Text]] = {
    "in_force": (Tone.OK, _("in force")),
    "not_yet": (Tone.WAIT, _("not in force yet")),
    "ended": (Tone.IDLE, _("out of force")),
}


def standing(edition: Edition, today: date) -> str:
    if edition.valid_until and edition.valid_until < today:
        return "ended"
    return "not_yet" if edition.valid_from and edition.valid_from > today else "in_force"


@standards.get("/")
@needs(Can.STANDARD_READ)
def listed() -> ResponseReturnValue:
    typed, after = shown(request.args.get("q", "")).strip()[:LONGEST_QUESTION], shown(request.args.get("after", ""))
    found = queries.listed(db.session(), me, typed, after, A_PAGE)
    return render_template(
        "desk/standards.html",
        found=[(each, STANDINGS[standing(each, today())]) for each in found[:A_PAGE]],
        older=found[A_PAGE - 1].standard.number if len(found) > A_PAGE else None,
        typed=typed,
        after=after,
        names=Names(db.session(), {each.author_id for each in found}, me),
        may_edit=me.can(Can.STANDARD_EDIT),
    )


def today() -> date:
    return day_of(clock.now())


@standards.get("/new")
@needs(Can.STANDARD_EDIT)
def new() -> ResponseReturnValue:
    return head_page(NewForm())


@standards.post("/new", endpoint="add")
@comes_back
@needs(Can.STANDARD_EDIT)
def add() -> ResponseReturnValue:
    form = NewForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        contents, reason = form.contents(), form.reason.data or ""
        standard = operations.add(db.session(), form.number.data or "", contents, reason, by=me)
    except Invalid as wrong:
        db.session.rollback()
        return make_response(head_page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("%(number)s is in the library. Add its test items next.", number=standard.number)), "success")
    return redirect(url_for("standards.one", standard=standard.id))


@standards.get("/<int:standard>")
@acting
def one(standard: int) -> ResponseReturnValue:
    session = db.session()
    found = queries.one_visible(session, me, standard)
    edition = queries.one_edition(session, found, request.args.get("edition", type=int))
    every = queries.headings_of(session, found)
    categories, chosen = queries.categories_of(edition), request.args.get("category", "")
    limits = queries.limits_for(edition, chosen) if chosen in categories and chosen else None
    return render_template(
        "desk/standard.html",
        standard=found,
        edition=edition,
        limits=[limit for item in edition.items for limit in item.limits] if limits is None else limits,
        categories=categories,
        chosen=chosen,
        standing=STANDINGS[standing(edition, today())],
        successor=queries.by_number(session, me, edition.succeeded_by) if edition.succeeded_by else None,
        editions=every,
        differences=differences(found, edition),
        names=Names(session, {each.author_id for each in every}, me),
        may_edit=may_edit(found) and edition.edition == found.edition,
        with_unit=limit_with_unit,
    )


def may_edit(standard: Standard) -> bool:
    return me.can(Can.STANDARD_EDIT) and me.stands_over(standard)


def differences(standard: Standard, edition: Edition) -> list[Difference] | None:
    """What this edition changed; None of the first."""
    if edition.edition == 1:
        return None
    before = queries.one_edition(db.session(), standard, edition.edition - 1)
    return [difference("standard", each, in_words) for each in changes(contents_of(before), contents_of(edition))]


def in_words(field: str, value: str | None) -> Text:
    return word(field, value) if value and field in {"severity", "rule"} else value or "—"


# --- the head ---


@standards.get("/<int:standard>/amend")
@needs(Can.STANDARD_EDIT, once_found=True)
def amending(standard: int) -> ResponseReturnValue:
    found = to_edit(standard)
    form = head_of(contents_of(queries.one_edition(db.session(), found)))
    return head_page(form, standard=found, version=found.version)


@standards.post("/<int:standard>/amend", endpoint="amend")
@comes_back
@needs(Can.STANDARD_EDIT, once_found=True)
def amend(standard: int) -> ResponseReturnValue:
    found, version = to_edit(standard), version_read()
    form = HeadForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        items = contents_of(queries.one_edition(db.session(), found)).items
        contents, reason = form.contents(items), form.reason.data or ""
        is_new = operations.revise(db.session(), found, contents, reason, by=me, version=version)
    except Invalid as wrong:
        db.session.rollback()
        return make_response(head_page(form, put_beside(form, wrong.problems), found, version), 422)
    return back_to(found, is_new)


def to_edit(key: int) -> Standard:
    found = queries.one_visible(db.session(), me, key)
    require_for(found)
    return found


def head_page(
    form: HeadForm, loose: Sequence[Text] = (), standard: Standard | None = None, version: int | None = None
) -> str:
    fields = form.in_order() if isinstance(form, NewForm) else list(form)
    return render_template(
        "desk/standard_head.html", form=form, fields=fields, loose=loose, standard=standard, version=version
    )


def back_to(standard: Standard, is_new: bool) -> ResponseReturnValue:
    if is_new:
        flash(
            str(_("Version %(edition)s of %(number)s is kept.", edition=standard.edition, number=standard.number)),
            "success",
        )
    else:
        flash(str(_("Nothing is different; nothing was written down.")), "info")
    return redirect(url_for("standards.one", standard=standard.id))


# --- one item ---


@standards.get("/<int:standard>/item")
@needs(Can.STANDARD_EDIT, once_found=True)
def new_item(standard: int) -> ResponseReturnValue:
    found = to_edit(standard)
    return item_page(item_form(A_FEW), found, found.version)


@standards.post("/<int:standard>/item", endpoint="add_item")
@comes_back
@needs(Can.STANDARD_EDIT, once_found=True)
def add_item(standard: int) -> ResponseReturnValue:
    return keep_item(to_edit(standard), None)


@standards.get("/<int:standard>/item/<int:entry>")
@needs(Can.STANDARD_EDIT, once_found=True)
def changing_item(standard: int, entry: int) -> ResponseReturnValue:
    found = to_edit(standard)
    item = item_text(found, entry)
    return item_page(item_form(len(item.limits) + A_FEW, item), found, found.version, item)


@standards.post("/<int:standard>/item/<int:entry>", endpoint="change_item")
@comes_back
@needs(Can.STANDARD_EDIT, once_found=True)
def change_item(standard: int, entry: int) -> ResponseReturnValue:
    found = to_edit(standard)
    return keep_item(found, item_text(found, entry))


def item_text(standard: Standard, entry: int) -> ItemText:
    """Of any edition: who comes from an old page is told by the version what happened since."""
    name = queries.item_name(db.session(), standard, entry)
    there = contents_of(queries.one_edition(db.session(), standard)).items
    found = next((each for each in there if each.item == name), None)
    if found is None:
        raise NotFound(name)
    return found


def keep_item(standard: Standard, instead_of: ItemText | None) -> ResponseReturnValue:
    session, version = db.session(), version_read()
    count = sum(1 for name in request.form if re.fullmatch(r"limit_\d+", name))
    form = item_form(max(A_FEW, count + (A_FEW if "more" in request.form else 0)))
    form.process(request.form)
    if "more" in request.form:
        return item_page(form, standard, version, instead_of)
    reason = form.reason.data or ""
    try:
        if "drop" in request.form and instead_of:
            operations.drop_item(session, standard, instead_of.item, reason, by=me, version=version)
            return back_to(standard, is_new=True)
        if not form.validate():
            raise Invalid
        old = instead_of.item if instead_of else None
        is_new = operations.set_item(session, standard, form.text(), reason, by=me, instead_of=old, version=version)
    except Invalid as wrong:
        session.rollback()
        loose = put_beside(form, form.at_their_rows(wrong.problems))
        return make_response(item_page(form, standard, version, instead_of, loose), 422)
    return back_to(standard, is_new)


def item_page(
    form: ItemForm, standard: Standard, version: int, instead_of: ItemText | None = None, loose: Sequence[Text] = ()
) -> str:
    return render_template(
        "desk/standard_item.html",
        form=form,
        standard=standard,
        version=version,
        instead_of=instead_of,
        loose=loose,
        can_have_more=len(form.rows()) < MOST_LIMITS,
    )
