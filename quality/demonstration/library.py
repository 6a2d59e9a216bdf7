"""The standards of the demonstration: written into the library when the first plan needs them, and once made better."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from quality.campaigns.operations import ItemPlan
from quality.demonstration.measures import CLOTHES_ITEMS, ELECTRIC_ITEMS, STATIONERY_ITEMS, TOY_ITEMS
from quality.demonstration.stage import Stage
from quality.standards.contents import Contents, ItemText, LimitText, contents_of
from quality.standards.models import Standard
from quality.standards.operations import add, revise
from quality.standards.queries import by_number, one_edition

# fmt: off
TITLES = {  # number as plans cite it: title, publisher's version, in force since
    "GB 6675.1—2014": ("玩具安全 第1部分：基本规范", "2014", date(2016, 1, 1)),
    "GB 6675.2—2014": ("玩具安全 第2部分：机械与物理性能", "2014", date(2016, 1, 1)),
    "GB 6675.4—2014": ("玩具安全 第4部分：特定元素的迁移", "2014", date(2016, 1, 1)),
    "GB 31701—2015":  ("婴幼儿及儿童纺织产品安全技术规范", "2015", date(2016, 6, 1)),
    "GB 4943.1—2022": ("音视频、信息技术和通信技术设备 第1部分：安全要求", "2022", date(2023, 8, 1)),
    "GB 30002—2013":  ("儿童牙刷", "2013", date(2014, 12, 1)),
    "GB 4706.59—2008": ("家用和类似用途电器的安全 口腔卫生器具的特殊要求", "2008", date(2009, 9, 1)),
    "GB 21027—2020":  ("学生用品的安全通用要求", "2020", date(2022, 2, 1)),
}
ALIASES = {"可迁移元素：铅": "铅；Pb", "可迁移元素：钡": "钡；Ba", "甲醛含量": "甲醛；游离甲醛", "磁通量指数": "磁通量"}
# fmt: on
EVERY_ITEM = (*TOY_ITEMS, *CLOTHES_ITEMS, *ELECTRIC_ITEMS, *STATIONERY_ITEMS)
WHY_UNCERTAINTY = "抽检实施细则：考虑测量不确定度（CNAS-GL015）"
FIRST, BETTER = "按现行有效文本录入", "补充检验项目的常用别名，便于核对检验报告"


def from_the_library(stage: Stage, items: Sequence[ItemPlan]) -> list[ItemPlan]:
    """The same items, taken from the library. What it lacks is written down first."""
    taken = []
    for number in dict.fromkeys(cited(item)[0] for item in items):
        standard = kept(stage, number)
        limits = {
            (item.item, limit.category): limit.id
            for item in one_edition(stage.session, standard).items
            for limit in item.limits
        }
        for item in items:
            if cited(item)[0] == number:
                taken.append(item._replace(standard_limit_id=limits[item.item, item.product]))
    return sorted(taken, key=lambda item: [each.item for each in items].index(item.item))


def kept(stage: Stage, number: str) -> Standard:
    """As a first plan has it written; the second one has the names added by which laboratories call its items."""
    standard = by_number(stage.session, stage.coordinator, number)
    if standard is None:
        return add(stage.session, number, contents(number), FIRST, by=stage.coordinator)
    if standard.edition == 1:
        before = contents_of(one_edition(stage.session, standard))
        items = tuple(item._replace(aliases=ALIASES.get(item.item, "")) for item in before.items)
        revise(stage.session, standard, before._replace(items=items), BETTER, by=stage.coordinator)
    return standard


def contents(number: str) -> Contents:
    title, published, since = TITLES[number]
    asked: dict[str, list[ItemPlan]] = {}
    for each in EVERY_ITEM:
        if cited(each)[0] == number:
            asked.setdefault(each.item, []).append(each)
    items = tuple(item_text(name, plans) for name, plans in asked.items())
    return Contents(title, published, since, items=items)


def item_text(name: str, plans: Sequence[ItemPlan]) -> ItemText:
    by_category = {each.product: LimitText(each.limit, each.product, cited(each)[1]) for each in plans}
    rule = plans[0].rule
    return ItemText(
        name,
        tuple(by_category.values()),
        method=plans[0].method,
        severity="minor" if name == "标记和说明" else "serious" if rule == "non_binary" else "major",
        rule=rule,
        rule_reason=WHY_UNCERTAINTY if rule != "simple" else "",
    )


def cited(item: ItemPlan) -> tuple[str, str]:
    """`GB 31701—2015，5.1`: the number and the clause."""
    number, _comma, clause = item.clause.partition("，")
    return number, clause
