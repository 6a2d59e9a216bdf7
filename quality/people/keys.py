"""Keys by which programs come in: made, taken in turns, taken back, and who stands behind one.

A key acts for one membership: row scope, four eyes and the name in the record are that person's. One that is made for
no person acts for the organisation's program account, which takes no second step of a pair (`SECOND_STEPS`).
The secret is shown once; we keep its hash. 256 random bits need no slow hashing: they cannot be guessed from it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import begin, record
from quality.people.actor import Actor
from quality.people.models import Key, Membership, Organisation, Person
from quality.people.operations import ROLES_OF, find_organisation, give, require, tidy, wrong_with_name
from quality.permissions import ROLES, SECOND_STEPS, Can, Role

MARK = "mck_"  # so that a secret in a wrong place is known for one
SHOWN = 10  # signs of it
OVERLAP = timedelta(days=1)  # both keys open while the programs change over
LONGEST, USUAL = 366, 366  # days
COARSE = timedelta(minutes=5)  # how exactly it is known when a key was last used
WITHOUT = {Role.BUYER, Role.ADMIN, Role.SYSTEM}  # roles that no program takes


def make(
    session: Session,
    membership: Membership,
    *,
    name: str,
    by: Actor,
    days: int = USUAL,
    scope: Iterable[Can] = (),
    sent_as: str | None = None,
) -> tuple[Key, str]:
    """A key and its secret, which nobody can be told again.

    `scope` is what it may do of what the membership may; empty means all of that. `sent_as` names the form that it
    came by: the second time it is refused as `sent_twice`. Raises `Invalid`, `NotPermitted`.
    """
    require_hand_on(membership, by)
    asked = frozenset(scope)
    problems = []
    if wrong := wrong_with_name(name):
        problems.append(FieldProblem("name", "bad_name", wrong))
    elif len(tidy(name)) > Key.name.type.length:
        problems.append(FieldProblem("name", "too_long", _("Enter a name of at most 60 characters")))
    if membership.role in WITHOUT:
        problems.append(FieldProblem("role", "no_keys", _("Buyers and administrators have no keys")))
    if over := sorted(asked - reach(membership)):
        said = _("This role or account may not do that: %(deeds)s", deeds=", ".join(over))
        problems.append(FieldProblem("scope", "too_wide", said))
    if not 1 <= days <= LONGEST:
        problems.append(FieldProblem("days", "bad_days", _("Enter 1 to %(most)s days", most=LONGEST)))
    if problems:
        raise Invalid(*problems)
    if membership.ended_at or not membership.person.active:
        raise Refused("not_at_work", _("This person does not work here any more; no key can act for them"))
    until = clock.now() + timedelta(days=days)
    try:
        with session.begin_nested():
            return cut(
                session, membership, name=tidy(name), scope=sorted(asked), expires_at=until, by=by, sent_as=sent_as
            )
    except IntegrityError as first:
        raise sent_twice() from first


def sent_twice() -> Refused:
    return Refused("sent_twice", _("This key was made before; its secret was shown once. Who lost it makes another"))


def is_made(session: Session, sent_as: str) -> bool:
    """Whether a key came by this form."""
    return session.scalars(sa.select(Key.id).where(Key.sent_as == sent_as)).first() is not None


def cut(
    session: Session,
    membership: Membership,
    *,
    name: str,
    scope: list[Can],
    expires_at: datetime,
    by: Actor,
    follows: Key | None = None,
    sent_as: str | None = None,
) -> tuple[Key, str]:
    secret = MARK + secrets.token_urlsafe(32)
    key = Key(
        membership_id=membership.id,
        name=name,
        begins=secret[:SHOWN],
        secret_digest=digest_of(secret),
        scope=scope,
        created_at=clock.now(),
        expires_at=expires_at,
        follows_id=follows.id if follows else None,
        sent_as=sent_as,
    )
    begin(session, key, by=by, details={"membership": membership.id, "scope": scope, "expires_at": expires_at})
    return key, secret


def rotate(session: Session, key: Key, *, by: Actor, version: int | None = None) -> tuple[Key, str]:
    """A key like it, with a secret of its own. The old one opens for a day more, so that nothing stands still."""
    require_hand_on(key.membership, by)
    now = clock.now()
    refuse_a_dead_one(key, now)
    end = min(key.expires_at, now + OVERLAP)
    length = key.expires_at - key.created_at
    if session.scalars(sa.select(Key.id).where(Key.follows_id == key.id)).first():
        raise Refused("rotated_already", _("This key was replaced already; go on from the newer one"))
    record(session, key, "rotate", by=by, version=version, facts={"expires_at": end})
    until, scope = now + length, list(key.scope)
    return cut(session, key.membership, name=key.name, scope=scope, expires_at=until, by=by, follows=key)


def revoke(session: Session, key: Key, *, by: Actor, version: int | None = None) -> None:
    """From this moment on it opens nothing."""
    require_hand_on(key.membership, by, to_revoke=True)
    if key.revoked_at:
        raise Refused("revoked_already", _("This key was taken back already"))
    record(session, key, "revoke", by=by, version=version, facts={"revoked_at": clock.now()})


def refuse_a_dead_one(key: Key, now: datetime) -> None:
    if key.revoked_at or key.expires_at <= now:
        raise Refused("not_in_force", _("This key is not in force any more; make a new one"))


def require_hand_on(membership: Membership, by: Actor, *, to_revoke: bool = False) -> None:
    """Keys of a person are theirs alone; those of the program account are the administrators' of its organisation.

    An administrator takes back any key of the organisation: a secret in wrong hands cannot wait for whoever lost it.
    """
    is_program = membership.person.is_program
    if by.role == Role.SYSTEM or (by.id == membership.person_id and not is_program):
        return
    if is_program:
        require(by, Can.KEY_GIVE)
    is_their_administrator = by.can(Can.KEY_GIVE) and by.organisation_id == membership.organisation_id
    if is_their_administrator and (is_program or to_revoke):
        return
    raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))


def reach(membership: Membership) -> frozenset[Can]:
    """The most that a key of this membership may do."""
    return most(membership.role, is_program=membership.person.is_program)


def most(role: Role, *, is_program: bool) -> frozenset[Can]:
    return ROLES[role].may - SECOND_STEPS if is_program else ROLES[role].may


def program_of(session: Session, organisation: Organisation, role: Role, *, by: Actor) -> Membership:
    """The organisation's own account for programs, working as `role`; made when first asked for."""
    require(by, Can.KEY_GIVE)
    if role in WITHOUT or role not in ROLES_OF[organisation.kind]:
        fitting = ", ".join(sorted(ROLES_OF[organisation.kind] - WITHOUT))
        raise Invalid(FieldProblem("role", "bad_role", _("Such an organisation has these roles: %(r)s", r=fitting)))
    # two who ask at once: the second waits, and finds what the first made
    here = sa.update(Organisation).where(Organisation.id == organisation.id)
    session.execute(here.values(version=Organisation.version))
    address = f"{organisation.code.lower()}@program.invalid"  # RFC 2606: nobody's, for ever
    person = session.scalars(sa.select(Person).where(Person.email == address)).one_or_none()
    if person is None:
        person = Person(
            email=address,
            name=organisation.name[: Person.name.type.length],
            fs_uniquifier=secrets.token_hex(32),
            is_program=True,
            created_at=clock.now(),
        )
        begin(session, person, by=by)
    there = sa.select(Membership).where(
        Membership.person_id == person.id,
        Membership.organisation_id == organisation.id,
        Membership.role == role,
        Membership.ended_at.is_(None),
    )
    return session.scalars(there).one_or_none() or give(session, person, organisation, role, by)


