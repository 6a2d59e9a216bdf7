"""Permanent random numbers: which part of a stratum comes first, by what an earlier campaign drew.

A listing's permanent number is the sha256 of `EARLIER,listing_id`, EARLIER the seed of a closed campaign, over 2²⁵⁶: it
is the digest by which that campaign drew, so that whom it drew lies below a bound, and the others above it. Meaning and
reasons: docs/decisions/0050-a-design-grows.md. Several samples that share their numbers: E. Ohlsson, "Coordination of
samples using permanent random numbers", in B. G. Cox et al., "Business Survey Methods" (1995), ch. 9.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

DIGESTS = 1 << 256


class First(StrEnum):
    ABOVE = "above"  # those that the earlier campaign did not draw: no overlap while they suffice
    BELOW = "below"  # those that it drew: overlap


class Numbers(NamedTuple):
    """`below` are the bounds, above 0 and below 1, by stratum; a stratum without one is a single part."""

    seed: str
    below: tuple[tuple[str, Decimal], ...]
    first: First

    def bounds(self) -> dict[str, str]:
        """By stratum the 64 hex digits below which a permanent number, in such digits, is below the bound."""
        return {stratum: bound_in_hex(Fraction(bound)) for stratum, bound in self.below}


def bound_in_hex(bound: Fraction) -> str:
    return f"{-(-bound.numerator * DIGESTS // bound.denominator):064x}"
