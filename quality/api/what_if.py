"""What a plan comes to with other numbers than its own. Nothing is recorded by asking."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.controls import number as four_places
from quality.api.door import Door, takes, told
from quality.api.reading import asked
from quality.api.shapes import LARGEST, Asked, Line, Told
from quality.campaigns.allocation import Method
from quality.campaigns.operations import MOST_BUDGET_FEN
from quality.campaigns.what_if import Affordable, Expected, Wish
from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.pages.forms.what_if import field_of_design
from quality.pages.what_if import Answer, Load, Question, Rates, answer, as_planned
from quality.people.access import acting, me
from quality.targeting.history import Earlier

DOORS: list[Door] = []  # its address is among those of campaigns


class WhatIfAsked(Asked):
    n: int | None = Field(None, ge=1, le=LARGEST, description="To buy, in all; left out: as the plan has it")
    method: Method | None = Field(None, description="`fixed` only of a plan whose strata have numbers of their own")
    rate: Decimal | None = Field(
        None, ge=0, le=1, max_digits=9, description="To expect of nonconforming ones; left out: 0.1"
    )
    rates: Rates = Field(
        Rates.ONE, description="`history`: of each stratum as earlier probability samples of the category found it"
    )
    half_width: Decimal | None = Field(
        None, gt=0, lt=1, max_digits=9, description="Wished, of the interval; left out: half a point less than it is"
    )
    budget_fen: int | None = Field(None, ge=0, le=MOST_BUDGET_FEN)
    price_cap_fen: int | None = Field(None, ge=0, le=MOST_BUDGET_FEN, description="Of one purchase")
    lab_fee_fen: int | None = Field(
        None,
        ge=0,
        le=MOST_BUDGET_FEN,
        description="Of a sample, all its items together; left out: what these cost",
    )
    buyers_per_week: int | None = Field(None, ge=1, le=LARGEST, description="Left out: what the buyers' profiles say")
    laboratory: Line | None = Field(None, description="Its code; left out: the planned one")
    lab_per_week: int | None = Field(None, ge=1, le=LARGEST, description="Left out: what the laboratory states")


class WhatWasFound(Told):
    """What earlier probability samples of the category found in the stratum."""

    hits: int = Field(description="Nonconforming")
    of: int = Field(description="Tested")
    low: str = Field(description="Of the 95 % interval, by Wilson")
    high: str
    last_on: date
    deviation: str = Field(description="S of Neyman's allocation")


class StratumExpected(Told):
    stratum: str = Field(description="Empty: the whole frame, or all strata")
    size: int = Field(description="Listings")
    over_cap: int = Field(description="Listings that are dearer than the cap")
    rate: str = Field(description="Expected, from 0 to 1")
    rests_on: WhatWasFound | None = Field(description="What the rate was found from; null: it is assumed")
    n: int
    reserve: int
    half_width: str | None = Field(
        description="Half of the 95 % interval that is published; null of a risk-targeted campaign, and where fewer "
        "than two are bought of a stratum that is not taken whole"
    )
    chance: str = Field(description="To find at least one nonconforming (hypergeometric)")
    purchases_fen: int | None = Field(description="At mean listed prices within the cap; null: none is known")
    tests_fen: int


class MethodCompared(Told):
    method: str
    fits: bool = Field(description="False: this n cannot be shared out so, or `neyman` lacks S of a stratum")
    half_width: str | None
    total_fen: int | None


class WhatIfMoney(Told):
    purchases_fen: int
    tests_fen: int
    total_fen: int
    at_most_fen: int | None = Field(description="If each purchase costs as much as it may; null: there is no cap")
    budget_fen: int | None
    over_fen: int | None = Field(description="Above the budget; below 0: left of it")
    unpriced: list[str] = Field(description="Strata that are bought from and have no price: they are not counted")


class LoadTold(Told):
    per_week: int
    waiting: int = Field(description="Portions sent to the laboratory or in it; tasks that are not ordered")
    weeks: int = Field(description="Begun ones counted")
    item: str = Field(description="The test item of which it takes the fewest; empty: of whatever is tested")
    report_days: int | None = Field(description="From the receipt of a sample to its report")


class SizeFor(Told):
    half_width: str
    n: int
    more_fen: int = Field(description="Beside what is asked; below 0: less")
    over_fen: int | None


class BudgetBuys(Told):
    n: int = Field(description="0: not even the fewest that the plan allows")
    half_width: str | None


class PointTold(Told):
    n: int
    half_widths: dict[str, str] = Field(description="By rate")


class WhatIfTold(Told):
    is_estimate: bool = Field(description="False: risk-targeted, counts only, not representative; no interval is told")
    n: int
    method: str
    total: StratumExpected
    strata: list[StratumExpected]
    money: WhatIfMoney
    laboratory: LoadTold | None
    buyers: LoadTold | None
    weeks: int = Field(description="That the campaign has")
    methods: list[MethodCompared] = Field(description="The asked one first")
    wish: SizeFor | None
    affordable: BudgetBuys | None
    curve: list[PointTold]


@campaigns.get("/campaigns/<number>/what_if", summary="A plan with other numbers", responses={200: WhatIfTold})
@acting
@takes(query=WhatIfAsked)
def what_if(number: str) -> ResponseReturnValue:
    """How precise it would be, what it would find, cost and take. Nothing is recorded. 409 before there is a frame."""
    campaign, session = CAMPAIGNS.found(number), db.session()
    if not me.stands_over(campaign):
        raise NotFound(number)
    given = asked(WhatIfAsked).model_dump(exclude_none=True)
    question = Question(**as_planned(campaign)._asdict() | given)
    try:
        found = answer(session, campaign, question, me)
    except Invalid as wrong:
        raise Invalid(*(each._replace(field=field_of_design(each.field)) for each in wrong.problems)) from None
    return told(what_if_told(found))


def what_if_told(found: Answer) -> WhatIfTold:
    outcome = found.outcome
    money = outcome.money
    return WhatIfTold(
        is_estimate=found.is_estimate,
        n=outcome.total.n,
        method=found.design.method,
        total=stratum_told(outcome.total),
        strata=[stratum_told(row, found.earlier.get(row.stratum)) for row in outcome.rows],
        money=WhatIfMoney(
            purchases_fen=money.purchases,
            tests_fen=money.tests,
            total_fen=money.total,
            at_most_fen=money.at_most,
            budget_fen=money.budget,
            over_fen=money.over,
            unpriced=list(money.unpriced),
        ),
        laboratory=load_told(found.laboratory),
        buyers=load_told(found.buyers),
        weeks=found.weeks,
        methods=[
            MethodCompared(
                method=each.method, fits=each.fits, half_width=four_places(each.half_width), total_fen=each.total_fen
            )
            for each in outcome.methods
        ],
        wish=wish_told(outcome.wish),
        affordable=affordable_told(outcome.affordable),
        curve=[
            PointTold(n=point.n, half_widths={f"{rate:g}": f"{width:.6f}" for rate, width in point.half_widths.items()})
            for point in outcome.points
        ],
    )


def earlier_told(of: Earlier | None) -> WhatWasFound | None:
    if of is None or of.found.interval is None or of.last_on is None:
        return None
    low, high = of.found.interval
    return WhatWasFound(
        hits=of.found.hits,
        of=of.found.of,
        low=f"{low:.4f}",
        high=f"{high:.4f}",
        last_on=of.last_on,
        deviation=f"{of.deviation:.3f}",
    )


def stratum_told(row: Expected, rests_on: Earlier | None = None) -> StratumExpected:
    return StratumExpected(
        stratum=row.stratum,
        size=row.size,
        over_cap=row.over_cap,
        rate=f"{row.rate:.4f}",
        rests_on=earlier_told(rests_on),
        n=row.n,
        reserve=row.reserve,
        half_width=four_places(row.half_width),
        chance=f"{row.chance:.4f}",
        purchases_fen=row.purchases_fen,
        tests_fen=row.tests_fen,
    )


def load_told(load: Load | None) -> LoadTold | None:
    if load is None:
        return None
    return LoadTold(
        per_week=load.per_week, waiting=load.waiting, weeks=load.weeks, item=load.item, report_days=load.days
    )


def wish_told(wish: Wish | None) -> SizeFor | None:
    if wish is None:
        return None
    return SizeFor(half_width=f"{wish.half_width:.4f}", n=wish.n, more_fen=wish.more_fen, over_fen=wish.over_fen)


def affordable_told(found: Affordable | None) -> BudgetBuys | None:
    return BudgetBuys(n=found.n, half_width=four_places(found.half_width)) if found else None
