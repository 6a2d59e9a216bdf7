"""A number for each stratum, as people type it: a stratum a line, name = number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Protocol

from quality.campaigns.frame.bands import Bands
from quality.campaigns.strata import called, meant, ordered
from quality.core.errors import FieldProblem
from quality.core.words import _


class Names(Protocol):
    """What the names of strata are made of: a design, or one that is only typed yet."""

    @property
    def strata(self) -> Sequence[str]: ...

    @property
    def bands(self) -> Bands: ...


def as_lines(numbers: Mapping[str, Decimal] | Mapping[str, int], of: Names) -> str:
    return "\n".join(
        f"{called(name, of.strata, of.bands)} = {numbers[name]}" for name in ordered(numbers, of.strata, of.bands)
    )


def numbers_by_stratum(
    text: str, problems: list[FieldProblem], field: str = "by_stratum", *, of: Names
) -> dict[str, Decimal]:
    """By the name that the design has for each, whatever it is called where it was typed."""
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
            found[meant(name.strip(), of.strata, of.bands)] = value
    return found
