"""The rows of a frame as one DuckDB relation with numbered rows, whatever kind of file they come from."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from quality.campaigns.frame import workbook
from quality.campaigns.frame.engine import Engine, name, text, unreadable
from quality.campaigns.frame.headings import meaning
from quality.campaigns.frame.problems import RefusedRow
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.workbooks import texts

NO_DAMAGE = """CREATE VIEW damage AS
    SELECT 0 AS row, '' AS field, '' AS code, '' AS value WHERE false"""
PARQUET, ZIP, OLD_EXCEL = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Records(NamedTuple):
    """Relation `records`: `row`, and a text column c0, c1, … per heading. Relation `damage`: rows that no reader
    could take apart, as (row, field, code, value)."""

    heading: tuple[str, ...]
    encoding: str
    signs: texts.Signs = texts.Signs(rows=None)  # what occurs in them at all


def lay_out_at_once(engine: Engine) -> Records | None:
    """The same without touching a row: `records` reads the file as it is read. None where it must be looked at first.

    A row that DuckDB cannot take apart is a `duckdb.InvalidInputException` of whoever reads it.
    """
    with engine.source.open("rb") as stream:
        start = stream.read(4)
    if start == PARQUET:
        return _from_parquet(engine, lambda heading: range(len(heading)))
    if start in (ZIP, OLD_EXCEL):
        return None
    opened = texts.open_plain(engine.source, ",\t;", meaning)
    if opened is None:
        return None
    found, signs = opened
    places = ", ".join(f"c{place}" for place in range(len(found.heading)))
    rows = _read(found, by_one=signs.rows is not None)
    engine.con.execute(f"CREATE VIEW records AS SELECT row_number() OVER () + 1 AS row, {places} FROM {rows}")
    engine.con.execute(NO_DAMAGE)
    return Records(found.heading, found.encoding, signs)


def forget(engine: Engine) -> None:
    """What `lay_out_at_once` made."""
    for view in ("cells", "records", "damage"):
        engine.con.execute(f"DROP VIEW IF EXISTS {view}")


def lay_out(engine: Engine, choose: Callable[[tuple[str, ...]], Iterable[int]], *, is_import: bool) -> Records:
    """Make `records` and `damage` from the engine's source; `choose` says which columns are needed.

    A draw reads CSV in UTF-8 and Parquet only, as its contract says; an import reads what offices send.
    """
    with engine.source.open("rb") as stream:
        start = stream.read(4)
    if start == PARQUET:
        return _from_parquet(engine, choose)
    if start == ZIP and is_import:
        return _from_workbook(engine, choose)
    if start in (ZIP, OLD_EXCEL):
        raise Invalid(FieldProblem("file", "wrong_kind", _("Save the table as CSV in UTF-8 or as Parquet")))
    return _from_text(engine, choose, is_import=is_import)


def _from_parquet(engine: Engine, choose: Callable[[tuple[str, ...]], Iterable[int]]) -> Records:
    import duckdb  # noqa: PLC0415 - as in engine.py

    relation = f"read_parquet({text(engine.source)}, file_row_number = true)"
    try:
        heading = tuple(str(row[0]) for row in engine.con.execute(f"DESCRIBE FROM {relation}").fetchall()[:-1])
    except duckdb.Error as problem:
        raise unreadable(problem) from problem
    kept = "".join(f", CAST({name(heading[place])} AS VARCHAR) AS c{place}" for place in choose(heading))
    engine.con.execute(f"CREATE VIEW records AS SELECT file_row_number + 1 AS row{kept} FROM {relation}")
    engine.con.execute(NO_DAMAGE)
    return Records(heading, "parquet")


def _from_text(engine: Engine, choose: Callable[[tuple[str, ...]], Iterable[int]], *, is_import: bool) -> Records:
    found = texts.open_text(engine.source, engine.scratch, ",\t;" if is_import else ",", knows=meaning)
    if not is_import and not found.encoding.startswith("utf-8"):
        raise Invalid(FieldProblem("file", "wrong_encoding", _("Save the table as CSV in UTF-8 or as Parquet")))
    chosen = list(choose(found.heading))
    if not (found.is_plain and _read_by_duckdb(engine, found, chosen)):
        _read_row_by_row(engine, map(RefusedRow.unless_read, texts.rows(found)), len(found.heading), chosen)
    return Records(found.heading, found.encoding)


def _from_workbook(engine: Engine, choose: Callable[[tuple[str, ...]], Iterable[int]]) -> Records:
    rows = workbook.rows(engine.source, engine.scratch)
    first = next(rows, None)
    if first is None:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))
    if isinstance(first, RefusedRow):
        raise Invalid(first.as_problem())
    heading = tuple(first[1])
    _read_row_by_row(engine, rows, len(heading), list(choose(heading)))
    return Records(heading, "xlsx")


def _read_by_duckdb(engine: Engine, found: texts.CsvText, chosen: list[int]) -> bool:
    """Five times as fast as row by row, but it cannot say which row is damaged: then False, and nothing is kept."""
    import duckdb  # noqa: PLC0415 - as in engine.py

    kept = "".join(f", c{place}" for place in chosen)
    try:
        engine.con.execute(
            f"COPY (SELECT row_number() OVER () + 1 AS row{kept} FROM {_read(found)}) "
            f"TO {text(engine.scratch / 'records')} (FORMAT parquet, COMPRESSION lz4)"
        )
    except duckdb.InvalidInputException:
        return False
    engine.con.execute(f"CREATE VIEW records AS FROM read_parquet({text(engine.scratch / 'records')})")
    engine.con.execute(NO_DAMAGE)
    return True


def _read(found: texts.CsvText, *, by_one: bool = False) -> str:
    """`by_one` thread it is read with less trouble, and comes in full batches of rows. Where a quotation mark is never
    closed it leaves the last row out without a word: only for texts whose rows are counted otherwise. Empty is NULL."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(found.heading)))
    return (
        f"read_csv({text(found.path)}, header = true, auto_detect = false, strict_mode = true, "
        f"parallel = {not by_one}, nullstr = '', delim = {text(found.delimiter)}, quote = '\"', escape = '\"', "
        f"columns = {{{columns}}})"
    )


