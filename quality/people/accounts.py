"""Who is signed in, and in which of their browsers: asked for by every page, so in one statement, written once."""

from __future__ import annotations

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Session, joinedload

from quality.people import sittings
from quality.people.models import Membership, Person, Sitting


class Account(UserMixin):
    """A person as Flask-Security sees one. What it sets here is kept by `Accounts.put`."""

    roles: list[RoleMixin] = []  # noqa: RUF012 - ours are memberships; Flask-Security only reads it
    fs_uniquifier = ""  # of each account; Flask-Security looks for it on the class

    def __init__(self, person: Person, sitting: sittings.Present | None = None) -> None:
        self.person, self.sitting = person, sitting
        self.id, self.email, self.active = person.id, person.email, person.active
        self.password, self.fs_uniquifier = person.password, person.fs_uniquifier

    def __hash__(self) -> int:
        return hash(self.id)


WITH_THEIR_SITTING = {
    name: sa.select(Person, Sitting.id, Sitting.last_seen_at)
    .outerjoin(Sitting, sa.and_(Sitting.person_id == Person.id, *sittings.PRESENT))
    .options(joinedload(Person.memberships).joinedload(Membership.organisation))
    .where(getattr(Person, name) == sa.bindparam("value"))
    for name in ("id", "email", "fs_uniquifier")
}


def found(session: Session, name: str, value: object) -> Account | None:
    """The account whose `name` (id, email, fs_uniquifier) is `value`, with the sitting of the browser that asks."""
    asked = {"value": value, **sittings.asked_for()}
    there = session.execute(WITH_THEIR_SITTING[name], asked).unique().one_or_none()
    if there is None:
        return None
    person, sitting_id, last_seen_at = there
    return Account(person, sittings.Present(sitting_id, last_seen_at) if sitting_id else None)
