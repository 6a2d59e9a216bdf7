"""Columns of the laboratory's workbook (CONTRACT.md §5)."""

from __future__ import annotations

from quality.workbooks.columns import Columns

LIMIT = "限量 limit"  # given out for the eye
MOST_GIVEN_OUT = 2_000  # rows that are prefilled
# fmt: off
RESULTS = Columns(
    sheet="results",
    names={
        "blind_no":    "盲样编号",
        "report_no":   "报告编号",
        "item":        "检验项目",
        "value":       "实测值",
        "unit":        "单位",
        "uncertainty": "不确定度",
        "lod":         "检出限",
        "loq":         "定量限",
        "method":      "检验方法",
        "analyst":     "检验人",
        "supersedes":  "替代报告",
        "change_reason": "更正原因",
        "tested_on":   "检验完成日期",
    },
    needed=("blind_no", "report_no", "item", "value", "analyst"),
    most_rows=100_000,
    most_bytes=32 << 20,
    most_unpacked=256 << 20,
    days=("tested_on",),
    measured=("value", "uncertainty", "lod", "loq"),
    shown_only=(LIMIT,),
)
# fmt: on
