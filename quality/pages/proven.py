"""A proof in files, checked and told in words: for `mingcha proof verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from sqlalchemy.orm import Session

from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.roots import folder_of
from quality.core.tree import earlier_name, lay_out_earlier
from quality.core.words import Text, _
from quality.pages.proving import MEANS, SIGNS, STATES, links_of, plain_day, statements_in, unreadable, way_of
from quality.publication.checking import Checked, Found, Link, Unreadable, check, read, read_any
from quality.publication.proofs import KIND

EXITS = {Found.HOLDS: 0, Found.BROKEN: 1, Found.UNKNOWN: 2}


class Beside(NamedTuple):
    """What somebody has beside a proof, each from elsewhere."""

    copy: Path | None = None
    roots: Path | None = None
    statements: Path | None = None  # keys.json


def print_checked(proof: Path, keys: Sequence[str], beside: Beside) -> int:
    """0 if it holds, 1 if a link is broken, 2 if a file is none or something is missing to be sure."""
    given = read_file(proof)
    own = read_file(beside.copy) if beside.copy else None
    kept = kept_in(beside.roots) if beside.roots else None
    overs = overs_in(beside.statements) if beside.statements else []
    try:
        checked = check(given, copy=own, keys=keys, kept=kept, statements=overs)
    except Unreadable as problem:
        raise Invalid(FieldProblem(proof.name, "unreadable", unreadable(problem))) from problem
    click.echo(MEANS[checked.found])
    for link, found, sentence in links_of(checked):
        click.echo(f"  {SIGNS[found]}: {sentence}", err=found is Found.BROKEN)
        if way := way_of(link, checked):
            click.echo(f"    {way}", err=found is Found.BROKEN)
    if checked.event:
        click.echo(_("  first at event %(seq)s", seq=checked.event), err=True)
    if kept is not None and checked.links[Link.KEPT] is Found.UNKNOWN:
        click.echo(_("  What you kept has no root of %(day)s", day=checked.day), err=True)
    click.echo(told(checked))
    return EXITS[checked.found]


def lay_out_day(session: Session, settings: Settings, day: str) -> None:
    """What a page does for itself where the record of that day is small."""
    folder, found = folder_of(session, settings.roots_folder), plain_day(day)
    if found is None:
        raise Invalid(FieldProblem("DAY", "bad_day", _("Write a day as 2026-11-27")))
    try:
        laid = lay_out_earlier(folder, KIND, found)
    except FileNotFoundError as missing:
        said = _(
            "There is no root of that day, or what it was made of was archived away: bring %(file)s back",
            file=f"{found}.heads.gz",
        )
        raise Refused("no_such_root", said) from missing
    if laid is None and not (folder / earlier_name(KIND, found)).exists():
        raise Refused("not_blinded", _("That root is from before its leaves were blinded: nothing is proved by it"))
    click.echo(_("Results are proved by the root of %(day)s now: /results/NUMBER/proof.json?root=%(day)s", day=found))


def told(checked: Checked) -> Text:
    state = checked.told.state or ""
    return _(
        "%(number)s, edition %(edition)s, on %(day)s: %(state)s; published %(at)s; signed by sha256:%(key)s",
        number=checked.told.number or "—",
        edition=checked.told.edition or "—",
        day=checked.day,
        state=STATES.get(state, state),
        at=checked.told.published_at or "—",
        key=checked.fingerprint,
    )


def read_file(path: Path) -> dict[str, Any]:
    try:
        return read(text_of(path))
    except Unreadable as problem:
        raise Invalid(FieldProblem(path.name, "unreadable", unreadable(problem))) from problem


def kept_in(path: Path) -> list[dict[str, Any]]:
    """The roots in a file that somebody kept: of one day, a list, or a page of the list as it is published."""
    try:
        found = read_any(text_of(path))
    except Unreadable as problem:
        raise Invalid(FieldProblem(path.name, "unreadable", unreadable(problem))) from problem
    items = found.get("items", [found]) if isinstance(found, dict) else found
    if not isinstance(items, list) or not all(isinstance(each, dict) and "root" in each for each in items):
        raise Invalid(FieldProblem(path.name, "unreadable", _("There are no roots in this file")))
    return items


def overs_in(path: Path) -> list[dict[str, str]]:
    """The hand-overs and revocations in a file, as /proof/keys.json has them."""
    try:
        return statements_in(read_any(text_of(path)))
    except Unreadable as problem:
        raise Invalid(FieldProblem(path.name, "unreadable", unreadable(problem))) from problem


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")
