"""The checks on an imported row, as SQL over `records`: which cells say what, and what refuses a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from quality.campaigns.frame.engine import Engine, fetched, name, text
from quality.campaigns.frame.headings import KEPT, NOTHING, REQUIRED
from quality.campaigns.frame.problems import is_size, naming_rule
from quality.workbooks.texts import BLANKS, Signs

BAD_USCC, APOSTROPHE = "bad_uscc", "'"
YUAN, WHOLE = r"\d{1,12}(\.\d{1,2}0*)?", r"\d{1,14}(\.0*)?"
DEFUSED = "^'[=+@\\-＝＋＠－\\t\\r]"  # by ourselves, in a file that we gave back
ADDRESS = r"(?i)https?://[^\s/?#@\\]+([/?#][^\s\p{Cc}]*)?"
NO_HOSTS = ("", "/", "?", "#")  # what may stand behind https:// where no host does
NUMBERS = ("price_yuan", "price_fen", "monthly_sales")


class Demands(NamedTuple):
    """What one campaign asks of its frame, beyond what every frame must be."""

    strata: tuple[str, ...] = ()
    platforms: Collection[str] | None = None  # names and codes; None: whatever stands there
    mapping: Mapping[str, str] = NOTHING  # what somebody says that headings mean
    shown: Callable[[Sequence[str], list[list[str]]], object] | None = None  # is told the heading and the first rows
    size: str = ""  # the column by which the plan draws: above 0 in every row
    expected: int | None = None  # rows below the headings, as whoever sent them counts; None: whatever there are
    categories: Collection[str] | None = None  # that somebody names; others are told. None: nobody asks
    renamed: Mapping[str, str] = NOTHING  # what categories are to be called


class Rule(NamedTuple):
    """What a column must not hold: `condition` is SQL over `cells`."""

    column: str
    code: str
    condition: str


def make_cells(engine: Engine, columns: list[str], signs: Signs, renamed: Mapping[str, str] = NOTHING) -> None:
    """View `cells`: the columns by their names, without blanks around; empty is NULL. Rows of blanks are no rows.

    Beside each column of numbers stands the number that was read in it, for the checks and for the frozen frame both.
    """
    shown = {column: _bare(f"c{place}", signs) for place, column in enumerate(columns) if column}
    filled = " OR ".join(f"{name(column)} IS NOT NULL" for column in shown)
    cells = ", ".join(f"{cell} AS {name(column)}" for column, cell in shown.items())
    numbers = "".join(f", {_number(column)} AS {_read(column)}" for column in shown if column in NUMBERS)
    shown_as = "*"
    if renamed and "category" in columns:
        others = " ".join(f"WHEN {text(old)} THEN {text(new)}" for old, new in renamed.items())
        shown_as = f"* REPLACE (CASE category {others} ELSE category END AS category)"
    engine.con.execute(
        f"CREATE VIEW cells AS SELECT {shown_as}{numbers} FROM (SELECT row, {cells} FROM records) WHERE {filled}"
    )


def _bare(cell: str, signs: Signs) -> str:
    """A cell trimmed where it needs to be, which is seldom: trimming is slow, and so is asking at both ends of it."""
    bent = [
        f"(contains({cell}, {blank}) AND (starts_with({cell}, {blank}) OR ends_with({cell}, {blank})))"
        for blank in map(text, signs.blanks)
    ]
    if signs.has_apostrophes:
        bent.append(f"starts_with({cell}, {text(APOSTROPHE)})")
    other = f"nullif({cell}, '')" if signs.has_empty else cell
    return f"CASE WHEN {' OR '.join(bent)} THEN nullif({trimmed(cell)}, '') ELSE {other} END" if bent else other


def trimmed(cell: str) -> str:
    """Without blanks around, and without the apostrophe by which `annotated.py` defuses a formula."""
    bare = f"trim({cell}, {text(BLANKS)})"
    return f"CASE WHEN regexp_matches({bare}, {text(DEFUSED)}) THEN {bare}[2:] ELSE {bare} END"


def wrong_uscc(engine: Engine, relation: str) -> list[str]:
    """The codes whose check digit does not fit; each is looked at once."""
    asking = engine.con.cursor()
    asking.execute(f"SELECT DISTINCT shop_uscc FROM {relation} WHERE shop_uscc IS NOT NULL")
    return [str(code) for (code,) in fetched(asking) if not _is_uscc(str(code))]


def make_wrong_uscc(engine: Engine) -> None:
    """Table `wrong_uscc` of them, as they were written."""
    engine.con.execute("CREATE TABLE wrong_uscc (code VARCHAR)")
    engine.con.execute("INSERT INTO wrong_uscc SELECT unnest(?)", [wrong_uscc(engine, "cells")])


def rules(columns: list[str], demands: Demands, signs: Signs) -> list[Rule]:
    """What is wrong with a single row. What cannot occur is not asked."""
    found: list[Rule] = []
    for column in filter(None, columns):
        cell = name(column)
        if signs.has_equals:
            found.append(Rule(column, "formula", f"starts_with({cell}, '=')"))
        if column in REQUIRED or column in demands.strata:
            naming = [rule for rule in naming_rule(cell) if signs.has_controls or rule[0] != "control_character"]
            found += [Rule(column, *rule) for rule in naming]
        found += [Rule(column, *rule) for rule in _rules_of(column, demands, signs)]
        if demands.size and demands.size == ("price_fen" if column == "price_yuan" else column):
            found.append(Rule(column, "bad_size", _is_no_size(column)))
    return found


def _rules_of(column: str, demands: Demands, signs: Signs) -> list[tuple[str, str]]:
    """Code and condition of what a column of this name must not hold."""
    cell, known = name(column), demands.platforms
    match column:
        case "platform" if known is not None:
            return [("unknown_platform", f"NOT list_contains([{', '.join(map(text, known))}], {cell})")]
        case "price_yuan" | "price_fen":
            return [("bad_price", f"{_read(column)} IS NULL AND {cell} IS NOT NULL")]
        case "monthly_sales":
            return [("bad_sales", f"{_read(column)} IS NULL AND {cell} IS NOT NULL")]
        case "url":
            return [("bad_address", f"NOT ({_seems_address(cell, signs)}regexp_full_match({cell}, {text(ADDRESS)}))")]
        case "shop_uscc":
            return [(BAD_USCC, f"{cell} IN (SELECT code FROM wrong_uscc)")]
        case "picture_hash":
            return [("bad_picture_hash", f"NOT regexp_full_match({cell}, '[0-9a-fA-F]{{16}}')")]
    return []


def _is_no_size(column: str) -> str:
    """As the draw will read what is frozen; of a price or a sale that is no number its own rule speaks."""
    cell = name(column)
    if column in NUMBERS:
        return f"{cell} IS NULL OR {_read(column)} = 0"
    return f"{cell} IS NULL OR NOT {is_size(cell)}"


def _seems_address(cell: str, signs: Signs) -> str:
    """What an address mostly is, which is asked at a quarter of the cost, and `OR`: whatever else one may be."""
    if signs.has_controls or signs.has_ats:
        return ""
    is_whole = f" AND NOT contains({cell}, ' ')" if " " in signs.blanks else ""
    return f"(starts_with({cell}, 'https://') AND {cell}[9] NOT IN ({', '.join(map(text, NO_HOSTS))}){is_whole}) OR "


def any_of(rules: Sequence[Rule]) -> str:
    """Whether a row has anything wrong that it says by itself: a code's check digit is asked of each code once."""
    return " OR ".join(f"({rule.condition})" for rule in rules if rule.code != BAD_USCC)


