"""What DuckDB finds in a frozen frame is what the rule says of each of its rows, and of each row the surest."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.core.errors import Invalid
from quality.likeness.matching import Sure, Why
from quality.radar import sweeping
from quality.radar.matching import again, is_one_title, traits_of
from quality.radar.sweeping import Known, Passed, Sweep, lay_out, sweep

NOW = datetime(2026, 9, 1, 4, tzinfo=UTC)
PLATFORMS = {"棠梨商城": 1, "TL": 1, "青禾集市": 2}
WORDS: dict[str, list[Any]] = {  # as different people write them
    "listing_id": ["A", "B", "C", "a"],
    "barcode": ["", "9521234567899", "９５２1234-567899", "9521234567882", "2012345678903", "1e3", "无"],
    "shop_uscc": ["", "91110000600037341L", "92330108MA2B1X2Y3Z"],
    "shop_id": ["", "1", " 1 ", "2"],
    "title": ["", "磁", "小满磁力棒64件", "小满 磁力棒 ６４件 新款", "小满积木128件", "XM磁力棒", "xm 磁力棒!"],
    "price_fen": [None, 0, 70, 100, 130, 131],
    "picture_hash": [None, "f05a3bd1706b4c21", "f05a3bd1706b4c26", "f15b3ad1706b4c21", "0000000000000000"],
}
ROW = st.fixed_dictionaries(
    {"platform": st.sampled_from([*PLATFORMS, "?"]), **{name: st.sampled_from(said) for name, said in WORDS.items()}}
)
TYPES = {"price_fen": "BIGINT"}


def frozen(rows: list[dict[str, Any]], file: Path) -> Path:
    columns = list(rows[0])
    with duckdb.connect(":memory:") as con:
        listed = ", ".join(f"unnest(?::{TYPES.get(name, 'VARCHAR')}[]) AS {name}" for name in columns)
        values = [[row[name] if row[name] != "" else None for row in rows] for name in columns]
        con.execute(f"CREATE TABLE kept AS SELECT {listed}", values)
        con.execute(f"COPY kept TO '{file}' (FORMAT parquet)")
    return file


def known_of(rows: list[dict[str, Any]]) -> list[Known]:
    """Taken down one after the other, an hour each, the last an hour before `NOW`."""
    return [
        Known(at, traits_of(row, PLATFORMS[row["platform"]]), NOW - timedelta(hours=len(rows) - at))
        for at, row in enumerate(rows)
        if row["platform"] in PLATFORMS
    ]


def swept(rows: list[dict[str, Any]], known: list[Known], folder: Path, **changed: Any) -> Sweep:
    lay_out(known, folder / "down.parquet")
    frame = frozen(rows, folder / "frame.parquet")
    by_item = {each.item: each.traits for each in known}
    return sweep(frame, folder / "down.parquet", PLATFORMS, by_item, **({"imported_at": NOW} | changed))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=30), st.lists(ROW, min_size=1, max_size=6))
def test_the_query_finds_what_the_rule_says_of_each_row_and_nothing_else(
    tmp_path: Path, there: list[dict[str, Any]], down: list[dict[str, Any]]
) -> None:
    known = known_of(down)
    seen = swept(there, known, tmp_path)
    wanted = []
    for row in there:
        if row["platform"] in PLATFORMS:
            traits = traits_of(row, PLATFORMS[row["platform"]])
            held = [(match.rank, -each.item) for each in known if (match := again(each.traits, traits))]
            if held:
                rank, item = min(held)
                wanted.append((rank, -item, row["listing_id"]))
    assert sorted((each.again.rank, each.item, each.listing["listing_id"]) for each in seen.found) == sorted(wanted)
    assert seen.left_out == 0
    assert [each.again.rank for each in seen.found] == sorted(each.again.rank for each in seen.found)


def test_a_title_that_the_rule_takes_for_one_always_passes_the_sieve() -> None:
    drawn = random.Random(8)
    signs = "小满磁力棒木质积木拼图早教玩具儿童益智男孩女孩礼物套装0123456789abc"
    titles = []
    for _ in range(300):
        title = "".join(drawn.choices(signs, k=drawn.randint(2, 24)))
        cut = drawn.randrange(len(title))
        titles.append((title, title[:cut] + "".join(drawn.choices(signs, k=drawn.randint(0, 9))) + title[cut + 1 :]))
    with duckdb.connect(":memory:") as con:
        con.execute(
            "CREATE TABLE said AS SELECT unnest(?::VARCHAR[]) AS one, unnest(?::VARCHAR[]) AS other",
            [list(column) for column in zip(*titles, strict=True)],
        )
        sides = {name: f"{{'sieve': {sweeping.sieve(name)}, 'long': length({name})}}" for name in ("one", "other")}
        told = f"SELECT {sides['one']} AS a, {sides['other']} AS b FROM said"
        passed = con.execute(f"SELECT {sweeping.may_be_one_title('a', 'b')} FROM ({told})").fetchall()
    alike = [is_one_title(*pair) for pair in titles]
    assert 50 < sum(alike) < 250
    assert not [pair for pair, same, (through,) in zip(titles, alike, passed, strict=True) if same and not through]


ONE = {"platform": "TL", "listing_id": "A", "barcode": "9521234567899", "title": "小满磁力棒64件"}


def test_what_was_taken_down_after_the_frame_was_imported_is_no_hit(tmp_path: Path) -> None:
    [down] = known_of([ONE])
    late = swept([ONE], [down], tmp_path, imported_at=down.verified_at)
    assert (late.found, late.compared) == ([], 0)
    assert swept([ONE], [down], tmp_path).compared == 1


def test_what_is_being_seen_to_or_was_decided_is_no_news(tmp_path: Path) -> None:
    known = known_of([ONE])
    rows = [ONE, ONE | {"listing_id": "B"}, ONE | {"listing_id": "C"}]

    def left(*passed: Passed) -> list[str]:
        return [each.listing["listing_id"] for each in swept(rows, known, tmp_path, passed=passed).found]

    assert left() == ["A", "B", "C"]
    assert left(Passed(1, "B", None), Passed(2, "C", None)) == ["A", "C"]
    # That B is other goods was said of this item; of the listing itself it is asked again in every frame.
    assert left(Passed(1, "B", 0), Passed(1, "C", 7), Passed(1, "A", 0)) == ["A", "C"]


def test_of_too_many_the_surest_are_kept_and_the_rest_is_counted(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sweeping, "MOST", 2)
    rows = [ONE | {"listing_id": name} for name in "BCDA"]
    seen = swept(rows, known_of([ONE]), tmp_path)
    assert [each.listing["listing_id"] for each in seen.found] == ["A", "B"]
    assert seen.left_out == 2
    assert (seen.found[0].again.sure, seen.found[0].again.why[0]) == (Sure.CERTAIN, Why.LISTING_ID)


def test_a_frame_from_before_pictures_and_without_most_columns_is_compared_as_well(tmp_path: Path) -> None:
    bare = {"platform": "TL", "listing_id": "A"}
    [hit] = swept([bare, bare | {"listing_id": "B"}], known_of([ONE]), tmp_path).found
    assert (hit.platform, hit.item, json.dumps(hit.listing)) == (
        1,
        0,
        json.dumps({"listing_id": "A", "platform": "TL"}),
    )


def test_a_frame_that_is_gone_is_refused_by_name(tmp_path: Path) -> None:
    lay_out(known_of([ONE]), tmp_path / "down.parquet")
    with pytest.raises(Invalid):
        sweep(tmp_path / "none.parquet", tmp_path / "down.parquet", PLATFORMS, {}, imported_at=NOW)
