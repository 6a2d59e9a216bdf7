"""The forms about campaigns and purchases, each open for somebody: of tests/harness/doors.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus
from quality.core import clock
from quality.people.actor import Actor
from quality.purchases.models import TaskStatus
from quality.purchases.operations.covers import NewCover, add_covers
from tests.harness.campaigns import campaign_at, framed, planned
from tests.harness.clock import minute
from tests.harness.correction_doors import picture
from tests.harness.expenses import returned_expense
from tests.harness.people import Cast
from tests.harness.purchases import (
    ORDERED,
    alarmed_task,
    cipher,
    open_campaign,
    prove,
    ready_to_seal,
    received_task,
    settings,
    task_at,
)

HEADING = "listing_id,platform,category,shop_id,shop_name,title,url,price_fen"
Fits = dict[str, Any]
Rows = Iterator[tuple[str, Actor, Any, Fits]]
Opened = tuple[str, Actor, str, Fits] | tuple[str, Actor, str, Fits, str]  # the last: on which page, if on another
LAID_OUT: Fits = {"kind": "travel", "amount_fen": "12.50", "what": "取件往返公交"}
PLAN: Fits = {
    "title": "2026年云州市网售儿童玩具监督抽检",
    "basis": "《产品质量法》第十五条",
    "category": "儿童玩具",
    "starts_on": "2026-10-12",
    "ends_on": "2026-12-31",
    "allocation_method": "equal",
    "allocation_n": "4",
    "item_1": "可迁移元素：铅",
    "limit_1": "≤ 90 mg/kg",
}


def of_campaigns(session: Session, cast: Cast) -> Rows:
    frames = settings().frames_folder
    later = minute(clock.now() + timedelta(days=60))
    draft, approved, frozen = (
        planned(session, cast),
        *(campaign_at(session, cast, status, frames) for status in (CampaignStatus.APPROVED, CampaignStatus.FROZEN)),
    )
    yield "campaign/frame", cast.coordinator, draft, {"file": frame()}
    public = {"public_event": "云州体育彩票第26102期", "public_event_at": later}
    yield "campaign/freeze", cast.reviewer, approved, public
    higher = {"cap_fen": "800", "reason": "开学季涨价，按原上限买不到"}
    yield "campaign/raise_cap", cast.coordinator, campaign_at(session, cast, CampaignStatus.DRAWN, frames), higher
    yield "campaign/draw", cast.reviewer, frozen, {"public_number": "03 11 19", "source": "云州晚报"}


def frame() -> tuple[str, bytes]:
    rows = [
        f"N{p}{i},{platform},儿童玩具,S{i},小满童品旗舰店,磁力棒{i}号,https://item.example/n{p}{i},3990"
        for p, platform in enumerate(("棠梨商城", "青禾集市"))
        for i in range(6)
    ]
    return "frame.csv", "\n".join([HEADING, *rows]).encode()


def of_tasks(session: Session, cast: Cast, now: object) -> Rows:
    def at(status: TaskStatus) -> Any:
        return task_at(session, cast, status)

    assert cast.buyer.person
    yield "task/assign", cast.coordinator, at(TaskStatus.PLANNED), {"buyer": str(cast.buyer.person.id)}
    yield "task/decline", cast.buyer, at(TaskStatus.ASSIGNED), {"reason": "no_time", "note": "出差"}
    yield "task/cancel", cast.coordinator, at(TaskStatus.PLANNED), {"reason": "same_product", "note": "同款已买"}
    to_order = at(TaskStatus.ASSIGNED)
    prove(session, to_order, *ORDERED, by=cast.buyer)
    bought = {"order_number": "TL-8", "account": "丁香", "paid_fen": "39.90", "quantity": "2", "paid_at": now}
    yield "task/order", cast.buyer, to_order, bought
    yield (
        "task/refund",
        cast.coordinator,
        at(TaskStatus.ORDERED),
        {"cause": "by_seller", "note": "卖家取消订单，款已退回"},
    )
    yield "task/expense", cast.buyer, at(TaskStatus.ORDERED), {**LAID_OUT, "file": picture("receipt")}
    yield "task/ship", cast.buyer, at(TaskStatus.ORDERED), {"delivery_number": "SF-10008", "shipped_at": now}
    yield "task/delivery", cast.buyer, at(TaskStatus.SHIPPED), {"state": "in_transit"}
    yield "task/renumber", cast.buyer, at(TaskStatus.SHIPPED), {"delivery_number": "SF-10009"}
    wrong = {"differs": ["model"], "came": "来的是另一型号", "file": picture("came")}
    yield "task/wrong_item", cast.buyer, received_task(session, cast), wrong
    back = {"cause": "by_seller", "note": "卖家上门取回"}
    yield "task/return", cast.coordinator, received_task(session, cast), back
    yield "task/see_to_alarm", cast.reviewer, alarmed_task(session, cast), {"note": "已致电买样员核实"}
    yield "task/receive", cast.buyer, at(TaskStatus.SHIPPED), {"received_at": now}
    yield "task/check_label", cast.buyer, received_task(session, cast), {"problems": ["warnings"]}
    sealed = {"test_seal_no": "YZ-D-A", "test_quantity": "2件", "backup_seal_no": "YZ-D-B", "backup_quantity": "1件"}
    yield "task/seal", cast.buyer, ready_to_seal(session, cast), {"product_name": "磁力棒"} | sealed
    without = {"need": "payment", "code": "gone", "reason": "付款页面已过期，无法再打开"}
    yield "task/go_without", cast.buyer, at(TaskStatus.ASSIGNED), without
    yield "task/unobtainable", cast.buyer, at(TaskStatus.ASSIGNED), {"reason": "out_of_stock"}
    yield "task/transfer", cast.buyer, received_task(session, cast), {"reason": "no_licence"}
    yield "expense/correct", cast.buyer, returned_expense(session, cast, at(TaskStatus.ORDERED)), {}
    seen = {"title": "磁力棒", "price_fen": "39.90", "seller": "小满童品旗舰店", "licence": "91110000600037341L"}
    yield "task/page_facts", cast.buyer, at(TaskStatus.ASSIGNED), seen
    yield "task/evidence", cast.buyer, at(TaskStatus.ASSIGNED), {"kind": "product_page", "file": picture("page")}


def of_plans(session: Session, cast: Cast) -> Iterator[Opened]:
    """Those that are no move of one case, with their addresses."""
    yield "plan", cast.coordinator, "/desk/campaign/new", PLAN
    draft = planned(session, cast)
    framed(session, draft, cast, settings().frames_folder)
    yield "amend", cast.coordinator, f"/desk/campaign/{draft.number}/amend", {"title": "改后的题目"}
    yield "what-if", cast.coordinator, f"/desk/campaign/{draft.number}/what-if", {"n": "6"}
    rules = {"rules": ["same_product"], "note": "一店多品"}  # of this frame every listing may have been drawn lately
    yield "exclusions", cast.coordinator, f"/desk/campaign/{draft.number}/exclusions", rules
    campaign, tasks = open_campaign(session, cast)
    assert cast.buyer.person
    chosen = {"buyer": str(cast.buyer.person.id), "task": [str(task.id) for task in tasks[:2]]}
    yield "assign", cast.coordinator, f"/desk/campaign/{campaign.number}/assign", chosen
    limits = {"shop_again": "0", "cover_period": "60", "cover_on_platform": "0", "cover_in_shop": "0"}
    yield "limits", cast.coordinator, "/desk/buyers/", limits
    yield "expense", cast.buyer, "/desk/expense/new", LAID_OUT | {"no_receipt": "市内公交"}
    some = {"lines": "门牌账号一\t丁香\t云州市柳荫巷9号\t199-0000-1122\n\t\t云州市书院巷3号", "region": "云省"}
    yield "covers", cast.coordinator, "/desk/covers/", some
    [cover] = add_covers(session, [NewCover(account="门牌账号二")], by=cast.coordinator, cipher=cipher())
    here = f"/desk/covers/{cover.id}"
    yield "retire", cast.coordinator, f"{here}/retire", {"reason": "locked"}, here
    what = {"per_week": "8", "regions": "云省\n海省"}
    yield "what a buyer can buy", cast.coordinator, f"/desk/buyers/{cast.buyer.person.id}", what
