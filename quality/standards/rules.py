"""Decision rules: how a measured quantity and its uncertainty meet one bound or a sampling plan. Exact fractions only.

Sources: ILAC-G8:09/2019 for simple acceptance, the guard band w = U and the non-binary statement; enforcement is the
same guard band laid on the other side, for authorities that must prove a breach (JCGM 106:2012, 8.3.3).
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class Verdict(StrEnum):
    PASS = "pass"
    CONDITIONAL_PASS = "conditional_pass"
    CONDITIONAL_FAIL = "conditional_fail"
    FAIL = "fail"
    UNDECIDED = "undecided"

    @property
    def conforms(self) -> bool:
        return self in {Verdict.PASS, Verdict.CONDITIONAL_PASS}


class Rule(StrEnum):
    SIMPLE = "simple"
    GUARD_BAND = "guard_band"
    NON_BINARY = "non_binary"
    ENFORCEMENT = "enforcement"


class Side(NamedTuple):
    """One bound, in the unit of comparison."""

    at: Fraction
    is_upper: bool
    strict: bool = False

    def excess(self, number: Fraction) -> Fraction:
        """How far the number lies beyond the bound; below zero inside. A lower bound is an upper one, mirrored."""
        return number - self.at if self.is_upper else self.at - number

    def shifted(self, outwards: Fraction) -> Fraction:
        return self.at + outwards if self.is_upper else self.at - outwards


class Span(NamedTuple):
    """What the result says of the true value: from `low` to `high`, both included; None is open without end."""

    low: Fraction | None
    high: Fraction | None
    above_low: bool = False  # `low` itself is not included: of `>300`

    def certainly_above(self, bound: Fraction) -> bool:
        return self.low is not None and (self.low > bound or (self.above_low and self.low == bound))


def worst(verdicts: list[Verdict]) -> Verdict:
    """Of the sides of a range: a failed side decides, an undecided one keeps the other from passing."""
    order = [Verdict.PASS, Verdict.CONDITIONAL_PASS, Verdict.UNDECIDED, Verdict.CONDITIONAL_FAIL, Verdict.FAIL]
    return max(verdicts, key=order.index)


def acceptance(side: Side, rule: Rule, uncertainty: Fraction) -> Fraction:
    """Where the rule stops to accept: limit − U, limit, or limit + U (mirrored for a lower bound)."""
    match rule:
        case Rule.GUARD_BAND:
            return side.shifted(-uncertainty)
        case Rule.ENFORCEMENT:
            return side.shifted(uncertainty)
        case _simple_or_non_binary:
            return side.at


def on_side(number: Fraction, side: Side, rule: Rule, uncertainty: Fraction) -> Verdict:
    """DOMAIN §2.7. For `<` and `>` the limit itself is outside, while limit ± U is read as the rule words it."""
    excess = side.excess(number)
    meets = excess < 0 or (excess == 0 and not side.strict)
    match rule:
        case Rule.SIMPLE:
            return Verdict.PASS if meets else Verdict.FAIL
        case Rule.GUARD_BAND:
            return Verdict.PASS if meets and excess <= -uncertainty else Verdict.FAIL
        case Rule.ENFORCEMENT:
            return Verdict.PASS if excess <= uncertainty else Verdict.FAIL
        case Rule.NON_BINARY if meets:
            return Verdict.PASS if excess < -uncertainty else Verdict.CONDITIONAL_PASS
        case _non_binary_beyond:
            return Verdict.CONDITIONAL_FAIL if excess <= uncertainty else Verdict.FAIL


def span_on_side(span: Span, side: Side, rule: Rule, uncertainty: Fraction) -> Verdict:
    """A bound decides when every value that it allows gives the same answer; then the mildest of what is certain."""
    best_at, worst_at = (span.low, span.high) if side.is_upper else (span.high, span.low)
    if span.above_low:  # an upper limit that is its low end is exceeded; what must be more than that is more
        side = side._replace(strict=side.is_upper)
    best = Verdict.PASS if best_at is None else on_side(best_at, side, rule, uncertainty)
    worst_ = Verdict.FAIL if worst_at is None else on_side(worst_at, side, rule, uncertainty)
    if worst_.conforms:
        return worst_
    return Verdict.UNDECIDED if best.conforms else best


def added(spans: list[Span]) -> Span:
    """What is known of several amounts together: none is below zero, so a bound adds from nothing to itself."""
    lows = [span.low for span in spans if span.low is not None]
    highs = [span.high for span in spans if span.high is not None]
    return Span(
        sum(lows, Fraction(0)) if lows else None,
        sum(highs, Fraction(0)) if len(highs) == len(spans) else None,
        any(span.above_low for span in spans),
    )


def by_plan(spans: list[Span], c: int, m: Fraction, most: Fraction | None) -> tuple[Verdict, int]:
    """The verdict on n results, and how many of them lie above m for certain.

    Three classes: fails if any exceeds M, or more than c lie in (m, M]. Two classes (no M): more than c exceed m.
    """

    def possibly(span: Span, bound: Fraction) -> bool:
        return span.high is None or span.high > bound

    certainly_above = sum(span.certainly_above(m) for span in spans)
    possibly_above = sum(possibly(span, m) for span in spans)
    if certainly_above > c or (most is not None and any(span.certainly_above(most) for span in spans)):
        return Verdict.FAIL, certainly_above
    if possibly_above > c or (most is not None and any(possibly(span, most) for span in spans)):
        return Verdict.UNDECIDED, certainly_above
    return Verdict.PASS, certainly_above
