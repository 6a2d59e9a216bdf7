"""A standard in an agency's library: what it says is an edition, kept for ever once it is written."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes
from quality.core.events import Recorded
from quality.people.models import Organisation, Person


class Severity(StrEnum):
    """How much a failed item weighs. An own order of the agency's, which no verdict depends on."""

    SERIOUS = "serious"
    MAJOR = "major"
    MINOR = "minor"


class Standard(Recorded):
    """A standard (标准) as one agency keeps it: a number, and the edition that says what it asks now."""

    __tablename__ = "standard"
    __table_args__ = (sa.UniqueConstraint("agency_id", "number"),)

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    number: Mapped[str] = mapped_column(by_bytes(60))  # GB 6675.4-2014
    edition: Mapped[int] = mapped_column(default=1)  # the newest

    agency: Mapped[Organisation] = relationship()


class Edition(Base):
    """Everything that a standard says, as somebody wrote it for a reason. The database refuses to change one."""

    __tablename__ = "standard_edition"
    __table_args__ = (
        sa.UniqueConstraint("standard_id", "edition"),
        sa.CheckConstraint("valid_until >= valid_from", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    edition: Mapped[int]  # of this library, from 1
    title: Mapped[str] = mapped_column(sa.String(200))
    published: Mapped[str] = mapped_column(sa.String(100), default="")  # the publisher's own version: 2014, 第1号修改单
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    succeeded_by: Mapped[str] = mapped_column(sa.String(60), default="")  # the number of the standard in its place
    reason: Mapped[str] = mapped_column(sa.String(500))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]

    standard: Mapped[Standard] = relationship()
    author: Mapped[Person] = relationship()
    items: Mapped[list[StandardItem]] = relationship(back_populates="of", order_by="StandardItem.id")

    def is_valid_on(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_until or day)


class StandardItem(Base):
    """A test item (检验项目) of an edition: how it is measured, and how a result is held against its limits."""

    __tablename__ = "standard_item"
    __table_args__ = (sa.UniqueConstraint("edition_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("standard_edition.id"))
    item: Mapped[str] = mapped_column(sa.String(200))
    aliases: Mapped[str] = mapped_column(sa.String(200), default="")  # with ； between
    method: Mapped[str] = mapped_column(sa.String(200), default="")
    unit: Mapped[str] = mapped_column(sa.String(50), default="")
    lod: Mapped[str] = mapped_column(sa.String(50), default="")
    loq: Mapped[str] = mapped_column(sa.String(50), default="")
    severity: Mapped[Severity] = mapped_column(default=Severity.MAJOR)
    rule: Mapped[str] = mapped_column(sa.String(32), default="simple")
    rule_reason: Mapped[str] = mapped_column(sa.String(300), default="")  # why this rule: the provision

    of: Mapped[Edition] = relationship(back_populates="items")
    limits: Mapped[list[StandardLimit]] = relationship(back_populates="of", order_by="StandardLimit.id")


class StandardLimit(Base):
    """A limit (限量) of an item for one product category, with the clause that sets it."""

    __tablename__ = "standard_limit"
    __table_args__ = (sa.UniqueConstraint("item_id", "category"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("standard_item.id"))
    category: Mapped[str] = mapped_column(sa.String(100), default="")  # "": every product
    limit: Mapped[str] = mapped_column(sa.String(200))  # as the standard writes it: standards/limits.py reads it
    clause: Mapped[str] = mapped_column(sa.String(200), default="")

    of: Mapped[StandardItem] = relationship(back_populates="limits")
