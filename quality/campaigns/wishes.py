"""How many to buy for what a campaign wants to be able to say, with the formula and what went into it: pure.

The figures are those of `figures/`; here they are asked of a plan: of its strata and its frame, where it has one. Rates
and half-widths are from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.precision import smallest_n
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.figures.comparison import for_difference, smallest_difference
from quality.figures.sizes import for_half_width, zero_nonconforming

PLATFORM = "platform"
FEWEST_PLATFORMS = 2


class Sized(NamedTuple):
    """`n` to buy in all; None where the plan's own n was asked what it can tell. `basis` is why so many."""

    n: int | None
    basis: Text


def for_precision(rate: Decimal, half_width: Decimal, design: Design, sizes: Mapping[str, int]) -> Sized:
    """By the plan's allocation in its frame; of an endless frame, drawn from as one, before there is one."""
    asked = {"rate": share(rate), "width": points(half_width)}
    if not sizes:
        n = for_half_width(rate, half_width)
        return Sized(n, _(
            "At a rate of %(rate)s, %(n)s give ±%(width)s points: 95%% interval by Wilson, a simple random sample from "
            "an endless frame", n=n, **asked,
        ))  # fmt: skip
    if design.method is Method.FIXED:
        given = _("Each stratum has a number of its own: no other size can be worked out for the whole")
        raise Invalid(FieldProblem("wish_half_width", "fixed", given))
    if design.size:
        other = _("A draw by size has another interval: try its numbers on the planner's page")
        raise Invalid(FieldProblem("wish_half_width", "by_size", other))
    found = smallest_n(design, sizes, float(rate), float(half_width))
    if found is None:
        raise Invalid(FieldProblem("wish_half_width", "out_of_reach", _("Not even the whole frame gives that")))
    return Sized(found, _(
        "At a rate of %(rate)s, %(n)s of %(size)s listings in %(strata)s strata give ±%(width)s points: 95%% interval "
        "as it is published, by the plan's allocation, with finite population correction",
        n=found, size=sum(sizes.values()), strata=len(sizes), **asked,
    ))  # fmt: skip


def for_none_found(rate: Decimal, confidence: Decimal, listings: int | None = None) -> Sized:
    """For the statement that the rate is below `rate`, if none of them is nonconforming; of a frame of `listings`."""
    n = zero_nonconforming(confidence, rate)
    said = _(
        "If none of %(n)s is nonconforming, the rate is below %(rate)s with %(confidence)s confidence: "
        "n = ⌈ln(1 − C)/ln(1 − p)⌉", n=n, rate=share(rate), confidence=share(confidence),
    )  # fmt: skip
    if listings is not None and n > listings:
        few = _("It takes %(n)s, and the frame has %(size)s listings", n=n, size=listings)
        raise Invalid(FieldProblem("zero_rate", "more_than_the_frame", few))
    return Sized(n, said)


def for_effect(one: Decimal, other: Decimal, power: Decimal, by_platform: Mapping[str, int]) -> Sized:
    """For the difference of two rates, as of two platforms, to be seen. `by_platform` are listings; none known: two."""
    if one == other:
        raise Invalid(FieldProblem("effect_other", "no_difference", _("Give another rate than the first")))
    each, platforms = for_difference(one, other, power), max(FEWEST_PLATFORMS, len(by_platform))
    if by_platform and each > min(by_platform.values()):
        name, size = min(by_platform.items(), key=lambda item: item[1])
        few = _("It takes %(n)s of each platform, and %(name)s has %(size)s listings", n=each, name=name, size=size)
        raise Invalid(FieldProblem("effect_other", "more_than_the_frame", few))
    return Sized(each * platforms, _(
        "To tell %(one)s from %(other)s on two platforms with a power of %(power)s it takes %(each)s of each, for "
        "%(platforms)s platforms %(n)s: test of two proportions, two-sided at 5%%, pooled variance",
        one=share(one), other=share(other), power=share(power), each=each, platforms=platforms, n=each * platforms,
    ))  # fmt: skip


def smallest_effect(rate: Decimal, power: Decimal, drawn: Mapping[str, int]) -> Sized:
    """What the plan's own numbers can tell, `drawn` on each platform: the two of which the fewest are bought."""
    fewest = sorted(drawn.values())[:FEWEST_PLATFORMS]
    if len(fewest) < FEWEST_PLATFORMS or not fewest[0]:
        few = _("The plan buys on fewer than two platforms: there is nothing to compare")
        raise Invalid(FieldProblem("effect_other", "one_platform", few))
    seen = smallest_difference(rate, fewest[0], fewest[1], power)
    return Sized(None, _(
        "With %(fewer)s and %(more)s bought on two platforms, of which one has a rate of %(rate)s, the other is told "
        "from it with a power of %(power)s if it has at most %(below)s or at least %(above)s: test of two proportions, "
        "two-sided at 5%%, pooled variance",
        fewer=fewest[0], more=fewest[1], rate=share(rate), power=share(power),
        below="—" if seen.below is None else share(seen.below), above="—" if seen.above is None else share(seen.above),
    ))  # fmt: skip


def by_platform(design: Design, numbers: Mapping[str, int]) -> dict[str, int]:
    """Numbers of strata, summed by platform; empty where platforms make no strata."""
    if PLATFORM not in design.strata:
        return {}
    place, found = design.strata.index(PLATFORM), dict[str, int]()
    for stratum, number in numbers.items():
        platform = stratum.split("/")[place]
        found[platform] = found.get(platform, 0) + number
    return found


def share(of: Decimal) -> str:
    return f"{points(of)}%"


def points(of: Decimal) -> str:
    return f"{(of * 100).quantize(Decimal('0.01')).normalize():f}"
