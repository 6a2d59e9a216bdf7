"""Looking through a frozen frame for what is like tested listings: in DuckDB, over all findings at once.

First every different word of the compared columns is folded once, and only those are kept that a tested listing has
too; then the rows with such words are joined with the tested ones, a join by equal keys for each reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from quality.campaigns.frame.engine import Engine, engine, fetched, name, text
from quality.campaigns.frame.headings import KEPT
from quality.likeness.matching import NOTHING, SUFFIX, Keys, Match, alike, folded, keys_of
from quality.purchases.barcodes import FORM, FULL

MOST = 500  # listings of one frame that one finding brings: the surest of them
COLUMNS = {  # what is compared, by the key that it gives
    "barcode": "barcode", "brand": "brand", "model": "model", "producer": "producer_name", "category": "category",
    "shop_code": "shop_uscc", "shop_name": "shop_name",
}  # fmt: skip
# Signs that DuckDB folds as Python does: most tables have no others. Words that have are folded by Python.
COMMON = r"[\x{20}-\x{7e}\x{b7}\x{3000}-\x{3003}\x{3008}-\x{3011}\x{4e00}-\x{9fd5}\x{ff01}-\x{ff5e}]*"
WIDE, NARROW = ("".join(map(chr, range(*ends))) for ends in ((0xFF01, 0xFF5F), (0x21, 0x7F)))


def bare(cell: str) -> str:
    """SQL for what `folded` leaves of a cell whose signs are all common ones, but for what means nothing."""
    half_width = f"if(regexp_matches({cell}, '[！-～]'), translate({cell}, {text(WIDE)}, {text(NARROW)}), {cell})"
    return rf"regexp_replace(lower({half_width}), '[^\p{{L}}\p{{N}}]+', '', 'g')"


HITS = """
    SELECT 0 AS rank, finding, listing_id, there.platform FROM there JOIN tested USING (barcode) WHERE barcode <> ''
    UNION ALL
    SELECT if(there.producer = '' OR tested.producer = '', 3, 1), finding, listing_id, there.platform
    FROM there JOIN tested USING (brand, model) WHERE brand <> '' AND model <> ''
        AND (there.producer = tested.producer OR there.producer = '' OR tested.producer = '')
    UNION ALL
    SELECT 2, finding, listing_id, there.platform
    FROM there JOIN tested USING (shop_code, category) WHERE shop_code <> '' AND category <> ''
    UNION ALL
    SELECT 2, finding, listing_id, platform
    FROM there JOIN tested USING (platform, shop_id, category) WHERE shop_id <> '' AND category <> ''
    UNION ALL
    SELECT 4, finding, listing_id, there.platform
    FROM there JOIN tested USING (shop_name, category) WHERE shop_name <> '' AND category <> ''
