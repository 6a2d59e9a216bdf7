"""The sampling frame: a file of listings, every row checked, the good ones frozen as Parquet under their sha256."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame import checks
from quality.campaigns.frame.checks import Demands
from quality.campaigns.frame.engine import Engine, engine, fetched, text
from quality.campaigns.frame.headings import NOTHING
from quality.campaigns.frame.headings import columns as columns_of
from quality.campaigns.frame.problems import NAMED_AT_ONCE, RefusedRow, doubled, invalid, is_unique, refused_rows
from quality.campaigns.frame.records import Records, forget, lay_out, lay_out_at_once
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.workbooks import texts
from quality.workbooks.texts import harmless

__all__ = [
    "REFUSALS",
    "Demands",
    "ImportReport",
    "RefusedRow",
    "check",
    "freeze",
    "import_frame",
    "keep",
    "written_refusals",
]


REFUSALS = ".refused.csv"  # after the sha256 of the file
FROZEN = "frame.parquet"  # in the scratch folder
ROW_GROUP = 122_880  # rows
SHOWN, LONGEST_SHOWN = 5, 60  # rows of a preview, and characters of its cells
NO_PROBLEM = "CREATE TABLE problem (row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)"


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What became of a file: every row is either in the frozen frame or in the file of refused rows."""

    source: str
    encoding: str  # utf-8, utf-8-sig, gb18030, utf-16, xlsx or parquet
    rows: int
    accepted: int
    refused: int  # rows; one may have several problems
    problems: list[RefusedRow]  # the first of them
    refused_file: Path | None  # all of them
    path: Path
    sha256: str  # of the Parquet file, which is also its name
    ends_open: bool = False  # the last line of a text has no end: it may have been cut off


def import_frame(source: Path, store: Path, mapping: Mapping[str, str] = NOTHING) -> ImportReport:
    """Freeze the good rows of a CSV, XLSX or Parquet file in the folder `store`; the same file gives the same bytes.

    `mapping` says what headings mean that do not say it. A row with a problem is refused whole and written beside with
    its reason; a file without one good row is `Invalid`.
    """
    with engine(source, threads=1, filters_early=False) as opened:
        checked = check(opened, Demands(mapping=mapping))
        if not checked.accepted:
            raise invalid(checked.problems)
        path, sha256 = freeze(opened, store)
        return ImportReport(
            source=source.name,
            encoding=checked.encoding,
            rows=checked.rows,
            accepted=checked.accepted,
            refused=checked.refused,
            problems=checked.problems,
            refused_file=written_refusals(opened, store) if checked.refused else None,
            path=path,
            sha256=sha256,
            ends_open=ends_open(opened, checked.encoding),
        )


class Uneven(Exception):
    """There are lines in the file that are no rows: a row's number must be counted line by line."""


class Checked(NamedTuple):
    """What was found in a file that can be read; every problem of a row stands in table `problem`."""

    columns: list[str]  # what each heading means; "" for none
    heading: tuple[str, ...]  # as it was written
    encoding: str
    rows: int
    refused: int
    problems: list[RefusedRow]  # the first of them

    @property
    def accepted(self) -> int:
        return self.rows - self.refused


def check(opened: Engine, demands: Demands) -> Checked:
    """Look at every row; `Invalid` where there is no table with a row to look at.

    The good rows are written while the file is read, once. Only where they turn out not to be all is it read again, to
    name the others; and where even that cannot take its rows apart, row by row.
    """
    import duckdb  # noqa: PLC0415 - as in engine.py

    if (found := lay_out_at_once(opened)) is not None:
        try:
            return _checked(opened, found, demands)
        except (duckdb.InvalidInputException, Uneven):
            forget(opened)
    return _checked(opened, lay_out(opened, lambda heading: range(len(heading)), is_import=True), demands)


def _checked(opened: Engine, found: Records, demands: Demands) -> Checked:
    if demands.shown:
        demands.shown(found.heading, _first_rows(opened, len(found.heading)))
    columns = columns_of(found.heading, [*demands.strata, *filter(None, [demands.size])], demands.mapping)
    _refuse_nameless(opened, columns, found.heading)
    checks.make_cells(opened, columns, found.signs)
    rules = checks.rules(columns, demands, found.signs)
    in_order = "ORDER BY row" if found.signs.rows is None else ""  # else one thread reads, and keeps the order
    good = _write(opened, columns, f"({checks.any_of(rules)}) IS NOT TRUE {in_order}")
    is_even = _is_even(opened)
    all_rows = _number(opened, "SELECT count(*) FROM records") if found.signs.rows is None else found.signs.rows
    has_doubles = not is_unique(opened, _frozen(opened), "listing_id")
    has_damage = _number(opened, "SELECT count(*) FROM damage")
    if (
        good
        and good == all_rows
        and not has_doubles
        and is_even
        and not (has_damage or checks.wrong_uscc(opened, _frozen(opened)))
    ):
        opened.con.execute(NO_PROBLEM)
        return Checked(columns, found.heading, found.encoding, good, 0, [])
    if found.signs.rows not in {None, _number(opened, "SELECT count(*) FROM records")}:
        raise Uneven
    _find_problems(opened, columns, rules, has_doubles=has_doubles)
    refused = _number(opened, "SELECT count(DISTINCT row) FROM problem")
    rows = _number(opened, "SELECT count(*) FROM cells") + _number(opened, "SELECT count(DISTINCT row) FROM damage")
    if not rows:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))
    if rows - refused != good or not is_even:  # some were found wrong beside others only
        _write(opened, columns, "row NOT IN (SELECT row FROM problem) ORDER BY row")
    problems = refused_rows(opened, "FROM problem", NAMED_AT_ONCE)
    return Checked(columns, found.heading, found.encoding, rows, refused, problems)


