"""1,000,000 new listings against 100,000 fingerprints, against DuckDB's bare join of the same two Parquet files.

The floor lays beside each listing what was taken down with the same number, barcode, shop or picture, with the title,
price and picture of both, which whoever compares them must read. It folds nothing, finds no picture that differs by a
bit, compares no title, ranks nothing and fetches nothing.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from quality.campaigns.frame.engine import engine
from quality.radar.matching import Traits, traits_of
from quality.radar.sweeping import Known, lay_out, sweep
from tests.benchmarks.measure import Row, in_turn

LISTINGS, TAKEN_DOWN, SHOPS = 1_000_000, 100_000, 100_000
PLATFORMS = {"棠梨商城": 1, "青禾集市": 2, "竹里优品": 3, "海棠优选": 4}
SIGNS = (
    "小满云朵青禾棠梨儿童益智磁力棒积木拼图早教玩具大颗粒木质宝宝男孩女孩礼物套装正品包邮新款升级加厚环保无毒安全彩色"
    "创意手工拼装轨道车恐龙公主城堡工程车挖掘机"
)
FROZEN = datetime(2026, 9, 1, 4, tzinfo=UTC)
# Ten listings a shop, of words that shops of one trade share. In two fifths of the shops something was taken down.
FRAME = f"""
    SELECT 'L' || i AS listing_id, {list(PLATFORMS)}[1 + (shop % 4)::INT] AS platform, '儿童玩具' AS category,
        'S' || shop AS shop_id, '91' || lpad((shop * 7)::VARCHAR, 16, '0') AS shop_uscc, '店铺' || shop AS shop_name,
        list_aggregate([substr('{SIGNS}', 1 + (hash(i * 31 + k) % 60)::INT, 2) || if(k % 4 = 3, ' ', '')
            for k in range(12)], 'string_agg', '') AS title,
        (500 + hash('d' || i) % 20000)::BIGINT AS price_fen,
        '69' || lpad((hash('c' || i) % 3000000)::VARCHAR, 11, '0') AS barcode,
        lower(lpad(to_hex(hash('q' || i)), 16, '0')) AS picture_hash
    FROM (SELECT i, hash(i + 3) % {SHOPS} AS shop FROM range({LISTINGS}) AS t(i))
"""
# Of fifty, one is back as it was, and one under another number; in its shop the others' place is taken by other goods.
DOWN = f"""
    SELECT * REPLACE (
        if(place % 50 = 0, listing_id, 'X' || place) AS listing_id, if(place % 50 < 2, title, reverse(title)) AS title,
        if(place % 50 < 2, barcode, '69' || lpad((hash('b' || place) % 3000000)::VARCHAR, 11, '0')) AS barcode,
        if(place % 50 < 2, picture_hash, lower(lpad(to_hex(hash('p' || place)), 16, '0'))) AS picture_hash)
    FROM (SELECT row_number() OVER () AS place, * FROM read_parquet('{{frame}}')
          WHERE substr(shop_id, 2)::INT < {SHOPS} * 2 // 5 LIMIT {TAKEN_DOWN})
"""
BESIDE = (
    "frame.listing_id, frame.title, frame.price_fen, frame.picture_hash, "
    "down.item, down.title AS title_then, down.price_fen AS price_then, down.picture"
)
SAME = (
    "frame.listing_id = down.listing_id",
    "TRY_CAST(frame.barcode AS UBIGINT) = down.barcode",
    "frame.shop_uscc = down.shop_code",
    "TRY_CAST('0x' || frame.picture_hash AS UBIGINT) = down.picture",
)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="relistings-") as folder:
        frame, fingerprints = Path(folder) / "frame.parquet", Path(folder) / "fingerprints.parquet"
        known = made(frame, fingerprints)
        found: list[int] = []

        def ours() -> None:
            seen = sweep(frame, fingerprints, PLATFORMS, known, imported_at=FROZEN)
            found.append(len(seen.found))

        def bare() -> None:
            with engine(frame, fingerprints) as opened:
                sides = f"read_parquet('{opened.source}') AS frame JOIN read_parquet('{fingerprints}') AS down"
                joins = " UNION ALL ".join(f"SELECT {BESIDE} FROM {sides} ON {same}" for same in SAME)
                opened.con.execute(f"CREATE TABLE beside AS {joins}")

        seconds, theirs, ratio = in_turn(ours, bare, rounds=3)
        assert min(found) >= TAKEN_DOWN // 25, "what is back is found"
    what = f"radar: {LISTINGS:,} new listings against {TAKEN_DOWN:,} fingerprints"
    floor = "DuckDB's bare join: same number, barcode, shop or picture, both titles, prices and pictures beside"
    return [Row(what, floor, "none", seconds, theirs, ratio, 3)]


def made(frame: Path, fingerprints: Path) -> dict[int, Traits]:
    """Both files; the traits of what was taken down, by item."""
    with duckdb.connect(":memory:", config={"threads": "2"}) as con:
        con.execute(f"COPY ({FRAME}) TO '{frame}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
        asked = con.execute(DOWN.format(frame=frame))
        columns = [column[0] for column in asked.description or ()]
        listings: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in asked.fetchall()]
    before = FROZEN - timedelta(days=1)
    known = [Known(each["place"], traits_of(each, PLATFORMS[each["platform"]]), before) for each in listings]
    lay_out(known, fingerprints)
    return {each.item: each.traits for each in known}


if __name__ == "__main__":
    from tests.benchmarks.measure import as_markdown

    print(as_markdown(rows()))
