"""A frame of one file or of several: each is looked at by itself, and a listing that stands in two counts once."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame import unnamed
from quality.campaigns.frame.checking import FROZEN, NO_PROBLEM, ROW, Checked, check, ends_open, number, write
from quality.campaigns.frame.checks import Demands
from quality.campaigns.frame.engine import Engine, engine, fetched, name, text
from quality.campaigns.frame.headings import MOST_COLUMNS
from quality.campaigns.frame.problems import ELSEWHERE, RefusedRow, is_unique
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

FILE = "\x1ffile"  # beside ROW: which of the files it was, from 0
MIXED = "mixed"  # encodings
NAME = 100  # characters of all names together
Watch = Callable[[Engine, str], AbstractContextManager[object]]  # stands around the look at each file, by its name


class Given(NamedTuple):
    path: Path
    name: str  # as whoever gave it calls it


class Lacking(NamedTuple):
    """A column that others of the files have: it is empty in the rows of this one."""

    file: str
    column: str


class Part(NamedTuple):
    name: str
    checked: Checked
    ends_open: bool


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was found in all files. The right rows are file FROZEN in the scratch folder of `opened`, what is wrong is
    its table `problem`."""

    opened: Engine
    names: list[str]
    encoding: str
    rows: int
    refused: int
    headings: list[dict[str, str]]  # of each file: a column by the name that it gives it
    open_ends: list[str]  # files whose last line has no end
    lacking: list[Lacking]
    strange: unnamed.Strange  # categories that nobody names

    @property
    def accepted(self) -> int:
        return self.rows - self.refused

    @property
    def name(self) -> str:
        """Of all files together."""
        return together(self.names)

    def named(self, column: str, place: int) -> str:
        """A column as the file at this place calls it."""
        return self.headings[place].get(column) or column

    def wrong_rows(self, limit: int | None = None) -> Iterator[RefusedRow]:
        """In the order of the files and of their rows; each knows its file where there are several."""
        bound = f" LIMIT {limit}" if limit else ""
        asked = f"SELECT row, field, code, value, file FROM problem ORDER BY file, row, field, code{bound}"
        names = self.names if len(self.names) > 1 else [""]
        for row, field, code, value, file in fetched(self.opened.con.execute(asked)):
            yield RefusedRow(int(str(row)), str(field), str(code), str(value), names[int(str(file))])


def together(names: Sequence[str]) -> str:
    whole = " + ".join(names)
    return whole if len(whole) <= NAME else f"{names[0][: NAME - 10]} + {len(names) - 1}"


def called(paths: Sequence[Path]) -> list[Given]:
    """Files by their own names, or as they were given where two have the same."""
    own = [path.name for path in paths]
    return [Given(path, path.name if own.count(path.name) == 1 else str(path)) for path in paths]


def unwatched(_opened: Engine, _name: str) -> AbstractContextManager[object]:
    return nullcontext()


@contextmanager
def looked_at(files: Sequence[Given], demands: Demands, watch: Watch = unwatched) -> Iterator[Look]:
    """Look at every row of the files; `Invalid` where one of them is no table with a row, or they are not as told."""
    if len(files) == 1:
        with engine(files[0].path, threads=1, filters_early=False) as opened:
            with watch(opened, files[0].name):
                checked = check(opened, demands)
            yield _look(opened, [Part(files[0].name, checked, ends_open(opened, checked.encoding))], demands)
        return
    _refuse_the_same(files)
    with tempfile.TemporaryDirectory(prefix="frames-") as folder:
        parts = list(_parts(files, demands, watch, Path(folder).resolve()))
        made = [(_frozen(Path(folder), place), _problems(Path(folder), place)) for place in range(len(files))]
        with engine(*(path for pair in made for path in pair), threads=1, filters_early=False) as opened:
            _join(opened, parts, made)
            yield _look(opened, parts, demands)


def _frozen(folder: Path, place: int) -> Path:
    return folder.resolve() / f"{place}.parquet"


def _problems(folder: Path, place: int) -> Path:
    return folder.resolve() / f"{place}.problems.parquet"


def _refuse_the_same(files: Sequence[Given]) -> None:
    for place, later in enumerate(files):
        for first in files[:place]:
            if later.path.is_file() and first.path.is_file() and filecmp.cmp(first.path, later.path, shallow=False):
                told = _("%(file)s holds the same as %(other)s: give each file once", file=later.name, other=first.name)
                raise Invalid(FieldProblem("file", "given_twice", told))


