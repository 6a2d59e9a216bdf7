"""Judging 1,000,000 results, no two alike, against reading the same rows and making a Decimal of each value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from quality.standards.judgement import judge
from tests.benchmarks.measure import Row, in_turn

ROWS = 1_000_000
# fmt: off
DEMANDED = [  # limit, unit of the results, a value near the limit, rule
    ("≤5.0 mg/kg",   "mg/kg",  "5.0",  "simple"),
    ("≤100 μg/kg",   "mg/kg",  "0.1",  "simple"),
    ("≥9.6 g/100mL", "g/100mL", "9.6", "simple"),
    ("10～15 %",     "%",      "12",   ""),
    ("不得检出",     "μg/kg",  "0.5",  ""),
    ("<1000 CFU/g",  "CFU/g",  "900",  "enforcement"),
    ("≤0.02 mg/kg",  "μg/kg",  "19",   "simple"),
    ("≥95%",         "%",      "95",   "simple"),
]
# fmt: on


def results(count: int) -> Iterator[tuple[str, str, str, str]]:
    """Value, unit, limit, rule. Every tenth is a bound; some have their unit behind the number."""
    for number in range(count):
        limit, unit, near, rule = DEMANDED[number % len(DEMANDED)]
        value = f"{Decimal(near) * (Decimal(number) / count + Decimal('0.5')):.9f}"
        bound = "<" if number % 10 == 9 else ""
        yield (f"{bound}{value} {unit}", "", limit, rule) if number % 3 == 0 else (bound + value, unit, limit, rule)


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(lines)
    return written.getvalue()


def rows() -> list[Row]:
    text = as_csv(results(ROWS))
    figures = as_csv((value.lstrip("<").partition(" ")[0], *others) for value, *others in results(ROWS))

    def ours() -> None:
        for value, unit, limit, rule in csv.reader(io.StringIO(text, newline="")):
            found = judge(value, unit, limit, rule=rule)
            assert found.reason

    def bare() -> None:
        for value, *_others in csv.reader(io.StringIO(figures, newline="")):
            Decimal(value)

    seconds, theirs, ratio = in_turn(ours, bare, rounds=3)
    what = f"judging {ROWS:,} results, no two alike: value, unit, limit, rule, reason"
    return [Row(what, "csv.reader and Decimal() on the same rows", "none", seconds, theirs, ratio, 15)]