def whose(session: Session, code: str, role: Role, email: str | None, *, by: Actor) -> Membership:
    """The membership that a key is asked for: of a person by e-mail, else of the organisation's program account."""
    organisation = find_organisation(session, code)
    if organisation is None:
        said = _("There is no organisation with the code %(code)s", code=code)
        raise Invalid(FieldProblem("org", "unknown", said))
    if email is None:
        return program_of(session, organisation, role, by=by)
    asked = (
        sa.select(Membership)
        .join(Person)
        .where(
            Membership.organisation_id == organisation.id,
            Membership.role == role,
            Membership.ended_at.is_(None),
            Person.email == email.strip().lower(),
        )
    )
    membership = session.scalars(asked).one_or_none()
    if membership is None:
        said = _("%(email)s does not work there in this role", email=email)
        raise Invalid(FieldProblem("person", "no_member", said))
    return membership


def holder_of(session: Session, secret: str) -> tuple[Key, Actor] | None:
    """The key in force that this is the secret of, and who acts by it; None for any other text."""
    asked = sa.select(Key).where(Key.secret_digest == digest_of(secret))
    with_people = joinedload(Key.membership).options(joinedload(Membership.person), joinedload(Membership.organisation))
    key = session.scalars(asked.options(with_people)).one_or_none()
    actor = key and actor_of(key)
    return (key, actor) if key and actor else None


def actor_of(key: Key) -> Actor | None:
    """Who acts by this key; None if it opens nothing any more."""
    membership = key.membership
    if key.revoked_at or key.expires_at <= clock.now():
        return None
    if membership.ended_at or not membership.person.active or membership.role in WITHOUT:
        return None
    only = reach(membership)
    if key.scope:
        only &= {deed for deed in Can if deed in key.scope}
    return Actor(membership.person, membership.organisation, membership.role, f"key:{key.id}", only)


def who_still_works(session: Session, person: int, organisation: int, role: str, via: str = "") -> Actor | None:
    """Who asked for something that a job does later, if they, and the key that they asked by, may still do so."""
    if via:
        key = session.get(Key, int(via.removeprefix("key:")))
        return actor_of(key) if key else None
    still = sa.select(Membership).where(
        Membership.person_id == person,
        Membership.organisation_id == organisation,
        Membership.role == role,
        Membership.ended_at.is_(None),
    )
    membership = session.scalars(still).first()
    return Actor.working_in(membership) if membership and membership.person.active else None


def see(key: Key) -> None:
    """Note that it was used: now and then, in a transaction of its own, and never in anybody's way."""
    now = clock.now()
    if key.last_used_at and now - key.last_used_at < COARSE:
        return
    with suppress(OperationalError), db.engine.begin() as connection:
        connection.execute(sa.update(Key).where(Key.id == key.id).values(last_used_at=now))


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
