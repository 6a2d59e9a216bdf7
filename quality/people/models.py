"""People, the organisations they work in, and as what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base
from quality.core.events import Recorded
from quality.permissions import Role


class OrganisationKind(StrEnum):
    AGENCY = "agency"
    LABORATORY = "laboratory"
    PLATFORM = "platform"
    SANDBOX = "sandbox"  # a platform's twin, in which its system is tried (conformance/); no case ever meets it


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
    is_program: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # what its programs act as
    language: Mapped[str | None] = mapped_column(sa.String(8))
    theme: Mapped[str | None] = mapped_column(sa.String(8))  # light or dark; None: as the device
    blanked_at: Mapped[datetime | None]  # name and address are gone for ever
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


class Authenticator(Base):
    """The app on a person's telephone that shows a new code every 30 seconds. Counts once a code of it was entered."""

    __tablename__ = "authenticator"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(sa.String(200))  # encrypted; see people/second_step.py
    last_counter: Mapped[int] = mapped_column(sa.BigInteger, default=0)  # the newest code taken: none is taken twice
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """Opens once in place of the authenticator, for whoever lost the telephone."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))  # of 80 random bits: not to be guessed from it
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key pair of a device of the person (WebAuthn). We keep the public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    handle: Mapped[str] = mapped_column(sa.String(86))  # what devices know the person by: random, the same for all keys
    credential_id: Mapped[str] = mapped_column(sa.String(1364), unique=True)  # base64url, as public_key
    public_key: Mapped[str] = mapped_column(sa.Text)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class Key(Recorded):
    """Opens the API to a program, as what one membership may do or less. Whoever has the secret is believed."""

    __tablename__ = "api_key"

    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))  # what it is for: "LIMS, room 4"
    begins: Mapped[str] = mapped_column(sa.String(12))  # the secret's first signs, by which people tell keys apart
    secret_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # sha256 of 256 random bits
    scope: Mapped[list[Any]]  # the deeds that it may do; none named: all that the membership may
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # to some minutes
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("api_key.id"), unique=True)  # the key it replaces
    # the form it came by: sent twice, made once
    sent_as: Mapped[str | None] = mapped_column(sa.String(64), index=True, unique=True)

    membership: Mapped[Membership] = relationship()


class Sitting(Base):
    """One browser in which a person is signed in, from signing in to signing out."""

    __tablename__ = "sitting"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # sha256 of what the browser's cookie holds
    device: Mapped[str] = mapped_column(sa.String(60))  # "Firefox, Windows"
    began_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]  # to some minutes
    ended_at: Mapped[datetime | None]


class Attempt(Base):
    """A try at a password or code that was not right, or is being looked at this moment. Survives what it led to."""

    __tablename__ = "attempt"
    __table_args__ = (sa.Index(None, "account", "at"), sa.Index(None, "address", "at"), sa.Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account: Mapped[str] = mapped_column(sa.String(64))  # keyed hash of what was tried, there or not
    address: Mapped[str] = mapped_column(sa.String(64))  # keyed hash of the network address it came from
