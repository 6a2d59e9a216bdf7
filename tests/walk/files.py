"""Files of announced cases as tests need them: invented names, values and limits of the kinds that are announced."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

HEADING = (
    "row", "announced_at", "platform", "shop_name", "listing_url", "product_name", "spec", "brand", "batch",
    "producer_name", "producer_address", "item", "value", "limit", "first_lab", "reinspection_lab", "remark",
)  # fmt: skip
PEAR, MOUNTAIN, RIVER = "棠梨商城", "青岚优选", "汀洲市集"
FIRST, SECOND = "云州市食品检验研究院", "澜江省产品质量检验所"
DENIED = "经澜江省市场监管局核实，该批次产品与标称受委托方无任何关系。"

# fmt: off
ANNOUNCED = [  # six, three of them confirmed by a second laboratory; each of a kind that is hard to read
    {"row": "9", "platform": RIVER, "shop_name": "汀洲市集谷雨食品商城",
     "listing_url": "https://item.tingzhou.example/item.htm?spm=a1.2&id=570956658125&ns=1",
     "product_name": "千层手撕面包", "spec": "268克/袋", "brand": "谷雨及图形商标", "batch": "2018/10/3",
     "producer_name": "云州谷雨食品有限公司", "item": "酸价(以脂肪计)", "value": "13.4mg/g", "limit": "≤5mg/g",
     "reinspection_lab": SECOND},
    {"row": "14", "platform": PEAR, "shop_name": "棠梨商城西岭旗舰店",
     "listing_url": "https://item.tangli.example/15421704408.html", "product_name": "圣女果干", "spec": "208g/袋",
     "batch": "2018/9/30", "producer_name": "委托方：西岭电子商务有限公司；受委托方：小满果品有限公司",
     "item": "二氧化硫残留量", "value": "5.64g/kg", "limit": "≤0.35g/kg", "remark": DENIED},
    {"row": "27", "platform": PEAR, "shop_name": "麦陇官方旗舰店", "listing_url": "https://mailong.tangli.example/",
     "product_name": "头道压榨花生油", "spec": "1L/瓶", "batch": "2018/3/14", "producer_name": "麦陇粮油有限公司",
     "item": "黄曲霉毒素B1", "value": "26.1μg/kg", "limit": "≤20μg/kg", "reinspection_lab": SECOND,
     "remark": "执行标准：GB 1534；质量等级：一级；加工工艺：压榨"},
    {"row": "42", "platform": PEAR, "shop_name": "崖蜜自营旗舰店",
     "listing_url": "https://item.tangli.example/7294595.html", "product_name": "乳蜜", "spec": "500克/瓶",
     "batch": "2018/11/5", "producer_name": "一峰蜂产品有限公司", "item": "诺氟沙星", "value": "3.23μg/kg",
     "limit": "不得检出", "reinspection_lab": SECOND},
    {"row": "168", "platform": MOUNTAIN, "shop_name": "青岚崖蜜旗舰店",
     "listing_url": "https://detail.qinglan.example/item.htm?id=20000827095&_u=b27b1ut58195",
     "product_name": "荔枝蜜", "spec": "500g/瓶", "batch": "2019/1/10",
     "producer_name": "出品商：崖蜜生物科技有限公司；生产商：一峰蜂产品有限公司", "item": "菌落总数",
     "value": "5.8×103CFU/g", "limit": "≤1000 CFU/g"},
    {"row": "181", "platform": MOUNTAIN, "shop_name": "青岚野禾旗舰店",
     "listing_url": "https://detail.qinglan.example/item.htm?id=529094391099", "product_name": "芝麻饼",
     "spec": "260克/盒", "batch": "2019/1/28", "producer_name": "野禾农业科技有限公司", "item": "酸价（以脂肪计）",
     "value": "7.2mg/g", "limit": "≤5mg/g"},
]
# fmt: on
GOOD = ANNOUNCED[5]
CONFORMING = ANNOUNCED[3] | {"row": "43", "value": "未检出", "listing_url": "https://item.tangli.example/7294596.html"}


def write(path: Path, rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8", more: Iterable[str] = ()) -> Path:
    """A file with these rows; what a row leaves out is filled with what every announced row has, or blank."""
    heading = [*HEADING, *more]
    with path.open("w", encoding=encoding, newline="") as stream:
        lines = csv.DictWriter(stream, heading, restval="")
        lines.writeheader()
        for row in rows:
            lines.writerow(
                {"announced_at": "2019-05-31", "first_lab": FIRST, "producer_address": "云州市禾田路9号"} | dict(row)
            )
    return path
