"""A limit that is met again and again: its verdict on a plain number is looked up, and not worked out anew.

Under one limit, unit and rule, the verdict on a number changes only at a few points: at the bounds, and by U on either
side of them. So the rules themselves are asked once at every point and between each two, and what they say is kept.
What a row says beside a plain number (a power of ten, its own uncertainty, several results) is always worked out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import normalize

from quality.core.words import Reason, made_of, sentence
from quality.standards.limits import Kind, Limit
from quality.standards.quantities import SHOWN_EXACTLY
from quality.standards.reading import shown
from quality.standards.rules import Verdict
from quality.standards.values import Mark, Result, read_results
from quality.standards.verdicts import Compared, Judgement

PLAIN = re.compile(r" *(<?) *((?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,14})?)(?![0-9.,]) *([^\s;]{0,24}) *")
FIRST, OTHER = 7, 11  # any two numbers
AFTER = 12  # rows that are worked out before asking at every point pays
LONGEST = 60  # digits of a point or of a factor; a unit that does not divide has more
NUMBERLESS = re.compile(r"[^0-9]{1,12}")

Terms = tuple[str, str, str, str, str, str]  # unit, limit, uncertainty, LOD, LOQ, rule
WorkedOut = Callable[..., Judgement]


class Cell(NamedTuple):
    """What is said of every number between two points, or at one."""

    verdict: Verdict
    code: str
    english: str
    facts: dict[str, Any]
    says_value: bool
    notes: tuple[Reason, ...]
    converted: tuple[str, str, str] | None  # the note of what the value is in the limit's unit: sentence and units
    compared: Compared | None


class Table(NamedTuple):
    points: list[Decimal]  # ascending from 0, in the unit of the value
    cells: list[Cell | None]  # below the first point, at it, between it and the next …; None: to be worked out
    mark: Mark
    unit: str  # behind the number
    limit: Limit | None
    factor: Decimal | None  # from the unit of the value to that of comparison

    def judged(self, said: str, digits: str) -> Judgement | None:
        """`digits` are the number in what is `said`."""
        number = Decimal(digits)
        place = bisect_left(self.points, number)
        is_at = place < len(self.points) and self.points[place] == number
        cell = self.cells[2 * place + is_at]
        if cell is None:
            return None
        facts = {**cell.facts, "value": said} if cell.says_value else cell.facts
        notes, compared = cell.notes, cell.compared
        if compared is not None or cell.converted:
            short = digits.rstrip("0").rstrip(".") if "." in digits else digits
            there = short if self.factor is None or self.factor == 1 else _times(number, self.factor)
            if cell.converted:
                english, own, other = cell.converted
                amounts = {"value": f"{short} {own}", "converted": f"{there} {other}"}
                notes = (*notes, Reason("converted", sentence(english, amounts)))
            if compared is not None:
                amount = number if there is digits else Decimal(there)
                span = (amount, amount) if self.mark is Mark.NUMBER else (None, amount)
                compared = Compared(compared[0], (span,), *compared[2:])
        result = Result(self.mark, number, self.unit)
        return Judgement(
            cell.verdict, Reason(cell.code, sentence(cell.english, facts)), notes, (result,), self.limit, compared
        )


class Met:
    """How often some terms were met with plain numbers, and their table once it pays."""

    def __init__(self) -> None:
        self.times = 0
        self.table: Table | None = None


def looked_up(value: str, terms: Terms, work_out: WorkedOut) -> Judgement | None:
    """The same judgement as `work_out` gives; None if it has to be asked."""
    found = PLAIN.fullmatch(value)
    if found is None:
        return _in_words(value, terms, work_out) if NUMBERLESS.fullmatch(value) else None
    sign, digits, behind = found.groups()
    met = _met(sign, behind, terms)
    if met.times < AFTER:
        met.times += 1
        if met.times == AFTER:
            met.table = _asked(sign, behind, terms, work_out)
    return met.table.judged(value if " " not in value else shown(value), digits) if met.table else None


@lru_cache(maxsize=1024)  # a campaign has a few dozen limits
def _met(_sign: str, _behind: str, _terms: Terms) -> Met:
    return Met()


@lru_cache(maxsize=1024)
def _in_words(value: str, terms: Terms, work_out: WorkedOut) -> Judgement:
    """未检出, 符合: there are few words, and they are said often."""
    return work_out(value, *terms)


def _times(number: Decimal, factor: Decimal) -> str:
    text = format(SHOWN_EXACTLY.multiply(number, factor), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _asked(sign: str, behind: str, terms: Terms, work_out: WorkedOut) -> Table | None:
    """The table of these terms; None where a number stands for something else, or points cannot be written down."""
    one = read_results(f"{sign}{FIRST}{behind}")
    if isinstance(one, Reason) or len(one) != 1 or one[0].number != FIRST or one[0].uncertainty or one[0].notes:
        return None

    def ask(number: str) -> Judgement:
        return work_out(f"{sign}{number}{behind}", *terms)

    first = ask(str(FIRST))
    if "%" in normalize("NFKC", terms[2]) or (_asks_lod(first.limit) and any(terms[3:5])):
        return None
    factor = _factor(first, ask(str(OTHER)))
    if first.compared and not factor:
        return None
    points = _points(first, factor or Decimal(1))
    if points is None:
        return None
    cells: list[Cell | None] = [None]
    for point, following in zip(points, [*points[1:], None], strict=True):
        at = f"{point:f}"
        cells.append(_cell(ask, factor, at, at + ("0" if "." in at else ".0")))
        end = point * 2 + 100 if following is None else following
        inside = [f"{(point * (3 - part) + end * part) / 3:.14f}" for part in (1, 2)]
        cells.append(_cell(ask, factor, *inside) if all(point < Decimal(text) < end for text in inside) else None)
    return Table(points, cells, one[0].mark, one[0].unit, first.limit, factor)


def _asks_lod(limit: Limit | None) -> bool:
    """Whether what was found is held against the LOD, which would be one more point."""
    return limit is not None and limit.kind in {Kind.NOT_DETECTED, Kind.BANNED}


def _factor(one: Judgement, other: Judgement) -> Decimal | None:
    """What 1 of the value's unit is in the unit of comparison, if that can be written down."""
    at = [judgement.compared.values[0][1] if judgement.compared else None for judgement in (one, other)]
    if at[0] is None or at[1] is None:
        return None
    factor = Fraction(at[0]) / FIRST
    return _written(factor) if factor == Fraction(at[1]) / OTHER else None


