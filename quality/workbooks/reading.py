"""A table that somebody sent, as rows of text. What a spreadsheet made of a cell is named, and never guessed back.

A workbook is opened in a process of its own (core/unpacking.py): it is held in memory as a whole.
"""

from __future__ import annotations

import gc
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from quality.core import unpacking
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.workbooks import texts
from quality.workbooks.columns import Columns, Why
from quality.workbooks.dates import looks_like_a_date

MEMORY, SECONDS = 2 << 30, 120  # of the process that reads
PARTS = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|docProps/.*\.xml|xl/.*\.(xml|rels))")
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # of XLSX; of XLS, and of XLSX with a password
SUFFIXES = (".xlsx", ".csv")
LONGEST_SEEN = 200  # characters of a row that cannot be taken apart
SEEN = 2  # where a fault tells what stands there
CELLS = "quality.workbooks.sheet.write_cells"

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


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Fault(NamedTuple):
    """What a spreadsheet or a file did to a cell (`column`), or to the whole row (empty)."""

    column: str
    code: str


class Row(NamedTuple):
    """`number` as a spreadsheet counts: the heading is 1."""

    number: int
    cells: dict[str, str]  # of every column that is known, in their order; empty where nothing is, or a fault
    faults: list[Fault]
    seen: Mapping[str, str] = NOTHING  # what stands where a fault is, by column; "": the whole row

    def written(self, column: str) -> str:
        """As its sender wrote it, whether it can be read or not."""
        return self.cells[column] or self.seen.get(column, "")


def faults_of(row: Row) -> list[Why]:
    return [Why(column, code, FAULTS[code]) for column, code in row.faults]


class Table(NamedTuple):
    kind: str  # xlsx, or the encoding of a CSV
    own: list[str]  # headings that are the sender's own: kept, and not read
    rows: list[Row]


def read(source: Path, name: str, columns: Columns, told_at: Path | None = None) -> Table:
    """`Invalid` if it is no such table at all, or nothing is in it. `name` as its sender called it.

    What was read is kept `told_at`, for `read_again`.
    """
    with source.open("rb") as stream:
        start = stream.read(4)
    suffix = Path(name).suffix.lower()
    if start == OLD:
        raise Invalid(old_or_locked(source))
    refuse_other_kinds(name)
    if (start == ZIP) != (suffix == ".xlsx"):
        text = _("Its name ends in %(suffix)s, and it is no such file: give it its right name", suffix=suffix)
        raise Invalid(FieldProblem("file", "other_kind", text))
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        scratch = Path(folder)
        told_at = told_at or scratch / "told.json"
        (_tell_workbook if start == ZIP else _tell_text)(source, scratch, columns, told_at)
        return read_again(told_at, columns)


def old_or_locked(source: Path) -> FieldProblem:
    """Both are compound files (MS-CFB); what is locked stands in a stream of that name (MS-OFFCRYPTO 2.3.4.4)."""
    if "EncryptedPackage".encode("utf-16-le") in source.read_bytes():
        text = _("This workbook is locked by a password: save it without one")
        return FieldProblem("file", "locked_workbook", text)
    return FieldProblem("file", "old_workbook", _("This is a workbook of an old kind (XLS): save it as XLSX"))


def read_again(told_at: Path, columns: Columns) -> Table:
    with without_collecting():
        return _table(json.loads(told_at.read_text(encoding="utf-8")), columns)


def refuse_other_kinds(name: str) -> None:
    if Path(name).suffix.lower() not in SUFFIXES:
        raise Invalid(FieldProblem("file", "unknown_table", _("Send a table as XLSX or CSV")))


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


def too_big(columns: Columns) -> Text:
    return _("This workbook is too big: keep to %(rows)s rows, without pictures", rows=columns.most_rows)


def _tell_workbook(source: Path, scratch: Path, columns: Columns, told_at: Path) -> None:
    counted, asked = scratch / "counted.xlsx", scratch / "asked.json"
    most, says = columns.most_unpacked, too_big(columns)
    unpacking.unpack(source, counted, parts=PARTS, most=most, too_big=says)
    asked.write_text(json.dumps(columns.asked()), encoding="utf-8")
    told = most // 4  # bytes; whoever asked holds all of it in memory
    unpacking.apart(CELLS, counted, asked, told_at, memory=MEMORY, seconds=SECONDS, most=told, too_big=says)