def ends_open(opened: Engine, encoding: str) -> bool:
    """Whether a text stops in the middle of a line. Some programs write it so; one that was cut off mostly does."""
    return encoding not in {"xlsx", "parquet"} and texts.ends_open(opened.source)


def _first_rows(opened: Engine, width: int) -> list[list[str]]:
    cells = ", ".join(f"coalesce(left(c{place}, {LONGEST_SHOWN}), '')" for place in range(width))
    return [list(map(str, row)) for row in opened.con.execute(f"SELECT {cells} FROM records LIMIT {SHOWN}").fetchall()]


def _number(opened: Engine, query: str) -> int:
    return int(opened.con.execute(query).fetchall()[0][0])


def _frozen(opened: Engine) -> str:
    return f"read_parquet({text(opened.scratch / FROZEN)})"


def _write(opened: Engine, columns: list[str], which: str) -> int:
    """The cells of these rows as they are frozen, in the order of the file; how many."""
    return _number(
        opened,
        f"COPY (SELECT {checks.kept(columns)} FROM cells WHERE {which}) "
        f"TO {text(opened.scratch / FROZEN)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})",
    )


def _is_even(opened: Engine) -> bool:
    """Whether each group of rows but the last is full, as sorting makes them: the same rows are to be the same bytes.

    A file that is read by one thread and kept whole comes out so by itself, at two thirds of the cost.
    """
    told = f"SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata({text(opened.scratch / FROZEN)})"
    return not _number(
        opened,
        f"SELECT count(*) FROM ({told}) WHERE row_group_num_rows <> {ROW_GROUP} "
        f"AND row_group_id <> (SELECT max(row_group_id) FROM ({told}))",
    )


def _refuse_nameless(opened: Engine, columns: list[str], heading: tuple[str, ...]) -> None:
    for place, column in enumerate(columns):
        if not column and not heading[place].strip():
            filled = f"SELECT count(nullif({checks.trimmed(f'c{place}')}, '')) FROM records"
            if _number(opened, filled):
                raise Invalid(
                    FieldProblem(f"column {place + 1}", "no_heading", _("Give this column a heading, or remove it"))
                )


def _find_problems(opened: Engine, columns: list[str], rules: list[checks.Rule], *, has_doubles: bool) -> None:
    """Table `problem` of what is wrong: (row, field, code, value)."""
    if "shop_uscc" in columns:
        checks.make_wrong_uscc(opened)
    opened.con.execute(f"CREATE TABLE problem AS {checks.problems(rules)} UNION ALL FROM damage")
    if has_doubles:
        good = "(SELECT row, listing_id FROM cells WHERE row NOT IN (SELECT row FROM problem))"
        opened.con.execute(f"INSERT INTO problem {doubled(good, 'listing_id')}")


def freeze(opened: Engine, store: Path) -> tuple[Path, str]:
    """Keep the rows without a problem, as they were checked, as Parquet under its sha256."""
    return keep(opened.scratch / FROZEN, store, ".parquet")


def written_refusals(opened: Engine, store: Path) -> Path:
    """All refused rows as CSV, to be opened in a spreadsheet: hence the mark, and no cell that would be a formula."""
    written = opened.scratch / "refused.csv"
    opened.con.execute("FROM problem ORDER BY row, field, code")
    with written.open("w", encoding="utf-8-sig", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(("row", "field", "code", "reason", "value"))
        for refused in (RefusedRow(*row) for row in fetched(opened.con)):  # type: ignore[arg-type]
            lines.writerow((refused.row, *map(harmless, refused[1:3]), refused.reason, harmless(refused.value)))
    return keep(written, store, REFUSALS)[0]


def keep(made: Path, store: Path, suffix: str) -> tuple[Path, str]:
    """Put a file into a folder under its sha256, synced, once: what is there already is the same and stays."""
    store.mkdir(parents=True, exist_ok=True)
    with made.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    kept = store / f"{sha256}{suffix}"
    if kept.exists():
        return kept, sha256
    arriving = store / f".{sha256}{suffix}.{os.getpid()}"
    with made.open("rb") as read, arriving.open("wb") as written:
        while chunk := read.read(1 << 20):
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    arriving.replace(kept)
    return kept, sha256
