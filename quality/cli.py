"""The `mingcha` command, a line or two per verb. Each verb fetches its room when it is called."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click
from flask import Flask
from flask_babel import Babel, force_locale

from quality.core.config import CHECKOUT, everything_given, write_missing_secrets
from quality.core.errors import Invalid, Refused
from quality.core.words import Text, _

TRANSLATIONS = str(CHECKOUT / "quality" / "translations")
File = click.Path(exists=True, dir_okay=False, path_type=Path)


def main(words: Sequence[str] | None = None) -> None:
    words = sys.argv[1:] if words is None else words
    with speaking(chosen_language(words, os.environ)):
        mingcha(words, prog_name="mingcha")


def chosen_language(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """`--lang` before the verb, else the terminal's language if it is English, else 中文."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if not word.startswith("-"):
            break
        if word in {"--lang=en", "--lang=zh"}:
            return word[-2:]
        if word == "--lang" and following in {"en", "zh"}:
            return following
    terminal = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "en" if terminal.startswith("en") else "zh"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What is said in here is in `language`, also where no program runs."""
    words = Flask("mingcha")
    Babel(words, default_locale=language, default_translation_directories=TRANSLATIONS)
    with words.app_context():
        yield


@contextmanager
def program() -> Iterator[Flask]:
    """The whole program on the configured database, speaking the same language as this command."""
    from flask_babel import get_locale

    from quality import create_app

    language = get_locale()
    app = create_app()
    with app.app_context(), force_locale(str(language)):
        yield app


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


def explained(text: Text) -> str:
    """Help that becomes a language when it is shown."""
    return cast(str, text)


@click.group(
    cls=Verbs, help=explained(_("Mingcha: product-quality mystery shopping, from a plan to a verified takedown."))
)
@click.option("--lang", type=click.Choice(["zh", "en"]), expose_value=False)
def mingcha() -> None: ...


# --- the program ---


@mingcha.command(help=explained(_("Serve the pages and the API, with the jobs beside them.")))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1, 256))
@click.option("--no-jobs", is_flag=True)
def serve(host: str, port: int, workers: int, no_jobs: bool) -> None:
    from quality.web.serve import serve

    serve(host, port, workers=workers, jobs=not no_jobs)


@mingcha.command(help=explained(_("Write what secrets are missing into .env, once; what is there is never changed.")))
def secrets() -> None:
    for name in write_missing_secrets(CHECKOUT / ".env", everything_given()):
        click.echo(_("Wrote %(name)s into .env", name=name))


@mingcha.group(help=explained(_("The database.")))
def db() -> None: ...


@db.command(help=explained(_("Bring the database's tables to what this version needs.")))
def upgrade() -> None:
    import flask_migrate

    from quality.core.config import Settings

    Settings.read().make_folders()
    with program():
        flask_migrate.upgrade(str(CHECKOUT / "migrations"))


# --- without a database ---


@mingcha.command(
    help=explained(_("The due date of a clock and its arithmetic. START is a moment like 2026-09-30T10:00:00+08:00."))
)
@click.argument("rule")
@click.argument("start")
@click.option("--json", "as_json", is_flag=True)
def due(rule: str, start: str, as_json: bool) -> None:
    from quality.clocks.command import due_command, due_text

    click.echo(json.dumps(due_command(rule, start), ensure_ascii=False) if as_json else due_text(rule, start))


@mingcha.command(
    help=explained(
        _("Judge the values of a CSV file against their limits; the same rows come back with verdict and reason.")
    )
)
@click.argument("source", type=File)
@click.pass_context
def judge(context: click.Context, source: Path) -> None:
    from quality.standards.judge_file import judge_table

    context.exit(judge_table(source, sys.stdout))


if __name__ == "__main__":
    main()
