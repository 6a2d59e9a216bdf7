"""A row's figures in one unit: value, uncertainty, LOD and LOQ, each converted exactly or refused by name."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from fractions import Fraction
from typing import NamedTuple

from quality.core.words import Reason, _
from quality.standards.limits import Kind, Limit
from quality.standards.reading import (
    NAMES,
    Field,
    Unreadable,
    is_blank,
    normalised,
    printed,
    read_number,
    shown,
    unreadable,
)
from quality.standards.units import Unit, converted, read_unit
from quality.standards.values import Mark, Result, behind

SPREAD = re.compile(
    r"(?:u\s*(_?rel)?\s*=)?\s*±?\s*(.*?)(?:\s*[,;(]?\s*k\s*=\s*[0-9.]+\s*\)?)?", re.IGNORECASE | re.DOTALL
)
SHOWN_NEARLY = 6  # digits of what does not divide
SHOWN_EXACTLY = Context(prec=90)  # digits: all of them, unless a factor such as 4.184 does not divide


class Quantity(NamedTuple):
    number: Fraction
    unit: Unit | None

    def __str__(self) -> str:
        return f"{plainly(self.number)} {printed(self.unit.text) if self.unit else ''}".strip()


class Row(NamedTuple):
    """One row, read. Every result has its unit; `unit` is the one in which all are compared with the limit."""

    results: tuple[Result, ...]
    limit: Limit
    units: tuple[Unit | None, ...]
    unit: Unit | None
    uncertainty: Quantity | None
    lod: Quantity | None
    loq: Quantity | None
    notes: tuple[Reason, ...] = ()

    def compared(self, quantity: Quantity) -> Fraction:
        """The quantity's number in the unit of comparison."""
        return in_unit(quantity, self.unit, adopt=self.limit.kind is Kind.PLAN)

    def bound_of(self, result: Result, unit: Unit | None) -> Quantity | None:
        """What a result that is no number is at most. The LOQ is a bound for 未检出 too, only a wider one."""
        if result.number is not None:
            return Quantity(Fraction(result.number), unit)
        return self.loq if result.mark is Mark.BELOW_LOQ else self.lod or self.loq


def read_row(results: tuple[Result, ...], limit: Limit, *, unit: str, uncertainty: str, lod: str, loq: str) -> Row:
    """Bring the row's figures together; Unreadable if one is nonsense or two contradict each other."""
    column, limits_own = read_unit(unit), read_unit(limit.unit, Field.LIMIT)
    units = tuple(_unit_of(result, column) for result in results)
    lod_read, loq_read = (_read_bound(text, field, units[0]) for text, field in ((lod, Field.LOD), (loq, Field.LOQ)))
    if lod_read and loq_read and in_unit(lod_read, loq_read.unit) > loq_read.number:
        raise Unreadable(
            Reason(
                "lod_above_loq", _("The LOD %(lod)s is above the LOQ %(loq)s.", lod=str(lod_read), loq=str(loq_read))
            )
        )
    spread = (
        _read_uncertainty(uncertainty, results[0], units[0])
        if len(results) == 1
        else _of_all(uncertainty, results, units[0])
    )
    others = [quantity.unit for quantity in (lod_read, loq_read, spread) if quantity]
    common = limits_own or next(filter(None, (*units, *others)), None)
    notes = (*_about_basis(units, common), *_about_units(results, limit, units, limits_own, common))
    if notes and not column and common and not common.is_known:
        raise Unreadable(
            Reason(
                "unknown_unit",
                _(
                    "The unit %(unit)s is not known. Correct it, or write it behind the limit too.",
                    unit=shown(common.text),
                ),
            )
        )
    return Row(results, limit, units, common, spread, lod_read, loq_read, notes)


def in_unit(quantity: Quantity, target: Unit | None, *, adopt: bool = False) -> Fraction:
    """The number in the target unit. `adopt`: a number without unit is taken to be in it."""
    if target is None or (quantity.unit is None and adopt and target.is_known):
        return quantity.number
    if quantity.unit is None:
        raise Unreadable(
            Reason(
                "unit_missing",
                _(
                    "No unit is given for %(text)s. Enter it; the limit is in %(unit)s.",
                    text=str(quantity),
                    unit=target.text,
                ),
            )
        )
    number = converted(quantity.number, quantity.unit, target)
    if number is None:
        raise Unreadable(
            Reason(
                "incommensurable",
                _(
                    "The units %(unit)s and %(other)s do not measure the same thing.",
                    unit=quantity.unit.text,
                    other=target.text,
                ),
            )
        )
    return number


def plainly(number: Fraction) -> str:
    """Without exponent and without trailing zeros; what goes on for ever is cut, and says so."""
    exact = as_decimal(number)
    if Fraction(exact) != number:  # 5 s are 0.0833… min
        return f"≈{Context(prec=SHOWN_NEARLY).plus(exact):f}"
    return format(exact.normalize(SHOWN_EXACTLY), "f")


def as_decimal(number: Fraction) -> Decimal:
    return SHOWN_EXACTLY.divide(Decimal(number.numerator), Decimal(number.denominator))


