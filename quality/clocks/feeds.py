"""A person's deadlines as a calendar that their own program subscribes to: a secret address, and RFC 5545.

Whoever has the address reads the calendar, so there is nothing in it but rules, days and case numbers: no product, no
listing, nobody's name. We keep the address's hash; 256 random bits cannot be guessed from it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.clocks.days import DAY
from quality.clocks.models import CalendarFeed
from quality.core import clock
from quality.core.workflow import record
from quality.people.actor import Actor, themselves
from quality.people.models import Membership

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LONGEST_LINE = 75  # octets, RFC 5545, 3.1


class Entry(NamedTuple):
    """One running clock, as a day in a calendar."""

    clock_id: int
    due_on: date
    says: str
    to_do: str
    address: str


# --- the address ---


def membership_of(session: Session, actor: Actor) -> Membership:
    assert actor.organisation is not None
    asked = sa.select(Membership).filter_by(person_id=actor.id, organisation_id=actor.organisation_id, role=actor.role)
    return session.scalars(asked).one()


def make(session: Session, actor: Actor) -> str:
    """A new secret for what this person works as; the one before opens nothing from now on."""
    end(session, actor)
    assert actor.person is not None
    record(session, actor.person, "make_feed", by=themselves(actor.person), details={"role": actor.role})
    token = secrets.token_urlsafe(32)
    made = CalendarFeed(membership_id=membership_of(session, actor).id, digest=hashed(token), made_at=clock.now())
    session.add(made)
    session.flush()
    return token


def end(session: Session, actor: Actor) -> bool:
    """Take the address away; False where there is none."""
    open_one = in_force(session, actor)
    if open_one is None:
        return False
    assert actor.person is not None
    record(session, actor.person, "end_feed", by=themselves(actor.person), details={"role": actor.role})
    open_one.ended_at = clock.now()
    session.flush()
    return True


def in_force(session: Session, actor: Actor) -> CalendarFeed | None:
    of = membership_of(session, actor).id
    asked = sa.select(CalendarFeed).where(CalendarFeed.membership_id == of, CalendarFeed.ended_at.is_(None))
    return session.scalars(asked).one_or_none()


def holder(session: Session, token: str) -> Membership | None:
    """Who reads by this address: as long as it was not taken away, and they work there."""
    if not TOKEN.fullmatch(token):
        return None
    asked = (
        sa.select(Membership)
        .join(CalendarFeed, CalendarFeed.membership_id == Membership.id)
        .where(CalendarFeed.digest == hashed(token), CalendarFeed.ended_at.is_(None), Membership.ended_at.is_(None))
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
    )
    found = session.scalars(asked).one_or_none()
    return found if found is not None and found.person.active else None


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- the calendar ---


def written(name: str, entries: Iterable[Entry], *, host: str, now: datetime) -> bytes:
    """As RFC 5545 writes a calendar: one all-day event a clock, on its last day."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mingcha//Deadlines//ZH", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]  # fmt: skip
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:clock-{entry.clock_id}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.due_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.due_on + DAY:%Y%m%d}",
            f"SUMMARY:{escaped(entry.says)}",
            f"DESCRIPTION:{escaped(entry.to_do)}",
            f"URL:{entry.address}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line)).encode()


def escaped(text: str) -> str:
    """RFC 5545, 3.3.11."""
    for sign, instead in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(sign, instead)
    return text


def folded(line: str) -> Iterator[str]:
    """A long line in parts of at most 75 octets, none in the middle of a sign; each after the first behind a space."""
    part, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LONGEST_LINE:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + octets
    yield part
