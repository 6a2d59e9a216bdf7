"""What the passing of time and the second laboratory bring about: silence accepts, and reports arrive."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks import operations as clocks
from quality.clocks.models import Clock
from quality.core.errors import Refused
from quality.core.workflow import perform
from quality.objections.models import Objection, Telling, TellingStatus
from quality.objections.operations import follow_the_backup, waive
from quality.objections.workflow import ACCEPT, ADMITTED, IN_REINSPECTION
from quality.people.actor import SYSTEM

AT_ONCE = 200


def accept_what_was_not_objected_to(sessions: sessionmaker[Session], now: datetime) -> int:
    """Who was told and said nothing within the period has accepted the result (DOMAIN §2.8). How many did."""
    over = (
        sa.select(Telling.id, Clock.due_at)
        .join(Clock, sa.and_(Clock.subject_type == Telling.__tablename__, Clock.subject_id == Telling.id))
        .where(Telling.status == TellingStatus.TOLD, Clock.rule == "objection")
        .where(Clock.stopped_at.is_(None), Clock.paused_at.is_(None), Clock.due_at <= now)
        .order_by(Clock.due_at)
        .limit(AT_ONCE)
    )
    with sessions() as session:
        due = session.execute(over).all()
    accepted = 0
    for key, due_at in due:
        try:
            with sessions.begin() as session:
                telling = session.get_one(Telling, key)
                perform(session, telling, ACCEPT, by=SYSTEM)
                clocks.stop(session, telling, "objection", due_at, by=SYSTEM, outcome="accepted")
            accepted += 1
        except Refused:  # they objected, or another worker was first
            continue
    return accepted


def waive_what_was_not_seen_to(sessions: sessionmaker[Session], now: datetime) -> int:
    """Whose time for the formalities of a re-inspection ran out has waived it. How many did."""
    over = (
        sa.select(Objection.id)
        .join(Clock, sa.and_(Clock.subject_type == Objection.__tablename__, Clock.subject_id == Objection.id))
        .where(Objection.status == ADMITTED, Clock.rule == "reinspection_formalities")
        .where(Clock.stopped_at.is_(None), Clock.paused_at.is_(None), Clock.due_at <= now)
        .order_by(Clock.due_at)
        .limit(AT_ONCE)
    )
    with sessions() as session:
        due = session.scalars(over).all()
    waived = 0
    for key in due:
        with suppress(Refused), sessions.begin() as session:
            waive(session, session.get_one(Objection, key), by=SYSTEM)
            waived += 1
    return waived


def follow_reinspections(sessions: sessionmaker[Session], now: datetime) -> None:
    """Look at what came of every backup portion that is under way."""
    with sessions() as session:
        under_way = session.scalars(sa.select(Objection.id).where(Objection.status == IN_REINSPECTION)).all()
    for key in under_way:
        try:
            with sessions.begin() as session:
                follow_the_backup(session, session.get_one(Objection, key), by=SYSTEM)
        except Refused:  # someone moved it meanwhile; the next round sees what is true then
            continue
