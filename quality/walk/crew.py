"""The people of a walk: one agency, and at each laboratory and platform of the file somebody who works there."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, Organisation, OrganisationKind, Person
from quality.people.operations import add_organisation, find_organisation, invite_person
from quality.permissions import Role
from quality.purchases.rules import NO_LIMITS, newest_of, set_rules

AGENCY = "WALK"
STAFF = {
    OrganisationKind.AGENCY: (Role.COORDINATOR, Role.REVIEWER, Role.BUYER),
    OrganisationKind.LABORATORY: (Role.ANALYST, Role.SIGNATORY),
    OrganisationKind.PLATFORM: (Role.PLATFORM,),
}
NAMES = {
    Role.COORDINATOR: "演练承办人", Role.REVIEWER: "演练复核人", Role.BUYER: "演练买样员",
    Role.ANALYST: "演练检验员", Role.SIGNATORY: "演练授权签字人", Role.PLATFORM: "演练平台专员",
}  # fmt: skip


def ensure(session: Session, kind: OrganisationKind, name: str) -> Organisation:
    """The organisation of this name, founded if it is not there yet, with its people. Nobody has a password."""
    organisation = find(session, kind, name)
    if organisation is None:
        code = AGENCY if kind == OrganisationKind.AGENCY else code_of(kind, name)
        organisation = add_organisation(session, kind=kind, code=code, name=name, by=SYSTEM)
    present = sa.select(Person.email).join(Person.memberships).where(Membership.organisation_id == organisation.id)
    there = set(session.scalars(present))
    for role in STAFF[kind]:
        if (email := address(organisation, role)) not in there:
            invite_person(session, email=email, organisation=organisation, role=role, by=SYSTEM, name=NAMES[role])
    if kind == OrganisationKind.AGENCY and newest_of(session, organisation.id) is None:
        session.flush()  # its one buyer plays all who bought what was announced
        set_rules(session, NO_LIMITS._asdict(), edition=0, by=actor(session, organisation, Role.COORDINATOR))
    return organisation


def find(session: Session, kind: OrganisationKind, name: str) -> Organisation | None:
    if kind == OrganisationKind.AGENCY:
        return find_organisation(session, AGENCY)
    known = sa.select(Organisation).where(Organisation.kind == kind, Organisation.name == name)
    return session.scalars(known.order_by(Organisation.id).limit(1)).one_or_none()


def actor(session: Session, organisation: Organisation, role: Role) -> Actor:
    """Who works there for the walk, in this role."""
    wanted = (
        sa.select(Membership)
        .join(Membership.person)
        .where(Membership.organisation_id == organisation.id, Membership.role == role)
        .where(Person.email == address(organisation, role))
    )
    return Actor.working_in(session.scalars(wanted).one())


def code_of(kind: OrganisationKind, name: str) -> str:
    """A code for an organisation that has none, the same for the same name."""
    return kind[0].upper() + hashlib.sha256(name.encode()).hexdigest()[:9].upper()


def address(organisation: Organisation, role: Role) -> str:
    """Nobody can receive mail there (RFC 2606)."""
    return f"{role}.{organisation.code.lower()}@walk.invalid"
