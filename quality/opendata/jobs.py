"""A dump of each day of Beijing, made by itself; and none is offered that holds what was taken from the public.

What is to be made is asked of the rows. Who makes a dump has its row, by an index that lets in one; the bytes come
into the vault under their hash before a row names them. What a crash leaves is a row that is not whole: after an hour
another takes its place.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import Unavailable
from quality.core.moment import one_moment
from quality.core.words import _
from quality.evidence.jobs import discard
from quality.evidence.quarantine import stand_still
from quality.evidence.vault import Kept, Vault
from quality.opendata.models import Dump, DumpFile, DumpFormat, DumpKind
from quality.opendata.taking import rows_of, taken_of_what_it_holds, write
from quality.publication.models import Result

LOST = timedelta(hours=1)  # after which nobody works on what was claimed any more


class Due(NamedTuple):
    """A dump that is to be made. `since` and `until` are None for one that is complete, and of this moment."""

    day: date
    kind: DumpKind
    since: datetime | None = None
    until: datetime | None = None


class Made(NamedTuple):
    rows: int
    known: int
    until: datetime
    at: datetime
    files: dict[DumpFormat, Kept]


def make_open_data(sessions: sessionmaker[Session], vault: Vault, told: tuple[str, int], now: datetime) -> int:
    """Take away what may not be offered, then make what is due; returns how many dumps were made.

    `told` is the address of the public pages, and for how many days files are kept.
    """
    public_url, days = told
    give_up_claims(sessions, now)
    take_away(sessions, now)
    let_go(sessions, day_of(now) - timedelta(days=days), now)
    with sessions() as session:
        wanted = due(session, now)
    return sum(make(sessions, vault, public_url, each, now) for each in wanted)


# --- what is due ---


def due(session: Session, now: datetime) -> list[Due]:
    """Nothing before the first publication; nor while the clock says an earlier day than when the last one was made."""
    today = day_of(now)
    newest = session.scalars(sa.select(sa.func.max(Dump.day))).one()
    was_public = session.scalars(sa.select(Result.id).where(Result.published_at.is_not(None)).limit(1)).first()
    if was_public is None or (newest is not None and newest > today):
        return []
    dumps = session.scalars(sa.select(Dump).order_by(Dump.day, Dump.id)).all()
    offered = {(each.day, each.kind) for each in dumps if each.ended_at is None}
    windows = {
        each.day: Due(each.day, DumpKind.CHANGES, each.since, each.until)
        for each in dumps
        if each.kind is DumpKind.CHANGES
    }
    earlier = [each for each in dumps if each.day < today and each.made_at is not None]
    if today not in windows and earlier:
        last = max(each.day for each in earlier)
        since = min(each.until for each in earlier if each.day == last)
        windows[today] = Due(today, DumpKind.CHANGES, since, now)
    wanted = [*windows.values(), Due(today, DumpKind.COMPLETE)]
    return [each for each in wanted if (each.day, each.kind) not in offered]


# --- made ---


def make(sessions: sessionmaker[Session], vault: Vault, public_url: str, wanted: Due, now: datetime) -> bool:
    """False: another makes it, or did."""
    key = claim(sessions, wanted, now)
    if key is None:
        return False
    try:
        made = written(sessions, vault, public_url, key)
        return finish(sessions, vault, key, made)
    except BaseException:
        with sessions.begin() as session:
            session.execute(sa.delete(Dump).where(Dump.id == key, Dump.made_at.is_(None)))
        raise


def claim(sessions: sessionmaker[Session], wanted: Due, now: datetime) -> int | None:
    dump = Dump(
        day=wanted.day, kind=wanted.kind, since=wanted.since, until=wanted.until or now, claimed_at=now,
    )  # fmt: skip
    try:
        with sessions.begin() as session:
            session.add(dump)
            session.flush()
            return dump.id
    except IntegrityError:
        return None


def written(sessions: sessionmaker[Session], vault: Vault, public_url: str, key: int) -> Made:
    """No transaction that writes is open meanwhile. A dump without rows has no files.

    A complete one is of the moment at which its snapshot was there: whatever is in it was published by then.
    """
    with sessions() as session:
        dump = session.get_one(Dump, key)
        session.expunge(dump)
    bind = sessions.kw["bind"]
    assert isinstance(bind, Engine)
    with tempfile.TemporaryDirectory(prefix="open-data-") as folder:
        with one_moment(bind) as connection:
            at = clock.now()
            if dump.kind is DumpKind.COMPLETE:
                dump.until = at
            known = connection.scalar(taken_of_what_it_holds(dump, at)) or 0
            rows, paths = write(rows_of(connection, dump, public_url), Path(folder))
        return Made(
            rows, known, dump.until, at, {each: put(vault, path) for each, path in paths.items()} if rows else {}
        )


def put(vault: Vault, path: Path) -> Kept:
    with path.open("rb") as file:
        return vault.put(file)


def finish(sessions: sessionmaker[Session], vault: Vault, key: int, made: Made) -> bool:
    """Unless it took so long that another took its place."""
    with sessions.begin() as session:
        mine = sa.update(Dump).where(Dump.id == key, Dump.made_at.is_(None))
        told = {"made_at": made.at, "until": made.until, "rows": made.rows, "known": made.known}
        if not session.execute(mine.values(**told).returning(Dump.id)).all():
            return False
        for each, kept in sorted(made.files.items()):
            stand_still(session, kept.sha256)
            if vault.size(kept.sha256) != kept.bytes:  # the same bytes were let go a day ago, and went just now
                said = _("The store of evidence does not answer; try again in a moment")
                raise Unavailable("store_away", said, retry_after=10)
            session.add(DumpFile(dump_id=key, format=each, bytes=kept.bytes, sha256=kept.sha256, kept=kept.sha256))
    return True


# --- taken away ---


def give_up_claims(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        session.execute(sa.delete(Dump).where(Dump.made_at.is_(None), Dump.claimed_at <= now - LOST))


def take_away(sessions: sessionmaker[Session], now: datetime) -> None:
    """Each dump with a copy that was withdrawn, or whose time is over, ends at once; its line says that it did."""
    with sessions() as session:
        offered = session.scalars(sa.select(Dump).where(Dump.ended_at.is_(None), Dump.made_at.is_not(None))).all()
        wrong = [each.id for each in offered if holds_what_was_taken(session, each)]
    for key in wrong:
        with sessions.begin() as session:
            dump = session.get_one(Dump, key)
            dump.ended_at = now
            drop_bytes(session, dump, now)


def holds_what_was_taken(session: Session, dump: Dump) -> bool:
    assert dump.made_at is not None, "what is offered was made"
    return session.scalars(taken_of_what_it_holds(dump, dump.made_at)).one() > dump.known


def let_go(sessions: sessionmaker[Session], before: date, now: datetime) -> None:
    """What is older than it is kept goes with its row; but the newest complete one stays, if no day followed it."""
    with sessions.begin() as session:
        newest = sa.select(sa.func.max(Dump.day)).where(Dump.made_at.is_not(None)).scalar_subquery()
        for dump in session.scalars(sa.select(Dump).where(Dump.day < before, Dump.day < newest)):
            drop_bytes(session, dump, now)
            session.delete(dump)


def drop_bytes(session: Session, dump: Dump, now: datetime) -> None:
    """They are read by nobody any more, and leave the vault within the day."""
    for file in dump.files:
        if file.kept is not None:
            discard(session, file.kept, now)
            file.kept = None
