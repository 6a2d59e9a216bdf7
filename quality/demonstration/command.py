"""`mingcha demo`: loads the demonstration once, and prints who can sign in to it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask
from flask_security import hash_password
from sqlalchemy.orm import Session, sessionmaker

from quality.core.config import CHECKOUT, append_secrets, everything_given
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.demonstration import Standing, load, standing
from quality.demonstration.sign_ins import accounts_now
from quality.documents.render import refuse_without_libraries
from quality.pages.words import word
from quality.walk import Progress
from quality.walk.command import draw_bar

PASSWORD = "DEMO_PASSWORD"
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
SHORTEST = 12  # characters, as for everybody's password


def load_once(app: Flask) -> None:
    """Load into an empty database; whoever has cases of their own is left alone."""
    if not sa.inspect(db.engine).has_table("event"):
        raise Refused("no_tables", _("The database has no tables yet; run `mingcha db upgrade` first"))
    match standing(db.session()):
        case Standing.LOADED:
            return
        case Standing.OTHER:
            click.echo(_("The database holds other cases; the demonstration is not loaded into it"), err=True)
            return
        case Standing.BEGUN:
            click.echo(_("Loading the demonstration was cut short; going on"), err=True)
        case Standing.EMPTY:
            click.echo(_("Loading the demonstration (some seconds)"), err=True)
    refuse_without_libraries()
    db.session.rollback()  # it would keep SQLite's one writer waiting
    password = password_from(CHECKOUT / ".env", everything_given())
    load(sessionmaker(db.engine), app.config["SETTINGS"], hash_password(password), Progress(draw_bar))


def password_from(path: Path, given: Mapping[str, str]) -> str:
    """The password of all demonstration accounts: the given one, or a new one that is written down in `path`."""
    password = given.get(PASSWORD) or new_password()
    if len(password) < SHORTEST:
        raise Invalid(FieldProblem(PASSWORD, "too_short", _("Use at least %(length)s characters", length=SHORTEST)))
    if PASSWORD not in given:
        append_secrets(path, {PASSWORD: password})
    return password


def new_password() -> str:
    """Four groups of four signs, to be typed from a terminal: some 79 bits."""
    return "-".join("".join(secrets.choice(SIGNS) for _sign in range(4)) for _group in range(4))


def print_accounts() -> None:
    if not sa.inspect(db.engine).has_table("event") or standing(db.session()) is not Standing.LOADED:
        click.echo(_("No demonstration is loaded here; `mingcha demo load` loads it into an empty database"))
        return
    heading = [_("role"), _("name"), _("e-mail"), _("password"), _("look at this first")]
    rows = [[str(cell) for cell in heading], *accounts(db.session(), everything_given().get(PASSWORD, ""))]
    for line in in_columns(rows):
        click.echo(line)


def accounts(session: Session, password: str) -> list[list[str]]:
    """A row an account. A password that does not open it any more is not shown as if it did."""
    return [
        [
            f"{word('role', one.actor.role)}, {one.organisation}",
            one.name,
            one.email,
            one.password or str(_("(changed)")),
            str(one.begins_with),
        ]
        for one in accounts_now(session, password)
    ]


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (most - width(cell)) for cell, most in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    """Columns on a terminal: a 汉字 takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "FW" else 1 for sign in text)