def _parts(files: Sequence[Given], demands: Demands, watch: Watch, folder: Path) -> Iterator[Part]:
    """What was found in each. Those that are no tables are all named, not the first only."""
    wrong: list[FieldProblem] = []
    shown = _Headings(demands)
    for place, given in enumerate(files):
        try:
            with engine(given.path, threads=1, filters_early=False) as opened:
                with watch(opened, given.name):
                    checked = check(opened, demands._replace(shown=shown.add), numbered=True)
                made = opened.scratch / "problems.parquet"
                opened.con.execute(f"COPY (SELECT * REPLACE ({place} AS file) FROM problem) TO {text(made)}")
                shutil.move(opened.scratch / FROZEN, _frozen(folder, place))
                shutil.move(made, _problems(folder, place))
                yield Part(given.name, checked, ends_open(opened, checked.encoding))
        except Invalid as found:
            wrong += [
                each._replace(text=_("%(file)s: %(what)s", file=given.name, what=each.text)) for each in found.problems
            ]
    if wrong:
        raise Invalid(*wrong)


class _Headings:
    """The headings of all files with their first rows, as if they were one file, told after each."""

    def __init__(self, demands: Demands) -> None:
        self.told = demands.shown
        self.heading: list[str] = []
        self.rows: list[list[str]] = []

    def add(self, heading: Sequence[str], rows: list[list[str]]) -> None:
        if not self.told:
            return
        for place, each in enumerate(heading):
            if each not in self.heading:
                cells = [row[place] if place < len(row) else "" for row in rows]
                self.rows += [[""] * len(self.heading) for _missing in range(len(cells) - len(self.rows))]
                self.heading.append(each)
                for number_, row in enumerate(self.rows):
                    row.append(cells[number_] if number_ < len(cells) else "")
        self.told(self.heading, self.rows)


def _join(opened: Engine, parts: Sequence[Part], made: Sequence[tuple[Path, Path]]) -> None:
    """The right rows of all files as one, in their order. Of a listing in two files the first stands."""
    opened.con.execute(NO_PROBLEM)
    for _part, problems in made:
        opened.con.execute(f"INSERT INTO problem FROM read_parquet({text(problems)})")
    each = (f"SELECT *, {at} AS {name(FILE)} FROM read_parquet({text(path)})" for at, (path, _p) in enumerate(made))
    opened.con.execute(f"CREATE VIEW part AS {' UNION ALL BY NAME '.join(each)}")
    columns = len(opened.con.execute("DESCRIBE part").fetchall()) - 2
    if columns > MOST_COLUMNS:
        told = _("Keep to %(most)d columns at most", most=MOST_COLUMNS)
        raise Invalid(FieldProblem("file", "too_many_columns", told))
    place, row = (name(each) for each in (FILE, ROW))
    kept, rows = f"* EXCLUDE ({place}, {row})", "FROM part"
    if not is_unique(opened, "part", "listing_id"):
        names = ", ".join(text(part.name) for part in parts)
        opened.con.execute(
            f"INSERT INTO problem SELECT p.{row}, 'listing_id', {text(ELSEWHERE)}, left(p.listing_id, 60) || ' (' || "
            f"left([{names}][d.first.file + 1], 60) || ': ' || d.first.row || ')', p.{place} FROM part p JOIN "
            f"(SELECT listing_id, min({{'file': {place}, 'row': {row}}}) AS first FROM part GROUP BY ALL "
            f"HAVING count(*) > 1) d ON p.listing_id = d.listing_id AND p.{place} > d.first.file"
        )
        twice = f"(SELECT file, row FROM problem WHERE code = {text(ELSEWHERE)})"
        rows = f"FROM part ANTI JOIN {twice} d ON {place} = d.file AND part.{row} = d.row"
    write(opened, kept, f"{rows} ORDER BY {place}, {row}")


def _look(opened: Engine, parts: Sequence[Part], demands: Demands) -> Look:
    rows = sum(part.checked.rows for part in parts)
    if demands.expected not in {None, rows}:
        told = _(
            "%(rows)s rows were found, and %(expected)s are expected: look whether the file was cut off",
            rows=f"{rows:,}",
            expected=f"{demands.expected:,}",
        )
        raise Invalid(FieldProblem("expected_rows", "other_rows", told))
    encodings = {part.checked.encoding for part in parts}
    refused = number(opened, "SELECT count(*) FROM (SELECT DISTINCT file, row FROM problem)")
    return Look(
        opened=opened,
        names=[part.name for part in parts],
        encoding=encodings.pop() if len(encodings) == 1 else MIXED,
        rows=rows,
        refused=refused,
        headings=[_headings(part.checked) for part in parts],
        open_ends=[part.name for part in parts if part.ends_open],
        lacking=list(_lacking(parts)),
        strange=unnamed.strange_in(opened, demands.categories) if refused < rows else unnamed.NONE,
    )


def _headings(checked: Checked) -> dict[str, str]:
    return {column: heading.strip() for column, heading in zip(checked.columns, checked.heading, strict=True)}


def _lacking(parts: Sequence[Part]) -> Iterator[Lacking]:
    def of(part: Part) -> list[str]:
        return ["price_fen" if each == "price_yuan" else each for each in part.checked.columns if each]

    for column in dict.fromkeys(column for part in parts for column in of(part)):
        yield from (Lacking(part.name, column) for part in parts if column not in of(part))
