"""Money of a campaign as its pages show it: what the plan costs, then what is committed and spent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.frame.profile import categories_of
from quality.campaigns.items import fee_of, has_fees, names_of
from quality.campaigns.models import Campaign
from quality.campaigns.strata import in_order
from quality.core.words import Text, _
from quality.pages.moments import yuan
from quality.pages.quotas import Quotas, frame_of
from quality.statistics.money import Money, in_all, money

WIDE = 100  # percent of the picture


class Planned(NamedTuple):
    """What one stratum is to cost, or all of them ("" and all), in fen. None: not a listing of it has a price."""

    stratum: str
    n: int
    purchases: int | None
    fees: int

    @property
    def total(self) -> int | None:
        return None if self.purchases is None else self.purchases + self.fees


class Bar(NamedTuple):
    """In percent of the picture's width: what is spent, solid, and behind it what is committed, dashed."""

    spent: Decimal
    committed: Decimal


class Row(NamedTuple):
    planned: Planned | None
    money: Money
    bar: Bar


class Shown(NamedTuple):
    """`budget_at` is where the picture of all strata has the budget; None without one."""

    rows: list[Row]
    total: Row
    is_drawn: bool
    budget: int | None
    left: int | None
    budget_at: Decimal | None
    says: Text | None  # how it stands to the budget
    is_over: bool

    @property
    def over(self) -> int:
        return max(0, -(self.left or 0))


def money_shown(session: Session, campaign: Campaign, quotas: Quotas | None) -> Shown:
    """Against the budget stands what is committed and spent; before the draw, what the plan would cost."""
    strata = {each.stratum: each for each in money(session, campaign)} if campaign.drawn_at else {}
    costs = {each.stratum: each for each in planned_costs(campaign, quotas)}
    names = in_order({*strata, *costs}, campaign.design)
    most = max((max_of(strata.get(name), costs.get(name)) for name in names), default=0)
    rows = [row_of(costs.get(name), strata.get(name, Money(name)), most) for name in names]
    of_all, whole = in_all(list(strata.values())), planned_in_all(list(costs.values())) if costs else None
    budget = campaign.budget_fen
    total = row_of(whole, of_all, max(max_of(of_all, whole), budget or 0))
    needed = of_all.total if strata else whole.total if whole else None
    left = None if budget is None or needed is None else budget - needed
    return Shown(
        rows=rows,
        total=total,
        is_drawn=bool(strata),
        budget=budget,
        left=left,
        budget_at=None if budget is None else share(budget, max(max_of(of_all, whole), budget)),
        says=None if left is None else against_the_budget(left, is_drawn=bool(strata)),
        is_over=left is not None and left < 0,
    )


def against_the_budget(left: int, *, is_drawn: bool) -> Text:
    if left < 0:
        return _("The budget lacks %(amount)s", amount=yuan(-left))
    if is_drawn:
        return _("%(amount)s are left", amount=yuan(left))
    return _("The budget suffices, %(amount)s are left", amount=yuan(left))


def max_of(of: Money | None, planned: Planned | None) -> int:
    return max(of.total if of else 0, (planned.total or 0) if planned else 0)


def row_of(planned: Planned | None, of: Money, most: int) -> Row:
    return Row(planned, of, Bar(share(of.spent, most), share(of.committed, most)))


def share(fen: int, most: int) -> Decimal:
    return (Decimal(fen) * WIDE / (most or 1)).quantize(Decimal("0.01"), ROUND_HALF_UP)


# --- what the plan costs ---


def planned_costs(campaign: Campaign, quotas: Quotas | None) -> list[Planned]:
    """By stratum: n at the mean listed price, and n times what the tests of its listings cost on average.

    Fees are known by category; an item for one product by its title adds nothing here, but is counted once it is drawn.
    """
    if quotas is None or quotas.problems:
        return []
    fees = mean_fees(campaign) if has_fees(campaign.items) else {}
    return [
        Planned(row.stratum, row.n, row.cost, round(row.n * fees.get(row.stratum, Decimal(0)))) for row in quotas.rows
    ]


def planned_in_all(strata: list[Planned]) -> Planned:
    costs = [each.purchases for each in strata]
    known = [cost for cost in costs if cost is not None]
    purchases = sum(known) if len(known) == len(costs) else None
    return Planned("", sum(each.n for each in strata), purchases, sum(each.fees for each in strata))


def mean_fees(campaign: Campaign) -> Mapping[str, Decimal]:
    """What one sample of a stratum costs to test, in fen, over the categories of its listings."""
    design = parse_design(campaign.design)
    found = {}
    for stratum, categories in categories_of(frame_of(campaign), design.strata, design.bands).items():
        fees = sum(
            many * fee_of(names_of("", "", {"category": name}), campaign.items) for name, many in categories.items()
        )
        found[stratum] = Decimal(fees) / sum(categories.values())
    return found
