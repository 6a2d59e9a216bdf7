"""The scores of a whole frame: in DuckDB, set by set, written as a layer that lies over it (frame/layered.py).

Beside the score stands what it was made of, so that it can be explained without being worked out again. The arithmetic
is that of `scores.py`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.floor import SCORE
from quality.campaigns.frame.engine import Engine, name, text
from quality.campaigns.frame.layered import keep_layer, laying
from quality.likeness.frames import columns_of, keep_words
from quality.targeting.risk import scores
from quality.targeting.risk.known import ORDER, Known
from quality.targeting.risk.scores import By, Facts, Part
from quality.targeting.risk.weights import Weights

FACTS = {  # the column of the file, by the fact that it keeps
    "bad": "risk_bad",
    "tested": "risk_tested",
    "found_by": "risk_found_by",
    "complaints": "risk_complaints",
    "told_by": "risk_told_by",
    "median_fen": "risk_median_fen",
    "known_days": "risk_known_days",
}
COMPARED = ("barcode", "brand", "model", "producer_name")  # whose words are folded before they are compared


class Earlier(NamedTuple):
    """A frame of the agency that was imported before this one, so many days before."""

    path: Path
    days: int


def write_scores(
    frame: Path,
    store: Path,
    *,
    known: Known,
    weights: Weights,
    strata: Sequence[str],
    platforms: Mapping[str, int],
    earlier: Sequence[Earlier] = (),
) -> str:
    """The scores of a frame's listings as a layer in the folder `store`; its sha256.

    `strata` are the columns within which prices are compared; `platforms` the ids of platforms by what frames call
    them. The same frame and the same knowledge give the same bytes.
    """
    with laying(frame, *(each.path for each in earlier)) as opened:
        there = columns_of(opened)
        lay_out(opened, there, known, platforms)
        lay_out_medians(opened, there, strata)
        lay_out_earlier(opened, earlier)
        rows = _facts(opened, there, strata, is_asked=known.asked)
        facts = ", ".join(f"{fact} AS {column}" for fact, column in FACTS.items())
        query = f"SELECT listing_id, {score(weights)} AS {SCORE}, {facts} FROM ({rows}) ORDER BY listing_id"
        return keep_layer(opened, query, store)


def score(weights: Weights) -> str:
    """SQL for the score, over columns that are called as the facts are."""
    return " + ".join(
        f"({weights.points[part]} * coalesce({share}, 0) + {scores.WHOLE // 2}) // {scores.WHOLE}"
        for part, share in SHARES.items()
    )


# Each as the function of its part in scores.py says.
SHARES = {
    Part.FINDINGS: f"{scores.WHOLE} * coalesce(bad, 0) // (nullif(tested, 0) + 1)",
    Part.COMPLAINTS: f"{scores.WHOLE} * complaints // (complaints + {scores.HALF_OF_COMPLAINTS})",
    # least and greatest leave out what is NULL, and would make a share of what is not known
    Part.PRICE: f"""if(price_fen > 0 AND median_fen > 0, greatest(0, least({scores.WHOLE},
        {scores.WHOLE} * ({scores.USUAL} - {scores.WHOLE} * price_fen // nullif(median_fen, 0))
        // {scores.USUAL - scores.RUINOUS})), NULL)""",
    Part.SALES: f"""if(monthly_sales IS NULL, NULL, {scores.WHOLE}
        * least({scores.DOUBLINGS}, if(monthly_sales > 0, length(bin(monthly_sales)), 0)) // {scores.DOUBLINGS})""",
    Part.NEWNESS: f"""if(known_days IS NULL, NULL,
        greatest(0, {scores.WHOLE} * ({scores.NEW_FOR} - known_days) // {scores.NEW_FOR}))""",
}


def lay_out(opened: Engine, there: Sequence[str], known: Known, platforms: Mapping[str, int]) -> None:
    """Tables of the platforms, of what is known by key, and of the words that mean something.

    `found` begins with how much it is and how exact its key: the greatest of several is the one that counts.
    """
    opened.con.execute(
        "CREATE TABLE house AS SELECT unnest(?::VARCHAR[]) AS word, unnest(?::BIGINT[]) AS platform",
        [list(platforms), list(platforms.values())],
    )
    tested = [
        (key, scores.of_findings(Facts(bad, of)) or 0, *_exactness(key), bad, of)
        for key, (bad, of) in known.tested.items()
    ]
    told = [(key, many, *_exactness(key)) for key, many in known.complaints.items()]
    for table, rows, more in (("tested", tested, ("bad", "tested")), ("told", told, ())):
        fields = {"much": "BIGINT", "exact": "BIGINT", "known_by": "VARCHAR"} | dict.fromkeys(more, "BIGINT")
        listed = [f"unnest(?::{kind}[]) AS {field}" for field, kind in ({"key": "VARCHAR"} | fields).items()]
        opened.con.execute(
            f"CREATE TABLE {table} AS SELECT key, struct_pack({', '.join(f'{each} := {each}' for each in fields)}) "
            f"AS found FROM (SELECT {', '.join(listed)})",
            [[row[place] for row in rows] for place in range(len(listed))],
        )
    keep_words(opened, known.words, [column for column in COMPARED if column in there])


def _exactness(key: str) -> tuple[int, str]:
    by = By(key.partition("|")[0])
    return -ORDER.index(by), by.value


def cell(column: str, there: Sequence[str], kind: str = "VARCHAR") -> str:
    """A column of the frame; frames of before may lack one."""
    return f"frame.{name(column)}" if column in there else f"NULL::{kind}"


def lay_out_medians(opened: Engine, there: Sequence[str], strata: Sequence[str]) -> None:
    """Table `middle`: the median price of each stratum that has enough of them."""
    price = cell("price_fen", there, "BIGINT")
    opened.con.execute(f"""
        CREATE TABLE middle AS SELECT {stratum(strata)} AS stratum, quantile_disc({price}, 0.5) AS median_fen
        FROM whole AS frame WHERE {price} > 0 GROUP BY ALL
        HAVING count(*) >= {scores.FEWEST_PRICES}
    """)


def stratum(strata: Sequence[str]) -> str:
    return "struct_pack(" + ", ".join(f"s{place} := frame.{name(each)}" for place, each in enumerate(strata)) + ")"


def lay_out_earlier(opened: Engine, earlier: Sequence[Earlier]) -> None:
    """Table `seen`: since how many days each shop of earlier frames, or each listing without one, is known."""
    opened.con.execute("CREATE TABLE told_once (platform BIGINT, is_shop BOOLEAN, id VARCHAR, days BIGINT)")
    for each in earlier:
        source = text(each.path.resolve())
        opened.con.execute(f"SELECT name FROM parquet_schema({source}) WHERE name = 'shop_id'")
        is_shop, shown = whose(["shop_id"] if opened.con.fetchall() else [])
        opened.con.execute(
            f"INSERT INTO told_once SELECT DISTINCT house.platform, {is_shop}, {shown}, {max(0, each.days)} "
            f"FROM read_parquet({source}) AS frame JOIN house ON house.word = frame.platform"
        )
    opened.con.execute(
        "CREATE TABLE seen AS SELECT platform, is_shop, id, max(days) AS days FROM told_once GROUP BY ALL"
    )
    opened.con.execute("CREATE TABLE asked AS SELECT DISTINCT platform, is_shop FROM told_once")


def whose(there: Sequence[str]) -> tuple[str, str]:
    """SQL for whether a row names its shop, and for the id of that, or of the listing."""
    shop = f"nullif(trim({cell('shop_id', there)}), '')"
    return f"({shop} IS NOT NULL)", f"coalesce({shop}, frame.listing_id)"


def _keys(there: Sequence[str]) -> dict[By, str]:
    """SQL for the keys of `known.keys_of`, NULL where a listing has none. A word that was not kept is nobody's."""
    barcode, brand, model, producer = (
        f"if({cell(column, there)} IS NULL, '', word_{column}.{reads})"
        for column, reads in zip(COMPARED, ("gtin", "bare", "bare", "company"), strict=True)
    )
    shop_code = f"lower(trim({cell('shop_uscc', there)}))"
    shop = f"trim({cell('shop_id', there)})"
    return {
        By.LISTING: "'listing|' || house.platform || '|' || frame.listing_id",
        By.BARCODE: f"'barcode|' || nullif({barcode}, '')",
        By.MODEL: f"'model|' || nullif({brand}, '') || '|' || nullif({model}, '') || '|' || {producer}",
        By.SHOP_CODE: f"'shop_code|' || nullif({shop_code}, '')",
        By.SHOP: f"'shop|' || house.platform || '|' || nullif({shop}, '')",
    }


def _facts(opened: Engine, there: Sequence[str], strata: Sequence[str], *, is_asked: bool) -> str:
    """SQL of the frame's rows, with what is known of each called as `scores.Facts` calls it."""
    words = "".join(
        f" LEFT JOIN word AS word_{column} ON word_{column}.said = {cell(column, there)}" for column in COMPARED
    )
    keys = ", ".join(f"{key} AS key_{by}" for by, key in _keys(there).items())
    joins = "".join(
        f" LEFT JOIN {table} AS {table}_{by} ON {table}_{by}.key = listing.key_{by}"
        for table in ("tested", "told")
        for by in By
    )
    # the greatest is the worst, and of those that are as bad the most exact
    worst = {table: f"greatest({', '.join(f'{table}_{by}.found' for by in By)})" for table in ("tested", "told")}
    is_shop, whom = whose(there)
    return f"""
        WITH listing AS (
            SELECT frame.*, house.platform AS house, {is_shop} AS is_shop, {whom} AS whom,
                {stratum(strata)} AS stratum, {keys}
            FROM whole AS frame JOIN house ON house.word = frame.platform{words}
        ), found AS (
            SELECT listing.*, {worst["tested"]} AS tested_most, {worst["told"]} AS told_most FROM listing{joins}
        )
        SELECT found.*, tested_most.bad AS bad, tested_most.tested AS tested, tested_most.known_by AS found_by,
            coalesce(told_most.much, {0 if is_asked else "NULL"}) AS complaints, told_most.known_by AS told_by,
            middle.median_fen, if(asked.platform IS NULL, NULL, coalesce(seen.days, 0)) AS known_days
        FROM found LEFT JOIN middle ON middle.stratum = found.stratum
            LEFT JOIN asked ON asked.platform = house AND asked.is_shop = found.is_shop
            LEFT JOIN seen ON seen.platform = house AND seen.is_shop = found.is_shop AND seen.id = whom
    """
