"""What the vault needs from time to time: copies of older pictures, and the end of what nobody refers to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import Base, insert_into
from quality.core.errors import Invalid
from quality.core.workflow import record
from quality.evidence.media import PICTURES
from quality.evidence.models import CopyKind, Derived, Discarded, Exhibit, Holding, Scan
from quality.evidence.operations import keep_copies, note_copies, open_up
from quality.evidence.quarantine import stand_still
from quality.evidence.vault import Vault
from quality.people.actor import SYSTEM
from quality.people.models import Organisation

if TYPE_CHECKING:
    from quality.evidence.pictures import Copy

LISTED_AFTER = timedelta(days=30)  # without a case; then people see it
REMOVED_AFTER = timedelta(days=7)  # on that list
STAY = timedelta(days=1)  # bytes that no row names any more: a backup under way may be about to copy them
LOST = timedelta(days=1)  # a file that arrives for longer has no sender any more
AT_ONCE = 100


def make_missing_copies(sessions: sessionmaker[Session], vault: Vault) -> int:
    """Of pictures that came before there were copies, or by another way. No transaction is open meanwhile."""
    made = 0
    there = sa.exists().where(Derived.original == Holding.sha256, Derived.kind == CopyKind.READABLE)
    asked = sa.select(Holding.sha256, Holding.media_type).where(Holding.media_type.in_(PICTURES), ~there).distinct()
    with sessions() as session:
        wanting = session.execute(asked.limit(AT_ONCE)).all()
    for sha256, media_type in wanting:
        try:
            with vault.open(sha256) as original:
                copies = keep_copies(vault, all_copies_of(original, media_type))
        except FileNotFoundError:  # `mingcha restore` says so; it may come back
            continue
        except Invalid:
            with sessions.begin() as session:
                session.execute(none_of(session, sha256))
            continue
        with sessions.begin() as session:
            note_copies(session, sha256, copies)
        made += 1
    return made


def all_copies_of(original: BinaryIO, media_type: str) -> list[tuple[CopyKind, Copy]]:
    from quality.evidence.pictures import readable_of  # noqa: PLC0415 - what opens pictures waits for the first

    made = dict(open_up(original, media_type).copies)
    if CopyKind.READABLE not in made:
        made[CopyKind.READABLE] = readable_of(original, media_type)
    return list(made.items())


def none_of(session: Session, original: str) -> sa.Insert:
    """That no copy can be made, so that it is not tried again and again."""
    empty = {"media_type": "", "bytes": 0, "width": 0, "height": 0, "made_at": clock.now()}
    rows = [{"original": original, "kind": kind, **empty} for kind in CopyKind]
    statement: sa.Insert = insert_into(session, Derived).values(rows).on_conflict_do_nothing()
    return statement


def list_files_without_a_case(sessions: sessionmaker[Session], now: datetime) -> None:
    """Show what no case has referred to for 30 days, and take from the list what one does now."""
    refers = sa.exists().where(Exhibit.holding_id == Holding.id)
    due = sa.select(Holding.id).where(Holding.sent_at <= now - LISTED_AFTER, Holding.listed_at.is_(None), ~refers)
    used = sa.select(Holding.id).where(Holding.listed_at.is_not(None), refers)
    with sessions() as session:  # where nothing is to be changed, nothing is written
        found = session.scalars(due.union(used).limit(1)).first()
    if found is None:
        return
    with sessions.begin() as session:
        session.execute(sa.update(Holding).where(Holding.id.in_(due.limit(AT_ONCE))).values(listed_at=now))
        session.execute(sa.update(Holding).where(Holding.listed_at.is_not(None), refers).values(listed_at=None))


def let_go_of_listed_files(sessions: sessionmaker[Session], now: datetime) -> int:
    """Each with an event of the organisation that held it."""
    gone = 0
    due = sa.select(Holding.id).where(Holding.listed_at <= now - REMOVED_AFTER).limit(AT_ONCE)
    with sessions() as session:
        keys = session.scalars(due).all()
    for key in keys:
        with sessions.begin() as session:
            gone += let_go(session, key, now)
    return gone


def let_go(session: Session, key: int, now: datetime) -> bool:
    """Remove a holding that is listed still and that no case refers to; its bytes are another job's."""
    refers = sa.exists().where(Exhibit.holding_id == key)
    listed = sa.delete(Holding).where(Holding.id == key, Holding.listed_at <= now - REMOVED_AFTER, ~refers)
    was = session.execute(
        listed.returning(Holding.sha256, Holding.organisation_id, Holding.kind, Holding.bytes)
    ).one_or_none()
    if was is None:
        return False
    discard(session, was.sha256, now)
    told = {"sha256": was.sha256, "kind": was.kind, "bytes": was.bytes}
    record(session, session.get_one(Organisation, was.organisation_id), "let_go_of_file", by=SYSTEM, details=told)
    return True


