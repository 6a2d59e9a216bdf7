"""Two columns written into somebody's own workbook: into the XML of its sheet, so that all else stays as it was.

It runs in a process of its own (writing.py). Every other part of the package is copied as it is: styles, formulas,
pictures, other sheets. Only the sheet's cells and widths change, and one style is added, for text that wraps.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from quality.workbooks.headings import MEANING_OURS, OURS, alike
from quality.workbooks.package import (
    Irregular,
    Line,
    Sheet,
    column_of,
    letters_of,
    lines_by_parser,
    lines_by_pattern,
    sheets,
)
from quality.workbooks.sheet import Reader, sheet_of

WIDTHS = (14, 60)  # of status and reason
CHUNK = 1 << 20
MOST_COPIED = 512 << 20  # bytes of all parts, unpacked
NO_SIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML cannot hold it
WRITTEN = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})[0-9]+"[^>]*(?<!/)>')  # a cell with something in it
STYLES = "xl/styles.xml"


class Splice(NamedTuple):
    """Bytes of the sheet that give way to others."""

    begins: int
    ends: int
    bytes: bytes


def annotate(source: Path, said_at: Path, out: Path) -> None:
    """The workbook with a status and a reason beside each row, in the columns of an earlier look or behind the last."""
    told = json.loads(said_at.read_text(encoding="utf-8"))
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        sheet = sheet_of(sheets(book), told["sheet"])
        assert sheet, "it was read before"
        headings = headings_of(book, sheet)
        styles, style = wrapping(book)
        written = book.read(sheet.part)
        said = {1: told["headings"]} | {int(number): words for number, words in told["rows"].items()}
        places = places_of(headings, max(len(headings), last_column(written)))
        new = spliced(written, splices(written, said, places, style))
        left = MOST_COPIED
        for part in book.infolist():
            if part.filename in {sheet.part, STYLES if styles else ""}:
                made.writestr(part.filename, new if part.filename == sheet.part else styles)
                continue
            with book.open(part) as read, made.open(part.filename, "w", force_zip64=True) as copied:
                while chunk := read.read(CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise MemoryError  # as any workbook that is too big
                    copied.write(chunk)


def headings_of(book: zipfile.ZipFile, sheet: Sheet) -> list[str]:
    written, reader = book.read(sheet.part), Reader(book)
    try:
        first: Line | None = next(lines_by_pattern(written), None)
    except Irregular:
        first = next(lines_by_parser(written), None)
    return reader.headings(first) if first and first.number == 1 else []


def last_column(written: bytes) -> int:
    """The last in which anything is written, with a heading or without: nothing of theirs is overwritten."""
    if letters := {found.decode() for found in WRITTEN.findall(written)}:
        return max(map(column_of, letters))
    return max((column_of(cell[0]) for line in lines_by_parser(written) for cell in line.cells), default=0)


def places_of(headings: Sequence[str], last: int) -> list[int]:
    """Columns of status and reason, from 1."""
    there = {MEANING_OURS.get(alike(each)): place for place, each in enumerate(headings, 1)}
    return [there.get(column, last + place) for place, column in enumerate(OURS, 1)]


def wrapping(book: zipfile.ZipFile) -> tuple[bytes, int]:
    """The styles with one more, of text that wraps; and its place. Nothing where there are no such styles."""
    if STYLES not in book.namelist():
        return b"", 0
    styles = book.read(STYLES)
    found = re.search(rb"<((?:\w+:)?)cellXfs([^>]*)>(.*?)</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    if not found:
        return b"", 0
    prefix, inside = found[1], found[3]
    count = len(re.findall(rb"<" + prefix + rb"xf\b", inside))
    one = (
        b'<%sxf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
        b'<%salignment vertical="top" wrapText="1"/></%sxf>' % (prefix, prefix, prefix)
    )
    whole = b'<%scellXfs count="%d">%s%s</%scellXfs>' % (prefix, count + 1, inside, one, prefix)
    return styles[: found.start()] + whole + styles[found.end() :], count


def splices(written: bytes, said: dict[int, list[str]], places: list[int], style: int) -> list[Splice]:
    """What changes in the sheet, in its order."""
    seen = Seen(written, said, places, style)
    parser = seen.parser
    parser.StartElementHandler, parser.EndElementHandler = seen.start, seen.end
    parser.Parse(written, True)
    return sorted([*seen.found, *around(written, seen, places)], key=lambda each: (each.begins, each.ends))


class Seen:
    """What passes of the sheet. Rows keep their numbers, and cells stand in the order of their columns."""

    def __init__(self, written: bytes, said: dict[int, list[str]], places: list[int], style: int) -> None:
        self.parser = expat.ParserCreate()
        self.written, self.said, self.places, self.style = written, said, places, style
        self.columns = {letters_of(place) for place in places}
        self.found: list[Splice] = []
        self.row, self.cell = 0, -1
        self.ahead: list[tuple[int, int]] = []  # of the row: column and first byte of cells behind the first of ours
        self.names: dict[str, str] = {}  # of elements around the cells, with their prefix
        self.at: dict[str, int] = {}  # their first bytes
        self.covered = 0  # the last column that has a width

    def start(self, name: str, told: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self.begin_cell(told.get("r", "").rstrip("0123456789"))
            case "row":
                self.begin_row(told)
            case "col":
                self.covered = max(self.covered, int(told.get("max", 0)))
            case "dimension" | "cols" | "sheetData" as plain:
                self.names[plain], self.at[plain] = name, self.parser.CurrentByteIndex

    def begin_row(self, told: dict[str, str]) -> None:
        self.row = int(told.get("r") or self.row + 1)
        self.ahead.clear()
        if "spans" in told:  # a hint that would be wrong
            begins = self.parser.CurrentByteIndex
            ends = after(self.written, begins)
            self.found.append(Splice(begins, ends, re.sub(rb'\s+spans="[^"]*"', b"", self.written[begins:ends])))

    def begin_cell(self, letters: str) -> None:
        if letters in self.columns:
            self.cell = self.parser.CurrentByteIndex
        elif letters and (column := column_of(letters)) > self.places[0]:
            self.ahead.append((column, self.parser.CurrentByteIndex))

    def end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "c" if self.cell >= 0:
                self.found.append(Splice(self.cell, after(self.written, self.parser.CurrentByteIndex), b""))
                self.cell = -1
            case "row" if self.row in self.said:
                self.end_row(name.removesuffix("row"), self.parser.CurrentByteIndex)
            case "cols":
                self.at["cols_end"] = self.parser.CurrentByteIndex

    def end_row(self, prefix: str, place: int) -> None:
        if not self.written.startswith(b"</", place):
            return  # nothing is in it
        for column, text in sorted(zip(self.places, self.said[self.row], strict=True)):
            behind = next((byte for each, byte in self.ahead if each > column), place)
            xml = cell_xml(prefix, f"{letters_of(column)}{self.row}", text, self.style)
            self.found.append(Splice(behind, behind, xml))


def around(written: bytes, seen: Seen, places: list[int]) -> list[Splice]:
    """The sheet's stated size, and widths of the new columns where no other width covers them."""
    found, at, names = [], seen.at, seen.names
    if "dimension" in at:
        ends = after(written, at["dimension"])
        size = re.sub(
            rb":([A-Z]+)([0-9]+)",
            lambda old: b":%s%s" % (letters_of(max(column_of(old[1].decode()), *places)).encode(), old[2]),
            written[at["dimension"] : ends],
        )
        found.append(Splice(at["dimension"], ends, size))
    if seen.covered < min(places):
        prefix = names["sheetData"][: -len("sheetData")]
        columns = "".join(
            f'<{prefix}col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in sorted(zip(places, WIDTHS, strict=True))
        )
        if "cols_end" in at:
            found.append(Splice(at["cols_end"], at["cols_end"], columns.encode()))
        elif "cols" not in at:
            whole = f"<{prefix}cols>{columns}</{prefix}cols>"
            found.append(Splice(at["sheetData"], at["sheetData"], whole.encode()))
    return found


def after(written: bytes, place: int) -> int:
    """The byte behind the tag that begins at `place`."""
    return written.index(b">", place) + 1


def cell_xml(prefix: str, address: str, text: str, style: int) -> bytes:
    """As text, whatever it begins with: what others wrote is never a formula."""
    if not text:
        return b""
    said = escape(NO_SIGN.sub(" ", text))
    styled = f' s="{style}"' if style else ""
    return (
        f'<{prefix}c r="{address}"{styled} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{said}'
        f"</{prefix}t></{prefix}is></{prefix}c>"
    ).encode()


def spliced(written: bytes, changes: list[Splice]) -> bytes:
    pieces: list[Any] = []
    place = 0
    for begins, ends, new in changes:
        pieces += (written[place:begins], new)
        place = ends
    return b"".join([*pieces, written[place:]])
