"""Where an agency keeps sealed portions, and what was measured there."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes
from quality.core.events import Recorded
from quality.people.models import Person


class StoragePlace(Recorded):
    """A named place where an agency keeps sealed portions. Hand-overs name it `store:` and its code."""

    __tablename__ = "storage_place"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "code"),
        sa.CheckConstraint("least_tenths <= most_tenths", name="range_is_one"),
    )

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(by_bytes(40))
    room: Mapped[str] = mapped_column(sa.String(100))
    shelf: Mapped[str] = mapped_column(sa.String(100), default="")
    least_tenths: Mapped[int | None]  # of a degree Celsius: what the place is kept at
    most_tenths: Mapped[int | None]
    closed_at: Mapped[datetime | None]  # nothing more is put there

    @property
    def hand(self) -> str:
        return f"store:{self.code}"


class StorageReading(Base):
    """What somebody measured in a place, and what they did where it was outside of the place's range."""

    __tablename__ = "storage_reading"
    __table_args__ = (
        sa.CheckConstraint("NOT is_outside OR note <> ''", name="outside_says_what_was_done"),
        sa.Index("ix_storage_reading_of_place", "place_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("storage_place.id"))
    at: Mapped[datetime]
    tenths_celsius: Mapped[int]
    is_outside: Mapped[bool]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    place: Mapped[StoragePlace] = relationship()
    by: Mapped[Person] = relationship()
