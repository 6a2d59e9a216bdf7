"""What is held of each file, by whom, and which case refers to it. The bytes lie in the vault, under their sha256."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base


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
    PLATFORM_PROOF = "platform_proof"  # the platform's own, beside its claim
    LOOK = "look"  # what the regulator saw for itself
    OBJECTION = "objection"
    OTHER = "other"


LEADS_TO_THE_BUYER = frozenset({EvidenceKind.ORDER, EvidenceKind.PAYMENT, EvidenceKind.PARCEL})


class Holding(Base):
    """One organisation holds one file. Another that sends the same bytes gets a holding of its own."""

    __tablename__ = "holding"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    kind: Mapped[EvidenceKind]
    media_type: Mapped[str] = mapped_column(sa.String(100))  # read from the bytes, not from what the sender says
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    taken_at: Mapped[datetime | None]  # EXIF, read as Asia/Shanghai
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


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
