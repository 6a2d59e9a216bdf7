"""A whole campaign at once, and the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from quality.cli.verbs import File, group, program, verb
from quality.core.config import Settings
from quality.core.words import _


@verb(_("Walk a whole campaign from the rows of FILE.csv to verified takedowns and public results"))
@click.argument("source", type=File)
@click.option("--json", "as_json", is_flag=True)
@click.option("--into", is_flag=True, help=cast(str, _("Also into a database that holds other cases")))
@click.pass_context
def walk(context: click.Context, source: Path, as_json: bool, into: bool) -> None:
    from quality.walk.command import print_walk

    Settings.read().make_folders()
    with program() as app:
        context.exit(print_walk(app, source, as_json=as_json, into=into))


@group(_("The demonstration: some months of work with invented names, for a look around"))
def demo() -> None: ...


@verb(_("Load the demonstration into an empty database; once, and never beside other cases"), of=demo, name="load")
def load_demonstration() -> None:
    from quality.demonstration.command import load_once

    Settings.read().make_folders()
    with program() as app:
        load_once(app)


@verb(_("Print who can sign in to the demonstration, and what to look at first"), of=demo)
def accounts() -> None:
    from quality.demonstration.command import print_accounts

    with program():
        print_accounts()


@verb(_("Remove the demonstration whole; what is not the demonstration's is never touched"), of=demo)
@click.option("--yes", is_flag=True, help=cast(str, _("Do not ask")))
def clear(yes: bool) -> None:
    from quality.demonstration.command import clear_once

    with program() as app:
        clear_once(app, sure=yes)
