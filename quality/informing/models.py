"""To whom it was said that a sample was taken, and each try to reach somebody that a person made."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.objections.models import Letter, Party
from quality.people.models import Organisation
from quality.purchases.models import Sample

LONGEST_NOTE = 500  # characters
LONGEST_RECEIPT = 100
TO_BE_CALLED = sa.text("call_at IS NOT NULL")
DUE = sa.text("next_try_at IS NOT NULL")


class Proof(StrEnum):
    """By what it is known that somebody has the notice."""

    ACKNOWLEDGED = "acknowledged"  # by the platform, on its pages or by its key
    OPENED = "opened"  # by a signed-in person or key of the platform
    LINK = "link"  # somebody pressed "I have received it" on the page that the seller's link opens
    POST = "post"
    HAND = "hand"
    TELEPHONE = "telephone"


class Way(StrEnum):
    """How a person tried to reach them."""

    POST = "post"
    HAND = "hand"
    TELEPHONE = "telephone"


class Outcome(StrEnum):
    DELIVERED = "delivered"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # they would not take it


class Call(StrEnum):
    """Why a platform's desk is called by mail to what it was told. A mail proves nothing."""

    TOLD = "told"
    REMINDER = "reminder"
    LAST_REMINDER = "last_reminder"


class SampleNotice(Base):
    """One party was told of one sample. What it says is its document's: `code` is the one that stands on it.

    A seller has no account and gets a link, of which only the hash is kept; the last one sent is the one that opens.
    """

    __tablename__ = "sample_notice"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "party"),
        sa.CheckConstraint("(party = 'platform') = (platform_id IS NOT NULL)", name="platform_is_named"),
        sa.CheckConstraint("(party = 'platform') = (token_sha256 IS NULL)", name="seller_has_a_link"),
        sa.CheckConstraint("(token_sha256 IS NULL) = (expires_at IS NULL)", name="links_expire"),
        sa.CheckConstraint("(received_at IS NULL) = (proof IS NULL)", name="receipt_is_proven"),
        sa.Index("ix_sample_notice_platform", "platform_id", "id"),
        sa.Index("ix_sample_notice_list", "agency_id", "received_at", "id"),
        partial_index("ix_sample_notice_call", "platform_id", "call_at", where=TO_BE_CALLED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    party: Mapped[Party]
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))  # who reads it; no seller's
    addressee: Mapped[str] = mapped_column(sa.String(300))
    product: Mapped[str] = mapped_column(sa.String(300))  # as the paper says it: nothing in it leads to a buyer
    code: Mapped[str] = mapped_column(by_bytes(20))
    sent_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    links: Mapped[int] = mapped_column(default=0)  # that were sent to a seller, one after the other
    link_sent_at: Mapped[datetime | None]
    token_sha256: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    proof: Mapped[Proof | None]
    receipt_no: Mapped[str] = mapped_column(sa.String(LONGEST_RECEIPT), default="")
    # of `Call`, how many are behind it, and when the next is due; None: none, or it has been received
    calls: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    call_at: Mapped[datetime | None]

    sample: Mapped[Sample] = relationship()
    agency: Mapped[Organisation] = relationship(foreign_keys=[agency_id])
    platform: Mapped[Organisation | None] = relationship(foreign_keys=[platform_id])


class ReachTry(Base):
    """One try of a person to reach who is told of a sample, or who was sent a letter. Added, never changed."""

    __tablename__ = "reach_try"
    __table_args__ = (
        sa.CheckConstraint("(sample_notice_id IS NULL) <> (letter_id IS NULL)", name="is_about_one"),
        sa.CheckConstraint("letter_id IS NULL OR outcome <> 'delivered'", name="letters_have_receipts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sample_notice.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter.id"), index=True)
    way: Mapped[Way]
    outcome: Mapped[Outcome]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(sa.String(LONGEST_NOTE), default="")
    noted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    noted_at: Mapped[datetime]

    notice: Mapped[SampleNotice | None] = relationship()
    letter: Mapped[Letter | None] = relationship()


class SampleMail(Base):
    """One mail to a platform's desk about all that it is called to at that time, byte for byte as it is sent.

    It is no message of delivery: such a one is of a notice, and CONTRACT fixes what those tell.
    """

    __tablename__ = "sample_mail"
    __table_args__ = (
        sa.CheckConstraint("delivered_at IS NULL OR next_try_at IS NULL", name="delivered_is_not_tried"),
        sa.CheckConstraint("dead_at IS NULL OR next_try_at IS NULL", name="dead_is_not_tried"),
        sa.Index("ix_sample_mail_made", "platform_id", "made_at"),
        partial_index("ix_sample_mail_due", "next_try_at", where=DUE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    message_id: Mapped[str] = mapped_column(sa.String(40), unique=True)  # the same on every try
    address: Mapped[str] = mapped_column(sa.String(254))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    made_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]  # None: taken by the mail server, or given up
    claimed_until: Mapped[datetime | None]  # somebody is at it; past this moment they died over it
    delivered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]


class SampleMailLine(Base):
    """To which notice a mail called, and for the how manieth time. Never twice for the same."""

    __tablename__ = "sample_mail_line"
    __table_args__ = (sa.UniqueConstraint("notice_id", "call"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_mail.id"), index=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_notice.id"))
    call: Mapped[Call]

    mail: Mapped[SampleMail] = relationship()
