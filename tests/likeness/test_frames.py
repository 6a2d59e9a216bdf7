"""What DuckDB finds in a frozen frame is what the rule says of each of its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.likeness import frames
from quality.likeness.frames import Sought, look_through
from quality.likeness.matching import Kind, alike, keys_of

PLATFORMS = {"棠梨商城": 1, "TL": 1, "青禾集市": 2}
WORDS = {  # as different people write them
    "barcode": ["", "9521234567899", "９５２1234-567899", "9521234567882", "9521234567890", "2012345678903", "无"],
    "brand": ["", "小满", "小 满", "ＸＭ", "xm", "—", "无", "Ⅹm", "ﬁx", "FIX"],
    "model": ["", "CL-64", "ｃｌ６４", "CL①", "CL1", "N/A"],
    "producer_name": ["", "童乐有限公司", "童乐股份有限公司", "童乐（集团）公司", "有限公司", "不详", "㈱童乐"],
    "category": ["玩具", "玩 具", "童装"],
    "shop_uscc": ["", "91110000600037341L", "91110000600037341l"],
    "shop_id": ["", "1", " 1 ", "2"],
    "shop_name": ["", "小满店", "小满 店", "別店", "無"],
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "platform": st.sampled_from(list(PLATFORMS)),
            **{name: st.sampled_from(words) for name, words in WORDS.items()},
        }
    ),
    min_size=1,
    max_size=40,
)


def frozen(rows: list[dict[str, Any]], file: Path) -> Path:
    columns = list(rows[0])
    with duckdb.connect(":memory:") as con:
        listed = ", ".join(f"unnest(?::VARCHAR[]) AS {name}" for name in columns)
        con.execute(f"CREATE TABLE kept AS SELECT {listed}", [[row[name] or None for row in rows] for name in columns])
        con.execute(f"COPY kept TO '{file}' (FORMAT parquet)")
    return file


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS)
def test_the_query_finds_what_the_rule_says_and_nothing_else(
    tmp_path: Path, here: list[dict[str, str]], others: list[dict[str, str]]
) -> None:
    rows = [{"listing_id": f"L{place}"} | row for place, row in enumerate(here)]
    tested = [
        Sought(place, f"L{place}", keys_of(row, PLATFORMS[row["platform"]])) for place, row in enumerate(others[:8])
    ]
    seen = look_through(frozen(rows, tmp_path / "frame.parquet"), tested, PLATFORMS)
    wanted = {
        (each.finding, row["listing_id"]): match
        for each in tested
        for row in rows
        if row["listing_id"] != each.listing_id
        and (match := alike(each.keys, keys_of(row, PLATFORMS[row["platform"]])))
    }
    assert {(each.finding, each.listing["listing_id"]): each.match for each in seen.found} == wanted
    assert all(each.platform == PLATFORMS[each.listing["platform"]] for each in seen.found)


def test_of_a_frame_with_too_many_the_surest_are_kept_and_the_rest_is_counted(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(frames, "MOST", 3)
    one = {"platform": "TL", "category": "玩具", "shop_name": "小满店"}
    rows = [{"listing_id": f"L{place}", **one, "barcode": ""} for place in range(5)]
    rows.append({"listing_id": "L9", **one, "barcode": "9521234567899"})
    tested = Sought(7, "T", keys_of({"category": "玩具", "shop_name": "小满店", "barcode": "9521234567899"}, 1))
    seen = look_through(frozen(rows, tmp_path / "frame.parquet"), [tested], PLATFORMS)
    assert [each.match.kind for each in seen.found] == [Kind.SAME_PRODUCT, Kind.SAME_SELLER, Kind.SAME_SELLER]
    assert seen.found[0].listing["listing_id"] == "L9"
    assert seen.left_out == {7: 3}


def test_a_frame_without_the_columns_and_of_platforms_that_nobody_knows_brings_nothing(tmp_path: Path) -> None:
    rows = [
        {"listing_id": "L1", "platform": "TL", "category": "玩具"},
        {"listing_id": "L2", "platform": "?", "category": "玩具"},
    ]
    tested = Sought(1, "T", keys_of({"category": "玩具", "shop_name": "小满店", "brand": "a", "model": "b"}, 1))
    assert look_through(frozen(rows, tmp_path / "frame.parquet"), [tested], PLATFORMS).found == []
