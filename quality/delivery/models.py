"""What carries a notice to its platform, what came of each try, and the receipts that prove its arrival."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.core.events import Recorded
from quality.notices.models import Notice, Way
from quality.people.models import Organisation

LONGEST_URL = 1000  # characters
KEPT_OF_AN_ANSWER = 2048  # bytes


class Channel(StrEnum):
    PORTAL = "portal"  # a signed-in person of the platform opened it, or a key of theirs fetched it
    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"
    WEBHOOK = "webhook"  # an endpoint whose test a person of the platform confirmed took it
    POST = "post"  # the agency has the postal receipt


class Receipt(Base):
    """One proven receipt. The first of a notice serves it; the later ones are kept as they came."""

    __tablename__ = "receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    channel: Mapped[Channel]
    received_at: Mapped[datetime]
    proof: Mapped[dict[str, Any]]  # ids that lead to the proof: the row of `access`, the event, the delivery
    edition: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))  # of the notice, that they then had


class StopReason(StrEnum):
    BY_PERSON = "by_person"
    GONE = "gone"  # it answered 410


class Endpoint(Recorded):
    """Where a platform's own system takes notices. Its address never changes; another address is another endpoint."""

    __tablename__ = "endpoint"
    __table_args__ = (
        sa.CheckConstraint("(stopped_at IS NULL) = (stopped_why IS NULL)", name="stops_for_a_reason"),
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
        sa.CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_ends"),
    )

    handle: Mapped[str] = mapped_column(sa.String(16), unique=True)  # in addresses; nobody counts others' endpoints
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    url: Mapped[str] = mapped_column(sa.String(LONGEST_URL))
    format: Mapped[int]  # of the bodies; what it was when the endpoint was made, for ever
    secret: Mapped[str] = mapped_column(sa.String(400))  # encrypted; see delivery/secrets.py
    old_secret: Mapped[str | None] = mapped_column(sa.String(400))  # signs too until then
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]  # a person read its test: from now on a 2xx of it is a receipt
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    stopped_at: Mapped[datetime | None]
    stopped_why: Mapped[StopReason | None]
    removed_at: Mapped[datetime | None]

    platform: Mapped[Organisation] = relationship()

    @property
    def is_active(self) -> bool:
        return self.stopped_at is None and self.removed_at is None


class Contact(Base):
    """Where the desk of a platform reads its mail. The platform says so itself."""

    __tablename__ = "contact"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    since_at: Mapped[datetime]  # what happened before is not mailed


class Reach(Base):
    """In which order a platform wants to be reached, and where its post goes. The platform says so itself."""

    __tablename__ = "reach"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    order: Mapped[list[Any]]  # codes: Way, the letter last
    recipient: Mapped[str] = mapped_column(sa.String(100))  # who takes post in; empty: the house
    address: Mapped[str] = mapped_column(sa.String(300))  # empty: not said
    set_at: Mapped[datetime]


class Unfit(StrEnum):
    """Why a way was passed over."""

    NO_ENDPOINT = "no_endpoint"  # none, or none that runs
    TAKEN = "taken"  # an endpoint that nobody confirmed has it: a sign of life, and no more will come of it
    NO_MAILBOX = "no_mailbox"
    NO_MAIL_SERVER = "no_mail_server"  # of this installation


