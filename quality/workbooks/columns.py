"""Columns of a table, and the headings that mean them in either language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.workbooks.headings import MOST_COLUMNS, alike, is_ours, meanings


class Why(NamedTuple):
    """What is wrong with a row, for its sender."""

    column: str  # empty: the whole row
    code: str
    text: Text


@dataclass(frozen=True)
class Columns:
    """A kind of table: the sheet that it stands on, its columns, and how much of it is read."""

    sheet: str
    names: Mapping[str, str]  # each with its Chinese heading; in this order in what we give out
    needed: Sequence[str]
    most_rows: int
    most_bytes: int  # of the file as it is sent
    most_unpacked: int
    days: Sequence[str] = ()  # in these a date is a date, and is read as 2026-10-09
    moments: Sequence[str] = ()  # in these a date with a time is one, and is read as 2026-10-09T09:52:00
    measured: Sequence[str] = ()  # in these a text like a date is what a spreadsheet made of a number
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)  # other headings that mean a column
    shown_only: Sequence[str] = ()  # headings that we give out for the eye; what is below them counts for nothing

    @cached_property
    def meanings(self) -> dict[str, str]:
        also = {alike(word): column for column, words in self.also.items() for word in words}
        return also | meanings(self.names)

    def asked(self) -> dict[str, Any]:
        """As JSON, for the process that reads (sheet.py)."""
        return {
            "sheet": self.sheet,
            "names": list(self.names),
            "meanings": self.meanings,
            "days": list(self.days),
            "moments": list(self.moments),
            "most_rows": self.most_rows,
        }

    def meaning(self, heading: str) -> str:
        """The column that a heading means; empty for one of their own, and for ours."""
        return self.meanings.get(alike(heading), "")

    def heading(self, column: str) -> str:
        """As we write it: in both languages."""
        return f"{self.names[column]} {column}"

    @property
    def headings(self) -> list[str]:
        return list(map(self.heading, self.names))

    def called(self, column: str) -> Text:
        """A column in a sentence: the same in both languages, as it stands in the table."""
        return self.heading(column) if column in self.names else column

    def sentence(self, reasons: Iterable[Why]) -> str:
        """What is wrong with a row, in the language of the reader."""
        return "；".join(f"{self.called(why.column)}: {why.text}" if why.column else str(why.text) for why in reasons)

    def own(self, headings: Sequence[str]) -> list[str]:
        """Columns of theirs, which are not read."""
        shown = [each.strip() for each in headings if each not in self.shown_only]
        return [each for each in shown if each and not self.meaning(each) and not is_ours(each)]

    def wrong(self, headings: Sequence[str]) -> list[FieldProblem]:
        found = [self.meaning(each) for each in headings]
        problems = [
            FieldProblem(
                column, "column_missing", _("Give the table a column %(heading)s", heading=self.heading(column))
            )
            for column in self.needed
            if column not in found
        ]
        problems += [
            FieldProblem(
                column,
                "column_doubled",
                _("Keep one of the columns that mean %(heading)s", heading=self.heading(column)),
            )
            for column in self.names
            if found.count(column) > 1
        ]
        if len(headings) > MOST_COLUMNS:
            text = _("Keep to %(most)d columns at most", most=MOST_COLUMNS)
            problems.append(FieldProblem("file", "too_many_columns", text))
        return problems
