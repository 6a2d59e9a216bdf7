"""`mingcha demo`: loads the demonstration once, prints who can sign in to it, and removes it whole."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask
from flask_security import hash_password
from sqlalchemy.orm import Session, sessionmaker

from quality.core.alone import alone_in
from quality.core.config import append_secrets
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.surroundings import CHECKOUT, everything_given
from quality.core.words import Text, _
from quality.demonstration.clearing import clear, refuse_beside_others, what_is_held, who_else
from quality.demonstration.history import load
from quality.demonstration.sign_ins import PASSWORD, accounts_now
from quality.demonstration.standing import Standing, standing
from quality.documents.render import refuse_without_libraries
from quality.pages.words import word
from quality.walk import Progress
from quality.walk.command import draw_bar
from quality.web import settings

NOTED_IN = CHECKOUT / ".env"  # the password that `load_once` made
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
MADE = re.compile(rf"{PASSWORD}=[{SIGNS}]{{4}}(-[{SIGNS}]{{4}}){{3}}")  # as `new_password` makes them
SHORTEST = 12  # characters, as for everybody's password


def load_once(app: Flask) -> None:
    """Load into an empty database; whoever has cases of their own is left alone.

    Of two who load at once (`make run`, twice in one folder) the second waits, and finds it loaded: it would take what
    the first has done so far for loading that was cut short, and clear it away.
    """
    with alone_in(app.config["SETTINGS"].frames_folder, say_that_another_loads):
        load_what_is_not_there(app)


def say_that_another_loads() -> None:
    click.echo(_("Another process loads or clears the demonstration here; waiting for it"), err=True)


def load_what_is_not_there(app: Flask) -> None:
    if not sa.inspect(db.engine).has_table("event"):
        raise Refused("no_tables", _("The database has no tables yet; run `mingcha db upgrade` first"))
    match standing(db.session()):
        case Standing.LOADED:
            return
        case Standing.OTHER:
            click.echo(_("The database holds other cases; the demonstration is not loaded into it"), err=True)
            return
        case Standing.BEGUN:
            click.echo(_("Loading the demonstration was cut short; beginning again"), err=True)
        case Standing.CLEARING:
            raise Refused("half_cleared", _("Clearing the demonstration was cut short; finish `mingcha demo clear`"))
        case Standing.EMPTY:
            click.echo(_("Loading the demonstration (a minute or two)"), err=True)
    refuse_without_libraries()
    begun = standing(db.session()) is Standing.BEGUN
    db.session.rollback()  # it would keep SQLite's one writer waiting
    sessions, settings = sessionmaker(db.engine), app.config["SETTINGS"]
    if begun:
        clear(sessions, settings)
    password = password_from(NOTED_IN, everything_given())
    load(sessions, settings, hash_password(password), Progress(draw_bar))


def clear_once(app: Flask, *, sure: bool) -> None:
    """Say what will be gone, ask, and remove it; with the password, where `load_once` made it."""
    if not sa.inspect(db.engine).has_table("event"):
        raise Refused("no_tables", _("The database has no tables yet; run `mingcha db upgrade` first"))
    session = db.session()
    refuse_beside_others(session)
    if standing(session) is not Standing.EMPTY:
        click.echo(_("These will be removed, with everything that was done in the demonstration since it was loaded:"))
        for name, count in what_is_held(session).items():
            click.echo(f"{count:>8} {HELD[name]}")
        others = who_else(session)
        if others:
            said = _("Others have this database open (%(count)s connections); stop the program first", count=others)
            click.echo(said, err=True)
        if not sure:
            click.confirm(str(_("Remove the demonstration")), abort=True)
        db.session.rollback()
        with alone_in(app.config["SETTINGS"].frames_folder, say_that_another_loads):
            clear(sessionmaker(db.engine), app.config["SETTINGS"])
    take_back_password(NOTED_IN)
    click.echo(
        _("No demonstration is left; `mingcha org add` begins an installation, `mingcha demo load` loads it anew")
    )


HELD: dict[str, Text] = {
    "organisations": _("organisations"),
    "people": _("people with their sign-ins"),
    "campaigns": _("campaigns with their frames"),
    "samples": _("samples"),
    "notices": _("notices"),
    "events": _("events of the record, with its signed roots"),
    "files": _("files of evidence and documents"),
}


def take_back_password(path: Path) -> None:
    """Remove the line that `password_from` wrote; one that a person chose stays."""
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not MADE.fullmatch(line.strip())]
    if kept != lines:
        draft = path.with_name(f"{path.name}.part")
        draft.touch(mode=0o600)
        draft.write_text("".join(kept), encoding="utf-8")
        draft.replace(path)


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
    click.echo(_("The path in seven steps: %(address)s", address=f"{settings().public_url}/tour"))


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
