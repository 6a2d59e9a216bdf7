"""Every row of a stranger's workbook, whatever its columns are called. It runs in a process of its own.

Who does not know the columns beforehand reads a whole table by this; whoever knows them, by sheet.py.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quality.workbooks.package import Irregular, Line, column_of, lines_by_parser, lines_by_pattern, sheets
from quality.workbooks.reading import without_collecting
from quality.workbooks.sheet import Reader

LOST = {"formula_without_value", "long_number"}  # nobody can say any more what stood there


def write_rows(counted: Path, lines: Path) -> None:
    """The rows of the first sheet as lines of JSON: number and cells, and field, code and value if it is refused."""
    with zipfile.ZipFile(counted) as book, without_collecting():
        written, reader = book.read(sheets(book)[0].part), Reader(book)
        try:
            _write(lines_by_pattern(written), reader, lines)
        except Irregular:
            _write(lines_by_parser(written), reader, lines)


def _write(read: Iterator[Line], reader: Reader, lines: Path) -> None:
    with lines.open("w", encoding="utf-8") as out:
        for told in _rows(read, reader):
            out.write(json.dumps(told, ensure_ascii=False) + "\n")


def _rows(read: Iterator[Line], reader: Reader) -> Iterator[list[Any]]:
    """A table begins where its heading does, and is as wide; a cell beside it makes its row too long."""
    places: dict[str, int] = {}
    columns = range(0)
    for number, _is_hidden, cells in read:
        texts: dict[int, str] = {}
        refused: list[str] = []
        for cell in cells:
            place = places.get(cell[0]) or places.setdefault(cell[0], column_of(cell[0]))
            shown = reader.shown(cell)
            if isinstance(shown, list):
                is_lost = shown[0] in LOST
                if is_lost and not refused:
                    refused = [f"column {place}", shown[0], cell[4]]
                shown = cell[4] if is_lost else reader.as_it_stands(cell)
            if shown:
                texts[place] = shown
        columns = columns or range(min(texts, default=1), max(texts, default=0) + 1)
        row = [texts.pop(place, "") for place in columns]
        if texts and not refused:
            refused = ["", "too_many_fields", next(iter(texts.values()))]
        if any(row) or refused:
            yield [number, row + list(texts.values()), *refused]
