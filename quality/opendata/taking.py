"""The rows of a dump, read in one snapshot and never in memory as a whole, and the files that are made of them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, aliased

from quality.campaigns.frame.engine import engine, text
from quality.core.clock import rfc3339
from quality.opendata.columns import IN_A_COPY, IN_PARQUET, NAMES, OF_AN_ITEM, OF_THE_COPY, TABLES
from quality.opendata.models import Dump, DumpFormat, DumpKind, DumpTable
from quality.publication.lines import cells_of, is_label_only, tested_by
from quality.publication.models import TAKEN, Entry, Reply, ReplyStatus, Result, ResultStatus, Statement
from quality.publication.search import visible
from quality.workbooks.texts import harmless

AT_ONCE = 500  # rows in memory, each with its copy
LATE = timedelta(minutes=10)  # what is written with a moment is seen by others so much later at most
ZIPPED = {DumpFormat.CSV: DumpFormat.CSV_GZ, DumpFormat.JSON_LINES: DumpFormat.JSON_LINES_GZ}
BEFORE_A_NUMBER = '{"number":"'
EFFORT = 4  # of gzip: of a table the half of what the most would save costs a fifth of its time
Row = dict[str, Any]  # by name; None where the row says nothing
Rows = Iterator[tuple[DumpTable, Row]]
Files = dict[tuple[DumpTable, DumpFormat], Path]
EMPTY: Row = dict.fromkeys(NAMES)


# --- which rows ---


def rows_of(connection: Connection, dump: Dump, public_url: str) -> Rows:
    """Those in force by the order in which they were proposed, each with its items; then tombstones, and replies."""
    return chain(in_force(connection, dump, public_url), tombstones(connection, dump), replies(connection, dump))


def in_force(connection: Connection, dump: Dump, public_url: str) -> Rows:
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
                DumpTable.RESULTS,
                EMPTY
                | said
                | {
                    "edition": each.edition,
                    "producer_denies": bool(each.copy["producer_denies"]),
                    "address": f"{public_url}/results/{each.number}",
                    "copy_sha256": each.copy_sha256,
                    "state": ResultStatus.PUBLISHED.value,
                    "reason": visible(each.reason) or None,
                    "label_only": is_label_only(each.copy),
                },
            )
            for item in each.copy["items"]:
                known = item | {"laboratory": tested_by(each.copy, item)}
                tested = {name: visible(str(known.get(IN_A_COPY.get(name, name)) or "")) or None for name in OF_AN_ITEM}
                yield DumpTable.ITEMS, {"number": each.number, "edition": each.edition} | tested


def replies(connection: Connection, dump: Dump) -> Rows:
    """What stands beside the results of this dump."""
    columns = Reply.party, Reply.statement, Reply.received_at, Reply.is_late, Reply.decided_at, Reply.sha256
    asked = sa.select(Result.number, Result.edition, *columns).join(Entry, Entry.result_id == Result.id)
    asked = asked.join(Reply, Reply.finding_id == Result.finding_id).where(Reply.status == ReplyStatus.SHOWN)
    if dump.kind is DumpKind.CHANGES:
        asked = asked.where(changed(Result, dump))
    for each in connection.execute(asked.order_by(Result.id, Reply.received_at, Reply.id)):
        yield (
            DumpTable.REPLIES,
            {
                "number": each.number,
                "edition": each.edition,
                "party": each.party.value,
                "statement": visible(each.statement),
                "received_at": rfc3339(each.received_at),
                "late": each.is_late,
                "shown_at": rfc3339(each.decided_at) if each.decided_at else None,
                "sha256": each.sha256,
            },
        )


def tombstones(connection: Connection, dump: Dump, numbers: Collection[str] | None = None) -> Rows:
    """What was taken from the public (of `numbers`, or all); among changes also what gave way to a correction."""
    asked = sa.select(Result.number, Result.edition, Result.status, Result.ended_at, Result.reason)
    if dump.kind is DumpKind.COMPLETE:
        asked = asked.where(TAKEN)
        asked = asked if numbers is None else asked.where(Result.number.in_(numbers))
    else:
        ended = sa.or_(TAKEN, Result.status == ResultStatus.SUPERSEDED)
        asked = asked.where(ended, sa.or_(within(Result.ended_at, dump), within(Result.published_at, dump)))
    with connection.execute(asked.order_by(Result.id), execution_options={"yield_per": AT_ONCE}) as found:
        for each in found:
            taken = each.status is not ResultStatus.SUPERSEDED
            gone = {
                "number": each.number,
                "edition": each.edition,
                "state": each.status.value,
                "ended_at": rfc3339(each.ended_at) if each.ended_at else None,
                "reason": (visible(each.reason) or None) if taken else None,
            }
            yield DumpTable.RESULTS, EMPTY | gone


class Left(NamedTuple):
    """What may still be said of a complete dump that ended: its files, and the numbers that go out of them."""

    files: Mapping[tuple[DumpTable, DumpFormat], Path]
    gone: Collection[str]


def gone_from(connection: Connection, dump: Dump) -> set[str]:
    """The numbers that a complete dump of that moment holds, and that were taken from the public since."""
    return set(connection.scalars(taken_of_what_it_holds(dump, dump.until).with_only_columns(Result.number)))


def added(connection: Connection, dump: Dump, gone: Collection[str]) -> Rows:
    """What stands behind what is left: tombstones; and replies, which are few, and which a party may have taken back.

    What became public since the dump was made is not in it, as it was not before.
    """
    yield from tombstones(connection, dump, gone)
    yield from (each for each in replies(connection, dump) if each[1]["shown_at"] <= rfc3339(dump.until))


def changed(result: type[Result], dump: Dump) -> sa.ColumnElement[bool]:
    """It was published, what became of its listings was stated, or a reply was shown or not shown any more, in the time
    that the dump tells of."""
    stated = sa.exists().where(Statement.result_id == result.id, within(Statement.stated_at, dump)).correlate(result)
    replied = sa.exists().where(Reply.finding_id == result.finding_id, within(Reply.decided_at, dump))
    replied = replied.correlate(result)
    return sa.or_(within(result.published_at, dump), stated, replied)


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
    edition = sa.select(other.id).where(other.number == Result.number).correlate(Result)
    if dump.kind is DumpKind.COMPLETE:
        edition = edition.where(other.published_at <= dump.until)
    else:
        edition = edition.where(changed(other, dump))
    count = sa.select(sa.func.count()).select_from(Result).correlate(None)
    return count.where(TAKEN, Result.ended_at > as_it_was - LATE, edition.exists())


def replies_taken(dump: Dump, as_it_was: datetime) -> sa.Select[int]:
    """How many replies were refused or taken back since then, counted likewise: any of them may have been shown."""
    ended = Reply.status.in_((ReplyStatus.REFUSED, ReplyStatus.WITHDRAWN))
    return (
        sa.select(sa.func.count()).select_from(Reply).correlate(None).where(ended, Reply.decided_at > as_it_was - LATE)
    )


def known_of(dump: Dump, as_it_was: datetime) -> sa.Select[int]:
    """Both, as `Dump.known` keeps them."""
    both = (
        each.scalar_subquery() for each in (taken_of_what_it_holds(dump, as_it_was), replies_taken(dump, as_it_was))
    )
    return sa.select(sum(both, sa.literal(0)))


def holding_what_was_taken(session: Session, dumps: Iterable[Dump]) -> set[int]:
    """Ids of those offered that hold what nobody may read any more, from the moment it was taken. One question."""
    offered = [each for each in dumps if each.ended_at is None and each.made_at is not None]
    if not offered:
        return set()
    asked = [
        sa.select(
            sa.literal(each.id).label("id"),
            sa.literal(each.known).label("known"),
            known_of(each, each.made_at).scalar_subquery().label("now"),
        )
        for each in offered
        if each.made_at
    ]
    return {row.id for row in session.execute(sa.union_all(*asked)) if row.now > row.known}


def is_unchanged_since(connection: Connection, dump: Dump) -> bool:
    """Whether a complete dump made now would have the same rows."""
    since = dump.until - LATE
    moments = (Result.published_at, Result.ended_at, Statement.stated_at, Reply.decided_at)
    asked = [sa.select(sa.literal(1)).where(moment > since).limit(1) for moment in moments]
    return not any(connection.execute(each).first() for each in asked)


# --- the files ---


def layout_of(public_url: str) -> str:
    """What files are like: where this is another, none that was made before is offered as today's."""
    names = {table: [column.name for column in columns] for table, columns in TABLES.items()}
    return hashlib.sha256(json.dumps([public_url, names, sorted(DumpFormat)]).encode()).hexdigest()[:16]


