"""The sampling frames: what the platforms say is on sale, made from the tables of goods, producers and shops."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from stdnum import ean
from stdnum.cn import uscc

from quality.demonstration.days import spread
from quality.demonstration.people import ORGANISATIONS, PLATFORM, PLATFORMS, SECOND_PLATFORM, THIRD_PLATFORM
from quality.demonstration.plans import PLANS

HERE = Path(__file__).parent
ADDRESSES = {
    PLATFORM: "https://tangli.example/g/{}",
    SECOND_PLATFORM: "https://luming.example/i/{}",
    THIRD_PLATFORM: "https://chuanye.example/item/{}",
}
SIGNS = {PLATFORM: "TL", SECOND_PLATFORM: "LM", THIRD_PLATFORM: "CY"}
COLUMNS = (
    "listing_id", "platform", "category", "title", "url", "shop_id", "shop_name", "shop_uscc", "region", "price_yuan",
    "monthly_sales", "barcode", "brand", "model", "spec", "producer_name", "producer_address",
)  # fmt: skip
TRADES = {category: plan.key for plan in PLANS for category in plan.categories}  # of shops
CITIES = ("云州市", "临浦市", "南屿市", "东望县")  # from which shops sell
VARIANTS = 12
Row = dict[str, str]


@cache
def table(name: str) -> list[Row]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def write_frame(path: Path, title: str, categories: tuple[str, ...], least: int, also: Sequence[Row] = ()) -> Path:
    """A frame with `least` to twice as many listings of each category on each platform; of one `title` the same."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for platform in PLATFORMS:
            for category in categories:
                many = least + spread(f"{title}/{platform}/{category}", least)
                writer.writerows(listing(title, platform, category, place) for place in range(many))
        writer.writerows(also)
    return path


def listing(title: str, platform: str, category: str, place: int) -> Row:
    key = f"{title}/{platform}/{category}/{place}"
    goods = [row for row in table("goods") if row["category"] == category]
    goods_row = goods[place % len(goods)]
    producer = table("producers")[int(goods_row["producer"])]
    shops = [row for row in table("shops") if row["platform"] == platform and TRADES[category] in row["sells"].split()]
    shop = shops[spread(f"{key}, shop", len(shops))]
    number = str(700_000_000 + spread(key, 100_000_000))
    variant = spread(f"{key}, variant", VARIANTS)  # other colours and sizes, with models and barcodes of their own
    cheaper = spread(f"{key}, price", 5)  # tenths off what others ask
    return {
        "listing_id": f"{SIGNS[platform]}-{number}",
        "platform": ORGANISATIONS[platform][1],
        "category": category,
        "title": goods_row["title"],
        "url": ADDRESSES[platform].format(number),
        "shop_id": shop["shop_id"],
        "shop_name": shop["shop_name"],
        "shop_uscc": code_of(shop) if shop["licensed"] else "",
        "region": CITIES[spread(f"{shop['shop_id']}, city", len(CITIES))],
        "price_yuan": f"{float(goods_row['price_yuan']) * (10 - cheaper) / 10:.1f}",
        "monthly_sales": str(12 + spread(f"{key}, sales", 4_000)),
        "barcode": barcode_of(goods_row, variant) if spread(f"{key}, barcode", 3) else "",  # not every shop says it
        "brand": goods_row["brand"],
        "model": f"{goods_row['model']}{chr(ord('A') + variant)}",
        "spec": goods_row["spec"],
        "producer_name": producer["name"],
        "producer_address": producer["address"],
    }


def barcode_of(goods: Row, variant: int) -> str:
    """With a right check digit, under the prefix 952 that GS1 keeps for examples: no product's."""
    number = spread(f"{goods['title']}/{goods['model']}/{variant}", 10**9)
    begun = f"952{number:09}"
    return begun + str(ean.calc_check_digit(begun))


def code_of(shop: Row) -> str:
    """A unified social credit code with a right check digit, in a region that there is not (999999)."""
    begun = f"91999999MA{spread(shop['shop_id'], 10**7):07}"
    return begun + str(uscc.calc_check_digit(begun))
