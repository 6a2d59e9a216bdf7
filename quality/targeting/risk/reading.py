"""The scores of a campaign's file to read: the highest first, by listing or by shop, each with what it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from quality.campaigns.floor import SCORE
from quality.campaigns.frame.bands import Band
from quality.campaigns.frame.engine import engine, fetched, text
from quality.targeting.risk.scores import By, Facts, Points, parts_of
from quality.targeting.risk.scoring import FACTS
from quality.targeting.risk.weights import Weights

SHOWN = ("listing_id", "title", "platform", "category", "shop_name", "shop_id", "url", "price_fen", "monthly_sales")
SHOP = "platform || '/' || coalesce(shop_id, shop_name, listing_id)"
LISTINGS = "(SELECT *, listing_id AS key, 1 AS listings FROM scored)"
FIRST = f"min_by(listing_id, {{'score': -{SCORE}, 'id': listing_id}})"  # the highest, and always the same of several
SHOPS = (
    f"((SELECT {SHOP} AS key, count(*) AS listings, {FIRST} AS listing_id FROM scored GROUP BY ALL) "
    "JOIN scored USING (listing_id))"
)
LONGEST = 100  # characters of what is looked for


class Wanted(NamedTuple):
    """`of` is a listing's or a shop's number, whole; `after` the last of the page before: its score and its key."""

    by_shop: bool = False
    band: str = ""
    platform: str = ""
    of: str = ""
    after: tuple[int, str] | None = None


class Scored(NamedTuple):
    """A listing, or of a shop the one that scores highest. `key` goes on from it."""

    key: str
    listing: dict[str, Any]  # as the frame has it, without what is empty
    score: int
    facts: Facts
    parts: list[Points]
    listings: int  # of the shop, in this file; of a listing 1


def highest(file: Path, weights: Weights, wanted: Wanted, limit: int) -> list[Scored]:
    """Of the file that a campaign is drawn from."""
    names = ("key", "listings", *SHOWN, SCORE, *FACTS.values())
    which, given = _conditions(wanted, weights.band)
    with engine(file) as opened:
        opened.con.execute(f"CREATE VIEW scored AS FROM read_parquet({text(opened.source)}) WHERE {SCORE} IS NOT NULL")
        opened.con.execute(
            f"SELECT {', '.join(names)} FROM {SHOPS if wanted.by_shop else LISTINGS} WHERE {which} "
            f"ORDER BY {SCORE} DESC, key LIMIT {limit}",
            given,
        )
        return [_scored(dict(zip(names, row, strict=True)), weights) for row in fetched(opened.con)]


def _conditions(wanted: Wanted, band: Band) -> tuple[str, list[object]]:
    """Of the highest of each shop, or of each listing."""
    found: list[tuple[str, list[object]]] = [("true", [])]
    if wanted.band:
        found.append((f"{band.value_of(SCORE)} = ?", [wanted.band]))
    if wanted.platform:
        found.append(("platform = ?", [wanted.platform]))
    if wanted.of:
        columns = [
            each for each in ("listing_id", "shop_id", "shop_name") if not wanted.by_shop or each != "listing_id"
        ]
        found.append((f"({' OR '.join(f'{column} = ?' for column in columns)})", [wanted.of] * len(columns)))
    if wanted.after:
        score, last = wanted.after
        found.append((f"({SCORE} < ? OR ({SCORE} = ? AND key > ?))", [score, score, last]))
    return " AND ".join(condition for condition, _given in found), [each for _sql, given in found for each in given]


def _scored(row: dict[str, Any], weights: Weights) -> Scored:
    told = {fact: row[column] for fact, column in FACTS.items()}
    for by in ("found_by", "told_by"):
        told[by] = By(told[by]) if told[by] else None
    facts = Facts(**told, price_fen=row["price_fen"], monthly_sales=row["monthly_sales"])
    listing = {column: row[column] for column in SHOWN if row[column] not in (None, "")}
    return Scored(
        str(row["key"]), listing, int(row[SCORE]), facts, parts_of(facts, weights.points), int(row["listings"])
    )
