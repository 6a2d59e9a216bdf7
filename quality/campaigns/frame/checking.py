"""A look at every row of one file: what is right is written for freezing, what is not stands in a table."""

from __future__ import annotations

from typing import NamedTuple

from quality.campaigns.frame import checks
from quality.campaigns.frame.checks import Demands
from quality.campaigns.frame.engine import Engine, text
from quality.campaigns.frame.headings import columns as columns_of
from quality.campaigns.frame.problems import doubled, is_unique
from quality.campaigns.frame.records import Records, forget, lay_out, lay_out_at_once
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.workbooks import texts

FROZEN = "frame.parquet"  # in the scratch folder
ROW_GROUP = 122_880  # rows
SHOWN, LONGEST_SHOWN = 5, 60  # rows of a preview, and characters of its cells
ROW = "\x1frow"  # a column of what is written, where it is asked for: no heading holds such a character
NO_PROBLEM = "CREATE TABLE problem (row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR, file INTEGER)"


class Uneven(Exception):
    """There are lines in the file that are no rows: a row's number must be counted line by line."""


class Checked(NamedTuple):
    """What was found in a file that can be read; every problem of a row stands in table `problem`, its file is 0."""

    columns: list[str]  # what each heading means; "" for none
    heading: tuple[str, ...]  # as it was written
    encoding: str
    rows: int
    refused: int

    @property
    def accepted(self) -> int:
        return self.rows - self.refused


def check(opened: Engine, demands: Demands, *, numbered: bool = False) -> Checked:
    """Look at every row; `Invalid` where there is no table with a row to look at. What is written is `numbered` if
    each row is to say in column `ROW` which it was.

    The good rows are written while the file is read, once. Only where they turn out not to be all is it read again, to
    name the others; and where even that cannot take its rows apart, row by row.
    """
    import duckdb  # noqa: PLC0415 - as in engine.py

    if (at_once := lay_out_at_once(opened)) is not None:
        try:
            return _checked(opened, at_once, demands, numbered=numbered)
        except (duckdb.InvalidInputException, Uneven):
            forget(opened)
    return _checked(
        opened, lay_out(opened, lambda heading: range(len(heading)), is_import=True), demands, numbered=numbered
    )


def _checked(opened: Engine, found: Records, demands: Demands, *, numbered: bool) -> Checked:
    if demands.shown:
        demands.shown(found.heading, _first_rows(opened, len(found.heading)))
    columns = columns_of(found.heading, [*demands.strata, *filter(None, [demands.size])], demands.mapping)
    _refuse_nameless(opened, columns, found.heading)
    checks.make_cells(opened, columns, found.signs, demands.renamed)
    rules = checks.rules(columns, demands, found.signs)
    in_order = "ORDER BY row" if found.signs.rows is None else ""  # else one thread reads, and keeps the order
    kept = checks.kept(columns) + (f', row AS "{ROW}"' if numbered else "")
    good = write(opened, kept, f"FROM cells WHERE ({checks.any_of(rules)}) IS NOT TRUE {in_order}")
    is_even = _is_even(opened)
    all_rows = number(opened, "SELECT count(*) FROM records") if found.signs.rows is None else found.signs.rows
    has_doubles = not is_unique(opened, _frozen(opened), "listing_id")
    has_damage = number(opened, "SELECT count(*) FROM damage")
    if (
        good
        and good == all_rows
        and not has_doubles
        and is_even
        and not (has_damage or checks.wrong_uscc(opened, _frozen(opened)))
    ):
        opened.con.execute(NO_PROBLEM)
        return Checked(columns, found.heading, found.encoding, good, 0)
    if found.signs.rows not in {None, number(opened, "SELECT count(*) FROM records")}:
        raise Uneven
    _find_problems(opened, columns, rules, has_doubles=has_doubles)
    refused = number(opened, "SELECT count(DISTINCT row) FROM problem")
    rows = number(opened, "SELECT count(*) FROM cells") + number(opened, "SELECT count(DISTINCT row) FROM damage")
    if not rows:
        raise Invalid(FieldProblem("file", "empty", _("The file is empty: give it a heading and a row per listing")))
    if rows - refused != good or not is_even:  # some were found wrong beside others only
        write(opened, kept, "FROM cells WHERE row NOT IN (SELECT row FROM problem) ORDER BY row")
    return Checked(columns, found.heading, found.encoding, rows, refused)


def ends_open(opened: Engine, encoding: str) -> bool:
    """Whether a text stops in the middle of a line. Some programs write it so; one that was cut off mostly does."""
    return encoding not in {"xlsx", "parquet"} and texts.ends_open(opened.source)


def _first_rows(opened: Engine, width: int) -> list[list[str]]:
    cells = ", ".join(f"coalesce(left(c{place}, {LONGEST_SHOWN}), '')" for place in range(width))
    return [list(map(str, row)) for row in opened.con.execute(f"SELECT {cells} FROM records LIMIT {SHOWN}").fetchall()]


def number(opened: Engine, query: str) -> int:
    return int(opened.con.execute(query).fetchall()[0][0])


def _frozen(opened: Engine) -> str:
    return f"read_parquet({text(opened.scratch / FROZEN)})"


def write(opened: Engine, kept: str, rows: str) -> int:
    """These columns of these rows as they are frozen, in the order of the file; how many."""
    return number(
        opened,
        f"COPY (SELECT {kept} {rows}) "
        f"TO {text(opened.scratch / FROZEN)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})",
    )


def _is_even(opened: Engine) -> bool:
    """Whether each group of rows but the last is full, as sorting makes them: the same rows are to be the same bytes.

    A file that is read by one thread and kept whole comes out so by itself, at two thirds of the cost.
    """
    told = f"SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata({text(opened.scratch / FROZEN)})"
    return not number(
        opened,
        f"SELECT count(*) FROM ({told}) WHERE row_group_num_rows <> {ROW_GROUP} "
        f"AND row_group_id <> (SELECT max(row_group_id) FROM ({told}))",
    )


def _refuse_nameless(opened: Engine, columns: list[str], heading: tuple[str, ...]) -> None:
    for place, column in enumerate(columns):
        if not column and not heading[place].strip():
            filled = f"SELECT count(nullif({checks.trimmed(f'c{place}')}, '')) FROM records"
            if number(opened, filled):
                raise Invalid(
                    FieldProblem(f"column {place + 1}", "no_heading", _("Give this column a heading, or remove it"))
                )


def _find_problems(opened: Engine, columns: list[str], rules: list[checks.Rule], *, has_doubles: bool) -> None:
    """Table `problem` of what is wrong: (row, field, code, value)."""
    if "shop_uscc" in columns:
        checks.make_wrong_uscc(opened)
    opened.con.execute(NO_PROBLEM)
    opened.con.execute(f"INSERT INTO problem SELECT *, 0 FROM ({checks.problems(rules)} UNION ALL FROM damage)")
    if has_doubles:
        good = "(SELECT row, listing_id FROM cells WHERE row NOT IN (SELECT row FROM problem))"
        opened.con.execute(f"INSERT INTO problem SELECT *, 0 FROM ({doubled(good, 'listing_id')})")
