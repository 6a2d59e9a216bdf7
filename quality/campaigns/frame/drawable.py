"""A frame that may be drawn: its identities and strata checked, as one DuckDB relation; and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from quality.campaigns.frame.engine import Engine, engine, text
from quality.campaigns.frame.problems import NAMED_AT_ONCE, doubled, invalid, naming_rule, refused_rows
from quality.campaigns.frame.records import lay_out
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

A_FEW = 10_000  # rows that show whether a file is sorted by its ids


@contextmanager
def drawable(frame: Path, strata: Sequence[str]) -> Iterator[Engine]:
    """A connection with the view `frame`: listing_id and the strata columns s0, s1, …; and the table `stratum`: the
    same columns once for each stratum, their join by / as `stratum`, and its `size`.

    `Invalid` names the rows whose listing_id or strata values are empty, doubled, or hold a / or a control character.
    """
    wanted = ["listing_id", *strata]
    with engine(frame) as opened:
        places: list[int] = []

        def choose(heading: tuple[str, ...]) -> list[int]:
            places.extend(_places(heading, wanted))
            return places

        lay_out(opened, choose, is_import=False)
        cells = dict(zip(wanted, (f"c{place}" for place in places), strict=True))
        shown = [f"c{place} AS s{number}" for number, place in enumerate(places[1:])]
        opened.con.execute(
            f"CREATE VIEW frame AS SELECT {', '.join([f'c{places[0]} AS listing_id', *shown])} FROM records"
        )
        values = strata_columns(strata)
        opened.con.execute(
            f"CREATE TABLE stratum AS SELECT {''.join(f'{value}, ' for value in values)}"
            f"""{" || '/' || ".join(values) or "''"} AS stratum, count(*) AS size FROM frame GROUP BY ALL"""
        )
        _check(opened, cells)
        yield opened


def strata_columns(strata: Sequence[str]) -> list[str]:
    """Their names in the relations of a drawable frame, whatever the file calls them."""
    return [f"s{number}" for number in range(len(strata))]


def frame_hash(frame: Path, strata: Sequence[str]) -> str:
    """Hex sha256 of the frame's `frame.csv`, as published before the seed exists."""
    with drawable(frame, strata) as opened:
        return hash_of(opened, strata)


def hash_of(opened: Engine, strata: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for chunk in _frame_csv(opened, strata):
        digest.update(chunk)
    return digest.hexdigest()


def write_frame_csv(frame: Path, strata: Sequence[str], out: Path) -> str:
    """Write `frame.csv`: heading, listing_id and strata columns, rows sorted by listing_id as UTF-8 bytes, `\\n`.

    Returns its hex sha256. A field is in quotation marks only if it holds a comma or a quotation mark.
    """
    with drawable(frame, strata) as opened, out.open("wb") as written:
        digest = hashlib.sha256()
        for chunk in _frame_csv(opened, strata):
            digest.update(chunk)
            written.write(chunk)
        return digest.hexdigest()


def _frame_csv(opened: Engine, strata: Sequence[str]) -> Iterator[bytes]:
    fields = ["listing_id", *strata_columns(strata)]
    line = " || ',' || ".join(_csv_field(field) for field in fields)
    heading = " || ',' || ".join(_csv_field(text(column)) for column in ["listing_id", *strata])
    opened.con.execute(f"SELECT {heading}")
    yield f"{opened.con.fetchall()[0][0]}\n".encode()
    opened.con.execute(f"SELECT {line} FROM frame ORDER BY listing_id")
    while rows := opened.con.fetchmany(20_000):
        yield "".join(f"{row[0]}\n" for row in rows).encode()


def _csv_field(field: str) -> str:
    quoted = f"'\"' || replace({field}, '\"', '\"\"') || '\"'"
    return f"CASE WHEN regexp_matches({field}, '[,\"]') THEN {quoted} ELSE {field} END"


def _places(heading: tuple[str, ...], wanted: Sequence[str]) -> list[int]:
    problems = [
        FieldProblem(column, "column_missing", _("Give the frame a column %(column)s", column=column))
        if column not in heading
        else FieldProblem(column, "column_doubled", _("Keep one of the columns that mean %(column)s", column=column))
        for column in wanted
        if heading.count(column) != 1
    ]
    if problems:
        raise Invalid(*problems)
    return [heading.index(column) for column in wanted]


def _check(opened: Engine, columns: dict[str, str]) -> None:
    """Each check reads as little as it can: of the strata their distinct values, of the rows the doubtful ones."""
    rules = [(name_, cell, code, condition) for name_, cell in columns.items() for code, condition in naming_rule(cell)]
    total, wrong, damaged, doubles = _counted(opened, columns["listing_id"], len(columns) - 1)
    queries = ["SELECT row, field, code, value FROM damage"] if damaged else []
    if wrong:
        queries += [
            f"SELECT row, {text(column)}, '{code}', left(coalesce({cell}, ''), 100) FROM records WHERE {condition}"
            for column, cell, code, condition in rules
        ]
    if doubles:
        queries.append(doubled("records", columns["listing_id"]))
    if queries and (refused := refused_rows(opened, " UNION ALL ".join(queries), NAMED_AT_ONCE)):
        raise invalid(refused)
    if not total:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))


def _counted(opened: Engine, listing_id: str, strata: int) -> tuple[int, int, int, bool]:
    """Rows, wrong ids and strata, damaged rows, and whether an id may be doubled.

    An id that a URL would leave as it is has no / and no control character.
    """
    plain = f"CASE WHEN url_encode({listing_id}) = {listing_id} THEN {listing_id} = '' ELSE {_any_rule(listing_id)} END"
    of_strata = " OR ".join(_any_rule(f"s{number}") for number in range(strata)) or "false"
    counts = [
        f"SELECT count(*), count(*) FILTER ({plain}), (SELECT count(*) FROM damage) FROM records",
        f"SELECT count(*) FILTER ({of_strata}) FROM stratum",
    ]
    (total, wrong, damaged), (wrong_strata,) = (opened.con.execute(each).fetchall()[0] for each in counts)
    return total, wrong + wrong_strata, damaged, not _is_unique(opened, listing_id)


def _is_unique(opened: Engine, listing_id: str) -> bool:
    """Whether each is greater than the one before, as in a frame.csv, or else their hashes differ.

    Hashes are sorted and each is held against the one before: a GROUP BY of so many takes four times as long.
    """
    rising = (
        f"SELECT count(*) - count(*) FILTER ({listing_id} > before) <= 1 "
        f"FROM (SELECT {listing_id}, lag({listing_id}) OVER () AS before FROM "
    )
    some = f"(FROM records LIMIT {A_FEW})"
    if all(opened.con.execute(f"{rising}{rows})").fetchall()[0][0] for rows in (some, "records")):
        return True
    alike = (
        "SELECT count(*) FILTER (hashed = before) FROM (SELECT hashed, lag(hashed) OVER () AS before "
        f"FROM (SELECT hash({listing_id}) AS hashed FROM records ORDER BY hashed))"
    )
    return not opened.con.execute(alike).fetchall()[0][0]


def _any_rule(cell: str) -> str:
    return " OR ".join(condition for _code, condition in naming_rule(cell))
