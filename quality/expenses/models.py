"""One expense of a buyer: what it was for, what it cost, and its receipt."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import by_bytes, partial_index
from quality.core.workflow import Case
from quality.people.models import Organisation, Person
from quality.purchases.models import Task


class ExpenseStatus(StrEnum):
    ENTERED = "entered"
    RETURNED = "returned"  # to its buyer, with the reason
    PASSED = "passed"  # by a coordinator, to a reviewer: it is above what one person approves
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class ExpenseKind(StrEnum):
    PRICE = "price"  # of the goods themselves, as the order has it: paid back to the buyer, and no cost a second time
    POSTAGE = "postage"
    PACKAGING = "packaging"
    TRAVEL = "travel"
    OTHER = "other"


LIVE = sa.text("status <> 'withdrawn'")
PAID_BACK = sa.text("status <> 'withdrawn' AND kind = 'price'")


class Expense(Case):
    """What one buyer laid out (垫付费用): for one purchase, or in general.

    It belongs to the month of Beijing in which it was approved: a month that is over does not change any more.
    """

    __tablename__ = "expense"
    __table_args__ = (
        sa.Index("ix_expense_list", "agency_id", "status", "id"),
        sa.Index("ix_expense_month", "agency_id", "month", "buyer_id", "id"),
        partial_index("uq_expense_receipt", "agency_id", "receipt", where=LIVE, unique=True),
        partial_index("uq_expense_price", "task_id", where=PAID_BACK, unique=True),
        sa.CheckConstraint("amount_fen > 0", name="is_money"),
        sa.CheckConstraint("receipt IS NOT NULL OR no_receipt <> ''", name="shows_it_or_says_why"),
        sa.CheckConstraint("kind <> 'price' OR task_id IS NOT NULL", name="price_of_a_purchase"),
        sa.CheckConstraint("passed_by_id <> buyer_id AND approved_by_id <> buyer_id", name="four_eyes"),
        sa.CheckConstraint("passed_by_id <> approved_by_id", name="two_approve"),
        sa.CheckConstraint("(status = 'approved') = (month IS NOT NULL)", name="approved_has_its_month"),
        sa.CheckConstraint("(status = 'approved') = (approved_by_id IS NOT NULL)", name="approved_by_somebody"),
    )

    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    status: Mapped[ExpenseStatus] = mapped_column(default=ExpenseStatus.ENTERED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    buyer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("task.id"), index=True)  # None: not of one purchase
    kind: Mapped[ExpenseKind]
    amount_fen: Mapped[int]
    spent_on: Mapped[date]  # in Beijing
    what: Mapped[str] = mapped_column(sa.String(200))
    receipt: Mapped[str | None] = mapped_column(sa.String(64))  # sha256 of a file that its agency holds
    no_receipt: Mapped[str] = mapped_column(sa.String(200), default="")  # why there is none
    entered_at: Mapped[datetime]
    passed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    month: Mapped[str | None] = mapped_column(by_bytes(7))  # of Beijing, "2026-11"

    agency: Mapped[Organisation] = relationship()
    task: Mapped[Task | None] = relationship()
    buyer: Mapped[Person] = relationship(foreign_keys=[buyer_id])
