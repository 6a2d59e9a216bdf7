"""A frame that may be drawn: its identities and strata checked, as one DuckDB relation; and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame.bands import Band, Reads
from quality.campaigns.frame.engine import Engine, engine, fetched, text
from quality.campaigns.frame.headings import column_called
from quality.campaigns.frame.problems import (
    NAMED_AT_ONCE,
    doubled,
    invalid,
    is_size,
    is_unique,
    naming_rule,
    refused_rows,
)
from quality.campaigns.frame.records import lay_out
from quality.campaigns.order_sampling import MOST
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _


class Rule(NamedTuple):
    """What a cell must not be: `condition` is SQL over `records`, the shown cell too."""

    field: str
    cell: str
    code: str
    condition: str


@contextmanager
def drawable(frame: Path, reads: Reads, *, is_checked: bool = False) -> Iterator[Engine]:
    """A connection with the view `frame`: listing_id, the strata columns s0, s1, … and `measure`, the size of a
    listing if the design reads one; and the table `stratum`: the same columns once for each stratum, their join by / as
    `stratum`, how many listings it has as `size`, and of these the `total` measure.

    `Invalid` names the rows whose listing_id or strata values are empty, doubled, or hold a / or a control character,
    those whose number no band holds, and those without a size. A file that `is_checked` is the one, byte for byte, in
    which none of this was found.
    """
    strata, bands = reads.strata, dict(reads.bands)
    with engine(frame) as opened:
        cells: dict[str, str] = {}  # the columns that are read, by their heading

        def choose(heading: tuple[str, ...]) -> list[int]:
            wanted = _wanted(heading, strata, bands)
            wanted += [reads.size] if reads.size and reads.size not in wanted else []
            places = _places(heading, wanted)
            cells.update((column, f"c{place}") for column, place in zip(wanted, places, strict=True))
            return places

        lay_out(opened, choose, is_import=False)
        values = [_value(column, cells, bands) for column in strata]
        columns = strata_columns(strata)
        shown = "".join(f", {value} AS {column}" for value, column in zip(values, columns, strict=True))
        if reads.size:
            shown += f", TRY_CAST({cells[reads.size]} AS BIGINT) AS measure"
        opened.con.execute(f"CREATE VIEW frame AS SELECT {cells['listing_id']} AS listing_id{shown} FROM records")
        opened.con.execute(
            f"CREATE TABLE stratum AS SELECT {''.join(f'{column}, ' for column in columns)}"
            f"""{" || '/' || ".join(columns) or "''"} AS stratum, count(*) AS size"""
            f"{', sum(measure) AS total' if reads.size else ''} FROM frame GROUP BY ALL"
        )
        if not is_checked:
            _check(opened, cells, reads)
        yield opened


def counted(opened: Engine) -> dict[str, int]:
    """How many listings each stratum of a drawable frame has, by its name."""
    opened.con.execute("SELECT stratum, size FROM stratum")
    return dict(sorted((str(stratum), int(str(size))) for stratum, size in fetched(opened.con)))


def strata_columns(strata: Sequence[str]) -> list[str]:
    """Their names in the relations of a drawable frame, whatever the file calls them."""
    return [f"s{number}" for number in range(len(strata))]


def _wanted(heading: tuple[str, ...], strata: Sequence[str], bands: Mapping[str, Band]) -> list[str]:
    """The columns of the file that are read: of a band its number, its own value, or both, as the file has them."""
    wanted = ["listing_id"]
    for column in strata:
        both = [bands[column].column, column] if column in bands else [column]
        wanted += [each for each in both if each in heading] or both[:1]
    return list(dict.fromkeys(wanted))


def _value(column: str, cells: Mapping[str, str], bands: Mapping[str, Band]) -> str:
    band = bands.get(column)
    return band.value_of(cells[band.column]) if band and band.column in cells else cells[column]


def frame_hash(frame: Path, reads: Reads) -> str:
    """Hex sha256 of the frame's `frame.csv`, as published before the seed exists."""
    with drawable(frame, reads) as opened:
        return hash_of(opened, reads)


def hash_of(opened: Engine, reads: Reads) -> str:
    digest = hashlib.sha256()
    for chunk in _frame_csv(opened, reads):
        digest.update(chunk)
    return digest.hexdigest()


def write_frame_csv(frame: Path, reads: Reads, out: Path) -> str:
    """Write `frame.csv`: heading, listing_id, strata columns, size; rows sorted by listing_id as UTF-8 bytes, `\\n`.

    Returns its hex sha256. A field is in quotation marks only if it holds a comma or a quotation mark.
    """
    with drawable(frame, reads) as opened, out.open("wb") as written:
        digest = hashlib.sha256()
        for chunk in _frame_csv(opened, reads):
            digest.update(chunk)
            written.write(chunk)
        return digest.hexdigest()