def discard(session: Session, sha256: str, now: datetime) -> None:
    session.execute(insert_into(session, Discarded).values(sha256=sha256, at=now).on_conflict_do_nothing())


def remove_discarded_bytes(sessions: sessionmaker[Session], vault: Vault, now: datetime) -> int:
    """Those that no row has named for a day: of another organisation, of a document, of a copy.

    The bytes go while their place is held: a sender of the same bytes either has a row by then, or waits and then
    looks whether they are there. After a crash they are due again.
    """
    removed = 0
    with sessions() as session:
        due = session.scalars(sa.select(Discarded.sha256).where(Discarded.at <= now - STAY).limit(AT_ONCE)).all()
    for sha256 in due:
        with sessions.begin() as session:
            stand_still(session, sha256)
            session.execute(sa.delete(Discarded).where(Discarded.sha256 == sha256))
            if is_named(session, sha256):
                continue
            vault.remove(sha256)
            removed += 1
            session.execute(sa.delete(Scan).where(Scan.sha256 == sha256))
            copies = sa.delete(Derived).where(Derived.original == sha256).returning(Derived.sha256)
            for copy in session.scalars(copies).all():
                if copy is not None:
                    discard(session, copy, now)
    return removed


def is_named(session: Session, sha256: str) -> bool:
    """Whether any row of the program says that these bytes are kept."""
    columns = [c for table in Base.metadata.tables.values() for c in table.c if c.info.get("vault") == "kept"]
    return bool(session.scalar(sa.select(sa.or_(*(sa.exists().where(column == sha256) for column in columns)))))


def clear_what_never_arrived(vault: Vault) -> int:
    return vault.clear_abandoned(LOST) + vault.apart().clear_abandoned(LOST)


def discard_what_no_row_names(
    sessions: sessionmaker[Session], vault: Vault, now: datetime, *, older_than: timedelta = STAY
) -> int:
    """Bytes to which no row ever came: who brought them was killed after they were kept, or refused.

    They are only put down to be removed: a day later it is asked once more whether a row names them. What lies apart
    has no such list; nothing else than its record ever refers to it. Returns how many were found.
    """
    found = 0
    for some in by_hundreds(vault.older_than(older_than)):
        with sessions() as session:
            orphans = set(some) - named_among(session, some, "kept")
        if orphans:
            with sessions.begin() as session:
                for sha256 in sorted(orphans):
                    discard(session, sha256, now)
        found += len(orphans)
    apart = vault.apart()
    for some in by_hundreds(apart.older_than(older_than)):
        for sha256 in some:
            with sessions.begin() as session:
                stand_still(session, sha256)
                if not named_among(session, [sha256], "apart"):
                    apart.remove(sha256)
                    found += 1
    return found


def by_hundreds(names: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(names, AT_ONCE)):
        yield some


def named_among(session: Session, some: Sequence[str], where: str) -> set[str]:
    """Those of which a row says that they are kept, or kept apart."""
    columns = [c for table in Base.metadata.tables.values() for c in table.c if c.info.get("vault") == where]
    asked = [sa.select(column).where(column.in_(some)) for column in columns]
    return set(session.scalars(sa.union(*asked)))
