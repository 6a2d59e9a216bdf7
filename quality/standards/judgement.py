"""Judging one result against one limit, as DOMAIN §2.7 has it. What cannot be read is undecided, never passed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from quality.core.words import Reason, _
from quality.standards.limits import Kind, Limit, Plan, read_limit
from quality.standards.quantities import Quantity, Row, as_decimal, read_row
from quality.standards.reading import Field, Unreadable, is_blank, normalised, shown
from quality.standards.rules import Rule, Side, Span, Verdict, acceptance, added, by_plan, span_on_side, worst
from quality.standards.units import Unit
from quality.standards.values import Mark, Result, read_results

__all__ = ["Compared", "Judgement", "Rule", "Verdict", "conclusion", "judge"]


class Compared(NamedTuple):
    """What was held against what, for the dossier's bars: every number in `unit`, None where there is none."""

    unit: str
    values: tuple[tuple[Decimal | None, Decimal | None], ...]  # from, to: equal for a number, one None for a bound
    uncertainty: Decimal | None
    lower_limit: Decimal | None
    upper_limit: Decimal | None
    accepted_from: Decimal | None  # where the rule begins and stops to accept
    accepted_to: Decimal | None


class Judgement(NamedTuple):
    """A verdict and always its reason; `notes` tell what a reader should know about how the row was read."""

    verdict: Verdict
    reason: Reason
    notes: tuple[Reason, ...] = ()
    results: tuple[Result, ...] = ()  # as written, where they could be read
    limit: Limit | None = None
    compared: Compared | None = None


Finding = tuple[Verdict, Reason]


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
    limit_read = read_limit(limit)
    if isinstance(limit_read, Reason):
        found = read_results(value)
        unread = (found, ()) if isinstance(found, Reason) else (limit_read, found)
        return Judgement(Verdict.UNDECIDED, unread[0], results=unread[1])
    results = read_results(value, expected=limit_read.expected, names=limit_read.names)
    if isinstance(results, Reason):
        return Judgement(Verdict.UNDECIDED, results, limit=limit_read)
    notes = tuple(note for result in results for note in result.notes) + limit_read.notes
    try:
        rule_read = _read_rule(rule)
        row = read_row(results, limit_read, unit=unit, uncertainty=uncertainty, lod=lod, loq=loq)
        verdict, reason = _judged(row, rule_read, value)
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


def _judged(row: Row, rule: Rule, value: str) -> Finding:
    match row.limit.kind:
        case Kind.BOUNDS:
            return _by_bounds(row, rule, value)
        case Kind.PLAN:
            return _by_plan(row)
        case Kind.SUM:
            return _by_sum(row, rule, value)
        case Kind.QUALITATIVE:
            return _each(row, _by_words)
        case _not_detected_or_banned:
            return _each(row, _by_detection)


def _each(row: Row, judged: Callable[[Row, Result, Unit | None], Finding]) -> Finding:
    """Several results of one item, such as five times 未检出: the worst speaks for all."""
    findings = [judged(row, result, unit) for result, unit in zip(row.results, row.units, strict=True)]
    verdict = worst([verdict for verdict, _reason in findings])
    return next(finding for finding in findings if finding[0] is verdict)


def _by_words(row: Row, result: Result, _unit: Unit | None) -> Finding:
    match result.mark:
        case Mark.CONFORMS:
            return Verdict.PASS, Reason("conforms", _("The laboratory found that it conforms."))
        case Mark.VIOLATES:
            return Verdict.FAIL, Reason("does_not_conform", _("The laboratory found that it does not conform."))
        case _other:
            raise Unreadable(
                Reason(
                    "needs_words",
                    _("The limit %(limit)s needs 符合 or 不符合 as the result.", limit=shown(row.limit.text)),
                )
            )


def _by_detection(row: Row, result: Result, unit: Unit | None) -> Finding:
    """不得检出 and 不得使用: what is at or above the LOD is found, whatever the uncertainty and the rule."""
    banned = row.limit.kind is Kind.BANNED
    found = (
        Reason("banned_found", _("It must not be used and was found."))
        if banned
        else Reason("detected", _("Detected."))
    )
    if result.mark in {Mark.NOT_DETECTED, Mark.BELOW_LOD}:
        return Verdict.PASS, Reason("not_detected", _("Not detected."))
    if result.mark is Mark.DETECTED:
        return Verdict.FAIL, found
    if result.mark in {Mark.CONFORMS, Mark.VIOLATES}:
        raise _needs_number(row)
    span, lod = _span(row, result, unit) or Span(None, None), row.compared(row.lod) if row.lod else None
    if span.low is not None and (span.low > 0 if lod is None else span.low >= lod):
        return Verdict.FAIL, found
    if lod is not None and span.high is not None and (span.high < lod or (span.high == lod and span.low is None)):
        return Verdict.PASS, Reason("below_lod", _("Below the LOD, hence not detected."))
    raise Unreadable(
        Reason("maybe_detected", _("Whether it was found is open. Give the LOD, or write 未检出 if it was not found."))
    )


