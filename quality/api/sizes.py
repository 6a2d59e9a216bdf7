"""How many to buy for what a campaign wants to be able to say. Nothing is recorded by asking."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import Door, takes, told
from quality.api.reading import asked
from quality.api.shapes import Asked, Told, Words
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.pages.sizing import Wished, sized_of_plan
from quality.people.access import acting, me

DOORS: list[Door] = []  # its address is among those of campaigns
Share = Annotated[Decimal, Field(gt=0, lt=1, max_digits=9)]


class WishKind(StrEnum):
    PRECISION = "precision"
    ZERO = "zero"
    EFFECT = "effect"


class SizeAsked(Asked):
    wish: WishKind
    rate: Share = Field(description="Expected; of `zero` the one to be ruled out; of `effect` that of one platform")
    half_width: Share | None = Field(None, description="Of `precision`, which needs it")
    confidence: Share = Field(Decimal("0.95"), description="Of `zero`")
    other: Share | None = Field(
        None, description="Of `effect`, the rate on the other platform; left out: what the plan's own n can tell"
    )
    power: Share = Field(Decimal("0.8"), description="Of `effect`")


class SizeTold(Told):
    n: int | None = Field(description="To buy, in all; null: the plan's own n was asked what it can tell")
    basis: Words = Field(description="The formula and what went into it, fit for `size_basis` of the plan")


@campaigns.get("/campaigns/<number>/sizes", summary="How many for a wish", responses={200: SizeTold})
@acting
@takes(query=SizeAsked)
def sizes(number: str) -> ResponseReturnValue:
    """By the plan's own allocation in its frame; of an endless frame before there is one."""
    campaign = CAMPAIGNS.found(number)
    if not me.stands_over(campaign):
        raise NotFound(number)
    given = asked(SizeAsked)
    if given.wish is WishKind.PRECISION and given.half_width is None:
        raise Invalid(FieldProblem("half_width", "missing", _("Send this")))
    try:
        found = sized_of_plan(campaign, Wished(**given.model_dump()))
    except Invalid as wrong:
        raise Invalid(*(each._replace(field=FIELDS.get(each.field, each.field)) for each in wrong.problems)) from None
    return told(SizeTold(n=found.n, basis=str(found.basis)))


FIELDS = {"wish_half_width": "half_width", "zero_rate": "rate", "effect_other": "other"}
