"""What happens to clocks by itself: a period that has run out is recorded, and climbs its ladder; a new calendar
re-dates.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks import queries
from quality.clocks.calendar import Calendar
from quality.clocks.ladder import is_overdue, next_rung, overdue_with_ladder
from quality.clocks.models import Clock, ClockRung, Redating
from quality.clocks.operations import overdue_details
from quality.clocks.years import (
    Change,
    Redated,
    confirm,
    keep_lines,
    moved_by,
    open_list,
    redate_subject,
    subjects,
    subjects_of,
    touched_by,
    what_is_outdated,
)
from quality.core import clock as time
from quality.core.events import append
from quality.core.workflow import name_of, record, take
from quality.people.actor import SYSTEM

AT_ONCE = 200


def record_overdue_clocks(sessions: sessionmaker[Session], now: datetime) -> int:
    """Tell the record of each clock that has run out, once, however many processes ask. Returns how many it told of.

    One transaction a clock: what a crash leaves undone is still due at the next tick.
    """
    with sessions() as session:
        due = session.scalars(sa.select(Clock.id).where(has_run_out(now)).order_by(Clock.due_at).limit(AT_ONCE)).all()
    return sum(record_overdue(sessions, clock_id, now) for clock_id in due)


def has_run_out(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        Clock.stopped_at.is_(None),
        Clock.paused_at.is_(None),
        Clock.overdue_recorded_at.is_(None),
        Clock.due_at <= now,
    )


def record_overdue(sessions: sessionmaker[Session], clock_id: int, now: datetime) -> bool:
    """Claim this clock and record it, or return False because it was stopped, re-dated, or another was first.

    The case is taken before the clock is claimed, as every move does it: the other way round, the two could wait for
    each other for ever. So a claim that is lost must undo the taking, and the cheap look before it saves most of them.
    """
    with sessions() as session:
        clock = session.scalars(sa.select(Clock).where(Clock.id == clock_id, has_run_out(now))).one_or_none()
        if clock is None:
            return False
        whole, part = queries.whole_and_part(queries.subject_of(session, clock))
        take(session, whole, None)
        claimed = session.scalars(
            sa.update(Clock)
            .where(Clock.id == clock_id, has_run_out(now))
            .values(overdue_recorded_at=now)
            .returning(Clock.id)
        ).one_or_none()
        if claimed is None:
            session.rollback()
            return False
        append(
            session,
            whole,
            "overdue",
            actor=SYSTEM.signature,
            part=name_of(part) if part else None,
            details=overdue_details(clock),
        )
        session.commit()
        return True


def redate_clocks(sessions: sessionmaker[Session]) -> Redated:
    """Count all running clocks anew, once a day: the library or a rule may have changed with a new version."""
    with sessions.begin() as session:
        outdated = what_is_outdated(session, queries.calendar(session))
        confirm(session, outdated.stay)
        if outdated.move:
            open_list(session, by=SYSTEM)
    return Redated(work_off_lists(sessions).moved, len(outdated.stay))


def work_off_lists(sessions: sessionmaker[Session]) -> Redated:
    """Re-date what the open lists ask for, the oldest first. A list that was left half done goes on where it stood."""
    done = Redated([], 0)
    with sessions() as session:
        waiting = session.scalars(sa.select(Redating.id).where(Redating.finished_at.is_(None)).order_by(Redating.id))
        lists = waiting.all()
    for list_id in lists:
        moved, confirmed = work_off(sessions, list_id)
        done = Redated([*done.moved, *moved], done.confirmed + confirmed)
    return done


def work_off(sessions: sessionmaker[Session], list_id: int) -> Redated:
    """Clocks are read in one query and counted without taking anything. A clock whose last day stays gets its new
    count in one bulk update. For the others each case is taken in a transaction of its own, so that nobody waits for
    the whole sweep, and one event a case lists them before and after.
    """
    with sessions.begin() as session:
        made, calendar = session.get_one(Redating, list_id), queries.calendar(session)
        by, entered = made.by, made.calendar_year
        outdated = what_is_outdated(session, calendar, touched_by(entered.year) if entered else None)
        confirm(session, outdated.stay)
    changes: list[Change] = []
    for key in sorted(subjects_of(outdated.move)):
        with sessions() as session:
            for subject in list(subjects(session, [key])):
                moved = redate_subject(session, subject, calendar, by=by)
                keep_lines(session, list_id, moved)
                session.commit()
                changes.extend(moved)
    finish(sessions, list_id, len(outdated.stay))
    return Redated(changes, len(outdated.stay))


def finish(sessions: sessionmaker[Session], list_id: int, confirmed: int) -> None:
    """Close the list, once, however many processes worked on it."""
    still_open = sa.update(Redating).where(Redating.id == list_id, Redating.finished_at.is_(None))
    with sessions.begin() as session:
        closed = session.scalars(still_open.values(finished_at=time.now()).returning(Redating.id)).one_or_none()
        made = session.get_one(Redating, list_id)
        if closed is not None and made.calendar_year is not None:
            details = {"moved": moved_by(session, list_id), "confirmed": confirmed}
            record(session, made.calendar_year, "redated", by=SYSTEM, details=details)


# --- the ladder ---


def climb_the_ladder(sessions: sessionmaker[Session], now: datetime) -> int:
    """Record every step that overdue deadlines have reached, once each, however many processes ask."""
    with sessions() as session:
        calendar = queries.calendar(session)
        reached = [each for each in overdue_with_ladder(session, now) if next_rung(*each, calendar, now)]
    return sum(climb(sessions, clock.id, calendar, now) for clock, _taken in reached)


def climb(sessions: sessionmaker[Session], clock_id: int, calendar: Calendar, now: datetime) -> int:
    """All steps that this one has reached, each in a transaction of its own. How many they were."""
    steps = 0
    while climb_one(sessions, clock_id, calendar, now):
        steps += 1
    return steps


def climb_one(sessions: sessionmaker[Session], clock_id: int, calendar: Calendar, now: datetime) -> bool:
    """Record the next step, or return False: none has come, the deed was done, or another process was first."""
    with sessions() as session:
        subject = queries.subject_of(session, session.get_one(Clock, clock_id))
        whole, part = queries.whole_and_part(subject)
        take(session, whole, None)
        clock = session.scalars(sa.select(Clock).where(Clock.id == clock_id, is_overdue(now))).one_or_none()
        taken = session.scalar(sa.select(sa.func.max(ClockRung.step)).where(ClockRung.clock_id == clock_id))
        found = next_rung(clock, taken or 0, calendar, now) if clock else None
        if clock is None or found is None:
            session.rollback()
            return False
        rung, at = found
        session.add(ClockRung(clock_id=clock.id, step=rung.step, deed=rung.deed, reached_at=at, recorded_at=now))
        append(
            session,
            whole,
            f"escalate_{rung.deed.value}",
            actor=SYSTEM.signature,
            part=name_of(part) if part else None,
            details={"clock": clock.id, "rule": clock.rule, "step": rung.step, "at": at},
        )
        session.commit()
        return True
