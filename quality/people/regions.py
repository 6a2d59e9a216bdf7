"""Which administrative division a party belongs to, and whether that is the agency's own (GB/T 2260). Pure.

A code has three pairs of digits: province, prefecture, county; a pair of zeros stands for the whole of what is above
it. The third to eighth character of a unified social credit code is the division that registered its holder
(GB 32100-2015). An address in words tells the province at most.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import dropwhile

from stdnum.cn import uscc

CODE = re.compile(r"[1-8]\d{5}", re.ASCII)
FIRST_DIVISION = re.compile(r"[^\s,，/·-]+?(?:自治区|特别行政区|省|市|县)")
LONGEST = 40  # characters of a region's name
PROVINCES = {
    "北京": "11", "天津": "12", "河北": "13", "山西": "14", "内蒙古": "15", "辽宁": "21", "吉林": "22", "黑龙江": "23",
    "上海": "31", "江苏": "32", "浙江": "33", "安徽": "34", "福建": "35", "江西": "36", "山东": "37", "河南": "41",
    "湖北": "42", "湖南": "43", "广东": "44", "广西": "45", "海南": "46", "重庆": "50", "四川": "51", "贵州": "52",
    "云南": "53", "西藏": "54", "陕西": "61", "甘肃": "62", "青海": "63", "宁夏": "64", "新疆": "65", "台湾": "71",
    "香港": "81", "澳门": "82",
}  # fmt: skip


def is_region(code: str) -> bool:
    return CODE.fullmatch(code) is not None


def lies_within(region: str, of: str) -> bool:
    """Whether `region` is `of` or a part of it: 330106 lies within 330100 and 330000."""
    pairs = [of[at : at + 2] for at in (0, 2, 4)]
    fixed = "".join(reversed(list(dropwhile(lambda pair: pair == "00", reversed(pairs)))))
    return region.startswith(fixed)


def is_elsewhere(region: str | None, of: str | None) -> bool:
    """Whether another region's authority is in charge; False where either is not known.

    A party of which only the province is known is elsewhere in another province, and not told to be anywhere else.
    """
    if not region or not of:
        return False
    return not lies_within(region, of) and not lies_within(of, region)


def province_of(region: str) -> str:
    """What GB/T 2260 calls its province in short; empty for a code of none."""
    return next((name for name, code in PROVINCES.items() if region.startswith(code)), "")


def region_of_code(code: str) -> str | None:
    """Of a unified social credit code, where it is one and names a division of some province."""
    region = uscc.compact(code)[2:8] if uscc.is_valid(code) else ""
    return region if is_region(region) and province_of(region) else None


def region_of_address(address: str) -> str | None:
    """The province that an address begins with; who writes a district first has named none."""
    words = address.strip()
    return next((f"{code}0000" for name, code in PROVINCES.items() if words.startswith(name)), None)


def region_named(place: str) -> str:
    """What a place is counted under: its province in short (浙江 of 浙江省杭州市), else the first division it names.

    Platforms write the same province in many ways; a list to choose from must hold it once.
    """
    words = unicodedata.normalize("NFKC", place).strip()
    if known := province_of(region_of_address(words) or ""):
        return known
    first = FIRST_DIVISION.match(words)
    named = first[0] if first else "".join(words.split()[:1])
    return named[:LONGEST]
