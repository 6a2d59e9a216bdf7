"""What the rows of a frame look like together, so that a wrong file is noticed that has no wrong row."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame.bands import Bands
from quality.campaigns.frame.engine import Engine, engine, fetched, name, text

MOST_GROUPS = 50  # shown; the rest is counted


class Group(NamedTuple):
    """The listings of one stratum or platform. Prices in fen, of those that have one."""

    name: str
    listings: int
    lowest: int | None
    median: int | None
    highest: int | None


class Profile(NamedTuple):
    """`strata` and `platforms` hold the largest groups, the others are counted; the rest counts listings."""

    strata: list[Group]
    more_strata: int
    platforms: list[Group]
    more_platforms: int
    whole: Group
    shops: int
    unpriced: int
    over_cap: int  # dearer than a unit may cost in this campaign
    same_address: int  # whose address another listing before them has
    same_title: int  # that have shop and title in common with another before them


def profile_of(frame: Path, strata: Sequence[str], cap_fen: int | None) -> Profile:
    """Of a frozen frame (Parquet) that has these columns."""
    with engine(frame) as opened:
        opened.con.execute(f"CREATE VIEW frame AS FROM read_parquet({text(opened.source)})")
        stratum = _stratum(strata)
        by_stratum, more_strata = _groups(opened, stratum)
        by_platform, more_platforms = _groups(opened, "platform")
        [whole], _none = _groups(opened, "''")
        shops, unpriced, over_cap = opened.con.execute(
            "SELECT count(DISTINCT coalesce(shop_id, shop_name)), count(*) - count(price_fen), "
            "count(*) FILTER (price_fen > ?) FROM frame",
            [cap_fen],
        ).fetchall()[0]
        return Profile(
            strata=by_stratum,
            more_strata=more_strata,
            platforms=by_platform,
            more_platforms=more_platforms,
            whole=whole,
            shops=shops,
            unpriced=unpriced,
            over_cap=over_cap,
            same_address=_repeated(opened, "url"),
            same_title=_repeated(opened, "platform", "coalesce(shop_id, shop_name)", "title"),
        )


class Priced(NamedTuple):
    """The listings of one stratum: how many have a price, how many of these are above the cap, the mean of the rest.

    `mean` is in whole fen; None where none is within the cap.
    """

    priced: int
    over: int
    mean: int | None


@lru_cache(maxsize=256)
def prices_within(
    frame: Path, strata: tuple[str, ...], bands: Bands, cap_fen: int | None, pieces: int = 1
) -> Mapping[str, Priced]:
    """What a purchase of `pieces` costs, by stratum, of every stratum; `cap_fen` None: no cap.

    A frozen frame never changes: it is read once for each cap.
    """
    price = f"(price_fen * {int(pieces)})"
    within = f"{price} <= coalesce(CAST(? AS BIGINT), {price})"
    with engine(frame) as opened:
        opened.con.execute(
            f"SELECT {_stratum(strata, bands)} AS g, count(price_fen), count(price_fen) FILTER (NOT ({within})), "
            f"CAST(round(avg({price}) FILTER ({within})) AS BIGINT) "
            f"FROM read_parquet({text(opened.source)}) GROUP BY g",
            [cap_fen, cap_fen],
        )
        found = {str(stratum): Priced(*rest) for stratum, *rest in fetched(opened.con)}  # type: ignore[arg-type]
        return dict(sorted(found.items()))


@lru_cache(maxsize=256)
def categories_of(frame: Path, strata: tuple[str, ...], bands: Bands = ()) -> Mapping[str, Mapping[str, int]]:
    """How many listings of each category each stratum has."""
    found: dict[str, dict[str, int]] = {}
    with engine(frame) as opened:
        opened.con.execute(
            f"SELECT {_stratum(strata, bands)} AS g, coalesce(CAST(category AS VARCHAR), ''), count(*) "
            f"FROM read_parquet({text(opened.source)}) GROUP BY ALL"
        )
        for stratum, category, many in fetched(opened.con):
            found.setdefault(str(stratum), {})[str(category)] = int(str(many))
    return found


def _stratum(strata: Sequence[str], bands: Bands = ()) -> str:
    made = {column: band.value_of(f"CAST({name(band.column)} AS VARCHAR)") for column, band in bands}
    return " || '/' || ".join(made.get(column, f"CAST({name(column)} AS VARCHAR)") for column in strata) or "''"


def _groups(opened: Engine, of: str) -> tuple[list[Group], int]:
    """The largest groups, in the order of their names, and how many there are beyond them."""
    opened.con.execute(
        f"SELECT {of} AS g, count(*) AS n, min(price_fen), CAST(median(price_fen) AS BIGINT), max(price_fen) "
        "FROM frame GROUP BY g ORDER BY n DESC, g"
    )
    rows = fetched(opened.con)
    largest = [Group(*row) for row in itertools.islice(rows, MOST_GROUPS)]  # type: ignore[arg-type]
    return sorted(largest), sum(1 for _ in rows)


def _repeated(opened: Engine, *columns: str) -> int:
    """Listings that have all of these in common with another one, but for the first of each."""
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    asked = f"SELECT count(*) - count(DISTINCT ({', '.join(columns)})) FROM frame WHERE {filled}"
    return int(opened.con.execute(asked).fetchall()[0][0])