def _by_bounds(row: Row, rule: Rule, value: str) -> Finding:
    if len(row.results) > 1:
        raise Unreadable(
            Reason(
                "several_results",
                _(
                    "%(count)s results stand against one limit. Enter one result, or the sampling plan.",
                    count=len(row.results),
                ),
            )
        )
    span = _span(row, row.results[0], row.units[0])
    if span is None:
        raise _no_bound() if row.results[0].mark in BELOW_SOMETHING else _needs_number(row)
    return _on_sides(row, rule, span, value)


def _by_sum(row: Row, rule: Rule, value: str) -> Finding:
    """Several results against one limit on all together; one alone is the sum as the laboratory added it."""
    limit, results = row.limit, row.results
    if len(results) == 1 and not results[0].name:
        return _by_bounds(row, rule, value)
    if limit.count and len(results) != limit.count:
        text = _("The sum needs %(n)s results, and there are %(count)s.", n=limit.count, count=len(results))
        raise Unreadable(Reason("wrong_count", text))
    named = [result.name for result in results if result.name]
    if named and len(set(named)) != len(results):
        text = _("Write before each result of the sum what it is of, and each once.")
        raise Unreadable(Reason("unclear_addends", text))
    spans = [_span(row, result, unit) for result, unit in zip(results, row.units, strict=True)]
    if any(span is None and result.mark not in BELOW_SOMETHING for span, result in zip(spans, results, strict=True)):
        raise _needs_number(row)
    total = added([span or Span(None, None) for span in spans])
    if any(bound is not None and bound < 0 for span in spans if span for bound in span):
        raise Unreadable(Reason("negative_addend", _("A result below zero cannot be added up. Correct it.")))
    verdict, reason = _on_sides(row, rule, total, value)
    if verdict is Verdict.UNDECIDED and None in spans:
        raise _no_bound()
    return verdict, reason


def _on_sides(row: Row, rule: Rule, span: Span, value: str) -> Finding:
    shown_as = {"value": shown(value), "limit": shown(row.limit.text)}
    if rule is not Rule.SIMPLE and row.uncertainty is None:
        # A result below detection has no uncertainty of its own; what is at most the bound still passes.
        if span.low is None and _over_sides(row, span, Rule.SIMPLE) is Verdict.PASS:
            return Verdict.PASS, Reason("meets_limit", _("Meets the limit: %(value)s against %(limit)s.", **shown_as))
        raise Unreadable(
            Reason(
                "no_uncertainty", _("The rule %(rule)s needs the uncertainty U, and none is given.", rule=rule.value)
            )
        )
    verdict = _over_sides(row, span, rule)
    if verdict is Verdict.UNDECIDED:
        text = _("The result is only a bound, which leaves both open: %(value)s against %(limit)s.", **shown_as)
        return verdict, Reason("bound_is_open", text)
    uncertainty = str(row.uncertainty) if row.uncertainty else ""
    return verdict, _explained(rule, verdict, uncertainty=uncertainty, **shown_as)


