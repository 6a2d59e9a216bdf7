"""The cells of a stranger's workbook as they stand there to be read. It runs in a process of its own (reading.py)."""

from __future__ import annotations

import gc
import json
import re
import zipfile
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from quality.workbooks.headings import MOST_COLUMNS, alike
from quality.workbooks.package import (
    Cell,
    Irregular,
    Line,
    Sheet,
    column_of,
    first_day,
    letters_of,
    lines_by_parser,
    lines_by_pattern,
    number_formats,
    plain,
    shared_texts,
    sheets,
    text_of,
)

EXACT_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number
PLACES = re.compile(r"0\.(0+)")  # a number format that shows so many decimals
SPAN = re.compile(r"([A-Z]{1,3})([0-9]+)(?::([A-Z]{1,3})([0-9]+))?")
MOST_SPANS = 10_000
TEXTS, DAMAGED = {"inlineStr", "str"}, {"b": "truth", "e": "error", "d": "date"}
TAG = re.compile("<[^>]*>")  # around a formula
DAY = re.compile(r"\d{4}-\d\d-\d\d")
LOWEST_HEADINGS, FEWEST_HEADINGS = 20, 3  # a row that far down with so many names of columns was meant as the first
NONE: frozenset[Any] = frozenset()

Shown = str | list[str]  # a cell's text, or the code of what became of it


class Asked(NamedTuple):
    """Of `Columns`, what is asked here."""

    sheet: str
    names: list[str]
    meanings: dict[str, str]  # by headings that are written alike
    days: list[str]
    moments: list[str]
    most_rows: int


def write_cells(counted: Path, asked: Path, told_at: Path) -> None:
    """The sheet as JSON: headings, and of each row its number, its cells in the order of the columns, and faults."""
    gc.disable()  # the process ends before there is anything to collect
    columns = Asked(**json.loads(asked.read_text(encoding="utf-8")))
    with zipfile.ZipFile(counted) as book:
        told = told_of(book, columns)
    told_at.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def told_of(book: zipfile.ZipFile, columns: Asked) -> dict[str, Any]:
    there = sheets(book)
    told: dict[str, Any] = {
        "kind": "xlsx",
        "problem": "",
        "sheets": [each.name for each in there if not each.is_hidden],
    }
    sheet = sheet_of(there, columns.sheet)
    if sheet is None:
        return told | {"problem": "no_sheet"}
    if sheet.is_hidden:
        return told | {"problem": "hidden_sheet"}
    written = book.read(sheet.part)
    reader, rest = Reader(book), rest_of(written)
    try:
        read = collected(lines_by_pattern(written), reader, rest, columns)
    except Irregular:
        read = collected(lines_by_parser(written), reader, rest, columns)
    return told | read


def collected(rows: Iterator[Line], reader: Reader, rest: ElementTree.Element, columns: Asked) -> dict[str, Any]:
    headings: list[str] = []
    kept: list[Any] = []
    merged = merged_cells(rest, columns.most_rows)
    for line in rows:
        if line.number == 1:
            headings = reader.headings(line)
            reader.expect(headings, columns)
        elif not reader.meant and line.number <= LOWEST_HEADINGS:
            if reader.are_headings(line, columns):
                return {"problem": "headings_lower", "headings_at": line.number}
        elif row := reader.row(line, merged.get(line.number, NONE)):
            if line.number > columns.most_rows + 1:
                return {"problem": "too_many_rows"}
            kept.append(row)
    return {"headings": headings, "rows": kept, "hidden_columns": sorted(set(hidden_columns(rest, len(headings))))}


def sheet_of(there: list[Sheet], name: str) -> Sheet | None:
    """The sheet of that name, or the only one that is shown."""
    named = [each for each in there if each.name.strip().casefold() == name]
    visible = [each for each in there if not each.is_hidden]
    return named[0] if named else visible[0] if len(visible) == 1 else None


def rest_of(written: bytes) -> ElementTree.Element:
    """What stands around the cells: columns and merged cells."""
    begins, ends = re.search(rb"<(\w+:)?sheetData\b", written), re.search(rb"</(\w+:)?sheetData>", written)
    if begins and ends:
        return ElementTree.fromstring(written[: begins.start()] + written[ends.end() :])
    return ElementTree.fromstring(written)


def hidden_columns(rest: ElementTree.Element, width: int) -> Iterator[int]:
    """Places from 0."""
    for each in rest.iter():
        if plain(each.tag) == "col" and each.get("hidden") in {"1", "true"}:
            yield from range(int(each.get("min", 1)) - 1, min(int(each.get("max", 0)), width))


def merged_cells(rest: ElementTree.Element, most_rows: int) -> dict[int, set[str]]:
    """Columns by row. A span over more than all that is read is decoration."""
    found: dict[int, set[str]] = {}
    spans = [each.get("ref", "") for each in rest.iter() if plain(each.tag) == "mergeCell"]
    for span in spans[:MOST_SPANS]:
        if (ends := SPAN.fullmatch(span)) and ends[3]:
            top, bottom = int(ends[2]), min(int(ends[4]), most_rows + 1)
            columns = range(column_of(ends[1]), min(column_of(ends[3]), MOST_COLUMNS + 1) + 1)
            if bottom - top <= MOST_SPANS:
                for row in range(top, bottom + 1):
                    found.setdefault(row, set()).update(map(letters_of, columns))
    return found


