"""What buyers laid out on the way: one of each status at the end, and a month that was paid."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa

from quality.clocks.days import day_of
from quality.core import clock
from quality.demonstration.days import moment
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.evidence.models import EvidenceKind
from quality.expenses.claims import Laid
from quality.expenses.models import Expense, ExpenseKind
from quality.expenses.operations import approve, confirm, enter, pass_on, send_back, withdraw
from quality.people.actor import Actor
from quality.purchases.models import Task, TaskStatus

LAST_MONTH = 24  # working days back


class Tale(NamedTuple):
    """One expense: by which buyer, whether for one of their purchases, and where it comes to stand."""

    buyer: str
    of_a_task: bool
    kind: ExpenseKind
    amount_fen: int  # 0: what was paid
    what: str
    ends: str
    no_receipt: str = ""


PAID = (
    Tale("buyer", True, ExpenseKind.PRICE, 0, "样品货款垫付", "approved"),
    Tale("buyer", True, ExpenseKind.POSTAGE, 2_300, "检验样品寄往检验机构", "approved"),
    Tale("buyer", False, ExpenseKind.PACKAGING, 8_640, "封样袋与防震气泡膜一批", "approved"),
    Tale("buyer2", True, ExpenseKind.POSTAGE, 1_800, "检验样品寄往检验机构", "approved"),
    Tale("buyer2", False, ExpenseKind.TRAVEL, 600, "取件往返公交", "approved", "市内公交投币，无票据"),
)
AT_LAST = (
    Tale("buyer", True, ExpenseKind.POSTAGE, 2_650, "检验样品寄往检验机构", "entered"),
    Tale("buyer2", True, ExpenseKind.PRICE, 0, "样品货款垫付", "entered"),
    Tale("buyer", False, ExpenseKind.PACKAGING, 31_500, "冷藏运输箱两只", "passed"),
    Tale("buyer2", False, ExpenseKind.PACKAGING, 26_800, "封样桶十只", "confirmed"),
    Tale("buyer", True, ExpenseKind.TRAVEL, 4_200, "到自提点取件打车", "returned"),
    Tale("buyer2", True, ExpenseKind.OTHER, 1_500, "误录，属个人费用", "withdrawn"),
)
BLURRED = "票据照片看不清金额和日期，请重新拍照上传。"


def story(stage: Stage) -> Story:
    yield moment(stage.almanac.working(-LAST_MONTH), 15, "expenses paid")
    tell(stage, PAID)
    yield moment(stage.almanac.working(-1), 15, "expenses at last")
    tell(stage, AT_LAST)


def tell(stage: Stage, tales: tuple[Tale, ...]) -> None:
    used: set[int] = set()
    for tale in tales:
        buyer = stage.who(tale.buyer)
        task = bought_by(stage, buyer, used) if tale.of_a_task else None
        if task is not None:
            used.add(task.id)
        elif tale.of_a_task:
            continue
        finish(stage, enter(stage.session, laid(stage, tale, buyer, task), by=buyer, task=task), tale, buyer)


def bought_by(stage: Stage, buyer: Actor, used: set[int]) -> Task | None:
    """The last that they sealed, one that no expense stands for yet."""
    bought = sa.select(Task).where(
        Task.buyer_id == buyer.id,
        Task.status == TaskStatus.SEALED,
        Task.id.not_in(used),
        ~sa.exists().where(Expense.task_id == Task.id),
    )
    return stage.session.scalars(bought.order_by(Task.id.desc()).limit(1)).one_or_none()


def laid(stage: Stage, tale: Tale, buyer: Actor, task: Task | None) -> Laid:
    fen = tale.amount_fen or (task.paid_fen or 0 if task else 0)
    on = day_of(clock.now() - timedelta(days=1))
    receipt = ""
    if not tale.no_receipt:
        lines = (tale.what, f"¥{fen / 100:.2f}", f"{on:%Y-%m-%d}", task.number if task else "")
        receipt = stage.proof(EvidenceKind.EXPENSE, buyer, *lines)
    return Laid(tale.kind, fen, on, tale.what, receipt, tale.no_receipt)


def finish(stage: Stage, expense: Expense, tale: Tale, buyer: Actor) -> None:
    session, coordinator = stage.session, stage.coordinator
    match tale.ends:
        case "approved":
            approve(session, expense, by=coordinator)
        case "passed" | "confirmed":
            pass_on(session, expense, by=coordinator)
            if tale.ends == "confirmed":
                confirm(session, expense, by=stage.reviewer)
        case "returned":
            send_back(session, expense, BLURRED, by=coordinator)
        case "withdrawn":
            withdraw(session, expense, by=buyer)
