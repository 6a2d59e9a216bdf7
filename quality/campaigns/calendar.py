"""What campaigns ask of buyers and laboratories week by week, before anything is bought: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

A_WEEK = timedelta(days=7)
Weekly = dict[date, int]  # by the Monday of each week


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks_between(first: date, last: date) -> list[date]:
    """The Mondays of all weeks that have a day from `first` to `last`."""
    monday = monday_of(first)
    return [monday + A_WEEK * k for k in range((monday_of(last) - monday).days // 7 + 1)]


def spread(n: int, first: date, last: date, today: date) -> Weekly:
    """How many of `n` purchases fall into each week: what is still to be bought, evenly over the days that are left.

    The days are those from `first` to `last` that are not past, weekends too, for orders are placed on any. After each
    day the share of `n` that should be bought by then is rounded down, so that the weeks add up to `n` and an earlier
    one never has the unit that is left over. Where all days are past, everything falls into the week of `today`. A
    sample is counted for its laboratory in the week of its purchase: how long shops and parcels take, no plan knows.
    """
    begins, ends = max(first, today), last
    if ends < begins:
        begins = ends = today
    days = (ends - begins).days + 1
    found: Weekly = {}
    done = 0
    for monday in weeks_between(begins, ends):
        passed = min(days, (monday + A_WEEK - begins).days)
        by_then = n * passed // days
        if by_then > done:
            found[monday] = by_then - done
        done = by_then
    return found


def summed(some: Iterable[Mapping[date, int]]) -> Weekly:
    found: Weekly = {}
    for each in some:
        for monday, n in each.items():
            found[monday] = found.get(monday, 0) + n
    return found


class Load(NamedTuple):
    """Of one week: how many are planned, and what can be done; None where nobody has said."""

    planned: int
    capacity: int | None

    @property
    def over(self) -> int:
        """By how many more are planned than can be done."""
        return 0 if self.capacity is None else max(0, self.planned - self.capacity)


class Period(NamedTuple):
    """A quarter, or the year (`quarter` 0)."""

    year: int
    quarter: int

    @property
    def first(self) -> date:
        return date(self.year, 1 + 3 * max(0, self.quarter - 1), 1)

    @property
    def last(self) -> date:
        ends = date(self.year, 12, 31) if self.quarter in (0, 4) else date(self.year, 3 * self.quarter + 1, 1)
        return ends if self.quarter in (0, 4) else ends - timedelta(days=1)

    def moved(self, by: int) -> Period:
        """The next (1) or last (-1) of its length."""
        if not self.quarter:
            return Period(self.year + by, 0)
        years, quarter = divmod(self.quarter - 1 + by, 4)
        return Period(self.year + years, quarter + 1)


def beside(period: Period, runs: tuple[date, date]) -> tuple[Period | None, Period | None]:
    """The period before this one and the one after it, each where it leads anywhere.

    One in which nothing runs any more, or nothing yet, still leads back to what runs, and no further away from it: who
    goes on by links comes to an end.
    """
    first, last = runs
    return period.moved(-1) if period.last >= first else None, period.moved(1) if period.first <= last else None


def quarter_of(day: date) -> Period:
    return Period(day.year, (day.month - 1) // 3 + 1)
