"""The State Council's notices of 2025 and 2026 typed by hand, and a slow program that counts by them day by day.

Nothing here knows the library or the room under test: days off and worked weekends stand as the notices name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

DAY = timedelta(days=1)


def days(first: str, last: str) -> Iterator[date]:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day
        day += DAY


OFF = {
    *days("2025-01-01", "2025-01-01"),
    *days("2025-01-28", "2025-02-04"),
    *days("2025-04-04", "2025-04-06"),
    *days("2025-05-01", "2025-05-05"),
    *days("2025-05-31", "2025-06-02"),
    *days("2025-10-01", "2025-10-08"),
    *days("2026-01-01", "2026-01-03"),
    *days("2026-02-15", "2026-02-23"),
    *days("2026-04-04", "2026-04-06"),
    *days("2026-05-01", "2026-05-05"),
    *days("2026-06-19", "2026-06-21"),
    *days("2026-09-25", "2026-09-27"),
    *days("2026-10-01", "2026-10-07"),
}
WORKED_WEEKENDS = {
    date.fromisoformat(day)
    for day in (
        "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    )
}  # fmt: skip


def works(day: date) -> bool:
    if day in WORKED_WEEKENDS:
        return True
    return day not in OFF and day.strftime("%a") not in {"Sat", "Sun"}


def slowly(start: date, working_days: int, lost: set[date]) -> date:
    """The day on which the last working day falls. Days `lost` to pauses are passed over."""
    day, left = start, working_days
    while left:
        day += DAY
        if works(day) and day not in lost:
            left -= 1
    return day


def slowly_in_calendar_days(start: date, calendar_days: int, lost: set[date]) -> date:
    day, left = start, calendar_days
    while left:
        day += DAY
        if day not in lost:
            left -= 1
    while not works(day) or day in lost:
        day += DAY
    return day
