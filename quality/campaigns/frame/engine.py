"""DuckDB as we open it: one file to read, a scratch folder that goes away, bounded memory, no network."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from quality.core.errors import FieldProblem, Invalid
from quality.core.unpacking import damaged
from quality.core.words import _

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger("mingcha.frames")

MEMORY = "512MB"  # beyond it sorts and groups go to the scratch folder
THREADS = min(4, os.cpu_count() or 1)
FETCHED_AT_ONCE = 20_000


class Engine(NamedTuple):
    con: DuckDBPyConnection
    source: Path  # the file to read, under a name that no glob or quotation mark can bend
    scratch: Path


@contextmanager
def engine(source: Path, *beside: Path, threads: int = THREADS, filters_early: bool = True) -> Iterator[Engine]:
    """A connection that can read `source`, what lies `beside` it and its own scratch folder, and nothing else on disk
    or network.

    A filter asks its questions as early as it can, of the columns as they are read; what it asks of a column that is
    worked out is worked out for it, and once more for what is kept. Where nearly all rows pass, not `filters_early`.
    """
    import duckdb  # noqa: PLC0415 - a tenth of the program's start, for who reads a frame only

    if not source.is_file():
        raise Invalid(FieldProblem("file", "no_such_file", _("There is no file %(name)s", name=str(source))))
    with tempfile.TemporaryDirectory(prefix="frame-") as folder:
        scratch = Path(folder).resolve()
        link = scratch / "source"
        link.symlink_to(source.resolve())
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY,
            "threads": str(threads),
            "temp_directory": str(scratch / "spill"),
            "disabled_optimizers": "" if filters_early else "filter_pushdown",
        }
        with duckdb.connect(":memory:", config=settings) as con:
            paths = [link, source.resolve(), *(each.resolve() for each in beside)]
            con.execute(f"SET allowed_paths = [{', '.join(map(text, paths))}]")
            con.execute(f"SET allowed_directories = [{text(scratch)}]")
            con.execute("SET enable_progress_bar = true")  # for `query_progress`; it draws none
            con.execute("SET enable_progress_bar_print = false")
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
            try:
                yield Engine(con, link, scratch)
            except duckdb.Error as problem:
                raise unreadable(problem) from problem


def unreadable(problem: Exception) -> Invalid:
    log.warning("DuckDB cannot read a frame: %s", str(problem).split("\n", 1)[0])
    return damaged()


def text(value: object) -> str:
    """A value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def name(column: str) -> str:
    """A column's name as an SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def fetched(con: DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    """The rows of the last query, a bounded number in memory at a time."""
    while rows := con.fetchmany(FETCHED_AT_ONCE):
        yield from rows
