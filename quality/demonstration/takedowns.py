"""The story of a notice: from confirmed findings to a listing seen to be gone, or back, and what the platform says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from quality.core import clock
from quality.core.workflow import perform
from quality.delivery import operations as delivery
from quality.demonstration.days import moment, spread
from quality.demonstration.life import Life
from quality.demonstration.script import ALWAYS_SOLD, NoticeStory
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story, day_of
from quality.evidence.models import EvidenceKind as K
from quality.lab.models import Finding
from quality.notices import operations as notices
from quality.notices.answers import OutcomeEntry
from quality.notices.editions import wording_of
from quality.notices.models import Excuse, ItemStatus, Notice, NoticeItem, Outcome
from quality.notices.thread import ThreadEntry, open_objections
from quality.notices.workflow import APPROVE, RETURN
from quality.people.actor import Actor
from quality.permissions import Role

BASIS = "《中华人民共和国电子商务法》第二十九条、第三十八条；《中华人民共和国产品质量法》第十三条"
REASONS = "经检验，所列商品的检验项目不符合强制性国家标准要求，存在危及人身安全的风险。检验数据见各商品所列检验结果。"
ANSWER_TO = "在本系统逐条反馈，并附下架凭证。联系：云州市市场监督管理局网络交易监督管理处，0990-5550117。"
HOW_TO_OBJECT = "对检验结果有异议的，自收到结果之日起15日内书面提出；异议不影响处置的执行。"
STILL_THERE = "仍可购买：经站内搜索进入，“加量装”规格可以下单。请连同全部规格一并下架。"
CAME_BACK = "同一链接重新上架，商品与规格未变，价格改动后可以下单。"
WITH_THE_PACKS = "同款不同包装规格与受检商品为同一型号，一并处置。"
PACKS = "平台来电询问同款其他包装规格是否在处置之列，现予写明。"
OTHER_BATCH = "商家提交其他批次的合格报告，称在售商品非同一批次。"
ACCEPTED = "经核对生产记录，在售商品已更换模具，与抽检批次不同源，同意不下架。"
UNCLEAR = "事实部分请写明检验依据的条款，再提交。"
OBJECTS = "商品页面标注的执行标准与所附检验结果引用的标准不一致，请核对是否为同一商品。"
REPLIES = "已核对：页面标注为旧版标准，条码、型号与样品一致。"
REFUSES = "经复核，条码、型号与样品一致，标准号标注错误不影响同一性，异议不成立。"
ASKS = "同一店铺的其他规格是否一并下架？请说明排查范围。"
OVERTURNED = "复检推翻检验结论，据此作出的处置不再成立。"
ANSWERED = {"verified", "claimed", "returned", "excused", "back", "again"}
SEEN_GONE = {"verified", "back", "again"}


class Takedown:
    """One notice under way: the listings that it is about, and the id of its row."""

    def __init__(self, stage: Stage, name: str, told: NoticeStory) -> None:
        self.stage, self.name, self.told = stage, name, told
        self.key = 0

    @property
    def notice(self) -> Notice:
        return self.stage.session.get_one(Notice, self.key)

    @property
    def lives(self) -> list[Life]:
        return self.stage.lives[self.name]

    def meant_for(self, item: NoticeItem) -> str:
        return next(life.fate.listing for life in self.lives if life.finding_id == item.finding_id)

    def life_of(self, item: NoticeItem) -> Life:
        return next(life for life in self.lives if life.finding_id == item.finding_id)

    def story(self) -> Story:
        base, almanac = self.stage.base[self.told.campaign], self.stage.almanac
        for day, hour, act in self.told.acts:
            yield moment(almanac.working(base + day), hour, f"{self.name}, {act}, {day}")
            getattr(self, act)()

    # --- the agency ---

    def draft(self) -> None:
        wanted = sa.select(Finding).where(Finding.id.in_([life.finding_id for life in self.lives]))
        [notice] = notices.draft_notices(
            self.stage.session,
            self.stage.session.scalars(wanted.order_by(Finding.id)).all(),
            by=self.stage.coordinator,
            kind=self.told.kind,
            legal_basis=BASIS,
            reasons=REASONS,
            answer_to=ANSWER_TO,
            how_to_object=HOW_TO_OBJECT,
        )
        self.key = notice.id

    def submit(self) -> None:
        notices.submit(self.stage.session, self.notice, by=self.stage.coordinator)

    def approve(self) -> None:
        perform(self.stage.session, self.notice, APPROVE, by=self.stage.reviewer)

    def give_back(self) -> None:
        perform(self.stage.session, self.notice, RETURN, by=self.stage.reviewer, note=UNCLEAR)

    def issue(self) -> None:
        notices.issue(self.stage.session, self.notice, by=self.stage.coordinator)
        self.stage.after("seal")

    def check(self) -> None:
        self.see_for_ourselves(self.notice.items[:-1] if "check_last" in self.acts else self.notice.items)

    def check_last(self) -> None:
        self.see_for_ourselves(self.notice.items[-1:])

    @property
    def acts(self) -> set[str]:
        return {act for _day, _hour, act in self.told.acts}

    def see_for_ourselves(self, items: Iterable[NoticeItem]) -> None:
        settled = []
        for item in items:
            meant = self.meant_for(item)
            if item.status != ItemStatus.CLAIMED or meant not in SEEN_GONE | {"returned"}:
                continue
            if meant == "returned":
                self.look(item, found=STILL_THERE)
                notices.send_back(self.stage.session, item, by=self.stage.coordinator)
            else:
                self.look(item)
                notices.verify(self.stage.session, item, by=self.stage.coordinator)
                settled.append(item.id)
        if settled:
            self.stage.begin(self.look_back(settled))

    def look_back(self, items: list[int]) -> Story:
        """Again after some days, as long as they stay settled."""
        first = day_of(clock.now())
        for days in self.told.looks:
            day = self.stage.almanac.on_or_after(first + timedelta(days=days))
            yield moment(day, 15, f"{self.name}, {items}, look {days}")
            for key in items:
                item = self.stage.session.get_one(NoticeItem, key)
                if item.status == ItemStatus.VERIFIED and item.settled_at and day_of(item.settled_at) == first:
                    self.look(item)

    def look(self, item: NoticeItem, found: str = "") -> None:
        by, life = self.stage.coordinator, self.life_of(item)
        title, shop = life.listing["title"], life.listing["shop_name"]
        said = "still there" if found else "gone"
        seen = self.stage.proof(K.LOOK, by, title, said, shop, item.listing_id, category=life.category)
        notices.look(
            self.stage.session, item, gone=not found, seen_at=clock.now(), evidence=[seen], by=by, reason=found
        )

    def excuse(self) -> None:
        for item in self.notice.items:
            if self.meant_for(item) == "excused":
                why, by = Excuse.REFUSAL_ACCEPTED, self.stage.reviewer
                notices.excuse(self.stage.session, item, why, by=by, note=ACCEPTED)

    def close(self) -> None:
        notices.close(self.stage.session, self.notice, by=self.stage.coordinator)
        self.stage.after("close samples")

    def back(self) -> None:
        """A later look finds it on sale again."""
        for item in self.notice.items:
            if self.meant_for(item) in {"back", "again"} and item.status == ItemStatus.VERIFIED:
                self.look(item, found=CAME_BACK)
                notices.reopen(self.stage.session, item, by=self.stage.coordinator)

    def question(self) -> None:
        notices.ask(self.stage.session, self.notice, ASKS, self.notice.items[0], by=self.stage.coordinator)

    def reply(self) -> None:
        notices.answer_to(self.stage.session, self.objected, REPLIES, by=self.stage.coordinator)

    def refuse(self) -> None:
        notices.decide_objection(self.stage.session, self.objected, REFUSES, upheld=False, by=self.stage.reviewer)

    @property
    def objected(self) -> ThreadEntry:
        return open_objections(self.stage.session, self.notice)[0]

    def amend(self) -> None:
        said = wording_of(self.notice) | {"reasons": f"{REASONS}{WITH_THE_PACKS}", "reason": PACKS}
        notices.amend(self.stage.session, self.notice, by=self.stage.coordinator, **said)

    def approve_amendment(self) -> None:
        notices.approve_edition(self.stage.session, self.notice, by=self.stage.reviewer)
        self.stage.after("reissue")

    def withdraw(self) -> None:
        notices.draft_withdrawal(self.stage.session, self.notice, OVERTURNED, by=self.stage.coordinator)
        notices.withdraw(self.stage.session, self.notice, "", by=self.stage.reviewer)

    # --- the platform ---

    def open(self) -> None:
        """Somebody of the platform has it before them: a job proves the receipt."""
        by = self.stage.at(self.notice.platform, Role.PLATFORM)
        delivery.open_as_platform(self.stage.session, self.notice, by=by)
        self.stage.after("serve")

    def acknowledge(self) -> None:
        code = self.notice.platform.code
        reference = f"{code}-REG-{clock.now():%Y%m%d}-{100 + spread(self.name, 800)}"
        by = self.stage.at(self.notice.platform, Role.PLATFORM)
        delivery.acknowledge(self.stage.session, self.notice, reference, by=by)

    def objection(self) -> None:
        by = self.stage.at(self.notice.platform, Role.PLATFORM)
        notices.object_to(self.stage.session, self.notice, OBJECTS, self.notice.items[0], by=by)

    def answer(self) -> None:
        """What is meant to be answered, listing by listing."""
        waiting = [ItemStatus.OPEN, ItemStatus.RETURNED, ItemStatus.REOPENED]
        entries = [
            self.outcome(item)
            for item in self.notice.items
            if item.status in waiting and self.meant_for(item) in ANSWERED
        ]
        by = self.stage.at(self.notice.platform, Role.PLATFORM)
        for answered in delivery.answer(self.stage.session, self.notice, entries, by=by):
            assert answered.ok, answered

    def outcome(self, item: NoticeItem) -> OutcomeEntry:
        life, by = self.life_of(item), self.stage.at(item.notice.platform, Role.PLATFORM)
        if self.meant_for(item) == "excused":
            return OutcomeEntry(item.listing_id, Outcome.REFUSED, reason=OTHER_BATCH)
        proof = self.proof_of(item, by)
        sold, acted_at = spread(f"{item.listing_id}, sold", 1_400), clock.now() - timedelta(minutes=40)
        sold = ALWAYS_SOLD.get(item.notice.platform.code, sold)
        swept = [f"{life.listing['url']}?same={n}" for n in range(spread(f"{item.listing_id}, swept", 4))]
        if sold % 7 == 0:
            return OutcomeEntry(item.listing_id, Outcome.ALREADY_GONE, units_sold=sold, evidence=[proof])
        return OutcomeEntry(
            item.listing_id, Outcome.REMOVED, acted_at=acted_at, units_sold=sold, swept=swept, evidence=[proof]
        )

    def proof_of(self, item: NoticeItem, by: Actor) -> str:
        """A picture of the listing; who answers by rote sends that of the first one for all of them."""
        shown = item.notice.items[0] if item.notice.platform.code in ALWAYS_SOLD else item
        life = self.life_of(shown)
        title, shop = life.listing["title"], life.listing["shop_name"]
        return self.stage.proof(K.PLATFORM_PROOF, by, title, shop, shown.listing_id, category=life.category)
