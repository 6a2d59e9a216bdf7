"""`mingcha restore DIR`, into an empty installation: of either kind of database, with either kind of vault.

Everything is checked before anything is written: the keys by their fingerprints, every file by its hash. Then the files
come, then all rows in one transaction, then what was loaded is hashed again and the record is walked. A restore that
was cut short is simply begun again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from quality.backup import rows
from quality.backup.manifest import Manifest, require_keys
from quality.backup.record import verified
from quality.core import migrations
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.moment import one_moment
from quality.core.record import Verified
from quality.core.surroundings import CHECKOUT
from quality.core.words import _
from quality.evidence.vault import APART, vault_from

MIGRATIONS = CHECKOUT / "migrations"
TELLS_OF_USE = ("event", "person", "organisation")  # a new database has none of these


class Brought(NamedTuple):
    manifest: Manifest
    record: Verified


def bring(engine: Engine, settings: Settings, folder: Path) -> Brought:
    """Needs the program's context, for the migrations. Raises `Invalid` and `Refused`."""
    manifest = Manifest.read(folder)
    require_keys(manifest, settings)
    require_known_revision(manifest)
    require_empty(engine)
    require_whole(manifest, folder)
    settings.make_folders()
    bring_files(manifest, settings, folder)
    migrations.upgrade(manifest.revision)
    bring_rows(engine, manifest, folder)
    migrations.upgrade()
    with Session(engine) as session:
        return Brought(manifest, verified(session, settings))


def require_known_revision(manifest: Manifest) -> None:
    if not (MIGRATIONS / "versions" / f"{manifest.revision}.py").is_file():
        said = _("This backup is of a newer version of the program (%(revision)s)", revision=manifest.revision)
        raise Invalid(FieldProblem("DIR", "newer", said))


def require_empty(engine: Engine) -> None:
    """No tables, or those of a database that nobody has used."""
    with engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        strangers = there and rows.REVISION not in there
        used = any(
            connection.exec_driver_sql(f"SELECT 1 FROM {name} LIMIT 1").first()
            for name in TELLS_OF_USE
            if name in there
        )
    if strangers or used:
        said = _("This database is in use; restore into an empty one. Nothing was changed")
        raise Refused("not_empty", said)


def require_whole(manifest: Manifest, folder: Path) -> None:
    wrong = [path for path, sha256 in manifest.files.items() if not is_whole(folder / path, sha256)]
    if wrong:
        shown = ", ".join(wrong[:5])
        said = _("%(many)s files of this backup are missing or damaged: %(shown)s", many=len(wrong), shown=shown)
        raise Invalid(FieldProblem("DIR", "damaged", said))


def is_whole(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def bring_files(manifest: Manifest, settings: Settings, folder: Path) -> None:
    """What is there already, under its name and as large, came with an attempt before."""
    vault = vault_from(settings.evidence_url)
    for path, sha256 in evidence_of(manifest):
        target = vault.apart() if path.startswith(f"evidence/{APART}/") else vault
        if target.size(sha256) != (folder / path).stat().st_size:
            with (folder / path).open("rb") as file:
                target.put(file)
    for place, target_folder in (("frames", settings.frames_folder), ("roots", settings.roots_folder)):
        for path in manifest.files:
            if path.startswith(f"{place}/"):
                there = target_folder / Path(path).relative_to(place)
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / path, there)


def evidence_of(manifest: Manifest) -> Iterator[tuple[str, str]]:
    return ((path, sha256) for path, sha256 in manifest.files.items() if path.startswith("evidence/"))


def bring_rows(engine: Engine, manifest: Manifest, folder: Path) -> None:
    """All or none. What the migrations themselves wrote gives way to what was there."""
    with engine.begin() as connection, rows.foreign_keys_in_the_end(connection):
        tables = rows.tables_in(connection)
        if {table.name for table in tables} != manifest.tables.keys():
            raise Invalid(FieldProblem("DIR", "tables", _("The tables of this backup are not those of its version")))
        for table in reversed(tables):
            if connection.execute(sa.select(table).limit(1)).first() is not None:
                connection.execute(table.delete())
        for table in tables:
            rows.load(connection, table, folder / "tables" / f"{table.name}.jsonl.gz")
        rows.go_on_counting(connection, tables)
    with one_moment(engine) as connection:
        for table in rows.tables_in(connection):
            if rows.count(connection, table)._asdict() != manifest.tables[table.name]:
                said = _("What was loaded into %(table)s is not what the backup holds", table=table.name)
                raise Refused("not_equal", said)
