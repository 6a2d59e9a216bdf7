"""The days of the history: working days counted from the day of loading, and the last weekend that was worked."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta

from quality.clocks.calendar import Calendar, Kind
from quality.core.clock import BEIJING

DAY = timedelta(days=1)
LONGEST = 1_000  # working days back that a history may reach


class Almanac:
    """Working days by their distance from `today`: 0 is today, or the next one where today is none; -1 the one before.

    What is told of lies on -1 and before, so that a history ends before the moment at which it is loaded.
    """

    def __init__(self, today: date, calendar: Calendar) -> None:
        self.today, self._calendar = today, calendar
        first = today
        while not calendar.is_worked(first):
            first += DAY
        self._back = [first]

    def working(self, distance: int) -> date:
        assert -LONGEST <= distance <= 0, distance
        while len(self._back) <= -distance:
            day = self._back[-1] - DAY
            while not self._calendar.is_worked(day):
                day -= DAY
            self._back.append(day)
        return self._back[-distance]

    def moved_weekend(self, room: int) -> int:
        """The distance of the last weekend day that was worked in exchange for a weekday, `room` working days back."""
        for distance in range(-room, -LONGEST, -1):
            if self._calendar.kind(self.working(distance)) is Kind.MOVED:
                return distance
        return -room  # no calendar knows one within years

    def on_or_after(self, day: date) -> date:
        while not self._calendar.is_worked(day):
            day += DAY
        return day


def moment(day: date, hour: int, key: str) -> datetime:
    """Some minute and second of that hour in Beijing, always the same for the same `key`."""
    drawn = spread(key, 55 * 60)
    return (datetime.combine(day, time(hour), BEIJING) + timedelta(seconds=drawn)).astimezone(UTC)


def spread(key: str, below: int) -> int:
    """A number from 0 to `below` - 1 that `key` decides."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6]) % below
