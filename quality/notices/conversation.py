"""Reads for what was said about a notice: in its order, what is new to a reader, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from quality.core import clock
from quality.core.errors import NotFound
from quality.core.events import Access, Event, Note
from quality.notices.models import Notice, NoticeStatus
from quality.notices.thread import EntryKind, Side, ThreadEntry, side_of
from quality.people.actor import OWNERS, Actor
from quality.permissions import Can, Sees

READ = "conversation"  # access.what
ON_A_PAGE = 20  # questions and objections, each with its answers
MOST_ANSWERS = 200  # to one
A_FEW = 20  # that wait, on the first page


class Spoken(NamedTuple):
    """An entry with its text (None: blanked), whether it is new to the reader, and what was said to it."""

    entry: ThreadEntry
    text: str | None
    is_new: bool
    answers: Sequence[Spoken] = ()


def conversation(
    session: Session, notice: Notice, me: Actor, *, count: int = ON_A_PAGE, before: int | None = None
) -> tuple[list[Spoken], int | None]:
    """Questions and objections, the newest first, each with its answers in their order; and where older ones begin."""
    roots = of(notice).where(ThreadEntry.root_id.is_(None))
    if before is not None:
        roots = roots.where(ThreadEntry.id < before)
    seen = read_until(session, notice, me)
    found = spoken(session, roots.order_by(ThreadEntry.id.desc()).limit(count + 1), me, seen)
    there, more = found[:count], len(found) > count
    answers = of(notice).where(ThreadEntry.root_id.in_([each.entry.id for each in there])).order_by(ThreadEntry.id)
    said: dict[int | None, list[Spoken]] = {}
    for each in spoken(session, answers.limit(count * MOST_ANSWERS), me, seen) if there else ():
        said.setdefault(each.entry.root_id, []).append(each)
    whole = [each._replace(answers=said.get(each.entry.id, ())) for each in there]
    return whole, there[-1].entry.id if more else None


def messages(
    session: Session, notice: Notice, me: Actor, *, count: int, before: int | None = None
) -> tuple[list[Spoken], int | None]:
    """Every entry, the newest first; and where older ones begin."""
    asked = of(notice).order_by(ThreadEntry.id.desc()).limit(count + 1)
    if before is not None:
        asked = asked.where(ThreadEntry.id < before)
    found = spoken(session, asked, me, read_until(session, notice, me))
    return found[:count], found[count - 1].entry.id if len(found) > count else None


def of(notice: Notice) -> sa.Select[ThreadEntry, str | None]:
    event = sa.and_(
        Event.subject_type == Notice.__tablename__,
        Event.subject_id == ThreadEntry.notice_id,
        Event.seq == ThreadEntry.seq,
    )
    return (
        sa.select(ThreadEntry, Note.text)
        .join(Event, event)
        .outerjoin(Note, Note.digest == Event.note_digest)
        .where(ThreadEntry.notice_id == notice.id)
        .options(joinedload(ThreadEntry.by), joinedload(ThreadEntry.item))
    )


def spoken(session: Session, asked: sa.Select[ThreadEntry, str | None], me: Actor, seen: int) -> list[Spoken]:
    other = side_of(me).other
    rows = session.execute(asked).all()
    return [Spoken(entry, text, is_new=entry.side is other and entry.seq > seen) for entry, text in rows]


def one_entry(session: Session, notice: Notice, entry_id: int) -> ThreadEntry:
    asked = sa.select(ThreadEntry).where(ThreadEntry.notice_id == notice.id, ThreadEntry.id == entry_id)
    entry = session.scalars(asked).one_or_none()
    if entry is None:
        raise NotFound("message")
    return entry


# --- what is new to a reader ---


def read_until(session: Session, notice: Notice, me: Actor) -> int:
    """The version of the notice in which this person, or this key, last read what was said about it."""
    looks = sa.select(sa.func.max(Access.subject_version)).where(
        Access.subject_type == Notice.__tablename__, Access.subject_id == notice.id,
        Access.what == READ, Access.actor == me.signature,
    )  # fmt: skip
    return session.scalar(looks) or 0


def new_to(session: Session, notice: Notice, me: Actor) -> int:
    """How many entries of the other side this reader has not read."""
    asked = sa.select(sa.func.count()).select_from(ThreadEntry).where(ThreadEntry.notice_id == notice.id)
    asked = asked.where(ThreadEntry.side == side_of(me).other, ThreadEntry.seq > read_until(session, notice, me))
    return session.scalar(asked) or 0


def mark_read(session: Session, notice: Notice, me: Actor) -> None:
    """That the reader has it all before them. Only `access` is written, and only where something was new."""
    if not new_to(session, notice, me):
        return
    look = Access(at=clock.now(), actor=me.signature, organisation_id=me.organisation_id, what=READ)
    look.subject_type, look.subject_id, look.subject_version = Notice.__tablename__, notice.id, notice.version
    session.add(look)


# --- what waits for a reader ---


def waiting_questions(session: Session, me: Actor, count: int = A_FEW) -> list[ThreadEntry]:
    """What the other side asks and this reader may answer, the oldest first."""
    if not me.can(Can.MESSAGE_WRITE) or me.sees not in {Sees.AGENCY, Sees.PLATFORM}:
        return []
    asked = waiting_for(side_of(me)).where(getattr(Notice, OWNERS[me.sees]) == me.organisation_id)
    asked = asked.options(contains_eager(ThreadEntry.notice), joinedload(ThreadEntry.item))
    return list(session.scalars(asked.order_by(ThreadEntry.id).limit(count)))


def waiting_for(side: Side) -> sa.Select[ThreadEntry]:
    return (
        sa.select(ThreadEntry)
        .join(ThreadEntry.notice)
        .where(ThreadEntry.settled_at.is_(None), ThreadEntry.root_id.is_(None))
        .where(ThreadEntry.kind == EntryKind.QUESTION, ThreadEntry.side == side.other)
        .where(Notice.status != NoticeStatus.WITHDRAWN)
    )


def how_many_wait(session: Session, notices: Sequence[Notice], me: Actor) -> dict[int, int]:
    """Of these notices, by id: the questions of the other side that wait for an answer."""
    asked = waiting_for(side_of(me)).where(ThreadEntry.notice_id.in_([notice.id for notice in notices]))
    counted = asked.with_only_columns(ThreadEntry.notice_id, sa.func.count()).group_by(ThreadEntry.notice_id)
    return {notice_id: count for notice_id, count in session.execute(counted)}
