"""From what a laboratory reported on a control to scores, and from two reports on the same to a comparison.

A bound (`<LOQ`, not detected) is no value: it gets no score, and the reason why. Nothing is put in its place.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from quality.controls.models import ControlContent, number_of
from quality.core.words import Reason, _
from quality.figures import proficiency
from quality.figures.proficiency import COVERAGE, Grade
from quality.lab.judging import judged
from quality.lab.models import TestResult
from quality.standards.quantities import Quantity, as_decimal, in_unit
from quality.standards.reading import Unreadable, printed
from quality.standards.units import Unit, read_unit


class Measured(NamedTuple):
    """One number in `unit`, with its expanded uncertainty where the laboratory gave one."""

    value: Decimal
    expanded: Decimal | None
    unit: str


class Score(NamedTuple):
    """How far a result lies from the assigned value. Where there is no `z`, `why` says so."""

    measured: Measured | None
    z: Decimal | None
    is_prime: bool  # z′: the assigned value's own uncertainty was counted
    zeta: Decimal | None
    why: Reason | None

    @property
    def grade(self) -> Grade | None:
        leading = self.zeta if self.z is None else self.z
        return None if leading is None else proficiency.graded(leading)


class Difference(NamedTuple):
    """One item in two laboratories, the first minus the second. Where there is no `en`, `why` says so."""

    item: str
    first: str  # as it was written
    second: str
    unit: str
    difference: Decimal | None
    en: Decimal | None
    agrees: bool | None  # None: nothing to say it by
    why: Reason | None


def measured(result: TestResult, unit: str | None = None) -> Measured | Reason:
    """What was measured, in `unit` (None: in that of the limit), or why it is no number that can be scored."""
    judgement = judged(result, limit=result.limit, rule="simple")
    compared = judgement.compared
    if compared is None:
        return judgement.reason
    if len(compared.values) != 1:
        return Reason("several_values", _("Several values were reported; none of them is the one to score"))
    [(low, high)] = compared.values
    if low is None and high is None:
        return Reason("no_value", _("The laboratory wrote no number: %(value)s", value=result.value))
    if low is None or low != high:
        return Reason("bound", _("%(value)s is a bound and no value: it gets no score", value=result.value))
    try:
        if unit is None or not compared.unit:
            return Measured(low, compared.uncertainty, unit or compared.unit)
        into = read_unit(unit)
        expanded = None if compared.uncertainty is None else _converted(compared.uncertainty, compared.unit, into)
        return Measured(_converted(low, compared.unit, into), expanded, unit)
    except Unreadable as unread:
        return unread.reason


def _converted(number: Decimal, unit: str, into: Unit | None) -> Decimal:
    return as_decimal(in_unit(Quantity(Fraction(number), read_unit(unit)), into))


def scored(result: TestResult, content: ControlContent) -> Score:
    """By z, or z′ where the assigned value is not sure enough; and by zeta, where both uncertainties are known."""
    assigned, sigma, u_assigned = map(number_of, (content.assigned, content.sigma, content.uncertainty))
    if assigned is None:
        return Score(None, None, False, None, Reason("no_assigned", _("No value is assigned to this item")))
    found = measured(result, content.unit)
    if isinstance(found, Reason):
        return Score(None, None, False, None, found)
    z, is_prime, zeta = None, False, None
    if sigma is not None:
        is_prime = u_assigned is not None and not proficiency.is_negligible(u_assigned, sigma)
        z = (
            proficiency.z_prime(found.value, assigned, sigma, u_assigned or Decimal(0))
            if is_prime
            else proficiency.z_score(found.value, assigned, sigma)
        )
    if found.expanded and u_assigned is not None:
        zeta = proficiency.zeta_score(found.value, assigned, found.expanded / COVERAGE, u_assigned)
    why = None
    if z is None and zeta is None:
        text = _("Neither a standard deviation for the assessment is given nor both uncertainties: there is no score")
        why = Reason("no_scale", text)
    return Score(found, z, is_prime, zeta, why)


def difference(first: TestResult, second: TestResult) -> Difference:
    """The same item in two laboratories, held against both expanded uncertainties."""
    shown = _written(first), _written(second)
    one = measured(first)
    other = one if isinstance(one, Reason) else measured(second, one.unit)
    if isinstance(one, Reason) or isinstance(other, Reason):
        same, why = _same_words(first, second), one if isinstance(one, Reason) else other
        assert isinstance(why, Reason)
        return Difference(first.item, *shown, "", None, None, same, None if same is not None else why)
    apart = one.value - other.value
    if not one.expanded or not other.expanded:
        text = _(
            "A laboratory gave no uncertainty: how much a difference of %(much)s means cannot be said", much=abs(apart)
        )
        return Difference(first.item, *shown, one.unit, apart, None, None, Reason("no_uncertainty", text))
    en = proficiency.en_number(one.value, other.value, one.expanded, other.expanded)
    return Difference(first.item, *shown, one.unit, apart, en, proficiency.agrees(en), None)


def _written(result: TestResult) -> str:
    spread = f" ± {result.uncertainty}" if result.uncertainty else ""
    return f"{result.value}{spread} {printed(result.unit)}".strip()


def _same_words(first: TestResult, second: TestResult) -> bool | None:
    """Of words (符合, 未检出) only that they say the same, or that one passes what the other fails."""
    if first.value.strip() == second.value.strip():
        return True
    return False if {first.verdict, second.verdict} == {"pass", "fail"} else None