def write(rows: Iterable[tuple[DumpTable, Row]], folder: Path, left: Left | None = None) -> tuple[int, Files]:
    """How many results there are, and files of each table in each format: the same rows give the same bytes.

    A table without rows has none. `left` stands before the rows, line by line as it was.
    """
    files: Files = {}
    with ExitStack() as opened:
        sheets = {table: Sheet(folder, table, opened) for table in DumpTable}
        if left:
            sheets[DumpTable.RESULTS].take_over(left)
            sheets[DumpTable.ITEMS].take_over(left)
        for table, row in rows:
            sheets[table].add(row)
    for table, sheet in sheets.items():
        if sheet.many:
            plain = {form: sheet.path(form) for form in ZIPPED}
            zipped = {ZIPPED[form]: compressed(path) for form, path in plain.items()}
            made = sheet.path(DumpFormat.PARQUET)
            write_parquet(plain[DumpFormat.JSON_LINES], made, table)
            files |= {(table, form): path for form, path in (plain | zipped | {DumpFormat.PARQUET: made}).items()}
    return sheets[DumpTable.RESULTS].many, files


class Sheet:
    """One table while it is written: as CSV and as JSON Lines."""

    def __init__(self, folder: Path, table: DumpTable, opened: ExitStack) -> None:
        self.many, self.folder, self.table = 0, folder, table
        self.names = [column.name for column in TABLES[table]]
        texts = [self.path(form).open("w", encoding="utf-8", newline="") for form in ZIPPED]
        cells, self.lines = (opened.enter_context(each) for each in texts)
        self.cells = csv.writer(cells, lineterminator="\r\n")
        self.cells.writerow(self.names)

    def path(self, form: DumpFormat) -> Path:
        return self.folder / f"{self.table.value}.{form.value}"

    def take_over(self, left: Left) -> None:
        plain = [left.files.get((self.table, form)) for form in ZIPPED]
        cells, lines = plain
        if cells is None or lines is None:
            return
        with lines.open(encoding="utf-8", newline="") as before:
            for line in before:
                if number_in(line) not in left.gone:
                    self.many += 1
                    self.lines.write(line)
        with cells.open(encoding="utf-8", newline="") as before:
            rows = csv.reader(before)
            next(rows)
            self.cells.writerows(row for row in rows if row[0] not in left.gone)

    def add(self, row: Row) -> None:
        self.many += 1
        self.cells.writerow([in_a_cell(row[name]) for name in self.names])
        self.lines.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def number_in(line: str) -> str:
    """Of a row as JSON: it stands first, and no number has a quote in it."""
    return line[len(BEFORE_A_NUMBER) : line.index('"', len(BEFORE_A_NUMBER))]


def compressed(path: Path) -> Path:
    """Without name or moment, so that the same bytes give the same bytes."""
    target = path.with_name(f"{path.name}.gz")
    with path.open("rb") as plain, target.open("wb") as made, gzip.GzipFile("", "wb", EFFORT, made, 0) as zipped:
        shutil.copyfileobj(plain, zipped, 1024 * 1024)
    return target


def in_a_cell(value: object) -> str:
    """No cell is a formula for a spreadsheet."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else harmless(str(value))


def write_parquet(lines: Path, target: Path, table: DumpTable) -> None:
    columns = ", ".join(f"{text(each.name)}: {text(IN_PARQUET[each.holds])}" for each in TABLES[table])
    with engine(lines, threads=1) as opened:
        made = opened.scratch / "made.parquet"
        read = f"read_json({text(opened.source)}, format='newline_delimited', columns={{{columns}}})"
        opened.con.execute(
            f"COPY (SELECT * FROM {read}) TO {text(made)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
        )
        shutil.move(made, target)
