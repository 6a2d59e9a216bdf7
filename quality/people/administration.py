"""What an administrator does with the people of the own organisation, and why some of it is not possible now.

A person who works for several organisations is nobody's alone: what would touch the whole account is then refused, and
each organisation ends the roles it gave. Nobody leaves an organisation without an administrator.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import Reason, Text, _
from quality.core.workflow import record, stale
from quality.people import passkeys, second_step, sittings
from quality.people.actor import Actor
from quality.people.models import Membership, Organisation, Passkey, Person
from quality.people.operations import invite_person, require
from quality.permissions import Can, Role

Condition = Callable[[Session, Person, Actor], Reason | None]


# --- what may stand in the way ---


def is_not_blanked(_session: Session, person: Person, _by: Actor) -> Reason | None:
    return Reason("blanked", _("The name is blanked; this account stays closed")) if person.blanked_at else None


def is_active(_session: Session, person: Person, _by: Actor) -> Reason | None:
    return None if person.active else Reason("suspended", _("Reinstate the person first"))


def is_suspended(_session: Session, person: Person, _by: Actor) -> Reason | None:
    return Reason("active", _("Suspend the person first")) if person.active else None


def is_somebody_else(_session: Session, person: Person, by: Actor) -> Reason | None:
    return Reason("yourself", _("This is you; use “My account”")) if person.id == by.id else None


def is_a_person(_session: Session, person: Person, _by: Actor) -> Reason | None:
    said = _("Programs of the organisation act as this account; give them keys, nobody signs in as it")
    return Reason("program", said) if person.is_program else None


def works_here_only(_session: Session, person: Person, by: Actor) -> Reason | None:
    """Who is given a new password, or suspended, is so everywhere: that is for one organisation to say alone."""
    elsewhere = [m for m in person.memberships if m.ended_at is None and m.organisation_id != by.organisation_id]
    said = _("This person also works for another organisation; end the roles here instead")
    return Reason("works_elsewhere", said) if elsewhere else None


def leaves_an_administrator(session: Session, person: Person, by: Actor) -> Reason | None:
    mine = [m for m in person.memberships if m.ended_at is None and m.organisation_id == by.organisation_id]
    if not person.active or all(m.role != Role.ADMIN for m in mine) or has_administrator_beside(session, person, by):
        return None
    return Reason("last_administrator", _("This is the last administrator; make somebody else one first"))


def has_administrator_beside(session: Session, person: Person, by: Actor) -> bool:
    beside = (
        sa.select(Membership.id)
        .join(Person)
        .where(
            Membership.organisation_id == by.organisation_id,
            Membership.role == Role.ADMIN,
            Membership.ended_at.is_(None),
            Membership.person_id != person.id,
            Person.active,
        )
    )
    return session.scalars(beside.limit(1)).first() is not None


def has_more_than_a_password(session: Session, person: Person, _by: Actor) -> Reason | None:
    there = second_step.is_on(session, person.id) or passkeys.of(session, person.id)
    return None if there else Reason("off", _("There is neither a second step nor a passkey"))


# --- the deeds ---


class Deed(NamedTuple):
    name: str
    label: Text
    says: Text  # what it does, before it is done
    by: Can
    provided: Sequence[Condition]
    facts: Callable[[Person], Mapping[str, Any]]

    def refusal(self, session: Session, person: Person, by: Actor) -> Reason | None:
        return next((no for condition in self.provided if (no := condition(session, person, by))), None)


def new_door(_person: Person) -> dict[str, Any]:
    """Links and cookies of before open nothing any more."""
    return {"fs_uniquifier": secrets.token_hex(32)}


def blanked(person: Person) -> dict[str, Any]:
    """The record goes on naming the number. The address is free for another account."""
    return {
        "name": f"人员 {person.id}",
        "email": f"blanked-{person.id}@person.invalid",
        "password": None,
        "blanked_at": clock.now(),
        **new_door(person),
    }


# fmt: off
DEEDS = {deed.name: deed for deed in [
    Deed("suspend", _("Suspend"), _("Signed out at once, and cannot sign in until reinstated."), Can.PERSON_SUSPEND,
         [is_not_blanked, is_active, works_here_only, leaves_an_administrator], lambda _person: {"active": False}),
    Deed("reinstate", _("Reinstate"), _("May sign in again, in the roles that have not ended."), Can.PERSON_SUSPEND,
         [is_not_blanked, is_suspended, works_here_only], lambda _person: {"active": True}),
    Deed("new_link", _("New password link"), _("A link to choose a password, for you to hand over. Signed out at once; "
         "older links open nothing."), Can.PERSON_INVITE,
         [is_not_blanked, is_a_person, is_active, is_somebody_else, works_here_only], new_door),
    Deed("second_step_off", _("Take second step and passkeys away"), _("For whoever lost telephone "
         "and recovery codes: the password alone opens the account until a new second step is set up."),
         Can.PERSON_SUSPEND, [is_not_blanked, is_somebody_else, works_here_only, has_more_than_a_password],
         lambda _person: {}),
    Deed("blank", _("Blank the name"), _("Name and address are gone for ever; the record keeps the number."),
         Can.PERSON_BLANK, [is_not_blanked, is_suspended, works_here_only], blanked),
]}  # fmt: skip
# fmt: on


def choices(session: Session, person: Person, by: Actor) -> Iterator[tuple[Deed, Reason | None]]:
    """Each deed that fits the person's state, with what stands in its way now. To a blanked account there is none."""
    hidden = {"reinstate"} if person.active else {"suspend"}
    for deed in DEEDS.values():
        if by.can(deed.by) and deed.name not in hidden and person.blanked_at is None:
            yield deed, deed.refusal(session, person, by)


