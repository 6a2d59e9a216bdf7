"""A laboratory's table between the look and the decision: kept for its sender, and entered once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock, shelf
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _, in_each_language
from quality.lab.workbook.columns import called
from quality.lab.workbook.reading import MOST_BYTES, Table, read
from quality.lab.workbook.trying import State, Tried, look, try_rows
from quality.lab.workbook.writing import annotate
from quality.people.actor import Actor
from quality.people.operations import require
from quality.permissions import Can

FOLDER = "workbooks"  # in the folder of frames
FOUND = "upload.json"
TOO_BIG = _("Send at most %(most)s MB", most=MOST_BYTES >> 20)


class Line(NamedTuple):
    """A row as the look found it. Each reason: its column, its code, and its sentence by language."""

    number: int
    state: State
    blind_no: str
    report_no: str
    item: str
    value: str
    reasons: list[tuple[str, str, dict[str, str]]]


class Upload(NamedTuple):
    token: str
    folder: Path
    name: str  # of the file, as its sender called it
    size: int  # bytes
    ends_at: datetime
    kind: str
    own: list[str]  # headings that are not read
    undecided_too: bool
    lines: list[Line]

    @property
    def source(self) -> Path:
        return self.folder / f"source{Path(self.name).suffix.lower()}"

    def count(self, *states: State) -> int:
        return sum(line.state in states for line in self.lines)

    def reports(self, state: State) -> int:
        return len({(line.blind_no, line.report_no) for line in self.lines if line.state is state})


def receive(session: Session, sent: BinaryIO, name: str, *, by: Actor, place: Path) -> str:
    """Keep a table and look at it; its token. One that is no such table is `Invalid` and not kept."""
    require(by, Can.REPORT_ENTER)

    def fill(folder: Path) -> None:
        suffix = Path(name).suffix.lower()
        source = folder / f"source{suffix if suffix in {'.xlsx', '.csv'} else ''}"
        size = shelf.keep(sent, source, MOST_BYTES, TOO_BIG)
        table = read(source, name)
        note(folder, table, look(session, table, by=by), name=name, size=size)

    return shelf.put(place / FOLDER, by.organisation_id, by.id, fill)


def look_again(session: Session, upload: Upload, *, by: Actor, undecided_too: bool) -> None:
    table = read(upload.source, upload.name)
    tried = look(session, table, by=by, undecided_too=undecided_too)
    note(upload.folder, table, tried, name=upload.name, size=upload.size, undecided_too=undecided_too)


def note(folder: Path, table: Table, tried: Sequence[Tried], *, name: str, size: int, **more: Any) -> None:
    told = {
        "name": name,
        "size": size,
        "ends_at": (clock.now() + shelf.KEPT).isoformat(),
        "kind": table.kind,
        "own": table.own,
        "undecided_too": False,
        "lines": [line_of(each) for each in tried],
    }
    shelf.write(folder, FOUND, told | more)


def line_of(tried: Tried) -> Line:
    cells = tried.row.cells
    said = [(why.column, why.code, in_each_language(why.text)) for why in tried.reasons]
    blind_no, report_no, item, value = (
        cells.get(name, "")[:200] for name in ("blind_no", "report_no", "item", "value")
    )
    return Line(tried.row.number, tried.state, blind_no, report_no, item, value, said)


def find(token: str, *, by: Actor, place: Path) -> Upload:
    """Their own, as long as it is kept."""
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
    lines = [Line(number, State(state), *rest) for number, state, *rest in told.pop("lines")]
    ends_at = datetime.fromisoformat(told.pop("ends_at"))
    return Upload(token=token, folder=folder, lines=lines, ends_at=ends_at, **told)


def enter(session: Session, upload: Upload, *, by: Actor, only_good: bool) -> list[Tried]:
    """Enter all rows, or with `only_good` the reports in which every row is right.

    `Invalid` if a row is wrong that was to be entered, or if it stands otherwise than when it was looked at.
    """
    table = read(upload.source, upload.name)
    tried = enter_rows(session, table, by=by, only_good=only_good, undecided_too=upload.undecided_too)
    seen = {line.number: line.state for line in upload.lines}
    if any(each.state not in {seen.get(each.row.number), State.ALREADY} for each in tried):
        text = _("Something changed since the table was looked at; look at it again. Nothing was recorded")
        raise Invalid(FieldProblem("file", "changed_meanwhile", text))
    return tried


def enter_rows(session: Session, table: Table, *, by: Actor, only_good: bool, undecided_too: bool) -> list[Tried]:
    """All rows or none, unless the caller chose the good ones."""
    require(by, Can.REPORT_ENTER)
    tried = try_rows(session, table, by=by, undecided_too=undecided_too)
    if not only_good and any(each.state in {State.WRONG, State.HELD} for each in tried):
        text = _("Say that only the right reports are entered, or mend the table and upload it again")
        raise Invalid(FieldProblem("only_good", "wrong_rows", text))
    return tried


def note_entered(upload: Upload) -> None:
    """What was right is entered: whoever looks at the page again is told so."""
    told = json.loads((upload.folder / FOUND).read_text(encoding="utf-8"))
    lines = [[number, State.ALREADY if state == State.GOOD else state, *rest] for number, state, *rest in told["lines"]]
    shelf.write(upload.folder, FOUND, told | {"lines": lines})


def annotated(upload: Upload, out: Path, language: str, word: Callable[[State], object]) -> str:
    """Write the table with a status and a reason beside each row; returns its media type."""
    said = {
        line.number: (str(word(line.state)), "；".join(sentence(reason, language) for reason in line.reasons))
        for line in upload.lines
    }
    return annotate(upload.source, upload.kind, said, out)


def sentence(reason: tuple[str, str, dict[str, str]], language: str) -> str:
    column, _code, said = reason
    return f"{called(column)}: {said[language]}" if column else said[language]


def throw_away(upload: Upload) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)


def throw_away_old(place: Path, now: datetime) -> int:
    def ends_at(folder: Path) -> datetime | None:
        upload = read_noted(folder, "")
        return upload.ends_at if upload else None

    return shelf.throw_away_old(place / FOLDER, ends_at, now)
