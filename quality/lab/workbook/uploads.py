"""A laboratory's table between the look and the decision: kept for its sender, and entered once.

A big one is looked at by a job (jobs.py).
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy.orm import Session

from quality.core import shelf
from quality.core.errors import FieldProblem, Invalid
from quality.core.shelf import Waiting
from quality.core.words import _, all_in_each_language, in_language
from quality.lab.operations.many import CHANGED, Ready
from quality.lab.workbook import trying
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.trying import Found, State, Tell, Tried
from quality.people.actor import Actor
from quality.people.operations import require
from quality.permissions import Can
from quality.workbooks import keeping
from quality.workbooks.keeping import Kept
from quality.workbooks.reading import Table, without_collecting
from quality.workbooks.writing import annotate, media_type

FOLDER = "workbooks"  # in the folder of frames
LINES, READY = "lines.json", "ready.jsonl"
SOON = {".csv": 512 << 10, ".xlsx": 128 << 10}  # bytes that are looked at in a second or two
SHOWN_ROWS = 200  # of those that are wrong, on the page
BAD = (State.WRONG, State.HELD)
Word = Callable[[State], object]


Reasons = list[tuple[str, str, dict[str, str]]]  # each: its column, its code, and its sentence by language


class Said(NamedTuple):
    """What the look said of a row."""

    number: int
    state: State
    reasons: Reasons


IN_A_LINE = ("blind_no", "report_no", "item", "value")
ON_THE_PAGE = {"blind_no", "item", "value"}  # in columns of their own


class Line(NamedTuple):
    """A row as the page shows it."""

    number: int
    state: State
    blind_no: str
    report_no: str
    item: str
    value: str
    reasons: Reasons
    seen: Sequence[tuple[str, str]] = ()  # what stands where a fault is, of the other columns


class Upload(Kept):
    """`told` says what the look found (`noted`)."""

    @property
    def undecided_too(self) -> bool:
        return bool(self.told["undecided_too"])

    @property
    def rows(self) -> int:
        return int(self.told["rows"])

    @property
    def states(self) -> dict[str, int]:
        """How many rows are in each."""
        states: dict[str, int] = self.told["states"]
        return states

    @property
    def good_reports(self) -> int:
        return int(self.told["good_reports"])

    @property
    def can_stay_undecided(self) -> bool:
        return bool(self.told["can_stay_undecided"])

    @property
    def entered(self) -> list[str] | None:
        """Numbers of the reports that were entered from it; None before."""
        return self.told.get("entered")

    @property
    def not_entered(self) -> Reasons:
        """Why it did not, though its sender had said so."""
        return [(field, code, said) for field, code, said in self.told.get("not_entered", [])]

    @property
    def wrong(self) -> list[Line]:
        """The first of them."""
        return [Line(each[0], State(each[1]), *each[2:]) for each in self.told["wrong"]]

    @property
    def verdicts(self) -> dict[str, int]:
        """How many of the rows that can be entered would be judged so."""
        verdicts: dict[str, int] = self.told.get("verdicts", {})
        return verdicts

    @property
    def not_passed(self) -> list[Line]:
        """The first of those that would be entered and do not pass; their reason's code is the verdict."""
        return [Line(each[0], State(each[1]), *each[2:]) for each in self.told.get("not_passed", [])]

    @property
    def lines(self) -> list[Said]:
        """Of every row. Kept of those only of which more is to be said than of the rest."""
        told = json.loads((self.folder / LINES).read_text(encoding="utf-8"))
        rest = State(self.told["rest"])  # also of those that were good when they were looked at
        kept = {
            number: Said(number, rest if state == State.GOOD else State(state), reasons)
            for number, state, reasons in told
        }
        return [kept.get(row.number) or Said(row.number, rest, []) for row in self.table.rows]

    def count(self, *states: State) -> int:
        return sum(self.states.get(state, 0) for state in states)


def is_big(name: str, size: int) -> bool:
    """Whether the job looks at it."""
    return size > SOON.get(Path(name).suffix.lower(), size)


