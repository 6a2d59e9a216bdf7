"""The cells of a stranger's workbook as they stand there to be read. It runs in a process of its own (reading.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.reader import excel
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from quality.lab.workbook.columns import MOST_COLUMNS, MOST_ROWS, OURS, SHEET, meaning

EXACT_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number
WIDTHS = (14, 60)  # of status and reason
PLACES = re.compile(r"0\.(0+)")  # a number format that shows so many decimals


def write_cells(counted: Path, told_at: Path) -> None:
    """The sheet of results as JSON: headings, and each row with its number, whether it is hidden, and its cells.

    A cell is its text, or a list of one code that says what became of it.
    """
    without_pictures()
    values = load_workbook(counted, data_only=True, keep_links=False)
    written = load_workbook(counted, keep_links=False)
    told: dict[str, Any] = {
        "problem": "",
        "sheets": values.sheetnames,
        "headings": [],
        "rows": [],
        "hidden_columns": [],
    }
    name = sheet_of(values.sheetnames)
    if name is None:
        told["problem"] = "no_sheet"
    elif is_too_long(values[name]):
        told["problem"] = "too_many_rows"
    else:
        told |= cells_of(values[name], written[name])
    told_at.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def without_pictures() -> None:
    """They are nothing to read, and a picture can unpack to any size."""
    excel.find_images = lambda *_: ([], [])


def sheet_of(names: list[str]) -> str | None:
    """The sheet `results`, or the only one."""
    named = [name for name in names if name.strip().casefold() == SHEET]
    return named[0] if named else names[0] if len(names) == 1 else None


def is_too_long(sheet: Any) -> bool:
    """Whether something stands below the last row that is read. A format alone is nothing."""
    return any(row > MOST_ROWS + 1 and cell.value is not None for (row, _column), cell in sheet._cells.items())


def cells_of(values: Any, written: Any) -> dict[str, Any]:
    width = max((column for (row, column), cell in values._cells.items() if cell.value is not None), default=0)
    width = min(width, MOST_COLUMNS + 1)
    merged = {
        (row, column)
        for span in values.merged_cells.ranges
        if span.min_col <= width and span.max_row - span.min_row <= MOST_ROWS
        for row in range(span.min_row, span.max_row + 1)
        for column in range(span.min_col, min(span.max_col, width) + 1)
    }
    last = min(values.max_row, MOST_ROWS + 1)
    rows = []
    for number in range(2, last + 1):
        cells: list[Any] = []
        for column in range(1, width + 1):
            is_merged = (number, column) in merged
            cells.append(["merged"] if is_merged else shown(values.cell(number, column), written.cell(number, column)))
        if any(cells):
            rows.append([number, bool(values.row_dimensions[number].hidden), cells])
    return {
        "headings": [as_text(values.cell(1, column)) for column in range(1, width + 1)],
        "rows": rows,
        "hidden_columns": sorted(hidden_columns(values, width)),
    }


def hidden_columns(sheet: Any, width: int) -> Iterator[int]:
    """Places from 0."""
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden and dimension.min:
            yield from range(dimension.min - 1, min(dimension.max, width))


def as_text(cell: Any) -> str:
    told = shown(cell, cell)
    return told if isinstance(told, str) else ""


def shown(cell: Any, written: Any) -> str | list[str]:
    """A cell as it stands there to be read, or what became of it."""
    value = cell.value
    if value is None:
        return ["formula_without_value"] if written.data_type == "f" else ""
    if cell.data_type == "e":
        return ["error"]
    match value:
        case str():
            return value
        case bool():
            return ["truth"]
        case int() | float():
            return number_shown(value, str(cell.number_format or ""))
        case datetime() | date():
            return ["date"]
        case time() | timedelta():
            return ["time"]
    return str(value)


def number_shown(value: float, number_format: str) -> str | list[str]:
    """With all its digits, the zeros that its format shows, and its percent sign."""
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


# --- given back ---


def annotate(counted: Path, said_at: Path, out: Path) -> None:
    """The workbook with a status and a reason beside each row, in the columns of an earlier look or behind the last."""
    without_pictures()
    book = load_workbook(counted, keep_links=False)
    told = json.loads(said_at.read_text(encoding="utf-8"))
    name = sheet_of(book.sheetnames)
    assert name, "it was read before"
    sheet = book[name]
    headings = {meaning(as_text(cell)): cell.column for cell in sheet[1]}
    last = max((cell.column for cell in sheet[1] if cell.value is not None), default=0)
    places = [headings.get(column, last + place) for place, column in enumerate(OURS, 1)]
    for column in places:
        for number in range(2, min(sheet.max_row, MOST_ROWS + 1) + 1):
            sheet.cell(number, column).value = None
    put(sheet, 1, places, told["headings"])
    for number, words in told["rows"].items():
        put(sheet, int(number), places, words)
    for column, width in zip(places, WIDTHS, strict=True):
        sheet.column_dimensions[get_column_letter(column)].width = width
    book.save(out)


def put(sheet: Any, number: int, places: list[int], words: list[str]) -> None:
    """As text, whatever it begins with: what others wrote is never a formula."""
    for column, text in zip(places, words, strict=True):
        cell = sheet.cell(number, column)
        cell.value = text
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
