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


@contextmanager
def drawable(frame: Path, strata: Sequence[str]) -> Iterator[Engine]:
    """A connection with the view `frame`: listing_id, the strata columns s0, s1, …, and `stratum`, their join by /.

    `Invalid` names the rows whose listing_id or strata values are empty, doubled, or hold a / or a control character.
    """
    wanted = ["listing_id", *strata]
    with engine(frame) as opened:
        places: list[int] = []

        def choose(heading: tuple[str, ...]) -> list[int]:
            places.extend(_places(heading, wanted))
            return places

        lay_out(opened, choose, is_import=False)
        _check(opened, dict(zip(wanted, (f"c{place}" for place in places), strict=True)))
        strata_columns = [f"c{place}" for place in places[1:]]
        shown = "".join(f", {column} AS s{number}" for number, column in enumerate(strata_columns))
        stratum = " || '/' || ".join(strata_columns) or "''"
        opened.con.execute(
            f"CREATE VIEW frame AS SELECT c{places[0]} AS listing_id{shown}, {stratum} AS stratum FROM records"
        )
        yield opened


def frame_hash(frame: Path, strata: Sequence[str]) -> str:
    """Hex sha256 of the frame's `frame.csv`, as published before the seed exists."""
    with drawable(frame, strata) as opened:
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
    fields = ["listing_id", *(f"s{number}" for number in range(len(strata)))]
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
    rules = [(name_, cell, code, condition) for name_, cell in columns.items() for code, condition in naming_rule(cell)]
    any_rule = " OR ".join(condition for *_rest, condition in rules)
    listing_id = columns["listing_id"]
    total, wrong, damaged = opened.con.execute(
        f"SELECT count(*), count(*) FILTER ({any_rule}), (SELECT count(*) FROM damage) FROM records"
    ).fetchall()[0]
    queries = ["SELECT row, field, code, value FROM damage"] if damaged else []
    if wrong:
        queries += [
            f"SELECT row, {text(column)}, '{code}', left(coalesce({cell}, ''), 100) FROM records WHERE {condition}"
            for column, cell, code, condition in rules
        ]
    if opened.con.execute(
        f"SELECT 1 FROM (SELECT 1 FROM records GROUP BY {listing_id} HAVING count(*) > 1) LIMIT 1"
    ).fetchall():
        queries.append(doubled("records", listing_id))
    if queries:
        raise invalid(refused_rows(opened, " UNION ALL ".join(queries), NAMED_AT_ONCE))
    if not total:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))
