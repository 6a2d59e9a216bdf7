"""The library as a workbook: a row for each limit, every cell text, so that nothing is ever calculated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from quality.core.words import _
from quality.standards.contents import HEAD, OF_AN_ITEM, day_text
from quality.standards.models import Edition
from quality.standards.workbook.columns import COLUMNS, SHEET, heading

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = {"number": 18, "title": 36, "item": 24, "category": 18, "limit": 20, "method": 24, "rule_reason": 36}
NOTES = (
    _("One limit a row. What stays empty says what the row above says of the same standard or test item."),
    _("What the workbook says of a standard is all of it: items that are not there any more are taken out."),
    _("Severity: serious, major, minor. Decision rule: simple, guard_band, non_binary, enforcement."),
    _("All cells are text, so that a spreadsheet turns nothing into a date. Keep them so."),
)


def rows_of(edition: Edition) -> Iterator[dict[str, str]]:
    """A standard without items is a row too."""
    head = {"number": edition.standard.number} | {name: text(getattr(edition, name)) for name in HEAD}
    if not edition.items:
        yield head
    for item in edition.items:
        said = {"item": item.item} | {name: str(getattr(item, name)) for name in OF_AN_ITEM}
        for limit in item.limits:
            yield head | said | {name: getattr(limit, name) for name in ("category", "limit", "clause")}


def text(value: object) -> str:
    return value if isinstance(value, str) else day_text(value) or ""  # type: ignore[arg-type]


def write(editions: Sequence[Edition], out: Path) -> None:
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, notes = book.add_worksheet(SHEET), book.add_worksheet("说明 notes")
        bold, plain = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, WIDTHS.get(column, 12), plain)
            sheet.write_string(0, place, heading(column), bold)
        rows = (row for edition in editions for row in rows_of(edition))
        for number, row in enumerate(rows, 1):
            for place, column in enumerate(COLUMNS):
                if row.get(column):
                    sheet.write_string(number, place, row[column], plain)
        sheet.freeze_panes(1, 1)
        notes.set_column(0, 0, 100)
        for number, line in enumerate(NOTES):
            notes.write_string(number, 0, str(line))
