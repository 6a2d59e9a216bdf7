"""Which keys there are, for whom they are to see, and how each stands: what the pages about keys read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.errors import NotFound
from quality.people.actor import Actor
from quality.people.keys import WITHOUT
from quality.people.models import Key, Membership, Person
from quality.permissions import Can

SOON = timedelta(days=14)  # before its end its holder is told
KEPT = timedelta(days=30)  # that one which opens nothing any more stands on the holder's page
MOST = 200  # of one person on a page


class Standing(NamedTuple):
    """A key and how it stands: in_force, soon_over, replaced (a newer one follows), over, revoked or idle."""

    key: Key
    state: str

    @property
    def opens(self) -> bool:
        return self.state in {"in_force", "soon_over", "replaced"}

    @property
    def takes_turns(self) -> bool:
        """Whether another one can be made in its place."""
        return self.state in {"in_force", "soon_over"}


def standing(key: Key, now: datetime, *, is_followed: bool) -> Standing:
    membership = key.membership
    if key.revoked_at:
        return Standing(key, "revoked")
    if key.expires_at <= now:
        return Standing(key, "over")
    if membership.ended_at or not membership.person.active:
        return Standing(key, "idle")
    if is_followed:
        return Standing(key, "replaced")
    return Standing(key, "soon_over" if key.expires_at <= now + SOON else "in_force")


def of_person(session: Session, person: Person) -> list[Standing]:
    """Keys that act for this person, the newest first; of those that ended, only the last days'."""
    recent = clock.now() - KEPT
    asked = sa.select(Key).where(
        Key.membership_id.in_(sa.select(Membership.id).where(Membership.person_id == person.id)),
        Key.expires_at > recent,
        sa.or_(Key.revoked_at.is_(None), Key.revoked_at > recent),
    )
    return stand(session, session.scalars(with_holder(asked).order_by(Key.id.desc()).limit(MOST)).all())


def of_organisation(
    session: Session, actor: Actor, count: int, before: int | None
) -> tuple[list[Standing], int | None]:
    """Every key that acts in the actor's organisation, the newest first; and from where the next page begins."""
    asked = with_holder(visible_to(actor))
    if before is not None:
        asked = asked.where(Key.id < before)
    found = session.scalars(asked.order_by(Key.id.desc()).limit(count + 1)).all()
    return stand(session, found[:count]), found[count - 1].id if len(found) > count else None


def soon_over(session: Session, *, person: Person | None = None, programs_of: int | None = None) -> list[Key]:
    """Keys that end within days and that no newer one follows: of a person, or of an organisation's programs."""
    now, follower = clock.now(), sa.orm.aliased(Key)
    asked = (
        sa.select(Key)
        .join(Membership, Membership.id == Key.membership_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Key.revoked_at.is_(None), Key.expires_at > now, Key.expires_at <= now + SOON,
            Membership.ended_at.is_(None), Person.active,
            ~sa.select(follower.id).where(follower.follows_id == Key.id).exists(),
        )
    )  # fmt: skip
    if person is not None:
        asked = asked.where(Membership.person_id == person.id)
    else:
        asked = asked.where(Person.is_program, Membership.organisation_id == programs_of)
    return list(session.scalars(with_holder(asked).order_by(Key.expires_at, Key.id).limit(MOST)))


def visible_to(actor: Actor) -> sa.Select[Key]:
    """For administrators: the keys of their organisation."""
    here = sa.select(Membership.id).where(Membership.organisation_id == actor.organisation_id)
    return sa.select(Key).where(Key.membership_id.in_(here) if actor.can(Can.KEY_GIVE) else sa.false())


def one_visible(session: Session, actor: Actor, key_id: int) -> Key:
    return one(session, visible_to(actor).where(Key.id == key_id))


def one_own(session: Session, person: Person, key_id: int) -> Key:
    theirs = sa.select(Membership.id).where(Membership.person_id == person.id)
    return one(session, sa.select(Key).where(Key.id == key_id, Key.membership_id.in_(theirs)))


def one(session: Session, asked: sa.Select[Key]) -> Key:
    key = session.scalars(with_holder(asked)).one_or_none()
    if key is None:
        raise NotFound("key")
    return key


def that_take_keys(memberships: Sequence[Membership]) -> list[Membership]:
    """As what a person's programs may come in."""
    return [m for m in memberships if m.ended_at is None and m.role not in WITHOUT]


def with_holder(asked: sa.Select[Key]) -> sa.Select[Key]:
    holder = joinedload(Key.membership)
    return asked.options(holder.joinedload(Membership.person), holder.joinedload(Membership.organisation))


def stand(session: Session, keys: Sequence[Key]) -> list[Standing]:
    """One question for all of them: which were replaced."""
    now = clock.now()
    followed = set(session.scalars(sa.select(Key.follows_id).where(Key.follows_id.in_([key.id for key in keys]))))
    return [standing(key, now, is_followed=key.id in followed) for key in keys]
