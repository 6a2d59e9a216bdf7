"""The demonstration's notices: one answered in part, one closed, one that waits for its reviewer."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality import jobs
from quality.campaigns.models import Drawn
from quality.core import clock
from quality.delivery import operations as delivery
from quality.demonstration.script import NOTICES, NoticeStory
from quality.demonstration.stage import story_of
from quality.evidence.models import EvidenceKind
from quality.lab.models import Finding, FindingStatus
from quality.notices import operations as notices
from quality.notices.answers import OutcomeEntry
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus, Outcome
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import Sample, Task
from quality.walk.disposal import BY_A_JOB, NOTICE_STEPS
from quality.walk.kit import Kit

BASIS = "《中华人民共和国电子商务法》第二十九条、第三十八条；《中华人民共和国产品质量法》第十三条"
REASONS = "经检验，所列商品不符合 GB 6675 系列国家标准的强制性要求，存在危及人身安全的风险。"
ANSWER_TO = "在本系统逐条反馈，并附下架凭证。"
HOW_TO_OBJECT = "对检验结果有异议的，自收到结果之日起15日内书面提出；异议不影响处置的执行。"
STILL_THERE = "仍可购买：经站内搜索进入，“加量装”规格可以下单。请连同全部规格一并下架。"
UNITS_SOLD = {ItemStatus.VERIFIED: 1342, ItemStatus.CLAIMED: 207, ItemStatus.RETURNED: 61}


def open_it(kit: Kit, session: Session, notice: Notice) -> None:
    """Once: a job serves what was opened, and loading that was cut short in between need not open it again."""
    if delivery.first_proof(session, notice, delivery.issued_at(notice)) is None:
        delivery.open_as_platform(session, notice, by=kit.at(session, notice.platform, Role.PLATFORM))


def acknowledge(kit: Kit, session: Session, notice: Notice) -> None:
    desk = kit.at(session, notice.platform, Role.PLATFORM)
    delivery.acknowledge(session, notice, f"{notice.platform.code}-2-{notice.id:04}", by=desk)


STEPS = {**NOTICE_STEPS, NoticeStatus.ISSUED: open_it, NoticeStatus.SERVED: acknowledge}


def dispose(stage: Kit, campaign: int, name: str) -> None:
    """Draft one notice of the script, and take it as far as its story goes."""
    with stage.sessions.begin() as session:
        key = drafted(stage, session, campaign, name)
    while True:
        with stage.sessions.begin() as session:
            notice = session.get_one(Notice, key)
            waits_for_a_job = notice.status in BY_A_JOB
            moved = next_deed(stage, session, notice, NOTICES[name])
        if waits_for_a_job:
            jobs.run_now(stage.sessions, stage.settings)
        elif not moved:
            return


def drafted(stage: Kit, session: Session, campaign: int, name: str) -> int:
    findings = [finding for finding in confirmed(session, campaign) if story_of(drawn_of(finding)).notice == name]
    about = sa.select(NoticeItem.notice_id).where(NoticeItem.finding_id.in_([finding.id for finding in findings]))
    there = session.scalars(about.limit(1)).one_or_none()
    if there is not None:
        return there
    [notice] = notices.draft_notices(
        session,
        findings,
        by=stage.agency(session, Role.COORDINATOR),
        kind=NOTICES[name].kind,
        legal_basis=BASIS,
        reasons=REASONS,
        answer_to=ANSWER_TO,
        how_to_object=HOW_TO_OBJECT,
    )
    return notice.id


def confirmed(session: Session, campaign: int) -> list[Finding]:
    wanted = sa.select(Finding).join(Finding.sample).join(Sample.task).where(Task.campaign_id == campaign)
    return list(session.scalars(wanted.where(Finding.status == FindingStatus.CONFIRMED).order_by(Finding.id)))


def drawn_of(finding: Finding) -> Drawn:
    return finding.sample.task.drawn


def next_deed(stage: Kit, session: Session, notice: Notice, story: NoticeStory) -> bool:
    """One step of the notice, or of one of its listings; False when nothing is left of its story."""
    ends = story.goes_as_far_as
    if notice.status in (NoticeStatus.ACKNOWLEDGED, NoticeStatus.ANSWERED):
        if any(settle(stage, session, item) for item in notice.items):
            return True
        if ends == NoticeStatus.CLOSED:
            notices.close(session, notice, by=stage.agency(session, Role.COORDINATOR))
        return ends == NoticeStatus.CLOSED
    step = STEPS.get(notice.status)
    if step is None or notice.status == ends:
        return False
    step(stage, session, notice)
    return True


def settle(stage: Kit, session: Session, item: NoticeItem) -> bool:
    """The next deed about this listing: the platform's answer, then our own look. False when its story is told."""
    wanted = story_of(drawn_of(item.finding)).listing
    if item.status == wanted:
        return False
    if item.status == ItemStatus.OPEN:
        claim(stage, session, item, UNITS_SOLD[wanted])
        return True
    coordinator = stage.agency(session, Role.COORDINATOR)
    if wanted == ItemStatus.VERIFIED:
        look(stage, session, item, coordinator)
        notices.verify(session, item, by=coordinator)
    else:
        look(stage, session, item, coordinator, found=STILL_THERE)
        notices.send_back(session, item, by=coordinator)
    return True


def claim(stage: Kit, session: Session, item: NoticeItem, units_sold: int) -> None:
    desk = stage.at(session, item.notice.platform, Role.PLATFORM)
    proof = stage.proof(session, item.listing_id, EvidenceKind.PLATFORM_PROOF, desk)
    entry = OutcomeEntry(
        item.listing_id, Outcome.REMOVED, acted_at=clock.now(), units_sold=units_sold, evidence=[proof]
    )
    [answered] = delivery.answer(session, item.notice, [entry], by=desk)
    assert answered.ok, answered


def look(stage: Kit, session: Session, item: NoticeItem, by: Actor, found: str = "") -> None:
    seen = stage.proof(session, item.listing_id, EvidenceKind.LOOK, by)
    notices.look(session, item, gone=not found, seen_at=clock.now(), evidence=[seen], by=by, reason=found)
