"""How many to buy for what a campaign wants to be able to say, with the formula and what went into it: pure.

The figures are those of `figures/`; here they are asked of a plan: of its strata and its frame, where it has one. Rates
and half-widths are from 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.precision import smallest_n
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _, in_each_language, made_of, sentence
from quality.figures.comparison import for_difference, smallest_difference
from quality.figures.sizes import for_half_width, zero_nonconforming

PLATFORM = "platform"
FEWEST_PLATFORMS = 2

# why so many, by what was wished
ENDLESS = _(
    "At a rate of %(rate)s, %(n)s give ±%(width)s points: 95%% interval by Wilson, a simple random sample from an "
    "endless frame"
)
IN_FRAME = _(
    "At a rate of %(rate)s, %(n)s of %(size)s listings in %(strata)s strata give ±%(width)s points: 95%% interval "
    "as it is published, by the plan's allocation, with finite population correction"
)
NONE_FOUND = _(
    "If none of %(n)s is nonconforming, the rate is below %(rate)s with %(confidence)s confidence: "
    "n = ⌈ln(1 − C)/ln(1 − p)⌉"
)
EFFECT = _(
    "To tell %(one)s from %(other)s on two platforms with a power of %(power)s it takes %(each)s of each, for "
    "%(platforms)s platforms %(n)s: test of two proportions, two-sided at 5%%, pooled variance"
)
CAN_TELL = _(
    "With %(fewer)s and %(more)s bought on two platforms, of which one has a rate of %(rate)s, the other is told "
    "from it with a power of %(power)s if it has at most %(below)s or at least %(above)s: test of two proportions, "
    "two-sided at 5%%, pooled variance"
)
REASONS = (ENDLESS, IN_FRAME, NONE_FOUND, EFFECT, CAN_TELL)


class Sized(NamedTuple):
    """`n` to buy in all; None where the plan's own n was asked what it can tell. `basis` is why so many."""

    n: int | None
    basis: Text


def for_precision(rate: Decimal, half_width: Decimal, design: Design, sizes: Mapping[str, int]) -> Sized:
    """By the plan's allocation in its frame; of an endless frame, drawn from as one, before there is one."""
    asked = {"rate": share(rate), "width": points(half_width)}
    if not sizes:
        n = for_half_width(rate, half_width)
        return Sized(n, filled(ENDLESS, n=n, **asked))
    if design.method is Method.FIXED:
        given = _("Each stratum has a number of its own: no other size can be worked out for the whole")
        raise Invalid(FieldProblem("wish_half_width", "fixed", given))
    if design.size:
        other = _("A draw by size has another interval: try its numbers on the planner's page")
        raise Invalid(FieldProblem("wish_half_width", "by_size", other))
    found = smallest_n(design, sizes, float(rate), float(half_width))
    if found is None:
        raise Invalid(FieldProblem("wish_half_width", "out_of_reach", _("Not even the whole frame gives that")))
    in_frame = {"size": sum(sizes.values()), "strata": len(sizes)}
    return Sized(found, filled(IN_FRAME, n=found, **in_frame, **asked))


def for_none_found(rate: Decimal, confidence: Decimal, listings: int | None = None) -> Sized:
    """For the statement that the rate is below `rate`, if none of them is nonconforming; of a frame of `listings`."""
    n = zero_nonconforming(confidence, rate)
    said = filled(NONE_FOUND, n=n, rate=share(rate), confidence=share(confidence))
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
    shared = {"one": share(one), "other": share(other), "power": share(power)}
    return Sized(each * platforms, filled(EFFECT, each=each, platforms=platforms, n=each * platforms, **shared))


def smallest_effect(rate: Decimal, power: Decimal, drawn: Mapping[str, int]) -> Sized:
    """What the plan's own numbers can tell, `drawn` on each platform: the two of which the fewest are bought."""
    fewest = sorted(drawn.values())[:FEWEST_PLATFORMS]
    if len(fewest) < FEWEST_PLATFORMS or not fewest[0]:
        few = _("The plan buys on fewer than two platforms: there is nothing to compare")
        raise Invalid(FieldProblem("effect_other", "one_platform", few))
    seen = smallest_difference(rate, fewest[0], fewest[1], power)
    bounds = {"below": seen.below, "above": seen.above}
    return Sized(None, filled(
        CAN_TELL, fewer=fewest[0], more=fewest[1], rate=share(rate), power=share(power),
        **{name: "—" if bound is None else share(bound) for name, bound in bounds.items()},
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


def filled(reason: Text, **with_: Any) -> Text:
    return sentence(made_of(reason)[0], with_)


def without_wishes(reasons: str, n: int | None = None) -> str:
    """What is written of a size, in lines, without those that a wish left there, in either language.

    A reason of `n` itself stays. Whatever else somebody wrote does too.
    """
    kept = []
    for line in reasons.splitlines():
        found = next(filter(None, (said.fullmatch(line.strip()) for said in _said())), None)
        if found is None or (n is not None and found.groupdict().get("n") == str(n)):
            kept.append(line)
    return "\n".join(kept).strip()


def _said() -> Iterator[re.Pattern[str]]:
    """The reasons as they look when they are filled in."""
    for spoken in (said for reason in REASONS for said in in_each_language(reason).values()):
        n, *rest = re.split(r"%\\\(n\\\)s", re.escape(spoken.replace("%%", "%")), maxsplit=1)
        places = [re.sub(r"%\\\(\w+\\\)s", ".+?", part) for part in (n, *rest)]
        yield re.compile(r"(?P<n>\d+)".join(places))


def share(of: Decimal) -> str:
    return f"{points(of)}%"


def points(of: Decimal) -> str:
    return f"{(of * 100).quantize(Decimal('0.01')).normalize():f}"
