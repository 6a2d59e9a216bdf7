"""The sampling frame: a file of listings, every row checked, the good ones frozen as Parquet under their sha256."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame import checks
from quality.campaigns.frame.checks import Demands
from quality.campaigns.frame.engine import Engine, engine, fetched, text
from quality.campaigns.frame.headings import columns as columns_of
from quality.campaigns.frame.headings import is_ours
from quality.campaigns.frame.problems import NAMED_AT_ONCE, RefusedRow, doubled, invalid, refused_rows
from quality.campaigns.frame.records import lay_out
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
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


def import_frame(source: Path, store: Path) -> ImportReport:
    """Freeze the good rows of a CSV, XLSX or Parquet file in the folder `store`; the same file gives the same bytes.

    A row with a problem is refused whole and written beside with its reason; a file without one good row is `Invalid`.
    """
    with engine(source) as opened:
        checked = check(opened, Demands())
        if not checked.accepted:
            raise invalid(checked.problems)
        path, sha256 = freeze(opened, checked.columns, store)
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
        )


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
    """Look at every row; `Invalid` where there is no table with a row to look at."""
    found = lay_out(opened, lambda heading: range(len(heading)), is_import=True)
    columns = columns_of(found.heading, demands.strata)
    _refuse_nameless(opened, columns, found.heading)
    _find_problems(opened, columns, demands)
    count = "SELECT count(DISTINCT row) FROM problem", "SELECT count(*) FROM cells"
    refused, cells = (opened.con.execute(query).fetchall()[0][0] for query in count)
    damaged = opened.con.execute("SELECT count(DISTINCT row) FROM damage").fetchall()[0][0]
    if not cells + damaged:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))
    problems = refused_rows(opened, "FROM problem", NAMED_AT_ONCE)
    return Checked(columns, found.heading, found.encoding, cells + damaged, refused, problems)


def _refuse_nameless(opened: Engine, columns: list[str], heading: tuple[str, ...]) -> None:
    for place, column in enumerate(columns):
        if not column and not is_ours(heading[place]):
            filled = opened.con.execute(f"SELECT count(nullif({checks.trimmed(f'c{place}')}, '')) FROM records")
            if filled.fetchall()[0][0]:
                raise Invalid(
                    FieldProblem(f"column {place + 1}", "no_heading", _("Give this column a heading, or remove it"))
                )


def _find_problems(opened: Engine, columns: list[str], demands: Demands) -> None:
    """Table `problem` of what is wrong: (row, field, code, value)."""
    checks.make_cells(opened, columns)
    if "shop_uscc" in columns:
        checks.make_wrong_uscc(opened)
    opened.con.execute(f"CREATE TABLE problem AS {checks.problems(columns, demands)} UNION ALL FROM damage")
    good = "(SELECT row, listing_id FROM cells WHERE row NOT IN (SELECT row FROM problem))"
    opened.con.execute(f"INSERT INTO problem {doubled(good, 'listing_id')}")


def freeze(opened: Engine, columns: list[str], store: Path) -> tuple[Path, str]:
    """Keep the rows without a problem as Parquet under its sha256."""
    parquet = opened.scratch / "frame.parquet"
    opened.con.execute(
        f"COPY (SELECT {checks.kept(columns)} FROM cells WHERE row NOT IN (SELECT row FROM problem) ORDER BY row) "
        f"TO {text(parquet)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    )
    return keep(parquet, store, ".parquet")


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
