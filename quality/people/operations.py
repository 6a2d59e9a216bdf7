"""Founding organisations and inviting people."""

from __future__ import annotations

import re
import secrets
import unicodedata

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.words import Text, _
from quality.core.workflow import begin, record
from quality.people.actor import Actor, themselves
from quality.people.models import Below, Membership, Organisation, OrganisationKind, Person
from quality.permissions import Can, Role

CODE = re.compile(r"[A-Z0-9]{2,16}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")
ROLES_OF = {
    OrganisationKind.AGENCY: {Role.COORDINATOR, Role.REVIEWER, Role.BUYER, Role.ADMIN},
    OrganisationKind.LABORATORY: {Role.ANALYST, Role.SIGNATORY, Role.ADMIN},
    OrganisationKind.PLATFORM: {Role.PLATFORM, Role.PLATFORM_READER, Role.PLATFORM_ENGINEER, Role.ADMIN},
    OrganisationKind.SANDBOX: {Role.PLATFORM},
}


def add_organisation(
    session: Session,
    *,
    kind: OrganisationKind,
    code: str,
    name: str,
    by: Actor,
    superior: str | None = None,
    region: str | None = None,
) -> Organisation:
    """Found an organisation. `superior` is the code of the agency above it; the closure is kept in `below`."""
    require(by, Can.ORGANISATION_ADD)
    problems = []
    if not CODE.fullmatch(code):
        problems.append(FieldProblem("code", "bad_code", _("Use 2 to 16 capital letters and digits, as in YZ01")))
    elif find_organisation(session, code):
        problems.append(FieldProblem("code", "taken", _("There is an organisation with the code %(code)s", code=code)))
    if not name.strip():
        problems.append(FieldProblem("name", "empty", _("Enter the name")))
    above = find_organisation(session, superior) if superior else None
    if superior and (above is None or above.kind != OrganisationKind.AGENCY or kind != OrganisationKind.AGENCY):
        problems.append(
            FieldProblem("superior", "no_agency", _("Only agencies stand one above the other; %(code)s", code=superior))
        )
    if region and not re.fullmatch(r"\d{6}", region):
        problems.append(FieldProblem("region", "bad_region", _("Enter the six digits of the administrative division")))
    if problems:
        raise Invalid(*problems)
    organisation = Organisation(
        kind=kind,
        code=code,
        name=name.strip(),
        region=region,
        superior_id=above.id if above else None,
        created_at=clock.now(),
    )
    begin(session, organisation, by=by, details={"kind": kind, "code": code})
    if kind == OrganisationKind.AGENCY:
        session.add(Below(agency_id=organisation.id, below_id=organisation.id, depth=0))
        for line in session.scalars(sa.select(Below).where(Below.below_id == organisation.superior_id)).all():
            session.add(Below(agency_id=line.agency_id, below_id=organisation.id, depth=line.depth + 1))
    session.flush()
    return organisation


def invite_person(
    session: Session, *, email: str, organisation: Organisation, role: Role, by: Actor, name: str = ""
) -> Membership:
    """Give a person (known or new, one account by e-mail) a membership. They choose their password by a link."""
    require(by, Can.PERSON_INVITE)
    if by.organisation_id is not None and by.organisation_id != organisation.id:
        raise NotPermitted("not_yours", _("You may only invite people into your own organisation"))
    address = email.strip().lower()
    problems = wrong_with_invitation(email, name)
    if role not in ROLES_OF[organisation.kind]:
        fitting = ", ".join(sorted(ROLES_OF[organisation.kind]))
        problems.append(FieldProblem("role", "bad_role", _("Such an organisation has these roles: %(r)s", r=fitting)))
    if problems:
        raise Invalid(*problems)
    person = session.scalars(sa.select(Person).where(Person.email == address)).one_or_none()
    if person is not None and not person.active:
        said = _("The account %(email)s is suspended; reinstate it first", email=address)
        raise Invalid(FieldProblem("email", "suspended", said))
    try:
        person = person or new_person(session, address, name, by)
        return give(session, person, organisation, role, by)
    except IntegrityError as met:
        said = _("Somebody else invited %(email)s at the same moment; look at the list", email=address)
        raise Invalid(FieldProblem("email", "at_once", said)) from met


def new_person(session: Session, address: str, name: str, by: Actor) -> Person:
    person = Person(
        email=address,
        name=tidy(name) or address.split("@", maxsplit=1)[0],
        fs_uniquifier=secrets.token_hex(32),
        created_at=clock.now(),
    )
    begin(session, person, by=by)
    return person


def give(session: Session, person: Person, organisation: Organisation, role: Role, by: Actor) -> Membership:
    same = sa.select(Membership).where(
        Membership.person_id == person.id, Membership.organisation_id == organisation.id, Membership.role == role
    )
    membership = session.scalars(same).one_or_none()
    if membership is None:
        membership = Membership(person_id=person.id, organisation_id=organisation.id, role=role)
        session.add(membership)
    elif membership.ended_at is None:
        said = _("%(email)s already has this role here", email=person.email)
        raise Invalid(FieldProblem("email", "already_member", said))
    membership.ended_at = None
    record(session, person, "invite", by=by, details={"organisation": organisation.id, "role": role})
    return membership


def wrong_with_invitation(email: str, name: str) -> list[FieldProblem]:
    address, problems = email.strip(), []
    if not EMAIL.fullmatch(address) or not address.isprintable() or len(address) > Person.email.type.length:
        problems.append(FieldProblem("email", "bad_email", _("Enter an e-mail address, as in name@example.org")))
    if name.strip() and (wrong := wrong_with_name(name)):
        problems.append(FieldProblem("name", "bad_name", wrong))
    return problems


def keep_preferences(
    session: Session, person: Person, *, name: str, language: str, theme: str | None, version: int | None
) -> None:
    """What a person is called, and how they like to read."""
    if wrong := wrong_with_name(name):
        raise Invalid(FieldProblem("name", "bad_name", wrong))
    facts = {"name": tidy(name), "language": language, "theme": theme}
    record(session, person, "keep_preferences", by=themselves(person), version=version, facts=facts)


def keep_theme(session: Session, person: Person, theme: str | None) -> None:
    if theme != person.theme:
        record(session, person, "keep_preferences", by=themselves(person), facts={"theme": theme})


def tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def wrong_with_name(name: str) -> Text | None:
    """A name is read by others in the middle of sentences: nothing in it may turn what stands around it."""
    name = tidy(name)
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Co", "Zl", "Zp"} or sign in TURNS for sign in name):
        return _("Enter the name without invisible signs; type it anew instead of pasting it")
    if not any(unicodedata.category(sign)[0] in "LNS" for sign in name):
        return _("Enter the name")
    if len(name) > Person.name.type.length:
        return _("Enter a name of at most 100 characters")
    return None


TURNS = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"


def find_organisation(session: Session, code: str) -> Organisation | None:
    return session.scalars(sa.select(Organisation).where(Organisation.code == code)).one_or_none()


def require(by: Actor, deed: Can) -> None:
    if not by.can(deed):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=deed))
