"""What repeats what was sampled: by product, shop and listing, each for its months, the same in SQL as in words."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.campaigns.frame.engine import text
from quality.campaigns.frame.layered import layer_file, layered, stored
from quality.clocks.rules import Certainty
from quality.likeness.matching import keys_of
from quality.targeting.coordination.noting import standard_of
from quality.targeting.coordination.repeats import COMPARED, Earlier, Wish, how_many, is_same_product, left_out
from quality.targeting.coordination.rules import OWN_RULES, Reason, every_rule, rules_on

R = Reason
PLATFORMS = {"棠梨商城": 1, "青禾集市": 2}
MONTHS = {R.SAME_LISTING: 6, R.SAME_PRODUCT: 6, R.SAME_SHOP: 1, R.SUPERIOR: 6}
TODAY = date(2026, 11, 27)
COLUMNS = ("listing_id", "platform", "category", *COMPARED, "shop_id", "执行标准")
MAGNET = {"barcode": "9521234567899", "brand": "小满", "model": "CL-64", "producer_name": "云州市童乐玩具厂"}


def frame_with(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "frame.parquet"
    shown = ", ".join(f'"{column}" VARCHAR' for column in COLUMNS)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({shown})")
        told = [{"platform": "棠梨商城", "category": "玩具"} | row for row in rows]
        con.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", [
            [row.get(column) for column in COLUMNS] for row in told
        ])  # fmt: skip
        con.execute(f"COPY t TO {text(file)} (FORMAT parquet)")
    return file


def sampled(key: int, on: date | None, said: dict[str, Any], listing: str = "", **also: Any) -> Earlier:
    platform = PLATFORMS[said.get("platform", "棠梨商城")]
    listing = listing or f"E{key}"
    return Earlier(key, listing, keys_of(said, platform), standard_of(said), on, also.pop("campaign", "C-1"), **also)


def wish(months: dict[Reason, int] | None = None, on: date = TODAY) -> Wish:
    return Wish({**(MONTHS if months is None else months)}, on, PLATFORMS)


def gone(frame: Path, earlier: list[Earlier], asked: Wish | None = None) -> dict[str, tuple[Any, ...]]:
    found = left_out(frame, earlier, asked or wish())
    with duckdb.connect() as con:
        rows = con.execute(f"FROM read_parquet({text(layer_file(frame.parent, found.sha256))})").fetchall()
    assert (len(rows), sum(found.counts.values())) == (found.rows, found.rows)
    return {str(row[0]): row[1:] for row in rows}


def test_the_months_are_data_with_their_source_and_how_sure_it_is() -> None:
    rules = rules_on(TODAY)
    assert {*rules} == {each for each in R if each is not R.CHOSEN}
    assert (rules["same_product"].months, rules["same_product"].certainty) == (6, Certainty.PARAM)
    assert rules["superior_authority"].certainty == Certainty.LAW
    assert all(str(rule.name) and str(rule.source) for rule in every_rule())
    assert rules_on(date(1999, 1, 1)) == {}


def test_the_query_finds_the_same_products_that_the_rule_says(tmp_path: Path) -> None:
    """Every mixture of what two can say, on both sides."""
    mixtures = product(
        ("9521234567899", "6901234567892", None),
        ("小满", "无品牌"),
        ("童乐玩具有限公司", "另一厂", None),
        ("GB 6675", "GB 9999", None),
    )
    said = [
        {"barcode": barcode, "brand": brand, "model": "CL-64", "producer_name": producer, "执行标准": standard}
        for barcode, brand, producer, standard in mixtures
    ]
    frame = frame_with(tmp_path, [{"listing_id": f"L{n:03d}"} | each for n, each in enumerate(said)])
    only = wish({R.SAME_PRODUCT: 6})
    for place, each in list(enumerate(said))[::9]:
        mine = keys_of(each, 1)
        alike = {
            f"L{n:03d}"
            for n, other in enumerate(said)
            if is_same_product(mine, keys_of(other, 1), (standard_of(each), standard_of(other)))
        }
        assert {*gone(frame, [sampled(place, TODAY, each)], only)} == alike, each


@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        ({"barcode": "9521234567899"}, R.SAME_PRODUCT),
        ({"brand": "小 满", "model": "ＣＬ-64", "producer_name": "云州市童乐玩具厂"}, R.SAME_PRODUCT),
        ({"brand": "小满", "model": "CL-64"}, R.SAME_PRODUCT),
        ({"brand": "小满", "model": "CL-65"}, None),
        ({"brand": "小满", "model": "CL-64", "producer_name": "另一厂"}, None),
        ({"shop_uscc": "91110000600037341L"}, R.SAME_SHOP),
        ({"shop_id": "S7"}, R.SAME_SHOP),
        ({"shop_id": "S7", "platform": "青禾集市"}, None),
        ({"listing_id": "E1"}, R.SAME_LISTING),
        ({"listing_id": "E1", "platform": "青禾集市"}, None),
    ],
)
def test_why_a_listing_is_left_out(tmp_path: Path, listing: dict[str, str], reason: Reason | None) -> None:
    frame = frame_with(tmp_path, [{"listing_id": "L1"} | listing])
    earlier = sampled(1, TODAY, MAGNET | {"shop_uscc": "91110000600037341L", "shop_id": "S7"})
    assert [each[0] for each in gone(frame, [earlier]).values()] == ([reason] if reason else [])


def test_a_period_ends_on_its_day_and_the_longest_one_counts(tmp_path: Path) -> None:
    frame = frame_with(tmp_path, [{"listing_id": "L1"} | MAGNET, {"listing_id": "L2", "shop_id": "S7"}])
    half = [sampled(1, date(2026, 5, 27), MAGNET), sampled(2, date(2026, 10, 28), {"shop_id": "S7"})]
    assert gone(frame, half) == {"L2": (R.SAME_SHOP, date(2026, 11, 28), "C-1")}
    assert gone(frame, half, wish(on=date(2026, 11, 26)))["L1"] == (R.SAME_PRODUCT, date(2026, 11, 27), "C-1")
    both = [*half, sampled(3, date(2026, 8, 31), MAGNET, campaign="C-2")]
    assert gone(frame, both)["L1"] == (R.SAME_PRODUCT, date(2027, 2, 28), "C-2")


def test_of_a_superior_authority_nothing_is_told_but_that_it_has_it_and_shops_are_not_its(tmp_path: Path) -> None:
    frame = frame_with(
        tmp_path, [{"listing_id": "L1"} | MAGNET, {"listing_id": "E9"}, {"listing_id": "L3", "shop_id": "S7"}]
    )
    above = sampled(9, TODAY, MAGNET | {"shop_id": "S7"}, campaign="", is_superior=True)
    assert {key: (row[0], row[2]) for key, row in gone(frame, [above]).items()} == {
        "L1": (R.SUPERIOR, ""), "E9": (R.SUPERIOR, ""),
    }  # fmt: skip
    own = sampled(2, TODAY, MAGNET)
    assert gone(frame, [above, own])["L1"][0] == R.SAME_PRODUCT  # what its reader knows anyway is said first


def test_what_an_earlier_campaign_drew_is_left_out_whenever_that_was(tmp_path: Path) -> None:
    frame = frame_with(tmp_path, [{"listing_id": "L1"}, {"listing_id": "L2"}, {"listing_id": "L3"} | MAGNET])
    chosen = [
        sampled(-1, None, {}, "L1", is_chosen=True),
        sampled(2, date(2019, 1, 1), MAGNET, "L2", is_chosen=True),
    ]
    assert gone(frame, chosen, wish({})) == {each: (R.CHOSEN, None, "C-1") for each in ("L1", "L2")}
    assert {*gone(frame, chosen)} == {"L1", "L2"}


def test_what_is_drawn_from_has_none_of_what_is_left_out(tmp_path: Path) -> None:
    rows = [{"listing_id": f"L{n}", "shop_id": f"S{n % 3}"} for n in range(9)]
    frame = frame_with(tmp_path, rows)
    earlier = [sampled(1, TODAY, {"shop_id": "S1"})]
    made = layered(frame, without=[left_out(frame, earlier, wish()).sha256])
    assert how_many(frame, earlier, wish()) == 3
    assert how_many(stored(tmp_path, "", made), earlier, wish()) == 0
    assert left_out(frame, [], wish()).rows == 0
    assert left_out(frame, earlier, wish({})).rows == 0


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_the_order_of_what_was_sampled_and_of_the_frame_changes_nothing(tmp_path: Path, order: list[int]) -> None:
    rows = [{"listing_id": f"L{n}", "shop_id": f"S{n % 3}", "brand": "小满", "model": f"M{n % 2}"} for n in range(6)]
    earlier = [
        sampled(
            n, date(2026, 11, 1 + n), {"shop_id": f"S{n % 4}", "model": f"M{n}", "brand": "小满"}, campaign=f"C-{n}"
        )
        for n in range(6)
    ]
    frame = frame_with(tmp_path / "one", rows)
    other = frame_with(tmp_path / "other", [rows[n] for n in order])
    assert gone(frame, earlier) == gone(other, [earlier[n] for n in order])
    assert left_out(frame, earlier, wish()).sha256 == left_out(other, [earlier[n] for n in order], wish()).sha256


def test_all_rules_but_the_superiors_may_be_done_without() -> None:
    assert {*OWN_RULES} == {*R} - {R.SUPERIOR, R.CHOSEN}