def do(session: Session, name: str, person: Person, *, by: Actor, version: int | None) -> None:
    deed = DEEDS[name]
    require(by, deed.by)
    one_by_one(session, person, by, version)
    if refusal := deed.refusal(session, person, by):
        raise Refused.because(refusal)
    record(session, person, name, by=by, version=version, facts=deed.facts(person))
    sittings.end_all(session, person.id)
    if name in {"second_step_off", "blank"}:
        leave_the_password_alone(session, person)
    if name == "blank":
        session.execute(
            sa.update(Membership)
            .where(Membership.person_id == person.id, Membership.ended_at.is_(None))
            .values(ended_at=clock.now())
        )


def one_by_one(session: Session, person: Person, by: Actor, version: int | None) -> None:
    """Two administrators wait for each other here, so that neither can be the last to suspend the other."""
    session.execute(
        sa.update(Organisation).where(Organisation.id == by.organisation_id).values(code=Organisation.code),
        execution_options={"synchronize_session": False},
    )
    session.expire_all()
    if version is not None and person.version != version:
        raise stale(session, person, version)


def add_role(session: Session, person: Person, role: Role, *, by: Actor, version: int | None) -> Membership:
    require(by, Can.PERSON_INVITE)
    one_by_one(session, person, by, version)
    for condition in (is_not_blanked, is_a_person, is_active):
        if refusal := condition(session, person, by):
            raise Refused.because(refusal)
    assert by.organisation
    return invite_person(session, email=person.email, organisation=by.organisation, role=role, by=by)


def new_door_for(session: Session, email: str, *, by: Actor, without_second_step: bool) -> Person:
    """From the command line, whoever the person works for: the way back in for the last administrator."""
    person = session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if person is None:
        raise Invalid(FieldProblem("email", "unknown", _("There is no account with this address")))
    if refusal := is_a_person(session, person, by) or is_active(session, person, by):
        raise Refused.because(refusal)
    record(session, person, "new_link", by=by, facts=new_door(person))
    sittings.end_all(session, person.id)
    if without_second_step:
        leave_the_password_alone(session, person)
        record(session, person, "second_step_off", by=by)
    return person


def leave_the_password_alone(session: Session, person: Person) -> None:
    """Nothing else opens the account: no code, and no key that somebody may hold who should not."""
    second_step.remove(session, person.id)
    session.execute(sa.delete(Passkey).where(Passkey.person_id == person.id))


def why_role_stays(session: Session, membership: Membership, by: Actor) -> Reason | None:
    if membership.role != Role.ADMIN:
        return None
    return leaves_an_administrator(session, membership.person, by)


def end_role(session: Session, membership: Membership, *, by: Actor, version: int | None) -> None:
    """The person works here no more as this. What they did stays theirs."""
    require(by, Can.PERSON_INVITE)
    if membership.organisation_id != by.organisation_id:
        raise NotFound("membership")
    one_by_one(session, membership.person, by, version)
    if membership.ended_at:
        raise NotFound("membership")
    if refusal := why_role_stays(session, membership, by):
        raise Refused.because(refusal)
    details = {"organisation": membership.organisation_id, "role": membership.role}
    record(session, membership.person, "end_role", by=by, version=version, details=details)
    membership.ended_at = clock.now()
    session.flush()
