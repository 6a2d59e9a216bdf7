"""People, the organisations they work in, and as what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base
from quality.core.events import Recorded
from quality.permissions import Role


class OrganisationKind(StrEnum):
    AGENCY = "agency"
    LABORATORY = "laboratory"
    PLATFORM = "platform"


class Organisation(Recorded):
    """An agency, a laboratory or a platform. `code` stands in the numbers that it gives."""

    __tablename__ = "organisation"
    __table_args__ = (
        sa.CheckConstraint("superior_id IS NULL OR kind = 'agency'", name="only_agencies_have_superiors"),
    )

    kind: Mapped[OrganisationKind]
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    region: Mapped[str | None] = mapped_column(sa.String(12))  # GB/T 2260 code of the administrative division
    superior_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    created_at: Mapped[datetime]

    superior: Mapped[Organisation | None] = relationship(remote_side="Organisation.id")


class Below(Base):
    """The closure of agencies: every agency with each that stands below it, itself included at depth 0."""

    __tablename__ = "below"

    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    below_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True, index=True)
    depth: Mapped[int]


class Person(Recorded):
    """One human being with one account, whatever they work as. Events name the id for ever; the name can be blanked."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column(sa.String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(sa.String(100))
    password: Mapped[str | None] = mapped_column(sa.String(255))  # argon2; None until the invitation is taken up
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)  # changes to sign out everywhere
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str | None] = mapped_column(sa.String(8))
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.id")


class Membership(Base):
    """A person works in an organisation as something. Any number a person; one is worked in at a time."""

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("person_id", "organisation_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    role: Mapped[Role]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()
