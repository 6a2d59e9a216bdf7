"""Whether a page looks as if the listing were gone. It is a suggestion: a person who has looked says so or not."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from quality.captures.models import Suggestion

GONE = frozenset({404, 410})
FINE = range(200, 300)
ENOUGH = 0.6  # of the title's pairs of signs, to be the same title
# fmt: off
SAYS_GONE = (
    "已下架", "已经下架", "商品下架", "商品不存在", "宝贝不存在", "宝贝不在", "页面不存在", "已失效", "已删除",
    "已被删除", "找不到该商品", "商品已过期", "no longer available", "not found", "has been removed",
    "item unavailable",
)
SAYS_ON_SALE = ("加入购物车", "立即购买", "马上抢", "立即下单", "领券购买", "add to cart", "buy now")
ASKS_FOR_MORE = ("请登录", "登录后", "扫码登录", "验证码", "安全验证", "滑动验证", "访问受限", "sign in", "captcha",
                 "verify you are human")
# fmt: on


class Suggested(NamedTuple):
    what: Suggestion
    reasons: tuple[str, ...]  # codes, as pages put them into words


def suggest(status: int | None, title: str, text: str, listing_title: str) -> Suggested:
    """From the status, the words and the title that came. What speaks both ways, or is a door, says nothing."""
    said, named = folded(f"{title}\n{text}"), folded(listing_title)
    signs = {
        "status_gone": status in GONE,
        "says_gone": any(word in said for word in SAYS_GONE),
        "same_title": likeness(named, folded(title)) >= ENOUGH or (bool(named) and named in said),
        "says_on_sale": any(word in said for word in SAYS_ON_SALE),
        "asks_for_more": any(word in said for word in ASKS_FOR_MORE),
        "status_odd": status is None or (status not in GONE and status not in FINE),
    }
    found = tuple(name for name, is_so in signs.items() if is_so)
    gone, there = signs["status_gone"] or signs["says_gone"], signs["same_title"] and signs["says_on_sale"]
    if signs["status_gone"] and not there:
        return Suggested(Suggestion.GONE, found)
    if signs["status_odd"] or signs["asks_for_more"] or gone == there:
        return Suggested(Suggestion.UNSURE, found)
    return Suggested(Suggestion.GONE if gone else Suggestion.THERE, found)


def likeness(one: str, other: str) -> float:
    """How many pairs of signs of `one` stand in `other` too."""
    pairs = {one[place : place + 2] for place in range(len(one) - 1)}
    return sum(pair in other for pair in pairs) / len(pairs) if pairs else 0.0


def folded(text: str) -> str:
    """Without what differs and means nothing: width, case, runs of space."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
