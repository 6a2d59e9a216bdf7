"""Telephones that may send, what is arriving from them or from a program, and what became of each sealed piece."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base
from quality.core.events import Recorded
from quality.evidence.models import IN_VAULT
from quality.people.models import Membership
from quality.purchases.models import Portion, Side


class Phone(Recorded):
    """A browser on a telephone that sends pieces for one membership, also when nobody is signed in on it."""

    __tablename__ = "phone"

    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))  # "Chrome, Android"
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # sha256 of 256 random bits
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]  # to some minutes

    membership: Mapped[Membership] = relationship()


class PieceState(StrEnum):
    ON_ITS_WAY = "on_its_way"
    SAFE = "safe"
    REFUSED = "refused"


class Piece(Base):
    """One thing done on a telephone: a file of evidence, a step of a purchase, a side of a hand-over. Done once, ever.

    `uuid` is the telephone's own. What was typed in a refused one is kept encrypted; the envelope stays in the vault.
    """

    __tablename__ = "piece"
    __table_args__ = (
        sa.UniqueConstraint("phone_id", "uuid"),
        sa.Index("ix_piece_standing", "membership_id", "state", "id"),
        sa.Index("ix_piece_agency", "agency_id", "state", "id"),
        sa.CheckConstraint("state <> 'refused' OR reason_code IS NOT NULL", name="refused_says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_id: Mapped[int] = mapped_column(sa.ForeignKey("phone.id"))
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    uuid: Mapped[str] = mapped_column(sa.String(36))
    state: Mapped[PieceState] = mapped_column(default=PieceState.ON_ITS_WAY)
    begun_at: Mapped[datetime]
    whole_at: Mapped[datetime | None]  # since when all its bytes are here
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)  # of a job: it waits, or its process died
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]  # the server's moment
    said_at: Mapped[datetime | None]  # the telephone's moment of the same
    does: Mapped[str | None] = mapped_column(sa.String(16))
    about: Mapped[str | None] = mapped_column(sa.String(40))  # number of the task or sample
    name: Mapped[str | None] = mapped_column(sa.String(32))  # of the move, or the kind of evidence
    reason_code: Mapped[str | None] = mapped_column(sa.String(64))
    reason: Mapped[dict[str, Any] | None]  # in each language
    problems: Mapped[list[Any] | None]  # field and what is wrong with it, in each language
    typed: Mapped[str | None] = mapped_column(sa.Text)  # encrypted
    sealed: Mapped[str | None] = mapped_column(sa.String(64), index=True, info=IN_VAULT)  # the envelope as it came
    settled_at: Mapped[datetime | None]  # of a refused one: mended on a page, or put aside
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    phone: Mapped[Phone] = relationship()


class Upload(Base):
    """A file on its way by tus 1.0. `came` is claimed by compare-and-set, so that any web process goes on with it."""

    __tablename__ = "upload"
    __table_args__ = (
        sa.CheckConstraint("came >= 0 AND came <= length", name="no_more_than_all"),
        sa.Index(None, "membership_id", "whole_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(32), unique=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"))
    phone_id: Mapped[int | None] = mapped_column(sa.ForeignKey("phone.id"))
    piece_id: Mapped[int | None] = mapped_column(sa.ForeignKey("piece.id"), unique=True)
    kind: Mapped[str | None] = mapped_column(sa.String(32))  # of evidence, where it is a plain file
    filename: Mapped[str] = mapped_column(sa.String(200), default="")
    said_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    length: Mapped[int] = mapped_column(sa.BigInteger)
    came: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    whole_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)  # of a job, where who took it in died
    sha256: Mapped[str | None] = mapped_column(sa.String(64))  # of the holding that it became
    problems: Mapped[list[Any] | None]  # why it was not taken in

    piece: Mapped[Piece | None] = relationship()


class UploadPart(Base):
    """Some of its bytes, kept and synced under a name of their own before this row was written."""

    __tablename__ = "upload_part"
    __table_args__ = (sa.UniqueConstraint("upload_id", "begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(sa.ForeignKey("upload.id", ondelete="CASCADE"))
    begins: Mapped[int] = mapped_column(sa.BigInteger)
    bytes: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(100))


class Meeting(Base):
    """A hand-over in the street: the giver shows a code, the taker reads it; each sends their side when they can."""

    __tablename__ = "meeting"
    __table_args__ = (sa.UniqueConstraint("agency_id", "code"), sa.Index(None, "agency_id", "hand_over_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(sa.String(16))  # field/codes.py
    hand_over_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hand_over.id"))  # once both sides are here
    trouble: Mapped[dict[str, Any] | None]  # why two sides make no hand-over, in each language
    set_aside_at: Mapped[datetime | None]
    set_aside_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    sides: Mapped[list[MeetingSide]] = relationship(back_populates="meeting", order_by="MeetingSide.id")


class MeetingSide(Base):
    """What one of the two said and read, by their own telephone."""

    __tablename__ = "meeting_side"
    __table_args__ = (sa.UniqueConstraint("meeting_id", "side"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"))
    side: Mapped[Side]
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"))
    via: Mapped[str] = mapped_column(sa.String(32))  # "phone:3"; empty on a page
    portion_id: Mapped[int | None] = mapped_column(sa.ForeignKey("portion.id"), index=True)  # the giver knows which
    seal_no: Mapped[str] = mapped_column(sa.String(40))  # as they read it
    seal_intact: Mapped[bool]
    place: Mapped[str] = mapped_column(sa.String(200))
    condition: Mapped[str] = mapped_column(sa.String(300))
    tenths_celsius: Mapped[int | None]
    no_photo: Mapped[str] = mapped_column(sa.String(300))
    photos: Mapped[list[Any]]  # sha256
    said_at: Mapped[datetime]  # by the telephone's clock
    came_at: Mapped[datetime]

    meeting: Mapped[Meeting] = relationship(back_populates="sides")
    membership: Mapped[Membership] = relationship()
    portion: Mapped[Portion | None] = relationship()
