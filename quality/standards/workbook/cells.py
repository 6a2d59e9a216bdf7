"""The cells of a stranger's workbook as text. What a spreadsheet made of one is named, and never guessed back.

It is opened in a process of its own (core/unpacking.py), by calamine.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import python_calamine

from quality.core import unpacking
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.standards.workbook.columns import COLUMNS, DAYS, MOST_COLUMNS, MOST_ROWS, SHEET, meaning, wrong_headings

MOST_BYTES = 4 << 20  # of the file as it is sent
MOST_UNPACKED = 32 << 20
MEMORY, SECONDS = 1 << 30, 30  # of the process that reads
PARTS = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|xl/.*\.(xml|rels))")
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # of XLSX; of XLS, and of XLSX with a password
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BY_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
EXACT_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number
READ = "quality.standards.workbook.cells.write_cells"
TOO_BIG = _("This workbook is too big: keep to %(rows)s rows, without pictures", rows=MOST_ROWS)
FAULTS: dict[str, Text] = {
    "date": _("The spreadsheet turned this into a date: format the column as text and write it anew"),
    "time": _("The spreadsheet turned this into a time: format the column as text and write it anew"),
    "truth": _("The spreadsheet turned this into TRUE or FALSE: format the column as text and write it anew"),
    "error": _("The spreadsheet shows an error here: write the value itself"),
    "formula_without_value": _("Open and save the workbook once, or write the value itself: this formula has no value"),
    "long_number": _("Format this column as text: a number of more than 15 digits has lost its last digits"),
    "merged": _("Unmerge these cells: a merged cell does not say to which row it belongs"),
    "hidden_row": _("This row is hidden: show it, or delete it"),
}


class Row(NamedTuple):
    """`number` as a spreadsheet counts: the heading is 1. A fault is a column (empty: the whole row) and its code."""

    number: int
    cells: dict[str, str]
    faults: list[tuple[str, str]]


class Table(NamedTuple):
    own: list[str]  # headings that are not read
    rows: list[Row]


def read(source: Path) -> Table:
    """`Invalid` if it is no such table at all."""
    with source.open("rb") as stream:
        start = stream.read(4)
    if start == OLD:
        text = _("This is an old or a locked workbook: save it as XLSX, without a password")
        raise Invalid(FieldProblem("file", "old_workbook", text))
    if start != ZIP:
        raise Invalid(FieldProblem("file", "no_workbook", _("Send a workbook as XLSX")))
    with tempfile.TemporaryDirectory(prefix="library-") as folder:
        counted, told_at = Path(folder) / "counted.xlsx", Path(folder) / "cells.json"
        unpacking.unpack(source, counted, parts=PARTS, most=MOST_UNPACKED, too_big=TOO_BIG)
        unpacking.apart(READ, counted, told_at, memory=MEMORY, seconds=SECONDS, most=MOST_UNPACKED * 4, too_big=TOO_BIG)
        told = json.loads(told_at.read_text(encoding="utf-8"))
    return table_of(told)


def table_of(told: dict[str, Any]) -> Table:
    if told["rows"] and told["rows"][-1][0] > MOST_ROWS + 1:
        raise Invalid(FieldProblem("file", "too_many_rows", _("Keep to %(most)s rows at most", most=MOST_ROWS)))
    headings = told["headings"]
    if problems := wrong_headings(headings):
        raise Invalid(*problems)
    own = [each.strip() for each in headings if each.strip() and not meaning(each)]
    rows = [row_of(number, headings, cells, faults) for number, cells, faults in told["rows"]]
    if not rows:
        raise Invalid(FieldProblem("file", "empty_table", _("There is no row below the headings")))
    return Table(own, rows)


def row_of(number: int, headings: list[str], cells: list[Any], faults: list[str]) -> Row:
    """The columns that are meant; a day may be one, and only in a column of days."""
    kept, found = dict.fromkeys(COLUMNS, ""), [("", code) for code in faults]
    for title, cell in zip(headings, cells, strict=False):
        column = meaning(title)
        if not column:
            continue
        if isinstance(cell, str):
            kept[column] = cell.strip()
        elif cell[0] == "day" and column in DAYS:
            kept[column] = cell[1]
        else:
            found.append((column, "date" if cell[0] == "day" else cell[0]))
    return Row(number, kept, found)


# --- in the process that reads ---


def write_cells(counted: Path, told_at: Path) -> None:
    """The sheet of limits as JSON: headings; each row's number, cells and faults. A cell that is no text is a list."""
    with python_calamine.load_workbook(str(counted)) as book:
        names = book.sheet_names
        name = next((each for each in names if each.strip().casefold() == SHEET), names[0])
        sheet = book.get_sheet_by_name(name)
        left = sheet.start[1] if sheet.start else 0  # empty rows above a table are shown, columns beside it are not
        merged = {
            row
            for (first, _c), (last, _d) in sheet.merged_cell_ranges or []
            for row in range(first + 1, min(last, MOST_ROWS + 2) + 2)
        }
        empty, hidden = marked(counted, name)
        headings: list[str] = []
        rows: list[tuple[int, list[Any], list[str]]] = []
        for number, cells in enumerate(sheet.iter_rows(), 1):
            shown = [""] * left + [shown_as(cell) for cell in cells[: MOST_COLUMNS + 1]]
            for place in empty.get(number, ()):
                if place < len(shown):
                    shown[place] = ["formula_without_value"]
            if number == 1:
                headings = [cell if isinstance(cell, str) else "" for cell in shown]
            elif any(shown):
                faults = [code for code, of in (("merged", merged), ("hidden_row", hidden)) if number in of]
                rows.append((number, shown, faults))
            if len(rows) > MOST_ROWS:
                break
    told_at.write_text(json.dumps({"headings": headings, "rows": rows}, ensure_ascii=False), encoding="utf-8")


