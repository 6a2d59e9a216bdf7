"""Which days are worked: the State Council's yearly notices, as the `holidays` library or a person entered them.

A year has one of three origins. *Entered*: a person typed the notice (it wins, for the library may be late or wrong).
*Official*: the library holds the notice's moved days, today 2001 to 2026; compared with a second library for each day
of 2004 to 2026 it differs on one (2005-12-31, where the notice of 2006 bears it out). *Provisional*: no notice is
known, so weekends are off and so are the festivals of the Regulation on Public Holidays, each on its own day (lunar
ones by the lunar calendar); which weekends will be worked, and which weekdays given for them, nobody can know yet.

A notice reaches into the December before: that of 2019 moved 31 December 2018. So may an entered year.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

FIRST_YEAR, LAST_YEAR = 2000, 2099  # Beijing once kept summer time; the library's lunar tables end with 2099
DECEMBER = 12
SATURDAY = 5


class Kind(StrEnum):
    """What a calendar says about one day."""

    WORKED = "worked"
    MOVED = "moved"  # a weekend day that is worked in exchange for a weekday
    WEEKEND = "weekend"
    HOLIDAY = "holiday"  # any other day off


@dataclass(frozen=True)
class Year:
    """The days of one year that are not what their weekday says."""

    number: int
    version: str  # where it comes from: "holidays 0.109", "entered 1", "provisional"
    off: frozenset[date] = field(repr=False)
    worked: frozenset[date] = field(repr=False)  # weekend days
    provisional: bool = False

    def names(self, day: date) -> bool:
        return day in self.off or day in self.worked

    def kind(self, day: date) -> Kind:
        if day in self.worked:
            return Kind.MOVED
        if day in self.off:
            return Kind.HOLIDAY
        return Kind.WEEKEND if is_weekend(day) else Kind.WORKED


class Calendar:
    """Every day from 2000 to 2099. `entered` are the years that people typed from their notices."""

    def __init__(self, entered: Iterable[Year] = ()) -> None:
        self.entered = {year.number: year for year in entered}

    def year(self, number: int) -> Year:
        return self.entered.get(number) or official(number) or provisional(number)

    def year_that_says(self, day: date) -> Year:
        """The year whose notice decides about `day`: its own, or the next one's for a day that it moved."""
        following = self.entered.get(day.year + 1) if day.month == DECEMBER else None
        return following if following and following.names(day) else self.year(day.year)

    def kind(self, day: date) -> Kind:
        return self.year_that_says(day).kind(day)

    def is_worked(self, day: date) -> bool:
        return self.kind(day) in {Kind.WORKED, Kind.MOVED}


def is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY


@cache
def china() -> Any:
    """The library's module on China. Loaded when first asked for: with it come all other countries, a second's work."""
    return import_module("holidays.countries.china")


@cache
def official_years() -> frozenset[int]:
    """The years whose moved days the library lists. It gains one each time it is brought up to date in December."""
    return frozenset(china().ChinaStaticHolidays.special_public_holidays)


@cache
def official(number: int) -> Year | None:
    if number not in official_years():
        return None
    known = china().China(years=number)
    return Year(
        number=number,
        version=f"holidays {version('holidays')}",
        off=frozenset(known),
        worked=frozenset(day for day in known.weekend_workdays if day.year == number),
    )


@cache
def provisional(number: int) -> Year:
    return Year(number, "provisional", off=festivals(number), worked=frozenset(), provisional=True)


@cache
def festivals(number: int) -> frozenset[date]:
    """The days on which everyone is off by the Regulation on Public Holidays, Art. 2, before any day is moved."""
    known = china().China(years=number, observed=False, language="zh_CN")
    return frozenset(day for day, name in known.items() if "调休" not in name)
