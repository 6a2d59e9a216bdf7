"""An expense and where a parcel is, written down without a network: sent later, done once by their forms."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.core import clock
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.expenses.models import Expense, ExpenseStatus
from quality.purchases.models import TaskStatus
from tests.evidence.files import little_picture
from tests.harness.clock import minute
from tests.harness.databases import on_sqlite
from tests.harness.field import Telephone
from tests.harness.people import Cast
from tests.harness.purchases import task_at

pytestmark = on_sqlite


@pytest.fixture
def telephone(app: Flask, session: Session, cast: Cast) -> Telephone:
    return Telephone(app, session, cast.buyer)


def test_an_expense_comes_with_its_receipt_in_one_piece(session: Session, cast: Cast, telephone: Telephone) -> None:
    task = task_at(session, cast, TaskStatus.SHIPPED)
    session.commit()
    number, said = task.number, {"kind": "travel", "what": "到自提点取件", "spent_on": str(day_of(clock.now()))}
    without = telephone.send("move", number, name="expense", fields=said | {"amount_fen": "12.50"})
    told = telephone.became(without)[without]
    assert told["state"] == "refused" and "Photograph the receipt" in told["reason"]
    whole = telephone.send("move", number, little_picture(77), name="expense", fields=said | {"amount_fen": "12.50"})
    again = telephone.send("move", number, little_picture(77), name="expense", fields=said | {"amount_fen": "12.50"})
    found = telephone.became(whole, again)
    assert (found[whole]["state"], found[again]["state"]) == ("safe", "refused")
    expense = session.scalars(sa.select(Expense)).one()
    assert (expense.amount_fen, expense.status, expense.task_id) == (1_250, ExpenseStatus.ENTERED, task.id)
    assert expense.number in found[again]["reason"]
    assert [each.kind for each in exhibits_of(session, expense)] == [EvidenceKind.EXPENSE]


def test_where_a_parcel_is_comes_too(session: Session, cast: Cast, telephone: Telephone) -> None:
    task = task_at(session, cast, TaskStatus.SHIPPED)
    session.commit()
    said = {"state": "at_pickup", "at": minute(clock.now())}
    piece = telephone.send("move", task.number, name="delivery", fields=said)
    assert telephone.became(piece)[piece]["state"] == "safe"
    session.expire_all()
    assert task.delivery == "at_pickup"
