"""`mingcha demo clear`: the demonstration goes whole, with everything that was done in it since it was loaded.

First a mark in the record, so that one that was cut short is known for what it is; then the files; then all rows in
one transaction. Begun again it finishes, wherever it was killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns import uploads as frames_that_wait
from quality.campaigns.frame.kept import BESIDE
from quality.campaigns.frame.layered import DRAWN, LAYER, LAYERED
from quality.campaigns.models import Campaign, LayerKind
from quality.capsules.keys import FOLDER as OF_AGENCIES
from quality.capsules.keys import read
from quality.core.config import Settings
from quality.core.db import Base, Installation
from quality.core.errors import Refused
from quality.core.events import Event, Recorded
from quality.core.handover import HANDOVER, kept, public_of
from quality.core.roots import folder_of
from quality.core.words import _
from quality.core.workflow import record
from quality.demonstration import people
from quality.demonstration.standing import CLEARING, Standing, standing
from quality.evidence.parts import parts_at
from quality.evidence.vault import Vault, vault_from
from quality.field.models import UploadPart
from quality.lab.workbook import uploads as tables_that_wait
from quality.notices.models import Notice
from quality.people.actor import SYSTEM
from quality.people.models import Organisation, OrganisationKind, Person
from quality.publication.epoch import raised
from quality.publication.models import Epoch
from quality.purchases.models import Sample
from quality.standards.workbook import uploads as libraries_that_wait
from quality.targeting.risk.complaints import uploads as complaints_that_wait

KEPT = {"alembic_version", Installation.__tablename__, Epoch.__tablename__}  # all that a new database holds
LAID = [f"{did}_{kind}" for did in ("set", "clear") for kind in LayerKind]  # deeds of campaigns/operations/layering.py
PATIENCE = 10_000  # milliseconds for others to let go of the database


def what_is_held(session: Session) -> dict[str, int]:
    """What will be gone, counted."""
    found = {name: session.scalars(sa.select(sa.func.count(model.id))).one() for name, model in COUNTED.items()}
    return found | {"files": len(names(session.connection(), "kept"))}


def who_else(session: Session) -> int:
    """How many others have this database open, as far as it tells: SQLite does not."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    return int(session.execute(sa.text(asked)).scalar_one())


COUNTED: dict[str, type[Recorded | Event]] = {
    "organisations": Organisation,
    "people": Person,
    "campaigns": Campaign,
    "samples": Sample,
    "notices": Notice,
    "events": Event,
}


def refuse_beside_others(session: Session) -> None:
    """Raise `Refused` where something stands here that is not the demonstration's."""
    others = sa.select(Organisation.name).where(
        Organisation.code.not_in(list(people.ORGANISATIONS)),
        Organisation.kind != OrganisationKind.SANDBOX,  # a platform's of the demonstration, where it tried its system
    )
    named = session.scalars(others.order_by(Organisation.id)).all()
    if standing(session) is Standing.OTHER or named:
        said = _(
            "The database holds cases that are not the demonstration's (%(names)s); nothing was removed",
            names="、".join(named) or "?",
        )
        raise Refused("holds_cases", said)


def clear(sessions: sessionmaker[Session], settings: Settings) -> None:
    """Remove it; nothing where nothing is. `Refused` beside other cases, or while others hold the database."""
    with sessions.begin() as session:
        refuse_beside_others(session)
        found = standing(session)
        if found is Standing.EMPTY:
            return
        if found is not Standing.CLEARING:
            record(session, people.organisation(session, people.AGENCY), CLEARING, by=SYSTEM)
    vault = vault_from(settings.evidence_url)
    with sessions() as session:
        connection = session.connection()
        gone = {kind: names(connection, kind) for kind in ("kept", "apart")}
        frames = list(frames_of(session))
        roots = folder_of(session, settings.roots_folder)
        on_their_way = session.scalars(sa.select(UploadPart.name)).all()
    remove_bytes(vault, gone)
    parts_at(settings.evidence_url).drop(on_their_way)
    remove_keys(settings.agency_keys, roots / OF_AGENCIES)
    remove_files(settings.frames_folder, frames)
    shutil.rmtree(roots, ignore_errors=True)
    bind = sessions.kw["bind"]
    assert isinstance(bind, Engine)
    late = empty(bind)
    remove_bytes(vault, {kind: late[kind] - gone[kind] for kind in gone})
    shutil.rmtree(roots, ignore_errors=True)  # a job may have signed once more