def _frame_csv(opened: Engine, reads: Reads) -> Iterator[bytes]:
    fields = [_csv_field(field) for field in ("listing_id", *strata_columns(reads.strata))]
    columns: tuple[str, ...] = ("listing_id", *reads.strata)
    if reads.size:
        columns, fields = (*columns, reads.size), [*fields, "CAST(measure AS VARCHAR)"]
    line = " || ',' || ".join(fields)
    heading = " || ',' || ".join(_csv_field(text(column)) for column in columns)
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
        else FieldProblem(
            column, "column_doubled", _("Keep one of the columns %(column)s", column=column_called(column))
        )
        for column in wanted
        if heading.count(column) != 1
    ]
    if problems:
        raise Invalid(*problems)
    return [heading.index(column) for column in wanted]


def _check(opened: Engine, cells: Mapping[str, str], reads: Reads) -> None:
    """Each check reads as little as it can: of the strata their distinct values, of the rows the doubtful ones."""
    strata, bands, listing_id = reads.strata, dict(reads.bands), cells["listing_id"]
    of_numbers = _band_rules(cells, strata, bands) + _size_rules(cells, reads.size)
    written = {column: cells[column] for column in strata if column in cells and column not in bands}
    naming = [
        Rule(column, cell, code, condition)
        for column, cell in {"listing_id": listing_id, **written}.items()
        for code, condition in naming_rule(cell)
    ]
    numbers = [f"s{number}" for number, column in enumerate(strata) if column in written]
    # an id that a URL would leave as it is has no / and no control character
    plain = f"CASE WHEN url_encode({listing_id}) = {listing_id} THEN {listing_id} = '' ELSE {_any_rule(listing_id)} END"
    of_rows = " OR ".join([plain, *(f"({rule.condition})" for rule in of_numbers)])
    of_strata = " OR ".join(map(_any_rule, numbers)) or "false"
    counts = [
        f"SELECT count(*), count(*) FILTER ({of_rows}), (SELECT count(*) FROM damage) FROM records",
        f"SELECT count(*) FILTER ({of_strata}) FROM stratum",
    ]
    (total, wrong, damaged), (wrong_strata,) = (opened.con.execute(each).fetchall()[0] for each in counts)
    queries = ["SELECT row, field, code, value FROM damage"] if damaged else []
    if wrong or wrong_strata:
        queries += [
            f"SELECT row, {text(rule.field)}, '{rule.code}', left(coalesce({rule.cell}, ''), 100) FROM records "
            f"WHERE {rule.condition}"
            for rule in [*naming, *of_numbers]
        ]
    if not is_unique(opened, "records", listing_id):
        queries.append(doubled("records", listing_id))
    if queries and (refused := refused_rows(opened, " UNION ALL ".join(queries), NAMED_AT_ONCE)):
        raise invalid(refused)
    if not total:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))
    if reads.size:
        _refuse_beyond_counting(opened)


def _refuse_beyond_counting(opened: Engine) -> None:
    opened.con.execute(f"SELECT stratum FROM stratum WHERE total >= {MOST} ORDER BY stratum")
    wrong = [
        FieldProblem(
            "size.column",
            "sizes_too_large",
            _("The sizes of stratum %(stratum)s add up to more than can be counted: divide them all by 1,000",
              stratum=stratum or "—"),
        )
        for (stratum,) in fetched(opened.con)
    ]  # fmt: skip
    if wrong:
        raise Invalid(*wrong)


def _band_rules(cells: Mapping[str, str], strata: Sequence[str], bands: Mapping[str, Band]) -> list[Rule]:
    """A number is whole; a value is one that the design makes; where a file has both, they agree."""
    rules = []
    for column, band in ((column, bands[column]) for column in strata if column in bands):
        value, number = cells.get(column), cells.get(band.column)
        if number:
            bad = f"coalesce({number}, '') <> '' AND NOT regexp_full_match({number}, '[0-9]{{1,15}}')"
            rules.append(Rule(band.column, number, "bad_number", bad))
        if value:
            made = ", ".join(map(text, band.values))
            rules.append(Rule(column, value, "unknown_band", f"coalesce({value}, '') NOT IN ({made})"))
        if value and number:
            differs = f"{value} IN ({made}) AND {value} <> {band.value_of(number)}"
            rules.append(Rule(column, value, "band_differs", differs))
    return rules


def _size_rules(cells: Mapping[str, str], size: str) -> list[Rule]:
    if not size:
        return []
    return [Rule(size, cells[size], "bad_size", f"{cells[size]} IS NULL OR NOT {is_size(cells[size])}")]


def _any_rule(cell: str) -> str:
    return " OR ".join(condition for _code, condition in naming_rule(cell))
