"""Every row of a database as lines of JSON, the same whichever database it lies in.

So a backup of SQLite can be restored into PostgreSQL and the other way round, two databases are compared by hash, and
no tool of a database's vendor is needed. Rows come in the order of their primary keys, names in that of the alphabet.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

AT_ONCE = 1_000  # rows
REVISION = "alembic_version"


class Table(NamedTuple):
    rows: int
    sha256: str  # of its lines, unpacked


def tables_in(connection: Connection) -> list[sa.Table]:
    """As they are in the database, which may be older than the models: parents first."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != REVISION]


def revision_of(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(REVISION):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {REVISION}").scalar()


def lines_of(connection: Connection, table: sa.Table) -> Iterator[str]:
    names = sorted(column.name for column in table.c)
    keys = [table.c[column.name] for column in table.primary_key] or [table.c[name] for name in names]
    asked = sa.select(*(table.c[name] for name in names)).order_by(*(by_bytes(connection, key) for key in keys))
    found = connection.execution_options(yield_per=AT_ONCE).execute(asked)
    for row in found:
        yield json.dumps(dict(zip(names, map(plain, row), strict=True)), ensure_ascii=False, separators=(",", ":"))


def by_bytes(connection: Connection, key: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Texts in the order of their bytes, as SQLite has them."""
    is_sorted_otherwise = isinstance(key.type, sa.String) and connection.dialect.name == "postgresql"
    return sa.collate(key, "C") if is_sorted_otherwise else key


def plain(value: Any) -> Any:
    """A value of a column as JSON; what JSON has not is an object of one member that says what it is."""
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return {"moment": aware.isoformat(timespec="microseconds")}
        case date():
            return {"day": value.isoformat()}
        case bytes() | memoryview():
            return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is no value of ours")


def value_of(written: Any, *, naive: bool) -> Any:
    """The value again. `naive`: a database that keeps moments in UTC without saying so."""
    match written:
        case {"moment": str(text)}:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=None) if naive else moment
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"bytes": str(text)}:
            return base64.b64decode(text)
    return written


def write(connection: Connection, table: sa.Table, path: Path) -> Table:
    digest, rows = hashlib.sha256(), 0
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        for line in lines_of(connection, table):
            written = line.encode() + b"\n"
            digest.update(written)
            packed.write(written)
            rows += 1
    return Table(rows, digest.hexdigest())


def count(connection: Connection, table: sa.Table) -> Table:
    """What `write` would say, without writing."""
    digest, rows = hashlib.sha256(), 0
    for line in lines_of(connection, table):
        digest.update(line.encode() + b"\n")
        rows += 1
    return Table(rows, digest.hexdigest())


def load(connection: Connection, table: sa.Table, path: Path) -> None:
    """All rows of the file into an empty table. Foreign keys are held when the transaction ends."""
    naive = connection.dialect.name == "sqlite"
    insert, batch = table.insert(), list[dict[str, Any]]()
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            batch.append({name: value_of(value, naive=naive) for name, value in json.loads(line).items()})
            if len(batch) == AT_ONCE:
                connection.execute(insert, batch)
                batch.clear()
    if batch:
        connection.execute(insert, batch)


@contextmanager
def foreign_keys_in_the_end(connection: Connection) -> Iterator[None]:
    """Rows may come before those that they refer to; all must be there when this ends, in the same transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        yield
        return
    asked = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
    )
    held = connection.exec_driver_sql(asked).all()
    for table, name, _means in held:
        connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    yield
    for table, name, means in held:
        connection.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {means}')


def go_on_counting(connection: Connection, tables: list[sa.Table]) -> None:
    """The next id is one that no row has. SQLite counts on by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables:
        if (
            "id" in table.c
            and connection.exec_driver_sql(f"SELECT pg_get_serial_sequence('\"{table.name}\"', 'id')").scalar()
        ):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id)) FROM \"{table.name}\" "
                "HAVING max(id) IS NOT NULL"
            )
