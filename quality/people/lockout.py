"""How often somebody may try a password or a code: after five tries in vain the account waits, each time longer.

A try is written down before it is looked at, in a transaction of its own: a refusal that undoes the request does not
undo it, and of a hundred guesses at the same moment five are looked at. Whether the account exists makes no difference.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from quality.core import clock
from quality.people.models import Attempt

FREE = 5  # tries of one account that are looked at without waiting
WAITS = [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]  # after the fifth, the sixth, and each more
MEMORY = timedelta(days=1)
FROM_ONE_ADDRESS, WITHIN = 50, timedelta(hours=1)  # a whole office may stand behind one address


class Try(NamedTuple):
    """`until`: not before this moment is anything looked at. `left`: tries after this one that are."""

    account: str
    left: int
    until: datetime | None


def begin(engine: Engine, secret: str, account: str, address: str) -> Try:
    """Write a try down, and say whether it may be looked at. One that may not counts for nothing."""
    now = clock.now()
    names = {"account": keyed(secret, account), "address": keyed(secret, f"address {address}")}
    with engine.begin() as connection:
        connection.execute(sa.delete(Attempt).where(Attempt.at < now - MEMORY))
        mine = connection.execute(sa.insert(Attempt).values(at=now, **names).returning(Attempt.id)).scalar_one()
    others = sa.select(Attempt.at).where(Attempt.id != mine).order_by(Attempt.at.desc())
    of_account = others.where(Attempt.account == names["account"]).limit(FREE + len(WAITS))
    of_address = others.where(Attempt.address == names["address"], Attempt.at > now - WITHIN).limit(FROM_ONE_ADDRESS)
    with engine.connect() as connection:
        until = not_before(
            list(connection.execute(of_account).scalars()), list(connection.execute(of_address).scalars())
        )
        before = len(connection.execute(of_account).all())
    if until is None or until <= now:
        return Try(names["account"], max(0, FREE - 1 - before), None)
    with engine.begin() as connection:
        connection.execute(sa.delete(Attempt).where(Attempt.id == mine))
    return Try(names["account"], 0, until)


def not_before(of_account: list[datetime], of_address: list[datetime]) -> datetime | None:
    """When the next try is looked at, from the moments of those in vain, newest first."""
    waits = []
    if len(of_account) >= FREE:
        waits.append(of_account[0] + WAITS[min(len(of_account) - FREE, len(WAITS) - 1)])
    if len(of_address) >= FROM_ONE_ADDRESS:
        waits.append(of_address[-1] + WITHIN)
    return max(waits, default=None)


def forget(session: Session, account: str) -> None:
    """The try was right: those before it are forgotten, with the transaction that signs the person in."""
    session.execute(sa.delete(Attempt).where(Attempt.account == account))


def keyed(secret: str, name: str) -> str:
    """A name as it is kept: nobody reads from it whose account or address it was."""
    return hmac.new(secret.encode(), f"attempt\0{name}".encode(), hashlib.sha256).hexdigest()
