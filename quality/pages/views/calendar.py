"""The calendar of working days: which years are known, a year drafted and entered, and what each moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.clocks import drafts
from quality.clocks.calendar import Year, official_years
from quality.clocks.days import day_of
from quality.clocks.models import CalendarDraft, Redating
from quality.clocks.queries import calendar as calendar_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import Text, _
from quality.pages.forms.calendar import CalendarForm
from quality.pages.forms.sheet import put_beside
from quality.pages.redated import changes_of, kept_lists, moved
from quality.people import kept
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.people.models import Person
from quality.permissions import Can

calendar = Blueprint("calendar", __name__, url_prefix="/desk/calendar")
LARGEST = 2**31
SECONDS = 3  # until the page of a list that grows asks again
R = TypeVar("R", CalendarDraft, Redating)


class Known(NamedTuple):
    year: Year
    is_entered: bool
    is_official: bool


@calendar.get("/")
@needs(Can.CALENDAR_PROPOSE)
def years() -> ResponseReturnValue:
    return make_response(page(CalendarForm()))


@calendar.post("/", endpoint="draft")
@comes_back
@needs(Can.CALENDAR_PROPOSE)
def draft() -> ResponseReturnValue:
    form = CalendarForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        made = drafts.draft(db.session(), form.typed(), by=me)
    except Invalid as wrong:
        db.session().rollback()
        return make_response(page(form, put_beside(form, wrong.problems)), 422)
    flash(str(_("Drafted: nothing is moved yet. Another person enters it.")), "success")
    return redirect(url_for("calendar.drafted", draft=made.id))


@calendar.get("/draft")
@needs(Can.CALENDAR_PROPOSE)
def drafted() -> ResponseReturnValue:
    """Every deadline that it would move, before and after."""
    session, found = db.session(), asked(CalendarDraft, request.args.get("draft", type=int))
    drafter = session.get_one(Person, found.drafted_by_id).name if found.drafted_by_id else ""
    changes = [] if found.decided_at else drafts.would_move(session, found)
    return make_response(
        render_template(
            "desk/calendar_draft.html",
            draft=found,
            drafter=drafter,
            moved=moved(session, me, changes),
            may_enter=me.can(Can.CALENDAR_ENTER) and found.drafted_by_id != me.id and drafts.not_above_all(me) is None,
            may_take_back=me.can(Can.CALENDAR_ENTER) or found.drafted_by_id == me.id,
        )
    )


@calendar.post("/decide")
@needs(Can.CALENDAR_PROPOSE)
def decide() -> ResponseReturnValue:
    kept.refuse()
    session, found = db.session(), asked(CalendarDraft, request.form.get("draft", type=int))
    match request.form.get("decision"):
        case "enter":
            made = drafts.enter(session, found, by=me)
            flash(str(_("Entered: running deadlines are being dated anew")), "success")
            return redirect(url_for("calendar.moved_then", list=made.id))
        case "take_back":
            drafts.take_back(session, found, by=me)
            flash(str(_("Put away: nothing was moved")), "success")
            return redirect(url_for("calendar.years"))
    abort(422)


@calendar.get("/moved")
@needs(Can.CALENDAR_PROPOSE)
def moved_then() -> ResponseReturnValue:
    """A list that was kept, or one that grows while the job works it off."""
    session, made = db.session(), asked(Redating, request.args.get("list", type=int))
    found = moved(session, me, changes_of(session, made))
    answer = make_response(render_template("desk/calendar_moved.html", made=made, moved=found))
    if made.finished_at is None:
        answer.headers["Refresh"] = str(SECONDS)
    return answer


def asked(model: type[R], key: int | None) -> R:
    if key is None or not 0 < key < LARGEST:
        abort(422)
    found = db.session().get(model, key)
    if found is None:
        raise NotFound(str(key))
    return found


def page(form: CalendarForm, loose: Sequence[Text] = ()) -> str:
    session = db.session()
    known, this_year = calendar_of(session), day_of(clock.now()).year
    shown = sorted({this_year - 1, this_year, this_year + 1, *known.entered}, reverse=True)
    return render_template(
        "desk/calendar.html",
        years=[Known(known.year(n), n in known.entered, n in official_years()) for n in shown],
        missing=drafts.missing_years(known),
        drafts=drafts.waiting(session),
        lists=kept_lists(session),
        form=form,
        loose=loose,
        why_not=reason.text if (reason := drafts.not_above_all(me)) else None,
    )
