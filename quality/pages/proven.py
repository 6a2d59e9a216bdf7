"""A proof in files, checked and told in words: for `mingcha proof verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.proving import MEANS, SIGNS, STATES, links_of, unreadable
from quality.publication.checking import Checked, Found, Link, Unreadable, check, read, read_any

EXITS = {Found.HOLDS: 0, Found.BROKEN: 1, Found.UNKNOWN: 2}


def print_checked(proof: Path, copy: Path | None, keys: Sequence[str], roots: Path | None) -> int:
    """0 if it holds, 1 if a link is broken, 2 if a file is none or something is missing to be sure."""
    given = read_file(proof)
    own = read_file(copy) if copy else None
    kept = kept_in(roots) if roots else None
    try:
        checked = check(given, copy=own, keys=keys, kept=kept)
    except Unreadable as problem:
        raise Invalid(FieldProblem(proof.name, "unreadable", unreadable(problem))) from problem
    click.echo(MEANS[checked.found])
    for _link, found, sentence in links_of(checked):
        click.echo(f"  {SIGNS[found]}: {sentence}", err=found is Found.BROKEN)
    if checked.event:
        click.echo(_("  first at event %(seq)s", seq=checked.event), err=True)
    if kept is not None and checked.links[Link.KEPT] is Found.UNKNOWN:
        click.echo(_("  What you kept has no root of %(day)s", day=checked.day), err=True)
    click.echo(told(checked))
    return EXITS[checked.found]


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


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")
