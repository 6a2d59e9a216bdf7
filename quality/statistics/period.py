"""The days that figures are about, as people choose them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from quality.core.clock import BEIJING
from quality.core.errors import FieldProblem
from quality.core.words import _

A_YEAR = timedelta(days=364)  # and the first day itself: 365
LONGEST = timedelta(days=5 * 366)
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)  # that can be meant


class Period(NamedTuple):
    """Days of Beijing, both included: what counts is when a notice was issued."""

    first: date
    last: date

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time(), BEIJING)

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), BEIJING)


def period_of(first: date | None, last: date | None, today: date) -> tuple[Period, list[FieldProblem]]:
    """The year until `last` where no first day is chosen, until today where no last one is.

    The problems name the fields `from` and `to`.
    """
    strange = [name for name, day in (("from", first), ("to", last)) if day and not FIRST <= day <= LAST]
    if strange:
        text = _("Choose a day between 2000 and 2100")
        return Period(today, today), [FieldProblem(name, "bad_day", text) for name in strange]
    end = last or today
    period = Period(first or max(FIRST, end - A_YEAR), end)
    problems = []
    if first and first > today:
        problems.append(FieldProblem("from", "future", _("This day is still to come; choose an earlier one")))
    elif period.first > period.last:
        problems.append(FieldProblem("to", "before_from", _("Choose a last day that is not before the first")))
    elif period.last - period.first > LONGEST:
        problems.append(FieldProblem("from", "too_long", _("Choose a period of five years at most")))
    return period, problems
