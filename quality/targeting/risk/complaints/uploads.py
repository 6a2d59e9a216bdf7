"""A table of complaints between the look and the decision: kept for its sender, and taken in once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from quality.core import clock, shelf
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.many import batches
from quality.core.words import _
from quality.core.workflow import begin
from quality.people.actor import Actor
from quality.permissions import Can
from quality.targeting.risk.complaints.columns import COMPLAINTS, EXAMPLES, KINDS
from quality.targeting.risk.complaints.trying import Line, State, look
from quality.targeting.risk.models import Complaint, ComplaintFile
from quality.workbooks import keeping
from quality.workbooks.keeping import Kept
from quality.workbooks.reading import Row
from quality.workbooks.writing import AS_TEXT, annotate, write

FOLDER = "complaints"  # in the folder of frames
NOTES = (
    _("One complaint a row. Each names the listing or the shop; a barcode besides names the product everywhere."),
    _("Who complained, and in which words, is not asked: leave such columns out. They are not kept."),
    _("The same number twice is one complaint; what was taken in is never changed."),
    AS_TEXT,
)


def may_import(by: Actor) -> None:
    if not by.can(Can.CAMPAIGN_PLAN) or by.organisation_id is None or by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))


def receive(sent: BinaryIO, name: str, *, by: Actor, place: Path) -> str:
    """Keep what a table says; its token. One that is no such table is `Invalid` and not kept."""
    may_import(by)

    def then(folder: Path, size: int) -> None:
        keeping.note(folder, keeping.look(folder, name, COMPLAINTS), name=name, size=size)

    return keeping.receive(sent, name, COMPLAINTS, by=by, place=place / FOLDER, then=then)


def find(token: str, *, by: Actor, place: Path) -> Kept:
    """Their own, as long as it is kept."""
    may_import(by)
    return keeping.find(token, COMPLAINTS, by=by, place=place / FOLDER)


def seen(tried: Sequence[Line]) -> str:
    """What a look found, in short: whoever decides decides on this."""
    return hashlib.sha256(json.dumps([each.state for each in tried]).encode()).hexdigest()


def take_in(
    session: Session, rows: Sequence[Row], name: str, *, by: Actor, only_good: bool, as_seen: str | None = None
) -> list[Line]:
    """Every new complaint, or none where a row is wrong; with `only_good` those that are right. Twice is once."""
    may_import(by)
    tried = look(session, rows, by.organisation_id)
    if as_seen is not None and as_seen != seen(tried):
        text = _("Something changed since the table was looked at; look at it again. Nothing was recorded")
        raise Invalid(FieldProblem("file", "changed_meanwhile", text))
    if not only_good and any(each.state is State.WRONG for each in tried):
        text = _("Say that only the right rows are taken, or mend the table and upload it again")
        raise Invalid(FieldProblem("only_good", "wrong_rows", text))
    new = [each.said for each in tried if each.state is State.NEW and each.said]
    if new:
        file = ComplaintFile(
            agency_id=by.organisation_id,
            name=name[:200],
            rows=len(tried),
            taken=len(new),
            imported_at=clock.now(),
            imported_by_id=by.id,
        )
        begin(session, file, by=by, details={"rows": len(tried), "taken": len(new)})
        adding = insert_into(session, Complaint).on_conflict_do_nothing(index_elements=["agency_id", "reference"])
        whose = {"agency_id": by.organisation_id, "file_id": file.id}
        for some in batches(new):
            session.execute(adding, [whose | each._asdict() for each in some])
    return tried


def annotated(kept: Kept, tried: Sequence[Line], out: Path, word: Callable[[State], object]) -> str:
    """Write the table with a status and a reason beside each row; returns its media type."""
    said = {each.row.number: (str(word(each.state)), COMPLAINTS.sentence(each.reasons)) for each in tried}
    return annotate(kept.source, kept.kind, said, COMPLAINTS, out)


def write_empty(out: Path) -> None:
    """The workbook to fill in, with a row that shows how."""
    write(COMPLAINTS, EXAMPLES, out, notes=NOTES, widths={"reference": 20}, frozen=1, choices={"kind": list(KINDS)})


def throw_away_old(place: Path, now: datetime) -> int:
    return shelf.throw_away_old(place / FOLDER, now)
