"""Figures as a workbook: tables of words and numbers, in which nothing that people typed is ever calculated."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal

from quality.core.words import Text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = Text | int | Decimal
Lines = Sequence[Sequence[Cell]]  # the first are headings


def book_of(tables: Sequence[tuple[Text, Lines]]) -> bytes:
    """A sheet a table. What begins like a formula or an address stays the words that it is."""
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, lines in tables:
            sheet = book.add_worksheet(str(name))
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 30, 16)
            for place, line in enumerate(lines):
                for column, cell in enumerate(line):
                    is_number = isinstance(cell, int | Decimal)
                    write = sheet.write_number if is_number else sheet.write_string
                    write(place, column, cell if is_number else str(cell), *([bold] if place == 0 else []))
    return content.getvalue()
