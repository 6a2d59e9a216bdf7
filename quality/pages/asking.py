"""What is asked of a list, as it stands in the address: understood, or told at its field and kept as it was typed."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.datastructures import MultiDict

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.lab.entries import report_number
from quality.pages.forms.search import day_of
from quality.pages.words import STATUSES
from quality.publication.search import LONGEST, folded, visible

if TYPE_CHECKING:
    from quality.pages.kinds import Kind

DIGITS = 15  # of an id in an address
KEPT = 400  # characters of what was typed that come back
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9:-]{2,60}")  # a whole one, or how it begins
NEWEST, DUE = "", "due"
ORDERS: dict[str, Text] = {NEWEST: _("Newest first"), DUE: _("With a deadline, the first due first")}
WORDS: dict[str, Text] = {
    "campaign": _("Campaign"),
    "platform": _("Platform"),
    "stage": _("Stage"),
    "from": _("Opened from"),
    "to": _("Opened to"),
}


class Asked(NamedTuple):
    """What is looked for. What could not be understood is told; a place in a list that is none is left out."""

    statuses: tuple[str, ...] = ()
    typed: str = ""
    campaign: str = ""
    platform: str = ""
    stage: str = ""  # of a portion in its laboratory
    first: date | None = None  # the days on which a case was opened, both included, in Beijing
    last: date | None = None
    order: str = NEWEST
    before: int | None = None  # the page of older ones than this id
    after: int | None = None  # the page of newer ones
    days: tuple[str, str] = ("", "")  # as they were typed
    not_understood: tuple[str, ...] = ()
    problems: tuple[FieldProblem, ...] = ()

    @property
    def number(self) -> str:
        """What was typed, if it can be how a number begins."""
        return as_number(self.typed)

    def narrowed(self) -> tuple[tuple[str, str], ...]:
        return ("campaign", self.campaign), ("platform", self.platform), ("stage", self.stage)

    def in_the_address(self) -> dict[str, Any]:
        days = dict(zip(("from", "to"), self.days, strict=True))
        every = {"status": list(self.statuses), "q": self.typed, **dict(self.narrowed()), **days, "order": self.order}
        return {name: value for name, value in every.items() if value}

    def problem(self, field: str) -> Text | None:
        return next((problem.text for problem in self.problems if problem.field == field), None)


def as_number(typed: str) -> str:
    """As numbers are kept: capitals, narrow characters, plain hyphens, no blanks. Empty if it can be none."""
    number = "".join(report_number(folded(typed)).split())
    return number if NUMBER.fullmatch(number) else ""


def asked_of(kind: Kind, args: MultiDict[str, str]) -> Asked:
    known = STATUSES[kind.name]
    statuses = [status for status in args.getlist("status") if status]
    problems: list[FieldProblem] = []
    if any(status not in known for status in statuses):
        problems.append(FieldProblem("status", "unknown", _("Choose a status from the list")))
    odd: list[str] = []
    cursors: dict[str, int | None] = {}
    for name in ("before", "after"):
        text = args.get(name, "")
        cursors[name] = cursor_of(text)
        if text and cursors[name] is None:
            odd.append(text)
    typed = {name: visible(args.get(name, ""))[:KEPT] for name in ("q", "from", "to")}
    if problem := too_long(typed["q"]):
        problems.append(problem)
    first, last = day_of(typed, "from", problems), day_of(typed, "to", problems)
    if first and last and first > last:
        problems.append(FieldProblem("to", "before_from", _("Choose a last day that is not before the first")))
    return Asked(
        statuses=tuple(status for status in known if status in statuses),
        typed=typed["q"],
        campaign=args.get("campaign", "")[:40],
        platform=args.get("platform", "")[:16],
        stage=args.get("stage", "")[:16],
        first=first,
        last=last,
        order=DUE if args.get("order") == DUE else NEWEST,
        days=(typed["from"], typed["to"]),
        not_understood=tuple(visible(each)[:40] for each in odd),
        problems=tuple(problems),
        **cursors,
    )


def cursor_of(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


def too_long(typed: str) -> FieldProblem | None:
    if len(typed) <= LONGEST:
        return None
    return FieldProblem("q", "too_long", _("Keep to %(most)s characters", most=LONGEST))
