"""A calendar year as a person types it from the State Council's notice."""

from __future__ import annotations

from datetime import date

from quality.clocks.drafts import Typed, days_from
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.pages.forms.fields import Form, Line, Paragraph, Whole

HOW = _("One a line: 2027-02-05, or a run like 2027-02-05 – 2027-02-11")


class CalendarForm(Form):
    year = Whole(_("Year"))
    source = Line(_("Number or title of the State Council's notice"))
    off_days = Paragraph(_("Days off"), HOW, rows=8)
    worked_days = Paragraph(_("Weekend days that are worked"), HOW, optional=True)

    def typed(self) -> Typed:
        """What was typed, or `Invalid` with every line that is no day."""
        days: dict[str, list[date]] = {}
        problems: list[FieldProblem] = []
        for name in ("off_days", "worked_days"):
            try:
                days[name] = days_from(name, self[name].data or "")
            except Invalid as wrong:
                problems.extend(wrong.problems)
        if problems:
            raise Invalid(*problems)
        return Typed(self.year.data or 0, days["off_days"], days["worked_days"], self.source.data or "")
