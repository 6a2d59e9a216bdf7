"""A library's workbook between the look and the decision: kept for its sender, and taken in once."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock, shelf
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.people.actor import Actor
from quality.standards.contents import wrong_reason
from quality.standards.operations import add, may_edit, revise
from quality.standards.workbook.cells import MOST_BYTES, Row, read
from quality.standards.workbook.trying import State, Tried, look

FOLDER = "libraries"  # in the folder of frames
FOUND = "upload.json"
TOO_BIG = _("Send at most %(most)s MB", most=MOST_BYTES >> 20)


class Upload(NamedTuple):
    token: str
    folder: Path
    name: str  # of the file, as its sender called it
    own: list[str]  # headings that are not read
    ends_at: datetime
    rows: list[Row]


def receive(sent: BinaryIO, name: str, *, by: Actor, place: Path) -> str:
    """Keep what a workbook says; its token. One that is no such table is `Invalid` and not kept."""
    may_edit(by)

    def fill(folder: Path) -> None:
        source = folder / "source.xlsx"
        shelf.keep(sent, source, MOST_BYTES, TOO_BIG)
        table = read(source)
        source.unlink()
        ends_at = (clock.now() + shelf.KEPT).isoformat()
        shelf.write(folder, FOUND, {"name": name, "own": table.own, "ends_at": ends_at, "rows": table.rows})

    return shelf.put(place / FOLDER, by.organisation_id, by.id, fill)


def find(token: str, *, by: Actor, place: Path) -> Upload:
    """Their own, as long as it is kept."""
    may_edit(by)
    folder = shelf.folder_of(place / FOLDER, by.organisation_id, by.id, token)
    upload = read_noted(folder, token) if shelf.TOKEN.fullmatch(token) else None
    if upload is None or upload.ends_at <= clock.now():
        raise NotFound(token[:32])
    return upload


def read_noted(folder: Path, token: str) -> Upload | None:
    try:
        told = json.loads((folder / FOUND).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    rows = [Row(number, cells, [(column, code) for column, code in faults]) for number, cells, faults in told["rows"]]
    return Upload(token, folder, told["name"], told["own"], datetime.fromisoformat(told["ends_at"]), rows)


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


def throw_away(upload: Upload) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)


def throw_away_old(place: Path, now: datetime) -> int:
    def ends_at(folder: Path) -> datetime | None:
        upload = read_noted(folder, "")
        return upload.ends_at if upload else None

    return shelf.throw_away_old(place / FOLDER, ends_at, now)
