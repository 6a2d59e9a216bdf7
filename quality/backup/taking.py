"""`mingcha backup DIR`, while the program runs.

The order is what makes it one moment: first the signed roots, which may not know more than the database; then the
database, in one read transaction; then the files that its rows name. A file is in the vault before its row is written,
and bytes that a row lets go stay for a day, so whatever the rows of that moment name is there to be copied. What DIR
has already is not copied again: the next backup into it takes what is new, and one that was cut short goes on.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from quality.backup import rows
from quality.backup.manifest import FORMAT, Manifest, fingerprints
from quality.core import clock
from quality.core.config import Settings
from quality.core.db import Base
from quality.core.errors import FieldProblem, Invalid
from quality.core.moment import one_moment
from quality.core.words import _
from quality.evidence.vault import APART, FolderVault, Vault, vault_from

KEPT_OF_FRAMES = "*[!.]*"  # not what is still arriving; uploads that nobody confirmed lie in folders


class Taken(NamedTuple):
    manifest: Manifest
    copied: int  # files of evidence that DIR had not


def take(engine: Engine, settings: Settings, folder: Path) -> Taken:
    require_place(folder)
    copy_folder(settings.roots_folder, folder / "roots")
    with one_moment(engine) as connection:
        made_at, revision = clock.now(), rows.revision_of(connection)
        if revision is None:
            raise Invalid(FieldProblem("DATABASE_URL", "empty", _("There are no tables in this database yet")))
        tables = write_tables(connection, folder / "tables")
        installation = connection.exec_driver_sql("SELECT name FROM installation").scalar_one()
        named = {kind: list(names(connection, kind)) for kind in ("kept", "apart")}
    vault, ours = vault_from(settings.evidence_url), FolderVault(folder / "evidence")
    copied, missing = 0, list[str]()
    for kind, source, target in (("kept", vault, ours), ("apart", vault.apart(), ours.apart())):
        for sha256 in named[kind]:
            try:
                copied += copy(source, target, sha256)
            except FileNotFoundError:
                missing.append(path_of(kind, sha256))
    copy_folder(settings.frames_folder, folder / "frames")
    files = {path_of(kind, each): each for kind, found in named.items() for each in found}
    lost = set(missing)
    files = {path: sha256 for path, sha256 in files.items() if path not in lost} | dict(hashes(folder))
    made = Manifest(
        format=FORMAT,
        made_at=clock.rfc3339(made_at),
        database=engine.dialect.name,
        revision=revision,
        installation=installation,
        tables={name: table._asdict() for name, table in tables.items()},
        files=files,
        missing=sorted(missing),
        keys=fingerprints(settings),
    )
    made.write(folder)
    return Taken(made, copied)


def require_place(folder: Path) -> None:
    """An empty folder, or one that holds a backup, finished or not. The old manifest goes first: it is not true now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    strangers = {each.name for each in folder.iterdir()} - {
        "tables", "evidence", "frames", "roots", "manifest.json", ".manifest.json",
    }  # fmt: skip
    if strangers:
        said = _("%(folder)s holds other things; choose an empty folder, or one with a backup", folder=str(folder))
        raise Invalid(FieldProblem("DIR", "other_things", said))
    (folder / "manifest.json").unlink(missing_ok=True)


def write_tables(connection: Connection, folder: Path) -> dict[str, rows.Table]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    found = rows.tables_in(connection)
    return {table.name: rows.write(connection, table, folder / f"{table.name}.jsonl.gz") for table in found}


def names(connection: Connection, kind: str) -> Iterator[str]:
    """The sha256 of each file that a row of this moment names, once."""
    columns = [c for table in Base.metadata.tables.values() for c in table.c if c.info.get("vault") == kind]
    each = sa.union(*(sa.select(column.label("sha256")).where(column.is_not(None)) for column in columns))
    return iter(connection.scalars(each).all())


def copy(source: Vault, target: Vault, sha256: str) -> bool:
    """Whether it had to be copied. FileNotFoundError: the source has it not, or has other bytes under its name."""
    size = source.size(sha256)
    if size is not None and target.size(sha256) == size:
        return False
    with source.open(sha256) as file:
        kept = target.put(file)
    if kept.sha256 != sha256:
        target.remove(kept.sha256)
        raise FileNotFoundError(f"{sha256} is damaged")
    return True


def path_of(kind: str, sha256: str) -> str:
    place = "evidence" if kind == "kept" else f"evidence/{APART}"
    return f"{place}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def copy_folder(source: Path, target: Path) -> None:
    """Frames and roots never change under their names; the uploads that wait in folders of their own stay behind."""
    target.mkdir(exist_ok=True)
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        inside = path.relative_to(source)
        if not path.is_file() or any(part.startswith(".") for part in inside.parts) or inside.parts[0] in UNCONFIRMED:
            continue
        there = target / inside
        if not there.is_file() or there.stat().st_size != path.stat().st_size:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there.with_name(f".{there.name}"))
            there.with_name(f".{there.name}").replace(there)


UNCONFIRMED = {"uploads", "workbooks", "libraries", "complaints"}


def hashes(folder: Path) -> Iterator[tuple[str, str]]:
    """Of what is no evidence: that is called by its hash."""
    for place in ("tables", "frames", "roots"):
        for path in sorted((folder / place).rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    yield str(path.relative_to(folder)), hashlib.file_digest(file, "sha256").hexdigest()
