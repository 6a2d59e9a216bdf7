"""A table that a laboratory sent, as rows of text. What a spreadsheet made of a cell is named, and never guessed back.

A workbook is opened in a process of its own (core/unpacking.py): openpyxl holds it all in memory.
"""

from __future__ import annotations

import gc
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame import texts
from quality.core import unpacking
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.lab.workbook.columns import COLUMNS, LIMIT, MOST_ROWS, SHEET, meaning, wrong_headings

MOST_BYTES = 32 << 20  # of the file as it is sent
MOST_UNPACKED = 256 << 20
MEMORY, SECONDS = 2 << 30, 120  # of the process that reads
PARTS = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|docProps/.*\.xml|xl/.*\.(xml|rels))")
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # of XLSX; of XLS, and of XLSX with a password
DATE = re.compile(  # as spreadsheets write what they took for a date: 3月5日, 2026/3/5, 5-Mar
    r"(\d{2,4}年)?\d{1,2}月(\d{1,2}日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-\d{2,4})?",
    re.I,
)
NO_DATE = re.compile(r"<?[0-9]+(\.[0-9]+)?")
MEASURED = ("value", "uncertainty", "lod", "loq")
CELLS = "quality.lab.workbook.sheet.write_cells"
TOO_BIG = _("This workbook is too big: keep to %(rows)s rows, without pictures", rows=MOST_ROWS)

FAULTS: dict[str, Text] = {
    "date": _("The spreadsheet turned this into a date: format the column as text and write it anew"),
    "time": _("The spreadsheet turned this into a time: format the column as text and write it anew"),
    "truth": _("The spreadsheet turned this into TRUE or FALSE: format the column as text and write it anew"),
    "fraction": _("The spreadsheet shows a fraction here: format the column as text and write it anew"),
    "error": _("The spreadsheet shows an error here: write the value itself"),
    "formula_without_value": _("Open and save the workbook once, or write the value itself: this formula has no value"),
    "long_number": _("Format this column as text: a number of more than 15 digits has lost its last digits"),
    "merged": _("Unmerge these cells: a merged cell does not say to which row it belongs"),
    "hidden_row": _("This row is hidden: show it, or delete it"),
    "too_few_fields": _("Complete this row: it has fewer fields than the heading"),
    "too_many_fields": _("Correct this row: it has more fields than the heading"),
    "quotes": _("Correct the quotation marks of this row: a field goes on after its closing mark"),
    "damaged_text": _("Correct this row: it holds characters that cannot be read"),
}


class Fault(NamedTuple):
    """What a spreadsheet or a file did to a cell (`column`), or to the whole row (empty)."""

    column: str
    code: str


class Row(NamedTuple):
    """`number` as a spreadsheet counts: the heading is 1."""

    number: int
    cells: dict[str, str]  # of the columns that are meant
    faults: list[Fault]


class Table(NamedTuple):
    kind: str  # xlsx, or the encoding of a CSV
    own: list[str]  # headings that are the laboratory's own: kept, and not read
    rows: list[Row]


def read(source: Path, name: str) -> Table:
    """`Invalid` if it is no such table at all."""
    with source.open("rb") as stream:
        start = stream.read(4)
    suffix = Path(name).suffix.lower()
    if start == OLD:
        text = _("This is an old or a locked workbook: save it as XLSX, without a password")
        raise Invalid(FieldProblem("file", "old_workbook", text))
    if suffix not in {".xlsx", ".csv"}:
        raise Invalid(FieldProblem("file", "unknown_table", _("Send a table as XLSX or CSV")))
    if (start == ZIP) != (suffix == ".xlsx"):
        text = _("Its name ends in %(suffix)s, and it is no such file: give it its right name", suffix=suffix)
        raise Invalid(FieldProblem("file", "other_kind", text))
    with tempfile.TemporaryDirectory(prefix="workbook-") as scratch, without_collecting():
        return _of_workbook(source, Path(scratch)) if start == ZIP else _of_text(source, Path(scratch))


