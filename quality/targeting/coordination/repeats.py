"""Which listings of a frame repeat what was sampled: in DuckDB, over all of both at once.

The words of the frame are read as the search for alike products reads them (likeness/frames.py), so that a product is
the same here as there. Then a join by equal keys for each way to be the same; of each listing the first reason is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.frame.engine import Engine, engine, fetched, name
from quality.campaigns.frame.layered import keep_layer
from quality.likeness.frames import Sought, as_keys, bare, columns_of, keep_words, prepare
from quality.likeness.matching import Keys, product_reason
from quality.targeting.coordination.noting import STANDARD
from quality.targeting.coordination.rules import Reason

MOST_FOUND = 100  # campaigns by which listings are left out, that are told with their numbers
COMPARED = ("barcode", "brand", "model", "producer_name", "shop_uscc")
SAME = {  # how two can be the same: (listing_id, key) of those that are
    "listing": """
        SELECT there.listing_id, finding FROM there JOIN tested
        ON there.listing_id = tested.tested_id AND there.platform = tested.platform
    """,
    "product": """
        SELECT there.listing_id, finding FROM there JOIN tested USING (barcode) WHERE barcode <> ''
        UNION ALL
        SELECT there.listing_id, finding FROM there JOIN tested USING (brand, model) JOIN sampled USING (finding)
        WHERE brand <> '' AND model <> ''
            AND (there.standard = '' OR sampled.standard = '' OR there.standard = sampled.standard)
            AND CASE WHEN there.producer = '' OR tested.producer = ''
                THEN tested.barcode = '' OR there.barcode = '' ELSE there.producer = tested.producer END
    """,
    "shop": """
        SELECT there.listing_id, finding FROM there JOIN tested USING (shop_code) WHERE shop_code <> ''
        UNION ALL
        SELECT there.listing_id, finding FROM there JOIN tested USING (platform, shop_id) WHERE shop_id <> ''
    """,
}
RULES = {  # by which reason a listing is left out that is so the same
    Reason.SAME_LISTING: ["listing"],
    Reason.SAME_PRODUCT: ["product"],
    Reason.SAME_SHOP: ["shop"],
    Reason.CHOSEN: ["listing"],
    Reason.SUPERIOR: ["listing", "product"],
}


class Earlier(NamedTuple):
    """A drawn unit of another campaign, whose number is empty where its reader may not know it."""

    key: int
    listing_id: str
    keys: Keys
    standard: str
    sampled_on: date | None  # None: it was not bought
    campaign: str
    is_superior: bool = False
    is_chosen: bool = False  # a coordinator asked for no overlap with its campaign


class Wish(NamedTuple):
    """What is left out: by the months of each reason, on a day. `platforms` are their ids by what frames call them."""

    months: Mapping[Reason, int]
    on: date
    platforms: Mapping[str, int]


class Found(NamedTuple):
    """`sha256` is of the layer: listing_id, reason, until (the first day on which it may be drawn again), campaign.

    `counts` are listings by reason; `campaigns` (reason, campaign, listings), the most first.
    """

    sha256: str
    rows: int
    counts: Mapping[str, int]
    campaigns: list[tuple[str, str, int]]


def is_same_product(one: Keys, other: Keys, standards: tuple[str, str] = ("", "")) -> bool:
    """As the search for alike products has it; of another standard, where both say to which they are made, it is not.

    A barcode is one product's, whatever else is said.
    """
    if one.barcode and one.barcode == other.barcode:
        return True
    differ = all(standards) and standards[0] != standards[1]
    return not differ and product_reason(one, other) is not None


def left_out(frame: Path, earlier: Sequence[Earlier], wish: Wish) -> Found:
    """The layer of a frozen frame that leaves out what is not to be drawn again."""
    with engine(frame) as opened:
        compare(opened, earlier, wish)
        sha256 = keep_layer(opened, "FROM gone ORDER BY listing_id", frame.parent)
        opened.con.execute(
            "SELECT reason, campaign, count(*) n FROM gone GROUP BY ALL ORDER BY n DESC, reason, campaign"
        )
        found = [(str(reason), str(campaign), int(str(n))) for reason, campaign, n in fetched(opened.con)]
    counts = {
        reason.value: sum(n for each, _campaign, n in found if each == reason)
        for reason in Reason
        if any(each == reason for each, _campaign, _n in found)
    }
    return Found(sha256, sum(counts.values()), counts, found[:MOST_FOUND])


def how_many(file: Path, earlier: Sequence[Earlier], wish: Wish) -> int:
    """Of the listings of a file, how many are not to be drawn again."""
    with engine(file) as opened:
        compare(opened, earlier, wish)
        return int(opened.con.execute("SELECT count(*) FROM gone").fetchall()[0][0])


def compare(opened: Engine, earlier: Sequence[Earlier], wish: Wish) -> None:
    """Table `gone`: listing_id, reason, until, campaign, once for each listing that is to be left out."""
    if not earlier:
        opened.con.execute("CREATE TABLE gone (listing_id VARCHAR, reason VARCHAR, until DATE, campaign VARCHAR)")
        return
    there = set(columns_of(opened))
    sought = [Sought(each.key, each.listing_id, each.keys) for each in earlier]
    prepare(opened, sought, wish.platforms)
    keep_words(opened, sought, [column for column in COMPARED if column in there])
    ways = _say_when(opened, earlier, wish)
    hits = " UNION ALL ".join(f"SELECT listing_id, finding, '{way}' AS way FROM ({SAME[way]})" for way in sorted(ways))
    opened.con.execute(
        f"""
        CREATE TABLE gone AS
        WITH there AS MATERIALIZED ({as_keys(opened, there & {*COMPARED, "shop_id"}, _standard(there))}),
        hit AS ({hits}), ruled AS (
            SELECT hit.listing_id, rule.reason, rule.nth, sampled.campaign,
                CAST(sampled.sampled_on + to_months(rule.months) AS DATE) AS until
            FROM hit JOIN sampled USING (finding) JOIN rule ON rule.way = hit.way
                AND if(rule.months IS NULL, sampled.is_chosen, rule.is_superior = sampled.is_superior)
        )
        SELECT listing_id, reason, until, campaign FROM ruled WHERE until > ? OR reason = '{Reason.CHOSEN}'
        QUALIFY row_number() OVER (PARTITION BY listing_id ORDER BY nth, until DESC NULLS LAST, campaign DESC) = 1
        """,
        [wish.on],
    )


def _say_when(opened: Engine, earlier: Sequence[Earlier], wish: Wish) -> set[str]:
    """Tables of when each was sampled, and of the rules; the ways to be the same that any rule asks for."""
    opened.con.execute(
        "CREATE TABLE sampled AS SELECT unnest(?::BIGINT[]) AS finding, unnest(?::VARCHAR[]) AS standard, "
        "unnest(?::DATE[]) AS sampled_on, unnest(?::VARCHAR[]) AS campaign, unnest(?::BOOLEAN[]) AS is_superior, "
        "unnest(?::BOOLEAN[]) AS is_chosen",
        [
            [each.key for each in earlier],
            [each.standard for each in earlier],
            [each.sampled_on for each in earlier],
            [each.campaign for each in earlier],
            [each.is_superior for each in earlier],
            [each.is_chosen for each in earlier],
        ],
    )
    rows = [
        (way, reason.value, nth, wish.months.get(reason), reason is Reason.SUPERIOR)
        for nth, reason in enumerate(Reason)
        for way in RULES[reason]
        if reason in wish.months or (reason is Reason.CHOSEN and any(each.is_chosen for each in earlier))
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    opened.con.execute(
        "CREATE TABLE rule AS SELECT unnest(?::VARCHAR[]) AS way, unnest(?::VARCHAR[]) AS reason, "
        "unnest(?::INTEGER[]) AS nth, unnest(?::INTEGER[]) AS months, unnest(?::BOOLEAN[]) AS is_superior",
        columns,
    )
    return {way for way, *_more in rows} or {"listing"}


def _standard(there: set[str]) -> str:
    """Of the source's own columns; its words are folded as they are, for hardly any is written in odd signs."""
    column = next((name(each) for each in STANDARD if each in there), None)
    return f", if(frame.{column} IS NULL, '', {bare(f'frame.{column}')}) AS standard" if column else ", '' AS standard"
