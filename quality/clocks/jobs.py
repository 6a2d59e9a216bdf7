"""What happens to clocks by itself: the record says "overdue" when a period has run out; a new calendar re-dates."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks import queries
from quality.clocks.models import Clock
from quality.clocks.operations import overdue_details
from quality.clocks.years import (
    Change,
    Redated,
    confirm,
    keep_lines,
    keep_list,
    redate_subject,
    subjects,
    subjects_of,
    what_is_outdated,
)
from quality.core.events import append
from quality.core.workflow import name_of, take
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
    """Count all running clocks anew, once a day: the library or a rule may have changed with a new version.

    One transaction a subject, so that nobody waits for the whole sweep.
    """
    with sessions.begin() as session:
        calendar = queries.calendar(session)
        outdated = what_is_outdated(session, calendar)
        confirm(session, outdated.stay)
        list_id = keep_list(session, [], by=SYSTEM).id if outdated.move else 0
    changes: list[Change] = []
    for key in sorted(subjects_of(outdated.move)):
        with sessions.begin() as session:
            for subject in subjects(session, [key]):
                moved = redate_subject(session, subject, calendar, by=SYSTEM)
                keep_lines(session, list_id, moved)
                changes.extend(moved)
    return Redated(changes, len(outdated.stay))
