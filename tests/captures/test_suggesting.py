"""What a page looks like, from its status, its words and the title that came."""

from __future__ import annotations

import pytest

from quality.captures.suggesting import suggest

TITLE = "磁力棒 120 件 儿童拼装玩具"
BUYS = "加入购物车 立即购买"

# fmt: off
CASES = [
    # status, title, text, suggests
    (404, "404 Not Found",      "",                             "gone"),
    (410, "",                   "",                             "gone"),
    (200, "商品详情",            "很抱歉，该商品已下架",          "gone"),
    (200, "提示",                "宝贝不存在，可能已被删除",      "gone"),
    (200, "Item",               "This item is no longer available", "gone"),
    (200, f"{TITLE} - 商城",     BUYS,                           "there"),
    (200, "商城",                f"{TITLE.upper()}\n{BUYS}",     "there"),
    (200, f"{TITLE} - 商城",     f"{BUYS} 该商品已下架",          "unsure"),  # a page that recommends others
    (200, f"{TITLE} - 商城",     "",                             "unsure"),  # the title alone is no offer
    (200, "另一件商品",           BUYS,                           "unsure"),
    (200, "登录",                "请登录后查看",                  "unsure"),
    (200, "安全验证",            "请完成滑动验证",                "unsure"),
    (403, "",                   "",                             "unsure"),
    (503, "维护中",              "该商品已下架",                  "unsure"),
    (404, TITLE,                BUYS,                           "unsure"),
    (200, "",                   "",                             "unsure"),
    (None, "",                  "",                             "unsure"),
]
# fmt: on


@pytest.mark.parametrize(("status", "title", "text", "wanted"), CASES)
def test_a_page_suggests(status: int | None, title: str, text: str, wanted: str) -> None:
    assert suggest(status, title, text, TITLE).what == wanted


def test_a_suggestion_says_why_and_no_title_is_in_everything() -> None:
    assert suggest(200, f"{TITLE} - 商城", BUYS, TITLE).reasons == ("same_title", "says_on_sale")
    assert suggest(200, "", BUYS, "").what == "unsure"
