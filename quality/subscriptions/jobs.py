"""What is forgotten by itself: who never said that they meant it, and what everybody was told."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.subscriptions.links import LASTS
from quality.subscriptions.models import Subscriber, Wish
from quality.subscriptions.news import forget_old_news

ENDED = timedelta(days=3 * 366)  # as long as a result may stand in public: what was told may be corrected until then


def forget_unconfirmed(sessions: sessionmaker[Session], now: datetime) -> int:
    """Addresses that were asked for and not confirmed in time are gone, and wishes likewise; returns how many."""
    late = now - LASTS
    never = Subscriber.confirmed_at.is_(None), Subscriber.asked_at <= late
    unmeant = Wish.since_at.is_(None), Wish.asked_at <= late
    with sessions() as session:
        found = [sa.select(Subscriber.id).where(*never).limit(1), sa.select(Wish.id).where(*unmeant).limit(1)]
        if all(session.scalars(each).first() is None for each in found):
            return 0
    with sessions.begin() as session:
        gone = session.scalars(sa.delete(Subscriber).where(*never).returning(Subscriber.id)).all()
        dropped = session.scalars(sa.delete(Wish).where(*unmeant).returning(Wish.id)).all()
        return len(gone) + len(dropped)


def forget_old(sessions: sessionmaker[Session], now: datetime) -> None:
    """News that everybody was told, and wishes that ended long ago."""
    with sessions.begin() as session:
        forget_old_news(session, now)
        session.execute(sa.delete(Wish).where(Wish.ended_at <= now - ENDED))
