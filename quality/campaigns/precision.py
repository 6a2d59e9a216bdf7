"""How precise a sample will be before anything is bought: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import sqrt
from typing import NamedTuple

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.core.errors import Invalid

Z = 1.959963984540054  # the normal quantile of a 95 % interval
FEWEST = 2  # of a stratum; one alone says nothing of how its listings differ
STEPS = 8  # sample sizes on a curve, from half the planned one to twice that


class Point(NamedTuple):
    """`half_widths` by expected rate, as fractions from 0 to 1."""

    n: int
    half_widths: dict[float, float]


def standard_error(sizes: Mapping[str, int], drawn: Mapping[str, int], rates: Mapping[str, float]) -> float | None:
    """Of the stratified estimate of a rate over the whole frame, a fraction from 0 to 1.

    sqrt(Σ (N/ΣN)² · (1 − n/N) · p(1 − p)/(n − 1)) over the strata: `sizes` are N, `drawn` n, `rates` p. What is taken
    whole has no error. None where one of several listings, or none, is drawn: nothing says how they differ.

    Source: W. G. Cochran, Sampling Techniques, 3rd ed. (1977), eq. 5.7 with 3.8 (finite population correction).
    """
    whole, variance = sum(sizes.values()), 0.0
    for name, size in sizes.items():
        n, p = drawn.get(name, 0), rates[name]
        if n == size:
            continue
        if n < FEWEST:
            return None
        variance += (size / whole) ** 2 * (1 - n / size) * p * (1 - p) / (n - 1)
    return sqrt(variance)


def half_width(sizes: Mapping[str, int], drawn: Mapping[str, int], rate: float) -> float | None:
    """Half of the 95 % interval, as a fraction, if every stratum has this rate. By the normal approximation."""
    error = standard_error(sizes, drawn, dict.fromkeys(sizes, rate))
    return None if error is None else Z * error


def curve(design: Design, sizes: Mapping[str, int], rates: tuple[float, ...]) -> list[Point]:
    """What other sample sizes would give by the same allocation, the planned one among them; the smallest first.

    Empty where each stratum has a number of its own, or the plan's own sample says nothing of how precise it is.
    """
    if design.method is Method.FIXED or not design.n:
        return []
    found = [point for n in sizes_around(design.n, sum(sizes.values())) if (point := at(design, sizes, n, rates))]
    return found if any(point.n == design.n for point in found) else []


def at(design: Design, sizes: Mapping[str, int], n: int, rates: tuple[float, ...]) -> Point | None:
    try:
        drawn = replace(design, n=n).allocate(sizes)
    except Invalid:  # more than there are, or less than the minimum of the strata
        return None
    widths = {rate: half_width(sizes, drawn, rate) for rate in rates}
    known = {rate: width for rate, width in widths.items() if width is not None}
    return Point(n, known) if len(known) == len(rates) else None


def sizes_around(planned: int, most: int) -> Iterator[int]:
    """From half to twice the planned size in even steps, the planned one always among them."""
    first, last = max(1, planned // 2), min(most, planned * 2)
    yield from sorted({first + (last - first) * step // STEPS for step in range(STEPS + 1)} | {planned})
