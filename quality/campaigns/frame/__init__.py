"""The sampling frame: files of listings, every row checked, the good ones frozen as Parquet under their sha256."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quality.campaigns.frame.annotated import rows_to_mend
from quality.campaigns.frame.checking import FROZEN
from quality.campaigns.frame.checks import Demands
from quality.campaigns.frame.engine import Engine
from quality.campaigns.frame.headings import NOTHING
from quality.campaigns.frame.problems import NAMED_AT_ONCE, RefusedRow, invalid
from quality.campaigns.frame.several import Lacking, Look, Watch, called, looked_at, unwatched
from quality.campaigns.frame.unnamed import NONE, Strange
from quality.workbooks.texts import harmless

__all__ = [
    "REFUSALS",
    "Demands",
    "ImportReport",
    "RefusedRow",
    "freeze",
    "import_frame",
    "keep",
    "written_refusals",
]


REFUSALS = ".refused.csv"  # after the sha256 of the file
TO_MEND = ".to-mend"  # the same before the kind of the file


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What became of a file or of several: every row is either in the frozen frame or in the file of refused rows."""

    source: str
    encoding: str  # utf-8, utf-8-sig, gb18030, utf-16, xlsx or parquet; mixed of several that differ
    rows: int
    accepted: int
    refused: int  # rows; one may have several problems
    problems: list[RefusedRow]  # the first of them
    refused_file: Path | None  # all of them
    path: Path
    sha256: str  # of the Parquet file, which is also its name
    ends_open: bool = False  # the last line of a text has no end: it may have been cut off
    open_ends: list[str] = field(default_factory=list)  # the files of which that is so
    lacking: list[Lacking] = field(default_factory=list)
    strange: Strange = NONE
    renamed: Mapping[str, str] = field(default_factory=dict)  # categories, to what they were to be called
    to_mend: list[Path] = field(default_factory=list)  # of each file its refused rows as they were, with their reasons


def import_frame(
    source: Path | Sequence[Path],
    store: Path,
    mapping: Mapping[str, str] = NOTHING,
    *,
    categories: Collection[str] | None = None,
    expected: int | None = None,
    watch: Watch = unwatched,
) -> ImportReport:
    """Freeze the good rows of CSV, XLSX or Parquet files in the folder `store`; the same files give the same bytes.

    `mapping` says what headings mean that do not say it. A row with a problem is refused whole and written beside with
    its reason, and of a listing in two files the first stands. No good row, or another number of rows than `expected`,
    is `Invalid`. Categories other than these are told.
    """
    files = called([source] if isinstance(source, Path) else source)
    demands = Demands(mapping=mapping, expected=expected, categories=categories)
    with looked_at(files, demands, watch) as look:
        problems = list(look.wrong_rows(NAMED_AT_ONCE))
        if not look.accepted:
            raise invalid(problems)
        path, sha256 = freeze(look.opened, store)
        to_mend = [
            keep(made, store, f"{TO_MEND}{made.suffix}")[0]
            for made in (rows_to_mend(look, place, given.path) for place, given in enumerate(files))
            if made
        ]
        return ImportReport(
            source=look.name,
            encoding=look.encoding,
            rows=look.rows,
            accepted=look.accepted,
            refused=look.refused,
            problems=problems,
            refused_file=written_refusals(look, store) if look.refused else None,
            path=path,
            sha256=sha256,
            ends_open=bool(look.open_ends),
            open_ends=look.open_ends,
            lacking=look.lacking,
            strange=look.strange,
            to_mend=to_mend,
        )


def freeze(opened: Engine, store: Path) -> tuple[Path, str]:
    """Keep the rows without a problem, as they were checked, as Parquet under its sha256."""
    return keep(opened.scratch / FROZEN, store, ".parquet")


def written_refusals(look: Look, store: Path) -> Path:
    """All refused rows as CSV, to be opened in a spreadsheet: hence the mark, and no cell that would be a formula."""
    written = look.opened.scratch / "refused.csv"
    of_file = len(look.names) > 1
    with written.open("w", encoding="utf-8-sig", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow([*(["file"] if of_file else []), "row", "field", "code", "reason", "value"])
        for refused in look.wrong_rows():
            where = [harmless(refused.file)] if of_file else []
            told = [*map(harmless, refused[1:3]), refused.reason, harmless(refused.value)]
            lines.writerow([*where, refused.row, *told])
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
