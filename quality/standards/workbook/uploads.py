"""A library's table between the look and the decision: kept for its sender, and taken in once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from quality.core import shelf
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.people.actor import Actor
from quality.standards.contents import wrong_reason
from quality.standards.operations import add, may_edit, revise
from quality.standards.workbook.columns import LIMITS
from quality.standards.workbook.trying import State, Tried, look
from quality.workbooks import keeping
from quality.workbooks.keeping import Kept
from quality.workbooks.reading import Row
from quality.workbooks.writing import annotate

FOLDER = "libraries"  # in the folder of frames


def receive(sent: BinaryIO, name: str, *, by: Actor, place: Path) -> str:
    """Keep what a table says; its token. One that is no such table is `Invalid` and not kept."""
    may_edit(by)

    def then(folder: Path, size: int) -> None:
        keeping.note(folder, keeping.look(folder, name, LIMITS), name=name, size=size)

    return keeping.receive(sent, name, LIMITS, by=by, place=place / FOLDER, then=then)


def find(token: str, *, by: Actor, place: Path) -> Kept:
    """Their own, as long as it is kept."""
    may_edit(by)
    return keeping.find(token, LIMITS, by=by, place=place / FOLDER)


def seen(tried: Sequence[Tried]) -> str:
    """What a look found, in short: whoever decides decides on this."""
    told = [(each.number, each.state, each.standard.version if each.standard else 0) for each in tried]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def take_in(
    session: Session, rows: Sequence[Row], reason: str, *, by: Actor, only_good: bool, as_seen: str | None = None
) -> list[Tried]:
    """Every standard that says something new, or none; with `only_good` those in which every row is right."""
    may_edit(by)
    tried = look(session, rows, by=by)
    problems = wrong_reason(reason)
    if as_seen is not None and as_seen != seen(tried):
        text = _("Something changed since the table was looked at; look at it again. Nothing was recorded")
        problems.append(FieldProblem("file", "changed_meanwhile", text))
    if not only_good and any(each.state is State.WRONG for each in tried):
        text = _("Say that only the right standards are taken, or mend the table and upload it again")
        problems.append(FieldProblem("only_good", "wrong_rows", text))
    if problems:
        raise Invalid(*problems)
    for each in tried:
        if each.state is State.NEW:
            add(session, each.number, each.contents, reason, by=by)
        elif each.state is State.OTHER:
            assert each.standard
            revise(session, each.standard, each.contents, reason, by=by)
    return tried


def annotated(kept: Kept, tried: Sequence[Tried], out: Path, word: Callable[[State], object]) -> str:
    """Write the table with a status and a reason beside each row; returns its media type."""
    lines = [line for each in tried for line in each.lines]
    said = {line.row.number: (str(word(line.state)), LIMITS.sentence(line.reasons)) for line in lines}
    return annotate(kept.source, kept.kind, said, LIMITS, out)


def throw_away_old(place: Path, now: datetime) -> int:
    return shelf.throw_away_old(place / FOLDER, now)
