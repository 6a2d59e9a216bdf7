"""The clocks of a case as the look draws them: what is left in the rule's own unit, and the count behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.clocks.calendar import Calendar, Kind
from quality.clocks.days import day_of
from quality.clocks.explain import amount
from quality.clocks.models import Clock
from quality.clocks.queries import Shown, calendar, clocks_of, clocks_of_all, shown
from quality.clocks.rules import Unit, rule_on
from quality.core import clock
from quality.core.words import Text, _
from quality.core.workflow import Case, Part
from quality.pages.moments import day, moment
from quality.pages.words import Tone

DAY = timedelta(days=1)
NOBODY: Mapping[str, Text] = MappingProxyType({})
WEEKS = 6  # a longer count is told in sentences only


# fmt: off
RAN_OUT: dict[str, Text] = {
    "accepted": _("ran out without an objection: the result is accepted"),
    "waived":   _("ran out unused: the re-inspection is waived"),
}
NEEDLESS: dict[str, Text] = {  # why the clock stopped, where its deed was not done
    "withdrawn":      _("ended: withdrawn"),
    "decided":        _("ended: decided"),
    "excused":        _("ended: excused"),
    "superseded":     _("ended: answered anew"),
    "reopened":       _("ended: opened again"),
    "closed":         _("ended: closed"),
    "rechecked":      _("ended: re-checked without a report"),
    "handed_over":    _("ended: handed over to another region"),
    "transferred":    _("ended: handed over untested"),
    "impossible":     _("ended: impossible to test"),
    "label_only":     _("ended: concluded on the label"),
    "sent_back":      _("ended: sent back"),
    "reported_anew":  _("ended: reported anew"),
}
# fmt: on


class Cell(NamedTuple):
    number: int
    tone: str  # off, on, due: classes of mingcha.css
    says: Text


class Deadline(NamedTuple):
    id: int
    rule: str
    name: Text
    of: Text  # which part of the case, where it has several
    tone: Tone
    when: Text
    left: Text
    says: Text
    lines: list[str]
    weeks: list[list[Cell]]
    provisional: bool
    ended: bool
    stands: bool


def newest(session: Session, case: Case | Part, rule: str) -> Deadline | None:
    """Of this rule, the clock that began last for the case."""
    periods = [each for each in clocks_of(session, case) if each.rule == rule]
    return deadline(session, periods[-1], calendar(session)) if periods else None


def deadlines(session: Session, subjects: list[Case | Part], called: Mapping[str, Text] = NOBODY) -> list[Deadline]:
    """Every clock of a case and its parts: those that run first, by the day on which they are due.

    `called` says what people call a part, by its name in events.
    """
    kept = clocks_of_all(session, subjects)
    known = calendar(session) if kept else Calendar()
    of = {one.id: called.get(f"{one.subject_type}:{one.subject_id}", "") for one in kept}
    found = sorted((shown(one, clock.now()) for one in kept), key=lambda one: (one.stopped_at is not None, one.due_at))
    return [deadline(session, one, known, of[one.id]) for one in found]


def deadline(session: Session, one: Shown, known: Calendar, of: Text = "") -> Deadline:
    tone, when, left = state(one, known)
    return Deadline(
        id=one.id,
        rule=one.rule,
        name=one.name,
        of=of,
        tone=tone,
        when=when,
        left=left,
        says=_("%(name)s: until %(day)s 24:00", name=one.name, day=day(one.due_on)),
        lines=str(one.explanation).splitlines(),
        weeks=weeks(session, one, known),
        provisional=one.provisional,
        ended=one.stopped_at is not None,
        stands=one.paused_at is not None,
    )


def state(one: Shown, known: Calendar) -> tuple[Tone, Text, Text]:
    """The tone, the bold word and what follows it."""
    unit = rule_on(one.rule, day_of(one.started_at)).unit
    if one.stopped_at is not None:
        return ended(one, day(one.stopped_at))
    if one.paused_at is not None:
        return Tone.WAIT, _("Paused"), _("since %(moment)s", moment=moment(one.paused_at))
    today = day_of(clock.now())
    if one.overdue:
        return Tone.BAD, _("Overdue"), distance(one.due_on, today, unit, known)
    if one.due_on == today:
        return Tone.WARN, _("Today"), _("by 24:00")
    return Tone.IDLE, day(one.due_on), _("%(much)s left", much=distance(today, one.due_on, unit, known))


def ended(one: Shown, on: Text) -> tuple[Tone, Text, Text]:
    """A right that ran out unused is nobody's lateness, and what became needless was not done."""
    if one.outcome in RAN_OUT:
        return Tone.VOID, on, RAN_OUT[one.outcome]
    if needless := NEEDLESS.get(one.outcome or ""):
        return (
            (Tone.BAD, on, _("%(ended)s, late by then", ended=needless)) if one.overdue else (Tone.VOID, on, needless)
        )
    return (Tone.BAD, on, _("done late")) if one.overdue else (Tone.OK, on, _("done in time"))


def distance(first: date, last: date, unit: Unit, known: Calendar) -> Text:
    """From the day after `first` up to and with `last`, in working days for a rule that counts them."""
    if unit is not Unit.WORKING_DAY:
        return amount((last - first).days, Unit.CALENDAR_DAY)
    days = (first + DAY * n for n in range(1, (last - first).days + 1))
    return amount(sum(known.is_worked(each) for each in days), Unit.WORKING_DAY)


def weeks(session: Session, one: Shown, known: Calendar) -> list[list[Cell]]:
    """The days from the start to the last as a small calendar, where the rule counts working days and nothing moved."""
    kept = session.get_one(Clock, one.id)
    start = day_of(one.started_at)
    unit = rule_on(one.rule, start).unit
    monday = start - DAY * start.weekday()
    count = ((one.due_on - monday).days // 7) + 1
    if unit is not Unit.WORKING_DAY or kept.changes or count > WEEKS:
        return []
    number, rows = 0, []
    for week in range(count):
        row = []
        for weekday in range(7):
            each = monday + DAY * (week * 7 + weekday)
            counts = start < each <= one.due_on and known.is_worked(each)
            number += counts
            row.append(cell(each, start, one.due_on, known.kind(each), number if counts else 0))
        rows.append(row)
    return rows


def cell(each: date, start: date, due: date, kind: Kind, number: int) -> Cell:
    if each == start:
        return Cell(each.day, "", _("start"))
    if each == due:
        return Cell(each.day, "due", _("last day"))
    if number:
        return Cell(each.day, "on", _("day %(number)s", number=number))
    if kind in (Kind.WEEKEND, Kind.HOLIDAY):
        return Cell(each.day, "off", _("off"))
    return Cell(each.day, "", _("worked") if kind is Kind.MOVED else "")