def receive(
    session: Session,
    sent: BinaryIO,
    name: str,
    *,
    by: Actor,
    place: Path,
    language: str = "zh",
    undecided_too: bool = False,
    confirm: str = "",
) -> str:
    """Keep a table and look at it, or, if it is big, leave that to the job; its token.

    One that is no such table is `Invalid` and not kept. A big one is given back in `language`, and entered by the job
    if `confirm` says so: `all` rows or none, or the reports that are `good`.
    """
    require(by, Can.REPORT_ENTER)

    def then(folder: Path, size: int) -> None:
        asked = asked_of(name, size, by, language) | {"undecided_too": undecided_too, "confirm": confirm}
        _look_or_ask(session, folder, asked, by=by)

    return keeping.receive(sent, name, RESULTS, by=by, place=place / FOLDER, then=then)


def look_again(session: Session, upload: Upload, *, by: Actor, undecided_too: bool, language: str = "zh") -> None:
    asked = asked_of(upload.name, upload.size, by, language) | {"undecided_too": undecided_too}
    _look_or_ask(session, upload.folder, asked, by=by)


def asked_of(name: str, size: int, by: Actor, language: str) -> dict[str, Any]:
    return {
        "name": name,
        "size": size,
        "ends_at": shelf.kept_until(),
        "undecided_too": False,
        "language": language,
        "by": [by.id, by.organisation_id, by.role, by.via],
    }


def _look_or_ask(session: Session, folder: Path, asked: dict[str, Any], *, by: Actor) -> None:
    if is_big(asked["name"], asked["size"]):
        shelf.ask(folder, asked)
    else:
        look_now(session, folder, asked, by=by)


def look_now(
    session: Session, folder: Path, asked: dict[str, Any], *, by: Actor, tell: Tell = lambda _done, _of: None
) -> None:
    with without_collecting():  # all that it makes is gone before that is over
        _look_and_note(session, folder, asked, by, tell)


def _look_and_note(session: Session, folder: Path, asked: dict[str, Any], by: Actor, tell: Tell) -> None:
    table = keeping.look(folder, asked["name"], RESULTS)
    found = trying.look(session, table, by=by, undecided_too=asked["undecided_too"], tell=tell)
    more = [each for each in found.tried if each.state is not State.GOOD or each.reasons]
    lines = [Said(each.row.number, each.state, reasons) for each, reasons in said(more)]
    (folder / LINES).write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    keep_ready(folder, found)
    throw_away_annotated(folder)
    of_the_file = {name: asked[name] for name in ("name", "size", "ends_at")}
    keeping.note(folder, table, **of_the_file, **noted(asked, found))


def throw_away_annotated(folder: Path) -> None:
    for old in folder.glob("annotated-*"):
        old.unlink()


def noted(asked: dict[str, Any], found: Found) -> dict[str, Any]:
    wrong = [each for each in found.tried if each.state in BAD]
    not_passed = islice((each for each in found.tried if each.state is State.GOOD and each.reasons), SHOWN_ROWS)
    return {
        "undecided_too": asked["undecided_too"],
        "rows": len(found.tried),
        "states": Counter(each.state for each in found.tried),
        "rest": State.GOOD,
        "good_reports": len(found.ready),
        "verdicts": Counter(each.verdict for each in found.tried if each.verdict),
        "not_passed": [line_of(*each) for each in said(list(not_passed))],
        "wrong": [line_of(*each) for each in said(wrong[:SHOWN_ROWS])],
        "can_stay_undecided": any(why.code == "cannot_be_judged" for each in wrong for why in each.reasons),
    }


def said(tried: Sequence[Tried]) -> Iterator[tuple[Tried, Reasons]]:
    """Each row with its reasons in both languages. Rows of one report share a sentence, which is said once."""
    texts = {id(why.text): why.text for each in tried for why in each.reasons}
    spoken = dict(zip(texts, all_in_each_language(list(texts.values())), strict=True))
    for each in tried:
        yield each, [(why.column, why.code, spoken[id(why.text)]) for why in each.reasons]


def line_of(tried: Tried, reasons: Reasons) -> Line:
    blind_no, report_no, item, value = (tried.row.written(name)[:200] for name in IN_A_LINE)
    seen = [(column, text[:200]) for column, text in tried.row.seen.items() if text and column not in ON_THE_PAGE]
    return Line(tried.row.number, tried.state, blind_no, report_no, item, value, reasons, seen)


def waiting(token: str, *, by: Actor, place: Path) -> Waiting | None:
    return shelf.waiting(place / FOLDER, by.organisation_id, by.id, token)


