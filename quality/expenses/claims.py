"""What may be entered as an expense: each function names what is wrong with one field, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.evidence.models import Exhibit
from quality.evidence.queries import holding_of
from quality.expenses.models import Expense, ExpenseKind
from quality.expenses.queries import price_of, twin_of, with_receipt
from quality.expenses.sums import sum_on
from quality.people.actor import Actor
from quality.purchases import fields
from quality.purchases.models import Task
from quality.purchases.prices import in_yuan

DEAREST = 100_000_000  # fen; more is a slip of the finger
UNKNOWN_KIND = FieldProblem("kind", "unknown_kind", _("Choose what the money was spent on"))
PAID_BACK = _("The price of this purchase is paid back by another expense already")
USED = _("This receipt stands with another expense already: one receipt is paid once")


class Laid(NamedTuple):
    """What a buyer says that they laid out. `receipt`: the sha256 of a file that they sent, or "" with the reason."""

    kind: str
    amount_fen: int
    spent_on: date
    what: str
    receipt: str = ""
    no_receipt: str = ""
    is_sent_along: bool = False  # the receipt came with what was typed, whoever else has sent these bytes before


class Of(NamedTuple):
    """Whose it is, and of which purchase; `but` is the id of the expense itself, where it is corrected."""

    by: Actor
    agency_id: int
    task: Task | None
    but: int | None = None


def wrong(session: Session, laid: Laid, of: Of) -> Iterator[FieldProblem]:
    """Every problem, each at its field."""
    if laid.kind not in set(ExpenseKind):
        yield UNKNOWN_KIND
        return
    yield from fields.whole("amount_fen", laid.amount_fen, least=1, most=DEAREST)
    yield from wrong_day(laid)
    ask = _("Say in a few words what it was for")
    yield from fields.text("what", laid.what, most=Expense.what.type.length, ask=ask)
    yield from wrong_receipt(session, laid, of)
    yield from entered_already(session, laid, of)
    if laid.kind == ExpenseKind.PRICE:
        yield from wrong_price(session, laid, of)


def entered_already(session: Session, laid: Laid, of: Of) -> Iterator[FieldProblem]:
    """The same once more: of a receipt the hash tells it, and of what has none what it was for."""
    if laid.receipt:
        return
    same = twin_of(session, laid, of.by.id or 0, of.task.id if of.task else None, but=of.but)
    if same is not None:
        text = _(
            "This stands as %(number)s already. If it was spent twice, say here what the second was for",
            number=same.number,
        )
        yield FieldProblem("what", "entered_already", text)


def wrong_day(laid: Laid) -> Iterator[FieldProblem]:
    today, days = day_of(clock.now()), sum_on(ExpenseKind(laid.kind), laid.spent_on).days
    if laid.spent_on > today:
        yield FieldProblem("spent_on", "in_the_future", _("This day has not come yet; enter the day of the receipt"))
    elif laid.spent_on < today - timedelta(days=days):
        text = _("It is more than %(days)s days old: ask your coordinator how it is paid", days=days)
        yield FieldProblem("spent_on", "too_old", text)


def wrong_receipt(session: Session, laid: Laid, of: Of) -> Iterator[FieldProblem]:
    if not laid.receipt:
        ask = _("Photograph the receipt; where there is none, say why")
        yield from fields.text("no_receipt", laid.no_receipt, most=Expense.no_receipt.type.length, ask=ask)
        return
    if not is_theirs_to_show(session, laid, of):
        yield FieldProblem("receipt", "unknown_evidence", _("You have sent no such file; send the receipt first"))
        return
    other = with_receipt(session, of.agency_id, laid.receipt, but=of.but)
    if other is None:
        return
    text = USED
    if other.buyer_id == of.by.id:
        text = _("This receipt stands with %(number)s already: one receipt is paid once", number=other.number)
    yield FieldProblem("receipt", "used_receipt", text)


def is_theirs_to_show(session: Session, laid: Laid, of: Of) -> bool:
    """A file that they sent themselves, or that proves something about their purchase."""
    holding = holding_of(session, of.by.organisation_id, laid.receipt)
    if holding is None:
        return False
    if laid.is_sent_along or holding.sent_by_id == of.by.id:
        return True
    if of.task is None:
        return False
    of_it = sa.select(Exhibit.id).where(Exhibit.holding_id == holding.id, Exhibit.subject_type == Task.__tablename__)
    return session.scalars(of_it.where(Exhibit.subject_id == of.task.id).limit(1)).first() is not None


def wrong_price(session: Session, laid: Laid, of: Of) -> Iterator[FieldProblem]:
    task = of.task
    if task is None or task.paid_fen is None:
        yield FieldProblem("kind", "no_order", _("The price belongs to a purchase: enter it on the page of its task"))
        return
    borne = task.paid_fen - (task.refunded_fen or 0)
    if laid.amount_fen > borne:
        text = _("More than was paid and has not come back: %(borne)s yuan", borne=in_yuan(borne))
        yield FieldProblem("amount_fen", "more_than_paid", text)
    if price_of(session, task, but=of.but) is not None:
        yield FieldProblem("kind", "used_kind", PAID_BACK)