@contextmanager
def without_collecting() -> Iterator[None]:
    """Python looks through all that is there each time that some more is; of a big table that is half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def unpacked(source: Path, scratch: Path) -> Path:
    target = scratch / "counted.xlsx"
    unpacking.unpack(source, target, parts=PARTS, most=MOST_UNPACKED, too_big=TOO_BIG)
    return target


def _of_workbook(source: Path, scratch: Path) -> Table:
    told_at = scratch / "cells.json"
    unpacking.apart(
        CELLS, unpacked(source, scratch), told_at,
        memory=MEMORY, seconds=SECONDS, most=MOST_UNPACKED * 4, too_big=TOO_BIG,
    )  # fmt: skip
    told = json.loads(told_at.read_text(encoding="utf-8"))
    if told["problem"] == "no_sheet":
        names = "、".join(told["sheets"][:10])
        text = _("Name the sheet with the results “%(sheet)s”; there are: %(names)s", sheet=SHEET, names=names)
        raise Invalid(FieldProblem("file", "no_sheet", text))
    if told["problem"] == "hidden_sheet":
        text = _("Show the sheet “%(sheet)s”: it is hidden", sheet=SHEET)
        raise Invalid(FieldProblem("file", "hidden_sheet", text))
    if told["problem"] == "too_many_rows":
        raise Invalid(FieldProblem("file", "too_many_rows", _("Keep to %(most)s rows at most", most=MOST_ROWS)))
    refuse_headings(told["headings"])
    hidden = [meaning(told["headings"][place]) for place in told["hidden_columns"]]
    if hidden := [column for column in hidden if column in COLUMNS]:
        text = _("This column is hidden: show it, or delete it")
        raise Invalid(*(FieldProblem(column, "hidden_column", text) for column in hidden))
    rows = [row_with(*each) for each in told["rows"]]
    return Table("xlsx", own_of(told["headings"]), [row for row in rows if is_filled(row)])


def _of_text(source: Path, scratch: Path) -> Table:
    found = texts.open_text(source, scratch)
    headings = list(found.heading)
    refuse_headings(headings)
    rows: list[Row] = []
    for each in texts.rows(found):
        if len(rows) >= MOST_ROWS:
            raise Invalid(FieldProblem("file", "too_many_rows", _("Keep to %(most)s rows at most", most=MOST_ROWS)))
        if isinstance(each, tuple) and len(each) == 2:  # noqa: PLR2004 - number and fields
            rows.append(row_of(each[0], headings, [unharmed(cell) for cell in each[1]], []))
        else:
            rows.append(Row(each[0], {}, [Fault("", str(each[2]) if str(each[2]) in FAULTS else "damaged_text")]))
    return Table(found.encoding, own_of(headings), [row for row in rows if is_filled(row)])


def refuse_headings(headings: list[str]) -> None:
    if problems := wrong_headings(headings):
        raise Invalid(*problems)


def row_of(number: int, headings: list[str], cells: list[str], faults: list[Fault]) -> Row:
    """The cells of the columns that are meant; what is wrong in a column of the laboratory's own is its business."""
    named = {meaning(heading): cell.strip() for heading, cell in zip(headings, cells, strict=False)}
    return row_with(number, [named.get(column, "") for column in COLUMNS], faults)


def row_with(number: int, cells: Sequence[str], told: Sequence[Sequence[str]]) -> Row:
    """Cells in the order of COLUMNS."""
    kept, faults = dict(zip(COLUMNS, cells, strict=True)), [Fault(column, code) for column, code in told]
    dates = [each for each in MEASURED if (cell := kept[each]) and not NO_DATE.fullmatch(cell) and DATE.fullmatch(cell)]
    named = {fault.column for fault in faults}
    return Row(number, kept, [*faults, *(Fault(each, "date") for each in dates if each not in named)])


def kept_rows(table: Table) -> list[tuple[int, list[str], list[Fault]]]:
    """As JSON, for `row_with`."""
    return [(row.number, [row.cells.get(column, "") for column in COLUMNS], row.faults) for row in table.rows]


def own_of(headings: list[str]) -> list[str]:
    """Columns of the laboratory's own. The limit that we gave out is none of theirs, and read no more than they are."""
    return [each.strip() for each in headings if each.strip() and each != LIMIT and not meaning(each)]


def is_filled(row: Row) -> bool:
    return any(row.cells.values()) or any(fault.code != "hidden_row" for fault in row.faults)


def unharmed(cell: str) -> str:
    """Without the apostrophe by which `writing.py` keeps a spreadsheet from calculating it."""
    return cell[1:] if cell.startswith("'") and texts.FORMULA.match(cell[1:]) else cell