class Reader:
    """Knows the texts and formats that cells only point at."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self.book, self.texts = book, shared_texts(book)
        self.columns: list[str] = []
        self.meant: dict[str, int] = {}  # by letters: the place among the columns
        self.days: frozenset[int] = NONE
        self.moments: frozenset[int] = NONE

    def expect(self, headings: Sequence[str], columns: Asked) -> None:
        """What the columns of the sheet mean. The letters of those that mean nothing are not read."""
        self.columns = columns.names
        named = {letters_of(place): columns.meanings.get(alike(each)) for place, each in enumerate(headings, 1)}
        self.meant = {letters: self.columns.index(each) for letters, each in named.items() if each}
        self.days = frozenset(map(self.columns.index, columns.days))
        self.moments = frozenset(map(self.columns.index, columns.moments))

    def are_headings(self, line: Line, columns: Asked) -> bool:
        """Whether the names of columns stand here, below a title for instance."""
        return sum(alike(each) in columns.meanings for each in self.headings(line)) >= FEWEST_HEADINGS

    def headings(self, line: Line) -> list[str]:
        placed = [(column_of(cell[0]), self.shown(cell)) for cell in line.cells]
        told = [""] * min(max((column for column, _shown in placed), default=0), MOST_COLUMNS + 1)
        for column, text in placed:
            if isinstance(text, str) and column <= len(told):
                told[column - 1] = text
        while told and not told[-1]:
            told.pop()
        return told

    def row(self, line: Line, merged: Set[str]) -> list[Any] | None:
        """Its number, its texts in the order of the columns, and its faults by column with what stands there.

        None if nothing is in it.
        """
        texts = [""] * len(self.columns)
        faults: list[list[str]] = []
        held: dict[str, str] = {}  # in merged cells
        for cell in line.cells:
            place = self.meant.get(cell[0])
            if place is None:
                continue
            if merged and cell[0] in merged:
                held[cell[0]] = self.as_it_stands(cell)
                continue
            written = cell[5]
            if written and "&" not in written and "_x" not in written:  # most of all cells
                texts[place] = written.strip()
                continue
            shown = self.shown(cell)
            if isinstance(shown, str):
                texts[place] = shown.strip()
            elif shown == ["date"] and place in self.days and (day := self.day(cell)):
                texts[place] = day
            elif shown == ["date"] and place in self.moments:
                texts[place] = self.moment(cell)
            else:
                faults.append([self.columns[place], shown[0], self.as_it_stands(cell)])
        if merged:
            spanned = [(letters, self.columns[place]) for letters, place in self.meant.items() if letters in merged]
            faults += [[column, "merged", held.get(letters, "")] for letters, column in spanned]
        if not faults and not any(texts):
            return None
        return [line.number, texts, [["", "hidden_row"], *faults] if line.is_hidden else faults]

    @cached_property
    def formats(self) -> list[str]:
        """Of numbers. Where every cell is text, as in the tables that we give out, nobody asks."""
        return number_formats(self.book)

    def day(self, cell: Cell) -> str:
        """A day as 2026-10-09; empty if it is more than a day."""
        said = self.moment(cell)
        return said if DAY.fullmatch(said) else ""

    def moment(self, cell: Cell) -> str:
        """A day, a time or both as ISO 8601 has them; as it was stored if it is none of them."""
        _letters, _style, kind, _formula, value, _inline = cell
        if kind == "d":
            return value.removesuffix("T00:00:00")
        with suppress(ValueError, OverflowError):
            from openpyxl.utils.datetime import from_excel  # noqa: PLC0415 - as in package.py

            said: str = from_excel(float(value), first_day(self.book)).isoformat()
            return said.removesuffix("T00:00:00")
        return value

    def as_it_stands(self, cell: Cell) -> str:
        """What its sender finds in a cell that is not read for what it says: a day, TRUE, a formula, or the rest."""
        shown, value = self.shown(cell), text_of(cell[4])
        if isinstance(shown, str):
            return shown
        match shown[0]:
            case "date" | "time":
                return self.moment(cell)
            case "truth":
                return {"1": "TRUE", "0": "FALSE"}.get(value, value)
            case "formula_without_value":
                return f"={text_of(TAG.sub('', cell[3]))}"
        return value

    def shown(self, cell: Cell) -> Shown:
        """A cell as it stands there to be read, or what became of it."""
        _letters, style, kind, formula, value, inline = cell
        if kind == "s":
            place = int(value) if value.isdecimal() else -1
            return self.texts[place] if 0 <= place < len(self.texts) else ""
        if kind in TEXTS:
            return text_of(inline or value)
        if not value:
            return ["formula_without_value"] if formula else ""
        if kind in DAMAGED:
            return [DAMAGED[kind]]
        place = int(style or 0)
        try:
            return number_shown(float(value), self.formats[place] if place < len(self.formats) else "")
        except (ValueError, InvalidOperation):
            return text_of(value)


def number_shown(value: float, number_format: str) -> Shown:
    """With all its digits, the zeros that its format shows, and its percent sign."""
    if number_format and number_format != "General":
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format  # noqa: PLC0415 - as in package.py

        if is_timedelta_format(number_format):
            return ["time"]
        if is_date_format(number_format):
            return ["date"] if abs(value) >= 1 else ["time"]
    if abs(value) >= EXACT_DIGITS:
        return ["long_number"]
    if "/" in number_format and "?" in number_format:
        return ["fraction"]
    exact = Decimal(repr(value))
    sign = "%" if "%" in number_format else ""
    exact = exact * 100 if sign else exact
    text = f"{exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    zeros = PLACES.search(number_format)
    wanted, there = len(zeros[1]) if zeros else 0, len(text.partition(".")[2])
    if wanted > there:
        text = f"{text}{'' if there else '.'}{'0' * (wanted - there)}"
    return text + sign
