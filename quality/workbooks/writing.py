"""A table as we give it out: to be filled in, or its sender's own with what is wrong."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from quality.core import unpacking
from quality.core.words import Text, _
from quality.workbooks import texts
from quality.workbooks.columns import Columns
from quality.workbooks.headings import OURS, is_ours
from quality.workbooks.reading import MEMORY, NOTHING, SECONDS, too_big

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKED = {"utf-8": "utf-8-sig"}  # without its mark, spreadsheets take UTF-8 for something else
ANNOTATE = "quality.workbooks.patching.annotate"
OUR_HEADINGS = [f"{chinese} {name}" for name, chinese in OURS.items()]
AS_TEXT = _("All cells are text, so that a spreadsheet turns nothing into a date. Keep them so.")


def write(
    columns: Columns,
    rows: Iterable[Mapping[str, str]],
    out: Path,
    *,
    notes: Sequence[Text],
    widths: Mapping[str, int],
    frozen: int = 0,
    choices: Mapping[str, Sequence[str]] = NOTHING,
) -> None:
    """Rows by their columns. Every cell is text: nothing turns into a date, loses a digit or is ever calculated.

    The first `frozen` columns stay in sight. `choices` are offered in the cells of their column.
    """
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, said = book.add_worksheet(columns.sheet), book.add_worksheet("说明 notes")
        bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        names = [*columns.names, *columns.shown_only]
        for place, name in enumerate(names):
            sheet.set_column(place, place, widths.get(name, 14), text)
            sheet.write_string(0, place, columns.heading(name) if name in columns.names else name, bold)
        for number, row in enumerate(rows, 1):
            for place, name in enumerate(names):
                if row.get(name):
                    sheet.write_string(number, place, row[name], text)
        for name, offered in choices.items():
            place = names.index(name)
            sheet.data_validation(1, place, columns.most_rows, place, {"validate": "list", "source": list(offered)})
        sheet.freeze_panes(1, frozen)
        said.set_column(0, 0, 100)
        for number, line in enumerate(notes):
            said.write_string(number, 0, str(line))


def annotate(source: Path, kind: str, said: Mapping[int, tuple[str, str]], columns: Columns, out: Path) -> str:
    """Write the file with two more columns, by the number of the row: status and reason. Returns its media type."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        scratch = Path(folder)
        if kind != "xlsx":
            return annotate_text(source, scratch, said, columns, out)
        told = scratch / "said.json"
        asked = {"sheet": columns.sheet, "headings": OUR_HEADINGS, "rows": said}
        told.write_text(json.dumps(asked), encoding="utf-8")
        made = scratch / "annotated.xlsx"
        unpacking.apart(
            ANNOTATE, source, told, made,
            memory=MEMORY, seconds=SECONDS, most=columns.most_unpacked, too_big=too_big(columns),
        )  # fmt: skip
        shutil.copyfile(made, out)
    return XLSX


def annotate_text(source: Path, scratch: Path, said: Mapping[int, tuple[str, str]], columns: Columns, out: Path) -> str:
    found = texts.open_text(source, scratch, knows=columns.meaning)
    encoding = MARKED.get(found.encoding, found.encoding)
    ours = {place for place, each in enumerate(found.heading) if is_ours(each)}
    width = len(found.heading)
    with out.open("w", encoding=encoding, errors="replace", newline="") as stream:
        lines = csv.writer(stream, delimiter=found.delimiter)
        for number, cells in texts.as_written(found):
            kept = [cell for place, cell in enumerate(cells) if place not in ours]
            missing = [""] * (width - len(cells))  # so that our columns stand below their headings
            more = OUR_HEADINGS if number == found.heading_row else said.get(number, ("", ""))
            lines.writerow([texts.harmless(cell) for cell in [*kept, *missing, *more]] if cells else [])
    return media_type(encoding)


def media_type(kind: str) -> str:
    return XLSX if kind == "xlsx" else f"text/csv; charset={kind.removesuffix('-sig')}"
