"""A calendar year is typed by one person, looked at with everything that it would move, and entered by another.

It dates the clocks of every agency of the installation: only one with none above it may do this. Decision 0040.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks import queries
from quality.clocks.calendar import Calendar, Year
from quality.clocks.days import DAY, day_of, written_day
from quality.clocks.models import CalendarDraft, Redating
from quality.clocks.years import Change, enter_calendar_year, touched_by, what_is_outdated, what_is_wrong
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import Reason, _
from quality.core.workflow import begin, record
from quality.people.actor import Actor
from quality.permissions import Can

NOVEMBER = 11  # the State Council announces the next year's days around then
LONGEST_RUN = 31  # days; a longer one is a slip of the finger
DAY_WRITTEN = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
ONE_OR_RUN = re.compile(rf"({DAY_WRITTEN})(?:\s*(?:-|–|—|~|～|\.\.|至|到|to)\s*({DAY_WRITTEN}))?")
SHARES = re.compile(r"[\n,，、;；]+")


class Typed(NamedTuple):
    """A notice as it was typed."""

    year: int
    off_days: Sequence[date]
    worked_days: Sequence[date]
    source: str


def days_from(field: str, text: str) -> list[date]:
    """Days and runs of days, one a line or divided by commas: `2027-02-05 – 2027-02-11`, `2027年2月14日`."""
    found: list[date] = []
    problems: list[FieldProblem] = []
    for share in filter(None, (each.strip() for each in SHARES.split(text))):
        run = run_from(share)
        if run is None:
            said = _("Write days like 2027-02-05, or runs like 2027-02-05 – 2027-02-11: %(text)s", text=share[:60])
            problems.append(FieldProblem(field, "unreadable", said))
        else:
            found.extend(run)
    if problems:
        raise Invalid(*problems)
    return found


def run_from(share: str) -> list[date] | None:
    matched = ONE_OR_RUN.fullmatch(share)
    if matched is None:
        return None
    try:
        first, last = (written_day(re.sub(r"\s|日", "", re.sub("[年月]", "-", day))) for day in (
            matched[1], matched[2] or matched[1],
        ))  # fmt: skip
    except ValueError:
        return None
    length = (last - first).days + 1
    return [first + DAY * n for n in range(length)] if 1 <= length <= LONGEST_RUN else None


WORDS = {"off": "off_days", "休": "off_days", "放假": "off_days", "worked": "worked_days", "班": "worked_days"}
LINE = re.compile(rf"({'|'.join([*WORDS, '上班'])})\s*[:：]?\s*(.*)")


def typed_from(year: int, source: str, lines: Iterable[str]) -> Typed:
    """A file of lines that begin with `off` or `worked` (休, 班), with days behind it; `#` begins a remark."""
    told: dict[str, list[str]] = {"off_days": [], "worked_days": []}
    problems = []
    for place, line in enumerate((each.strip() for each in lines), 1):
        if not line or line.startswith("#"):
            continue
        if matched := LINE.fullmatch(line):
            told[WORDS.get(matched[1], "worked_days")].append(matched[2])
        else:
            said = _("Begin the line with off or worked: %(text)s", text=line[:60])
            problems.append(FieldProblem(f"line {place}", "unreadable", said))
    if problems:
        raise Invalid(*problems)
    off, worked = (days_from(field, "\n".join(texts)) for field, texts in told.items())
    return Typed(year, off, worked, source)


def not_above_all(by: Actor) -> Reason | None:
    """A calendar is one for all; who stands below somebody leaves it to them."""
    if by.organisation is not None and by.organisation.superior_id is not None:
        return Reason("not_above_all", _("The agency above yours enters the calendar for all"))
    return None


def draft(session: Session, typed: Typed, *, by: Actor) -> CalendarDraft:
    if not by.can(Can.CALENDAR_PROPOSE):
        raise NotPermitted("role_may_not", _("Your role may not enter a calendar year"))
    if reason := not_above_all(by):
        raise Refused.because(reason)
    if problems := list(what_is_wrong(typed.year, typed.off_days, typed.worked_days, typed.source)):
        raise Invalid(*problems)
    made = CalendarDraft(
        year=typed.year,
        source=typed.source.strip(),
        off_days=sorted(typed.off_days),
        worked_days=sorted(typed.worked_days),
        drafted_at=clock.now(),
        drafted_by_id=by.id,
    )
    try:
        with session.begin_nested():
            begin(session, made, by=by, note=made.source, details={"year": typed.year})
    except IntegrityError as first:  # of two who send it at once, too
        said = _("A draft of %(year)s waits to be entered or put away", year=typed.year)
        raise Refused("drafted_already", said) from first
    return made


def would_move(session: Session, drafted: CalendarDraft) -> list[Change]:
    """Every running clock whose last day would be another, before and after. Nothing is changed."""
    known = queries.calendar(session)
    with_it = Calendar([*known.entered.values(), as_year(drafted)])
    return what_is_outdated(session, with_it, touched_by(drafted.year)).move


def as_year(drafted: CalendarDraft) -> Year:
    off, worked = (
        frozenset(date.fromisoformat(str(day)) for day in days) for days in (drafted.off_days, drafted.worked_days)
    )
    return Year(drafted.year, "draft", off, worked)


def enter(session: Session, drafted: CalendarDraft, *, by: Actor) -> Redating:
    """What another person drafted counts from now on. The list of what it moves is open until the job has filled it."""
    if not by.can(Can.CALENDAR_ENTER):
        raise NotPermitted("role_may_not", _("Your role may not enter a calendar year"))
    if drafted.drafted_by_id is not None and drafted.drafted_by_id == by.id:
        raise Refused("four_eyes", _("Someone other than the person who drafted it must enter it"))
    settle(session, drafted, "enter", by=by)
    off, worked = ([date.fromisoformat(str(d)) for d in days] for days in (drafted.off_days, drafted.worked_days))
    made = enter_calendar_year(session, drafted.year, off, worked, source=drafted.source, by=by)
    drafted.entered_id = made.calendar_year_id
    session.flush()
    return made


def take_back(session: Session, drafted: CalendarDraft, *, by: Actor) -> None:
    """Who drafted it, or who could have entered it, puts it away."""
    if drafted.drafted_by_id != by.id and not by.can(Can.CALENDAR_ENTER):
        raise NotPermitted("role_may_not", _("Your role may not enter a calendar year"))
    settle(session, drafted, "take_back", by=by)


def settle(session: Session, drafted: CalendarDraft, deed: str, *, by: Actor) -> None:
    if reason := not_above_all(by):
        raise Refused.because(reason)
    record(session, drafted, deed, by=by)
    if drafted.decided_at is not None:
        raise Refused("decided_already", _("This was decided by another person in the meantime"))
    drafted.decided_at, drafted.decided_by_id = clock.now(), by.id
    session.flush()


def waiting(session: Session) -> list[CalendarDraft]:
    asked = sa.select(CalendarDraft).where(CalendarDraft.decided_at.is_(None))
    return list(session.scalars(asked.order_by(CalendarDraft.id.desc()).limit(20)))


def years_that_count() -> tuple[int, ...]:
    """Those whose notice should be known by now: this one, from November on the next too."""
    today = day_of(clock.now())
    return (today.year, today.year + 1) if today.month >= NOVEMBER else (today.year,)


def missing_years(known: Calendar) -> list[int]:
    return [year for year in years_that_count() if known.year(year).provisional]
