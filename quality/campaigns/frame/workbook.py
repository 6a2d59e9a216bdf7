"""XLSX as it comes: unpacked under a bound, then read by calamine in a process of bounded memory.

A small workbook can unpack to any size, repeat one long text in a million cells, or span a million empty columns;
calamine holds it all in memory at once, so that only a limit on the process is a limit.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine

from quality.campaigns.frame.problems import RefusedRow
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

CHUNK = 1 << 20
MOST_BYTES = 256 << 20  # unpacked; about half a million rows, beyond that CSV or Parquet
MOST_PARTS = 2_000
MEMORY, SECONDS = 2 << 30, 120  # of the process that reads
EXACT_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number
PARTS = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|xl/.*\.(xml|rels))")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BY_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
from pathlib import Path
from quality.campaigns.frame.workbook import read
read(Path(sys.argv[3]), Path(sys.argv[4]))
"""


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
    _count(source, counted)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ, str(MEMORY), str(MOST_BYTES), str(counted), str(lines)],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as problem:
        raise _too_big() from problem
    if done.returncode < 0 or any(limit in done.stderr for limit in ("MemoryError", "File too large")):
        raise _too_big()
    if done.returncode:
        raise _damaged(done.stderr.strip().rpartition("\n")[2])
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


def _count(source: Path, target: Path) -> None:
    """Copy the parts that make the table while their true size is counted."""
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(source) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
            parts = [part for part in packed.infolist() if PARTS.fullmatch(part.filename)]
            if len(parts) > MOST_PARTS:
                raise _too_big()
            for part in parts:
                with packed.open(part) as read, copy.open(part.filename, "w", force_zip64=True) as written:
                    while chunk := read.read(CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise _too_big()
                        written.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise _damaged(str(problem)) from problem


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


def _too_big() -> Invalid:
    return Invalid(
        FieldProblem("file", "too_big", _("The workbook is too big when unpacked: save the table as CSV or Parquet"))
    )


def _damaged(why: str) -> Invalid:
    return Invalid(
        FieldProblem("file", "unreadable", _("The file is damaged and cannot be read to its end: %(why)s", why=why))
    )
