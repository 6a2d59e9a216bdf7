"""A scope as a table: pasted from a spreadsheet, or a workbook or CSV file. Nothing is taken that was not understood.

What was read comes out as text with tabs, which a person can look at and mend before it is taken.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from quality.competence.contents import MOST_LINES, LineText, tidied_line, wrong_lines
from quality.core import shelf
from quality.core.words import Text, _
from quality.workbooks.columns import Columns
from quality.workbooks.reading import FAULTS, read

SCOPE = Columns(
    sheet="scope",
    names={"item": "检验项目", "method": "检验方法", "category": "产品类别", "remarks": "限制范围"},
    also={  # as certificates have them
        "item": ("项目", "检测项目", "参数", "检测对象"),
        "method": ("方法", "检测方法", "标准", "检测标准", "依据标准", "标准编号", "standard"),
        "category": ("类别", "产品", "领域"),
        "remarks": ("说明", "备注", "限制范围及说明", "limits"),
    },
    needed=("item",),
    most_rows=MOST_LINES,
    most_bytes=4 << 20,
    most_unpacked=32 << 20,
)
HEADING = "\t".join(SCOPE.headings)


class Fault(NamedTuple):
    """What is wrong with a row, as it is counted in the table: the first is 1, headings included."""

    row: int
    column: str
    text: Text


class Looked(NamedTuple):
    lines: list[LineText]
    faults: list[Fault]


def look_into(source: BinaryIO, name: str) -> Looked:
    """What a file says; `Invalid` if it is no table at all. What a spreadsheet spoilt is named by its row."""
    with tempfile.TemporaryDirectory(prefix="scope-") as folder:
        path = Path(folder) / "source"
        source.seek(0)
        shelf.keep(source, path, SCOPE.most_bytes, _("Send at most %(most)s MB", most=SCOPE.most_bytes >> 20))
        rows = read(path, name, SCOPE).rows
    faults = [Fault(row.number, column, FAULTS[code]) for row in rows for column, code in row.faults]
    lines = [tidied_line(LineText(**row.cells)) for row in rows]
    return looked(lines, [row.number for row in rows], faults)


def looked(lines: list[LineText], numbers: Sequence[int], faults: list[Fault]) -> Looked:
    """With all that is wrong with the lines, by the numbers of their rows."""
    for problem in wrong_lines(lines, numbers):
        place, _comma, column = problem.field.removeprefix("lines ").partition(", ")
        number = numbers[int(place) - 1] if place.isdecimal() and int(place) <= len(numbers) else 1
        faults.append(Fault(number, column, problem.text))
    return Looked(lines, sorted(faults, key=lambda each: each.row))


def as_text(lines: Sequence[LineText]) -> str:
    """A scope as a person may paste it back."""
    return "\n".join([HEADING, *("\t".join(each).rstrip() for each in lines)])


def look(text: str) -> Looked:
    """What a table says, line by line, and all that is wrong with it. A first row of headings says which is which."""
    numbered = [(n, row) for n, row in enumerate(split(text), 1) if any(cell.strip() for cell in row)]
    order: Sequence[str] = list(SCOPE.names)
    if numbered and any(SCOPE.meaning(cell) for cell in numbered[0][1]):
        order = [SCOPE.meaning(cell) for cell in numbered.pop(0)[1]]
    if "item" not in order:
        return Looked([], [Fault(1, "item", _("Give the table a column %(heading)s", heading=SCOPE.heading("item")))])
    if doubled := next((each for each in order if each and order.count(each) > 1), None):
        text_ = _("Keep one of the columns that mean %(heading)s", heading=SCOPE.heading(doubled))
        return Looked([], [Fault(1, doubled, text_)])
    faults, lines = [], []
    for number, row in numbered[: MOST_LINES + 1]:
        if len(row) > len(order):
            faults.append(Fault(number, "", FAULTS["too_many_fields"]))
        said = {name: cell for name, cell in zip(order, row, strict=False) if name}
        lines.append(tidied_line(LineText(**{"item": "", **said})))
    return looked(lines, [number for number, _row in numbered], faults)


def split(text: str) -> list[list[str]]:
    """With tabs as a spreadsheet copies them, else with commas."""
    delimiter = "\t" if "\t" in text else ","
    return list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter))
