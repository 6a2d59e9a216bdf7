"""Columns of the library's workbook."""

from __future__ import annotations

from quality.workbooks.columns import Columns

# fmt: off
LIMITS = Columns(
    sheet="limits",
    names={
        "number":       "标准编号",
        "title":        "标准名称",
        "published":    "发布版本",
        "valid_from":   "实施日期",
        "valid_until":  "废止日期",
        "succeeded_by": "代替标准",
        "item":         "检验项目",
        "aliases":      "别名",
        "category":     "产品类别",
        "limit":        "限量",
        "clause":       "条款",
        "method":       "检验方法",
        "unit":         "单位",
        "lod":          "检出限",
        "loq":          "定量限",
        "severity":     "严重程度",
        "rule":         "判定规则",
        "rule_reason":  "规则依据",
    },
    needed=("number", "title", "item", "limit"),
    most_rows=5_000,
    most_bytes=4 << 20,
    most_unpacked=32 << 20,
    days=("valid_from", "valid_until"),
    measured=("limit", "lod", "loq"),
)
SEVERITIES = {"严重": "serious", "较重": "major", "一般": "minor"}
# fmt: on
OF_THE_STANDARD = ("title", "published", "valid_from", "valid_until", "succeeded_by")
OF_THE_ITEM = ("aliases", "method", "unit", "lod", "loq", "severity", "rule", "rule_reason")
OF_THE_LIMIT = ("category", "limit", "clause")