def _tell_text(source: Path, scratch: Path, columns: Columns, told_at: Path) -> None:
    """As the process that reads a workbook tells it (sheet.py)."""
    found = texts.open_text(source, scratch, knows=columns.meaning)
    headings, rows = list(found.heading), list[tuple[int, list[str], list[list[str]]]]()
    unread: dict[int, list[str]] = {}
    meant = {column: place for place, each in enumerate(headings) if (column := columns.meaning(each))}
    told: dict[str, Any] = {"kind": found.encoding, "problem": "", "headings": headings, "hidden_columns": []}
    for each in texts.rows(found):
        if len(rows) > columns.most_rows:
            told["problem"] = "too_many_rows"
            break
        if isinstance(each, texts.Unread):
            code = each.code if each.code in FAULTS else "damaged_text"
            unread[each.row] = ["", code]
            rows.append((each.row, [""] * len(columns.names), [unread[each.row]]))
        else:
            number, fields = each
            cells = [unharmed(fields[meant[name]]).strip() if name in meant else "" for name in columns.names]
            rows.append((number, cells, []))
    if unread:
        for number, fields in texts.as_written(found):
            if number in unread:
                unread[number].append(found.delimiter.join(fields)[:LONGEST_SEEN])
    told_at.write_text(json.dumps(told | {"rows": rows}, ensure_ascii=False), encoding="utf-8")


def _table(told: dict[str, Any], columns: Columns) -> Table:
    if told["problem"] == "no_sheet":
        names = "、".join(told["sheets"][:10])
        text = _("Name the sheet with the table “%(sheet)s”; there are: %(names)s", sheet=columns.sheet, names=names)
        raise Invalid(FieldProblem("file", "no_sheet", text))
    if told["problem"] == "hidden_sheet":
        text = _("Show the sheet “%(sheet)s”: it is hidden", sheet=columns.sheet)
        raise Invalid(FieldProblem("file", "hidden_sheet", text))
    if told["problem"] == "headings_lower":
        text = _("The headings stand in row %(row)s: delete the rows above them", row=told["headings_at"])
        raise Invalid(FieldProblem("file", "headings_lower", text))
    if told["problem"] == "too_many_rows":
        text = _("Keep to %(most)s rows at most", most=columns.most_rows)
        raise Invalid(FieldProblem("file", "too_many_rows", text))
    headings = told["headings"]
    if problems := columns.wrong(headings):
        raise Invalid(*problems)
    hidden = [columns.meaning(headings[place]) for place in told["hidden_columns"]]
    if any(hidden):
        text = _("This column is hidden: show it, or delete it")
        raise Invalid(*(FieldProblem(column, "hidden_column", text) for column in hidden if column))
    rows = [row_with(columns, *each) for each in told["rows"]]
    kept = [row for row in rows if row.faults or any(row.cells.values())]
    if not kept:
        raise Invalid(FieldProblem("file", "empty_table", _("There is no row below the headings")))
    return Table(told["kind"], columns.own(headings), kept)


def row_with(columns: Columns, number: int, cells: Sequence[str], told: Sequence[Sequence[str]]) -> Row:
    """Cells in the order of the columns."""
    kept, faults = dict(zip(columns.names, cells, strict=True)), [Fault(*each[:2]) for each in told]
    seen = {each[0]: each[2] for each in told if len(each) > SEEN} if told else NOTHING
    for column in columns.measured:
        cell = kept[column]
        if cell and looks_like_a_date(cell) and (column, "date") not in faults:
            faults.append(Fault(column, "date"))
    return Row(number, kept, faults, seen)


def unharmed(cell: str) -> str:
    """Without the apostrophe by which `writing.py` keeps a spreadsheet from calculating it."""
    return cell[1:] if cell.startswith("'") and texts.FORMULA.match(cell[1:]) else cell
