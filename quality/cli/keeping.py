"""What is kept: the record verified, everything backed up, and brought back."""

from __future__ import annotations

from pathlib import Path

import click

from quality.cli.verbs import File, Folder, group, program, verb
from quality.core.config import Settings
from quality.core.words import _


@group(_("The record of what happened"))
def record() -> None: ...


@verb(_("Walk the whole record; 1 and the first broken link if it was altered"), of=record)
@click.pass_context
def verify(context: click.Context) -> None:
    from quality.backup.record import print_verified, verified

    with program() as app:
        seen = verified(app.extensions["sqlalchemy"].session(), app.config["SETTINGS"])
    context.exit(print_verified(seen))


@verb(
    _("Let the record's present key vouch for the next one, in FILE (made if it is not there)"),
    of=record,
    name="hand-over",
)
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def hand_over(file: Path) -> None:
    from quality.backup.handing import print_handed_over

    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        print_handed_over(session, app.config["SETTINGS"], file)
        session.commit()


@verb(_("Say, signed by the key in FILE itself, that it vouches for nothing any more"), of=record, name="revoke-key")
@click.argument("file", metavar="FILE", type=File)
def revoke_key(file: Path) -> None:
    from quality.backup.handing import print_revoked

    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        print_revoked(session, app.config["SETTINGS"], file)
        session.commit()


@verb(_("Copy everything that is kept into DIR, while the program runs; the next time only what is new"))
@click.argument("folder", metavar="DIR", type=Folder)
@click.pass_context
def backup(context: click.Context, folder: Path) -> None:
    from quality.backup.command import print_backup

    with program() as app:
        context.exit(print_backup(app, folder))


@verb(_("Bring everything back from DIR into an empty database, and verify it"))
@click.argument("folder", metavar="DIR", type=Folder)
@click.pass_context
def restore(context: click.Context, folder: Path) -> None:
    from quality.backup.command import print_restore

    Settings.read().make_folders()
    with program() as app:
        context.exit(print_restore(app, folder))
