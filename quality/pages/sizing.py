"""The number to buy, worked out from a wish and from the plan as it is typed just now. Nothing is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design, parse_design
from quality.campaigns.models import Campaign
from quality.campaigns.sampling import sizes_of
from quality.campaigns.wishes import (
    Sized,
    by_platform,
    for_effect,
    for_none_found,
    for_precision,
    smallest_effect,
    without_wishes,
)
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.forms.planning import PlanForm, design_of
from quality.pages.forms.wishes import WISHES, WishForm
from quality.pages.quotas import frame_of


class Wished(NamedTuple):
    """What is asked for: of `wish`, as WISHES names them, what it needs. All from 0 to 1."""

    wish: str
    rate: Decimal
    half_width: Decimal | None = None
    confidence: Decimal = Decimal("0.95")
    other: Decimal | None = None
    power: Decimal = Decimal("0.8")


def sized(form: PlanForm, wishing: WishForm, wish: str, campaign: Campaign | None) -> Sized:
    """`Invalid` names a field of the wish, or of the plan where that is what is wrong."""
    check(wishing, wish)
    rate, *more = (wishing[name].data for name in WISHES[wish].fields)
    names = {"precision": ("half_width",), "zero": ("confidence",), "effect": ("other", "power")}[wish]
    asked = Wished(wish, rate, **dict(zip(names, more, strict=True)))
    if wish == "effect" and asked.other is None and lacks_n(form):
        raise Invalid(FieldProblem("allocation_n", "missing", _("Say how many listings to draw")))
    return answer(asked, campaign, lambda: typed_design(form), lambda: typed_design(form, Method.PROPORTIONAL))


def lacks_n(form: PlanForm) -> bool:
    return form.allocation_method.data != Method.FIXED and not form.allocation_n.data


def sized_of_plan(campaign: Campaign, asked: Wished) -> Sized:
    """The same of a plan as it is kept."""
    design = parse_design(campaign.design)
    return answer(asked, campaign, lambda: design, lambda: design)


def answer(
    asked: Wished, campaign: Campaign | None, design: Callable[[], Design], strata: Callable[[], Design]
) -> Sized:
    """`design` is the plan's; `strata` one of which only the strata count, so that the rest may be wrong yet."""
    match asked.wish:
        case "zero":
            return for_none_found(asked.rate, asked.confidence, campaign.frame_rows if campaign else None)
        case "precision":
            assert asked.half_width, "whoever asks has seen to it"
            plan = design()
            return for_precision(asked.rate, asked.half_width, plan, sizes_there(campaign, plan))
        case _ if asked.other is None:
            return smallest_effect(asked.rate, asked.power, bought_by_platform(design(), campaign))
        case _:
            plan = strata()
            return for_effect(asked.rate, asked.other, asked.power, by_platform(plan, sizes_there(campaign, plan)))


def sizes_there(campaign: Campaign | None, design: Design) -> Mapping[str, int]:
    """The listings of each stratum; none before there is a frame."""
    if campaign is None or campaign.frame_sha256 is None:
        return {}
    return sizes_of(frame_of(campaign), design.strata, design.bands)


def check(wishing: WishForm, wish: str) -> None:
    """Shares between 0 and 1: what is 0 or 1 is known, and needs no sample."""
    wishing.validate()
    asked = WISHES[wish]
    problems = []
    for name in asked.fields:
        field = wishing[name]
        if field.errors or (field.data is None and name in asked.may_be_empty):
            continue
        if field.data is None or not 0 < field.data < 1:
            problems.append(FieldProblem(name, "out_of_range", _("Enter a number above 0 and below 100")))
    if problems or any(wishing[name].errors for name in asked.fields):
        raise Invalid(*problems)


def typed_design(form: PlanForm, method: Method | None = None) -> Design:
    """As it is typed just now; the number to buy is what is looked for, and may be missing. With `method`, only its
    strata are asked."""
    problems: list[FieldProblem] = []
    made = design_of(form, problems)
    if method is not None:
        return parse_design(json.dumps(made | {"allocation": {"method": method, "n": 1}}))
    if wrong := [each for each in problems if each.field != "allocation_n"]:
        raise Invalid(*wrong)
    allocation = made["allocation"]
    if allocation["method"] == Method.FIXED:
        return parse_design(json.dumps(made))
    return parse_design(json.dumps(made | {"allocation": allocation | {"n": allocation["n"] or 1}}))


def bought_by_platform(design: Design, campaign: Campaign | None) -> dict[str, int]:
    """As the plan shares them out; halves, before there is a frame."""
    if sizes := sizes_there(campaign, design):
        return by_platform(design, design.allocate(sizes))
    total = sum(design.fixed.values()) if design.method is Method.FIXED else design.n or 0
    return {"": total // 2, "-": total - total // 2}


def with_size(sent: MultiDict[str, str], found: Sized) -> MultiDict[str, Any]:
    """What was sent, with the number, and of what was wished only the reason for it."""
    typed: MultiDict[str, Any] = MultiDict(sent)
    if found.n is not None:
        typed["allocation_n"] = str(found.n)
        typed["size_basis"] = without_wishes(str(typed.get("size_basis", "")))
    return behind(typed, found.basis)


def behind(sent: MultiDict[str, str], basis: Text) -> MultiDict[str, Any]:
    """What was sent, with one reason more behind what was written of the size."""
    typed: MultiDict[str, Any] = MultiDict(sent)
    typed["size_basis"] = one_more(str(typed.get("size_basis", "")), basis)
    return typed


def one_more(before: str, basis: Text | None) -> str:
    """A reason more on a line of its own; none twice."""
    return before if basis is None or str(basis) in before else f"{before.strip()}\n{basis}".strip()
