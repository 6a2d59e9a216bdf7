"""The desk: lists of the cases that I may see, the dossier of each, and the moves that take no more than a note."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.campaigns.models import CampaignStatus
from quality.campaigns.queries import seed_of
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted, Refused
from quality.core.words import Text, _
from quality.core.workflow import Part, Workflow
from quality.evidence.apart import are_waiting
from quality.field.meeting import one_sided
from quality.pages import dossier as drawn
from quality.pages.asking import DUE, KEPT, ORDERS, asked_of, too_long
from quality.pages.draws import chance_in_words, command, order_in_words, page_of_units
from quality.pages.forms.fields import Form, Scanned, shown
from quality.pages.forms.sheet import Sheet, put_beside, unchanged
from quality.pages.kinds import Kind, Made, kind_for
from quality.pages.listing import active, dues, found_everywhere, has_days, listed, offered
from quality.pages.mending import as_typed_on_the_phone, mended
from quality.pages.scanning import code_on_paper, read_labels, read_picture
from quality.pages.walking import LOOKED, Page
from quality.pages.words import STATUSES
from quality.pages.worklist import context as work_of
from quality.people import kept
from quality.people.access import acting, me
from quality.people.kept import comes_back
from quality.people.keyring import soon_over
from quality.permissions import Can
from quality.publication.search import visible
from quality.purchases.blind import is_whole_but_wrong
from quality.web import errors

VERSION_DIGITS = 9  # what the column holds

desk = Blueprint("desk", __name__, url_prefix="/desk")


@desk.get("/")
@acting
def home() -> ResponseReturnValue:
    if me.can(Can.PERSON_READ):  # an administrator sees no case
        return redirect(url_for("people.everybody"))
    work = work_of(db.session(), me, request.args)
    ending = soon_over(db.session(), person=me.person)
    apart = me.can(Can.EVIDENCE_JUDGE) and are_waiting(db.session(), me)
    alone = bool(one_sided(db.session(), me, most=1))
    return render_template("desk/home.html", keys_ending=ending, apart=apart, one_sided=alone, **work)


@desk.get("/search")
@acting
def search() -> ResponseReturnValue:
    """By number, product, shop or listing, across what one may see."""
    typed = visible(request.args.get("q", ""))[:KEPT]
    if code := code_on_paper(typed):  # a label was scanned into the field
        return redirect(url_for("papers.lead", code=code))
    problem = too_long(typed)
    found = [] if problem else found_everywhere(db.session(), typed, me)
    if not found and me.can(Can.PORTION_READ) and is_whole_but_wrong(typed):
        problem = FieldProblem(
            "q", "mistyped_blind_no", _("Check the blind number; this cannot be one, as in MY-7K3X-92AM")
        )
    shown = render_template("desk/search.html", typed=typed, found=found, problem=problem, statuses=STATUSES)
    return make_response(shown, 422 if problem else 200)


@desk.get("/<kind>/")
@acting
def cases(kind: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    asked = asked_of(found, request.args)
    choices = offered(session, found, me)
    page = Page([]) if asked.problems else listed(session, found, asked, me)
    shown = render_template(
        "desk/cases.html",
        kind=found,
        asked=asked,
        page=page,
        dues=dues(session, found, page.rows) if asked.order == DUE and found.has_clock else {},
        active=active(found, asked, choices),
        offered=choices,
        orders=ORDERS if found.has_clock else {},
        has_days=has_days(found, me),
        looked=LOOKED,
        statuses=STATUSES[found.name],
        beginning=found.begins(me),
        across=found.across(me),
        many=found.many(me),
    )
    return make_response(shown, 422 if asked.problems else 200)


@desk.get("/<kind>/<number>")
@acting
def dossier(kind: str, number: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    return render_template(f"desk/{kind}.html", **drawn.page(session, found, case, me))


class Asked(NamedTuple):
    """A form that was opened or sent: of which move, of which case, or of which part of it."""

    kind: Kind
    case: Any
    subject: Any  # the case, or the part of it that moves
    life: Workflow[Any]
    name: str
    sheet: Sheet

    def refuse_unless_due(self) -> None:
        drawn.refuse_unless_due(self.life, self.name, self.sheet, self.subject, me)

    def form(self) -> Form:
        return self.sheet.form(db.session(), self.subject, me)

    @property
    def label(self) -> Text:
        return self.sheet.label or self.life[self.name].label


@desk.get("/<kind>/<number>/<name>")
@acting
def sheet(kind: str, number: str, name: str) -> ResponseReturnValue:
    """The form of a move. One that is refused now is not filled in for nothing."""
    found = kind_for(me, kind)
    case = found.one_visible(db.session(), me, number)
    if name not in found.sheets:
        raise NotFound(name)
    return opened(Asked(found, case, case, found.life, name, found.sheets[name]))


@desk.get("/<kind>/<number>/<int:part>/<name>")
@acting
def part_sheet(kind: str, number: str, part: int, name: str) -> ResponseReturnValue:
    found = kind_for(me, kind)
    case = found.one_visible(db.session(), me, number)
    one = part_of(found, case, part)
    if name not in found.part_sheets or found.part_life is None:
        raise NotFound(name)
    return opened(Asked(found, case, one, found.part_life, name, found.part_sheets[name]))


@desk.post("/<kind>/<number>/<name>")
@comes_back
@acting
def move(kind: str, number: str, name: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    if name in found.sheets:
        return fill_in(Asked(found, case, case, found.life, name, found.sheets[name]))
    deed = found.deeds.get(name)
    made = deed.made if deed else found.makes.get(name)
    if made is None and name not in found.life:
        raise NotFound(name)
    if deed and (never := deed.not_permitted(case, me)):
        raise never
    refuse_unless_permitted(found.life, name, case)
    if made is None:
        raise NotPermitted("no_page", drawn.ELSEWHERE)
    try:
        make(made, case)
    except Invalid as wrong:
        return note_again(found, case, name, wrong)
    return done(found, case, deed.label if deed else None)


@desk.post("/<kind>/<number>/<int:part>/<name>")
@comes_back
@acting
def part_move(kind: str, number: str, part: int, name: str) -> ResponseReturnValue:
    """A move of one part of the case: of a listing on a notice."""
    found = kind_for(me, kind)
    case = found.one_visible(db.session(), me, number)
    one = part_of(found, case, part)
    if name in found.part_sheets and found.part_life is not None:
        return fill_in(Asked(found, case, one, found.part_life, name, found.part_sheets[name]))
    if name not in found.part_makes:
        raise NotFound(name)
    if found.part_life is not None:
        refuse_unless_permitted(found.part_life, name, one)
    try:
        make(found.part_makes[name], one)
    except Invalid as wrong:
        return note_again(found, case, f"{name}-{part}", wrong)
    return done(found, case, found.part_life[name].label if found.part_life else None)


def refuse_unless_permitted(life: Workflow[Any], name: str, case: Any) -> None:
    """Before anything else is looked at: who may never do this learns that, and not what is missing or out of date."""
    if name in life and (never := life[name].not_permitted(case, me)):
        raise never


def part_of(found: Kind, case: Any, part: int) -> Part:
    one = next((each for each in found.parts(case) if each.id == part), None)
    if one is None:
        raise NotFound(str(part))
    return one


def opened(asked: Asked) -> ResponseReturnValue:
    asked.refuse_unless_due()
    form = asked.form()
    loose = as_typed_on_the_phone(db.session(), me, form, request.args.get("piece", type=int))
    return sheet_page(asked, form, asked.subject.version, loose)


def fill_in(asked: Asked) -> ResponseReturnValue:
    """What was typed goes to the operation; with anything wrong in it, it comes back as it was, and nothing is kept."""
    session, version, before = db.session(), version_read(), asked.case.status
    try:
        asked.refuse_unless_due()
    except NotPermitted:
        raise
    except Refused:  # because of what was done since the page was opened? then who did it is the answer
        unchanged(session, asked.subject, version)
        raise
    form = asked.form()
    form.process(CombinedMultiDict((request.form, request.files)))
    read_labels(session, form)
    if "read" in request.form:
        return read_off(asked, form, version, request.form["read"])
    if "check" in request.form and asked.sheet.shown:  # looked at once more, and nothing recorded
        return make_response(sheet_page(asked, form, version))
    try:
        if not form.validate():
            raise Invalid
        came = asked.sheet.act(session, asked.subject, form, me, version)
    except Invalid as wrong:
        session.rollback()
        loose = [*put_beside(form, wrong.problems), *kept.said_of(kept.names_of_files())]
        return make_response(came_back(asked, form, version, loose), 422)
    mended(session, me, request.args.get("piece", type=int))
    if asked.sheet.shows_once:
        return asked.sheet.shows_once(asked.case, came)
    if asked.sheet.goes_on:
        return redirect(asked.sheet.goes_on(asked.case, came))
    has_moved = asked.subject is asked.case and asked.name in asked.life and asked.case.status != before
    return done(asked.kind, asked.case, None if has_moved else asked.label)


def read_off(asked: Asked, form: Form, version: int, name: str) -> ResponseReturnValue:
    """A number is filled in from a picture of it; nothing is recorded, and the picture is not kept."""
    if name not in form or not isinstance(form[name], Scanned):
        abort(422)
    wrong = read_picture(db.session(), form, name, request.files.get(f"{name}-picture"))
    if wrong:
        form[name].errors = [str(wrong)]
    return make_response(came_back(asked, form, version, ()), 422 if wrong else 200)


def came_back(asked: Asked, form: Form, version: int, loose: Sequence[Text]) -> str:
    """Where it was filled in: on the page of the case, if it stood there."""
    if "in_place" in request.form:
        page = drawn.page(db.session(), asked.kind, asked.case, me)
        if again := asked.kind.in_place(page, asked.name, form):
            more = {"loose": loose, "version": version, **again}
            return render_template(f"desk/{asked.kind.name}.html", **page | more)
    return sheet_page(asked, form, version, loose)


def sheet_page(asked: Asked, form: Form, version: int, loose: Sequence[Text] = ()) -> str:
    heading = asked.label
    more = asked.sheet.shown(db.session(), asked.subject, form) if asked.sheet.shown else {}
    return render_template(
        asked.sheet.template, asked=asked, heading=heading, form=form, loose=loose, version=version, **more
    )


def done(found: Kind, case: Any, deed: Text | None = None) -> ResponseReturnValue:
    """Back at the case, with its new status; where it stays in it (`deed`), with what was done."""
    now, number = STATUSES[found.name][case.status].word, (found.called or found.number)(case)
    said = (
        _("Done: %(deed)s", deed=deed) if deed else _("Done: %(number)s is now: %(status)s", number=number, status=now)
    )
    flash(str(said), "success")
    return redirect(found.address(case))


def make(made: Made, case: Any) -> None:
    """What was sent, through the operation of the room. A page says which version it showed."""
    kept.refuse()
    version, note = version_read(), visible(request.form.get("note", ""))[:1000]
    if made.must and not note:
        raise Invalid(FieldProblem("note", "missing", _("Fill this in")))
    made.act(db.session(), case, me, version, note)


def note_again(found: Kind, case: Any, move: str, wrong: Invalid) -> ResponseReturnValue:
    """The page of the case once more, with what is wrong said at the note of that move."""
    if errors.wants_problem():
        raise wrong
    session = db.session()
    session.rollback()
    page = drawn.page(session, found, case, me)
    typed, said = shown(request.form.get("note", "")), [problem.text for problem in wrong.problems]

    def again(choice: drawn.Choice) -> drawn.Choice:
        return choice._replace(typed=typed, wrong=said) if choice.id == move else choice

    moves = [again(choice) for choice in page["moves"]]
    part_moves = {part: [again(choice) for choice in some] for part, some in page["part_moves"].items()}
    more = {"moves": moves, "part_moves": part_moves, "mended": [*moves, *chain(*part_moves.values())]}
    return make_response(render_template(f"desk/{found.name}.html", **page | more), 422)


def version_read() -> int:
    typed = request.form.get("version", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= VERSION_DIGITS):
        abort(422)
    return int(typed)


@desk.get("/campaign/<number>/drawn")
@acting
def drawn_list(number: str) -> ResponseReturnValue:
    """Secret until closing: the look is logged."""
    session, found = db.session(), kind_for(me, "campaign")
    campaign = found.one_visible(session, me, number)
    return render_template(
        "desk/drawn.html",
        kind=found,
        campaign=campaign,
        page=page_of_units(session, campaign, me, request.args),
        seed=seed_of(session, campaign, me),
        command=command(campaign),
        order=order_in_words(session, campaign),
        chance=chance_in_words,
        is_public=campaign.status == CampaignStatus.CLOSED,
    )