def find(token: str, *, by: Actor, place: Path) -> Upload:
    """Their own, as long as it is kept."""
    return Upload(**vars(keeping.find(token, RESULTS, by=by, place=place / FOLDER)))


def enter(session: Session, upload: Upload, *, by: Actor, only_good: bool) -> list[str]:
    """Enter all rows, or with `only_good` the reports in which every row is right; their numbers.

    `Invalid` if a row is wrong that was to be entered, or if it stands otherwise than when it was looked at.
    """
    require(by, Can.REPORT_ENTER)
    refuse_wrong(upload.count(*BAD), only_good=only_good)
    with without_collecting():
        return _enter(session, upload, by)


def _enter(session: Session, upload: Upload, by: Actor) -> list[str]:
    with (upload.folder / READY).open(encoding="utf-8") as lines:
        facts, named = json.loads(next(lines))
        ready = [Ready(*json.loads(line)) for line in lines]
    if trying.enter(session, ready, named, facts, by=by):
        return [each.report_no for each in ready]
    found = trying.look(session, upload.table, by=by, undecided_too=upload.undecided_too)
    seen = {number: state for number, state, _reasons in upload.lines}
    for each in found.tried:
        if each.state is not State.ALREADY and each.state != seen[each.row.number]:
            raise Invalid(FieldProblem("file", "changed_meanwhile", CHANGED))
    return enter_found(session, found, by=by)


def keep_ready(folder: Path, found: Found) -> None:
    """A line a report, below what they rest on."""
    with (folder / READY).open("w", encoding="utf-8") as lines:
        for told in ((found.facts, found.named), *found.ready):
            lines.write(json.dumps(told, ensure_ascii=False) + "\n")


def enter_found(session: Session, found: Found, *, by: Actor) -> list[str]:
    if not trying.enter(session, found.ready, found.named, found.facts, by=by):
        raise Invalid(FieldProblem("file", "changed_meanwhile", CHANGED))
    return [each.report_no for each in found.ready]


def enter_rows(session: Session, table: Table, *, by: Actor, only_good: bool, undecided_too: bool) -> Found:
    """All rows or none, unless the caller chose the good ones."""
    require(by, Can.REPORT_ENTER)
    found = trying.look(session, table, by=by, undecided_too=undecided_too)
    refuse_wrong(sum(each.state in BAD for each in found.tried), only_good=only_good)
    enter_found(session, found, by=by)
    return found


def refuse_wrong(rows: int, *, only_good: bool) -> None:
    if rows and not only_good:
        text = _("Say that only the right reports are entered, or mend the table and upload it again")
        raise Invalid(FieldProblem("only_good", "wrong_rows", text))


def note_entered(upload: Upload, numbers: Sequence[str]) -> Upload:
    """What was right is entered: whoever looks at the page or its file again is told so."""
    states = Counter(upload.states)
    states[State.ALREADY] += states.pop(State.GOOD, 0)
    entered = [*(upload.entered or []), *numbers]
    throw_away_annotated(upload.folder)
    rest = {"rest": State.ALREADY, "verdicts": {}, "not_passed": []}
    return note(upload, states=states, good_reports=0, entered=entered, not_entered=[], **rest)


def note(upload: Upload, **told: Any) -> Upload:
    keeping.note_again(upload, **told)
    return replace(upload, told=upload.told | told)


def annotated(upload: Upload, out: Path, language: str, word: Word) -> str:
    """Write the table with a status and a reason beside each row; returns its media type.

    What the job has made already is only fetched.
    """
    made = upload.folder / f"annotated-{language}"
    if made.exists() and made != out:
        shutil.copyfile(made, out)
        return media_type(upload.kind)
    with in_language(language):
        words: dict[str, str] = {state: str(word(state)) for state in State}
    said = {
        number: (words[state], "；".join(sentence(reason, language) for reason in reasons))
        for number, state, reasons in upload.lines
    }
    return annotate(upload.source, upload.kind, said, RESULTS, out)


def sentence(reason: tuple[str, str, dict[str, str]], language: str) -> str:
    column, _code, said = reason
    return f"{RESULTS.called(column)}: {said[language]}" if column else said[language]


def throw_away_old(place: Path, now: datetime) -> int:
    return shelf.throw_away_old(place / FOLDER, now)
