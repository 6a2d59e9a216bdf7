"""The `mingcha` command, a line or two per verb. Each verb fetches its room when it is called."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click
from flask import Flask
from flask_babel import Babel, force_locale

from quality.core.choosing import one_of
from quality.core.config import Settings, write_missing_secrets
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.surroundings import CHECKOUT, everything_given
from quality.core.words import Text, _, chosen_language

File = click.Path(exists=True, dir_okay=False, path_type=Path)
Folder = click.Path(file_okay=False, path_type=Path)


def main(words: Sequence[str] | None = None, *, beside: dict[str, Any] | None = None) -> None:
    """`beside` is what `serve` is told by who began it (start.py)."""
    words = sys.argv[1:] if words is None else words
    with speaking(chosen_language(words, os.environ)):
        mingcha(words, prog_name="mingcha", obj=beside or {})


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What is said in here is in `language`, also where no program runs."""
    words = Flask("mingcha")
    Babel(words, default_locale=language, default_translation_directories=str(CHECKOUT / "quality" / "translations"))
    with words.app_context():
        yield


@contextmanager
def program() -> Iterator[Flask]:
    """The whole program on the configured database, speaking the same language as this command."""
    from flask_babel import get_locale

    from quality import create_app
    from quality.core.db import db as database

    language = get_locale()
    app = create_app()
    with app.app_context(), force_locale(str(language)):
        try:
            yield app
        finally:
            database.session.remove()
            database.engine.dispose()


