"""The verdict on one row that was read, by the kind of its limit, with the reason for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from quality.core.words import Reason, _
from quality.standards.limits import Kind, Limit, Plan
from quality.standards.quantities import Quantity, Row
from quality.standards.reading import Unreadable, shown
from quality.standards.rules import Rule, Side, Span, Verdict, added, by_plan, span_on_side, worst
from quality.standards.units import Unit
from quality.standards.values import Mark, Result


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


def judged(row: Row, rule: Rule, value: str) -> Finding:
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
    span, lod = span_of(row, result, unit) or Span(None, None), row.compared(row.lod) if row.lod else None
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
    span = span_of(row, row.results[0], row.units[0])
    if span is None:
        raise _no_bound() if row.results[0].mark in BELOW_SOMETHING else _needs_number(row)
    return _on_sides(row, rule, span, value)


def _by_sum(row: Row, rule: Rule, value: str) -> Finding:
    """Several results against one limit on all together; one alone is the sum as the laboratory added it."""
    limit, results = row.limit, row.results
    if len(results) == 1 and not results[0].name:
        return _by_bounds(row, rule, value)
    if limit.addends and len(results) != limit.addends:
        text = _("The sum needs %(n)s results, and there are %(count)s.", n=limit.addends, count=len(results))
        raise Unreadable(Reason("wrong_count", text))
    named = [result.name for result in results if result.name]
    if named and len(set(named)) != len(results):
        text = _("Write before each result of the sum what it is of, and each once.")
        raise Unreadable(Reason("unclear_addends", text))
    spans = [span_of(row, result, unit) for result, unit in zip(results, row.units, strict=True)]
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
    span = span_of(row, result, unit)
    if span is None:
        raise _no_bound() if result.mark in BELOW_SOMETHING else _needs_number(row)
    return span


BELOW_SOMETHING = {Mark.NOT_DETECTED, Mark.BELOW_LOD, Mark.BELOW_LOQ}


def span_of(row: Row, result: Result, unit: Unit | None) -> Span | None:
    """What the result says of the amount, in the unit of comparison; None if nothing."""
    if result.mark in {Mark.NUMBER, Mark.AT_LEAST} and result.number is not None:
        number = row.compared(Quantity(Fraction(result.number), unit))
        return Span(number, number if result.mark is Mark.NUMBER else None, result.is_exceeded)
    bound = row.bound_of(result, unit) if result.mark in {Mark.AT_MOST, *BELOW_SOMETHING} else None
    return Span(None, row.compared(bound)) if bound else None


def _no_bound() -> Unreadable:
    return Unreadable(Reason("no_bound", _("Not detected, but below what? Give the LOD or LOQ.")))


def _needs_number(row: Row) -> Unreadable:
    text = _("The limit %(limit)s needs a number as the result.", limit=shown(row.limit.text))
    return Unreadable(Reason("needs_number", text))


def sides_of(row: Row) -> list[Side]:
    return [Side(Fraction(bound.number), bound.is_upper, bound.strict) for bound in row.limit.bounds]


def _over_sides(row: Row, span: Span, rule: Rule) -> Verdict:
    return worst([span_on_side(span, side, rule, spread_of(row)) for side in sides_of(row)])


def spread_of(row: Row) -> Fraction:
    return row.compared(row.uncertainty) if row.uncertainty else Fraction(0)