class Fallback(Base):
    """One way that was tried because nothing proved in time that the platform has a notice. Never changed."""

    __tablename__ = "fallback"
    __table_args__ = (sa.UniqueConstraint("notice_id", "asked_in", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"))
    asked_in: Mapped[int]  # in which version of the notice the platform was asked again; 0: the issue
    step: Mapped[int]  # from 1
    way: Mapped[Way]
    passed_over: Mapped[list[Any]]  # [way, why]: Way and Unfit
    at: Mapped[datetime]

    notice: Mapped[Notice] = relationship()


class Medium(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"


class MessageType(StrEnum):
    """As CONTRACT §3 names them."""

    ISSUED = "notice.issued"
    RETURNED = "notice.returned"
    REOPENED = "notice.reopened"
    REMINDER = "notice.reminder"
    CLOSED = "notice.closed"
    SAID = "notice.said"  # the agency asks, answers, decides: by mail only, CONTRACT fixes what webhooks tell
    TEST = "webhook.test"


EVENT = "event:"  # a cause begins so that is an event of the notice's record
FORGED = "forged:"  # and so that of a sample which is rightly refused: a refusal ends it


class Message(Base):
    """What is told of one thing that happened, byte for byte as it is sent. Never changed: a retry sends the same."""

    __tablename__ = "message"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "cause", "medium", "format"),
        sa.CheckConstraint("(type = 'webhook.test') = (notice_id IS NULL)", name="tests_tell_of_no_notice"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(sa.String(40), unique=True)  # the same on every retry
    type: Mapped[MessageType]
    medium: Mapped[Medium]
    format: Mapped[int]
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))  # who is told; an agency, where it rings
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice.id"))
    cause: Mapped[str] = mapped_column(sa.String(40))  # "event:7" of the notice, "clock:55:soon", "test:3", "way:8"
    happened_at: Mapped[datetime]
    made_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str] = mapped_column(sa.String(64))  # of the body

    notice: Mapped[Notice | None] = relationship()

    def set_body(self, body: bytes) -> None:
        self.body, self.sha256 = body, hashlib.sha256(body).hexdigest()


DUE = sa.text("next_try_at IS NOT NULL")
DEAD = sa.text("dead_at IS NOT NULL")


class Delivery(Base):
    """One message on its way to one endpoint or mailbox."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("message_id", "endpoint_id"),
        sa.CheckConstraint("(endpoint_id IS NULL) <> (address IS NULL)", name="goes_to_one_place"),
        sa.CheckConstraint("dead_at IS NULL OR next_try_at IS NULL", name="dead_is_not_tried"),
        partial_index("ix_delivery_due", "endpoint_id", "next_try_at", where=DUE),
        sa.Index("ix_delivery_history", "endpoint_id", "id"),
        partial_index("ix_delivery_dead", "dead_at", where=DEAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id"))
    endpoint_id: Mapped[int | None] = mapped_column(sa.ForeignKey("endpoint.id"))
    address: Mapped[str | None] = mapped_column(sa.String(254))
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # of this round; sent again by a person begins a new one
    next_try_at: Mapped[datetime | None]  # None: delivered, or given up
    claimed_until: Mapped[datetime | None]  # somebody is at it; past this moment they died over it
    delivered_at: Mapped[datetime | None]  # the first 2xx, or accepted by the mail server
    received_at: Mapped[datetime | None]  # the first 2xx of a confirmed endpoint: the notice was received
    dead_at: Mapped[datetime | None]  # all tries are used up: a person was told

    message: Mapped[Message] = relationship()
    endpoint: Mapped[Endpoint | None] = relationship()
    attempts: Mapped[list[DeliveryAttempt]] = relationship(back_populates="delivery", order_by="DeliveryAttempt.id")


class Problem(StrEnum):
    """Why a try came to nothing, where it is not told by the answer's status."""

    TIMEOUT = "timeout"
    NO_ADDRESS = "no_address"  # the name does not resolve
    NOT_PUBLIC = "not_public"  # it resolves to an address that is not on the public network
    NO_CONNECTION = "no_connection"
    TLS = "tls"
    REDIRECT = "redirect"
    BROKEN = "broken"  # not HTTP, or cut off in the middle
    MAIL_REFUSED = "mail_refused"
    NOT_CONFIGURED = "not_configured"


class DeliveryAttempt(Base):
    """One try: when, how long, what came back."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]  # of HTTP, or of SMTP
    problem: Mapped[Problem | None]
    resolved: Mapped[str] = mapped_column(sa.String(64), default="")  # the address that was spoken to
    media_type: Mapped[str] = mapped_column(sa.String(100), default="")
    answer: Mapped[str] = mapped_column(sa.Text, default="")  # its first 2 KiB

    delivery: Mapped[Delivery] = relationship(back_populates="attempts")
