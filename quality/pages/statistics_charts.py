"""Two charts of the figures in public, drawn on the server: rates by quarter, and how long listings stay up.

x in percent of the width, y in px, as the look has it; what is drawn stands in a table behind each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from quality.core.words import Text, _, in_script
from quality.figures.rates import Interval, Rate
from quality.figures.survival import Quantile, Spell, Step, kaplan_meier, quantile
from quality.pages.grading import HUNDREDTH, TENTH, in_percent
from quality.pages.held import lasting
from quality.pages.statistics import Figure, axis_of, estimate_shown, quarter_shown
from quality.statistics.public import Point
from quality.statistics.takedowns import Takedowns

TOP, HEIGHT = 12, 120  # px of both charts
LEFT, WIDTH = Decimal(11), Decimal(85)  # %
TICKS = 4
DAYS = (1, 2, 3, 5, 7, 14, 30, 60, 90)
HOURS = 24


class Tick(NamedTuple):
    y: Decimal
    text: str


class Mark(NamedTuple):
    """A quarter: its estimate and the ends of its interval."""

    x: Decimal
    y: Decimal
    low: Decimal
    high: Decimal
    name: Text


class TrendRow(NamedTuple):
    quarter: Text
    figure: Figure
    change: Text  # in percentage points, with its interval
    says: Text
    is_chance: bool | None  # None: nothing before it


class Trend(NamedTuple):
    category: str
    ticks: list[Tick]
    marks: list[Mark]
    line: str  # points of a polyline in a box of 100 × 100
    rows: list[TrendRow]
    desc: Text


def trends_shown(trends: Mapping[str, Sequence[Point]]) -> list[Trend]:
    return [trend(category, points) for category, points in trends.items()]


def trend(category: str, points: Sequence[Point]) -> Trend:
    axis = axis_of(point.estimate.interval for point in points)

    def y(share: Decimal) -> Decimal:
        return (TOP + HEIGHT * (1 - share * 100 / axis.high)).quantize(TENTH)

    step = WIDTH / max(len(points) - 1, 1)
    marks = []
    for place, point in enumerate(points):
        x = LEFT + (step * place if len(points) > 1 else WIDTH / 2)
        low, high = point.estimate.interval
        marks.append(Mark(x.quantize(TENTH), y(point.estimate.value), y(low), y(high), short(point)))
    rows = [row(point) for point in points]
    return Trend(
        category=in_script(category),
        ticks=[
            Tick((TOP + HEIGHT * (1 - Decimal(k) / TICKS)).quantize(TENTH), f"{axis.high * k / TICKS:g}%" if k else "0")
            for k in range(TICKS + 1)
        ],
        marks=marks,
        line=" ".join(f"{mark.x},{in_box(mark.y)}" for mark in marks),
        rows=rows,
        desc=_(
            "From %(first)s (%(one)s) to %(last)s (%(other)s); vertical lines are 95%% intervals.",
            first=rows[0].quarter, one=rows[0].figure.aria, last=rows[-1].quarter, other=rows[-1].figure.aria,
        ),
    )  # fmt: skip


def in_box(y: Decimal) -> Decimal:
    return ((y - TOP) * 100 / HEIGHT).quantize(HUNDREDTH)


def short(point: Point) -> Text:
    return _("%(year)s Q%(place)s", year=point.quarter.year, place=point.quarter.place)


def row(point: Point) -> TrendRow:
    rate = Rate(point.nonconforming, point.tested)
    shown = estimate_shown(rate, point.estimate, axis_of([point.estimate.interval]))
    if point.change is None:
        return TrendRow(quarter_shown(point.quarter), shown, "—", _("nothing before it"), None)
    says: Text = _("no more than chance")
    if not point.change.may_be_chance:
        says = _("higher than chance would be") if point.change.value > 0 else _("lower than chance would be")
    value, low, high = map(signed, (point.change.value, *point.change.interval))
    change = _("%(value)s points, 95%% interval %(low)s to %(high)s", value=value, low=low, high=high)
    return TrendRow(quarter_shown(point.quarter), shown, change, says, point.change.may_be_chance)


def signed(share: Decimal) -> str:
    """`+1.2`, `−3.4`."""
    return f"{in_percent(share, TENTH):+}".replace("-", "−")


# --- how long listings stay up ---


class TakedownRow(NamedTuple):
    name: Text
    listings: int
    claimed: Text
    seen: Text
    waiting: int  # not seen gone yet, nor excused


class Curve(NamedTuple):
    points: str  # of a polyline in a box of 100 × 100
    is_said: bool


class TakedownsShown(NamedTuple):
    counted_at: datetime
    rows: list[TakedownRow]  # by platform, and all of them last
    curves: list[Curve]
    ticks: list[Tick]
    days: list[tuple[Decimal, str]]
    table: list[tuple[Text, str, str]]  # until when, said by then, seen by then
    desc: Text


def takedowns_shown(found: Sequence[Takedowns], counted_at: datetime | None, least: int) -> TakedownsShown | None:
    """None below the least number of listings. A platform below it stands in the table without a median."""
    claimed = [spell for each in found for spell in each.claimed]
    seen = [spell for each in found for spell in each.seen]
    if counted_at is None or len(seen) < least:
        return None
    said, saw = kaplan_meier(claimed), kaplan_meier(seen)
    last = span([*claimed, *seen])
    rows = [takedown_row(each.name, each.claimed, each.seen, least) for each in found]
    table = [at_day(day, said, saw) for day in DAYS if day <= last]
    whole = takedown_row(_("All platforms"), claimed, seen, least)
    return TakedownsShown(
        counted_at=counted_at,
        rows=[*rows, whole],
        curves=[Curve(stairs(said, last), True), Curve(stairs(saw, last), False)],
        ticks=[Tick(TOP + HEIGHT * (1 - Decimal(k) / TICKS), f"{100 * k // TICKS}%") for k in range(TICKS + 1)],
        days=[(place(day * HOURS, last), str(day)) for day in (0, *DAYS) if day <= last],
        table=table,
        desc=_(
            "Half of the listings are said to be gone: %(said)s; half are seen gone: %(seen)s.",
            said=whole.claimed, seen=whole.seen,
        ),
    )  # fmt: skip


def span(spells: Iterable[Spell]) -> int:
    """Days that are drawn: until the last one was done, and one at least."""
    longest = max((spell.time for spell in spells if spell.is_done), default=0)
    return next((day for day in DAYS if day * HOURS >= longest), DAYS[-1])


def place(hours: int, days: int) -> Decimal:
    return (LEFT + WIDTH * min(hours, days * HOURS) / (days * HOURS)).quantize(HUNDREDTH)


def stairs(steps: Sequence[Step], days: int) -> str:
    """Done by then, as a staircase from 0 % at the bottom."""
    points, height = [f"{LEFT},100"], Decimal(100)
    for step in steps:
        x = place(step.time, days)
        points += [f"{x},{height}", f"{x},{(height := (step.waiting * 100).quantize(HUNDREDTH))}"]
    return " ".join([*points, f"{LEFT + WIDTH},{height}"])


def at_day(day: int, said: Sequence[Step], saw: Sequence[Step]) -> tuple[Text, str, str]:
    return _("after %(day)s d", day=day), by_then(said, day * HOURS), by_then(saw, day * HOURS)


def by_then(steps: Sequence[Step], hours: int) -> str:
    past = [step for step in steps if step.time <= hours]
    if not past:
        return "0%"
    waiting, around = past[-1].waiting, past[-1].interval
    shown = f"{in_percent(1 - waiting, TENTH)}%"
    if around is None:
        return shown
    turned = Interval(1 - around.high, 1 - around.low)
    return f"{shown} ({in_percent(turned.low, TENTH)}–{in_percent(turned.high, TENTH)}%)"


def takedown_row(name: Text, claimed: Sequence[Spell], seen: Sequence[Spell], least: int) -> TakedownRow:
    waiting = sum(not spell.is_done for spell in seen)
    if len(seen) < least:
        few = _("fewer than %(least)s listings", least=least)
        return TakedownRow(name, len(seen), few, few, waiting)
    said, saw = (median_shown(quantile(kaplan_meier(spells))) for spells in (claimed, seen))
    return TakedownRow(name, len(seen), said, saw, waiting)


def median_shown(found: Quantile) -> Text:
    if found.time is None:
        return _("not half of them yet")
    low, high = (None if end is None else lasting(timedelta(hours=end)) for end in (found.low, found.high))
    median = lasting(timedelta(hours=found.time))
    if low is None:
        return median
    if high is None:
        return _("%(median)s (95%% interval from %(low)s on)", median=median, low=low)
    return _("%(median)s (95%% interval %(low)s to %(high)s)", median=median, low=low, high=high)
