"""What stands out in the reports of a platform is asked about by itself, on the thread of a notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of
from quality.core.clock import BEIJING
from quality.core.errors import Refused
from quality.notices.models import Notice
from quality.notices.operations import ask
from quality.people.actor import SYSTEM
from quality.statistics.models import Inquiry
from quality.statistics.period import Period, period_of
from quality.statistics.queries import history, platforms_of
from quality.statistics.suspicions import Suspicion, suspicions

Worded = Callable[[Suspicion], str]  # the question, in words of people


class Due(NamedTuple):
    """Something that stands out, and is not asked about in this month yet."""

    agency_id: int
    platform_id: int
    found: Suspicion


def ask_about_what_stands_out(sessions: sessionmaker[Session], now: datetime, worded: Worded) -> int:
    """Ask about each sign of each platform, once a month and only where there is a case that no question knew of.

    By the agency whose notices show it, of the year until today, on the notice of the newest case. One transaction a
    question. Returns how many were asked.
    """
    period, _none = period_of(None, None, day_of(now))
    with sessions() as session:
        issued = sa.select(Notice.agency_id).where(
            Notice.issued_at >= period.begins_at, Notice.issued_at < period.ends_at
        )
        agencies = session.scalars(issued.distinct().order_by(Notice.agency_id)).all()
    return sum(ask_of_one_agency(sessions, key, period, now, worded) for key in agencies)


def ask_of_one_agency(
    sessions: sessionmaker[Session], agency_id: int, period: Period, now: datetime, worded: Worded
) -> int:
    with sessions() as session:
        due = what_to_ask(session, agency_id, period, now)
    return sum(ask_one(sessions, each, now, worded) for each in due)


def what_to_ask(session: Session, agency_id: int, period: Period, now: datetime) -> list[Due]:
    own = sa.select(Notice).where(Notice.agency_id == agency_id, Notice.issued_at.is_not(None))
    told = history(session, own, period).told
    counted = {house.id for house in platforms_of(session, list(told))}
    last = last_asked(session, agency_id)
    due = []
    for platform_id, notices in told.items():
        for found in suspicions(notices) if platform_id in counted else ():
            asked_at = last.get((platform_id, found.sign.value))
            is_new = asked_at is None or any(case.known_at > asked_at for case in found.cases)
            if found.is_raised and is_new and (asked_at is None or month_of(asked_at) != month_of(now)):
                due.append(Due(agency_id, platform_id, found))
    return due


def last_asked(session: Session, agency_id: int) -> dict[tuple[int, str], datetime]:
    asked = sa.select(Inquiry.platform_id, Inquiry.sign, sa.func.max(Inquiry.asked_at))
    found = asked.where(Inquiry.agency_id == agency_id).group_by(Inquiry.platform_id, Inquiry.sign)
    return {(platform, sign): at for platform, sign, at in session.execute(found)}


def ask_one(sessions: sessionmaker[Session], due: Due, now: datetime, worded: Worded) -> bool:
    """False where another process asked first, or the notice was withdrawn meanwhile."""
    newest = max(due.found.cases, key=lambda case: (case.known_at, case.notice.id))
    try:
        with sessions.begin() as session:
            entry = ask(session, session.get_one(Notice, newest.notice.id), worded(due.found), by=SYSTEM)
            session.add(
                Inquiry(
                    agency_id=due.agency_id,
                    platform_id=due.platform_id,
                    sign=due.found.sign.value,
                    month=month_of(now),
                    cases=len(due.found.cases),
                    entry_id=entry.id,
                    asked_at=entry.at,
                )
            )
    except (IntegrityError, Refused):
        return False
    return True


def month_of(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m}"
