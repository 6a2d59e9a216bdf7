"""How many to test for what a campaign wants to be able to say. Rates, half-widths and confidences are from 0 to 1.

Sources. Zero nonconforming, (1 − p)ⁿ ≤ 1 − C: D. C. Montgomery, "Introduction to Statistical Quality Control", 15.2
(c = 0); G. J. Hahn, W. Q. Meeker, "Statistical Intervals" (1991), 9.4. Finite population correction: W. G. Cochran,
"Sampling Techniques", 3rd ed. (1977), 4.4; here for the interval that is published, and not for Cochran's normal
approximation, which asks for about four more (z² = 3.84) at a rate of a half.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal, localcontext

from quality.figures.detection import Lot, chance_of_none
from quality.figures.rates import NORMAL_95, PLACES, score_interval


def zero_nonconforming(confidence: Decimal, rate: Decimal) -> int:
    """⌈ln(1 − C)/ln(1 − p)⌉: if none of so many is nonconforming, the rate is below `rate`, with this confidence."""
    _are_within(confidence, rate)
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        found = int(((1 - confidence).ln() / (1 - rate).ln()).to_integral_value(ROUND_CEILING))
        # a whole quotient may come out a hair above itself
        return found - 1 if found > 1 and (1 - rate) ** (found - 1) <= 1 - confidence else found


def zero_nonconforming_of(size: int, confidence: Decimal, nonconforming: int) -> int:
    """The same of a frame of `size`: if none of so many is, fewer than `nonconforming` of the frame are."""
    _are_within(confidence)
    if not 1 <= nonconforming <= size:
        raise ValueError(f"{nonconforming} of {size}")
    return smallest(lambda n: chance_of_none([Lot(size, n, nonconforming)]) <= 1 - confidence, size)


def rate_ruled_out(n: int, confidence: Decimal) -> Decimal:
    """None of `n` was nonconforming: the rate is below this, 1 − (1 − C)^(1/n), with this confidence."""
    _are_within(confidence)
    if n < 1:
        raise ValueError(str(n))
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        return 1 - (1 - confidence) ** (Decimal(1) / n)


def deviation(hits: int, of: int) -> Decimal:
    """S of Neyman's allocation from what was found before: √(p(1 − p)) at the middle of Wilson's interval.

    Not at hits/of: a stratum in which nothing was found yet would have S = 0, and would never be looked at again. Of no
    findings at all it is 0.5, the most that it can be.
    """
    rate = middle(hits, of)
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        return (rate * (1 - rate)).sqrt()


def middle(hits: int, of: int) -> Decimal:
    """Of Wilson's interval: a rate to expect from what was found before. Of no findings at all it is 0.5."""
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    with localcontext() as arithmetic:
        arithmetic.prec = PLACES
        square = NORMAL_95 * NORMAL_95
        return (hits + square / 2) / (of + square)


def for_half_width(rate: Decimal, wished: Decimal, size: int | None = None, z: Decimal = NORMAL_95) -> int:
    """Of a simple random sample from `size` listings, None: endless, for ± `wished` at this rate.

    At most `size`: what is taken whole has no interval. For a stratified design see `campaigns.precision.smallest_n`.
    """
    _are_within(wished)
    if not 0 <= rate <= 1 or (size is not None and size < 1):
        raise ValueError(f"{rate} of {size}")

    def holds(n: int) -> bool:
        if n == size:
            return True
        with localcontext() as arithmetic:
            arithmetic.prec = PLACES
            low, high = score_interval(rate, n / (1 - Decimal(n) / size) if size else Decimal(n), z)
            return (high - low) / 2 <= wished

    return smallest(holds, size)


def smallest(holds: Callable[[int], bool], most: int | None = None) -> int:
    """The smallest number from 1 that holds, where every larger one does too. `most` is taken to hold."""
    enough = 1
    while (most is None or enough < most) and not holds(enough):
        enough *= 2
    too_few, enough = enough // 2, enough if most is None else min(enough, most)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if holds(middle) else (middle, enough)
    return enough


def _are_within(*shares: Decimal) -> None:
    for share in shares:
        if not 0 < share < 1:
            raise ValueError(str(share))
