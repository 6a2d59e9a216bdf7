"""The program itself: serving, its jobs, its tables, what it needs to be told, and whether all is well."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

import click

from quality.cli.verbs import Folder, group, program, verb
from quality.core.alone import alone_in
from quality.core.config import Settings, write_missing_secrets
from quality.core.surroundings import CHECKOUT, everything_given
from quality.core.words import _


@verb(_("Serve the pages and the API, with the jobs beside them"))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1, 256))
@click.option("--no-jobs", is_flag=True)
@click.pass_obj
def serve(beside: dict[str, Any], host: str, port: int, workers: int, no_jobs: bool) -> None:
    from quality.documents.render import refuse_without_libraries
    from quality.web.serve import serve

    if not no_jobs:
        refuse_without_libraries()
    serve(host, port, workers=workers, jobs=not no_jobs, **beside)


@verb(_("Run the jobs alone, until Ctrl-C"))
def jobs() -> None:
    from quality.core import logs
    from quality.jobs import tick

    with program() as app:
        logs.set_up(app.config["SETTINGS"].log_format)
        tick(app)


@verb(_("Write what secrets are missing into .env; what is there is never changed"))
def secrets() -> None:
    for name in write_missing_secrets(CHECKOUT / ".env", everything_given()):
        click.echo(_("Wrote %(name)s into .env", name=name))


@group(_("The database"))
def db() -> None: ...


@verb(_("Bring the tables to what this version needs"), of=db)
def upgrade() -> None:
    from quality.core import migrations

    settings = Settings.read()
    settings.make_folders()
    with alone_in(settings.frames_folder, _say_that_another_begins), program():
        migrations.upgrade()
    click.echo(_("The tables are up to date"))


def _say_that_another_begins() -> None:
    click.echo(_("Another process brings the tables up or loads the demonstration here; waiting for it"), err=True)


@verb(_("Write what is drawn from the code: docs/workflows.md, the problems in docs/api.md"))
def docs() -> None:
    from quality.api.catalogue import draw_the_page
    from quality.workflows import as_markdown

    (CHECKOUT / "docs").mkdir(exist_ok=True)
    (CHECKOUT / "docs" / "workflows.md").write_text(as_markdown())
    draw_the_page()


@verb(_("Check this installation and say what to do; 1 where something is at fault"))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    from quality.doctor.command import print_findings

    context.exit(print_findings(as_json=as_json))


@verb(_("Capture the page at URL with a browser in the job's bounds of time and size; says sha256 and where it lies"))
@click.argument("url")
@click.option("--out", default=".", show_default=True, type=Folder, help=cast(str, _("Folder for picture and text")))
@click.option(
    "--host", "hosts", multiple=True, help=cast(str, _("Another host that the page may fetch from, as *.example.com"))
)
@click.option("--json", "as_json", is_flag=True)
def capture(url: str, out: Path, hosts: tuple[str, ...], as_json: bool) -> None:
    from quality.captures.command import as_lines, capture_into

    told = capture_into(out, url, hosts, Settings.read())
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(as_lines(told)))
