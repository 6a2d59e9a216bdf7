"""What buyers laid out: to read, approve and send back, and what is paid by the month. Buyers have no keys."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from flask import send_file
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Whole, collection
from quality.api.door import Door, door, takes, told
from quality.api.moves import add_moves
from quality.api.reading import asked
from quality.api.shapes import Asked, Moment, Page, Told, Words
from quality.core.db import db
from quality.core.errors import NotFound
from quality.expenses import queries
from quality.expenses.models import Expense
from quality.pages.book import XLSX
from quality.pages.expenses_book import month_book
from quality.pages.kinds import KINDS
from quality.pages.timeline import buyer_code, name_for
from quality.people.access import me, needs
from quality.people.actor import Actor
from quality.permissions import Can

DIGITS = 9  # of a buyer's number
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


class ExpenseTold(Whole):
    kind: str = Field(description="`price` (of the goods), `postage`, `packaging`, `travel` or `other`")
    amount_fen: int
    spent_on: date
    what: str
    task: str | None = Field(description="The purchase that it was for; null: none in particular")
    buyer: Words = Field(description="A code: the identity of who buys is protected")
    receipt: str | None = Field(description="The sha256 of its receipt, an exhibit of the expense")
    no_receipt: str = Field(description="Why there is none")
    entered_at: Moment
    approved_at: Moment | None
    month: str | None = Field(description="In which it was approved, and is paid: `2026-11`, in Beijing")


def expense_told(session: Session, expense: Expense, by: Actor) -> dict[str, Any]:
    own = ("kind", "amount_fen", "spent_on", "what", "receipt", "no_receipt", "entered_at", "approved_at", "month")
    return {
        **{name: getattr(expense, name) for name in own},
        "task": expense.task.number if expense.task else None,
        "buyer": name_for(session, expense.buyer_id, by),
    }


EXPENSES = Collection("expenses", KINDS["expense"], ExpenseTold, expense_told)
expenses = collection(EXPENSES, about="What buyers laid out, with its receipts; two persons approve above a sum")
add_moves(expenses, EXPENSES)
by_month = door("expense_months", tag="expenses", about="")
DOORS: list[Door] = [expenses, by_month]


class MonthAsked(Asked):
    cursor: str = Field("", pattern=f"^$|{MONTH}", description="`next` of the page before")


class BookAsked(Asked):
    month: str = Field(pattern=MONTH, description="Such as `2026-11`")
    buyer: int = Field(ge=1, lt=10**DIGITS, description="The number in their code: 4 of B-04")


class OfABuyer(Told):
    buyer: Words = Field(description="A code")
    expenses: int
    sum_fen: int
    numbers: list[str] = Field(description="Of the expenses, in the order in which they were entered")
    workbook: str = Field(description="Where it is: an XLSX with a line an expense, and the sum")


class ExpensesMonthTold(Told):
    month: str
    buyers: list[OfABuyer]


@by_month.get(
    "/expense-months",
    summary="What was approved in each month, by buyer: twelve months, the newest first",
    responses={200: Page[ExpensesMonthTold]},
)
@needs(Can.EXPENSE_READ)
@takes(query=MonthAsked)
def months() -> ResponseReturnValue:
    session, before = db.session(), asked(MonthAsked).cursor
    rows, further = queries.months(session, me, before)
    numbers = queries.numbers_of(session, me, {row.month for row in rows})
    items = [
        ExpensesMonthTold(
            month=month,
            buyers=[
                OfABuyer(
                    buyer=str(buyer_code(row.buyer_id)),
                    expenses=row.many,
                    sum_fen=row.fen,
                    numbers=numbers[month, row.buyer_id],
                    workbook=address_of_book(month, row.buyer_id),
                )
                for row in some
            ],
        )
        for month, some in groupby(rows, key=lambda row: row.month)
    ]
    return told(Page[ExpensesMonthTold](items=items, next=further))


def address_of_book(month: str, buyer: int) -> str:
    return f"/expense-months/book.xlsx?month={month}&buyer={buyer}"


@by_month.get(
    "/expense-months/book.xlsx",
    summary="What is paid to one buyer for one month, as a workbook",
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
@needs(Can.EXPENSE_READ)
@takes(query=BookAsked)
def month_as_book() -> ResponseReturnValue:
    """A month in which nothing was approved for them, that the key may see, is not there."""
    session, which = db.session(), asked(BookAsked)
    if next(queries.of_month(session, me, which.month, which.buyer), None) is None:
        raise NotFound(which.month)
    agency = me.organisation.name if me.organisation else ""
    rows = queries.of_month(session, me, which.month, which.buyer)
    content = month_book(agency, which.month, which.buyer, rows)
    name = f"expenses-{which.month}-B-{which.buyer:02d}.xlsx"
    return send_file(content, XLSX, as_attachment=True, download_name=name)
