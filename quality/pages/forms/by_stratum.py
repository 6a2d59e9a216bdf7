"""A number for each stratum, as people type it: a stratum a line, name = number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from quality.core.errors import FieldProblem
from quality.core.words import _


def as_lines(numbers: Mapping[str, Decimal] | Mapping[str, int]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in numbers.items())


def numbers_by_stratum(text: str, problems: list[FieldProblem], field: str = "by_stratum") -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, sign, number = line.replace("＝", "=").rpartition("=")
        try:
            value = Decimal(number.strip()) if sign else Decimal("NaN")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0 or not name.strip():
            said = _("Line %(row)s: write the stratum, then = and a number, such as A/B = 0.3", row=row)
            problems.append(FieldProblem(field, "bad_line", said))
        else:
            found[name.strip()] = value
    return found
