"""What is held of each file, by whom, and which case refers to it. The bytes lie in the vault, under their sha256."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.core.events import Recorded
from quality.evidence.clamd import Outcome
from quality.evidence.said import Source
from quality.people.models import Organisation

IN_VAULT = {"vault": "kept"}  # of a column: its sha256 names bytes in the vault, which stay as long as a row says so
APART = {"vault": "apart"}  # the same, of what lies in quarantine


class EvidenceKind(StrEnum):
    SELLER = "seller"  # who sells: licence page, shop name
    PRODUCT_PAGE = "product_page"
    ORDER = "order"  # with `payment` and `parcel`: what leads a platform to the buyer. Never leaves the agency
    PAYMENT = "payment"
    PARCEL = "parcel"
    PACKAGING = "packaging"
    MARKS = "marks"
    OPENING = "opening"
    SEAL_TEST = "seal_test"
    SEAL_BACKUP = "seal_backup"
    HAND_OVER = "hand_over"
    LAB_RECEIPT = "lab_receipt"
    LAB_REPORT = "lab_report"
    SUSPICION = "suspicion"  # what a laboratory saw before it tested: a false mark, no licence
    CERTIFICATE = "certificate"  # of a laboratory, as it was issued
    PLATFORM_PROOF = "platform_proof"  # the platform's own, beside its claim
    LOOK = "look"  # what the regulator saw for itself
    CAPTURE = "capture"  # what a program of the regulator met there; nobody's look yet
    OBJECTION = "objection"
    CORRECTION = "correction"  # what a party sent of what it corrected
    RECEIPT = "receipt"  # that a party has a result: the postal one
    EXPENSE = "expense"  # what a buyer laid out: a receipt has names, places and moments on it
    MESSAGE = "message"  # what either side of a notice sends along with what it says
    REDACTED = "redacted"  # a copy in which a person blacked out what leads to the buyer
    OTHER = "other"


LEADS_TO_THE_BUYER = frozenset({EvidenceKind.ORDER, EvidenceKind.PAYMENT, EvidenceKind.PARCEL, EvidenceKind.EXPENSE})


class Holding(Base):
    """One organisation holds one file. Another that sends the same bytes gets a holding of its own."""

    __tablename__ = "holding"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "sha256"),
        sa.Index(None, "sent_at"),
        sa.Index(None, "listed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, info=IN_VAULT)
    kind: Mapped[EvidenceKind]
    media_type: Mapped[str] = mapped_column(sa.String(100))  # read from the bytes, not from what the sender says
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    taken_at: Mapped[datetime | None]  # EXIF, read as Asia/Shanghai
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    listed_at: Mapped[datetime | None]  # since when it stands among those that no case refers to


class Arrival(Base):
    """How a holding came from one sender: what was said of it, and what was read in it before anything was changed.

    Written once. Of the same sender, who sends the same bytes again, the first arrival stays as it was.
    """

    __tablename__ = "arrival"
    __table_args__ = (
        sa.UniqueConstraint("holding_id", "sent_by_id"),
        partial_index("uq_arrival_program", "holding_id", where=sa.text("sent_by_id IS NULL"), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    holding_id: Mapped[int] = mapped_column(sa.ForeignKey("holding.id", ondelete="CASCADE"))
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: a program of the organisation
    at: Mapped[datetime]  # by the server's clock
    said_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    said_taken_at: Mapped[datetime | None]
    phone_now: Mapped[datetime | None]
    zone_minutes: Mapped[int | None]  # east of Greenwich
    source: Mapped[Source | None]
    found: Mapped[dict[str, Any]]  # `traits.py` says what


class Scan(Base):
    """What a virus scanner said of these bytes last, whoever holds them; or that it was away."""

    __tablename__ = "scan"
    __table_args__ = (partial_index("ix_scan_waits", "asked_at", where=sa.text("outcome = 'waiting'")),)

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    outcome: Mapped[Outcome]
    name: Mapped[str] = mapped_column(sa.String(200))  # of what was found
    asked_at: Mapped[datetime]
    scanned_at: Mapped[datetime | None]  # None: it waits


class CopyKind(StrEnum):
    READABLE = "readable"  # in full, but for where and by which device it was taken
    THUMBNAIL = "thumbnail"


class Derived(Base):
    """A copy of a picture for looking at, beside the original in the vault. It is the same whoever holds the original.

    Without a sha256: none can be made.
    """

    __tablename__ = "derived"
    __table_args__ = (sa.UniqueConstraint("original", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    original: Mapped[str] = mapped_column(sa.String(64))  # sha256
    kind: Mapped[CopyKind]
    sha256: Mapped[str | None] = mapped_column(sa.String(64), index=True, info=IN_VAULT)
    media_type: Mapped[str] = mapped_column(sa.String(100))
    bytes: Mapped[int]
    width: Mapped[int]  # pixels
    height: Mapped[int]
    made_at: Mapped[datetime]


class PictureHash(Base):
    """By what a held picture is known again (perceptual.py), upright and turned; None: there is nothing on it.

    The four pieces of the upright one stand in columns of their own, each the begin of an index that holds all that a
    search reads: it goes through no other row.
    """

    __tablename__ = "picture_hash"
    __table_args__ = (
        *(
            sa.Index(f"ix_picture_hash_piece_{place}", f"piece_{place}", "organisation_id", "upright", "holding_id")
            for place in range(1, 5)
        ),
        partial_index("ix_picture_hash_waits", "holding_id", where=sa.text("compared_at IS NULL")),
    )

    holding_id: Mapped[int] = mapped_column(sa.ForeignKey("holding.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id")
    )  # the holding's: whose it is alike to
    upright: Mapped[int | None] = mapped_column(sa.BigInteger)
    right: Mapped[int | None] = mapped_column(sa.BigInteger)
    over: Mapped[int | None] = mapped_column(sa.BigInteger)
    left: Mapped[int | None] = mapped_column(sa.BigInteger)
    piece_1: Mapped[int | None]
    piece_2: Mapped[int | None]
    piece_3: Mapped[int | None]
    piece_4: Mapped[int | None]
    compared_at: Mapped[datetime | None]  # None: not yet laid beside all others


class Resemblance(Base):
    """Two pictures of one organisation that look alike. What that means is for a person to say."""

    __tablename__ = "resemblance"
    __table_args__ = (sa.CheckConstraint("one_id < other_id", name="each_pair_once"),)

    one_id: Mapped[int] = mapped_column(sa.ForeignKey("holding.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("holding.id", ondelete="CASCADE"), primary_key=True, index=True)
    bits: Mapped[int]  # of 64 that differ
    is_turned: Mapped[bool]  # one of them, by a quarter or more


class Verdict(StrEnum):
    RELEASED = "released"  # it is what it should be: a holding like any other
    CONFIRMED = "confirmed"  # it stays apart, and no way leads to it


class Quarantine(Recorded):
    """A file that a check condemned, kept apart until a person has looked. Its row outlives the bytes."""

    __tablename__ = "quarantine"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "sha256"),
        sa.Index(None, "verdict", "id"),
        sa.CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="decided"),
    )

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, info=APART)
    kind: Mapped[EvidenceKind]
    media_type: Mapped[str] = mapped_column(sa.String(100))
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    doubt: Mapped[str] = mapped_column(sa.String(32))  # a code of checks.py
    signature: Mapped[str | None] = mapped_column(sa.String(200))  # what a virus scanner calls what it found
    found_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    verdict: Mapped[Verdict | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    organisation: Mapped[Organisation] = relationship()


class Discarded(Base):
    """Bytes that a row let go: a job removes them, if no other row names them by then."""

    __tablename__ = "discarded"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime]


class Exhibit(Base):
    """A case refers to a file, as proof of one thing. `part` says of what in the case: `notice_item:4`."""

    __tablename__ = "exhibit"
    __table_args__ = (
        sa.UniqueConstraint("subject_type", "subject_id", "part", "holding_id", "kind"),
        sa.Index(None, "subject_type", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int]
    part: Mapped[str] = mapped_column(sa.String(64), default="")
    holding_id: Mapped[int] = mapped_column(sa.ForeignKey("holding.id"), index=True)
    kind: Mapped[EvidenceKind]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    holding: Mapped[Holding] = relationship()
