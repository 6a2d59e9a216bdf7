"""The days that figures are about: they stand in the address, and come back to the form as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from quality.clocks.days import day_of as today_of
from quality.core import clock
from quality.core.errors import FieldProblem
from quality.core.words import Text
from quality.pages.forms.search import day_of
from quality.publication.search import visible
from quality.statistics.period import Period, period_of

LONGEST = 40  # characters of what comes back


class Typed(NamedTuple):
    """`fields`: as they stand in the form; `kept`: what a link takes along, only what was typed."""

    period: Period
    fields: dict[str, str]
    kept: dict[str, str]
    problems: list[FieldProblem]

    def problem(self, field: str) -> Text | None:
        return next((problem.text for problem in self.problems if problem.field == field), None)


def read_period(args: Mapping[str, str]) -> Typed:
    kept = {name: text for name in ("from", "to") if (text := visible(args.get(name, ""))[:LONGEST])}
    problems: list[FieldProblem] = []
    first, last = day_of(kept, "from", problems), day_of(kept, "to", problems)
    period, more = period_of(first, last, today_of(clock.now()))
    problems += more if not problems else []
    fields = {"from": period.first.isoformat(), "to": period.last.isoformat()} | kept
    return Typed(period, fields, kept, problems)
