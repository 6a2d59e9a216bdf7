"""How precise a sample will be before anything is bought: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.core.errors import Invalid
from quality.figures.stratified import Stratum, expected, stratified

NOTHING: Mapping[str, Decimal] = MappingProxyType({})
STEPS = 8  # sample sizes on a curve, from half the planned one to twice that


class Point(NamedTuple):
    """`half_widths` by expected rate, as fractions from 0 to 1."""

    n: int
    half_widths: dict[float, float]


def half_width(
    sizes: Mapping[str, int], drawn: Mapping[str, int], rate: float, known: Mapping[str, Decimal] = NOTHING
) -> float | None:
    """Half of the 95 % interval that is published, as a fraction, if every stratum has this rate.

    `sizes` are the listings of each stratum, `drawn` how many of them are bought, `known` the rates to expect of strata
    of which more is known. What is taken whole has no error. None where one of several listings, or none, is drawn:
    nothing says how they differ.
    """
    everywhere = Decimal(str(rate))
    of = {name: drawn.get(name, 0) for name in sizes}
    if known:
        parts = (Stratum(size, of[name], of[name] * known.get(name, everywhere)) for name, size in sizes.items())
        estimate = stratified(parts)
        interval = estimate and estimate.interval
    else:
        interval = expected(((size, of[name]) for name, size in sizes.items()), everywhere)
    return None if interval is None else float(interval.high - interval.low) / 2


def curve(design: Design, sizes: Mapping[str, int], rates: tuple[float, ...]) -> list[Point]:
    """What other sample sizes would give by the same allocation, the planned one among them; the smallest first.

    Empty where each stratum has a number of its own, or the plan's own sample says nothing of how precise it is.
    """
    if design.method is Method.FIXED or not design.n:
        return []
    found = [point for n in sizes_around(design.n, sum(sizes.values())) if (point := at(design, sizes, n, rates))]
    return found if any(point.n == design.n for point in found) else []


def at(
    design: Design,
    sizes: Mapping[str, int],
    n: int,
    rates: tuple[float, ...],
    known: Mapping[str, Decimal] = NOTHING,
) -> Point | None:
    """What is `known` of strata stands for the first of `rates` there."""
    try:
        drawn = replace(design, n=n).allocate(sizes)
    except Invalid:  # more than there are, or less than the minimum of the strata
        return None
    widths = {rate: half_width(sizes, drawn, rate, NOTHING if place else known) for place, rate in enumerate(rates)}
    said = {rate: width for rate, width in widths.items() if width is not None}
    return Point(n, said) if len(said) == len(rates) else None


def sizes_around(planned: int, most: int) -> Iterator[int]:
    """From half to twice the planned size in even steps, the planned one always among them."""
    first, last = max(1, planned // 2), min(most, planned * 2)
    yield from sorted({first + (last - first) * step // STEPS for step in range(STEPS + 1)} | {planned})


def smallest_n(
    design: Design, sizes: Mapping[str, int], rate: float, wished: float, known: Mapping[str, Decimal] = NOTHING
) -> int | None:
    """How many to buy by this allocation for a half-width of at most `wished`, a fraction above 0, at this rate.

    None where each stratum has a number of its own. Whole numbers per stratum may make a larger n a hair less precise:
    what is found holds, and one less does not.
    """
    if design.method is Method.FIXED:
        return None

    def holds(n: int) -> bool:
        point = at(design, sizes, n, (rate,), known)
        return point is not None and point.half_widths[rate] <= wished

    too_few, enough = 0, sum(sizes.values())
    if not holds(enough):
        return None
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if holds(middle) else (middle, enough)
    return enough
