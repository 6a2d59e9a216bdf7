"""A platform with a system of its own that listens, and what a test does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.config import Settings
from quality.delivery import endpoints
from quality.delivery.jobs import tell_lately
from quality.delivery.models import Delivery, Endpoint, Message, MessageType
from quality.delivery.sending import send_due_webhooks
from quality.notices.models import Notice, NoticeStatus
from quality.people.actor import Actor
from tests.harness.beginnings import Concluded
from tests.harness.notices import notice_at
from tests.harness.people import Cast
from tests.harness.receiver import Receiver


@dataclass
class Way:
    """From a finding to a platform's system, in a program that may send to this machine."""

    session: Session
    concluded: Concluded
    settings: Settings
    system: Receiver

    @classmethod
    def begin(cls, session: Session, concluded: Concluded, settings: Settings, system: Receiver) -> Way:
        return cls(session, concluded, replace(settings, webhook_allow_private=True), system)

    @property
    def cast(self) -> Cast:
        return self.concluded.cast

    @property
    def desk(self) -> Actor:
        """The desk of the platform to which the first finding leads."""
        leads_to = self.concluded.bad[0].sample.task.drawn.platform_id
        return self.cast.desk if leads_to == self.cast.platform.id else self.cast.other_desk

    @property
    def stranger(self) -> Actor:
        return self.cast.other_desk if self.desk is self.cast.desk else self.cast.desk

    def added(self, url: str = "", desk: Actor | None = None) -> tuple[Endpoint, str]:
        made = endpoints.add(self.session, self.settings, url or self.system.url, by=desk or self.desk)
        self.session.commit()
        return made

    def confirmed(self) -> tuple[Endpoint, str]:
        """An endpoint whose test a person has confirmed."""
        endpoint, secret = self.added()
        endpoints.send_test(self.session, endpoint, by=self.desk)
        self.send()
        endpoints.confirm(self.session, endpoint, self.system.of("webhook.test")[-1].said["data"]["code"], by=self.desk)
        self.session.commit()
        return endpoint, secret

    def notice(self, status: NoticeStatus = NoticeStatus.ISSUED) -> Notice:
        return notice_at(self.session, self.cast, status, self.concluded.bad[0])

    def told(self) -> Notice:
        """A notice that was issued and is to be told."""
        notice = self.notice()
        self.tell()
        return notice

    def tell(self, job: Callable[[Any, Settings], int] = tell_lately) -> int:
        return self._run(lambda sessions: job(sessions, self.settings))

    def send(self, jitter: float = 0.0, settings: Settings | None = None, **how: Any) -> int:
        told = settings or self.settings
        return self._run(lambda sessions: send_due_webhooks(sessions, told, jitter=lambda: jitter, **how))

    def _run(self, job: Callable[[sessionmaker[Session]], int]) -> int:
        self.session.commit()
        many = job(sessionmaker(self.session.get_bind()))
        self.session.expire_all()
        return many

    def deliveries(self, type: MessageType = MessageType.ISSUED) -> Sequence[Delivery]:
        asked = sa.select(Delivery).join(Delivery.message).where(Message.type == type).order_by(Delivery.id)
        return self.session.scalars(asked).all()
