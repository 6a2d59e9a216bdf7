"""Is the record whole? Three checks: the chains, the heads that the cases keep, the signed roots outside the database.

A chain finds an altered or missing event; the head that each case keeps finds a cut tail; a signed root finds a
subject that is gone with its whole chain, and a chain that was recomputed after the root was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.clock import rfc3339
from quality.core.db import Base
from quality.core.events import FIRST, Event, Note, Recorded, digest_of
from quality.core.merkle import Leaf
from quality.core.roots import AT_ONCE, Broken, folder_of, read_roots
from quality.core.workflow import Case, Part

Heads = dict[tuple[str, int], tuple[int, str]]  # (subject type, id) -> (last seq, its digest)
Statuses = dict[str, str]  # "notice:3" or "notice_item:4" -> the status that its last move gave it


class Verified(NamedTuple):
    events: int
    subjects: int
    roots: int
    broken: Broken | None
    strangers: int = 0  # other databases whose roots lie in the same folder


def recorded_tables() -> list[type[Recorded]]:
    """Every kind of row that keeps a head of its own."""
    mappers = (mapper.class_ for mapper in Base.registry.mappers)
    return sorted((c for c in mappers if issubclass(c, Recorded)), key=lambda c: c.__tablename__)


def verify(session: Session, roots: Path, keys: Sequence[bytes] = ()) -> Verified:
    """Walk the whole record, in constant memory but for the heads. `keys`: the public keys that may sign a root."""
    own = folder_of(session, roots)
    strangers = sum(path.is_dir() and path != own for path in roots.iterdir()) if roots.is_dir() else 0
    signed = read_roots(own, keys)
    if isinstance(signed, Broken):
        return Verified(0, 0, 0, signed, strangers)
    heads: Heads = {}
    statuses: Statuses = {}
    pinned = {(kind, key, seq): digest for root in signed for kind, key, seq, digest in root}
    count, broken = walk_chains(session, heads, statuses, pinned)
    broken = (
        broken
        or _compare_with_cases(session, heads)
        or _compare_statuses(session, statuses)
        or _compare_with_roots(signed, heads)
        or _compare_notes(session)
    )
    return Verified(count, len(heads), len(signed), broken, strangers)


def walk_chains(
    session: Session, heads: Heads, statuses: Statuses, pinned: Mapping[tuple[str, int, int], str]
) -> tuple[int, Broken | None]:
    """Recompute every chain, filling `heads` and `statuses`; stops at the first event that does not follow.

    `pinned` are the digests that a signed root vouches for, by subject and seq.
    """
    event = Event.__table__
    columns = [c if c.name != "details" else sa.type_coerce(c, sa.Text) for c in event.c if c.name != "id"]
    query = sa.select(*columns).order_by(event.c.subject_type, event.c.subject_id, event.c.seq)
    with session.connection().execute(query, execution_options={"yield_per": AT_ONCE}) as found:
        return _follow(found, heads, statuses, pinned)


def _follow(
    found: Iterable[Any], heads: Heads, statuses: Statuses, pinned: Mapping[tuple[str, int, int], str]
) -> tuple[int, Broken | None]:
    subject, last, digest, count = ("", 0), 0, FIRST, 0
    for at, actor, kind, key, seq, part, action, old, new, details, note_digest, kept in found:
        count += 1
        if (kind, key) != subject:
            if count > 1:
                heads[subject] = (last, digest)
            subject, last, digest = (kind, key), 0, FIRST
        if seq != last + 1:
            return count, Broken("gap", f"{kind}:{key}", seq)
        digest = digest_of(
            digest,
            at=rfc3339(at),
            actor=actor,
            subject_type=kind,
            subject_id=key,
            seq=seq,
            part=part,
            action=action,
            old_status=old,
            new_status=new,
            details=details,
            note_digest=note_digest,
        )
        if digest != kept:
            return count, Broken("altered", f"{kind}:{key}", seq)
        if pinned and pinned.get((kind, key, seq), digest) != digest:
            return count, Broken("recomputed", f"{kind}:{key}", seq)
        last = seq
        if new is not None:
            statuses[part or f"{kind}:{key}"] = new
    if count:
        heads[subject] = (last, digest)
    return count, None


def _compare_with_cases(session: Session, heads: Heads) -> Broken | None:
    """Every case's head is the last event, and every subject of an event is there."""
    seen: set[tuple[str, int]] = set()
    wrong: tuple[str, int, int] | None = None
    for kind, key, version, digest in _read(session, _kept_heads(tuple(recorded_tables()))):
        seen.add((kind, key))
        if heads.get((kind, key)) != (version, digest):
            wrong = min(wrong or (kind, key, version), (kind, key, version))
    if wrong:
        return Broken("tail", f"{wrong[0]}:{wrong[1]}", wrong[2])
    missing = min(heads.keys() - seen, default=None)
    return missing and Broken("subject_gone", f"{missing[0]}:{missing[1]}", None)


def _compare_statuses(session: Session, statuses: Statuses) -> Broken | None:
    """Every case and every part stands where its last move put it."""
    mappers = (mapper.class_ for mapper in Base.registry.mappers)
    models = sorted((c for c in mappers if issubclass(c, Case | Part)), key=lambda c: str(c.__tablename__))
    rows = _read(session, _kept_statuses(tuple(models)))
    wrong = min(((kind, key) for kind, key, status in rows if statuses.get(f"{kind}:{key}") != status), default=None)
    return wrong and Broken("status", f"{wrong[0]}:{wrong[1]}", None)


@cache
def _kept_heads(models: tuple[type[Recorded], ...]) -> sa.CompoundSelect[Any]:
    """All tables in one question: each by itself, the thirty of them would be most of what a short record takes."""
    return sa.union_all(*(sa.select(_named(each), each.id, each.version, each.digest) for each in models))


@cache
def _kept_statuses(models: tuple[type[Case | Part], ...]) -> sa.CompoundSelect[Any]:
    return sa.union_all(*(sa.select(_named(each), each.id, sa.type_coerce(each.status, sa.String)) for each in models))


def _named(model: type[Base]) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{model.__tablename__}'", sa.String)


def _read(session: Session, asked: sa.CompoundSelect[Any]) -> Iterator[Any]:
    with session.connection().execute(asked, execution_options={"yield_per": AT_ONCE}) as found:
        yield from found


def _compare_with_roots(signed: list[list[Leaf]], heads: Heads) -> Broken | None:
    for leaves in signed:
        for kind, key, seq, _ in leaves:
            if heads.get((kind, key), (0, ""))[0] < seq:
                return Broken("removed", f"{kind}:{key}", seq)
    return None


def _compare_notes(session: Session) -> Broken | None:
    """Every note is there and says what it said, unless it was blanked."""
    hidden = sa.select(Event.subject_type, Event.subject_id, Event.seq, Event.note_digest, Note)
    rows = session.execute(
        hidden.outerjoin(Note, Note.digest == Event.note_digest).where(Event.note_digest.is_not(None))
    )
    for kind, key, seq, digest, note in rows.yield_per(AT_ONCE):
        if note is None:
            return Broken("note_gone", f"{kind}:{key}", seq)
        if note.text is not None and hashlib.sha256((note.salt + note.text).encode()).hexdigest() != digest:
            return Broken("note_altered", f"{kind}:{key}", seq)
    return None
