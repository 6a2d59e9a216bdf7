"""How long a laboratory takes for each test item, beside what it promises."""

from __future__ import annotations

from quality.competence.models import Capacity
from quality.lab.workload import ItemPace, Pace
from quality.pages.views.competence import of_items


def test_every_item_that_was_tested_is_listed_with_its_pace_whether_or_not_anything_was_promised() -> None:
    said = [Capacity(item="可迁移元素：铅", item_key="铅", per_week=8, days=5), Capacity(item="", item_key="", days=9)]
    paced = {key: ItemPace(key, Pace(many, 1, 6.0)) for key, many in (("镉", 2), ("铅", 3), ("汞", 2))}
    assert [(each.item, each.per_week, each.days, each.pace.reports) for each in of_items(said, paced)] == [
        ("可迁移元素：铅", 8, 5, 3), ("汞", None, None, 2), ("镉", None, None, 2),
    ]  # fmt: skip
    assert of_items(said, {})[0].pace.reports == 0
