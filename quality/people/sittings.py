"""In which browsers a person is signed in. A cookie alone opens nothing: its sitting must stand here, not ended."""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import session as cookie
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import db
from quality.people.models import Person, Sitting

COARSE = timedelta(minutes=5)  # how exactly it is known when a browser was last seen
IDLE = timedelta(days=30)  # a browser that never closes and is left alone for so long is signed out
KEY = "sitting"
BROWSERS = [("Edge", "Edg"), ("WeChat", "MicroMessenger"), ("QQ", "QQBrowser"), ("Opera", "OPR"),
            ("Firefox", "Firefox|FxiOS"), ("Chrome", "Chrome|CriOS"), ("Safari", "Safari")]  # fmt: skip
SYSTEMS = [("HarmonyOS", "HarmonyOS|OpenHarmony"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
           ("Windows", "Windows"), ("macOS", "Mac OS X|Macintosh"), ("Linux", "Linux")]  # fmt: skip

# the sitting of this browser, unless it was ended or left alone for too long
PRESENT = (
    Sitting.digest == sa.bindparam("sitting"),
    Sitting.ended_at.is_(None),
    Sitting.last_seen_at > sa.bindparam("idle_since"),
)


def begin(session: Session, person: Person, user_agent: str) -> None:
    """The cookie gets a random name; we keep its hash, so that nobody who reads the table is signed in."""
    cookie[KEY] = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        Sitting(
            person_id=person.id,
            digest=digest_of(cookie[KEY]),
            device=device_of(user_agent),
            began_at=now,
            last_seen_at=now,
        )
    )


def asked_for() -> dict[str, object]:
    """What `PRESENT` asks for in this request."""
    return {"sitting": digest_of(str(cookie.get(KEY, ""))), "idle_since": clock.now() - IDLE}


class Present(NamedTuple):
    """The sitting of the browser that asks: what a page needs of it."""

    id: int
    last_seen_at: datetime


def see(sitting: Present) -> None:
    """Note that the browser was here: now and then, in a transaction of its own, and never in anybody's way."""
    now = clock.now()
    if now - sitting.last_seen_at < COARSE:
        return
    with suppress(OperationalError), db.engine.begin() as connection:
        connection.execute(sa.update(Sitting).where(Sitting.id == sitting.id).values(last_seen_at=now))


def is_open() -> tuple[sa.ColumnElement[bool], ...]:
    return Sitting.ended_at.is_(None), Sitting.last_seen_at > clock.now() - IDLE


def open_sittings(session: Session, person_id: int) -> list[Sitting]:
    asked = sa.select(Sitting).where(Sitting.person_id == person_id, *is_open())
    return list(session.scalars(asked.order_by(Sitting.last_seen_at.desc(), Sitting.id.desc()).limit(100)))


def end(session: Session, *which: sa.ColumnElement[bool]) -> int:
    """End the open sittings that meet all of `which`; how many there were."""
    ended = sa.update(Sitting).where(Sitting.ended_at.is_(None), *which).values(ended_at=clock.now())
    return len(session.scalars(ended.returning(Sitting.id), execution_options={"synchronize_session": False}).all())


def end_all(session: Session, person_id: int, but: Present | None = None) -> int:
    others = [Sitting.id != but.id] if but else []
    return end(session, Sitting.person_id == person_id, *others)


def end_this(session: Session) -> None:
    if token := cookie.pop(KEY, None):
        end(session, Sitting.digest == digest_of(str(token)))


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def device_of(user_agent: str) -> str:
    """`Firefox, Windows`: enough to tell one's own devices apart, and no more."""
    named = [next((name for name, sign in signs if re.search(sign, user_agent)), "") for signs in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in named if name)
