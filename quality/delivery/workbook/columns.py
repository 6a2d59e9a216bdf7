"""Columns of a platform's workbook of answers."""

from __future__ import annotations

from quality.notices.models import Outcome
from quality.workbooks.columns import Columns
from quality.workbooks.headings import alike

# given out for the eye
TITLE, SHOP, ADDRESS, ASKED, DUE = "商品名称 title", "店铺 shop", "网址 address", "待办 to_do", "截止 due"
MOST = 500  # rows of one table: all are taken down in one transaction, which takes some five seconds
# fmt: off
ANSWERS = Columns(
    sheet="answers",
    names={
        "notice":      "通知书编号",
        "listing_id":  "商品编号",
        "outcome":     "处理结果",
        "acted_at":    "处理时间",
        "explanation": "说明",  # `reason` in the API; "原因 reason", in both languages, heads what a dry run writes
        "units_sold":  "已售数量",
        "swept":       "同款处置网址",
        "evidence":    "证据哈希",
        "edition":     "通知书版次",  # the one that was read, as given out; left empty, the one in force
    },
    needed=("notice", "listing_id", "outcome"),
    most_rows=MOST,
    most_bytes=4 << 20,
    most_unpacked=32 << 20,
    moments=("acted_at",),
    also={"explanation": ("拒绝理由", "理由", "原因", "reason"), "swept": ("同款",), "edition": ("版次",)},
    shown_only=(TITLE, SHOP, ADDRESS, ASKED, DUE),
)
OUTCOMES = {  # as they stand in the workbook; by its code alone, too, or by its word
    Outcome.REMOVED:      "已下架",
    Outcome.NEVER_FOUND:  "未上架过",
    Outcome.ALREADY_GONE: "此前已下架",
    Outcome.REFUSED:      "不予处理",
}
# fmt: on
OFFERED = [f"{word} {code}" for code, word in OUTCOMES.items()]
KNOWN = {
    alike(said): code for code, word in OUTCOMES.items() for said in (code, word, f"{word}{code}", f"{code}{word}")
}
COLUMN_OF = {"reason": "explanation"}  # a field of an answer that stands under another name here


def outcome_of(said: str) -> str:
    """The code of an outcome; what is none stays as it was written, to be named."""
    return KNOWN.get(alike(said), said)
