"""The checks on an imported row, as SQL over `records`: which cells say what, and what refuses a row."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from quality.campaigns.frame.engine import Engine, fetched, name, text
from quality.campaigns.frame.headings import KEPT, REQUIRED
from quality.campaigns.frame.problems import naming_rule

BLANKS = " \u00a0\u3000\ufeff"
YUAN, WHOLE = r"\d{1,12}(\.\d{1,2}0*)?", r"\d{1,14}(\.0*)?"
DEFUSED = "^'[=+@\\-＝＋＠－\\t\\r]"  # by ourselves, in a file that we gave back
ADDRESS = r"(?i)https?://[^\s/?#@\\]+([/?#][^\s\p{Cc}]*)?"


class Demands(NamedTuple):
    """What one campaign asks of its frame, beyond what every frame must be."""

    strata: tuple[str, ...] = ()
    platforms: Collection[str] | None = None  # names and codes; None: whatever stands there


def make_cells(engine: Engine, columns: list[str]) -> None:
    """View `cells`: the columns by their names, without blanks around; empty is NULL. Rows of blanks are no rows."""
    places = {column: f"c{place}" for place, column in enumerate(columns) if column}
    bent = f"^[{BLANKS}]|[{BLANKS}]$|{DEFUSED}"
    has_blanks = ", ".join(f"bool_or(regexp_matches({c}, {text(bent)}))" for c in places.values())
    found = engine.con.execute(f"SELECT {has_blanks} FROM records").fetchall()[0]
    shown = {
        column: f"nullif({trimmed(c) if blanks else c}, '')"  # trimming is slow, and seldom needed
        for (column, c), blanks in zip(places.items(), found, strict=True)
    }
    filled = " OR ".join(f"{cell} IS NOT NULL" for cell in shown.values())
    cells = ", ".join(f"{cell} AS {name(column)}" for column, cell in shown.items())
    engine.con.execute(f"CREATE VIEW cells AS SELECT row, {cells} FROM records WHERE {filled}")


def trimmed(cell: str) -> str:
    """Without blanks around, and without the apostrophe by which `annotated.py` defuses a formula."""
    bare = f"trim({cell}, {text(BLANKS)})"
    return f"CASE WHEN regexp_matches({bare}, {text(DEFUSED)}) THEN {bare}[2:] ELSE {bare} END"


def make_wrong_uscc(engine: Engine) -> None:
    """Table `wrong_uscc` of the codes whose check digit does not fit; each code is looked at once."""
    engine.con.execute("CREATE TABLE wrong_uscc (code VARCHAR)")
    asking = engine.con.cursor()
    asking.execute("SELECT DISTINCT shop_uscc FROM cells WHERE shop_uscc IS NOT NULL")
    wrong = [code for (code,) in fetched(asking) if not _is_uscc(str(code))]
    engine.con.execute("INSERT INTO wrong_uscc SELECT unnest(?)", [wrong])


def problems(columns: list[str], demands: Demands) -> str:
    """SQL for what is wrong with single rows: (row, field, code, value)."""
    known = demands.platforms
    rules: list[tuple[str, str, str]] = []
    for column in filter(None, columns):
        cell = name(column)
        rules.append((column, "formula", f"{cell} LIKE '=%'"))
        if column in REQUIRED or column in demands.strata:
            rules += [(column, code, condition) for code, condition in naming_rule(cell)]
        if column == "platform" and known is not None:
            rules.append((column, "unknown_platform", f"NOT list_contains([{', '.join(map(text, known))}], {cell})"))
        elif column in ("price_yuan", "price_fen"):
            rules.append((column, "bad_price", f"{_price(column)} IS NULL AND {cell} IS NOT NULL"))
        elif column == "monthly_sales":
            rules.append((column, "bad_sales", f"{_whole(column)} IS NULL AND {cell} IS NOT NULL"))
        elif column == "url":
            rules.append((column, "bad_address", f"NOT regexp_full_match({cell}, {text(ADDRESS)})"))
        elif column == "shop_uscc":
            rules.append((column, "bad_uscc", f"{cell} IN (SELECT code FROM wrong_uscc)"))
        elif column == "picture_hash":
            rules.append((column, "bad_picture_hash", f"NOT regexp_full_match({cell}, '[0-9a-fA-F]{{16}}')"))
    found = ", ".join(
        f"CASE WHEN {condition} THEN {{'field': {text(column)}, 'code': {text(code)}, "
        f"'value': left(coalesce({name(column)}, ''), 100)}} END"
        for column, code, condition in rules
    )
    return (
        f"SELECT row, p.field, p.code, p.value FROM (SELECT row, unnest([{found}]) AS p FROM cells) WHERE p IS NOT NULL"
    )


def kept(columns: list[str]) -> str:
    """SQL of the columns as they are frozen: every known one, NULL where the source has none, then its own."""
    own = [column for column in columns if column and column not in KEPT and column != "price_yuan"]
    return ", ".join(f"{_frozen(column, columns)} AS {name(column)}" for column in [*KEPT, *own])


def _frozen(column: str, columns: list[str]) -> str:
    if column == "price_fen" and "price_yuan" in columns:
        return _price("price_yuan")
    if column not in columns:
        return f"CAST(NULL AS {'BIGINT' if column in ('price_fen', 'monthly_sales') else 'VARCHAR'})"
    match column:
        case "price_fen":
            return _price(column)
        case "monthly_sales":
            return _whole(column)
        case "shop_uscc":
            return "upper(regexp_replace(shop_uscc, '[ -]', '', 'g'))"
        case "picture_hash":
            return "lower(picture_hash)"
    return name(column)


def _price(column: str) -> str:
    """A price in whole fen, or NULL if it is none."""
    if column == "price_fen":
        return _whole(column)
    digits = _digits(column)
    fen = f"CAST(CAST({digits} AS DECIMAL(18, 2)) * 100 AS BIGINT)"
    return f"CASE WHEN regexp_full_match({digits}, {text(YUAN)}) THEN {fen} END"


def _whole(column: str) -> str:
    digits = _digits(column)
    return f"CASE WHEN regexp_full_match({digits}, {text(WHOLE)}) THEN CAST(split_part({digits}, '.', 1) AS BIGINT) END"


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
