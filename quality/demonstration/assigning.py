"""Who buys how much and as whom; and on the last day the limits of the agency, and a task that its buyer declined."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.operations import ask_for_cap, grant_cap, refuse_cap, strata_there, take_cap_back
from quality.demonstration.days import spread
from quality.demonstration.people import PLATFORMS, organisation
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.evidence.models import EvidenceKind as K
from quality.purchases.checklist_editions import approve_checklist, propose_checklist
from quality.purchases.checklists import Need, Shape, Step
from quality.purchases.covers import CoverIdentity
from quality.purchases.declines import Declining
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import decline, refund
from quality.purchases.operations.covers import NewCover, add_covers
from quality.purchases.operations.waiving import accept_waiver, go_without, refuse_waiver, take_waiver_back
from quality.purchases.profiles import one_buyer, set_profile
from quality.purchases.rules import NO_LIMITS, set_rules
from quality.purchases.waivers import NoPiece

A_WEEK = {"buyer": 12, "buyer2": 8}
# two buyers bought at a few dozen shops for months: the limits hold from the day on which somebody set them
LIMITS = {"shop_again": 3, "cover_period": 60, "cover_on_platform": 12, "cover_in_shop": 3}
OFTEN, SELDOM = 3, 9  # one order in so many is made as the first cover identity of its platform, or as the second
COVERS = (
    ("mm_310027", "江晚吟", "云州市东湖区望湖街12号", "13900002101"),
    ("mm_310455", "孟知远", "云州市西陵区松风路88号", "13900002102"),
    ("mm_310762", "简宁", "云州市东湖区书院巷31号", "13900002103"),
    ("mm_311208", "纪明舒", "云州市西陵区梧桐街7号", "13900002104"),
    ("mm_311590", "温如瑾", "云州市东湖区湖滨路203号", "13900002105"),
    ("mm_311944", "沈知白", "云州市西陵区观山路56号", "13900002106"),
)
DEARER = (  # by how many percent of the plan's cap, and why
    (10, "开学季普遍涨价，该层多数链接比抽样框所列价格高出一成，按原价格上限买不到。"),
    (60, "个别店铺只卖礼盒装。"),
    (20, "该层备选链接价格偏高。"),
    (15, "平台补贴结束，该层商品恢复原价，按原价格上限买不到。"),
)
TOO_DEAR = "礼盒装不属于本次买样的规格，按买不到处理，启用备选。"
WITHOUT = (
    ("seller", NoPiece.NOT_SHOWN, "店铺首页和商品页均未公示营业执照，平台客服称该店为个人店铺。"),
    ("payment", NoPiece.FAILED, "付款成功页没有截到。"),
    ("payment", NoPiece.GONE, "付款后页面自动跳转，再打开只有订单列表。"),
    ("product_page", NoPiece.GONE, "下单当晚商品页改版，下单时的页面打不开了。"),
)
SHOP_HAS_NONE = "已核对，个人店铺无证照公示，可不提供。"
FOUND_IN_THE_APP = "支付软件的账单里可以查到该笔付款，请补充截图。"


def furnish(stage: Stage) -> None:
    """On the first day."""
    session, me = stage.session, stage.coordinator
    set_rules(session, NO_LIMITS._asdict(), edition=0, by=me)
    for address, per_week in A_WEEK.items():
        buyer = one_buyer(session, me, stage.who(address).id or 0)
        set_profile(session, buyer, per_week=per_week, regions=[], version=0, by=me)
    rows = [NewCover(*says, platform=PLATFORMS[place // 2]) for place, says in enumerate(COVERS)]
    add_covers(session, rows, by=me, cipher=stage.cipher)


def cover_for(stage: Stage, number: str, platform: str) -> CoverIdentity | None:
    """As whom the task of that number is bought; None: as somebody of whom nothing is registered."""
    turn = spread(f"{number}, cover", SELDOM)
    place = 0 if turn % OFTEN == 0 else 1 if turn == 1 else None
    if place is None:
        return None
    there = CoverIdentity.platform_id == organisation(stage.session, platform).id
    return stage.session.scalars(sa.select(CoverIdentity).where(there).order_by(CoverIdentity.id)).all()[place]


def at_last(stage: Stage, moment: datetime) -> Story:
    """When everything else has happened."""
    yield moment
    session, buyer = stage.session, stage.who("buyer2")
    theirs = Task.status == TaskStatus.ASSIGNED, Task.buyer_id == buyer.id
    if task := session.scalars(sa.select(Task).where(*theirs).order_by(Task.id.desc()).limit(1)).one_or_none():
        note = "该平台要求实名认证后才能下单，我的账号没有认证。"
        decline(session, task, Declining.NO_ACCOUNT, by=buyer, note=note)
    set_rules(session, LIMITS, edition=1, by=stage.coordinator)
    raise_caps(stage)
    go_without_some(stage)
    ask_for_more(stage)
    lost = sa.select(Task).where(Task.status == TaskStatus.UNOBTAINABLE, Task.paid_fen.is_not(None))
    if paid := session.scalars(lost.order_by(Task.id).limit(1)).one_or_none():
        refund(
            session, paid, refunded_fen=paid.paid_fen or 0, note="商家取消订单，货款原路退回。", by=stage.coordinator
        )


def go_without_some(stage: Stage) -> None:
    """What two buyers cannot show: one reason is accepted, one refused, one taken back, and one waits."""
    session, me = stage.session, stage.coordinator
    buyer = stage.who("buyer")
    theirs = Task.status == TaskStatus.ASSIGNED, Task.buyer_id == buyer.id
    tasks = session.scalars(sa.select(Task).where(*theirs).order_by(Task.id.desc()).limit(2)).all()
    shared = zip(tasks, (WITHOUT[:2], WITHOUT[2:]), strict=False)  # in a small demonstration all were bought
    reasons = [(task, each) for task, some in shared for each in some]
    for place, (task, (need, code, why)) in enumerate(reasons):
        asked = go_without(session, task, need, code, why, by=buyer)
        match place:
            case 0:
                accept_waiver(session, asked, by=me, note=SHOP_HAS_NONE)
            case 1:
                take_waiver_back(session, asked, by=buyer)
            case 2:
                refuse_waiver(session, asked, FOUND_IN_THE_APP, by=me)


def ask_for_more(stage: Stage) -> None:
    """Of one category, what its purchases have to show besides; of another it waits for a reviewer."""
    film, sides = (
        Need(K.OPENING, Step.SEAL, 1, Shape.VIDEO, "From the closed parcel to the goods", "从未拆封到取出商品"),
        Need(K.MARKS, Step.SEAL, 3, Shape.ANY, "Each side that bears a mark", "有标识的每一面各拍一张"),
    )
    approved = propose_checklist(stage.session, "儿童玩具", [film], by=stage.coordinator)
    approve_checklist(stage.session, approved, by=stage.reviewer)
    propose_checklist(stage.session, "家用小电器", [film, sides], by=stage.coordinator)


def raise_caps(stage: Stage) -> None:
    """What costs more by now than the plan allows: one is granted, one refused, one taken back, and one waits."""
    session, me = stage.session, stage.coordinator
    in_field = sa.select(Campaign).where(Campaign.status == CampaignStatus.IN_FIELD).order_by(Campaign.id.desc())
    campaign = session.scalars(in_field.limit(1)).one()
    cap, strata = campaign.price_cap_fen or 0, strata_there(session, campaign)
    for place, (by_so_much, why) in enumerate(DEARER):
        higher = cap * (100 + by_so_much) // 100
        raised = ask_for_cap(session, campaign, stratum=strata[place], cap_fen=higher, reason=why, by=me)
        match place:
            case 0:
                grant_cap(session, raised, by=stage.reviewer)
            case 1:
                refuse_cap(session, raised, TOO_DEAR, by=stage.reviewer)
            case 2:
                take_cap_back(session, raised, by=me)
