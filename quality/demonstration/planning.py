"""The story of a campaign: planned, reviewed, frozen, drawn by a public number, bought, and in the end closed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from quality.campaigns import operations as campaigns
from quality.campaigns.frame import import_frame
from quality.campaigns.models import Campaign
from quality.campaigns.workflow import RETURN
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.workflow import perform
from quality.demonstration.days import moment, spread
from quality.demonstration.library import from_the_library
from quality.demonstration.life import life_of, story_of
from quality.demonstration.listings import write_frame
from quality.demonstration.measures import FEES
from quality.demonstration.people import LABORATORIES
from quality.demonstration.plans import AGAIN, BASIS, KEEPS_OPEN, PIECES, PUBLIC_NUMBER, Plan
from quality.demonstration.radar import back_on_sale
from quality.demonstration.stage import Stage
from quality.demonstration.targeting import target
from quality.demonstration.timeline import Story, day_of
from quality.objections.operations.disposal import confirm_disposal
from quality.publication.operations import close_campaign
from quality.purchases import operations as purchases
from quality.purchases.models import PortionKind, PortionStatus
from quality.purchases.operations.storage import propose_disposal
from quality.targeting.coordination.excluding import Asked, exclude
from quality.targeting.coordination.rules import Reason

RESERVE = 2
DRAWN_AT = time(21, 15)  # of Beijing, when the lottery draws
TOO_THIN = "样本量依据不足：能否分出与上一季的差别，请写明。"
NOT_NEEDED = "与省局同期抽检重复，经协商由省局统一组织。"
MORE_WANTED = "总局通报同类产品磁通量问题突出：请每层增加样本量，并相应提高价格上限后重新报审。"
STRATA = ["platform", "category"]
KEPT = (  # of a plan that is changed after its approval
    "title", "kind", "basis", "category", "starts_on", "ends_on", "budget_fen", "size_basis", "follow_up",
    "pieces",
)  # fmt: skip
QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")

# move, working days after the move before, hour
WAY = [("plan", 0, 9), ("submit", 1, 15), ("approve", 1, 10), ("freeze", 1, 14), ("draw", 2, 10), ("start", 1, 9)]
ASIDE = {"return": ("submit", 11), "cancel": ("approve", 16)}  # the move that comes before, and the hour
AGAIN_WAY = [("reopen", 1, 9), ("change", 0, 14), ("submit", 0, 15)]  # once approved, of what is reviewed again
CLOSES = 18  # working days after its today: the one campaign whose every case has ended


def way_of(plan: Plan) -> Iterator[tuple[str, int, int]]:
    """Each move as far as this plan goes: its name, its working day after the first, its hour."""
    last = ASIDE[plan.goes_to][0] if plan.goes_to in ASIDE else "approve" if plan.goes_to == "again" else plan.goes_to
    day = 0
    for move, after, hour in WAY:
        day += after
        yield move, day, hour
        if move == last:
            break
    if plan.goes_to in ASIDE:
        yield plan.goes_to, day + 1, ASIDE[plan.goes_to][1]
    for move, after, hour in AGAIN_WAY if plan.goes_to == "again" else ():
        day += after
        yield move, day, hour


def story(stage: Stage, plan: Plan, *, closes: bool) -> Story:
    base, key = stage.base[plan.key], 0
    for move, day, hour in way_of(plan):
        yield moment(stage.almanac.working(base - plan.begins + day), hour, f"{plan.key}, {move}")
        if move == "plan":
            key = planned(stage, plan)
        else:
            MOVES[move](stage, stage.session.get_one(Campaign, key), plan)
    if closes:
        yield moment(stage.almanac.working(base + CLOSES), 16, f"{plan.key}, close")
        close(stage, stage.session.get_one(Campaign, key))


def planned(stage: Stage, plan: Plan) -> int:
    today = day_of(clock.now())
    allocation = allocation_of(plan, plan.a_stratum)
    campaign = campaigns.plan(
        stage.session,
        by=stage.coordinator,
        title=plan.title.format(quarter=quarter_of(today)),
        kind=plan.kind,
        basis=BASIS,
        category=plan.category,
        starts_on=today,
        ends_on=today + timedelta(days=KEEPS_OPEN),
        design={"strata": STRATA, "allocation": allocation, "reserve": RESERVE},
        items=items_of(stage, plan),
        price_cap_fen=plan.price_cap_fen,
        pieces=PIECES,
        budget_fen=plan.budget_fen,
        size_basis=plan.size_basis,
        follow_up=plan.follow_up,
        laboratory=LABORATORIES[0],
    )
    frames = stage.settings.frames_folder
    with tempfile.TemporaryDirectory(prefix="demonstration-") as scratch:
        also = back_on_sale(stage, plan.categories) if plan.key == AGAIN else []
        written = write_frame(Path(scratch) / "frame.csv", plan.key, plan.categories, plan.listings, also)
        imported = import_frame(written, frames)
    campaigns.set_frame(stage.session, campaign, imported, by=stage.coordinator, frames=frames)
    if plan.all_shops:
        asked = Asked((Reason.SAME_LISTING, Reason.SAME_PRODUCT), note=plan.all_shops)
        exclude(stage.session, campaign, asked, by=stage.coordinator, frames=frames)
    if plan.by_scores:
        target(stage, campaign, plan)
    return campaign.id


def items_of(stage: Stage, plan: Plan) -> list[campaigns.ItemPlan]:
    return [item._replace(lab_fee_fen=FEES[item.item]) for item in from_the_library(stage, plan.items)]


def allocation_of(plan: Plan, a_stratum: int) -> dict[str, Any]:
    return {"method": "equal", "n": a_stratum * 3 * len(plan.categories), "min_per_stratum": a_stratum}


def quarter_of(day: date) -> str:
    return f"{day.year}年{QUARTERS[(day.month - 1) // 3]}"


def submit(stage: Stage, campaign: Campaign, _plan: Plan) -> None:
    campaigns.submit(stage.session, campaign, by=stage.coordinator, frames=stage.settings.frames_folder)


def approve(stage: Stage, campaign: Campaign, _plan: Plan) -> None:
    campaigns.approve(stage.session, campaign, by=stage.reviewer, frames=stage.settings.frames_folder)


def reopen(stage: Stage, campaign: Campaign, _plan: Plan) -> None:
    campaigns.reopen(stage.session, campaign, by=stage.reviewer, why=MORE_WANTED)


def change(stage: Stage, campaign: Campaign, plan: Plan) -> None:
    """Two more in each stratum, at a higher price."""
    allocation = allocation_of(plan, plan.a_stratum + 2)
    said: dict[str, Any] = {name: getattr(campaign, name) for name in KEPT}
    written = campaigns.Plan(
        **said,
        design={"strata": STRATA, "allocation": allocation, "reserve": RESERVE},
        items=items_of(stage, plan),
        price_cap_fen=plan.price_cap_fen + 10_000,
        laboratory=LABORATORIES[0],
    )
    frames = stage.settings.frames_folder
    campaigns.amend(stage.session, campaign, written, by=stage.coordinator, frames=frames)


def give_back(stage: Stage, campaign: Campaign, _plan: Plan) -> None:
    perform(stage.session, campaign, RETURN, by=stage.reviewer, note=TOO_THIN)


def cancel(stage: Stage, campaign: Campaign, _plan: Plan) -> None:
    campaigns.cancel(stage.session, campaign, by=stage.reviewer, note=NOT_NEEDED)


def freeze(stage: Stage, campaign: Campaign, _plan: Plan) -> None:
    tomorrow = day_of(clock.now()) + timedelta(days=1)
    campaigns.freeze(
        stage.session,
        campaign,
        by=stage.reviewer,
        public_event=PUBLIC_NUMBER,
        public_event_at=datetime.combine(tomorrow, DRAWN_AT, BEIJING),
        frames=stage.settings.frames_folder,
    )


def draw(stage: Stage, campaign: Campaign, plan: Plan) -> None:
    campaigns.draw(
        stage.session,
        campaign,
        by=stage.reviewer,
        public_number=lottery(plan.key),
        source=PUBLIC_NUMBER,
        frames=stage.settings.frames_folder,
    )


def lottery(key: str) -> str:
    """Six different numbers to 33, and one to 16, as the lottery writes them."""
    red = sorted(range(1, 34), key=lambda n: spread(f"{key}, {n}", 10**9))[:6]
    return f"{','.join(f'{n:02}' for n in sorted(red))}+{1 + spread(f'{key}, blue', 16):02}"


def start(stage: Stage, campaign: Campaign, plan: Plan) -> None:
    for task in purchases.open_field(stage.session, campaign, by=stage.coordinator):
        stage.begin(story_of(life_of(stage, plan.key, task), stage.deeds))


def close(stage: Stage, campaign: Campaign) -> None:
    """The end of a campaign; what the laboratory refused is thrown away."""
    close_campaign(stage.session, campaign, by=stage.coordinator)
    for sample in stage.refused_samples(campaign.id):
        for kind in PortionKind:
            portion = sample.portion(kind)
            if portion.status in (PortionStatus.REFUSED_BY_LAB, PortionStatus.SEALED):
                propose_disposal(stage.session, sample, kind, "实验室拒收，按废弃物处理", by=stage.coordinator)
                confirm_disposal(stage.session, sample, kind, by=stage.reviewer)
    stage.after("documents")


MOVES = {
    "submit": submit,
    "approve": approve,
    "reopen": reopen,
    "change": change,
    "return": give_back,
    "cancel": cancel,
    "freeze": freeze,
    "draw": draw,
    "start": start,
}
