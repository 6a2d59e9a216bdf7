"""Evidence capsules that were asked for, and the keys that signed them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.core.events import Recorded
from quality.evidence.models import IN_VAULT
from quality.people.models import Organisation
from quality.purchases.models import Sample


class Variant(StrEnum):
    WHOLE = "whole"  # for the agency and a court: everything
    OPEN = "open"  # to give away: what leads to the buyer is left out, and its hash stays


class Stamping(StrEnum):
    NONE = "none"  # no authority was configured
    AWAITED = "awaited"  # it did not answer; a job asks again
    THERE = "there"


WAITING, STAMPLESS = sa.text("sha256 IS NULL"), sa.text("stamping = 'awaited'")


class Capsule(Recorded):
    """One capsule of one sample, as somebody asked for it. Made by a job; its bytes are the vault's."""

    __tablename__ = "capsule"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "edition"),
        partial_index("ix_capsule_waiting", "next_try_at", where=WAITING),
        partial_index("ix_capsule_stampless", "next_try_at", where=STAMPLESS),
        sa.Index(None, "sha256"),
        sa.CheckConstraint("(sha256 IS NULL) = (made_at IS NULL)", name="made_has_hash"),
        sa.CheckConstraint("sha256 IS NULL OR signed_with IS NOT NULL", name="made_is_signed"),
    )

    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("sample.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    variant: Mapped[Variant]
    edition: Mapped[int]  # of the sample, from 1
    state: Mapped[str] = mapped_column(
        sa.String(64)
    )  # sha256 over the heads of all that was in it when it was asked for
    why: Mapped[str] = mapped_column(sa.String(500))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    next_try_at: Mapped[datetime]  # until then somebody makes it, or it waits after a failure
    tries: Mapped[int] = mapped_column(default=0)
    files: Mapped[int | None]  # how many it will hold, once that is known
    done: Mapped[int] = mapped_column(default=0)  # of them
    problem: Mapped[str] = mapped_column(sa.String(300), default="")  # why the last try came to nothing: a code
    sha256: Mapped[str | None] = mapped_column(sa.String(64), info=IN_VAULT)  # of the ZIP
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_at: Mapped[datetime | None]
    signed_with: Mapped[str | None] = mapped_column(sa.String(64))  # fingerprint of the key
    stamping: Mapped[Stamping] = mapped_column(default=Stamping.NONE)
    stamped_at: Mapped[datetime | None]  # as the authority says

    sample: Mapped[Sample] = relationship()
    agency: Mapped[Organisation] = relationship()

    @property
    def number(self) -> str:
        return f"{self.sample.number}-{self.edition}"


class CapsuleKey(Base):
    """The public half of a key that signed capsules of an agency, with the days on which it did: kept for ever."""

    __tablename__ = "capsule_key"
    __table_args__ = (sa.UniqueConstraint("agency_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))  # sha256 of the 32 bytes, hex
    key: Mapped[str] = mapped_column(sa.String(64))  # base64
    is_own: Mapped[bool]  # the agency's; else the installation's, that of the record
    first_used_at: Mapped[datetime]
    last_used_at: Mapped[datetime]

    agency: Mapped[Organisation] = relationship()
