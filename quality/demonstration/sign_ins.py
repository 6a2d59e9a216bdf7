"""Who can sign in to a loaded demonstration, and whether the password that we know opens their account."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from flask_security import verify_password
from sqlalchemy.orm import Session, joinedload

from quality.core.words import Text
from quality.demonstration.people import BEGINS_WITH, PLAYERS
from quality.demonstration.standing import Standing, standing
from quality.people.actor import Actor
from quality.people.models import Authenticator, Membership, Person
from quality.people.security import normal

PASSWORD = "DEMO_PASSWORD"  # where it is told: the environment, or .env


class SignIn(NamedTuple):
    """An account of the demonstration that works as what it was made for."""

    player: str  # its address before the @
    email: str
    name: str
    organisation: str
    actor: Actor
    begins_with: Text
    password: str | None  # None: it does not open the account any more, or nobody told us
    asks_for_code: bool  # the second step is on


def sign_ins(session: Session, password: str) -> list[SignIn]:
    """None where no demonstration is loaded."""
    return accounts_now(session, password) if standing(session) is Standing.LOADED else []


def accounts_now(session: Session, password: str) -> list[SignIn]:
    """In the order of PLAYERS."""
    asked = (
        sa.select(Membership, Authenticator.confirmed_at)
        .join(Membership.person)
        .outerjoin(Authenticator, Authenticator.person_id == Person.id)
        .where(Person.email.in_([player.email for player in PLAYERS]), Person.active, Membership.ended_at.is_(None))
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
    )
    there = {(member.person.email, member.role): (member, since) for member, since in session.execute(asked)}
    return [
        SignIn(
            player=player.address,
            email=player.email,
            name=member.person.name,
            organisation=member.organisation.name,
            actor=Actor.working_in(member),
            begins_with=BEGINS_WITH[player.address],
            password=password if member.person.password and opens(password, member.person.password) else None,
            asks_for_code=since is not None,
        )
        for player in PLAYERS
        if (player.email, player.role) in there
        for member, since in [there[player.email, player.role]]
    ]


@lru_cache(maxsize=64)
def opens(password: str, kept: str) -> bool:
    """All accounts begin with one hash: whoever shows them verifies it once a process, not once a look."""
    return bool(password) and bool(verify_password(normal(password), kept))
