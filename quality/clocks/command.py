"""What `mingcha due` answers: the due date of any clock from any moment, with its arithmetic, as JSON or as text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from quality.clocks.calendar import FIRST_YEAR, Calendar
from quality.clocks.days import LAST_START, Due, Step, day_of, due
from quality.clocks.explain import explanation, sentence
from quality.clocks.rules import Rule, rule_on
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def due_command(rule: str, start: str, calendar: Calendar | None = None) -> dict[str, Any]:
    """The answer of `mingcha due RULE START --json`. `start` is given back as it was typed."""
    result = due_from(rule, start, calendar)
    return {
        "rule": result.rule.code,
        "start": start.strip(),
        "opens_on": result.opens_on.isoformat() if result.opens_on else None,
        "due_on": result.due_on.isoformat(),
        "due_at": result.due_at.isoformat(),
        "calendar": result.calendar,
        "provisional": result.provisional,
        "steps": [as_json(step, result.rule) for step in result.steps],
    }


def due_text(rule: str, start: str, calendar: Calendar | None = None) -> str:
    """The same for a person at a terminal: a line a step, the due moment last."""
    result = due_from(rule, start, calendar)
    return f"{explanation(result)}\n{result.due_at.isoformat()} ({result.calendar})"


def due_from(rule: str, start: str, calendar: Calendar | None) -> Due:
    moment = moment_from(start)
    return due(rule_on(rule, day_of(moment)), moment, calendar or Calendar())


def moment_from(text: str) -> datetime:
    """An RFC 3339 moment, whose zone must be written: without one it could be of two days."""
    typed = text.strip()
    if not RFC_3339.fullmatch(typed):
        raise Invalid(
            FieldProblem(
                "start",
                "unreadable",
                _("Write a moment with its zone, like 2026-09-30T10:00:00+08:00: %(text)s", text=text),
            )
        )
    try:
        moment = datetime.fromisoformat(typed.upper())
        year = day_of(moment).year
    except (ValueError, OverflowError) as wrong:
        raise Invalid(
            FieldProblem("start", "no_such_moment", _("There is no such day or time: %(text)s", text=text))
        ) from wrong
    if not FIRST_YEAR <= year <= LAST_START:
        raise Invalid(
            FieldProblem(
                "start",
                "out_of_range",
                _("Write a year from %(first)s to %(last)s: %(text)s", first=FIRST_YEAR, last=LAST_START, text=text),
            )
        )
    return moment


def as_json(step: Step, rule: Rule) -> dict[str, Any]:
    return {
        "code": step.code.value,
        "from": step.first.isoformat(),
        "to": step.last.isoformat(),
        "days": step.days,
        "total": step.total,
        "reason": str(step.reason),
        "text": str(sentence(step, rule)),
    }
