"""Money of a campaign, by stratum, in fen."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import Door, told
from quality.api.shapes import Told
from quality.core.db import db
from quality.core.errors import NotFound
from quality.pages.money import Row, money_shown
from quality.pages.quotas import quotas
from quality.people.access import acting, me

DOORS: list[Door] = []  # its address is among those of campaigns


class StratumMoney(Told):
    stratum: str = Field(description="Empty: the whole frame, or all strata")
    planned_purchases_fen: int | None = Field(description="To buy × mean listed price; null: no listing has a price")
    planned_fees_fen: int | None = Field(description="Of laboratories; null: the plan cannot be drawn from its frame")
    committed_purchases_fen: int = Field(description="Drawn and not ordered: listed price, at most the price cap")
    committed_fees_fen: int = Field(description="Of what is drawn and not reported")
    spent_purchases_fen: int = Field(description="Paid with the orders, less what came back")
    refunded_fen: int = Field(description="What sellers gave back")
    spent_expenses_fen: int = Field(description="Approved: what buyers laid out beside the price of the goods")
    spent_fees_fen: int = Field(description="Of what a laboratory reported")
    paid_for_nothing_fen: int = Field(description="Of what was spent: for units that never came")
    without_price: int = Field(description="Units to buy with neither price nor cap: nothing is counted for them")


class MoneyTold(Told):
    campaign: str
    budget_fen: int | None
    left_fen: int | None = Field(
        description="Of the budget, below 0 where it lacks: less what is committed and spent; before the draw less "
        "what is planned. Null: no budget, or the plan's costs are not known"
    )
    strata: list[StratumMoney]
    in_all: StratumMoney


@campaigns.get(
    "/campaigns/<number>/money",
    summary="Budget, committed, spent; your own agency's",
    responses={200: MoneyTold},
)
@acting
def campaign_money(number: str) -> ResponseReturnValue:
    session, campaign = db.session(), CAMPAIGNS.found(number)
    if not me.stands_over(campaign):
        raise NotFound(number)
    shown = money_shown(session, campaign, quotas(session, campaign))
    return told(
        MoneyTold(
            campaign=campaign.number,
            budget_fen=shown.budget,
            left_fen=shown.left,
            strata=[stratum_told(row) for row in shown.rows],
            in_all=stratum_told(shown.total),
        )
    )


def stratum_told(row: Row) -> StratumMoney:
    of = row.money
    return StratumMoney(
        stratum=of.stratum,
        planned_purchases_fen=row.planned.purchases if row.planned else None,
        planned_fees_fen=row.planned.fees if row.planned else None,
        committed_purchases_fen=of.to_buy,
        committed_fees_fen=of.to_test,
        spent_purchases_fen=of.bought,
        refunded_fen=of.refunded,
        spent_expenses_fen=of.beside,
        spent_fees_fen=of.tested,
        paid_for_nothing_fen=of.lost,
        without_price=of.unpriced,
    )
