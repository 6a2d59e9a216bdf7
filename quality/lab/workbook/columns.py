"""Columns of the laboratory's workbook, the headings that mean them, and what a heading row must be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from quality.core.errors import FieldProblem
from quality.core.words import Text, _

SHEET = "results"
# fmt: off
COLUMNS: dict[str, str] = {  # CONTRACT.md §5; in this order in what we give out
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
}
OURS: dict[str, str] = {"status": "状态", "reason": "原因"}  # what a dry run adds; read again, they say nothing
# fmt: on
NEEDED = ("blind_no", "report_no", "item", "value", "analyst")
LIMIT = "限量 limit"  # given out for the eye; what is in it counts for nothing
MOST_COLUMNS = 60
MOST_ROWS = 100_000
MOST_GIVEN_OUT = 2_000  # rows that are prefilled


def alike(heading: str) -> str:
    """Without differences that the eye does not see: width, case, blanks, underscores."""
    return re.sub(r"[\s_\ufeff]", "", unicodedata.normalize("NFKC", heading)).casefold()


MEANINGS = {
    alike(word): column
    for column, chinese in {**COLUMNS, **OURS}.items()
    for word in (column, chinese, f"{chinese}{column}")
}


def meaning(heading: str) -> str:
    """The column that a heading means; empty for the laboratory's own."""
    return MEANINGS.get(alike(heading), "")


def heading(column: str) -> str:
    """As we write it: in both languages."""
    return f"{ {**COLUMNS, **OURS}[column] } {column}"


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
    doubled = [column for column in COLUMNS if found.count(column) > 1]
    problems += [
        FieldProblem(
            column, "column_doubled", _("Keep one of the columns that mean %(heading)s", heading=heading(column))
        )
        for column in doubled
    ]
    if len(headings) > MOST_COLUMNS:
        text = _("Keep to %(most)d columns at most", most=MOST_COLUMNS)
        problems.append(FieldProblem("file", "too_many_columns", text))
    return problems
