"""What the public types to find results: it stands in the address, and comes back to the form as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from quality.core import clock
from quality.core.clock import BEIJING, rfc3339
from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.publication.listing import Place
from quality.publication.search import LONGEST, Wanted, visible, words_of

FIELDS = ("q", "platform", "category", "region", "verdict", "from", "to", "campaign", "producer")
VERDICTS = ("conforming", "nonconforming")
YEARS = range(2000, 2101)  # of days that can be meant
FILTERED = 100  # characters of a platform's code, a category, a campaign's number
GREATEST_ID = 2**31 - 1


class Search(NamedTuple):
    typed: dict[str, str]  # only what was filled in
    wanted: Wanted
    after: Place | None
    problems: list[FieldProblem]

    def problem(self, field: str) -> Text | None:
        return next((problem.text for problem in self.problems if problem.field == field), None)

    def without(self, *fields: str) -> dict[str, str]:
        """The other fields, for the link that clears these."""
        return {name: value for name, value in self.typed.items() if name not in fields}


def read_search(args: Mapping[str, str]) -> Search:
    """From the address. What is not known there is ignored; what is known and makes no sense is named."""
    typed = {name: text for name in FIELDS if (text := visible(args.get(name, "")))}
    problems = [problem for name, text in typed.items() if (problem := too_long(name, text))]
    first, last = day_of(typed, "from", problems), day_of(typed, "to", problems)
    if first and first > clock.now().astimezone(BEIJING).date():
        problems.append(FieldProblem("from", "future", _("This day is still to come: nothing is published then")))
    elif first and last and first > last:
        problems.append(FieldProblem("to", "before_from", _("Choose a last day that is not before the first")))
    if typed.get("verdict", VERDICTS[0]) not in VERDICTS:
        problems.append(FieldProblem("verdict", "unknown", _("Choose conforming or nonconforming")))
    after = None
    if cursor := args.get("cursor"):
        after = place_at(cursor)
        if after is None:
            problems.append(FieldProblem("cursor", "bad_cursor", _("Begin again at the first page")))
    wanted = Wanted(
        words=words_of(typed.get("q", "")),
        platform=typed.get("platform", ""),
        category=typed.get("category", ""),
        region=typed.get("region", ""),
        verdict=typed.get("verdict", ""),
        campaign=typed.get("campaign", "").upper(),
        producer=typed.get("producer", "").lower(),
        first=first,
        last=last,
    )
    return Search(typed, wanted, after, problems)


def too_long(name: str, text: str) -> FieldProblem | None:
    most = LONGEST if name == "q" else FILTERED
    return FieldProblem(name, "too_long", _("Keep to %(most)s characters", most=most)) if len(text) > most else None


def day_of(typed: Mapping[str, str], name: str, problems: list[FieldProblem]) -> date | None:
    if not (text := typed.get(name)):
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        problems.append(FieldProblem(name, "bad_day", _("Write a day as 2026-10-09")))
        return None
    return day


def written(place: Place) -> str:
    """A place as it stands in the address."""
    return f"{rfc3339(place.published_at)},{place.id}"


def place_at(cursor: str) -> Place | None:
    at, _comma, key = cursor.partition(",")
    try:
        moment, number = datetime.fromisoformat(at), int(key)
    except ValueError:
        return None
    if moment.tzinfo is None or moment.year not in YEARS or not 0 <= number <= GREATEST_ID:
        return None
    return Place(moment, number)
