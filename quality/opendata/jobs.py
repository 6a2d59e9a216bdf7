"""A dump of each day of Beijing, made by itself; and none is offered that holds what was taken from the public.

What is to be made is asked of the rows. Who makes a dump has its row, by an index that lets in one; the bytes come
into the vault under their hash before a row names them. What a crash leaves is a row that is not whole: after an hour
another takes its place.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload, sessionmaker

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import Unavailable
from quality.core.moment import one_moment
from quality.core.words import _
from quality.evidence.jobs import discard
from quality.evidence.quarantine import stand_still
from quality.evidence.vault import Kept, Vault
from quality.opendata.models import Dump, DumpFile, DumpFormat, DumpKind, DumpTable
from quality.opendata.taking import (
    ZIPPED,
    Left,
    added,
    gone_from,
    holding_what_was_taken,
    is_unchanged_since,
    known_of,
    layout_of,
    rows_of,
    write,
)
from quality.publication.models import Result

LOST = timedelta(hours=1)  # after which nobody works on what was claimed any more


class Due(NamedTuple):
    """A dump that is to be made. `since` and `until` are None for one that is complete, and of this moment.

    `before` is the dump from whose files it is made: see `base_of`.
    """

    day: date
    kind: DumpKind
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class Made(NamedTuple):
    layout: str
    rows: int
    known: int
    until: datetime
    at: datetime
    files: dict[tuple[DumpTable, DumpFormat], Kept]


def make_open_data(sessions: sessionmaker[Session], vault: Vault, told: tuple[str, int], now: datetime) -> int:
    """Take away what may not be offered, then make what is due; returns how many dumps were made.

    `told` is the address of the public pages, and for how many days files are kept.
    """
    public_url, days = told
    give_up_claims(sessions, now)
    end_what_holds_what_was_taken(sessions, now)
    with sessions() as session:
        wanted = due(session, layout_of(public_url), now)
    made = sum(make(sessions, vault, public_url, each, now) for each in wanted)
    drop_what_ended(sessions, now)
    let_go(sessions, day_of(now) - timedelta(days=days), now)
    return made


# --- what is due ---


def due(session: Session, layout: str, now: datetime) -> list[Due]:
    """Nothing before the first publication; nor while the clock says an earlier day than when the last one was made."""
    today = day_of(now)
    newest = session.scalars(sa.select(sa.func.max(Dump.day))).one()
    was_public = session.scalars(sa.select(Result.id).where(Result.published_at.is_not(None)).limit(1)).first()
    if was_public is None or (newest is not None and newest > today):
        return []
    asked = sa.select(Dump).options(selectinload(Dump.files)).order_by(Dump.day, Dump.id)
    dumps = session.scalars(asked).all()
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
    wanted = [*windows.values(), Due(today, DumpKind.COMPLETE, before=base_of(dumps, layout))]
    return [each for each in wanted if (each.day, each.kind) not in offered]


def base_of(dumps: Sequence[Dump], layout: str) -> int | None:
    """The newest complete dump whose files are there, also one that ended just now: what is still true in it is not
    asked of the results again. None of another layout.
    """
    whole = [each for each in dumps if each.kind is DumpKind.COMPLETE and each.made_at and each.files]
    last = max(whole, key=lambda each: (each.day, each.id), default=None)
    fits = last is not None and last.layout == layout and all(file.kept for file in last.files)
    return last.id if last is not None and fits else None


# --- made ---


def make(sessions: sessionmaker[Session], vault: Vault, public_url: str, wanted: Due, now: datetime) -> bool:
    """False: another makes it, or did."""
    key = claim(sessions, wanted, now)
    if key is None:
        return False
    try:
        made = written(sessions, vault, public_url, key, wanted.before)
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


def written(
    sessions: sessionmaker[Session], vault: Vault, public_url: str, key: int, before: int | None = None
) -> Made:
    """No transaction that writes is open meanwhile. A dump without rows has no files.

    A complete one is of the moment at which its snapshot was there: whatever is in it was published by then. Where
    nothing changed since the one `before`, its files are those of that. Where that one ended today, what it may not say
    is left out of it and the rest is offered again, of its moment: to ask all of the results takes minutes.
    """
    with sessions() as session:
        dump = session.get_one(Dump, key)
        base = session.get(Dump, before, options=[selectinload(Dump.files)]) if before else None
        session.expunge_all()
    bind, layout = sessions.kw["bind"], layout_of(public_url)
    assert isinstance(bind, Engine)
    with tempfile.TemporaryDirectory(prefix="open-data-") as folder, one_moment(bind) as connection:
        at = clock.now()
        if dump.kind is DumpKind.COMPLETE:
            dump.until = at
        if base is not None and base.ended_at is None and is_unchanged_since(connection, base):
            files = {(each.table, each.format): Kept(each.sha256, each.bytes) for each in base.files}
            return Made(layout, base.rows, connection.scalar(known_of(dump, at)) or 0, at, at, files)
        if base is not None and base.ended_at is not None and base.day == dump.day:
            dump.until = base.until
            left = Left(fetched(vault, base, Path(folder)), gone_from(connection, dump))
            rows = added(connection, dump, left.gone)
        else:
            left, rows = None, rows_of(connection, dump, public_url)
        known = connection.scalar(known_of(dump, at)) or 0
        many, paths = write(rows, Path(folder), left)
        return Made(layout, many, known, dump.until, at, {each: put(vault, path) for each, path in paths.items()})


def fetched(vault: Vault, base: Dump, folder: Path) -> dict[tuple[DumpTable, DumpFormat], Path]:
    """Its plain files, on this machine."""
    found = {}
    for each in base.files:
        if each.format in ZIPPED and each.kept:
            path = found[each.table, each.format] = folder / f"before.{each.table.value}.{each.format.value}"
            with vault.open(each.kept) as kept, path.open("wb") as here:
                shutil.copyfileobj(kept, here, 1024 * 1024)
    return found


def put(vault: Vault, path: Path) -> Kept:
    with path.open("rb") as file:
        return vault.put(file)


def finish(sessions: sessionmaker[Session], vault: Vault, key: int, made: Made) -> bool:
    """Unless it took so long that another took its place."""
    with sessions.begin() as session:
        mine = sa.update(Dump).where(Dump.id == key, Dump.made_at.is_(None))
        told = {"made_at": made.at, "until": made.until, "rows": made.rows, "known": made.known, "layout": made.layout}
        if not session.execute(mine.values(**told).returning(Dump.id)).all():
            return False
        for (table, form), kept in sorted(made.files.items()):
            stand_still(session, kept.sha256)
            if vault.size(kept.sha256) != kept.bytes:  # the same bytes were let go a day ago, and went just now
                said = _("The store of evidence does not answer; try again in a moment")
                raise Unavailable("store_away", said, retry_after=10)
            same = {"bytes": kept.bytes, "sha256": kept.sha256, "kept": kept.sha256}
            session.add(DumpFile(dump_id=key, table=table, format=form, **same))
    return True


# --- taken away ---


def give_up_claims(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        session.execute(sa.delete(Dump).where(Dump.made_at.is_(None), Dump.claimed_at <= now - LOST))


def end_what_holds_what_was_taken(sessions: sessionmaker[Session], now: datetime) -> None:
    """Each dump with a copy that was withdrawn, or whose time is over, ends; its line says that it did.

    Its files were refused already, from the moment of the withdrawal: whoever asks for one asks that.
    """
    with sessions() as session:
        offered = session.scalars(sa.select(Dump).where(Dump.ended_at.is_(None), Dump.made_at.is_not(None))).all()
        wrong = holding_what_was_taken(session, offered)
    if wrong:
        with sessions.begin() as session:
            session.execute(sa.update(Dump).where(Dump.id.in_(wrong)).values(ended_at=now))


def drop_what_ended(sessions: sessionmaker[Session], now: datetime) -> None:
    """Once another is made from them."""
    kept = sa.select(Dump).join(Dump.files).where(Dump.ended_at.is_not(None), DumpFile.kept.is_not(None))
    with sessions() as session:
        due = session.scalars(kept.distinct().with_only_columns(Dump.id)).all()
    if due:
        with sessions.begin() as session:
            for dump in session.scalars(sa.select(Dump).where(Dump.id.in_(due)).options(selectinload(Dump.files))):
                drop_bytes(session, dump, now)


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
