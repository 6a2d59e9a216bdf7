"""What a campaign has cost and still will, from its tasks and samples as they stand. Nothing of it is kept.

How it is counted (docs/decisions/0056): a place in the sample is *committed* from the draw on, at the listed price of
its pieces, never more than the price cap, and at what its tests cost by the plan. With the order the purchase
is *spent*, at what was paid less what the seller gave back, whatever becomes of it; with the laboratory's report the
tests are. What a buyer laid out beside is spent once it is approved; the price of the goods that is paid back to them
is no cost a second time (0082). A unit that leaves the sample is committed no more; a reserve in its place is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.sampling import DrawRole
from quality.campaigns.strata import in_order
from quality.expenses.models import Expense, ExpenseKind, ExpenseStatus
from quality.lab.models import Report, ReportStatus
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task, TaskStatus

T, S = TaskStatus, SampleStatus
NOT_BOUGHT = frozenset({T.PLANNED, T.ASSIGNED})
BEFORE_THE_SEAL = frozenset({T.ORDERED, T.SHIPPED, T.RECEIVED})
TO_BE_TESTED = frozenset({S.SEALED, S.DISPATCHED, S.AT_LAB, S.TESTING, S.REPORTED})
REPORTED = (ReportStatus.AUTHORISED, ReportStatus.SUPERSEDED)


class Some(NamedTuple):
    """Units of one stratum that stand alike. From `expected` on, all are sums over all `many`, in fen."""

    stratum: str
    role: str
    task: TaskStatus | None
    sample: SampleStatus | None
    is_reported: bool
    many: int
    unpriced: int  # with neither a listed price nor a cap: nothing is expected of them
    expected: int  # listed prices, each held down to the cap
    fees: int
    paid: int
    refunded: int = 0
    beside: int = 0

    @property
    def borne(self) -> int:
        """What was paid and did not come back."""
        return self.paid - self.refunded


class Money(NamedTuple):
    """Of one stratum, or of all ("" and all of them), in fen."""

    stratum: str
    to_buy: int = 0
    to_test: int = 0
    bought: int = 0  # less what came back
    tested: int = 0
    lost: int = 0  # of `bought`: paid for what never came, and not given back yet
    refunded: int = 0
    beside: int = 0  # approved expenses: postage, packaging, travel
    unpriced: int = 0  # units to buy of which nobody knows what they cost

    @property
    def committed(self) -> int:
        return self.to_buy + self.to_test

    @property
    def spent(self) -> int:
        return self.bought + self.tested + self.beside

    @property
    def total(self) -> int:
        return self.committed + self.spent

    def left_of(self, budget_fen: int | None) -> int | None:
        """Below 0: the budget does not suffice. None without a budget."""
        return None if budget_fen is None else budget_fen - self.total


def money_of(rows: Iterable[Some]) -> list[Money]:
    """By stratum, in the order of their names."""
    found: dict[str, Money] = {}
    for some in rows:
        found[some.stratum] = plus(found.get(some.stratum, Money(some.stratum)), counted(some))
    return [found[stratum] for stratum in sorted(found)]


def in_all(strata: Sequence[Money]) -> Money:
    whole = Money("")
    for each in strata:
        whole = plus(whole, each)
    return whole


def plus(money: Money, more: Money) -> Money:
    return Money(money.stratum, *(a + b for a, b in zip(money[1:], more[1:], strict=True)))


def counted(some: Some) -> Money:
    """What these units cost, in the stratum that they are of."""
    return counted_without(some)._replace(beside=some.beside)


def counted_without(some: Some) -> Money:
    """The goods and their tests."""
    if some.task is None and some.role == DrawRole.RESERVE:
        return Money(some.stratum)  # it stands behind, and may never be needed
    if some.task is None or some.task in NOT_BOUGHT:
        return Money(some.stratum, to_buy=some.expected, to_test=some.fees, unpriced=some.unpriced)
    paid = Money(some.stratum, bought=some.borne, refunded=some.refunded)
    if some.task in BEFORE_THE_SEAL:
        return paid._replace(to_test=some.fees)
    if some.task == T.UNOBTAINABLE:
        return paid._replace(lost=some.borne)
    if some.task == T.SEALED and some.is_reported:
        return paid._replace(tested=some.fees)
    if some.task == T.SEALED and (some.sample is None or some.sample in TO_BE_TESTED):
        return paid._replace(to_test=some.fees)
    return paid  # it ended without a test, or nobody bought it


def money(session: Session, campaign: Campaign, caps: Mapping[str, int] | None = None) -> list[Money]:
    """By stratum, in one statement. Empty before the draw. Controls are in no figure of an agency's.

    By the caps that were granted, or as if `caps` were (in fen, by stratum; "" of every one).
    """
    found = {each.stratum: each for each in money_of(Some(*row) for row in session.execute(standing(campaign, caps)))}
    return [found[stratum] for stratum in in_order(found, campaign.design)]


def standing(campaign: Campaign, caps: Mapping[str, int] | None = None) -> sa.Select[Any]:
    """The columns of `Some`."""
    unit = units(campaign, campaign.raised_caps if caps is None else caps).subquery()
    alike = (unit.c.stratum, unit.c.role, unit.c.task, unit.c.sample, unit.c.is_reported)
    many = sa.func.count()
    sums = [
        sa.cast(sa.func.coalesce(sa.func.sum(each), 0), sa.BigInteger)  # PostgreSQL adds big numbers up to a decimal
        for each in (unit.c.expected, unit.c.lab_fee_fen, unit.c.paid_fen, unit.c.refunded_fen, unit.c.beside)
    ]
    return sa.select(*alike, many, many - sa.func.count(unit.c.expected), *sums).group_by(*alike)


def cap_there(plan: int, raised: Mapping[str, int]) -> sa.ColumnElement[Any]:
    """Of the unit's stratum: as `Campaign.cap_of`."""
    everywhere = max(plan, raised.get("", 0))
    higher = {stratum: cap for stratum, cap in raised.items() if stratum and cap > everywhere}
    whole = sa.cast(everywhere, sa.BigInteger)
    return sa.case(higher, value=Drawn.stratum, else_=whole) if higher else whole