def shown_as(cell: object) -> str | list[str]:
    match cell:
        case bool():
            return ["truth"]
        case int() | float():
            return ["long_number"] if abs(cell) >= EXACT_DIGITS else digits(cell)
        case datetime() if cell.time() == time():
            return ["day", cell.date().isoformat()]
        case date() if not isinstance(cell, datetime):
            return ["day", cell.isoformat()]
        case datetime() | time() | timedelta():
            return ["time"]
    text = str(cell)
    return ["error"] if re.fullmatch(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)", text) else text


def digits(number: float) -> str:
    text = f"{Decimal(repr(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def marked(counted: Path, name: str) -> tuple[dict[int, list[int]], set[int]]:
    """Formulas without a value, which calamine reads as empty, by row and place; and rows that are hidden."""
    empty: dict[int, list[int]] = {}
    hidden: set[int] = set()
    with zipfile.ZipFile(counted) as book, book.open(part_of(book, name)) as stream:
        for _event, element in ElementTree.iterparse(stream):
            if element.tag != f"{MAIN}row":
                continue
            number = int(element.get("r") or 0)
            if element.get("hidden") in {"1", "true"}:
                hidden.add(number)
            for place in uncalculated(element):
                empty.setdefault(number, []).append(place)
            element.clear()
    return empty, hidden


def uncalculated(row: ElementTree.Element) -> Iterator[int]:
    for cell in row.iter(f"{MAIN}c"):
        if cell.find(f"{MAIN}f") is not None and not cell.findtext(f"{MAIN}v"):
            letters = re.match(r"[A-Z]+", cell.get("r", ""))
            if letters:
                yield place_of(letters[0])


def place_of(letters: str) -> int:
    """`A` is 0, `AA` is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def part_of(book: zipfile.ZipFile, name: str) -> str:
    """Where in the file a sheet stands."""
    sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
    of = next(each.get(BY_ID) for each in sheets if each.get("name") == name)
    related = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = next(part.get("Target", "") for part in related if part.get("Id") == of)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