def _written(number: Fraction) -> Decimal | None:
    """As a decimal, exactly; None if it has none, or a long one."""
    with localcontext(prec=LONGEST) as exactly:
        exactly.traps[Inexact] = True
        try:
            return +(Decimal(number.numerator) / Decimal(number.denominator))
        except Inexact:
            return None


def _points(judgement: Judgement, factor: Decimal) -> list[Decimal] | None:
    """Where the verdict may change, from 0, in the unit of the value."""
    limit, compared = judgement.limit, judgement.compared
    found = {Fraction(0)}
    if limit is not None:
        spread = Fraction(compared.uncertainty or 0) if compared else Fraction(0)
        found |= {Fraction(bound.number) + side * spread for bound in limit.bounds for side in (-1, 0, 1)}
        found |= {Fraction(number) for number in (limit.plan[2:] if limit.plan else ()) if number is not None}
    points = [_written(number / Fraction(factor)) for number in sorted(found) if number >= 0]
    return [point for point in points if point is not None] if None not in points else None


def _cell(ask: Callable[[str], Judgement], factor: Decimal | None, one: str, other: str) -> Cell | None:
    """What is said of both numbers alike; None if it is not the same but for the numbers."""
    told = [_told(ask(number), number, factor) for number in (one, other)]
    return told[0] if told[0] == told[1] else None


def _told(judgement: Judgement, number: str, factor: Decimal | None) -> Cell | None:
    english, facts = made_of(judgement.reason.text)
    result, compared, notes, converted = judgement.results[0], judgement.compared, judgement.notes, None
    if notes and notes[-1].code == "converted":
        said, units = made_of(notes[-1].text)
        own, other = (str(units[name]).partition(" ")[2] for name in ("value", "converted"))
        converted = (said, own, other)
        notes = notes[:-1]
    if compared:
        low, high = compared.values[0]
        there = Decimal(_times(Decimal(number), factor or Decimal(1)))
        if len(compared.values) != 1 or high != there or low != (there if result.mark is Mark.NUMBER else None):
            return None
        compared = compared._replace(values=())
    says_value = "value" in facts
    return Cell(
        judgement.verdict, judgement.reason.code, english, {name: it for name, it in facts.items() if name != "value"},
        says_value, notes, converted, compared,
    )  # fmt: skip
