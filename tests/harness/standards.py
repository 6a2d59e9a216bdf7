"""A standard in the library of the cast's agency."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from quality.people.actor import Actor
from quality.standards.contents import Contents, ItemText, LimitText
from quality.standards.models import Standard
from quality.standards.operations import add

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
