"""A platform's table between the look and the decision: kept for its sender, and taken down once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from quality.core import shelf
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.delivery.several import answer_several
from quality.delivery.workbook.columns import ANSWERS
from quality.delivery.workbook.trying import State, Tried, look
from quality.notices.operations import Answered
from quality.people.actor import Actor
from quality.people.operations import require
from quality.permissions import Can
from quality.workbooks import keeping
from quality.workbooks.keeping import Kept
from quality.workbooks.reading import Row
from quality.workbooks.writing import annotate

FOLDER = "answers"  # in the folder of frames


def receive(sent: BinaryIO, name: str, *, by: Actor, place: Path) -> str:
    """Keep what a table says; its token. One that is no such table is `Invalid` and not kept."""
    require(by, Can.ITEM_ANSWER)

    def then(folder: Path, size: int) -> None:
        keeping.note(folder, keeping.look(folder, name, ANSWERS), name=name, size=size)

    return keeping.receive(sent, name, ANSWERS, by=by, place=place / FOLDER, then=then)


def find(token: str, *, by: Actor, place: Path) -> Kept:
    """Their own, as long as it is kept."""
    return keeping.find(token, ANSWERS, by=by, place=place / FOLDER)


def count(tried: Sequence[Tried]) -> Counter[State]:
    return Counter(each.state for each in tried)


def seen(tried: Sequence[Tried]) -> str:
    """What a look found, in short: whoever decides decides on this."""
    told = [(each.row.number, each.state) for each in tried]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def take_down(
    session: Session, rows: Sequence[Row], *, by: Actor, only_good: bool, as_seen: str | None = None
) -> list[Tried]:
    """Every answer of the table, or none; with `only_good` those whose rows are right. What each row came to.

    The same table again takes nothing down: its rows were said before.
    """
    require(by, Can.ITEM_ANSWER)
    tried = look(session, rows, by=by)
    good = [each for each in tried if each.state is State.GOOD]
    if not good and not count(tried)[State.WRONG]:
        return tried
    if as_seen is not None and as_seen != seen(tried):
        raise Invalid(changed_meanwhile())
    if not only_good and count(tried)[State.WRONG]:
        text = _("Say that only the right rows are recorded, or mend the table and upload it again")
        raise Invalid(FieldProblem("only_good", "wrong_rows", text))
    said = [(each.notice, each.entry) for each in good if each.notice and each.entry]
    answered = answer_several(session, said, by=by)
    if wrong := [problem_of(each.row, no) for each, no in zip(good, answered, strict=True) if not no.ok]:
        raise Invalid(*wrong)
    return tried


def changed_meanwhile() -> FieldProblem:
    text = _("Something changed since the table was looked at; look at it again. Nothing was recorded")
    return FieldProblem("file", "changed_meanwhile", text)


def problem_of(row: Row, no: Answered) -> FieldProblem:
    """Between the look and the answer somebody else was there."""
    return FieldProblem(f"row {row.number}", no.code, _("Row %(n)s: %(reason)s", n=row.number, reason=no.reason))


def annotated(kept: Kept, tried: Sequence[Tried], out: Path, word: Callable[[State], object]) -> str:
    """Write the table with a status and a reason beside each row; returns its media type."""
    said = {each.row.number: (str(word(each.state)), ANSWERS.sentence(each.reasons)) for each in tried}
    return annotate(kept.source, kept.kind, said, ANSWERS, out)


def throw_away_old(place: Path, now: datetime) -> int:
    return shelf.throw_away_old(place / FOLDER, now)
