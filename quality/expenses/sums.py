"""Above which sum a second person approves, and how old an expense may be: data (sums.csv), by kind and day."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from quality.clocks.rules import Certainty, InBoth
from quality.core.words import Text
from quality.expenses.models import ExpenseKind


class Sum(NamedTuple):
    """One row of sums.csv."""

    kind: ExpenseKind
    reviewer_above_fen: int  # what is more is approved by a coordinator and a reviewer
    days: int  # after them an expense is too old to be entered
    source: Text
    certainty: Certainty
    valid_from: date


@cache
def sums() -> Mapping[ExpenseKind, Sequence[Sum]]:
    """By kind, the oldest first."""
    found: dict[ExpenseKind, list[Sum]] = {}
    with files("quality.expenses").joinpath("sums.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, strict=True):
            one = Sum(
                kind=ExpenseKind(row["kind"]),
                reviewer_above_fen=int(row["reviewer_above_fen"]),
                days=int(row["days"]),
                source=InBoth(row["source"], row["source_zh"]),
                certainty=Certainty(row["certainty"]),
                valid_from=date.fromisoformat(row["valid_from"]),
            )
            found.setdefault(one.kind, []).append(one)
    return {kind: sorted(some, key=lambda one: one.valid_from) for kind, some in found.items()}


def sum_on(kind: ExpenseKind, day: date) -> Sum:
    """What counts for an expense of that day; of an older one, the first that there was."""
    some = sums()[kind]
    return next((one for one in reversed(some) if one.valid_from <= day), some[0])
