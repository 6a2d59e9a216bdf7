"""A standard in the library of the cast's agency."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from quality.people.actor import Actor
from quality.standards.contents import Contents, ItemText, LimitText
from quality.standards.models import Standard
from quality.standards.operations import add
from quality.standards.workbook.columns import LIMITS
from quality.standards.workbook.uploads import receive

LEAD = ItemText(
    "可迁移元素：铅",
    (LimitText("≤ 90", "玩具材料", "4.1"), LimitText("≤ 60", "造型黏土", "4.2")),
    aliases="铅；Pb",
    method="GB 6675.4-2014 8",
    unit="mg/kg",
    lod="0.5 mg/kg",
    loq="1.5 mg/kg",
    severity="serious",
    rule="non_binary",
    rule_reason="《产品质量监督抽查管理暂行办法》第三十条",
)
SMALL_PARTS = ItemText("小零件", (LimitText("符合", "", "4.4"),), method="GB 6675.2-2014 5.2")
TOYS = Contents("玩具安全 第4部分：特定元素的迁移", "2014", date(2016, 1, 1), items=(LEAD, SMALL_PARTS))
NUMBER = "GB 6675.4-2014"


def a_standard(session: Session, by: Actor, number: str = NUMBER, contents: Contents = TOYS) -> Standard:
    return add(session, number, contents, "按现行文本录入", by=by)


def workbook(*rows: dict[str, Any], headings: Sequence[str] | None = None) -> bytes:
    """A library's workbook, each row by its columns. A cell is written as what it is: text, number, day."""
    columns = list(headings or LIMITS.names)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "in_memory": True}) as book:
        sheet, as_day = book.add_worksheet("limits"), book.add_format({"num_format": "yyyy-mm-dd"})
        for place, column in enumerate(columns):
            sheet.write_string(0, place, LIMITS.heading(column) if column in LIMITS.names else column)
            for number, row in enumerate(rows, 1):
                value = row.get(column)
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, as_day)
                elif value is not None:
                    sheet.write(number, place, value)
    return out.getvalue()


ROW = {
    "number": NUMBER, "title": TOYS.title, "item": LEAD.item, "category": "玩具材料", "limit": "≤ 90 mg/kg",
}  # fmt: skip


def a_library(session: Session, by: Actor, frames: Path) -> str:
    """The token of one that waits."""
    session.commit()
    return receive(io.BytesIO(workbook(ROW)), "library.xlsx", by=by, place=frames)
