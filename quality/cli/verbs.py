"""What every verb stands on: the language, the program on its database, and a no in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click
from flask import Flask
from flask_babel import Babel, force_locale

from quality.core.errors import Invalid, Refused
from quality.core.surroundings import CHECKOUT
from quality.core.words import Text, _

File = click.Path(exists=True, dir_okay=False, path_type=Path)
Folder = click.Path(file_okay=False, path_type=Path)


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
