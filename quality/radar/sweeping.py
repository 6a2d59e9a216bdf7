"""Comparing a frozen frame with all fingerprints of an agency: in DuckDB, Parquet on both sides.

A join by equal keys for each way in which a listing can be known again brings pairs of a row and a fingerprint; of one
shop, only those whose titles or pictures can be the same. Of these pairs all signs are looked at, and of each row the
surest is kept. A title is compared twice: by 64 bits that stand for its pairs of signs, which is quick and lets too
much through, and then exactly.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from quality.campaigns.frame.engine import Engine, engine, fetched, name, text
from quality.campaigns.frame.headings import KEPT
from quality.likeness.frames import bare, columns_of
from quality.likeness.matching import Why
from quality.radar.matching import (
    BITS,
    PICTURE_BITS,
    PLAIN_BITS,
    PRICE_PERCENT,
    RULES,
    TITLE_TENTHS,
    Again,
    Traits,
    again,
    traits_of,
)

MOST = 10_000  # hits of one frame and agency that are kept: the surest of them
MOST_OF_ONE = 200  # of one listing that was taken down
LOW, HIGH = PRICE_PERCENT
# Cut into so many parts, two pictures that differ by `PICTURE_BITS` at most have one part in common.
PARTS = PICTURE_BITS + 1
WIDTH = BITS // PARTS
SIEVE_BITS = 127  # a prime, and all that a number has but for its sign

COLUMNS = {  # of a fingerprint as it is laid beside the frame
    "item": "BIGINT", "platform": "BIGINT", "listing_id": "VARCHAR", "barcode": "VARCHAR", "shop_code": "VARCHAR",
    "shop_id": "VARCHAR", "title": "VARCHAR", "price_fen": "BIGINT", "picture": "UBIGINT", "verified_at": "TIMESTAMPTZ",
}  # fmt: skip


class Known(NamedTuple):
    """One that was taken down."""

    item: int
    traits: Traits
    verified_at: datetime


class Passed(NamedTuple):
    """A listing that is no news: it is being seen to, or somebody has said what it is. Of `item`: of that one only."""

    platform: int
    listing_id: str
    item: int | None


class Found(NamedTuple):
    item: int
    platform: int
    listing: dict[str, Any]
    again: Again


class Sweep(NamedTuple):
    found: list[Found]  # the surest first
    left_out: int
    compared: int


def lay_out(known: Sequence[Known], file: Path) -> None:
    """The fingerprints as Parquet, with what a title is compared by."""
    import duckdb  # noqa: PLC0415 - as in campaigns/frame/engine.py

    rows = [(each.item, *each.traits[:2], each.traits.barcode, *each.traits[3:], each.verified_at) for each in known]
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _column in COLUMNS]
    listed = ", ".join(f"unnest(?::{kind}[]) AS {column}" for column, kind in COLUMNS.items())
    with duckdb.connect(":memory:") as con:
        con.execute(
            f"COPY (SELECT * REPLACE (TRY_CAST(barcode AS UBIGINT) AS barcode), "
            f"{sieve('title')}::VARCHAR AS sieve, length(title) AS long "
            f"FROM (SELECT {listed})) TO {text(file)} (FORMAT parquet)",
            values,
        )


def sweep(
    frame: Path,
    fingerprints: Path,
    platforms: Mapping[str, int],
    known: Mapping[int, Traits],
    *,
    imported_at: datetime,
    passed: Collection[Passed] = (),
) -> Sweep:
    """What of a frozen frame is on sale again, of what was taken down before the frame was imported.

    `fingerprints` is what `lay_out` made of those `known`, by their items; `platforms` are their ids by what frames
    call them. What the query brings is judged once more by `again`, which says why.
    """
    with engine(frame, fingerprints) as opened:
        compared = prepare(opened, fingerprints, platforms, imported_at, passed)
        pair_up(opened, set(columns_of(opened)))
        found, many = list[Found](), 0
        for item, platform, many, listing in surest(opened):  # noqa: B007 - it is the same in each
            if match := again(known[item], traits_of(listing, platform)):
                found.append(Found(item, platform, listing, match))
    return Sweep(found, max(0, many - len(found)), compared)


def prepare(
    opened: Engine,
    fingerprints: Path,
    platforms: Mapping[str, int],
    imported_at: datetime,
    passed: Collection[Passed],
) -> int:
    """Tables of what was taken down in time, of the platforms, and of what is no news. How many fingerprints."""
    opened.con.execute(
        "CREATE TABLE down AS SELECT * REPLACE (sieve::HUGEINT AS sieve) "  # Parquet has no such numbers
        f"FROM read_parquet({text(fingerprints.resolve())}) WHERE verified_at < ?",
        [imported_at],
    )
    opened.con.execute(
        "CREATE TABLE house AS SELECT unnest(?::VARCHAR[]) AS word, unnest(?::BIGINT[]) AS platform",
        [list(platforms), list(platforms.values())],
    )
    rows = list(zip(*passed, strict=True)) or [(), (), ()]
    opened.con.execute(
        "CREATE TABLE passed AS SELECT unnest(?::BIGINT[]) AS platform, unnest(?::VARCHAR[]) AS listing_id, "
        "unnest(?::BIGINT[]) AS item",
        [list(column) for column in rows],
    )
    return int(opened.con.execute("SELECT count(*) FROM down").fetchall()[0][0])


def pairs(title: str) -> str:
    """SQL for the pairs of signs that stand beside each other in a folded title."""
    signs = f"list_zip(string_split({title}, ''), string_split({title}[2:], ''), true)"
    return f"if(length({title}) < 2, [], list_distinct({signs}))"


def sieve(title: str) -> str:
    """SQL for bits, of which each pair of signs of a folded title sets one. Two pairs may set the same."""
    codes = f"list_transform(string_split({title}, ''), lambda sign: unicode(sign))"
    bit = f"1::HUGEINT << ((31 * pair[1] + pair[2]) % {SIEVE_BITS})"
    bits = f"list_transform(list_zip({codes}, {codes}[2:], true), lambda pair: {bit})"
    return f"coalesce(list_bit_or({bits}), 0)::HUGEINT"


def part(picture: str, at: int) -> str:
    return f"(({picture} >> {WIDTH * at}) & {2**WIDTH - 1})"


def is_one_picture(one: str, other: str) -> str:
    return f"coalesce(bit_count(xor({one}, {other})) <= {PICTURE_BITS}, false)"


def is_plain(picture: str) -> str:
    return f"bit_count({picture}) NOT BETWEEN {PLAIN_BITS} AND {BITS - PLAIN_BITS}"


def may_be_one_title(one: str, other: str) -> str:
    """Never false where the rule holds: a bit that only one of them has set stands for a pair that only it has, and of
    those there may be as many as the rule leaves."""
    long = f"({one}.long + {other}.long)"
    return f"10 * bit_count(xor({one}.sieve, {other}.sieve))::INT <= {10 - TITLE_TENTHS} * {long}"


def pair_up(opened: Engine, there: set[str]) -> None:
    """Table `pair`: which row of the frame may be which of those that were taken down."""

    def cell(column: str) -> str:
        return f"frame.{name(column)}" if column in there else "NULL"

    frame = f"read_parquet('{opened.source}', file_row_number = true) AS frame"
    opened.con.execute(f"""
        CREATE VIEW there AS
        SELECT frame.file_row_number AS row, house.platform, frame.listing_id,
            coalesce(TRY_CAST({cell("barcode")} AS UBIGINT), TRY_CAST({bare(cell("barcode"))} AS UBIGINT)) AS barcode,
            coalesce({cell("shop_uscc")}, '') AS shop_code, trim(coalesce({cell("shop_id")}, '')) AS shop_id,
            coalesce({cell("title")}, '') AS title, {cell("price_fen")} AS price_fen,
            TRY_CAST('0x' || {cell("picture_hash")} AS UBIGINT) AS picture
        FROM {frame} JOIN house ON house.word = frame.platform
    """)
    opened.con.execute("""
        CREATE TABLE of_one_shop AS
        SELECT row, item FROM there JOIN down USING (shop_code) WHERE shop_code <> ''
        UNION ALL
        SELECT row, item FROM there JOIN down USING (platform, shop_id)
        WHERE shop_id <> '' AND (there.shop_code = '' OR there.shop_code <> down.shop_code)
    """)
    one_picture = " UNION ALL ".join(
        f"SELECT row, item FROM drawn JOIN down ON {part('drawn.picture', at)} = {part('down.picture', at)} "
        f"AND {is_one_picture('drawn.picture', 'down.picture')}"
        for at in range(PARTS)
    )
    opened.con.execute(f"""
        CREATE TABLE pair AS
        WITH titled AS (
            SELECT row, {sieve("folded")} AS sieve, length(folded) AS long FROM (
                SELECT row, {bare("title")} AS folded FROM there WHERE row IN (SELECT row FROM of_one_shop))
        ), drawn AS MATERIALIZED (SELECT row, picture FROM there WHERE picture IS NOT NULL)
        SELECT row, item FROM of_one_shop JOIN titled USING (row) JOIN down USING (item)
        WHERE {may_be_one_title("titled", "down")}
        UNION ALL
        SELECT row, item FROM there JOIN down USING (platform, listing_id)
        UNION ALL
        SELECT row, item FROM there JOIN down USING (barcode)
        UNION ALL {one_picture}
    """)


def surest(opened: Engine) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
    """(item, platform, how many rows there are in all, the listing without what is empty), the surest first.

    Of each row one, the last that was taken down of those it is surest to be. What is certain by its number or its
    barcode needs no title: `again` will say whether it is the same as well.
    """
    signs = {
        Why.LISTING_ID: "there.platform = down.platform AND there.listing_id = down.listing_id",
        Why.BARCODE: "coalesce(there.barcode = down.barcode, false)",
        Why.SHOP_CODE: "there.shop_code <> '' AND there.shop_code = down.shop_code",
        Why.SHOP_ID: "there.shop_id <> '' AND there.platform = down.platform AND there.shop_id = down.shop_id",
        Why.PICTURE: f"{is_one_picture('there.picture', 'down.picture')} AND NOT {is_plain('there.picture')}",
        Why.PRICE: f"coalesce(100 * there.price_fen BETWEEN {LOW} * down.price_fen AND {HIGH} * down.price_fen, false)",
    }
    title = (
        "len(theirs) > 0 AND len(ours) > 0 AND 20 * len(list_intersect(theirs, ours)) "
        f">= {TITLE_TENTHS} * (len(theirs) + len(ours))"
    )
    cases = " ".join(
        f"WHEN {' AND '.join('(' + ' OR '.join(map(by, group)) + ')' for group in rule.needs)} THEN {rank}"
        for rank, rule in enumerate(RULES)
    )
    shown = ", ".join(f"{name(column)} := frame.{name(column)}" for column in KEPT if column in columns_of(opened))
    opened.con.execute(f"""
        WITH looked_at AS MATERIALIZED (
            SELECT row, there.platform, there.listing_id, there.title, item, verified_at,
                down.title AS title_then,
                {", ".join(f"{condition} AS {by(sign)}" for sign, condition in signs.items())}
            FROM (SELECT DISTINCT row, item FROM pair) AS pair JOIN down USING (item) JOIN there USING (row)
        ), read AS MATERIALIZED (
            SELECT row, item, {pairs(bare("title"))} AS theirs, {pairs("title_then")} AS ours FROM looked_at
            WHERE NOT {by(Why.LISTING_ID)} AND NOT {by(Why.BARCODE)}
        ), compared AS (
            SELECT looked_at.*, coalesce({title}, false) AS {by(Why.TITLE)}
            FROM looked_at LEFT JOIN read USING (row, item)
        ), ranked AS (
            SELECT row, platform, item, verified_at, CASE {cases} END AS rank FROM compared
            WHERE NOT EXISTS (
                FROM passed WHERE passed.platform = compared.platform AND passed.listing_id = compared.listing_id
                AND (passed.item IS NULL OR (passed.item = compared.item AND NOT {by(Why.LISTING_ID)})))
        ), best AS (
            SELECT *, count(*) OVER () AS many FROM (
                SELECT * FROM ranked WHERE rank IS NOT NULL
                QUALIFY row_number() OVER (PARTITION BY row ORDER BY rank, verified_at DESC, item) = 1)
            QUALIFY row_number() OVER (PARTITION BY item ORDER BY rank, row) <= {MOST_OF_ONE}
            ORDER BY rank, row LIMIT {MOST}
        )
        SELECT item, best.platform, many, to_json(struct_pack({shown})) AS listing
        FROM best JOIN read_parquet('{opened.source}', file_row_number = true) AS frame
            ON frame.file_row_number = best.row
        ORDER BY rank, row
    """)
    for item, platform, many, row in fetched(opened.con):
        listing = {column: said for column, said in json.loads(str(row)).items() if said not in (None, "")}
        yield int(str(item)), int(str(platform)), int(str(many)), listing


def by(sign: Why) -> str:
    return f"by_{sign}"
