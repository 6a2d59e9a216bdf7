"""Telephones that may send pieces: enrolled by who is signed in, known by a token, taken back at once.

The token is good for nothing but sending pieces and asking what became of them; we keep its hash. It opens nothing any
more once its person is suspended, the role has ended, or somebody took it back.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from quality.core import clock
from quality.core.db import db
from quality.core.errors import NotFound, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import begin, record
from quality.field.envelope import key_id, private_key, public_point
from quality.field.models import Phone
from quality.people.actor import Actor
from quality.people.keys import digest_of
from quality.people.models import Membership
from quality.people.sittings import device_of
from quality.permissions import ROLES, Can

MARK = "mcp_"  # so that a token in a wrong place is known for one
DAYS = timedelta(days=90)  # then it is enrolled anew
MOST = 20  # of one person that are in force
COARSE = timedelta(minutes=5)  # how exactly it is known when one was last seen
SENDS = frozenset({Can.EVIDENCE_ADD})


class PublicKey(NamedTuple):
    """What a telephone seals its pieces to."""

    id: str  # 16 hexadecimal digits
    public: str  # base64 of 65 bytes: an uncompressed point of P-256


def present_key(field_keys: Sequence[bytes]) -> PublicKey:
    """The public half of the newest of FIELD_KEYS."""
    point = public_point(private_key(field_keys[0]))
    return PublicKey(key_id(point).hex(), base64.b64encode(point).decode())


def works_in_the_field(membership: Membership) -> bool:
    """Who buys, and who takes samples from buyers."""
    return Can.SAMPLE_DISPATCH in ROLES[membership.role].may


def enrol(session: Session, actor: Actor, membership: Membership, user_agent: str) -> tuple[Phone, str]:
    """A telephone and its token, which nobody can be told again."""
    if not (actor.can(Can.SAMPLE_DISPATCH) and works_in_the_field(membership)):
        raise NotPermitted("role_may_not", _("Your role does not work in the field"))
    now = clock.now()
    if len(in_force(session, membership.person_id)) >= MOST:
        raise Refused("too_many_phones", _("Take back a telephone on the page of your account first"))
    token = MARK + secrets.token_urlsafe(32)
    phone = Phone(
        membership_id=membership.id,
        name=device_of(user_agent) or "?",
        token_digest=digest_of(token),
        created_at=now,
        expires_at=now + DAYS,
    )
    begin(session, phone, by=actor, details={"membership": membership.id, "expires_at": phone.expires_at})
    return phone, token


def in_force(session: Session, person_id: int) -> list[Phone]:
    """Of one person, those that may send, the newest first."""
    asked = (
        sa.select(Phone)
        .join(Phone.membership)
        .where(
            Membership.person_id == person_id,
            Membership.ended_at.is_(None),
            Phone.revoked_at.is_(None),
            Phone.expires_at > clock.now(),
        )
        .options(joinedload(Phone.membership).joinedload(Membership.organisation))
    )
    return list(session.scalars(asked.order_by(Phone.id.desc()).limit(MOST)))


def revoke(session: Session, person_id: int, phone_id: int, *, by: Actor) -> Phone:
    """From this moment on it sends nothing. What is on it stays sealed, and is of no use to whoever has it."""
    phone = next((each for each in in_force(session, person_id) if each.id == phone_id), None)
    if phone is None:
        raise NotFound("phone")
    record(session, phone, "revoke", by=by, facts={"revoked_at": clock.now()})
    return phone


def holder_of(session: Session, token: str) -> tuple[Phone, Actor] | None:
    """The telephone in force that this is the token of, and who sends by it; None for any other text."""
    with_people = joinedload(Phone.membership).options(
        joinedload(Membership.person), joinedload(Membership.organisation)
    )
    asked = sa.select(Phone).where(Phone.token_digest == digest_of(token)).options(with_people)
    phone = session.scalars(asked).one_or_none()
    if phone is None or not opens(phone):
        return None
    return phone, Actor(
        phone.membership.person, phone.membership.organisation, phone.membership.role, via(phone), SENDS
    )


def opens(phone: Phone) -> bool:
    membership = phone.membership
    is_over = phone.revoked_at is not None or phone.expires_at <= clock.now()
    is_at_work = membership.ended_at is None and membership.person.active
    return not is_over and is_at_work and works_in_the_field(membership)


def via(phone: Phone) -> str:
    return f"phone:{phone.id}"


def see(phone: Phone) -> None:
    """Note that it was there: now and then, in a transaction of its own, and never in anybody's way."""
    now = clock.now()
    if phone.last_seen_at and now - phone.last_seen_at < COARSE:
        return
    with suppress(OperationalError), db.engine.begin() as connection:
        connection.execute(sa.update(Phone).where(Phone.id == phone.id).values(last_seen_at=now))
