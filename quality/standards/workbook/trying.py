"""What a workbook says as standards, and what taking it in would do, row by row and standard by standard.

A cell that stays empty says what the row above says of the same standard or item, so that a head stands once. What a
workbook says of a standard is all of it: an item that is not there any more is taken out in the new edition. Standards
that it does not name stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.clocks.days import written_day
from quality.core.differences import Change
from quality.core.words import Text, _
from quality.people.actor import Actor
from quality.standards import queries
from quality.standards.contents import (
    Contents,
    ItemText,
    LimitText,
    changes,
    contents_of,
    one_number,
    tidied,
    wrong_head,
    wrong_item,
    wrong_names,
)
from quality.standards.models import Severity, Standard
from quality.standards.rules import Rule
from quality.standards.workbook.columns import OF_THE_ITEM, OF_THE_LIMIT, OF_THE_STANDARD, SEVERITIES
from quality.workbooks.columns import Why
from quality.workbooks.reading import FAULTS, Row


class State(StrEnum):
    NEW = "new"
    OTHER = "other"  # gives a new edition
    SAME = "same"
    HELD = "held"  # nothing is wrong with it, but with another row of its standard
    WRONG = "wrong"


class Line(NamedTuple):
    row: Row
    state: State
    reasons: list[Why]


class Draft:
    """What the rows of one number say, and what is wrong in which of them."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.rows: list[Row] = []
        self.head: dict[str, str] = {}
        self.items: dict[str, dict[str, str]] = {}
        self.limits: dict[str, list[tuple[Row, LimitText]]] = {}
        self.first: dict[str, Row] = {}  # of an item
        self.wrong: dict[int, list[Why]] = {}

    def blame(self, row: Row, column: str, code: str, text: Text) -> None:
        """Each slip of a cell once; what a spreadsheet made of a cell is all that is to be said of it."""
        there = self.wrong.setdefault(row.number, [])
        of_this_cell = {each.code for each in there if each.column == column}
        damaged = of_this_cell & {fault.code for fault in row.faults}
        if not damaged and code not in of_this_cell:
            there.append(Why(column, code, text))

    def say(self, known: dict[str, str], row: Row, columns: Sequence[str]) -> None:
        """What stays empty says the same; what says otherwise than a row above is wrong."""
        for column in columns:
            said = row.cells[column]
            if not said:
                continue
            if known.setdefault(column, said) != said:
                text = _("A row above says %(said)s of the same; say it alike, or leave it empty", said=known[column])
                self.blame(row, column, "says_otherwise", text)


class Tried(NamedTuple):
    """One standard of a workbook. `changed` is what a new edition would change."""

    number: str
    contents: Contents
    state: State
    lines: list[Line]
    changed: list[Change]
    standard: Standard | None


def look(session: Session, rows: Sequence[Row], *, by: Actor) -> list[Tried]:
    drafts = read_drafts(rows)
    there = queries.numbers_there(session, by, drafts)
    now = {each.standard_id: contents_of(each) for each in queries.newest(session, there.values())}
    return [
        tried(draft, there.get(number), now[there[number].id] if number in there else None)
        for number, draft in drafts.items()
    ]


def tried(draft: Draft, standard: Standard | None, before: Contents | None) -> Tried:
    contents = read_contents(draft)
    if draft.wrong:
        state = State.WRONG
    elif before is None:
        state = State.NEW
    else:
        state = State.SAME if before == contents else State.OTHER
    of_a_row = State.HELD if state is State.WRONG else state
    lines = [
        Line(row, State.WRONG if row.number in draft.wrong else of_a_row, draft.wrong.get(row.number, []))
        for row in draft.rows
    ]
    changed = list(changes(before, contents)) if state is State.OTHER else []
    return Tried(draft.number, contents, state, lines, changed, standard)


# --- rows as drafts ---


def read_drafts(rows: Sequence[Row]) -> dict[str, Draft]:
    """By number, in the order of the workbook. Rows above the first number are a draft without one."""
    drafts: dict[str, Draft] = {}
    number = item = ""
    for row in rows:
        named = one_number(row.cells["number"])
        if named and named != number:
            number, item = named, ""
        item = row.cells["item"] or item
        take_row(drafts.setdefault(number, Draft(number)), row, item)
    return drafts


def take_row(draft: Draft, row: Row, item: str) -> None:
    draft.rows.append(row)
    for column, code in row.faults:
        draft.blame(row, column, code, FAULTS[code])
    if not draft.number:
        draft.blame(row, "number", "missing", _("Enter the number of the standard"))
    draft.say(draft.head, row, OF_THE_STANDARD)
    says_more = any(row.cells[column] for column in (*OF_THE_ITEM, *OF_THE_LIMIT))
    if not item:
        if says_more:
            draft.blame(row, "item", "missing", _("Enter the test item"))
        return
    draft.first.setdefault(item, row)
    draft.say(draft.items.setdefault(item, {}), row, OF_THE_ITEM)
    limit = LimitText(**{column: row.cells[column] for column in OF_THE_LIMIT})
    draft.limits.setdefault(item, []).append((row, limit))


def read_contents(draft: Draft) -> Contents:
    """What the rows say; what is wrong with it is blamed on them."""
    contents = tidied(
        Contents(
            title=draft.head.get("title", ""),
            published=draft.head.get("published", ""),
            valid_from=day(draft, "valid_from"),
            valid_until=day(draft, "valid_until"),
            succeeded_by=draft.head.get("succeeded_by", ""),
            items=tuple(item_text(name, said, draft.limits[name]) for name, said in draft.items.items()),
        )
    )
    if draft.number:
        for field, code, text in wrong_head(draft.number, contents):
            draft.blame(draft.rows[0], field, code, text)
    names = list(draft.items)
    for field, code, text in wrong_names(contents.items):
        found = re.match(r"items (\d+)", field)
        row = draft.first[names[int(found[1]) - 1]] if found else draft.rows[0]
        draft.blame(row, "item", code, text)
    for name, item in zip(names, contents.items, strict=True):
        for field, code, text in wrong_item(item):
            found = re.fullmatch(r"limits (\d+), (\w+)", field)
            row, column = (draft.limits[name][int(found[1]) - 1][0], found[2]) if found else (draft.first[name], field)
            draft.blame(row, column, code, text)
    return contents


def item_text(name: str, said: dict[str, str], limits: Sequence[tuple[Row, LimitText]]) -> ItemText:
    known: dict[str, Any] = {"severity": Severity.MAJOR.value, "rule": Rule.SIMPLE.value} | said
    severity = SEVERITIES.get(known["severity"], known["severity"])
    known |= {"severity": severity.casefold(), "rule": known["rule"].casefold()}
    return ItemText(item=name, limits=tuple(limit for _row, limit in limits), **known)


def day(draft: Draft, column: str) -> date | None:
    said = draft.head.get(column, "")
    if not said:
        return None
    try:
        return written_day(said)
    except ValueError:
        row = next(each for each in draft.rows if each.cells[column])
        draft.blame(row, column, "no_day", _("Enter a day, such as 2026-10-09"))
        return None
