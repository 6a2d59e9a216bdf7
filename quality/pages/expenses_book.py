"""What was approved for one buyer in one month, as a workbook: the buyer by code, what was typed as text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from quality.core.words import Text, _
from quality.expenses.models import Expense, ExpenseKind
from quality.pages.moments import day
from quality.pages.timeline import buyer_code
from quality.pages.words import word

FEN = Decimal(100)
WIDTHS = (20, 14, 28, 40, 20, 14, 14, 66)
HEADINGS: Sequence[Text] = (
    _("Number"), _("Day of the receipt"), _("Spent on"), _("What for"), _("Purchase"), _("Approved on"),
    _("Amount, yuan"), _("SHA-256 of the receipt, or why there is none"),
)  # fmt: skip
MONEY_AT = 6


def month_book(agency: str, month: str, buyer_id: int, rows: Iterable[Expense]) -> io.BytesIO:
    """Written row by row: none of it is held longer than its line. Sums by kind and in all stand at the end.

    Nothing that was typed is ever calculated or leads anywhere: each text is written as a text.
    """
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    content, sums = io.BytesIO(), dict.fromkeys(ExpenseKind, 0)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        both = book.add_format({"bold": True, "num_format": "#,##0.00", "top": 1})
        sheet = book.add_worksheet(month)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        said = _("Expenses approved in %(month)s", month=month)
        for place, text in enumerate((agency, said, buyer_code(buyer_id))):
            sheet.write_string(place, 0, str(text), bold)
        place = 4
        write(sheet, place, HEADINGS, bold)
        for expense in rows:
            place += 1
            write(sheet, place, line_of(expense))
            sheet.write_number(place, MONEY_AT, Decimal(expense.amount_fen) / FEN, money)
            sums[expense.kind] += expense.amount_fen
        place += 1
        for kind, fen in sums.items():
            if fen:
                place += 1
                sheet.write_string(place, 2, str(word("expense_kind", kind)))
                sheet.write_number(place, MONEY_AT, Decimal(fen) / FEN, money)
        sheet.write_string(place + 1, 2, str(_("In all")), bold)
        sheet.write_number(place + 1, MONEY_AT, Decimal(sum(sums.values())) / FEN, both)
    content.seek(0)
    return content


def line_of(expense: Expense) -> list[Text]:
    """The amount is written as a number in its place."""
    return [
        expense.number,
        day(expense.spent_on),
        word("expense_kind", expense.kind),
        expense.what,
        expense.task.number if expense.task else "",
        day(expense.approved_at),
        "",
        expense.receipt or expense.no_receipt,
    ]


def write(sheet: Any, place: int, texts: Sequence[Text], *format: Any) -> None:
    for column, text in enumerate(texts):
        if str(text):
            sheet.write_string(place, column, str(text), *format)
