"""Subscribers, what each of them wants to be told, and what there is to tell.

Nothing of it is in the record, which never forgets: a subscription that ends is gone whole.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index

TOLD = sa.text("look_at IS NOT NULL")
ASKED = sa.text("confirm_at IS NOT NULL")
UNCONFIRMED = sa.text("confirmed_at IS NULL")


class Rhythm(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Tells(StrEnum):
    ALL = "all"
    RESULTS = "results"
    ANNOUNCEMENTS = "announcements"


class Subscriber(Base):
    """One mailbox. Its address can be read by who sends to it, and by nobody who looks into the table."""

    __tablename__ = "subscriber"
    __table_args__ = (
        sa.CheckConstraint("confirmed_at IS NOT NULL OR look_at IS NULL", name="told_once_confirmed"),
        partial_index("ix_subscriber_told_to", "told_to", "look_at", where=TOLD),
        partial_index("ix_subscriber_confirm_at", "confirm_at", where=ASKED),
        partial_index("ix_subscriber_unconfirmed", "asked_at", where=UNCONFIRMED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(by_bytes(32), unique=True)  # bound into what is encrypted
    address: Mapped[str] = mapped_column(sa.String(1000))  # encrypted
    address_index: Mapped[str] = mapped_column(sa.String(64), unique=True)  # blind
    link: Mapped[str] = mapped_column(sa.String(400))  # encrypted: every mail carries it
    link_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    rhythm: Mapped[Rhythm]
    asked_at: Mapped[datetime]  # when somebody last asked for mail to this address
    confirmed_at: Mapped[datetime | None]

    confirm_at: Mapped[datetime | None]  # a mail that asks whether they meant it is due
    confirm_tries: Mapped[int] = mapped_column(default=0)
    confirm_sent_at: Mapped[datetime | None]

    look_at: Mapped[datetime | None]  # when there may be something to tell
    told_to: Mapped[int] = mapped_column(default=0)  # id of the news up to which they were told
    telling_to: Mapped[int | None]  # and up to which the mail that is under way tells
    tries: Mapped[int] = mapped_column(default=0)  # of that mail
    refusals: Mapped[int] = mapped_column(default=0)  # of the mailbox, since it last took one
    claimed_until: Mapped[datetime | None]  # somebody is at it; past this moment they died over it

    wishes: Mapped[list[Wish]] = relationship(
        back_populates="subscriber", order_by="Wish.id", cascade="all, delete-orphan", passive_deletes=True
    )


class Wish(Base):
    """What a subscriber wants to be told: as the filters of the public list, each empty or a value of it.

    One that ended is kept while corrections may come of what was told by it.
    """

    __tablename__ = "wish"
    __table_args__ = (sa.Index(None, "subscriber_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(sa.ForeignKey("subscriber.id", ondelete="CASCADE"))
    tells: Mapped[Tells]
    q: Mapped[str] = mapped_column(sa.String(100), default="")  # as it was typed
    platform: Mapped[str] = mapped_column(sa.String(100), default="")
    category: Mapped[str] = mapped_column(sa.String(100), default="")
    region: Mapped[str] = mapped_column(sa.String(100), default="")
    verdict: Mapped[str] = mapped_column(sa.String(100), default="")
    campaign: Mapped[str] = mapped_column(sa.String(100), default="")
    producer: Mapped[str] = mapped_column(sa.String(100), default="")
    asked_at: Mapped[datetime]
    since_at: Mapped[datetime | None]  # confirmed: of what happened before, nothing is told
    ended_at: Mapped[datetime | None]

    subscriber: Mapped[Subscriber] = relationship(back_populates="wishes")


class NewsKind(StrEnum):
    APPEARED = "appeared"  # published: its first edition, or a correction
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ANNOUNCED = "announced"  # a campaign


class PublicNews(Base):
    """One thing that happened in public while somebody was subscribed, in the order in which it is told."""

    __tablename__ = "public_news"
    __table_args__ = (sa.CheckConstraint("(result_id IS NULL) <> (campaign_id IS NULL)", name="of_one_thing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(unique=True)  # of the record
    kind: Mapped[NewsKind]
    result_id: Mapped[int | None] = mapped_column(sa.ForeignKey("result.id"))
    campaign_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign.id"))
    at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(index=True)


class NewsMark(Base):
    """How far the record was read for news: one row, which is locked while somebody notes."""

    __tablename__ = "public_news_mark"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int]
