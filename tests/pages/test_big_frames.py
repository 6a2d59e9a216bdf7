"""A frame of millions is sorted and counted by the job: whoever needs it sooner is told, and no page waits for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.campaigns import sampling
from quality.campaigns.frame import kept
from quality.campaigns.frame.kept import DUE, HASHES, work_out_one
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.operations import ItemPlan, Plan, amend, submit
from quality.core.errors import Invalid
from tests.harness.campaigns import campaign_at, commit_to, drawn, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import Cast
from tests.harness.purchases import settings

pytestmark = on_sqlite


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame is a big one."""
    monkeypatch.setattr(kept, "SOON", 0)
    sampling.sizes_of.cache_clear()


def changed(session: Session, cast: Cast, campaign: Campaign, *strata: str, **design: Any) -> None:
    whole = json.loads(campaign.design) | {"strata": list(strata)} | design
    facts = {name: getattr(campaign, name) for name in Plan._fields if name not in {"items", "design", "laboratory"}}
    items = [ItemPlan(each.item, each.limit, each.method, each.rule) for each in campaign.items]
    plan = Plan(**facts, items=items, design=whole)
    amend(session, campaign, plan, by=cast.coordinator, frames=settings().frames_folder)
    session.commit()


def refused(session: Session, cast: Cast, campaign: Campaign) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as wrong:
        submit(session, campaign, by=cast.coordinator, frames=settings().frames_folder)
    session.rollback()
    return [(problem.field, problem.code) for problem in wrong.value.problems]


def test_a_plan_by_other_strata_says_that_it_is_being_counted_until_the_job_has_done_it(
    session: Session, cast: Cast, sign_in: Any, big: None
) -> None:
    give_password(session, cast.coordinator.person)  # type: ignore[arg-type]
    frames = settings().frames_folder
    campaign = campaign_at(session, cast, CampaignStatus.DRAFT, frames)
    while work_out_one(frames):
        pass
    changed(session, cast, campaign, "shop_name")
    assert campaign.frame_hash is None
    coordinator = sign_in(cast.coordinator)
    page = coordinator.get(f"/desk/campaign/{campaign.number}").text
    assert "look again in a minute" in page
    assert refused(session, cast, campaign) == [("frame", "being_counted")]

    assert work_out_one(frames) is True
    assert list(frames.glob(f"*{DUE}")) == []
    assert "look again in a minute" not in coordinator.get(f"/desk/campaign/{campaign.number}").text
    submit(session, campaign, by=cast.coordinator, frames=frames)
    told = json.loads((frames / f"{campaign.frame_sha256}{HASHES}").read_text(encoding="utf-8"))
    assert campaign.frame_hash == told['["shop_name"]']


def test_what_the_job_finds_wrong_is_said_by_the_page_and_stops_the_plan(
    session: Session, cast: Cast, sign_in: Any, big: None
) -> None:
    give_password(session, cast.coordinator.person)  # type: ignore[arg-type]
    frames = settings().frames_folder
    campaign = campaign_at(session, cast, CampaignStatus.DRAFT, frames)
    changed(session, cast, campaign, "platform", size={"column": "monthly_sales"})
    while work_out_one(frames):
        pass
    assert "row 2, monthly_sales" in {field for field, _code in refused(session, cast, campaign)}
    with pytest.raises(Invalid, match="monthly_sales"):
        changed(session, cast, campaign, "platform", size={"column": "monthly_sales"})


def test_freezing_and_drawing_sort_nothing(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = settings().frames_folder
    campaign = campaign_at(session, cast, CampaignStatus.APPROVED, frames)
    sampling.sizes_of.cache_clear()
    monkeypatch.setattr(kept, "_work_out", lambda *_given: pytest.fail("sorted again"))
    commit_to(session, campaign, cast, frames)
    drawn(session, campaign, cast, frames)
    assert campaign.status == CampaignStatus.DRAWN


def test_a_frame_that_is_gone_leaves_no_note_that_comes_again(session: Session, cast: Cast, big: None) -> None:
    frames = settings().frames_folder
    assert planned(session, cast).frame_sha256 is None
    frames.mkdir(parents=True, exist_ok=True)
    (frames / f"{'0' * 64}{DUE}").write_text("{}")
    assert (work_out_one(frames), work_out_one(frames)) == (True, False)