class Verbs(click.Group):
    """Says no to a person in a sentence: 2 for what they typed, 1 for what the rules forbid. Never a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Invalid as invalid:
            for problem in invalid.problems:
                click.echo(f"{problem.field}: {problem.text}", err=True)
            context.exit(2)
        except Refused as refused:
            click.echo(str(refused.reason), err=True)
            context.exit(1)


WHAT_IT_IS = _("Mingcha: product-quality mystery shopping, from a plan to a verified takedown")


@click.group(cls=Verbs, help=cast(str, WHAT_IT_IS))
@click.option("--lang", type=click.Choice(["zh", "en"]), expose_value=False)
def mingcha() -> None: ...


def verb(
    help: Text, of: click.Group = mingcha, name: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """A verb of the command. Its help becomes a language when it is shown, not here."""
    return of.command(name, help=cast(str, help))


def group(help: Text) -> Callable[[Callable[..., None]], click.Group]:
    return mingcha.group(help=cast(str, help))


# --- the program ---


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

    Settings.read().make_folders()
    with program():
        migrations.upgrade()
    click.echo(_("The tables are up to date"))


@verb(_("Write what is drawn from the code: docs/workflows.md, the problems in docs/api.md"))
def docs() -> None:
    from quality.api.catalogue import draw_the_page
    from quality.workflows import as_markdown

    (CHECKOUT / "docs").mkdir(exist_ok=True)
    (CHECKOUT / "docs" / "workflows.md").write_text(as_markdown())
    draw_the_page()


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


# --- an empty installation ---


@group(_("Organisations"))
def org() -> None: ...


@verb(_("Found an organisation; KIND is agency, laboratory or platform, CODE as in YZ01"), of=org)
@click.argument("kind")
@click.argument("code")
@click.argument("name")
@click.option("--superior", help="CODE")
@click.option("--region", help="440100")
def add(kind: str, code: str, name: str, superior: str | None, region: str | None) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.models import OrganisationKind
    from quality.people.operations import add_organisation

    kinds = one_of(OrganisationKind, kind, "kind")
    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        made = add_organisation(session, kind=kinds, code=code, name=name, by=SYSTEM, superior=superior, region=region)
        session.commit()
        click.echo(_("Founded %(code)s %(name)s", code=made.code, name=made.name))


@group(_("People"))
def person() -> None: ...


@verb(_("Invite a person into an organisation, and print the link by which they choose a password"), of=person)
@click.argument("email")
@click.option("--org", "code", required=True, help="CODE")
@click.option("--role", required=True)
@click.option("--name", default="")
def invite(email: str, code: str, role: str, name: str) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.operations import find_organisation, invite_person
    from quality.people.security import invitation_link
    from quality.permissions import Role

    chosen = one_of(Role, role, "role")
    with program() as app, app.test_request_context(base_url=app.config["SETTINGS"].public_url):
        session = app.extensions["sqlalchemy"].session()
        organisation = find_organisation(session, code)
        if organisation is None:
            raise Invalid(
                FieldProblem("org", "unknown", _("There is no organisation with the code %(code)s", code=code))
            )
        made = invite_person(session, email=email, organisation=organisation, role=chosen, by=SYSTEM, name=name)
        session.commit()
        click.echo(invitation_link(made.person))


@verb(_("Print a new password link for a person, for instance the last administrator"), of=person)
@click.argument("email")
@click.option("--without-second-step", is_flag=True, help=str(_("take second step and passkeys away too")))
def link(email: str, without_second_step: bool) -> None:
    from quality.people.actor import SYSTEM
    from quality.people.administration import new_door_for
    from quality.people.security import invitation_link

    with program() as app, app.test_request_context(base_url=app.config["SETTINGS"].public_url):
        session = app.extensions["sqlalchemy"].session()
        found = new_door_for(session, email, by=SYSTEM, without_second_step=without_second_step)
        session.commit()
        click.echo(invitation_link(found))


@group(_("Keys by which programs come in"))
def key() -> None: ...


@verb(
    _("Make a key for the API and print it, once; without --person for the organisation's program account"),
    of=key,
    name="add",
)
@click.option("--org", "code", required=True, help="CODE")
@click.option("--role", required=True)
@click.option("--person", "email", help="EMAIL")
@click.option("--name", default="mingcha key add", show_default=True)
@click.option("--days", default=366, show_default=True, type=int)
def add_key(code: str, role: str, email: str | None, name: str, days: int) -> None:
    from quality.people import keys
    from quality.people.actor import SYSTEM
    from quality.permissions import Role

    chosen = one_of(Role, role, "role")
    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        membership = keys.whose(session, code, chosen, email, by=SYSTEM)
        _key, secret = keys.make(session, membership, name=name, days=days, by=SYSTEM)
        session.commit()
        click.echo(secret)


# --- the record ---


@group(_("The record of what happened"))
def record() -> None: ...


@verb(_("Walk the whole record; 1 and the first broken link if it was altered"), of=record)
@click.pass_context
def verify(context: click.Context) -> None:
    from quality.backup.record import print_verified, verified

    with program() as app:
        seen = verified(app.extensions["sqlalchemy"].session(), app.config["SETTINGS"])
    context.exit(print_verified(seen))


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


@verb(_("Check this installation and say what to do; 1 where something is at fault"))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    from quality.doctor.command import print_findings

    context.exit(print_findings(as_json=as_json))


@verb(_("The due date of a clock and its arithmetic; START is a moment like 2026-09-30T10:00:00+08:00"))
@click.argument("rule")
@click.argument("start")
@click.option("--json", "as_json", is_flag=True)
def due(rule: str, start: str, as_json: bool) -> None:
    from quality.clocks.command import due_command, due_text

    click.echo(json.dumps(due_command(rule, start), ensure_ascii=False) if as_json else due_text(rule, start))


@group(_("The calendar of working days"))
def calendar() -> None: ...


@verb(_("Draft YEAR from FILE (lines like: off 2027-02-05 – 2027-02-11), and list every clock that it would move"),
      of=calendar)  # fmt: skip
@click.argument("year", type=int)
@click.argument("source_file", metavar="FILE", type=File)
@click.option("--source", required=True, help=cast(str, _("Number or title of the State Council's notice")))
def enter(year: int, source_file: Path, source: str) -> None:
    from quality.clocks.entering import draft_year

    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        draft_year(session, year, source_file, source)
        session.commit()


@verb(_("Judge the values of a CSV file against their limits: the same rows, with verdict and reason"))
@click.argument("source", type=File)
def judge(source: Path) -> None:
    from quality.standards.judge_file import judge_table

    judge_table(source, sys.stdout)


@group(_("Sampling frames"))
def frame() -> None: ...


@verb(_("Freeze the good rows of a CSV, XLSX or Parquet file, and name the others"), of=frame, name="import")
@click.argument("source", type=File)
def import_frames(source: Path) -> None:
    from quality.campaigns.frame.command import print_import

    print_import(source, Settings.read().frames_folder)


@verb(_("Draw from a frame by a design and a seed: the same call gives the same bytes"))
@click.argument("frame_file", metavar="FRAME", type=File)
@click.argument("design", type=File)
@click.option("--seed", required=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def draw(frame_file: Path, design: Path, seed: str, out: Path) -> None:
    from quality.campaigns.sampling import draw_to_file

    click.echo(_("Drawn: %(units)s", units=draw_to_file(frame_file, design, seed, out)))


if __name__ == "__main__":
    main()
