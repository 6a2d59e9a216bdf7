"""The deadlines of one case: changed with a reason and on somebody's word, and what is asked for is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.clocks.changing import change, decide, open_requests
from quality.clocks.explain import amount
from quality.clocks.ladder import see_to
from quality.clocks.models import Clock, ClockRequest
from quality.clocks.queries import rule_of
from quality.clocks.rules import ChangedBy, Rule, Unit
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import Text, _
from quality.pages.deadlines import Deadline
from quality.pages.deadlines import deadlines as deadlines_of
from quality.pages.escalation import Ladder, escalation
from quality.pages.forms.deadlines import KINDS, AnswerForm, ChangeForm, SeenTo, SeenToForm, change_form
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds import Kind, kind_for
from quality.pages.views.desk import version_read
from quality.pages.words import Tone
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back
from quality.people.models import Person
from quality.permissions import Can

deadlines = Blueprint("deadlines", __name__, url_prefix="/desk")
NOTHING_SENT = SeenTo()
MOST_STEPS = 100
UNITS = {Unit.WORKING_DAY: _("working days"), Unit.CALENDAR_DAY: _("calendar days")}


class Line(NamedTuple):
    """A running deadline, who may change it, and what is asked for."""

    deadline: Deadline
    called: Text
    rule: Rule
    asked: ClockRequest | None
    asked_by: str

    @property
    def changed_by(self) -> ChangedBy:
        return self.rule.changed_by

    @property
    def offered(self) -> Text:
        """As it stands among those that may be changed, with what an extension of it is counted in."""
        unit = UNITS.get(self.rule.unit)
        return _("%(called)s (extended in %(unit)s)", called=self.called, unit=unit) if unit else self.called

    @property
    def much(self) -> Text | None:
        return amount(self.asked.days, self.rule.unit) if self.asked and self.asked.days else None

    @property
    def has_run_out(self) -> bool:
        return self.deadline.tone is Tone.BAD

    @property
    def may_change(self) -> bool:
        return self.deadline.stands or (self.changed_by is not ChangedBy.NOBODY and not self.has_run_out)


class Page(NamedTuple):
    kind: Kind
    case: Any
    lines: list[Line]
    ladders: list[Ladder]

    def clock(self, id: int) -> Clock:
        """One of those on the page. Another is not there."""
        if all(line.deadline.id != id for line in self.lines):
            raise NotFound(str(id))
        return db.session().get_one(Clock, id)

    def form(self) -> ChangeForm:
        may = (line for line in self.lines if line.may_change)
        return change_form({str(line.deadline.id): line.offered for line in may})

    @property
    def address(self) -> str:
        return url_for("deadlines.listed", kind=self.kind.name, number=self.kind.number(self.case))


@deadlines.get("/<kind>/<number>/deadlines")
@needs(Can.CLOCK_CHANGE, once_found=True)
def listed(kind: str, number: str) -> ResponseReturnValue:
    page = found(kind, number)
    return make_response(shown(page, page.form(), AnswerForm()))


@deadlines.post("/<kind>/<number>/deadlines", endpoint="change")
@comes_back
@needs(Can.CLOCK_CHANGE, once_found=True)
def changed(kind: str, number: str) -> ResponseReturnValue:
    page = found(kind, number)
    form = page.form()
    form.process(request.form)
    try:
        if not form.validate():
            raise Invalid
        asked = change(
            db.session(), page.clock(int(form.clock.data or 0)), form.wanted(), by=me, version=version_read()
        )
    except Invalid as wrong:
        db.session().rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(shown(found(kind, number), form, AnswerForm(), loose), 422)
    except Refused as no:
        if type(no) is not Refused:  # who may not, or came too late, has nothing to mend here
            raise
        db.session().rollback()
        return make_response(shown(found(kind, number), form, AnswerForm(), [no.reason]), 409)
    flash(str(_("Asked for: another person decides") if asked else _("The deadline is changed")), "success")
    return redirect(page.address)


@deadlines.post("/<kind>/<number>/deadlines/answer")
@comes_back
@needs(Can.CLOCK_GRANT, once_found=True)
def answer(kind: str, number: str) -> ResponseReturnValue:
    page, form = found(kind, number), AnswerForm(request.form)
    wanted = request.form.get("request", type=int)
    asked = next((line.asked for line in page.lines if line.asked and line.asked.id == wanted), None)
    if asked is None:
        abort(422)
    grant = request.form.get("decision") == "grant"
    try:
        if not form.validate():
            raise Invalid
        if request.form.get("decision") not in {"grant", "refuse"}:
            raise Invalid(FieldProblem("decision", "missing", _("Grant it or refuse it")))
        decide(db.session(), asked, grant=grant, answer=form.answer.data or "", by=me)
    except Invalid as wrong:
        db.session().rollback()
        loose, page = put_beside(form, wrong.problems), found(kind, number)
        return make_response(shown(page, page.form(), form, loose), 422)
    flash(str(_("Granted: the deadline is changed") if grant else _("Refused: the deadline stays")), "success")
    return redirect(page.address)


@deadlines.post("/<kind>/<number>/deadlines/step")
@comes_back
@needs(Can.CLOCK_CHANGE, once_found=True)
def step(kind: str, number: str) -> ResponseReturnValue:
    """What was done at a step of the ladder."""
    page, form = found(kind, number), SeenToForm(request.form)
    clock_id, reached = (request.form.get(name, type=int) or 0 for name in ("clock", "step"))
    if not clock_id or not 0 < reached < MOST_STEPS:
        abort(422)
    kept = page.clock(clock_id)
    try:
        if not form.validate():
            raise Invalid
        see_to(db.session(), kept, reached, form.note.data or "", by=me)
    except Invalid as wrong:
        db.session().rollback()
        loose, page = put_beside(form, wrong.problems), found(kind, number)
        shown_again = shown(page, page.form(), AnswerForm(), loose, SeenTo(form, (clock_id, reached)))
        return make_response(shown_again, 422)
    flash(str(_("Written down")), "success")
    return redirect(page.address)


def found(kind: str, number: str) -> Page:
    session, about = db.session(), kind_for(me, kind)
    case = about.one_visible(session, me, number)
    require_for(case)
    own = about.describe(session, case, me)
    running = [each for each in deadlines_of(session, [case, *own.parts], own.part_names) if not each.ended]
    asked = open_requests(session, [each.id for each in running])
    ladders = escalation(session, [case, *own.parts], me, own.part_names)
    return Page(about, case, [line(each, asked.get(each.id)) for each in running], ladders)


def line(deadline: Deadline, asked: ClockRequest | None) -> Line:
    session = db.session()
    called = _("%(name)s: %(of)s", name=deadline.name, of=deadline.of) if deadline.of else deadline.name
    asker = session.get_one(Person, asked.asked_by_id).name if asked else ""
    return Line(deadline, called, rule_of(session.get_one(Clock, deadline.id)), asked, asker)


def shown(
    page: Page, form: ChangeForm, answer: AnswerForm, loose: Sequence[Text] = (), seen_to: SeenTo = NOTHING_SENT
) -> str:
    return render_template(
        "desk/deadlines.html",
        kind=page.kind,
        case=page.case,
        lines=page.lines,
        ladders=page.ladders,
        seen_to=seen_to,
        form=form,
        answer=answer,
        loose=loose,
        kinds=KINDS,
        may_decide=me.can(Can.CLOCK_GRANT),
    )
