"""XLSX as it comes: unpacked under a bound, then read by calamine in a process of bounded memory."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine

from quality.campaigns.frame.problems import RefusedRow
from quality.core import unpacking
from quality.core.words import _

MOST_BYTES = 256 << 20  # unpacked; about half a million rows, beyond that CSV or Parquet
MEMORY, SECONDS = 2 << 30, 120  # of the process that reads
EXACT_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number
PARTS = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|xl/.*\.(xml|rels))")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BY_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
READ = "quality.campaigns.frame.workbook.read"
TOO_BIG = _("The workbook is too big when unpacked: save the table as CSV or Parquet")


def rows(source: Path, scratch: Path) -> Iterator[tuple[int, list[str]] | RefusedRow]:
    """Number and cells of each row of the first sheet, the heading among them, or why it is refused."""
    for row, cells, *refused in _lines(source, scratch):
        yield RefusedRow(row, *refused) if refused else (row, cells)


def as_written(source: Path, scratch: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row that is not empty, whatever is wrong with it."""
    for row, cells, *_refused in _lines(source, scratch):
        yield row, cells


def _lines(source: Path, scratch: Path) -> Iterator[list[Any]]:
    counted, lines = scratch / "counted.xlsx", scratch / "rows.jsonl"
    unpacking.unpack(source, counted, parts=PARTS, most=MOST_BYTES, too_big=TOO_BIG)
    unpacking.apart(READ, counted, lines, memory=MEMORY, seconds=SECONDS, most=MOST_BYTES, too_big=TOO_BIG)
    with lines.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def read(counted: Path, lines: Path) -> None:
    """Write the rows of the first sheet as lines of JSON: [row, cells], and field, code, value if refused."""
    empty = dict(_formulas_without_value(counted))
    with python_calamine.load_workbook(str(counted)) as book, lines.open("w", encoding="utf-8") as written:
        sheet = book.get_sheet_by_index(0)
        left = sheet.start[1] if sheet.start else 0  # calamine shows empty rows above a table, not columns beside it
        for row, cells in enumerate(sheet.iter_rows(), 1):
            shown = [_shown(cell) for cell in cells]
            line: list[object] = [
                row,
                [str(cell) if text is None else text for cell, text in zip(cells, shown, strict=True)],
            ]
            if row in empty:
                line += [empty[row], "formula_without_value", ""]
            elif None in shown:
                place = shown.index(None)
                line += [f"column {left + place + 1}", "long_number", str(cells[place])]
            elif not any(shown):
                continue
            written.write(json.dumps(line, ensure_ascii=False) + "\n")


def _formulas_without_value(counted: Path) -> Iterator[tuple[int, str]]:
    """Row and address of cells with a formula that was never calculated: calamine reads them as empty."""
    with zipfile.ZipFile(counted) as book, book.open(_first_sheet(book)) as stream:
        for _event, element in ElementTree.iterparse(stream):
            if element.tag == f"{MAIN}row":
                element.clear()
            elif element.tag == f"{MAIN}c" and element.find(f"{MAIN}f") is not None:
                address = element.get("r", "")
                if not element.findtext(f"{MAIN}v") and (row := re.search(r"\d+", address)):
                    yield int(row[0]), address


def _first_sheet(book: zipfile.ZipFile) -> str:
    first = next(ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet"))
    related = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = next(part.get("Target", "") for part in related if part.get("Id") == first.get(BY_ID))
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _shown(cell: object) -> str | None:
    """A cell as text; None for a number that has lost its last digits."""
    match cell:
        case bool():
            return str(cell).upper()
        case int() | float() if abs(cell) >= EXACT_DIGITS:
            return None
        case float() if cell.is_integer():
            return str(int(cell))
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
