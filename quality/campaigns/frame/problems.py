"""What may be wrong with a row of a frame: the codes, their words, and the rule that a draw lives by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from quality.campaigns.frame.engine import Engine, fetched
from quality.campaigns.frame.headings import column_called
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.workbooks.texts import Unread

NAMED_AT_ONCE = 100  # more than this many problems nobody reads: the rest is counted
A_FEW = 10_000  # rows that show whether a file is sorted by its ids
ELSEWHERE = "doubled_elsewhere"
REASONS: dict[str, Text] = {
    "missing": _("Fill in this field: it must not be empty"),
    "slash": _("Remove the / : it joins the names of strata"),
    "control_character": _("Remove the line break, tab or other control character"),
    "doubled": _("Give each listing once: another row has the same listing_id"),
    ELSEWHERE: _("Give each listing once: a file before this one has the same listing_id"),
    "too_few_fields": _("Complete this row: it has fewer fields than the heading"),
    "too_many_fields": _("Correct this row: it has more fields than the heading"),
    "quotes": _("Correct the quotation marks of this row: a field goes on after its closing mark"),
    "damaged_text": _("Correct this row: it holds characters that cannot be read"),
    "too_long": _("Shorten this row: it is longer than 250,000 characters"),
    "formula": _("Write the value itself, not a formula"),
    "formula_without_value": _("Open and save the workbook once, or write the value itself: this formula has no value"),
    "long_number": _("Format this column as text: a number of more than 15 digits has lost its last digits"),
    "bad_price": _("Write the price as a number from 0, with at most two decimals (yuan) or none (fen)"),
    "bad_sales": _("Write the sales as a whole number from 0"),
    "bad_address": _("Write the whole address, beginning with http:// or https://"),
    "unknown_platform": _("Write a platform that is known here, by its name or its code"),
    "bad_uscc": _("Check the unified social credit code: its check digit does not fit"),
    "bad_number": _("Write a whole number from 0, or leave it empty: the design divides this column into bands"),
    "unknown_band": _("Write a value that the band of the design has, such as <5000, 5000-19999, >=20000 or none"),
    "band_differs": _("Correct the band or the number: by the design this number falls into another band"),
    "bad_size": _("Write a whole number above 0: the plan draws by this column, and no size stands in for one"),
    "bad_picture_hash": _("Write the main picture's dHash as 16 hexadecimal digits (0-9, a-f), or leave it empty"),
}


class RefusedRow(NamedTuple):
    """One thing wrong with one row. Rows are counted as a spreadsheet shows them: the heading is row 1."""

    row: int
    field: str
    code: str
    value: str
    file: str = ""  # where there are several

    @staticmethod
    def unless_read(row: tuple[int, list[str]] | Unread) -> tuple[int, list[str]] | RefusedRow:
        return RefusedRow(row.row, "", row.code, row.begins) if isinstance(row, Unread) else row

    @property
    def reason(self) -> Text:
        return REASONS[self.code]

    def as_problem(self) -> FieldProblem:
        where = ", ".join(filter(None, (self.file, f"row {self.row}", self.field)))
        if not self.value:
            return FieldProblem(where, self.code, self.reason)
        return FieldProblem(where, self.code, _("%(reason)s (%(value)s)", reason=self.reason, value=self.value))


def place_in_words(field: str) -> Text:
    """A place in a file: `row 7`, `row 7, monthly_sales`, `column 3`, or the name of a column."""
    row, comma, column = field.partition(", ")
    if comma and row.startswith("row "):
        return _("%(row)s, %(column)s", row=place_in_words(row), column=column_called(column))
    match field.split(" "):
        case ["row", number]:
            return _("Row %(n)s", n=number)
        case ["column", number] if number.isdigit():
            return _("Column %(n)s", n=number)
    return field


def naming_rule(column: str) -> list[tuple[str, str]]:
    """Codes and SQL conditions of what a listing_id or a stratum's value must not be; `column` is SQL."""
    return [
        ("missing", f"coalesce({column}, '') = ''"),
        ("slash", f"contains({column}, '/')"),
        ("control_character", rf"regexp_matches({column}, '\p{{Cc}}')"),
    ]


def is_size(cell: str) -> str:
    """SQL: whether a text, not NULL, is a whole number above 0."""
    return f"regexp_full_match({cell}, '0*[1-9][0-9]{{0,14}}')"


def is_unique(engine: Engine, relation: str, listing_id: str) -> bool:
    """Whether each is greater than the one before, as in a frame.csv, or else no two have the same hash, or only
    seem to have it.

    Hashes are sorted and each is held against the one before: a GROUP BY of so many takes four times as long. Of each
    48 bits are sorted, which fit with their marks for NULL into the eight bytes of one key; a whole hash takes a third
    longer. Of ten million listings one pair in five files is alike by chance, and looked at.
    """
    rising = (
        f"SELECT count(*) - count(*) FILTER ({listing_id} > before) <= 1 "
        f"FROM (SELECT {listing_id}, lag({listing_id}) OVER () AS before FROM "
    )
    some = f"(FROM {relation} LIMIT {A_FEW})"
    if all(engine.con.execute(f"{rising}{rows})").fetchall()[0][0] for rows in (some, relation)):
        return True
    hashed = f"(hash({listing_id}) >> 32)::UINTEGER AS high, ((hash({listing_id}) >> 16) & 65535)::USMALLINT AS low"
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE alike AS SELECT DISTINCT high, low FROM (SELECT high, low, "
        "lag(high) OVER () AS high_before, lag(low) OVER () AS low_before "
        f"FROM (SELECT {hashed} FROM {relation} ORDER BY high, low)) WHERE high = high_before AND low = low_before"
    )
    if not engine.con.execute("SELECT 1 FROM alike LIMIT 1").fetchall():
        return True
    same = (
        f"SELECT 1 FROM (SELECT {listing_id} AS listing_id, {hashed} FROM {relation}) "
        "SEMI JOIN alike USING (high, low) GROUP BY listing_id HAVING count(*) > 1 LIMIT 1"
    )
    return not engine.con.execute(same).fetchall()


def doubled(relation: str, listing_id: str) -> str:
    """SQL for the rows of `relation` that repeat the listing_id of an earlier one; the first one stands."""
    return (
        f"SELECT t.row, 'listing_id', 'doubled', t.{listing_id} FROM {relation} t JOIN "
        f"(SELECT {listing_id} AS listing_id, min(row) AS first FROM {relation} GROUP BY ALL HAVING count(*) > 1) d "
        f"ON t.{listing_id} = d.listing_id AND t.row > d.first"
    )


def refused_rows(engine: Engine, query: str, limit: int | None = None) -> list[RefusedRow]:
    """The rows of an SQL query for (row, field, code, value), in the order of the file."""
    bound = f" LIMIT {limit}" if limit else ""
    engine.con.execute(f"SELECT * FROM ({query}) AS p(row, field, code, value) ORDER BY row, field, code{bound}")
    return [RefusedRow(*row) for row in fetched(engine.con)]  # type: ignore[arg-type]


def invalid(refused: Sequence[RefusedRow]) -> Invalid:
    return Invalid(*(row.as_problem() for row in refused))
