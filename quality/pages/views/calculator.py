"""The calculator that anybody may use: a rule and a moment, the due moment, and each step of the count."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from quality.clocks.command import due_command, due_from
from quality.clocks.days import Due
from quality.clocks.explain import amount, heading, sentence
from quality.clocks.queries import calendar
from quality.clocks.rules import every_rule, rule_on
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.forms.fields import shown
from quality.people.access import public as open_to_all
from quality.web import errors

calculator = Blueprint("calculator", __name__)
MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)  # as a browser sends it; it is Beijing's
PLUS_LOST = re.compile(r" (\d\d:\d\d)$", re.ASCII)  # `+` in an address is a space
LONGEST = 60


@calculator.get("/clocks.json")
@calculator.get("/clocks")
@open_to_all
def clocks() -> ResponseReturnValue:
    """As `mingcha due`, by the calendar that is entered here."""
    rule, typed = (shown(request.args.get(name, ""))[:LONGEST].strip() for name in ("rule", "start"))
    if errors.wants_problem():
        return jsonify(due_command(rule, moment_of(typed), calendar(db.session())))
    found, problems = None, list[FieldProblem]()
    if "rule" in request.args or "start" in request.args:
        try:
            found = due_from(rule, moment_of(typed), calendar(db.session()))
        except Invalid as wrong:
            problems = list(wrong.problems)
    page = render_template(
        "public/clocks.html",
        rule=rule,
        typed=typed or f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}",
        rules=rules_by_name(),
        found=found,
        told=told(found) if found else {},
        problems={problem.field: problem.text for problem in problems},
    )
    return page, 422 if problems else 200


def moment_of(typed: str) -> str:
    """As the command takes it."""
    if MINUTE.fullmatch(typed):
        return f"{typed if typed.count(':') > 1 else typed + ':00'}+08:00"
    return PLUS_LOST.sub(r"+\1", typed)


def rules_by_name() -> dict[str, Text]:
    """Every clock as it is today, with its length."""
    today = clock.now().astimezone(BEIJING).date()
    rules = (rule_on(code, today) for code in every_rule())
    return {r.code: _("%(name)s: %(of)s", name=r.name, of=amount(r.length, r.unit)) for r in rules}


def told(found: Due) -> dict[str, Any]:
    return {
        "heading": heading(found.rule),
        "steps": [sentence(step, found.rule) for step in found.steps],
        "years": [by_year(said) for said in found.calendar.split("; ")],
    }


def by_year(said: str) -> Text:
    """`2026: holidays 0.109` for a person: where that year's days come from (quality/clocks/calendar.py:Year)."""
    year, version = said.split(": ", 1)
    match version.split():
        case ["holidays", edition]:
            return _("%(year)s: official days known to the program (edition %(edition)s)", year=year, edition=edition)
        case ["entered", edition]:
            return _("%(year)s: entered from its notice (edition %(edition)s)", year=year, edition=edition)
        case _provisional:
            return _("%(year)s: provisional, weekends and fixed holidays", year=year)