"""


class Sought(NamedTuple):
    """What a finding is about, and by what others are compared with it."""

    finding: int
    listing_id: str
    keys: Keys


class Found(NamedTuple):
    """A listing that is like a tested one, as its frame has it."""

    finding: int
    platform: int
    listing: dict[str, Any]
    match: Match


class Seen(NamedTuple):
    found: list[Found]
    left_out: dict[int, int]  # by finding: how many more there were than are kept


def look_through(frame: Path, tested: Sequence[Sought], platforms: Mapping[str, int]) -> Seen:
    """What of a frozen frame is like what was tested. `platforms` are their ids by what frames call them.

    A tested listing is not like itself. What the query brings is judged once more by `alike`, which says why.
    """
    keys, found, left_out = {each.finding: each.keys for each in tested}, list[Found](), dict[int, int]()
    with engine(frame) as opened:
        there = set(columns_of(opened))
        prepare(opened, tested, platforms)
        keep_words(opened, tested, [column for column in COLUMNS.values() if column in there])
        for finding, platform, many, listing in hits(opened, there):
            left_out[finding] = max(0, many - MOST)
            if match := alike(keys[finding], keys_of(listing, platform)):
                found.append(Found(finding, platform, listing, match))
    return Seen(found, left_out)


def columns_of(opened: Engine) -> list[str]:
    opened.con.execute(f"SELECT name FROM parquet_schema('{opened.source}') WHERE num_children IS NULL")
    return [str(row[0]) for row in fetched(opened.con)]


def prepare(opened: Engine, tested: Sequence[Sought], platforms: Mapping[str, int]) -> None:
    """Tables of what was tested, and of the platforms."""
    opened.con.execute(
        "CREATE TABLE house AS SELECT unnest(?::VARCHAR[]) AS word, unnest(?::BIGINT[]) AS platform",
        [list(platforms), list(platforms.values())],
    )
    columns = {"finding": "BIGINT", "tested_id": "VARCHAR"} | dict.fromkeys(Keys._fields, "VARCHAR")
    columns["platform"] = "BIGINT"
    rows = [(each.finding, each.listing_id, *each.keys) for each in tested]
    listed = ", ".join(f"unnest(?::{kind}[]) AS {column}" for column, kind in columns.items())
    opened.con.execute(f"CREATE TABLE tested AS SELECT {listed}", [list(values) for values in zip(*rows, strict=True)])


def keep_words(opened: Engine, tested: Sequence[Sought], columns: Sequence[str]) -> None:
    """Table `word`: of the frame's words those that mean what a tested listing says, or nothing."""
    said = ", ".join(map(name, columns))
    words = f"SELECT DISTINCT said FROM (SELECT unnest([{said}]) AS said FROM read_parquet('{opened.source}'))"
    opened.con.execute(f"CREATE TABLE different AS {words} WHERE said IS NOT NULL")
    opened.con.execute(f"SELECT said FROM different WHERE NOT regexp_full_match(said, {text(COMMON)})")
    odd = [str(row[0]) for row in fetched(opened.con)]
    wanted = {key for each in tested for key in each.keys if isinstance(key, str)} | NOTHING | {""}
    opened.con.execute(
        f"""
        CREATE TABLE word AS
        WITH means AS (
            SELECT said, {bare("said")} AS bare FROM different WHERE regexp_full_match(said, {text(COMMON)})
            UNION ALL SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])
        ), read AS (
            SELECT said, bare, coalesce(nullif(regexp_replace(bare, {text(SUFFIX)}, ''), ''), bare) AS company,
                if(regexp_full_match(bare, '{FORM}'), lpad(bare, {FULL}, '0'), '') AS gtin FROM means
        ), wanted AS (SELECT unnest(?::VARCHAR[]) AS key)
        SELECT said, if(list_contains(?, bare), '', bare) AS bare,
            if(list_contains(?, bare), '', company) AS company, gtin
        FROM read WHERE bare IN (FROM wanted) OR company IN (FROM wanted) OR (gtin <> '' AND gtin IN (FROM wanted))
        """,
        [odd, list(map(folded, odd)), list(wanted), list(NOTHING), list(NOTHING)],
    )


def as_keys(opened: Engine, there: set[str], also: str = "") -> str:
    """SQL for the frame's rows by what they are compared by, after `keep_words`; `also` are columns of it besides."""
    given = {key: column for key, column in COLUMNS.items() if column in there}
    reads = {"barcode": "gtin", "producer": "company"}
    keys = ", ".join(
        # a word that was not kept is somebody else's; a cell without one says nothing
        f"if(frame.{name(given[key])} IS NULL, '', word_{key}.{reads.get(key, 'bare')}) AS {key}"
        if key in given
        else f"'' AS {key}"
        for key in COLUMNS
    )
    joined = " ".join(
        f"LEFT JOIN word AS word_{key} ON word_{key}.said = frame.{name(column)}" for key, column in given.items()
    )
    shop = "coalesce(trim(frame.shop_id), '')" if "shop_id" in there else "''"
    return (
        f"SELECT frame.listing_id, house.platform, {shop} AS shop_id, {keys}{also} "
        f"FROM read_parquet('{opened.source}') AS frame JOIN house ON house.word = frame.platform {joined}"
    )


def hits(opened: Engine, there: set[str]) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
    """(finding, platform, how many the finding has here, the listing without what is empty), the likeliest first."""
    shown = ", ".join(f"{name(column)} := frame.{name(column)}" for column in KEPT if column in there)
    opened.con.execute(f"""
        WITH there AS MATERIALIZED (
            {as_keys(opened, there)}
        ), hit AS ({HITS}), best AS (
            SELECT finding, listing_id, any_value(platform) AS platform, min(rank) AS rank,
                count(*) OVER (PARTITION BY finding) AS many
            FROM hit WHERE NOT EXISTS (
                FROM tested WHERE tested.finding = hit.finding AND tested.tested_id = hit.listing_id)
            GROUP BY finding, listing_id
            QUALIFY row_number() OVER (PARTITION BY finding ORDER BY min(rank), listing_id) <= {MOST}
        )
        SELECT finding, best.platform, many, to_json(struct_pack({shown})) AS listing
        FROM best JOIN read_parquet('{opened.source}') AS frame USING (listing_id)
        ORDER BY finding, rank, listing_id
    """)
    for finding, platform, many, row in fetched(opened.con):
        listing = {column: said for column, said in json.loads(str(row)).items() if said not in (None, "")}
        yield int(str(finding)), int(str(platform)), int(str(many)), listing
