"""This room's tests: somebody subscribed, a mail server takes what is sent, and results become public."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.config import Settings
from quality.pages.bulletins import writer
from quality.subscriptions.links import Keys
from quality.subscriptions.models import Rhythm, Subscriber, Tells
from quality.subscriptions.news import SETTLES, note_news
from quality.subscriptions.operations import Asked, ask, confirm
from quality.subscriptions.sending import tell_subscribers
from tests.harness.clock import HeldClock
from tests.harness.offices import Office, opened
from tests.harness.purchases import settings as told_here

READER = "reader@people.example"


@pytest.fixture
def office() -> Iterator[Office]:
    with opened() as office:
        yield office


@dataclass
class Desk:
    """Asks, confirms, and does what the jobs do."""

    session: Session
    settings: Settings
    clock: HeldClock

    @property
    def keys(self) -> Keys:
        return Keys.of(self.settings)

    def ask(
        self, address: str = READER, rhythm: Rhythm = Rhythm.AT_ONCE, tells: Tells = Tells.ALL, **wanted: str
    ) -> Subscriber:
        ask(self.session, self.keys, Asked(address, "en", rhythm, tells, wanted))
        self.session.commit()
        return self.of(address)

    def of(self, address: str = READER) -> Subscriber:
        theirs = sa.select(Subscriber).where(Subscriber.address_index == self.keys.index_of(address))
        return self.session.scalars(theirs).one()

    def subscribed(self, address: str = READER, **asked: Any) -> Subscriber:
        subscriber = self.ask(address, **asked)
        subscriber.confirm_at = None  # the mail that asks is another test's
        confirm(self.session, subscriber, [each.id for each in subscriber.wishes])
        self.session.commit()
        self.clock.advance(minutes=1)
        return subscriber

    def tell(self) -> int:
        """Note what happened, let it settle, and send what is due."""
        self.job(lambda sessions: note_news(sessions, clock.now()))
        self.clock.moment += SETTLES
        return self.send()

    def send(self) -> int:
        return self.job(lambda sessions: tell_subscribers(sessions, self.settings, writer(self.settings.public_url)))

    def job(self, do: Callable[[sessionmaker[Session]], int]) -> int:
        self.session.commit()
        many = do(sessionmaker(self.session.get_bind()))
        self.session.expire_all()
        return many


@pytest.fixture
def desk(session: Session, clock: HeldClock, office: Office) -> Desk:
    told = replace(told_here(), smtp_url=office.url, mail_from="results@mingcha.example")
    return Desk(session, told, clock)
