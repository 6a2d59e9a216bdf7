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
from quality.core.events import FIRST, Recorded, digest_of
from quality.core.workflow import Actor

AT_ONCE = 500  # ids in one statement
EVENT = Base.metadata.tables["event"]


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
    written, moment = clock.rfc3339(at), as_kept(session, EVENT.c.at, at)
    events, changes = [], []
    for deed in deeds:
        case, details = deed.case, canonical(deed.details)
        row: dict[str, Any] = {
            "actor": by.signature,
            "subject_type": table.name,
            "subject_id": case.id,
            "seq": case.version,
            "part": deed.part,
            "action": deed.action,
            "old_status": plain(deed.old_status),
            "new_status": plain(deed.new_status),
            "note_digest": None,
        }
        digest = digest_of(case.digest, at=written, details=details, **row)
        events.append((moment, details, digest, *row.values()))
        changes.append((digest, plain(case.status if deed.new_status is None else deed.new_status), case.id))
    change_many(session, table, ("digest", "status"), changes)
    add_many(session, EVENT, ("at", "details", "digest", *row), events)


def plain(status: Any) -> str | None:
    return None if status is None else str(status)


def as_kept(session: Session, column: Any, value: Any) -> Any:
    """As the driver takes it."""
    bind = column.type.bind_processor(session.connection().dialect)
    return bind(value) if bind else value


def written_at_once(session: Session) -> set[str]:
    """Names of the tables to which this transaction writes from here, which no listener to its rows can see."""
    names: set[str] = session.info.setdefault("written at once", set())
    return names


def add_many(session: Session, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows, each the values of `columns` as the driver takes them (JSON as its text).

    Past the handling of each value by the statement, which takes longer than the database does.
    """
    written_at_once(session).add(table.name)
    connection, named = session.connection(), ", ".join(f'"{column}"' for column in columns)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f'COPY "{table.name}" ({named}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({named}) VALUES ({places})', list(map(tuple, rows)))


def change_many(session: Session, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set texts in rows that are there; each of `rows` are the values of `columns`, and the id."""
    written_at_once(session).add(table.name)
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        set_to = ", ".join(f'"{column}" = given."{column}"' for column in columns)
        given = ", ".join(f'"{column}"' for column in (*columns, "id"))
        arrays = ", ".join(["%s::text[]"] * len(columns) + ["%s::bigint[]"])
        connection.exec_driver_sql(
            f'UPDATE "{table.name}" SET {set_to} FROM unnest({arrays}) AS given({given}) '
            f'WHERE "{table.name}".id = given.id',
            tuple(map(list, zip(*rows, strict=True))),
        )
        return
    set_to = ", ".join(f'"{column}" = ?' for column in columns)
    connection.exec_driver_sql(f'UPDATE "{table.name}" SET {set_to} WHERE id = ?', list(map(tuple, rows)))


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