def _explained(rule: Rule, verdict: Verdict, **facts: str) -> Reason:
    sentences = {
        (Rule.SIMPLE, Verdict.PASS): Reason(
            "meets_limit",
            _("Meets the limit: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.SIMPLE, Verdict.FAIL): Reason(
            "misses_limit",
            _("Does not meet the limit: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.GUARD_BAND, Verdict.PASS): Reason(
            "meets_guarded",
            _("Meets the limit with U = %(uncertainty)s in hand: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.GUARD_BAND, Verdict.FAIL): Reason(
            "misses_guarded",
            _("Does not meet the limit with U = %(uncertainty)s in hand: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.ENFORCEMENT, Verdict.PASS): Reason(
            "not_beyond_uncertainty",
            _("Not beyond the limit by more than U = %(uncertainty)s: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.ENFORCEMENT, Verdict.FAIL): Reason(
            "beyond_uncertainty",
            _("Beyond the limit by more than U = %(uncertainty)s: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.NON_BINARY, Verdict.PASS): Reason(
            "clear_pass",
            _("Meets the limit by more than U = %(uncertainty)s: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.NON_BINARY, Verdict.CONDITIONAL_PASS): Reason(
            "narrow_pass",
            _("Meets the limit, but by no more than U = %(uncertainty)s: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.NON_BINARY, Verdict.CONDITIONAL_FAIL): Reason(
            "narrow_fail",
            _("Misses the limit, but by no more than U = %(uncertainty)s: %(value)s against %(limit)s.", **facts),
        ),
        (Rule.NON_BINARY, Verdict.FAIL): Reason(
            "clear_fail",
            _("Misses the limit by more than U = %(uncertainty)s: %(value)s against %(limit)s.", **facts),
        ),
    }
    return sentences[rule, verdict]


def _by_plan(row: Row) -> Finding:
    plan = row.limit.plan
    assert plan
    if len(row.results) != plan.n:
        raise Unreadable(
            Reason(
                "wrong_count",
                _("The plan needs %(n)s results, and there are %(count)s.", n=plan.n, count=len(row.results)),
            )
        )
    spans = [_plan_span(row, plan, result, unit) for result, unit in zip(row.results, row.units, strict=True)]
    most = None if plan.most is None else Fraction(plan.most)
    verdict, above = by_plan(spans, plan.c, Fraction(plan.m), most)
    facts = {"above": above, "n": plan.n, "c": plan.c}
    match verdict:
        case Verdict.PASS:
            return verdict, Reason("plan_met", _("Of %(n)s results %(above)s exceed m, at most %(c)s may.", **facts))
        case Verdict.FAIL if above > plan.c:
            return verdict, Reason("plan_above_m", _("Of %(n)s results %(above)s exceed m, only %(c)s may.", **facts))
        case Verdict.FAIL:
            return verdict, Reason("plan_above_most", _("A result exceeds M, which none may."))
        case _open:
            return Verdict.UNDECIDED, Reason("plan_open", _("Some results are only bounds, which leave the plan open."))


def _plan_span(row: Row, plan: Plan, result: Result, unit: Unit | None) -> Span:
    if plan.m == 0 and result.mark in {Mark.NOT_DETECTED, Mark.BELOW_LOD}:
        return Span(None, Fraction(0))  # m = 0/25 g asks whether, not how many
    if plan.m == 0 and result.mark is Mark.DETECTED:
        return Span(Fraction(1), None)
    span = _span(row, result, unit)
    if span is None:
        raise _no_bound() if result.mark in BELOW_SOMETHING else _needs_number(row)
    return span


BELOW_SOMETHING = {Mark.NOT_DETECTED, Mark.BELOW_LOD, Mark.BELOW_LOQ}


def _span(row: Row, result: Result, unit: Unit | None) -> Span | None:
    """What the result says of the amount, in the unit of comparison; None if nothing."""
    if result.mark in {Mark.NUMBER, Mark.AT_LEAST} and result.number is not None:
        number = row.compared(Quantity(Fraction(result.number), unit))
        return Span(number, number if result.mark is Mark.NUMBER else None)
    bound = row.bound_of(result, unit) if result.mark in {Mark.AT_MOST, *BELOW_SOMETHING} else None
    return Span(None, row.compared(bound)) if bound else None


def _no_bound() -> Unreadable:
    return Unreadable(Reason("no_bound", _("Not detected, but below what? Give the LOD or LOQ.")))


def _needs_number(row: Row) -> Unreadable:
    text = _("The limit %(limit)s needs a number as the result.", limit=shown(row.limit.text))
    return Unreadable(Reason("needs_number", text))


def _sides(row: Row) -> list[Side]:
    return [Side(Fraction(bound.number), bound.is_upper, bound.strict) for bound in row.limit.bounds]


def _over_sides(row: Row, span: Span, rule: Rule) -> Verdict:
    return worst([span_on_side(span, side, rule, _spread(row)) for side in _sides(row)])


def _spread(row: Row) -> Fraction:
    return row.compared(row.uncertainty) if row.uncertainty else Fraction(0)


def _compared(row: Row, rule: Rule) -> Compared:
    spans = [_span(row, result, unit) or Span(None, None) for result, unit in zip(row.results, row.units, strict=True)]
    if row.limit.kind is Kind.SUM:
        spans = [added(spans)]
    upper = next((side for side in _sides(row) if side.is_upper), None)
    lower = next((side for side in _sides(row) if not side.is_upper), None)
    return Compared(
        unit=row.unit.text if row.unit else "",
        values=tuple((_decimal(span.low), _decimal(span.high)) for span in spans),
        uncertainty=_decimal(_spread(row)) if row.uncertainty else None,
        lower_limit=_decimal(lower.at if lower else None),
        upper_limit=_decimal(upper.at if upper else None),
        accepted_from=_decimal(acceptance(lower, rule, _spread(row)) if lower else None),
        accepted_to=_decimal(acceptance(upper, rule, _spread(row)) if upper else None),
    )


def _decimal(number: Fraction | None) -> Decimal | None:
    return None if number is None else as_decimal(number)