def _unit_of(result: Result, column: Unit | None) -> Unit | None:
    own = read_unit(result.unit, Field.VALUE)
    if own and column and not own.equals(column):
        raise Unreadable(
            Reason(
                "two_units",
                _(
                    "The value is in %(own)s, and its unit column says %(column)s. Correct one of them.",
                    own=shown(own.text),
                    column=shown(column.text),
                ),
            )
        )
    return own or column


def _about_basis(units: tuple[Unit | None, ...], common: Unit | None) -> list[Reason]:
    """`≤1.0 mg/kg (以Pb计)` against 1.48 mg/kg: the same is meant, and the reader is told."""
    stated = {unit.basis for unit in (*units, common) if unit}
    if stated == {""} or len(stated) < 2:  # noqa: PLR2004 - the two sides
        return []
    text = _("Said on one side only, and taken for both: %(basis)s.", basis="、".join(sorted(stated - {""})))
    return [Reason("one_sided_basis", text)]


def _about_units(
    results: tuple[Result, ...],
    limit: Limit,
    units: tuple[Unit | None, ...],
    limits_own: Unit | None,
    common: Unit | None,
) -> list[Reason]:
    """What the reader should know where only one side names its unit."""
    if limit.kind not in {Kind.BOUNDS, Kind.PLAN, Kind.SUM} or not common:
        return []
    if not limits_own:
        return [
            Reason(
                "limit_without_unit", _("The limit names no unit and was read in %(unit)s.", unit=shown(common.text))
            )
        ]
    if limit.kind is Kind.PLAN and common.is_known and not any(units):
        return [
            Reason(
                "results_without_unit",
                _("The results name no unit and were read in %(unit)s.", unit=shown(common.text)),
            )
        ]
    pairs = zip(results, units, strict=True)
    differs = [(result.number, unit) for result, unit in pairs if unit and result.number is not None]
    return [
        Reason(
            "converted",
            _("Converted: %(value)s is %(converted)s.", value=str(value), converted=str(Quantity(number, common))),
        )
        for value in (Quantity(Fraction(number), unit) for number, unit in differs)
        if value.unit
        and not value.unit.equals(common)
        and (number := converted(value.number, value.unit, common)) is not None
    ]


def _read_bound(text: str, field: Field, unit: Unit | None) -> Quantity | None:
    plain = normalised(text, field)
    if is_blank(plain):
        return None
    number = read_number(plain, field)
    if number.number <= 0:
        raise Unreadable(
            Reason(
                "not_positive", _("The %(field)s must be above zero: %(text)s", field=NAMES[field], text=shown(plain))
            )
        )
    return Quantity(Fraction(number.number), read_unit(behind(number, field), field) or unit)


def _read_uncertainty(text: str, result: Result, unit: Unit | None) -> Quantity | None:
    """The expanded uncertainty U: `0.6`, `±0.6 mg/kg`, `U=0.6, k=2`.

    `12%` is a share of the value, unless the value itself is in %; `Urel=12%` always is.
    """
    in_column = _one_spread(normalised(text, Field.UNCERTAINTY), result, unit)
    in_value = _one_spread(result.uncertainty, result, unit)
    if in_column and in_value and in_unit(in_column, in_value.unit) != in_value.number:
        raise Unreadable(
            Reason(
                "two_uncertainties",
                _(
                    "Two uncertainties are given: %(own)s with the value and %(column)s in its column. Correct one.",
                    own=str(in_value),
                    column=str(in_column),
                ),
            )
        )
    return in_column or in_value


def _of_all(text: str, results: tuple[Result, ...], unit: Unit | None) -> Quantity | None:
    """The uncertainty of several results together: only its column can tell it, and not as a share of one of them."""
    spread = _one_spread(normalised(text, Field.UNCERTAINTY), results[0]._replace(number=None), unit)
    if any(result.uncertainty for result in results) or (
        spread is None and not is_blank(normalised(text, Field.UNCERTAINTY))
    ):
        raise Unreadable(
            Reason(
                "uncertainty_of_one",
                _("Of several results, give one uncertainty in its column, as a number in their unit."),
            )
        )
    return spread


def _one_spread(plain: str, result: Result, unit: Unit | None) -> Quantity | None:
    if is_blank(plain):
        return None
    written = SPREAD.fullmatch(plain)
    assert written  # it matches any text
    is_relative, figure = written.groups()
    number = read_number(figure, Field.UNCERTAINTY)
    size = Fraction(number.number)
    if size < 0:
        raise Unreadable(
            Reason("negative_uncertainty", _("The uncertainty cannot be negative: %(text)s", text=shown(plain)))
        )
    own = read_unit(behind(number, Field.UNCERTAINTY), Field.UNCERTAINTY)
    if not own or own.text != "%" or (not is_relative and unit and unit.text == "%"):
        if is_relative:
            raise unreadable(Field.UNCERTAINTY, plain)
        return Quantity(size, own or unit)
    if result.number is None:
        return None  # a share of a value that is not there
    return Quantity(abs(Fraction(result.number)) * size / 100, unit)
