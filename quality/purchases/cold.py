"""Which categories ask for a temperature at each hand-over, and between which degrees: a table, never code."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from quality.core.words import Text, _


class Range(NamedTuple):
    """Tenths of a degree Celsius, both ends meant; None where there is no such end."""

    least: int | None
    most: int | None

    def __contains__(self, tenths: object) -> bool:
        assert isinstance(tenths, int)
        return (self.least is None or tenths >= self.least) and (self.most is None or tenths <= self.most)

    def keeps(self, place: Range) -> bool:
        """Whether whatever lies in a `place` kept so stays within this range."""
        warm_enough = self.least is None or (place.least is not None and place.least >= self.least)
        return warm_enough and (self.most is None or (place.most is not None and place.most <= self.most))

    @property
    def words(self) -> Text:
        if self.least is None:
            return _("at most %(most)s °C", most=degrees(self.most or 0))
        if self.most is None:
            return _("at least %(least)s °C", least=degrees(self.least))
        return _("%(least)s to %(most)s °C", least=degrees(self.least), most=degrees(self.most))


def degrees(tenths: int) -> str:
    """`-185` is `-18.5`, `40` is `4`."""
    return f"{tenths / 10:.1f}".removesuffix(".0")


@cache
def ranges() -> dict[str, Range]:
    """By the word that a category's name has in it."""

    def tenths(typed: str) -> int | None:
        return round(float(typed) * 10) if typed else None

    with files("quality.purchases").joinpath("temperatures.csv").open(encoding="utf-8") as table:
        return {row["category"]: Range(tenths(row["least"]), tenths(row["most"])) for row in csv.DictReader(table)}


def asked_for(category: str) -> Range | None:
    """The range that portions of this category are kept in; None where nobody measures."""
    return next((kept for word, kept in ranges().items() if word in category), None)