def _read_row_by_row(
    engine: Engine, rows: Iterable[tuple[int, list[str]] | RefusedRow], width: int, chosen: list[int]
) -> None:
    """Every row through Python, those that cannot be taken apart set aside. Nothing is held in memory."""
    damage = engine.scratch / "damage.csv"
    staged = engine.scratch / "staged.csv"
    with (
        damage.open("w", encoding="utf-8", errors="replace", newline="") as bad,
        staged.open("w", encoding="utf-8", errors="replace", newline="") as good,
    ):
        refused = csv.writer(bad, lineterminator="\n")

        def good_rows() -> Iterator[list[str]]:
            for row in rows:
                if isinstance(row, RefusedRow):
                    refused.writerow(row)
                else:
                    yield [str(row[0]), *row[1]]

        csv.writer(good, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(good_rows())
    columns = ", ".join(["'row': 'BIGINT'", *(f"'c{place}': 'VARCHAR'" for place in range(width))])
    kept = "".join(f", c{place}" for place in chosen)
    engine.con.execute(
        f"CREATE VIEW records AS SELECT row{kept} FROM read_csv({text(staged)}, header = false, auto_detect = false, "
        f"new_line = '\\n', delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}})"
    )
    engine.con.execute(
        "CREATE VIEW damage AS SELECT row, coalesce(field, '') AS field, code, coalesce(value, '') AS value "
        f"FROM read_csv({text(damage)}, header = false, auto_detect = false, new_line = '\\n', delim = ',', "
        "quote = '\"', escape = '\"', columns = {'row': 'BIGINT', 'field': 'VARCHAR', 'code': 'VARCHAR', "
        "'value': 'VARCHAR'})"
    )