def problems(rules: Sequence[Rule]) -> str:
    """SQL for what is wrong with single rows: (row, field, code, value)."""
    found = ", ".join(
        f"CASE WHEN {rule.condition} THEN {{'field': {text(rule.column)}, 'code': {text(rule.code)}, "
        f"'value': left(coalesce({name(rule.column)}, ''), 100)}} END"
        for rule in rules
    )
    uscc = "".join(f" OR ({rule.condition})" for rule in rules if rule.code == BAD_USCC)
    return (
        f"SELECT row, p.field, p.code, p.value FROM (SELECT row, unnest([{found}]) AS p FROM cells "
        f"WHERE {any_of(rules)}{uscc}) WHERE p IS NOT NULL"
    )


def kept(columns: list[str]) -> str:
    """SQL of the columns as they are frozen: every known one, NULL where the source has none, then its own."""
    own = [column for column in columns if column and column not in KEPT and column != "price_yuan"]
    return ", ".join(f"{_frozen(column, columns)} AS {name(column)}" for column in [*KEPT, *own])


def _frozen(column: str, columns: list[str]) -> str:
    if column == "price_fen" and "price_yuan" in columns:
        return _read("price_yuan")
    if column not in columns:
        return f"CAST(NULL AS {'BIGINT' if column in ('price_fen', 'monthly_sales') else 'VARCHAR'})"
    match column:
        case "price_fen" | "monthly_sales":
            return _read(column)
        case "shop_uscc":
            return "upper(regexp_replace(shop_uscc, '[ -]', '', 'g'))"
        case "picture_hash":
            return "lower(picture_hash)"
    return name(column)


def _read(column: str) -> str:
    """The name of the number that was read in a column: no heading holds such a character."""
    return name(f"{column}\x1f")


def _number(column: str) -> str:
    """A whole number, of yuan in fen, or NULL if it is none. In plain digits, as it mostly is, it is read at once."""
    return _fen(column) if column == "price_yuan" else _whole(column)


def _fen(column: str) -> str:
    cell, digits = name(column), _digits(column)

    def fen(number: str) -> str:
        return f"CAST(CAST({number} AS DECIMAL(18, 2)) * 100 AS BIGINT)"

    return (
        f"CASE WHEN regexp_full_match({cell}, {text(YUAN)}) THEN {fen(cell)} "
        f"WHEN regexp_full_match({digits}, {text(YUAN)}) THEN {fen(digits)} END"
    )


def _whole(column: str) -> str:
    cell, digits = name(column), _digits(column)
    return (
        f"CASE WHEN regexp_full_match({cell}, '[0-9]{{1,14}}') THEN CAST({cell} AS BIGINT) "
        f"WHEN regexp_full_match({digits}, {text(WHOLE)}) THEN CAST(split_part({digits}, '.', 1) AS BIGINT) END"
    )


def _digits(column: str) -> str:
    """A number as offices write it, ￥1,299.00元, in plain digits."""
    cell = name(column)
    half_width = f"translate({cell}, '０１２３４５６７８９．，￥', '0123456789.,¥')"
    bare = f"regexp_replace({half_width}, '^¥ *| *元$', '', 'g')"
    is_grouped = rf"regexp_full_match({bare}, '\d{{1,3}}(,\d{{3}})+(\.\d*)?')"
    is_plain = f"regexp_full_match({cell}, '[0-9.]*')"  # nearly always, and the rest is slow
    return f"(CASE WHEN {is_plain} THEN {cell} WHEN {is_grouped} THEN replace({bare}, ',', '') ELSE {bare} END)"


def _is_uscc(code: str) -> bool:
    try:
        uscc.validate(code)
    except ValidationError:
        return False
    return True
