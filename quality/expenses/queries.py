"""Expenses to read: a buyer the own ones, an agency its own; and the months in which they are paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import date
from typing import NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core.errors import NotFound
from quality.expenses.models import Expense, ExpenseKind, ExpenseStatus
from quality.people.actor import Actor
from quality.permissions import Can, Sees
from quality.purchases.models import Task


class Twin(Protocol):
    """By which two expenses are told to be the same."""

    @property
    def kind(self) -> str: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def spent_on(self) -> date: ...
    @property
    def what(self) -> str: ...


MONTHS = 12  # of a page
AT_ONCE = 200


def visible_to(actor: Actor) -> sa.Select[Expense]:
    return sa.select(Expense).where(may_see(actor)).order_by(Expense.id.desc())


def may_see(actor: Actor) -> sa.ColumnElement[bool]:
    """Not those of agencies below: what their buyers lay out is paid there."""
    if not actor.can(Can.EXPENSE_READ):
        return sa.false()
    if actor.sees is Sees.OWN_WORK:
        return sa.and_(Expense.buyer_id == actor.id)
    return sa.and_(Expense.agency_id == actor.organisation_id)


def one_visible(session: Session, actor: Actor, number: str) -> Expense:
    found = session.scalars(visible_to(actor).where(Expense.number == number)).one_or_none()
    if found is None:
        raise NotFound(number)
    return found


def expenses_of(session: Session, actor: Actor, task: Task) -> Sequence[Expense]:
    """Of one purchase, the oldest first."""
    return session.scalars(
        visible_to(actor).where(Expense.task_id == task.id).order_by(None).order_by(Expense.id)
    ).all()


def with_receipt(session: Session, agency_id: int, receipt: str, *, but: int | None = None) -> Expense | None:
    """The live expense of the agency that has these bytes as its receipt, beside the one with the id `but`."""
    asked = sa.select(Expense).where(
        Expense.agency_id == agency_id, Expense.receipt == receipt, Expense.status != ExpenseStatus.WITHDRAWN
    )
    return session.scalars(asked if but is None else asked.where(Expense.id != but)).first()


def twin_of(
    session: Session, laid: Twin, buyer_id: int, task_id: int | None, *, but: int | None = None
) -> Expense | None:
    """The live expense of this buyer that says the same of the same, beside the one with the id `but`."""
    asked = sa.select(Expense).where(
        Expense.buyer_id == buyer_id,
        Expense.task_id.is_(None) if task_id is None else Expense.task_id == task_id,
        Expense.kind == laid.kind,
        Expense.amount_fen == laid.amount_fen,
        Expense.spent_on == laid.spent_on,
        Expense.what == laid.what.strip(),
        Expense.status != ExpenseStatus.WITHDRAWN,
    )
    return session.scalars(asked if but is None else asked.where(Expense.id != but)).first()


def price_of(session: Session, task: Task, *, but: int | None = None) -> Expense | None:
    """The live expense by which the price of this purchase is paid back, beside the one with the id `but`."""
    asked = sa.select(Expense).where(
        Expense.task_id == task.id, Expense.kind == ExpenseKind.PRICE, Expense.status != ExpenseStatus.WITHDRAWN
    )
    return session.scalars(asked if but is None else asked.where(Expense.id != but)).first()


class Month(NamedTuple):
    """What was approved for one buyer in one month of Beijing, in fen."""

    month: str
    buyer_id: int
    many: int
    fen: int


def months(session: Session, actor: Actor, before: str = "") -> tuple[list[Month], str | None]:
    """Twelve months with something in them, the newest first, and the one to go on before; None: no more."""
    mine = may_see(actor), Expense.month.is_not(None)
    asked = sa.select(Expense.month).where(*mine).distinct().order_by(Expense.month.desc())
    if before:
        asked = asked.where(Expense.month < before)
    there = list(session.scalars(asked.limit(MONTHS + 1)))
    shown = there[:MONTHS]
    if not shown:
        return [], None
    fen = sa.cast(sa.func.sum(Expense.amount_fen), sa.BigInteger)
    by = (Expense.month, Expense.buyer_id)
    counted = sa.select(*by, sa.func.count(), fen).where(*mine, Expense.month.in_(shown)).group_by(*by)
    rows = [
        Month(str(month), *rest)
        for month, *rest in session.execute(counted.order_by(Expense.month.desc(), Expense.buyer_id))
    ]
    return rows, shown[-1] if len(there) > MONTHS else None


def of_month(session: Session, actor: Actor, month: str, buyer_id: int) -> Iterator[Expense]:
    """What was approved for one buyer in one month, in the order in which it was entered; read a few at a time."""
    asked = sa.select(Expense).where(may_see(actor), Expense.month == month, Expense.buyer_id == buyer_id)
    asked = asked.options(joinedload(Expense.task)).order_by(Expense.id)
    last = 0
    while some := session.scalars(asked.where(Expense.id > last).limit(AT_ONCE)).all():
        yield from some
        last = some[-1].id


def numbers_of(session: Session, actor: Actor, months: Set[str]) -> dict[tuple[str, int], list[str]]:
    """The numbers of what was approved in these months, by month and buyer, in one statement."""
    found: dict[tuple[str, int], list[str]] = {}
    asked = sa.select(Expense.month, Expense.buyer_id, Expense.number).where(may_see(actor), Expense.month.in_(months))
    for month, buyer_id, number in session.execute(asked.order_by(Expense.id)):
        found.setdefault((str(month), buyer_id), []).append(number)
    return found
