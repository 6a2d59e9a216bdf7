"""The people of an organisation, as its administrator may see them: who works or worked there, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import NotFound
from quality.core.events import Event
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import ROLES, Can, Role


class Asked(NamedTuple):
    """What the list is narrowed to. Empty is everybody."""

    words: str = ""
    role: str = ""
    state: str = ""


class Member(NamedTuple):
    person: Person
    memberships: list[Membership]  # in the reader's organisation, ended ones too

    @property
    def state(self) -> str:
        return state_of(self.person, self.memberships)


def state_of(person: Person, here: Sequence[Membership]) -> str:
    if person.blanked_at:
        return "blanked"
    if not person.active:
        return "suspended"
    if all(membership.ended_at for membership in here):
        return "left"
    return "active" if person.password or person.is_program else "invited"


def visible_to(actor: Actor) -> sa.Select[Person]:
    if not actor.can(Can.PERSON_READ):
        return sa.select(Person).where(sa.false())
    return sa.select(Person).where(Person.id.in_(works_in(actor)))


def works_in(actor: Actor, *more: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(Membership.person_id).where(Membership.organisation_id == actor.organisation_id, *more)


def others_who_may(session: Session, actor: Actor, deed: Can) -> bool:
    """Whether somebody else in the actor's organisation, who can sign in, holds a role that may do this."""
    return bool(who_may(session, actor.organisation_id, deed, but=[actor.id], most=1))


def who_may(
    session: Session, organisation_id: int | None, deed: Can, *, but: Collection[int | None] = (), most: int
) -> Sequence[str]:
    """The names of people of an organisation who can sign in and hold a role that may do this, at most `most`."""
    roles = [role for role, grant in ROLES.items() if deed in grant.may]
    there = sa.select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.role.in_(roles), Membership.ended_at.is_(None)
    )
    asked = sa.select(Person.name).where(Person.id.in_(there), Person.active.is_(True), Person.password.is_not(None))
    left_out = [each for each in but if each is not None]
    return session.scalars(asked.where(Person.id.not_in(left_out)).order_by(Person.id).limit(most)).all()


def one_visible(session: Session, actor: Actor, person_id: int) -> Member:
    person = session.scalars(visible_to(actor).where(Person.id == person_id)).one_or_none()
    if person is None:
        raise NotFound("person")
    return members(session, actor, [person])[0]


def listed(
    session: Session, actor: Actor, asked: Asked, count: int, before: int | None
) -> tuple[list[Member], int | None]:
    """The newest first, before the id `before`; and from where the next page begins."""
    query = visible_to(actor).where(*narrowed(actor, asked))
    if before is not None:
        query = query.where(Person.id < before)
    found = list(session.scalars(query.order_by(Person.id.desc()).limit(count + 1)))
    return members(session, actor, found[:count]), found[count - 1].id if len(found) > count else None


def narrowed(actor: Actor, asked: Asked) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if asked.words:
        like = f"%{asked.words.replace('%', '').replace('_', '')}%"
        conditions.append(sa.or_(Person.name.ilike(like), Person.email.ilike(like)))
    if asked.role in set(Role):
        role = works_in(actor, Membership.role == Role(asked.role), Membership.ended_at.is_(None))
        conditions.append(Person.id.in_(role))
    if asked.state in STATES:
        conditions.append(STATES[asked.state](Person.id.in_(works_in(actor, Membership.ended_at.is_(None)))))
    return conditions


Narrows = Callable[[sa.ColumnElement[bool]], sa.ColumnElement[bool]]
STATES: dict[str, Narrows] = {  # the same as `state_of`, for the database; `here`: works in the organisation at present
    "active": lambda here: sa.and_(here, Person.active, sa.or_(Person.password.is_not(None), Person.is_program)),
    "invited": lambda here: sa.and_(here, Person.active, Person.password.is_(None), ~Person.is_program),
    "suspended": lambda _here: sa.and_(~Person.active, Person.blanked_at.is_(None)),
    "left": lambda here: sa.and_(~here, Person.active, Person.blanked_at.is_(None)),
    "blanked": lambda _here: Person.blanked_at.is_not(None),
}


def members(session: Session, actor: Actor, people: Sequence[Person]) -> list[Member]:
    """With what each works as here: one question for all."""
    asked = sa.select(Membership).where(
        Membership.organisation_id == actor.organisation_id, Membership.person_id.in_([p.id for p in people])
    )
    here: dict[int, list[Membership]] = {}
    for membership in session.scalars(asked.order_by(Membership.id)):
        here.setdefault(membership.person_id, []).append(membership)
    return [Member(person, here.get(person.id, [])) for person in people]


def history(session: Session, person: Person, count: int = 100) -> list[Event]:
    """What was done with the account, newest first."""
    asked = sa.select(Event).where(Event.subject_type == "person", Event.subject_id == person.id)
    return list(session.scalars(asked.order_by(Event.seq.desc()).limit(count)))
