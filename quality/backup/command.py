"""What `mingcha backup` and `mingcha restore` print, and with what they end."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from sqlalchemy.orm import sessionmaker

from quality.backup.bringing import bring
from quality.backup.manifest import Manifest
from quality.backup.record import print_verified
from quality.backup.taking import take
from quality.core import clock
from quality.core.words import _
from quality.watch.pulse import note_backup


def print_backup(app: Flask, folder: Path) -> int:
    """0, or 1 where the vault has lost something that a row names."""
    engine, began = app.extensions["sqlalchemy"].engine, clock.now()
    taken = take(engine, app.config["SETTINGS"], folder)
    note_backup(sessionmaker(engine), began)
    rows, files = counted(taken.manifest)
    said = _(
        "Copied as of %(moment)s: %(rows)s rows, %(files)s files, of which %(new)s of evidence are new here",
        moment=taken.manifest.made_at,
        rows=rows,
        files=files,
        new=taken.copied,
    )
    click.echo(said)
    return name_missing(taken.manifest)


def print_restore(app: Flask, folder: Path) -> int:
    """0, or 1 where the record is broken. What the vault had lost already when the copy was made is named."""
    brought = bring(app.extensions["sqlalchemy"].engine, app.config["SETTINGS"], folder)
    rows, files = counted(brought.manifest)
    moment = brought.manifest.made_at
    click.echo(_("Restored as of %(moment)s: %(rows)s rows, %(files)s files", moment=moment, rows=rows, files=files))
    name_missing(brought.manifest)
    return print_verified(brought.record)


def counted(manifest: Manifest) -> tuple[int, int]:
    return sum(table["rows"] for table in manifest.tables.values()), len(manifest.files)


def name_missing(manifest: Manifest) -> int:
    for path in manifest.missing:
        click.echo(_("The vault has lost this: %(path)s", path=path), err=True)
    return 1 if manifest.missing else 0
