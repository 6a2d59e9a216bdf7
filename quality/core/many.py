"""Many cases at once, with the same events and the same chains as one by one, in a few statements a thousand.

For what arrives as a table. Who moves many has asked every condition before: they are taken first (`take_many`), so
that nobody else can move them meanwhile. It is part of `core/workflow.py`, and stands beside it because of its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import Base, canonical
from quality.core.events import ADD, FIRST, Recorded, digest_of
from quality.core.workflow import Actor

AT_ONCE = 500  # ids in one statement


class Deed(NamedTuple):
    """What is done to one case that was taken: `case` is its row as `take_many` or `begin_many` gave it."""

    case: Any
    action: str
    details: Mapping[str, Any]
    part: str | None = None
    new_status: Any = None  # None: it stays as it is
    old_status: Any = None


def batches(things: Sequence[Any], size: int = AT_ONCE) -> Iterator[list[Any]]:
    left = iter(things)
    while some := list(islice(left, size)):
        yield some


def take_many(session: Session, model: type[Recorded], keys: Sequence[int]) -> dict[int, Any]:
    """Lock the cases until the transaction ends and count their versions up; their rows as they are now, by id.

    In the order of their ids, so that two who take many at once wait for each other and not in a ring.
    """
    session.flush()
    session.expire_all()
    table = Base.metadata.tables[model.__tablename__]
    taken: dict[int, Any] = {}
    for some in batches(sorted(set(keys))):
        asked = sa.update(table).where(table.c.id.in_(some)).values(version=table.c.version + 1).returning(*table.c)
        taken |= {row.id: row for row in session.connection().execute(asked)}
    return taken


def record_many(session: Session, model: type[Recorded], deeds: Sequence[Deed], *, by: Actor) -> None:
    """Write down what was done to cases that were taken, and move those of them that get a new status."""
    if not deeds:
        return
    table, at = Base.metadata.tables[model.__tablename__], clock.now()
    written = clock.rfc3339(at)
    events, changes = [], []
    for deed in deeds:
        row: dict[str, Any] = {
            "actor": by.signature,
            "subject_type": table.name,
            "subject_id": deed.case.id,
            "seq": deed.case.version,
            "part": deed.part,
            "action": deed.action,
            "old_status": deed.old_status,
            "new_status": deed.new_status,
            "note_digest": None,
        }
        digest = digest_of(deed.case.digest, at=written, details=canonical(deed.details), **row)
        events.append({"at": at, "details": deed.details, "digest": digest, **row})
        kept = deed.case.status if deed.new_status is None else deed.new_status
        changes.append({"taken_id": deed.case.id, "digest": digest, "status": kept})
    session.connection().execute(sa.update(table).where(table.c.id == sa.bindparam("taken_id")), changes)
    session.connection().execute(ADD, events)


class Begun(NamedTuple):
    id: int
    version: int
    digest: str
    status: Any


def begin_many(
    session: Session,
    model: type[Recorded],
    rows: Sequence[Mapping[str, Any]],
    *,
    by: Actor,
    details: Sequence[Mapping[str, Any]],
    named: str,
) -> list[int]:
    """Add new cases, each with its first event; their ids, in the order of the rows.

    `named` is a column in which no two of the rows say the same: the database gives ids back in any order, and SQLite
    a row at a time if it is asked for theirs.
    """
    if not rows:
        return []
    table = Base.metadata.tables[model.__tablename__]
    added = sa.insert(table).returning(table.c[named], table.c.id)
    begun = [{**row, "version": 1, "digest": FIRST} for row in rows]
    given: dict[Any, int] = {name: key for name, key in session.connection().execute(added, begun)}
    keys = [given[row[named]] for row in rows]
    deeds = [
        Deed(Begun(key, 1, FIRST, row["status"]), "create", said, new_status=row["status"])
        for key, row, said in zip(keys, rows, details, strict=True)
    ]
    record_many(session, model, deeds, by=by)
    return keys
