"""What came back on sale: later frames are compared, one listing is confirmed, one ruled out, others wait."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from quality.campaigns.models import Drawn
from quality.core import clock
from quality.demonstration.days import moment
from quality.demonstration.listings import COLUMNS, Row
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.lab.models import Finding
from quality.notices.models import ItemKind, ItemStatus, NoticeItem
from quality.purchases.models import Sample, Task
from quality.radar.jobs import watch_for_relistings
from quality.radar.models import Hit, Said
from quality.radar.operations import decide

SAME = "条码一致，换链接后重新上架。"
OTHER = "同店另一规格，标题相近，并非已下架商品。"


def story(stage: Stage) -> Story:
    yield moment(stage.almanac.working(-1), 15, "radar, watch")
    stage.after("watch")
    yield moment(stage.almanac.working(-1), 16, "radar, decide")
    say(stage)


def watch(stage: Stage) -> None:
    watch_for_relistings(stage.sessions, stage.settings.frames_folder, clock.now())


def say(stage: Stage) -> None:
    """Of other listings of the same goods one is confirmed and the least sure ruled out. The rest waits."""
    others = sa.select(Hit).where(Hit.decision.is_(None), ~Hit.is_itself).order_by(Hit.rank, Hit.id)
    found = stage.session.scalars(others).all()
    if len(found) > 1:  # a small demonstration has few
        decide(stage.session, found[:1], Said.SAME, by=stage.coordinator, reason=SAME)
        decide(stage.session, found[-1:], Said.OTHER, by=stage.coordinator, reason=OTHER)


def back_on_sale(stage: Stage, categories: Collection[str]) -> list[Row]:
    """The row of the listing of these categories that was last seen to be gone: a later frame has it again."""
    asked = (
        sa.select(Drawn)
        .join(Task, Task.drawn_id == Drawn.id)
        .join(Sample, Sample.task_id == Task.id)
        .join(Finding, Finding.sample_id == Sample.id)
        .join(NoticeItem, NoticeItem.finding_id == Finding.id)
        .where(NoticeItem.status == ItemStatus.VERIFIED, NoticeItem.kind == ItemKind.TESTED)
        .order_by(NoticeItem.settled_at.desc(), NoticeItem.id)
    )
    down = (each.listing for each in stage.session.scalars(asked) if each.listing["category"] in categories)
    row = next(down, None)
    if row is None:
        return []
    said = row | {"price_yuan": f"{int(row['price_fen']) / 100:.2f}"}
    return [{column: str(said.get(column) or "") for column in COLUMNS}]
