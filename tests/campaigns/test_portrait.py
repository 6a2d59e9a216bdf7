"""What a frame looks like as a whole, worked out once and kept beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quality.campaigns.frame import import_frame, portrait
from quality.campaigns.frame.kept import PORTRAIT, beside
from quality.campaigns.frame.portrait import Bin, Shop, kept_portrait, portrait_of, portray_one, shown_portrait
from quality.pages.heat import level, picture_of

HEADING = "listing_id,platform,category,shop_id,shop_name,title,url,price_fen,monthly_sales"
ROWS = [
    "L1,棠梨商城,玩具,S1,甲店,积木,https://item.example/1,99,0",
    "L2,棠梨商城,玩具,S1,甲店,积木,https://item.example/2,100,1",
    "L3,棠梨商城,玩具,S2,乙店,积木,https://item.example/2,199,4",
    "L4,棠梨商城,童装,S2,乙店,衣,,20000,5",
    "L5,青禾集市,玩具,S1,丙店,积木,,,",
    "L6,青禾集市,玩具,,,积木,,49999,700",
]


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    source = tmp_path / "frame.csv"
    source.write_text("\n".join([HEADING, *ROWS]) + "\n", encoding="utf-8")
    return import_frame(source, tmp_path / "store").path


def test_it_counts_listings_by_category_platform_price_sales_and_shop(frame: Path) -> None:
    found = portrait_of(frame)
    assert (found.listings, found.platforms, found.categories) == (6, ["棠梨商城", "青禾集市"], ["玩具", "童装"])
    assert found.cells == [[3, 2], [1, 0]]
    assert [each for each in found.prices if each.listings] == [
        Bin(0, 100, 1), Bin(100, 200, 2), Bin(20_000, 50_000, 2),
    ]  # fmt: skip
    assert (found.prices[0].low, found.prices[-1].high, found.unpriced) == (0, 50_000, 1)
    assert [each.listings for each in found.sales[:4]] == [1, 1, 1, 1]
    assert (found.sales[-1], found.without_sales) == (Bin(500, 1000, 1), 1)
    assert (found.shops, found.of_shops, found.half, found.of_largest) == (3, 5, 2, 5)
    assert found.largest == [Shop("乙店", "棠梨商城", 2), Shop("甲店", "棠梨商城", 2), Shop("丙店", "青禾集市", 1)]
    assert (found.same_address, found.same_title) == (1, 1)


def test_it_is_kept_and_read_back_the_same(frame: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept_portrait(frame) is None
    found = portrait_of(frame)
    monkeypatch.setattr(portrait, "engine", None)  # nothing is read anew
    assert kept_portrait(frame) == portrait_of(frame) == found


def test_a_large_frame_is_left_to_the_job_which_takes_one_at_a_time(
    frame: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "SHOWN_AT_ONCE", 0)
    assert shown_portrait(frame) is None
    assert portray_one(frame.parent)
    assert not portray_one(frame.parent)
    found = shown_portrait(frame)
    assert found
    assert found.listings == 6
    assert beside(frame, PORTRAIT).exists()


def test_what_is_beyond_the_largest_stands_together(tmp_path: Path) -> None:
    source = tmp_path / "many.csv"
    lines = [f"L{i},平台{i % 15:02d},类{i % 25:02d}" for i in range(300)]
    source.write_text("\n".join(["listing_id,platform,category", *lines]), encoding="utf-8")
    found = portrait_of(import_frame(source, tmp_path).path)
    assert (len(found.platforms), len(found.categories), found.platforms[-1], found.categories[-1]) == (13, 21, "", "")
    assert sum(map(sum, found.cells)) == 300
    assert (sum(found.cells[-1]), sum(row[-1] for row in found.cells)) == (60, 60)
    assert (found.prices, found.sales, found.shops, found.half, found.largest) == ([], [], 0, 0, [])
    assert picture_of(found).share_of_largest == "0%"


@pytest.mark.parametrize(("listings", "says"), [(0, 0), (1, 1), (40, 1), (41, 2), (1000, 5), (640, 4), (641, 5)])
def test_the_ground_of_a_cell_tells_small_ones_apart(listings: int, says: Any) -> None:
    assert level(listings, 1000) == says