def names(connection: Connection, kind: str) -> set[str]:
    """The sha256 of all bytes that rows name, in the vault (`kept`) or in quarantine (`apart`)."""
    columns = [c for table in Base.metadata.tables.values() for c in table.c if c.info.get("vault") == kind]
    found = (connection.execute(sa.select(column).where(column.is_not(None))).scalars() for column in columns)
    return {sha256 for each in found for sha256 in each}


def frames_of(session: Session) -> Iterator[str]:
    """The files in the folder of frames that campaigns name, by any frame that they ever had."""
    of_campaigns = sa.select(Event.details).where(Event.subject_type == Campaign.__tablename__)
    for details in session.scalars(of_campaigns.where(Event.action == "set_frame")):
        yield from (f"{details['sha256']}{kind}" for kind in (".parquet", *BESIDE, LAYERED))
        if "refused_file" in details:
            yield str(details["refused_file"])
    for details in session.scalars(of_campaigns.where(Event.action.in_(LAID))):
        yield f"{details.get('layer')}{LAYER}"
        yield from (f"{details['drawn_from']}{DRAWN}{kind}" for kind in ("", *BESIDE))


def remove_bytes(vault: Vault, gone: dict[str, set[str]]) -> None:
    for place, kind in ((vault, "kept"), (vault.apart(), "apart")):
        for sha256 in sorted(gone[kind]):
            place.remove(sha256)


def remove_keys(folder: Path, statements: Path) -> None:
    """The agency's that were made here, each with a hand-over; one that somebody laid there has none, and stays."""
    made = {each["to"] for each in kept(statements) if each["format"] == HANDOVER}
    for path in (*folder.glob(f"{people.AGENCY}.pem"), *folder.glob(f"{people.AGENCY}.*.earlier")):
        with suppress(Refused):
            if public_of(read(path)) in made:
                path.unlink()


def remove_files(folder: Path, frames: list[str]) -> None:
    for name in frames:
        (folder / name).unlink(missing_ok=True)
    for each in (frames_that_wait, tables_that_wait, libraries_that_wait, complaints_that_wait):
        shutil.rmtree(folder / each.FOLDER, ignore_errors=True)


def empty(engine: Engine) -> dict[str, set[str]]:
    """All rows of all tables at once, or none; returns the bytes that they named until then."""
    try:
        with engine.begin() as connection:
            hold(connection)
            late = {kind: names(connection, kind) for kind in ("kept", "apart")}
            tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name not in KEPT]
            EMPTIED[connection.dialect.name](connection, tables)
            connection.execute(raised())  # this is no session's doing, and nothing is public any more
            connection.execute(sa.update(Installation).values(name=uuid4().hex))  # what was signed was another's
    except OperationalError as busy:
        said = _("Others use the database; stop the program (`mingcha serve`, `mingcha jobs`), then clear again")
        raise Refused("in_use", said) from busy
    return late


def hold(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE}")


def empty_on_sqlite(connection: Connection, tables: list[sa.Table]) -> None:
    """The triggers that keep the record are taken off and put back as they were, in the same transaction."""
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    triggers = connection.exec_driver_sql(asked).all()
    for name, _sql in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for table in tables:
        connection.execute(table.delete())
    for _name, sql in triggers:
        connection.exec_driver_sql(sql)


def empty_on_postgresql(connection: Connection, tables: list[sa.Table]) -> None:
    kept = connection.exec_driver_sql(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    ).scalars()
    protected = list(kept)
    for table in protected:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    named = ", ".join(f'"{table.name}"' for table in tables)
    connection.exec_driver_sql(f"TRUNCATE {named} RESTART IDENTITY")
    for table in protected:
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")


EMPTIED = {"sqlite": empty_on_sqlite, "postgresql": empty_on_postgresql}
