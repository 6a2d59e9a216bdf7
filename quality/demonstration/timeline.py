"""The history as it went: stories in the order of time, each deed at its moment, and between them what jobs do.

A story is a generator that yields the moment of its next deed and does it when it is resumed. What lies after `until`
has not happened: its story ends there.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from quality.core import clock
from quality.core.clock import BEIJING

Story = Generator[datetime, None, None]


class Timeline:
    """What is still to happen. Stories may begin others, not earlier than now."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._order = count()  # of two at the same moment the one that was told first

    def begin(self, story: Story) -> None:
        """Let a story run until its first moment, and wait for that."""
        self._resume(story)

    def _resume(self, story: Story) -> None:
        before = clock.now()
        moment = next(story, None)
        if moment is None or moment > self.until:
            return
        assert moment >= before or not self._has_begun, f"{moment} lies before {before}: {story}"
        heapq.heappush(self._waiting, (moment, next(self._order), story))

    _has_begun = False

    def days(self) -> list[date]:
        """Every day from the first deed to the end, those without a deed among them."""
        first, last = day_of(self._waiting[0][0]), day_of(self.until)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def play(self, days: Iterable[date], at_night: Callable[[date], None], between: Callable[[], None]) -> None:
        """`at_night` is done at the beginning of each of `days`, `between` after the deeds of an hour."""
        self._has_begun = True
        for day in days:
            midnight = datetime.combine(day, time(0, 0, 5), BEIJING).astimezone(UTC)
            if midnight <= self.until:
                with clock.moved_to(midnight):
                    at_night(day)
            for last in self._hours_of(day):
                with clock.moved_to(last + timedelta(seconds=5)):
                    between()

    def _hours_of(self, day: date) -> Iterator[datetime]:
        """Do the deeds of `day`, and stop after those of each hour, with the moment of the last."""
        last: datetime | None = None
        while self._waiting and day_of(self._waiting[0][0]) <= day:
            moment, _order, story = self._waiting[0]
            if last is not None and hour_of(moment) != hour_of(last):
                yield last
            heapq.heappop(self._waiting)
            with clock.moved_to(moment):
                self._resume(story)
            last = moment
        if last is not None:
            yield last


def day_of(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
