"""XLSX as it comes: unpacked under a bound, then read in a process of bounded memory (quality/workbooks)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quality.campaigns.frame.problems import RefusedRow
from quality.core import unpacking
from quality.core.words import _
from quality.workbooks.reading import MEMORY, PARTS

MOST_BYTES = 256 << 20  # unpacked; about half a million rows, beyond that CSV or Parquet
SECONDS = 120  # of the process that reads
READ = "quality.workbooks.rows.write_rows"
TOO_BIG = _("The workbook is too big when unpacked: save the table as CSV or Parquet")


def rows(source: Path, scratch: Path) -> Iterator[tuple[int, list[str]] | RefusedRow]:
    """Number and cells of each row of the first sheet, the heading among them, or why it is refused."""
    for row, cells, *refused in _lines(source, scratch):
        yield RefusedRow(row, *refused) if refused else (row, cells)


def as_written(source: Path, scratch: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row that is not empty, whatever is wrong with it."""
    for row, cells, *_refused in _lines(source, scratch):
        yield row, cells


def _lines(source: Path, scratch: Path) -> Iterator[list[Any]]:
    counted, lines = scratch / "counted.xlsx", scratch / "rows.jsonl"
    unpacking.unpack(source, counted, parts=PARTS, most=MOST_BYTES, too_big=TOO_BIG)
    unpacking.apart(READ, counted, lines, memory=MEMORY, seconds=SECONDS, most=MOST_BYTES, too_big=TOO_BIG)
    with lines.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
