"""When a legal clock runs out, counted in days of Beijing, with every step of the count.

Units: lengths in the rule's own unit, days as dates of Asia/Shanghai, moments aware. The rules of counting:

- The day of the start event does not count; the period ends with the end of its last day (Civil Code, Arts. 201, 203).
- A working day is one that the calendar says is worked, moved weekends included.
- A period of calendar days, months or years that would end on any other day ends on the next working day (Civil Code,
  Art. 203).
- Months and years end on the same day of the month; where there is none, on the last one (Civil Code, Art. 202).
- An extension adds days in the rule's unit (calendar days to a rule in months or years).
- A pause takes out the days after the one on which it began, up to and with the one on which it ended: like the day
  of a start event, the day of resuming does not count. A clock that stands is dated as if it went on at once.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby

from quality.clocks.calendar import FIRST_YEAR, LAST_YEAR, Calendar, Kind, Year
from quality.clocks.rules import Rule, Unit
from quality.core.clock import BEIJING
from quality.core.words import Text

DAY = timedelta(days=1)
PLAIN_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
PLAIN_MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(\d{1,2}):(\d\d)(?::(\d\d))?")
LAST_START = LAST_YEAR - 9  # so that the longest period, paused or extended by years, still ends on a known day


class Code(StrEnum):
    """What a step of the count does. Stable words for programs; `explain.py` has the sentences."""

    OLD = "old"  # the start lies before the rule's first valid day
    START = "start"
    EXTENDED = "extended"
    MONTHS = "months"
    YEARS = "years"
    COUNTED = "counted"
    MOVED = "moved"  # counted although a weekend
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    STANDING = "standing"  # paused now
    ROLLED = "rolled"
    OPENS = "opens"
    DUE = "due"
    PROVISIONAL = "provisional"


@dataclass(frozen=True)
class Step:
    """One line of the count. Runs of days of one kind are one step, so that two years are not 730 lines."""

    code: Code
    first: date
    last: date
    days: int = 0
    total: int = 0  # counted so far
    reason: Text = ""  # as a person wrote it


@dataclass(frozen=True)
class Pause:
    began: datetime
    ended: datetime | None  # None: it stands now
    reason: str

    def holds(self, day: date) -> bool:
        return self.ended is not None and day_of(self.began) < day <= day_of(self.ended)


@dataclass(frozen=True)
class Extension:
    days: int
    reason: str


@dataclass(frozen=True)
class Due:
    rule: Rule
    start: datetime
    opens_on: date | None  # the first day on which the deed counts, for the one rule that has such a day
    due_on: date
    calendar: str  # where the days that decided come from: "2026: holidays 0.109; 2027: provisional"
    provisional: bool
    steps: tuple[Step, ...]

    @property
    def due_at(self) -> datetime:
        """The moment it becomes overdue: 00:00 in Beijing of the day after the last."""
        return datetime.combine(self.due_on + DAY, time.min, BEIJING)


def written_day(text: str) -> date:
    """2026-10-09, or as a spreadsheet writes it into CSV; `ValueError` if it is none."""
    said = unicodedata.normalize("NFKC", text).strip()
    parts = PLAIN_DAY.fullmatch(said)
    return date(*map(int, parts.groups())) if parts else date.fromisoformat(said)


def written_moment(text: str) -> datetime:
    """2026-10-09 09:52 of Beijing, as a spreadsheet or a person writes it, or with a zone of its own (RFC 3339).

    `ValueError` if it is none. A day without a time is none: it could be before or after whatever else was that day.
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if parts := PLAIN_MOMENT.fullmatch(said):
        return datetime(*(int(part or 0) for part in parts.groups()), tzinfo=BEIJING)  # type: ignore[misc,arg-type]
    moment = datetime.fromisoformat(said)
    if len(said) <= len("2026-10-09"):
        raise ValueError(f"{text!r} has no time")
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def day_of(moment: datetime) -> date:
    """The day of Beijing. A moment without a zone is refused: it could be of two days."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(BEIJING).date()


def due(
    rule: Rule,
    start: datetime,
    calendar: Calendar,
    *,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
) -> Due:
    """The last day of the period that `rule` gives from `start`, and how it was counted."""
    first = day_of(start)
    if not FIRST_YEAR <= first.year <= LAST_START:
        raise ValueError(f"{first} lies outside {FIRST_YEAR} to {LAST_START}")
    count = Count(calendar, sorted(pauses, key=lambda pause: pause.began), first)
    if first < rule.valid_from:
        count.steps.append(Step(Code.OLD, first, rule.valid_from))
    count.steps.append(Step(Code.START, first, first))
    length = count.length_of(rule, extensions)
    if rule.unit is Unit.WORKING_DAY:
        count.working_days(length)
    else:
        count.calendar_days(length)
        count.roll()
    opens_on = count.opening(rule.earliest, first) if rule.earliest is not None else None
    count.close()
    return Due(
        rule=rule,
        start=start,
        opens_on=opens_on,
        due_on=count.day,
        calendar="; ".join(f"{year.number}: {year.version}" for year in count.years()),
        provisional=any(year.provisional for year in count.years()),
        steps=tuple(count.steps),
    )


def months_on(day: date, months: int) -> date:
    """The same day `months` later; where that month has none, its last day (Civil Code, Art. 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class Count:
    """A count under way: the day it has reached, the steps to it, the years of the calendar that it asked."""

    def __init__(self, calendar: Calendar, pauses: Sequence[Pause], start: date) -> None:
        self.calendar = calendar
        self.pauses = pauses
        self.day = start
        self.total = 0
        self.steps: list[Step] = []
        self.asked: dict[int, Year] = {}

    def years(self) -> list[Year]:
        return [self.asked[number] for number in sorted(self.asked)]

    def length_of(self, rule: Rule, extensions: Sequence[Extension]) -> int:
        """In working days for a rule in working days, else in calendar days."""
        length = rule.length
        if rule.unit in MONTHS:
            code, months = MONTHS[rule.unit]
            same_day = months_on(self.day, months * rule.length)
            length = (same_day - self.day).days
            self.steps.append(Step(code, self.day, same_day, days=rule.length))
        for extension in extensions:
            length += extension.days
            self.steps.append(Step(Code.EXTENDED, self.day, self.day, days=extension.days, reason=extension.reason))
        return length

    def working_days(self, length: int) -> None:
        for step in grouped(self._each_day(length)):
            self.total += step.days if step.code in COUNTS else 0
            self.steps.append(Step(step.code, step.first, step.last, step.days, self.total, step.reason))

    def _each_day(self, length: int) -> Iterator[Step]:
        while length:
            self.day += DAY
            step = self._what_is(self.day)
            length -= step.code in COUNTS
            yield step

    def calendar_days(self, length: int) -> None:
        """Add `length` days and, for each pause that begins within, the days it took."""
        end = self.day + timedelta(days=length)
        for pause in self.pauses:
            if pause.ended is None or day_of(pause.began) >= end:
                continue
            began = max(self.day, day_of(pause.began))  # two pauses that overlap take out each day once
            ended = max(began, day_of(pause.ended))
            end += ended - began
            self._count_to(began)
            if days := (ended - began).days:
                self.steps.append(Step(Code.PAUSED, began + DAY, ended, days, self.total, pause.reason))
            self.day = ended
        self._count_to(end)

    def _count_to(self, end: date) -> None:
        if days := (end - self.day).days:
            self.total += days
            self.steps.append(Step(Code.COUNTED, self.day + DAY, end, days, self.total))
            self.day = end

    def roll(self) -> None:
        """Move a last day that is not worked to the next that is."""
        nominal = self.day
        passed = []
        while (step := self._what_is(self.day)).code not in COUNTS:
            passed.append(step)
            self.day += DAY
        self.steps.extend(grouped(passed))
        if passed:
            self.steps.append(Step(Code.ROLLED, nominal, self.day))

    def opening(self, earliest: int, start: date) -> date:
        """The first day on which the deed counts: a beginning, so that a holiday does not move it."""
        opener = Count(self.calendar, self.pauses, start)
        opener.calendar_days(earliest)
        self.steps.append(Step(Code.OPENS, opener.day, opener.day, days=earliest))
        return opener.day

    def close(self) -> None:
        for pause in self.pauses:
            if pause.ended is None:
                stood = day_of(pause.began)
                self.steps.append(Step(Code.STANDING, stood, stood, reason=pause.reason))
        self.steps.append(Step(Code.DUE, self.day, self.day))
        for year in self.years():
            if year.provisional:
                self.steps.append(Step(Code.PROVISIONAL, date(year.number, 1, 1), date(year.number, 12, 31)))

    def _what_is(self, day: date) -> Step:
        for pause in self.pauses:
            if pause.holds(day):
                return Step(Code.PAUSED, day, day, 1, reason=pause.reason)
        year = self.calendar.year_that_says(day)
        self.asked[year.number] = year
        return Step(CODES[year.kind(day)], day, day, 1)


MONTHS = {Unit.MONTH: (Code.MONTHS, 1), Unit.YEAR: (Code.YEARS, 12)}  # how many months each is
COUNTS = {Code.COUNTED, Code.MOVED}
CODES = {
    Kind.WORKED: Code.COUNTED,
    Kind.MOVED: Code.MOVED,
    Kind.WEEKEND: Code.WEEKEND,
    Kind.HOLIDAY: Code.HOLIDAY,
}
OFF = {Code.WEEKEND, Code.HOLIDAY}


def grouped(days: Iterable[Step]) -> Iterator[Step]:
    """Runs of days of one kind as one step each. Days off that touch are one run, a holiday if any of them is."""
    for _kind, run in groupby(days, key=lambda step: (step.code in OFF or step.code, step.reason)):
        steps = list(run)
        code = Code.HOLIDAY if any(step.code is Code.HOLIDAY for step in steps) else steps[0].code
        yield Step(code, steps[0].first, steps[-1].last, len(steps), reason=steps[0].reason)
