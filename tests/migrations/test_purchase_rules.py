"""On the way down receipts stay pictures that lead to the buyer, and no clock waits for a parcel any more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.core import clock, migrations
from quality.core.db import db
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.expenses.models import Expense
from quality.purchases.alarms import Alarm
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import note_delivery
from tests.harness.expenses import entered_expense
from tests.harness.purchases import alarmed_task, task_at


@pytest.mark.breaks_the_record  # the case itself goes, and its events stay
def test_receipts_and_purchases_outlive_the_way_down_and_up(session, cast):
    task = task_at(session, cast, TaskStatus.SHIPPED)
    note_delivery(session, task, "in_transit", clock.now(), by=cast.buyer)
    expense = entered_expense(session, cast, task)
    for kind in (EvidenceKind.EXPENSE, EvidenceKind.PAYMENT):
        attach(session, task, expense.receipt, kind, by=cast.buyer)
    receipt, number = expense.receipt, task.number
    alarmed_task(session, cast)
    session.commit()
    db.session.remove()

    migrations.downgrade("0102_resemblances")
    with db.engine.connect() as connection:
        assert connection.scalars(sa.text("SELECT kind FROM holding WHERE sha256 = :it"), {"it": receipt}).all() == [
            "payment"
        ]
        shown = (
            "SELECT exhibit.kind, subject_type FROM exhibit JOIN holding ON holding.id = holding_id WHERE sha256 = :it"
        )
        assert [tuple(row) for row in connection.execute(sa.text(shown), {"it": receipt})] == [("payment", "task")]
        assert connection.scalar(sa.text("SELECT count(*) FROM clock WHERE rule IN ('parcel', 'shipment')")) == 0
        assert connection.scalar(sa.text("SELECT status FROM task WHERE number = :it"), {"it": number}) == "shipped"

    migrations.upgrade()
    again = db.session()
    assert again.scalars(sa.select(Expense)).all() == again.scalars(sa.select(Alarm)).all() == []
    assert again.scalars(sa.select(Task.delivery).where(Task.number == number)).all() == [None]
