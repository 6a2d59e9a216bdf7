"""What a frozen frame looks like as a whole: where its listings are, what they cost and sell, whose they are.

Worked out once, by the job or the dry run that looked at the file, and kept beside the frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from quality.campaigns.frame.engine import Engine, engine, fetched, text
from quality.campaigns.frame.kept import PORTRAIT, read, write

MOST_PLATFORMS, MOST_CATEGORIES, MOST_SHOPS = 12, 20, 10  # that are named; the others stand together
STEPS = [digit * 10**power for power in range(10) for digit in (1, 2, 5)]  # each about twice the last
SHOP = "platform, coalesce(shop_id, shop_name)"
SHOWN_AT_ONCE = 32 << 20  # bytes of a frame that is looked through while somebody waits


class Bin(NamedTuple):
    """Listings from `low` on and below `high`; of the last `high` is None."""

    low: int
    high: int | None
    listings: int


class Shop(NamedTuple):
    name: str
    platform: str
    listings: int


class Portrait(NamedTuple):
    """`cells` holds the listings of each category (rows) on each platform (columns), both the largest first.

    Where there are more of either, the last row or column holds the others together, and its name is empty.
    """

    listings: int
    platforms: list[str]
    categories: list[str]
    cells: list[list[int]]
    prices: list[Bin]  # in fen
    unpriced: int
    sales: list[Bin]  # pieces a month
    without_sales: int
    shops: int
    largest: list[Shop]
    of_largest: int  # their listings together
    half: int  # so many shops, the largest, hold half of all listings that name a shop
    of_shops: int  # listings that name a shop
    same_address: int  # whose address another before them has
    same_title: int  # that have shop and title in common with another before them


def portrait_of(frame: Path) -> Portrait:
    """The one that is kept, or a new one, which is kept from now on."""
    return kept_portrait(frame) or _portray(frame)


def kept_portrait(frame: Path) -> Portrait | None:
    told = read(frame, PORTRAIT)
    return _read(told) if told else None


def shown_portrait(frame: Path) -> Portrait | None:
    """None where it is yet to be worked out, and too large for whoever waits for a page."""
    is_small = frame.is_file() and frame.stat().st_size <= SHOWN_AT_ONCE
    return portrait_of(frame) if is_small else kept_portrait(frame)


def portray_one(frames: Path) -> bool:
    """Work out one that is missing in a folder of frames; whether there was one."""
    missing = (each for each in sorted(frames.glob("*.parquet")) if not read(each, PORTRAIT))
    frame = next(missing, None)
    if frame is not None:
        _portray(frame)
    return frame is not None


def _read(told: dict[str, Any]) -> Portrait:
    return Portrait(**told)._replace(
        prices=[Bin(*each) for each in told["prices"]],
        sales=[Bin(*each) for each in told["sales"]],
        largest=[Shop(*each) for each in told["largest"]],
    )


def _portray(frame: Path) -> Portrait:
    with engine(frame) as opened:
        opened.con.execute(f"CREATE VIEW frame AS FROM read_parquet({text(opened.source)})")
        opened.con.execute("SELECT category, platform, count(*) FROM frame GROUP BY ALL")
        counted = {(str(category), str(platform)): int(str(n)) for category, platform, n in fetched(opened.con)}
        platforms = _names(((platform, n) for (_category, platform), n in counted.items()), MOST_PLATFORMS)
        categories = _names(((category, n) for (category, _platform), n in counted.items()), MOST_CATEGORIES)
        listings = sum(counted.values())
        prices, sales = _bins(opened, "price_fen", 100), _bins(opened, "monthly_sales", 1)
        shops, of_shops, half = _shares(opened)
        largest = _largest(opened)
        found = Portrait(
            listings=listings,
            platforms=platforms,
            categories=categories,
            cells=_cells(counted, categories, platforms),
            prices=prices,
            unpriced=listings - sum(each.listings for each in prices),
            sales=sales,
            without_sales=listings - sum(each.listings for each in sales),
            shops=shops,
            largest=largest,
            of_largest=sum(each.listings for each in largest),
            half=half,
            of_shops=of_shops,
            same_address=_repeated(opened, "url"),
            same_title=_repeated(opened, "platform", "coalesce(shop_id, shop_name)", "title"),
        )
    write(frame, PORTRAIT, found._asdict())
    return found


def _names(counted: Iterable[tuple[str, int]], most: int) -> list[str]:
    """The largest, and "" for all others together, where there are more."""
    sums: dict[str, int] = {}
    for name, n in counted:
        sums[name] = sums.get(name, 0) + n
    names = sorted(sums, key=lambda name: (-sums[name], name))
    return [*names[:most], ""] if len(names) > most else names


def _cells(counted: dict[tuple[str, str], int], categories: Sequence[str], platforms: Sequence[str]) -> list[list[int]]:
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (categories, platforms))
    cells = [[0] * len(platforms) for _category in categories]
    for (category, platform), n in counted.items():
        cells[rows.get(category, len(rows) - 1)][columns.get(platform, len(columns) - 1)] += n
    return cells


def _bins(opened: Engine, column: str, unit: int) -> list[Bin]:
    """By steps of 1, 2, 5, 10 units and so on, from the first that holds a listing to the last."""
    opened.con.execute(f"SELECT {column}, count(*) FROM frame WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY ALL")
    edges = [0, *(step * unit for step in STEPS)]
    counts, place = [0] * len(edges), 0
    for value, n in fetched(opened.con):
        while place + 1 < len(edges) and edges[place + 1] <= int(str(value)):
            place += 1
        counts[place] += int(str(n))
    bins = [Bin(low, high, n) for low, high, n in zip(edges, [*edges[1:], None], counts, strict=True)]
    filled = [place for place, each in enumerate(bins) if each.listings]
    return bins[filled[0] : filled[-1] + 1] if filled else []


def _shares(opened: Engine) -> tuple[int, int, int]:
    """How many shops, their listings, and how many of the largest hold half of these."""
    opened.con.execute(
        "SELECT n, count(*) AS shops FROM (SELECT count(*) AS n FROM frame "
        f"WHERE coalesce(shop_id, shop_name) IS NOT NULL GROUP BY {SHOP}) GROUP BY n ORDER BY n DESC"
    )
    sizes = [(int(str(n)), int(str(shops))) for n, shops in fetched(opened.con)]
    listings = sum(n * shops for n, shops in sizes)
    half, missing = 0, (listings + 1) // 2
    for n, shops in sizes:
        needed = min(shops, -(-missing // n)) if missing > 0 else 0
        half, missing = half + needed, missing - needed * n
    return sum(shops for _n, shops in sizes), listings, half


def _largest(opened: Engine) -> list[Shop]:
    opened.con.execute(
        "SELECT coalesce(min(shop_name), min(shop_id)), platform, count(*) AS n FROM frame "
        f"WHERE coalesce(shop_id, shop_name) IS NOT NULL GROUP BY {SHOP} ORDER BY n DESC, 1, 2 LIMIT {MOST_SHOPS}"
    )
    return [Shop(*row) for row in fetched(opened.con)]  # type: ignore[arg-type]


def _repeated(opened: Engine, *columns: str) -> int:
    """Listings that have all of these in common with another one, but for the first of each."""
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    asked = f"SELECT count(*) - count(DISTINCT hash({', '.join(columns)})) FROM frame WHERE {filled}"
    return int(opened.con.execute(asked).fetchall()[0][0])
