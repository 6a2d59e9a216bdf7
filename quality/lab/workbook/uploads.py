"""A laboratory's table between the look and the decision: kept for its sender, and entered once.

A big one is looked at by a job: its folder holds what is asked of it, then who takes it and how far it is, then what
was found, with the table given back already made, or why nothing could be.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock, shelf
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, _, in_each_language, in_language
from quality.lab.workbook import trying
from quality.lab.workbook.columns import called
from quality.lab.workbook.reading import MOST_BYTES, Table, kept_rows, read, row_with, without_collecting
from quality.lab.workbook.trying import Found, State, Tell, Tried
from quality.lab.workbook.writing import XLSX, annotate
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.people.operations import require
from quality.permissions import Can

FOLDER = "workbooks"  # in the folder of frames
FOUND, LINES, TABLE = "upload.json", "lines.json", "table.json"
ASKED, TAKEN, FAILED, PROGRESS = "asked.json", "taken.json", "failed.json", "progress.json"
SOON = {".csv": 512 << 10, ".xlsx": 128 << 10}  # bytes that are looked at in a second or two
LOST = timedelta(minutes=15)  # after which nobody works on what was taken any more
SHOWN_ROWS = 200  # of those that are wrong, on the page
TOO_BIG = _("Send at most %(most)s MB", most=MOST_BYTES >> 20)
BAD = (State.WRONG, State.HELD)
Word = Callable[[State], object]


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
    rows: int
    states: dict[str, int]  # how many rows are in each
    good_reports: int
    wrong: list[Line]  # the first of them
    can_stay_undecided: bool

    @property
    def source(self) -> Path:
        return source_of(self.folder, self.name)

    @property
    def lines(self) -> list[Line]:
        return [line_from(each) for each in json.loads((self.folder / LINES).read_text(encoding="utf-8"))]

    def count(self, *states: State) -> int:
        return sum(self.states.get(state, 0) for state in states)


class Waiting(NamedTuple):
    """A big one that is not looked at yet, or that cannot be: `problems` say why, field and sentence by language."""

    token: str
    folder: Path
    name: str
    size: int  # bytes
    since: datetime
    is_taken: bool  # somebody works on it
    step: str  # reading, judging or writing; empty: not begun
    done: int  # rows, of so many; of 0 it is not known
    of: int
    problems: list[tuple[str, dict[str, str]]]


def source_of(folder: Path, name: str) -> Path:
    return folder / f"source{Path(name).suffix.lower()}"


def receive(session: Session, sent: BinaryIO, name: str, *, by: Actor, place: Path, language: str = "zh") -> str:
    """Keep a table and look at it, or, if it is big, leave that to the job; its token.

    One that is no such table is `Invalid` and not kept. A big one is given back in `language`.
    """
    require(by, Can.REPORT_ENTER)
    suffix = Path(name).suffix.lower()
    if suffix not in SOON:
        raise Invalid(FieldProblem("file", "unknown_table", _("Send a table as XLSX or CSV")))

    def fill(folder: Path) -> None:
        size = shelf.keep(sent, source_of(folder, name), MOST_BYTES, TOO_BIG)
        _look_or_ask(session, folder, asked_of(name, size, by, language), by=by)

    return shelf.put(place / FOLDER, by.organisation_id, by.id, fill)


def look_again(session: Session, upload: Upload, *, by: Actor, undecided_too: bool, language: str = "zh") -> None:
    asked = asked_of(upload.name, upload.size, by, language) | {"undecided_too": undecided_too}
    _look_or_ask(session, upload.folder, asked, by=by)


def asked_of(name: str, size: int, by: Actor, language: str) -> dict[str, Any]:
    return {
        "name": name,
        "size": size,
        "ends_at": (clock.now() + shelf.KEPT).isoformat(),
        "undecided_too": False,
        "language": language,
        "by": [by.id, by.organisation_id, by.role],
    }


def _look_or_ask(session: Session, folder: Path, asked: dict[str, Any], *, by: Actor) -> None:
    if asked["size"] <= SOON[Path(asked["name"]).suffix.lower()]:
        _look(session, folder, asked, by=by)
    else:
        (folder / FOUND).unlink(missing_ok=True)
        shelf.write(folder, ASKED, asked)


def _look(
    session: Session, folder: Path, asked: dict[str, Any], *, by: Actor, tell: Tell = lambda _done, _of: None
) -> Upload:
    with without_collecting():
        return _look_through(session, folder, asked, by, tell)


def _look_through(session: Session, folder: Path, asked: dict[str, Any], by: Actor, tell: Tell) -> Upload:
    table = read(source_of(folder, asked["name"]), asked["name"])
    found = trying.look(session, table, by=by, undecided_too=asked["undecided_too"], tell=tell)
    kept = {"kind": table.kind, "own": table.own, "rows": kept_rows(table)}
    shelf.write(folder, TABLE, kept)
    lines = [line_of(each) for each in said(found.tried)]
    (folder / LINES).write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    for old in folder.glob("annotated-*"):
        old.unlink()
    shelf.write(folder, FOUND, noted(asked, table, found, lines))
    upload = read_noted(folder, folder.name.rpartition("-")[2])
    assert upload, "it was written just now"
    return upload


def noted(asked: dict[str, Any], table: Table, found: Found, lines: Sequence[Line]) -> dict[str, Any]:
    wrong = [line for line in lines if line.state in BAD]
    return {
        "name": asked["name"],
        "size": asked["size"],
        "ends_at": asked["ends_at"],
        "undecided_too": asked["undecided_too"],
        "kind": table.kind,
        "own": table.own,
        "rows": len(lines),
        "states": Counter(line.state for line in lines),
        "good_reports": len(found.right),
        "wrong": wrong[:SHOWN_ROWS],
        "can_stay_undecided": any(code == "cannot_be_judged" for line in wrong for _c, code, _said in line.reasons),
    }


Said = tuple[Tried, list[tuple[str, str, dict[str, str]]]]


def said(tried: Sequence[Tried]) -> Iterator[Said]:
    """Each row with its reasons in both languages. Rows of one report share a sentence, which is said once."""
    last: tuple[Text, dict[str, str]] | None = None
    for each in tried:
        reasons = []
        for why in each.reasons:
            if last is None or last[0] is not why.text:
                last = why.text, in_each_language(why.text)
            reasons.append((why.column, why.code, last[1]))
        yield each, reasons


def line_of(told: Said) -> Line:
    tried, reasons = told
    cells = tried.row.cells
    blind_no, report_no, item, value = (
        cells.get(name, "")[:200] for name in ("blind_no", "report_no", "item", "value")
    )
    return Line(tried.row.number, tried.state, blind_no, report_no, item, value, reasons)


def line_from(told: list[Any]) -> Line:
    number, state, *rest = told
    return Line(number, State(state), *rest)


def look_at_what_waits(sessions: sessionmaker[Session], place: Path, now: datetime, word: Word) -> int:
    """Look at each big table that nobody works on, and make what is given back; how many. Of two, one takes it."""
    looked = 0
    for folder in shelf.folders(place / FOLDER):
        taken = folder / TAKEN
        with suppress(FileNotFoundError):
            if shelf.touched(taken) + LOST <= now:
                taken.replace(folder / ASKED)
        try:
            (folder / ASKED).replace(taken)
            taken.touch()
            asked = json.loads(taken.read_text(encoding="utf-8"))
        except FileNotFoundError:  # nothing is asked, another was first, or it is thrown away
            continue
        try:
            with sessions() as session:
                _look_by_job(session, folder, asked, word)
        except Invalid as wrong:
            said = [(each.field, in_each_language(each.text)) for each in wrong.problems]
            shelf.write(folder, FAILED, asked | {"problems": said})
        for name in (TAKEN, PROGRESS):
            (folder / name).unlink(missing_ok=True)
        looked += 1
    return looked


def _look_by_job(session: Session, folder: Path, asked: dict[str, Any], word: Word) -> None:
    person, organisation, role = asked["by"]
    still = sa.select(Membership).where(
        Membership.person_id == person,
        Membership.organisation_id == organisation,
        Membership.role == role,
        Membership.ended_at.is_(None),
    )
    membership = session.scalars(still).first()
    if membership is None:
        text = _("Whoever sent this table does not work here any more")
        raise Invalid(FieldProblem("file", "sender_left", text))

    def tell(step: str, done: int = 0, of: int = 0) -> None:
        shelf.write(folder, PROGRESS, {"step": step, "done": done, "of": of})

    tell("reading")
    found = _look(
        session, folder, asked, by=Actor.working_in(membership), tell=lambda done, of: tell("judging", done, of)
    )
    session.rollback()
    if found.count(*BAD):
        tell("writing", 0, found.rows)
        made = folder / f"annotated-{asked['language']}"
        annotated(found, made, asked["language"], word)


def waiting(token: str, *, by: Actor, place: Path) -> Waiting | None:
    """Their own big one, before it is looked at or when it could not be."""
    folder = shelf.folder_of(place / FOLDER, by.organisation_id, by.id, token)
    for name in (ASKED, TAKEN, FAILED) if shelf.TOKEN.fullmatch(token) else ():
        with suppress(FileNotFoundError):
            told, since = json.loads((folder / name).read_text(encoding="utf-8")), shelf.touched(folder / name)
            step: dict[str, Any] = {"step": "", "done": 0, "of": 0}
            with suppress(FileNotFoundError):
                step = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
            return Waiting(
                token, folder, told["name"], told["size"], since, name == TAKEN,
                str(step["step"]), int(step["done"]), int(step["of"]), told.get("problems", []),
            )  # fmt: skip
    return None


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
    wrong = [line_from(each) for each in told.pop("wrong")]
    ends_at = datetime.fromisoformat(told.pop("ends_at"))
    return Upload(token=token, folder=folder, wrong=wrong, ends_at=ends_at, **told)


def kept_table(upload: Upload) -> Table:
    """As it was read when it was looked at."""
    told = json.loads((upload.folder / TABLE).read_text(encoding="utf-8"))
    return Table(told["kind"], told["own"], [row_with(*each) for each in told["rows"]])


def enter(session: Session, upload: Upload, *, by: Actor, only_good: bool) -> Found:
    """Enter all rows, or with `only_good` the reports in which every row is right.

    `Invalid` if a row is wrong that was to be entered, or if it stands otherwise than when it was looked at.
    """
    with without_collecting():
        lines, table, undecided_too = upload.lines, kept_table(upload), upload.undecided_too
        right = {line.blind_no for line in lines if line.state is State.GOOD}
        found = enter_rows(session, table, by=by, only_good=only_good, undecided_too=undecided_too, seen=right)
        seen = {line.number: line.state for line in lines}
        if any(each.state is not State.ALREADY and each.state is not seen.get(each.row.number) for each in found.tried):
            raise Invalid(FieldProblem("file", "changed_meanwhile", trying.CHANGED))
        return found


def enter_rows(
    session: Session,
    table: Table,
    *,
    by: Actor,
    only_good: bool,
    undecided_too: bool,
    seen: Iterable[str] | None = None,
) -> Found:
    """All rows or none, unless the caller chose the good ones."""
    require(by, Can.REPORT_ENTER)
    found = trying.enter(session, table, by=by, undecided_too=undecided_too, seen=seen)
    if not only_good and any(each.state in BAD for each in found.tried):
        text = _("Say that only the right reports are entered, or mend the table and upload it again")
        raise Invalid(FieldProblem("only_good", "wrong_rows", text))
    return found


def note_entered(upload: Upload) -> None:
    """What was right is entered: whoever looks at the page again is told so."""
    told = json.loads((upload.folder / FOUND).read_text(encoding="utf-8"))
    states = Counter(told["states"])
    states[State.ALREADY] += states.pop(State.GOOD, 0)
    lines = [each._replace(state=State.ALREADY) if each.state is State.GOOD else each for each in upload.lines]
    shelf.write(upload.folder, FOUND, told | {"states": states, "good_reports": 0})
    (upload.folder / LINES).write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")


def annotated(upload: Upload, out: Path, language: str, word: Word) -> str:
    """Write the table with a status and a reason beside each row; returns its media type.

    What the job has made already is only fetched.
    """
    made = upload.folder / f"annotated-{language}"
    if made.exists() and made != out:
        shutil.copyfile(made, out)
        return XLSX if upload.kind == "xlsx" else f"text/csv; charset={upload.kind.removesuffix('-sig')}"
    with in_language(language):
        words = {state: str(word(state)) for state in State}
    said = {
        line.number: (words[line.state], "；".join(sentence(reason, language) for reason in line.reasons))
        for line in upload.lines
    }
    return annotate(upload.source, upload.kind, said, out)


def sentence(reason: tuple[str, str, dict[str, str]], language: str) -> str:
    column, _code, said = reason
    return f"{called(column)}: {said[language]}" if column else said[language]


def throw_away(upload: Upload | Waiting) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)


def throw_away_old(place: Path, now: datetime) -> int:
    def ends_at(folder: Path) -> datetime | None:
        upload = read_noted(folder, "")
        return upload.ends_at if upload else None

    return shelf.throw_away_old(place / FOLDER, ends_at, now)
