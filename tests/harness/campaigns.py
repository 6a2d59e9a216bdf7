"""Campaigns that walked the real road: planned, framed, approved, frozen, drawn."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.frame import ImportReport, import_frame
from quality.campaigns.frame.kept import HASHES, PLATFORMS, SIZES, bring
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.campaigns.operations import ItemPlan, approve, draw, freeze, plan, set_frame, submit
from quality.campaigns.workflow import APPROVE, START, SUBMIT
from quality.core import clock
from quality.core.workflow import perform
from tests.harness.people import Cast

MAGNET = ItemPlan(item="磁通量指数", limit="＜50 kG²mm²", method="GB 6675.2—2014, 5.25")
LEAD = ItemPlan(item="可迁移元素：铅", limit="≤90 mg/kg", method="GB 6675.4", rule="non_binary")


def frame_of(
    frames: Path, *, per_platform: int = 6, platforms: Sequence[str] = ("棠梨商城", "青禾集市")
) -> ImportReport:
    """A small frame, imported: `per_platform` listings on each platform."""
    report = imported_once(per_platform, tuple(platforms))
    frames.mkdir(parents=True, exist_ok=True)
    shutil.copy(report.path, frames)
    bring(report.path, frames, *WORKED_OUT)
    return report


@cache
def imported_once(per_platform: int, platforms: tuple[str, ...]) -> ImportReport:
    lines = ["listing_id,platform,category,shop_id,shop_name,title,url,price_fen"]
    for p, platform in enumerate(platforms):
        for i in range(per_platform):
            address = f"https://item.example/{p}{i}"
            lines.append(f"L{p}{i:04d},{platform},儿童玩具,S{i},小满童品旗舰店,磁力棒 {i} 号,{address},3990")
    folder = Path(tempfile.mkdtemp(prefix="mingcha-frames-"))
    atexit.register(shutil.rmtree, folder)
    source = folder / "frame.csv"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return import_frame(source, folder)


WORKED_OUT = (HASHES, SIZES, PLATFORMS)
DESIGN: dict[str, Any] = {
    "strata": ["platform", "category"],
    "allocation": {"method": "equal", "n": 4},
    "reserve": 2,
}


def planned(session: Session, cast: Cast, **changed: Any) -> Campaign:
    today = clock.now().date()
    facts: dict[str, Any] = {
        "title": "2026年云州市网络销售儿童玩具质量监督抽检",
        "kind": CampaignKind.PROBABILITY,
        "basis": "《产品质量法》第十五条",
        "category": "儿童玩具",
        "starts_on": today,
        "ends_on": date(today.year + 1, 1, 31),
        "design": DESIGN,
        "items": [MAGNET, LEAD],
        "price_cap_fen": 50_000,
    }
    return plan(session, by=cast.coordinator, **(facts | changed))


def campaign_at(
    session: Session, cast: Cast, status: CampaignStatus, frames: Path, *, per_platform: int = 6, **changed: Any
) -> Campaign:
    """A campaign in `status`, up to in_field. The draw comes twelve hours after freezing, by the held clock."""
    campaign = planned(session, cast, **changed)
    steps = [
        (CampaignStatus.DRAFT, lambda: framed(session, campaign, cast, frames, per_platform=per_platform)),
        (CampaignStatus.IN_REVIEW, lambda: perform(session, campaign, SUBMIT, by=cast.coordinator)),
        (CampaignStatus.APPROVED, lambda: perform(session, campaign, APPROVE, by=cast.reviewer)),
        (CampaignStatus.FROZEN, lambda: commit_to(session, campaign, cast, frames)),
        (CampaignStatus.DRAWN, lambda: drawn(session, campaign, cast, frames)),
        (CampaignStatus.IN_FIELD, lambda: perform(session, campaign, START, by=cast.coordinator)),
    ]  # fmt: skip
    for reached, step in steps:
        step()
        if reached == status:
            return campaign
    raise ValueError(status)


def approved_by_review(session: Session, cast: Cast, frames: Path, **changed: Any) -> Campaign:
    """An approved campaign whose editions are kept: `campaign_at` spares itself the counting of the strata."""
    campaign = planned(session, cast, **changed)
    framed(session, campaign, cast, frames)
    submit(session, campaign, by=cast.coordinator, frames=frames)
    approve(session, campaign, by=cast.reviewer, frames=frames)
    return campaign


def framed(session: Session, campaign: Campaign, cast: Cast, frames: Path, *, per_platform: int = 6) -> None:
    report = frame_of(frames, per_platform=per_platform)
    set_frame(session, campaign, report, by=cast.coordinator, frames=frames)
    bring(frames / report.path.name, report.path.parent, *WORKED_OUT)  # for the next campaign of the same frame


def commit_to(session: Session, campaign: Campaign, cast: Cast, frames: Path) -> None:
    freeze(
        session,
        campaign,
        by=cast.reviewer,
        public_event="云州体育彩票第26101期",
        public_event_at=clock.now() + timedelta(hours=12),
        frames=frames,
    )


def drawn(session: Session, campaign: Campaign, cast: Cast, frames: Path) -> None:
    """Draw, once the public number is out."""
    assert campaign.public_event_at
    cast.clock.moment = max(cast.clock.moment, campaign.public_event_at)
    draw(session, campaign, by=cast.reviewer, public_number="03 11 19 22 31 + 05", source="云州晚报", frames=frames)
