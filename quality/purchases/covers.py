"""Cover identities (伪装身份): what a buyer appears as, registered once, and chosen instead of typed again.

One is a bundle: the account that buys, and the name, address and telephone that the parcel goes to. Its values are kept
as those of a purchase are (secrets.py): encrypted, bound to their place, found by equality alone. So how often each was
seen follows from the purchases themselves, whoever typed them there.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes
from quality.core.events import Recorded
from quality.people.models import Organisation, Person


class Retiring(StrEnum):
    """Why a cover identity is not used any more."""

    KNOWN = "known"  # a platform or a shop knows whose it is
    LOCKED = "locked"  # its platform has closed the account
    ENDED = "ended"  # the number or the address is given up
    MISTAKE = "mistake"  # it was written down wrongly


class CoverIdentity(Recorded):
    """Named by a number of the agency, since any other name could lead to somebody."""

    __tablename__ = "cover_identity"
    __table_args__ = (sa.CheckConstraint("(retired_at IS NULL) = (retired_why IS NULL)", name="retired_says_why"),)

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    number: Mapped[str] = mapped_column(by_bytes(40), unique=True)
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))  # None: for any
    region: Mapped[str] = mapped_column(sa.String(60), default="")
    buyer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # whose it is; None: any buyer's here
    retired_at: Mapped[datetime | None]
    retired_why: Mapped[Retiring | None]

    platform: Mapped[Organisation | None] = relationship(foreign_keys=[platform_id])
    buyer: Mapped[Person | None] = relationship()


class CoverSecret(Base):
    """One value of a cover identity; see `TaskSecret`."""

    __tablename__ = "cover_secret"
    __table_args__ = (sa.UniqueConstraint("cover_id", "kind"), sa.Index(None, "kind", "blind_index"))

    id: Mapped[int] = mapped_column(primary_key=True)
    cover_id: Mapped[int] = mapped_column(sa.ForeignKey("cover_identity.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))  # account, recipient, address, telephone
    value: Mapped[str] = mapped_column(sa.Text)
    blind_index: Mapped[str] = mapped_column(sa.String(64))
