"""The record of what happened. Rows are added, never changed: triggers (migration 0001) refuse.

Each subject has a chain of its own: `digest = sha256(previous digest + this row, canonically written)`. The subject
keeps its last `seq` (its `version`) and digest, so that a cut tail is found; see `core/record.py` for the rest.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cache
from json.encoder import encode_basestring
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from quality.core import clock
from quality.core.db import Base, canonical, partial_index

FIRST = "0" * 64  # what the first event of a subject follows
OPENING = sa.text("seq = 1")  # the event with which a subject began


class Recorded(Base):
    """A row whose every change is an event. `version` is the `seq` of the last one, `digest` its digest."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(sa.String(64), default=FIRST)


class Event(Base):
    """Something that happened to one subject. No foreign keys: the record outlives what it records."""

    __tablename__ = "event"
    __table_args__ = (
        sa.UniqueConstraint("subject_type", "subject_id", "seq"),
        sa.Index(None, "at"),
        partial_index(  # the cases of a kind by the day on which they were opened
            "ix_event_opened", "subject_type", "at", "subject_id", where=OPENING
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(sa.String(64))  # "person:17", "person:17 via key:5" or "system"
    subject_type: Mapped[str] = mapped_column(sa.String(32))  # the table's name: "notice"
    subject_id: Mapped[int]
    seq: Mapped[int]
    part: Mapped[str | None] = mapped_column(sa.String(64))  # what of the subject: "notice_item:4"
    action: Mapped[str] = mapped_column(sa.String(32))  # the move's name: "publish"
    old_status: Mapped[str | None] = mapped_column(sa.String(32))
    new_status: Mapped[str | None] = mapped_column(sa.String(32))
    details: Mapped[dict[str, Any]]  # ids and codes only, never what a person typed
    note_digest: Mapped[str | None] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))


class Note(Base):
    """What a person wrote beside an event. The text may be blanked; the event keeps the hash of what it was.

    `digest = sha256(salt + text)`: without the salt nobody can guess a blanked text from its hash.
    """

    __tablename__ = "note"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    salt: Mapped[str] = mapped_column(sa.String(32))
    text: Mapped[str | None] = mapped_column(sa.Text)
    blanked_at: Mapped[datetime | None]


class Access(Base):
    """Who looked at what is protected, and why. Added, never changed; apart from the record of deeds."""

    __tablename__ = "access"
    __table_args__ = (
        sa.Index(None, "subject_type", "subject_id", "what"),
        partial_index("ix_access_of_others", "organisation_id", "id", where=sa.text("reason <> 'own'")),
        sa.Index("ix_access_reader", "actor", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(sa.String(64))
    organisation_id: Mapped[int | None]
    subject_type: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int]
    what: Mapped[str] = mapped_column(sa.String(64))  # "opened", "identity:order_number", "drawn_list"
    subject_version: Mapped[int | None]  # what they had before them; kept where a proof rests on it
    why: Mapped[str] = mapped_column(sa.Text, default="")
    reason: Mapped[str] = mapped_column(sa.String(32), default="")  # a code of people/looks.py; "" where none is asked


def digest_of(
    previous: str,
    *,
    at: str,
    actor: str,
    subject_type: str,
    subject_id: int,
    seq: int,
    part: str | None,
    action: str,
    old_status: str | None,
    new_status: str | None,
    details: str,
    note_digest: str | None,
) -> str:
    """sha256, in hex, of the previous digest and this row as canonical JSON (`core.db.canonical`), without its `id`.

    `at` is RFC 3339 with microseconds, `details` is canonical already. Written out by hand and not by `canonical`,
    because `mingcha record verify` does it a million times; a test holds the two together.
    """
    row = (
        f'{{"action":{_json(action)},"actor":{_json(actor)},"at":"{at}","details":{details},'
        f'"new_status":{_json(new_status)},"note_digest":{_json(note_digest)},"old_status":{_json(old_status)},'
        f'"part":{_json(part)},"seq":"{seq}","subject_id":"{subject_id}","subject_type":{_json(subject_type)}}}'
    )
    return hashlib.sha256((previous + row).encode()).hexdigest()


def covered_by(event: Event) -> dict[str, Any]:
    """What the digest of this event covers, as those who check it without us are given it: see `digest_of`."""
    return {
        "action": event.action,
        "actor": event.actor,
        "at": clock.rfc3339(event.at),
        "details": event.details,
        "new_status": event.new_status,
        "note_digest": event.note_digest,
        "old_status": event.old_status,
        "part": event.part,
        "seq": str(event.seq),
        "subject_id": str(event.subject_id),
        "subject_type": event.subject_type,
    }


def _json(text: str | None) -> str:
    return "null" if text is None else encode_basestring(text)


BESIDE = "beside"  # in `session.info`: what every event of this transaction tells besides, such as a telephone's moment
ADD = sa.insert(Base.metadata.tables["event"])


def append(
    session: Session,
    subject: Recorded,
    action: str,
    *,
    actor: str,
    part: str | None = None,
    old_status: str | None = None,
    new_status: str | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Add the event of `subject.version`, which the caller has just taken; move the subject's digest and facts on."""
    at = clock.now()
    details = {**(details or {}), **session.info.get(BESIDE, {})}
    row: dict[str, Any] = {
        "actor": actor,
        "subject_type": subject.__tablename__,
        "subject_id": subject.id,
        "seq": subject.version,
        "part": part,
        "action": action,
        "old_status": old_status,
        "new_status": new_status,
        "note_digest": _keep(session, note) if note.strip() else None,
    }
    digest = digest_of(subject.digest, at=clock.rfc3339(at), details=canonical(details), **row)
    write(session, subject, {**(facts or {}), "digest": digest})
    session.connection().execute(ADD, {"at": at, "details": details, "digest": digest, **row})


def write(session: Session, row: Base, values: Mapping[str, Any]) -> None:
    """Set columns of a row that was taken, here and in the database at once.

    Past the unit of work, which would take a third of a move's time to find out what is said here; so whoever listens
    to it listens to WRITTEN as well.
    """
    session.connection().execute(_one_row(type(row)), {"taken_id": id_of(row), **values})
    for name, value in values.items():
        set_committed_value(row, name, value)
    for told in WRITTEN:
        told(session, row, values.keys())


WRITTEN: list[Callable[[Session, Base, Collection[str]], None]] = []


@cache
def _one_row(model: type[Base]) -> sa.Update:
    table = Base.metadata.tables[model.__tablename__]
    return sa.update(table).where(table.c.id == sa.bindparam("taken_id"))


def id_of(row: Base) -> int:
    state: Any = sa.inspect(row)  # not `row.id`: what was read before may have expired
    key = state.identity
    assert key is not None, "begin() it first"
    return int(key[0])


def _keep(session: Session, text: str) -> str:
    salt = secrets.token_hex(16)
    digest = hashlib.sha256((salt + text).encode()).hexdigest()
    session.add(Note(digest=digest, salt=salt, text=text))
    return digest
