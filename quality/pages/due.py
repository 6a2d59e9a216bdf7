"""What is due where: a buyer's cases by place and day, as a drawn board. Pure: values in, places of marks out.

A place is where the goods are now: at a platform, in a shop, on their way, with the buyer. It is none of the buyer's
addresses, which stand on no page (docs/decisions/0078).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from quality.core.words import Text

LEAST = 7  # days that the board shows at least
MOST = 60  # what is due later stands at its end
BEGINS, ENDS = Decimal(3), Decimal(97)  # percent of the width


class Stop(NamedTuple):
    """One case: where it is, in the order of its way, and by which day something must be done about it."""

    number: str
    title: Text
    address: str
    step: int
    place: Text
    to_do: Text
    due: date | None


class Mark(NamedTuple):
    x: Decimal  # percent of the width
    on: date
    many: int
    is_late: bool


class Place(NamedTuple):
    name: Text
    stops: list[Stop]  # those due first, first
    marks: list[Mark]


class Board(NamedTuple):
    places: list[Place]
    first: date
    last: date
    today: Decimal  # percent of the width


def board(stops: Iterable[Stop], today: date) -> Board:
    """The places that something is due at, in the order of the way of a parcel; in each, a mark a day."""
    found = sorted(stops, key=lambda stop: (stop.step, str(stop.place), stop.due or date.max, stop.number))
    days = [stop.due for stop in found if stop.due] or [today]
    first = min(today, max(min(days), today - timedelta(days=MOST)))
    last = max(first + timedelta(days=LEAST), min(max(days), today + timedelta(days=MOST)))

    def x(day: date) -> Decimal:
        within = min(max(day, first), last)
        share = Decimal((within - first).days) / Decimal((last - first).days)
        return (BEGINS + (ENDS - BEGINS) * share).quantize(Decimal("0.1"))

    names = list(dict.fromkeys((stop.step, str(stop.place)) for stop in found))
    places = [drawn([stop for stop in found if (stop.step, str(stop.place)) == name], today, x) for name in names]
    return Board(places, first, last, x(today))


def drawn(stops: Sequence[Stop], today: date, x: object) -> Place:
    assert callable(x)
    by_day: dict[date, int] = {}
    for stop in stops:
        if stop.due:
            by_day[stop.due] = by_day.get(stop.due, 0) + 1
    marks = [Mark(x(day), day, many, day < today) for day, many in sorted(by_day.items())]
    return Place(stops[0].place, list(stops), marks)
