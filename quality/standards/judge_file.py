"""`mingcha judge`: a laboratory's CSV of results in, the same rows with their verdicts out."""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Reason, _
from quality.standards.judgement import Verdict, judge
from quality.standards.limits import read_limit
from quality.standards.reading import NAMES, Field, shown
from quality.standards.units import read_unit
from quality.standards.values import read_results

# fmt: off
HEADINGS = {  # the second language as in the laboratory workbook (CONTRACT §5)
    "检验项目": Field.ITEM, "实测值": Field.VALUE, "单位": Field.UNIT, "限量": Field.LIMIT, "标准限量": Field.LIMIT,
    "不确定度": Field.UNCERTAINTY, "检出限": Field.LOD, "定量限": Field.LOQ, "判定规则": Field.RULE,
} | {field.value: field for field in Field}
# fmt: on
NEEDED = (Field.ITEM, Field.VALUE, Field.UNIT, Field.LIMIT)  # without one of the others its cells count as blank
OURS = ("verdict", "reason")
LONGEST_FILE = 64 * 1024 * 1024  # bytes


def judge_table(source: Path, out: TextIO) -> int:
    """Write every row again, in order, with `verdict` and `reason` behind it; how many rows there were.

    Cells are written as they came, `-5` and `=1+1` too: they are the laboratory's, and `-5` is a result. The reasons
    are ours and never begin with a sign that a spreadsheet would run. A `verdict` or `reason` column of an earlier run
    is replaced. A row that cannot be judged is undecided; Invalid only if the rows cannot be told apart.
    """
    heading, *rows = _rows(_text(source))
    names = [" ".join(cell.split()).casefold() for cell in heading]
    columns = _columns(names)
    kept = [place for place in range(len(heading)) if names[place] not in OURS]
    width = max(map(len, rows), default=0)
    writer = csv.writer(out, lineterminator="\n")
    beyond = range(len(heading), width)  # cells that no heading names
    writer.writerow([heading[place] for place in kept] + [""] * len(beyond) + list(OURS))
    for row in rows:
        verdict, reason = _judged(row, columns, len(heading))
        padded = row + [""] * (max(width, len(heading)) - len(row))
        writer.writerow([padded[place] for place in (*kept, *beyond)] + [verdict.value, reason])
    return len(rows)


def _judged(row: list[str], columns: dict[Field, int], width: int) -> tuple[Verdict, str]:
    if len(row) < width:
        text = _("The row has %(count)s cells of %(width)s. Complete it.", count=len(row), width=width)
        return Verdict.UNDECIDED, str(text)
    if len(row) > width:
        text = _(
            "The row has %(count)s cells for %(width)s headings. Put quotation marks around cells that hold commas.",
            count=len(row),
            width=width,
        )
        return Verdict.UNDECIDED, str(text)
    cells = {field: row[place] for field, place in columns.items()}
    item = cells.pop(Field.ITEM)
    if item.lstrip().startswith("="):
        return Verdict.UNDECIDED, str(_("The item is a formula: %(text)s. Enter its name.", text=shown(item)))
    judgement = judge(**{field.value: cell for field, cell in cells.items()})
    told = [str(reason.text) for reason in (judgement.reason, *judgement.notes)]
    if judgement.verdict is Verdict.UNDECIDED and _is_no_name(item):
        text = _(
            "The item is what a value or a limit says: %(text)s. Look whether columns are shifted.", text=shown(item)
        )
        told.append(str(text))
    return judgement.verdict, " ".join(dict.fromkeys(told))


@lru_cache(maxsize=1024)
def _is_no_name(item: str) -> bool:
    """Whether a value or a limit stands where the item's name should: then the cells of the row may be shifted."""
    if not isinstance(read_limit(item), Reason):
        return True
    found = read_results(item)
    units = [] if isinstance(found, Reason) else [read_unit(each.unit) for each in found if each.unit]
    return any(unit and unit.is_known for unit in units)


def _columns(names: list[str]) -> dict[Field, int]:
    found: dict[Field, int] = {}
    problems = []
    for place, name in enumerate(names):
        field = HEADINGS.get(name)
        if field in found:
            problems.append(
                FieldProblem("heading", "doubled_column", _("The column %(name)s stands twice. Remove one.", name=name))
            )
        elif field:
            found[field] = place
    problems += [
        FieldProblem(
            field,
            "missing_column",
            _("The column %(field)s (%(name)s) is missing.", field=field.value, name=NAMES[field]),
        )
        for field in NEEDED
        if field not in found
    ]
    if problems:
        raise Invalid(*problems)
    return found


def _rows(text: str) -> list[list[str]]:
    """Every line that holds anything, the heading first."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as damage:
        sentence = _(
            "The file is damaged at line %(line)s (%(damage)s). Save it as CSV again.",
            line=reader.line_num,
            damage=str(damage),
        )
        raise Invalid(FieldProblem(f"line {reader.line_num}", "damaged", sentence)) from damage
    if not rows:
        raise Invalid(FieldProblem("file", "empty_file", _("The file is empty.")))
    return rows


def _text(source: Path) -> str:
    """UTF-8 with or without BOM, else GB18030, which Chinese spreadsheets save."""
    try:
        with source.open("rb") as file:
            held = file.read(LONGEST_FILE + 1)
    except OSError as trouble:
        sentence = _("The file cannot be opened: %(trouble)s", trouble=trouble.strerror or str(trouble))
        raise Invalid(FieldProblem("file", "unreadable_file", sentence)) from trouble
    if len(held) > LONGEST_FILE:
        size = LONGEST_FILE // 1024 // 1024
        raise Invalid(
            FieldProblem("file", "too_large", _("The file is larger than %(size)s MiB. Split it.", size=size))
        )
    if b"\0" not in held:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return held.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise Invalid(
        FieldProblem("file", "not_text", _("This is no CSV text. Save the table as CSV in UTF-8 and try again."))
    )
