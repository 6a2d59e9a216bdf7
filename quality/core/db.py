"""The database: one base class, one session, moments in UTC, canonical JSON, SQLite made strict."""

from __future__ import annotations

import enum
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry

from quality.core.clock import rfc3339

NAMES = {  # every constraint has a name, so that a migration can drop it by name
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(sa.TypeDecorator[datetime]):
    """A moment in UTC. A datetime without a zone is a bug, and is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: use core.clock.now()")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


def canonical(value: Any) -> str:
    """`value` as JSON that is the same text wherever it is written: keys sorted, no spaces, numbers as strings.

    Moments are written to the microsecond in Z, so that a digest over the text can be repeated in any language.
    Written out by hand, in half the time that copying it for `json.dumps` takes: each event and each result asks it.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict:
        named = {str(key): canonical(inner) for key, inner in value.items()}
        return "{" + ",".join([f"{encode_basestring(key)}:{named[key]}" for key in sorted(named)]) + "}"
    if value is None:
        return "null"
    if kind is list or kind is tuple:
        return "[" + ",".join([canonical(inner) for inner in value]) + "]"
    return _other(value)


def _other(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case enum.Enum():
            return canonical(value.value)
        case int() | Decimal():
            return f'"{value}"'
        case str():
            return encode_basestring(value)
        case datetime():
            return f'"{rfc3339(value)}"'
        case date():
            return f'"{value.isoformat()}"'
        case dict():
            return canonical(dict(value))
        case list() | tuple():
            return canonical(list(value))
        case _:  # a float above all: no measured value is one
            raise TypeError(f"{type(value).__name__} has no canonical form")


class CanonicalJSON(sa.TypeDecorator[dict[str, Any]]):
    """JSON kept as its canonical text, so that what was hashed is what is stored."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def by_bytes(length: int) -> sa.String:
    """A text in the order of its bytes in both databases, so that an index finds all that begin alike."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT that may say what to do where the row is there. Only the dialect that is spoken is fetched."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        return insert(table)
    from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite  # noqa: PLC0415

    return insert_into_sqlite(table)


def partial_index(name: str, *columns: str, where: sa.TextClause, unique: bool = False) -> sa.Index:
    """An index over the rows where `where` holds, in both databases: a test compares them.

    Migrations make it. To tell PostgreSQL's half here, too, would fetch its dialect at every start on SQLite.
    """
    return sa.Index(name, *columns, unique=unique, sqlite_where=where)


class Base(DeclarativeBase):
    """Every table extends this class itself, never `db.Model`, which a type checker cannot see into."""

    registry = registry(  # the type map sits on the registry: Flask-SQLAlchemy refuses it on the class
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: Moment(),
            dict[str, Any]: CanonicalJSON(),
            list[Any]: CanonicalJSON(),
            enum.Enum: sa.Enum(enum.Enum, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e]),
        },
    )


class Numbered(Base):
    """The last number given, per agency, kind and year. See `core/numbers.py`."""

    __tablename__ = "numbered"

    agency_code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class Installation(Base):
    """This database's own name, made with its tables: what is kept outside of it is kept under this name."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)


db = SQLAlchemy(model_class=Base)


def engine_options(url: str) -> dict[str, Any]:
    """No value of a row stands in an error's message. A server that is gone is noticed in seconds, not in a quarter of
    an hour, as TCP would have it. The connection that was used last is used next: it still has what the next one reads.
    """
    patience = {"connect_timeout": 5, "tcp_user_timeout": 15_000, "keepalives_idle": 15, "keepalives_interval": 5}
    quick = {"connect_args": patience} if url.startswith("postgresql") else {}
    return {"hide_parameters": True, "pool_use_lifo": True, **quick}


@event.listens_for(Engine, "connect")
def make_sqlite_strict(connection: Any, _record: Any) -> None:
    """Foreign keys hold, readers do not block, and a commit that was answered is on the disk."""
    if "sqlite" in type(connection).__module__:
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=10000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "connect")
def make_postgresql_impatient(connection: Any, _record: Any) -> None:
    """Who waits for a row that a stopped process holds is told so, after as long as with SQLite."""
    if "psycopg" in type(connection).__module__:
        connection.autocommit = True
        connection.execute("SET lock_timeout = '10s'")
        connection.autocommit = False


@event.listens_for(Engine, "savepoint")
def begin_before_a_savepoint(connection: sa.Connection, _name: str) -> None:
    """SQLite's driver begins with the first write, and a savepoint is none to it: released, it would be a commit."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and not driver.in_transaction:
        driver.execute("BEGIN IMMEDIATE")  # a write follows; with a mere BEGIN it could meet one that was faster
