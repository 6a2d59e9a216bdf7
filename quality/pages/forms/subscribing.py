"""What somebody types who wants to be told: an address, how often, of what, and the filters of the public list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from quality.core.errors import FieldProblem
from quality.core.words import LANGUAGES, Text, _
from quality.pages.forms.fields import shown
from quality.pages.forms.search import Search, read_search
from quality.pages.subscribing import FILTERS
from quality.subscriptions.models import Rhythm, Tells

LONGEST = 254  # characters of an address


class Subscribing(NamedTuple):
    email: str  # as it was typed
    tells: str
    rhythm: str
    language: str
    search: Search
    problems: list[FieldProblem]

    def problem(self, field: str) -> Text | None:
        return next((problem.text for problem in self.problems if problem.field == field), None)


def read_subscribing(sent: Mapping[str, str], language: str) -> Subscribing:
    """From the form, or from an address that proposes filters; `language` is the page's."""
    search = read_search({name: sent.get(name, "") for name in FILTERS})
    tells, rhythm = sent.get("tells") or Tells.ALL, sent.get("rhythm") or Rhythm.DAILY
    chosen = sent.get("language") or language
    problems = list(search.problems)
    if tells not in set(Tells):
        problems.append(FieldProblem("tells", "unknown", _("Choose one of what is offered")))
    if rhythm not in set(Rhythm):
        problems.append(FieldProblem("rhythm", "unknown", _("Choose one of what is offered")))
    if chosen not in LANGUAGES:
        problems.append(FieldProblem("language", "unknown", _("Choose one of what is offered")))
    return Subscribing(shown(sent.get("email", ""))[: LONGEST * 2], tells, rhythm, chosen, search, problems)
