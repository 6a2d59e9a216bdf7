"""`mingcha calendar enter`: a year from a file becomes a draft, which a person enters on a page."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from quality.clocks.drafts import draft, typed_from, would_move
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.people.actor import SYSTEM


def draft_year(session: Session, year: int, file: Path, source: str) -> None:
    """Print every running clock whose last day it would move; nothing moves yet."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as wrong:
        raise Invalid(FieldProblem("FILE", "not_utf8", _("Save the file as UTF-8 text"))) from wrong
    moves = would_move(session, draft(session, typed_from(year, source, lines), by=SYSTEM))
    for each in moves:
        click.echo(f"{each.subject_type}:{each.subject_id}  {each.rule}  {each.before} → {each.after}")
    said = _(
        "%(count)s running deadlines would move. A person enters the draft on the page Calendar.", count=len(moves)
    )
    click.echo(said)
