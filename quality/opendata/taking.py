"""The rows of a dump, read in one snapshot and never in memory as a whole, and the files that are made of them."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from quality.campaigns.frame.engine import engine, text
from quality.core.clock import rfc3339
from quality.opendata.columns import ALL, IN_PARQUET, NAMES, OF_THE_COPY
from quality.opendata.models import Dump, DumpFormat, DumpKind
from quality.publication.lines import cells_of
from quality.publication.models import TAKEN, Entry, Result, ResultStatus, Statement
from quality.publication.search import visible
from quality.workbooks.texts import harmless

AT_ONCE = 500  # rows in memory, each with its copy
LATE = timedelta(minutes=10)  # what is written with a moment is seen by others so much later at most
Row = dict[str, Any]  # by name; None where the row says nothing
EMPTY: Row = dict.fromkeys(NAMES)


# --- which rows ---


def rows_of(connection: Connection, dump: Dump, public_url: str) -> Iterator[Row]:
    """Those in force by the order in which they were proposed, then the tombstones in the same order."""
    return chain(in_force(connection, dump, public_url), tombstones(connection, dump))


def in_force(connection: Connection, dump: Dump, public_url: str) -> Iterator[Row]:
    stated = sa.select(Statement.says).where(Statement.result_id == Result.id).order_by(Statement.id.desc()).limit(1)
    asked = sa.select(
        Result.number, Result.edition, Result.copy, Result.copy_sha256, Result.published_at, Result.reason,
        stated.scalar_subquery().label("stated"),
    ).join(Entry, Entry.result_id == Result.id)  # fmt: skip
    if dump.kind is DumpKind.CHANGES:
        asked = asked.where(changed(Result, dump))
    with connection.execute(asked.order_by(Result.id), execution_options={"yield_per": AT_ONCE}) as found:
        for each in found:
            cells = cells_of(each.copy, each.published_at, each.stated["state"] if each.stated else "")
            said = {name: visible(cell) or None for name, cell in zip(OF_THE_COPY, cells, strict=True)}
            yield (
                EMPTY
                | said
                | {
                    "edition": each.edition,
                    "producer_denies": bool(each.copy["producer_denies"]),
                    "address": f"{public_url}/results/{each.number}",
                    "copy_sha256": each.copy_sha256,
                    "state": ResultStatus.PUBLISHED.value,
                    "reason": visible(each.reason) or None,
                }
            )


def tombstones(connection: Connection, dump: Dump) -> Iterator[Row]:
    """What was taken from the public; among changes also what gave way to a correction."""
    asked = sa.select(Result.number, Result.edition, Result.status, Result.ended_at, Result.reason)
    if dump.kind is DumpKind.COMPLETE:
        asked = asked.where(TAKEN)
    else:
        ended = sa.or_(TAKEN, Result.status == ResultStatus.SUPERSEDED)
        asked = asked.where(ended, sa.or_(within(Result.ended_at, dump), within(Result.published_at, dump)))
    with connection.execute(asked.order_by(Result.id), execution_options={"yield_per": AT_ONCE}) as found:
        for each in found:
            taken = each.status is not ResultStatus.SUPERSEDED
            yield EMPTY | {
                "number": each.number,
                "edition": each.edition,
                "state": each.status.value,
                "ended_at": rfc3339(each.ended_at) if each.ended_at else None,
                "reason": (visible(each.reason) or None) if taken else None,
            }


def changed(result: type[Result], dump: Dump) -> sa.ColumnElement[bool]:
    """It was published, or what became of its listings was stated, in the time that the dump tells of."""
    stated = sa.exists().where(Statement.result_id == result.id, within(Statement.stated_at, dump))
    return sa.or_(within(result.published_at, dump), stated)


def within(moment: Any, dump: Dump) -> sa.ColumnElement[bool]:
    """A little more than the time: what was under way when the dump before this one was made may not be in it."""
    assert dump.since is not None, "changes are since a moment"
    return sa.and_(moment > dump.since - LATE, moment <= dump.until)


def taken_of_what_it_holds(dump: Dump, as_it_was: datetime) -> sa.Select[int]:
    """How many results were taken from the public after it was made, or just before, of which it has an edition.

    Counted in its own snapshot (`known`) and again later: if that is more, it holds a copy that nobody may read.
    A number that is taken goes with all its editions.
    """
    other = aliased(Result)
    edition = sa.select(other.id).where(other.number == Result.number)
    if dump.kind is DumpKind.COMPLETE:
        edition = edition.where(other.published_at <= dump.until)
    else:
        edition = edition.where(changed(other, dump))
    count = sa.select(sa.func.count()).select_from(Result)
    return count.where(TAKEN, Result.ended_at > as_it_was - LATE, edition.exists())


# --- the files ---


def write(rows: Iterable[Row], folder: Path) -> tuple[int, dict[DumpFormat, Path]]:
    """How many rows there are, and a file of each format: the same rows give the same bytes."""
    paths = {each: folder / f"dump.{each.value}" for each in DumpFormat}
    many = 0
    with (
        paths[DumpFormat.CSV].open("w", encoding="utf-8", newline="") as table,
        paths[DumpFormat.JSON_LINES].open("w", encoding="utf-8", newline="") as lines,
    ):
        sheet = csv.writer(table, lineterminator="\r\n")
        sheet.writerow(NAMES)
        for row in rows:
            many += 1
            sheet.writerow([in_a_cell(row[name]) for name in NAMES])
            lines.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    if many:
        write_parquet(paths[DumpFormat.JSON_LINES], paths[DumpFormat.PARQUET])
    return many, paths


def in_a_cell(value: object) -> str:
    """No cell is a formula for a spreadsheet."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else harmless(str(value))


def write_parquet(lines: Path, target: Path) -> None:
    columns = ", ".join(f"{text(each.name)}: {text(IN_PARQUET[each.holds])}" for each in ALL)
    with engine(lines, threads=1) as opened:
        made = opened.scratch / "made.parquet"
        read = f"read_json({text(opened.source)}, format='newline_delimited', columns={{{columns}}})"
        opened.con.execute(
            f"COPY (SELECT * FROM {read}) TO {text(made)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
        )
        shutil.move(made, target)
