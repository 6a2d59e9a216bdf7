"""What a campaign has cost and still will, from its tasks and samples as they stand. Nothing of it is kept.

How it is counted (docs/decisions/0056): a place in the sample is *committed* from the draw on, at the listed price of
its pieces, never more than the price cap, and at what its tests cost by the plan. With the order the purchase
is *spent*, at what was paid, whatever becomes of it; with the laboratory's report the tests are. A unit that leaves the
sample is committed no more; the reserve that takes its place is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.sampling import DrawRole
from quality.lab.models import Report, ReportStatus
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task, TaskStatus

T, S = TaskStatus, SampleStatus
NOT_BOUGHT = frozenset({T.PLANNED, T.ASSIGNED})
BEFORE_THE_SEAL = frozenset({T.ORDERED, T.SHIPPED, T.RECEIVED})
TO_BE_TESTED = frozenset({S.SEALED, S.DISPATCHED, S.AT_LAB, S.TESTING, S.REPORTED})
REPORTED = (ReportStatus.AUTHORISED, ReportStatus.SUPERSEDED)


class Some(NamedTuple):
    """Units of one stratum that stand alike. `expected`, `fees` and `paid` are sums over all `many`, in fen."""

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


class Money(NamedTuple):
    """Of one stratum, or of all ("" and all of them), in fen."""

    stratum: str
    to_buy: int = 0
    to_test: int = 0
    bought: int = 0
    tested: int = 0
    lost: int = 0  # of `bought`: paid for what never came, to be claimed back; no refund is recorded here
    unpriced: int = 0  # units to buy of which nobody knows what they cost

    @property
    def committed(self) -> int:
        return self.to_buy + self.to_test

    @property
    def spent(self) -> int:
        return self.bought + self.tested

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
    if some.task is None and some.role == DrawRole.RESERVE:
        return Money(some.stratum)  # it stands behind, and may never be needed
    if some.task is None or some.task in NOT_BOUGHT:
        return Money(some.stratum, to_buy=some.expected, to_test=some.fees, unpriced=some.unpriced)
    if some.task in BEFORE_THE_SEAL:
        return Money(some.stratum, bought=some.paid, to_test=some.fees)
    if some.task == T.UNOBTAINABLE:
        return Money(some.stratum, bought=some.paid, lost=some.paid)
    if some.task == T.SEALED and some.is_reported:
        return Money(some.stratum, bought=some.paid, tested=some.fees)
    if some.task == T.SEALED and (some.sample is None or some.sample in TO_BE_TESTED):
        return Money(some.stratum, bought=some.paid, to_test=some.fees)
    return Money(some.stratum, bought=some.paid)  # it ended without a test, or nobody bought it


def money(session: Session, campaign: Campaign) -> list[Money]:
    """By stratum, in one statement. Empty before the draw. Controls are in no figure of an agency's."""
    return money_of(Some(*row) for row in session.execute(standing(campaign)))


def standing(campaign: Campaign) -> sa.Select[Any]:
    """The columns of `Some`."""
    unit = units(campaign).subquery()
    alike = (unit.c.stratum, unit.c.role, unit.c.task, unit.c.sample, unit.c.is_reported)
    many = sa.func.count()
    sums = [
        sa.cast(sa.func.coalesce(sa.func.sum(each), 0), sa.BigInteger)  # PostgreSQL adds big numbers up to a decimal
        for each in (unit.c.expected, unit.c.lab_fee_fen, unit.c.paid_fen)
    ]
    return sa.select(*alike, many, many - sa.func.count(unit.c.expected), *sums).group_by(*alike)


def units(campaign: Campaign) -> sa.Select[Any]:
    expected: sa.ColumnElement[Any] = Drawn.price_fen * campaign.pieces
    if (cap := campaign.price_cap_fen) is not None:
        within = sa.and_(Drawn.price_fen.is_not(None), expected <= cap)
        expected = sa.case((within, expected), else_=sa.cast(cap, sa.BigInteger))
    has_report = sa.exists().where(Report.portion_id == Portion.id, Report.status.in_(REPORTED))
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
        )
        .select_from(Drawn)
        .outerjoin(Task, Task.drawn_id == Drawn.id)
        .outerjoin(Sample, Sample.task_id == Task.id)
        .outerjoin(Portion, sa.and_(Portion.sample_id == Sample.id, Portion.kind == PortionKind.TEST))
        .where(Drawn.campaign_id == campaign.id)
    )
