"""A result against its limit as a bar: where each stands, in percent of the bar's width. Templates draw it as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from quality.core.words import Text, _, in_script
from quality.standards.judgement import Compared, Judgement
from quality.standards.reading import printed

Number = Decimal
ROOM = Decimal("0.6")  # of the limit: what the axis shows beyond it


class Piece(NamedTuple):
    tone: str  # accept, guard, reject: classes of mingcha.css
    x: Decimal
    width: Decimal


class Mark(NamedTuple):
    x: Decimal
    text: str


class Span(NamedTuple):
    x1: Decimal
    x2: Decimal


class Dot(NamedTuple):
    x: Decimal
    is_bound: bool  # "at most that": drawn open


class Bar(NamedTuple):
    pieces: list[Piece]
    limits: list[Mark]
    spans: list[Span]
    dots: list[Dot]


def bar_of(judgement: Judgement, rule: str) -> Bar | None:
    """None where there is nothing to measure: words, what was not read, a limit that is no number."""
    compared = judgement.compared
    return drawn(compared, rule, Axis([compared])) if compared and is_measured(compared) else None


def both_bars(first: Compared | None, again: Compared | None, rules: tuple[str, str]) -> tuple[Bar, Bar] | None:
    """A value and that of its re-inspection on one scale; None where they have none in common."""
    if not (first and again and is_measured(first) and is_measured(again) and first.unit == again.unit):
        return None
    axis = Axis([first, again])
    return drawn(first, rules[0], axis), drawn(again, rules[1], axis)


def is_measured(compared: Compared) -> bool:
    return bool(bounds(compared) and values_of(compared))


def values_of(compared: Compared) -> list[Number]:
    return [value for pair in compared.values for value in pair if value is not None]


def drawn(compared: Compared, rule: str, axis: Axis) -> Bar:
    return Bar(
        pieces=list(axis.pieces(compared, rule)),
        limits=[Mark(axis.at(limit), plain(limit)) for limit in bounds(compared)],
        spans=axis.spans(compared),
        dots=[axis.dot(low, high) for low, high in compared.values if low is not None or high is not None],
    )


def bounds(compared: Compared) -> list[Number]:
    return [limit for limit in (compared.lower_limit, compared.upper_limit) if limit is not None]


def accepted(compared: Compared | None, rule: str) -> Text:
    """Which values the rule accepts, as the green stretch of the bar shows them; nothing where there is no number."""
    if compared is None or not bounds(compared):
        return ""
    low, high = compared.accepted_from, compared.accepted_to
    unit = in_script(printed(compared.unit))
    if low is not None and high is not None:
        said = _("from %(low)s to %(high)s %(unit)s", low=plain(low), high=plain(high), unit=unit)
    elif high is not None:
        said = _("up to %(high)s %(unit)s", high=plain(high), unit=unit)
    else:
        assert low is not None, "a limit that is a number accepts on one side of it"
        said = _("from %(low)s %(unit)s", low=plain(low), unit=unit)
    if rule == "non_binary" and compared.uncertainty:
        guard = plain(compared.uncertainty)
        said = _("%(accepted)s; conditional within ±%(guard)s of the limit", accepted=said, guard=guard)
    elif rule == "guard_band" and compared.uncertainty:
        guard = plain(compared.uncertainty)
        said = _("%(accepted)s, with a guard band of %(guard)s before the limit", accepted=said, guard=guard)
    return said


def plain(number: Number) -> str:
    """`5`, not `5.0` and not `5E+0`."""
    return f"{number.normalize():f}"


class Axis:
    """From zero (or what lies below it) to well beyond the limit, and to every value with its uncertainty."""

    def __init__(self, measured: Sequence[Compared]) -> None:
        limits, ends, arounds = list[Number](), list[Number](), list[Number]()
        for compared in measured:
            spread, own = compared.uncertainty or Decimal(0), bounds(compared)
            limits += own
            arounds.append(max(own) - min(own) or abs(own[0]) or Decimal(1))
            ends += [*own, *(value + sign * spread for value in values_of(compared) for sign in (-1, 1))]
        around, has_floor = max(arounds), any(compared.lower_limit is not None for compared in measured)
        self.first = min(ends) - around * ROOM if has_floor else min(Decimal(0), *ends)
        if min(ends) >= 0:
            self.first = max(self.first, Decimal(0))
        self.last = max(max(limits) + around * ROOM, max(ends) + (max(ends) - self.first) * Decimal("0.06"))

    def at(self, number: Number) -> Decimal:
        """Percent of the width, two places; what lies outside stands at the end."""
        share = (number - self.first) / (self.last - self.first) * 100
        return min(max(share, Decimal(0)), Decimal(100)).quantize(Decimal("0.01"))

    def spans(self, compared: Compared) -> list[Span]:
        spread = compared.uncertainty
        if not spread:
            return []
        exact = [low for low, high in compared.values if low is not None and low == high]
        return [Span(self.at(value - spread), self.at(value + spread)) for value in exact]

    def dot(self, low: Number | None, high: Number | None) -> Dot:
        shown = high if high is not None else low
        assert shown is not None
        return Dot(self.at(shown), is_bound=low != high)

    def pieces(self, compared: Compared, rule: str) -> list[Piece]:
        """Accepted, guarded and rejected stretches, from left to right."""
        spread = compared.uncertainty or Decimal(0)
        guard = spread if rule == "non_binary" else Decimal(0)
        low, high = compared.accepted_from, compared.accepted_to
        zero, hundred = Decimal(0), Decimal(100)
        cuts: list[tuple[str, Decimal, Decimal]] = []
        start = zero
        if low is not None:
            cuts += [("reject", zero, self.at(low - guard)), ("guard", self.at(low - guard), self.at(low + guard))]
            start = self.at(low + guard)
        end = self.at(high - guard) if high is not None else hundred
        cuts.append(("accept", start, end))
        if high is not None:
            cuts += [("guard", end, self.at(high + guard)), ("reject", self.at(high + guard), hundred)]
        return [Piece(tone, x1, x2 - x1) for tone, x1, x2 in cuts if x2 > x1]