def units(campaign: Campaign, raised: Mapping[str, int]) -> sa.Select[Any]:
    expected: sa.ColumnElement[Any] = Drawn.price_fen * campaign.pieces
    if campaign.price_cap_fen is not None:
        cap = cap_there(campaign.price_cap_fen, raised)
        within = sa.and_(Drawn.price_fen.is_not(None), expected <= cap)
        expected = sa.case((within, expected), else_=cap)
    of_a_test = Report.status.in_(REPORTED), Report.laboratory_id != Report.agency_id
    has_report = sa.exists().where(Report.portion_id == Portion.id, *of_a_test)
    is_beside = Expense.status == ExpenseStatus.APPROVED, Expense.kind != ExpenseKind.PRICE
    of_it = sa.select(sa.func.sum(Expense.amount_fen)).where(Expense.task_id == Task.id, *is_beside)
    beside = of_it.scalar_subquery()
    return (
        sa.select(
            Drawn.stratum,
            Drawn.role,
            Task.status.label("task"),
            Sample.status.label("sample"),
            has_report.label("is_reported"),
            expected.label("expected"),
            Drawn.lab_fee_fen,
            Task.paid_fen,
            Task.refunded_fen,
            beside.label("beside"),
        )
        .select_from(Drawn)
        .outerjoin(Task, Task.drawn_id == Drawn.id)
        .outerjoin(Sample, Sample.task_id == Task.id)
        .outerjoin(Portion, sa.and_(Portion.sample_id == Sample.id, Portion.kind == PortionKind.TEST))
        .where(Drawn.campaign_id == campaign.id)
    )
