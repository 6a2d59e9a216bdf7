"""Judging one result against one limit, as DOMAIN §2.7 has it. What cannot be read is undecided, never passed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol, TypeVar

from quality.core.words import Reason, _
from quality.standards.limits import Kind, read_limit
from quality.standards.lookup import looked_up
from quality.standards.quantities import Row, as_decimal, read_row
from quality.standards.reading import Field, Unreadable, is_blank, normalised, shown
from quality.standards.rules import Rule, Span, Verdict, acceptance, added
from quality.standards.values import read_results
from quality.standards.verdicts import Compared, Judgement, judged, sides_of, span_of, spread_of

__all__ = ["Compared", "Judgement", "OneResult", "Rule", "Verdict", "conclusion", "in_force", "judge"]


class OneResult(Protocol):
    @property
    def item(self) -> str: ...
    @property
    def verdict(self) -> str: ...


R = TypeVar("R", bound=OneResult)


def judge(
    value: str,
    unit: str,
    limit: str,
    *,
    uncertainty: str = "",
    lod: str = "",
    loq: str = "",
    rule: str = "simple",
) -> Judgement:
    """The verdict on one row as a laboratory writes it. Any text is judged; none raises.

    Where only the value or its column names a unit, the limit is read in it, and a note says so. Where only the limit
    does, the row is undecided, since nobody can know in what the laboratory measured; counts for a sampling plan are
    read in the plan's unit, and a note says so.
    """
    terms = (unit, limit, uncertainty, lod, loq, rule)
    return looked_up(value, terms, worked_out) or worked_out(value, *terms)


def worked_out(value: str, unit: str, limit: str, *others: str) -> Judgement:
    """The same without looking up what was said before; `others` are uncertainty, LOD, LOQ and rule."""
    uncertainty, lod, loq, rule = others
    limit_read = read_limit(limit)
    if isinstance(limit_read, Reason):
        found = read_results(value)
        unread = (found, ()) if isinstance(found, Reason) else (limit_read, found)
        return Judgement(Verdict.UNDECIDED, unread[0], results=unread[1])
    results = read_results(
        value,
        expected=limit_read.expected,
        names=limit_read.names,
        summed=limit_read.kind is Kind.SUM,
        graded="级" in value + unit + limit,
    )
    if isinstance(results, Reason):
        return Judgement(Verdict.UNDECIDED, results, limit=limit_read)
    notes = tuple(note for result in results for note in result.notes) + limit_read.notes
    try:
        rule_read = _read_rule(rule)
        row = read_row(results, limit_read, unit=unit, uncertainty=uncertainty, lod=lod, loq=loq)
        verdict, reason = judged(row, rule_read, value)
        return Judgement(verdict, reason, notes + row.notes, results, limit_read, _compared(row, rule_read))
    except Unreadable as unread:
        return Judgement(Verdict.UNDECIDED, unread.reason, notes, results, limit_read)


def conclusion(verdicts: Iterable[Verdict]) -> Literal["conforming", "nonconforming"] | None:
    """The finding on a sample from the verdicts on its items; None while there is none to be had.

    One undecided item keeps the whole open, even beside a failed one (DOMAIN §2.7). A conditional verdict leans to the
    side on which the value itself lies: conditional pass counts as pass, conditional fail as fail.
    """
    seen = list(verdicts)
    if not seen or Verdict.UNDECIDED in seen:
        return None
    return "conforming" if all(verdict.conforms for verdict in seen) else "nonconforming"


def in_force(first: Iterable[R], second: Iterable[R]) -> list[R]:
    """Each item of the first report once, in its order, with the second report's result where there is one."""
    again = {result.item: result for result in second}
    return [again.get(result.item, result) for result in first]


def _read_rule(text: str) -> Rule:
    plain = normalised(text, Field.RULE).casefold()
    if is_blank(plain):
        return Rule.SIMPLE
    if plain not in set(Rule):
        raise Unreadable(
            Reason(
                "unknown_rule",
                _(
                    "The decision rule %(text)s is not known. Write simple, guard_band, non_binary or enforcement.",
                    text=shown(text),
                ),
            )
        )
    return Rule(plain)


def _compared(row: Row, rule: Rule) -> Compared:
    spans = [
        span_of(row, result, unit) or Span(None, None) for result, unit in zip(row.results, row.units, strict=True)
    ]
    if row.limit.kind is Kind.SUM:
        spans = [added(spans)]
    upper = next((side for side in sides_of(row) if side.is_upper), None)
    lower = next((side for side in sides_of(row) if not side.is_upper), None)
    return Compared(
        unit=row.unit.text if row.unit else "",
        values=tuple((_decimal(span.low), _decimal(span.high)) for span in spans),
        uncertainty=_decimal(spread_of(row)) if row.uncertainty else None,
        lower_limit=_decimal(lower.at if lower else None),
        upper_limit=_decimal(upper.at if upper else None),
        accepted_from=_decimal(acceptance(lower, rule, spread_of(row)) if lower else None),
        accepted_to=_decimal(acceptance(upper, rule, spread_of(row)) if upper else None),
    )


def _decimal(number: Fraction | None) -> Decimal | None:
    return None if number is None else as_decimal(number)
