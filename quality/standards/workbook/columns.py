"""Columns of the library's workbook, and the headings that mean them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from quality.core.errors import FieldProblem
from quality.core.words import Text, _

SHEET = "limits"
# fmt: off
COLUMNS: dict[str, str] = {  # in this order in what we give out
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
}
SEVERITIES = {"严重": "serious", "较重": "major", "一般": "minor"}
# fmt: on
OF_THE_STANDARD = ("title", "published", "valid_from", "valid_until", "succeeded_by")
OF_THE_ITEM = ("aliases", "method", "unit", "lod", "loq", "severity", "rule", "rule_reason")
OF_THE_LIMIT = ("category", "limit", "clause")
DAYS = ("valid_from", "valid_until")
NEEDED = ("number", "title", "item", "limit")
MOST_COLUMNS = 60
MOST_ROWS = 5_000


def alike(heading: str) -> str:
    """Without differences that the eye does not see: width, case, blanks, underscores."""
    return re.sub(r"[\s_\ufeff]", "", unicodedata.normalize("NFKC", heading)).casefold()


MEANINGS = {
    alike(word): column for column, chinese in COLUMNS.items() for word in (column, chinese, f"{chinese}{column}")
}


def meaning(heading: str) -> str:
    """The column that a heading means; empty for one of their own."""
    return MEANINGS.get(alike(heading), "")


def heading(column: str) -> str:
    """As we write it: in both languages."""
    return f"{COLUMNS[column]} {column}"


def called(column: str) -> Text:
    """A column in a sentence: the same in both languages, as it stands in the table."""
    return heading(column) if column in COLUMNS else column


def wrong_headings(headings: Sequence[str]) -> list[FieldProblem]:
    found = [meaning(each) for each in headings]
    problems = [
        FieldProblem(column, "column_missing", _("Give the table a column %(heading)s", heading=heading(column)))
        for column in NEEDED
        if column not in found
    ]
    problems += [
        FieldProblem(
            column, "column_doubled", _("Keep one of the columns that mean %(heading)s", heading=heading(column))
        )
        for column in COLUMNS
        if found.count(column) > 1
    ]
    if len(headings) > MOST_COLUMNS:
        text = _("Keep to %(most)d columns at most", most=MOST_COLUMNS)
        problems.append(FieldProblem("file", "too_many_columns", text))
    return problems
