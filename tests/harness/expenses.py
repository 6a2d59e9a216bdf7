"""Expenses that walked the real road: entered for a purchase, sent back, approved."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.core import clock
from quality.evidence.models import EvidenceKind
from quality.expenses.claims import Laid
from quality.expenses.models import Expense
from quality.expenses.operations import enter, send_back
from quality.purchases.models import Task
from tests.harness.people import Cast
from tests.harness.purchases import picture


def laid(session: Session, cast: Cast, **changed: Any) -> Laid:
    """Postage with a receipt that no other test has."""
    said: dict[str, Any] = {
        "kind": "postage",
        "amount_fen": 1_800,
        "spent_on": day_of(clock.now()),
        "what": "寄往检验机构",
    } | changed
    if "receipt" not in said and "no_receipt" not in said:
        said["receipt"] = picture(session, cast.buyer, EvidenceKind.EXPENSE).sha256
    return Laid(**said)


def entered_expense(session: Session, cast: Cast, task: Task | None = None, **changed: Any) -> Expense:
    return enter(session, laid(session, cast, **changed), by=cast.buyer, task=task)


def returned_expense(session: Session, cast: Cast, task: Task | None = None, **changed: Any) -> Expense:
    expense = entered_expense(session, cast, task, **changed)
    send_back(session, expense, "请补拍清晰的票据", by=cast.coordinator)
    return expense
