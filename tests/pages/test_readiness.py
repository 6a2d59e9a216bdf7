"""A draft campaign says what is still missing and where it is mended, and how precise its sample will be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.campaigns.precision import Point
from quality.campaigns.workflow import RETURN
from quality.core.workflow import perform
from quality.pages.precision import drawn
from quality.people.models import Membership
from quality.permissions import Role
from tests.harness.campaigns import LEAD, MAGNET, campaign_at, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast

pytestmark = on_sqlite
STEADY = {"strata": ["platform"], "allocation": {"method": "equal", "n": 4, "min_per_stratum": 2}, "reserve": 1}


@pytest.fixture
def frames(app: Flask) -> Path:
    folder: Path = app.config["SETTINGS"].frames_folder
    return folder


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def panel(client: Any, campaign: Campaign) -> str:
    page: str = client.get(f"/desk/campaign/{campaign.number}").text
    return page.split('id="h-ready"')[1].split("</section>", maxsplit=1)[0] if 'id="h-ready"' in page else ""


def test_what_is_missing_is_named_and_leads_to_where_it_is_mended(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    campaign = planned(session, cast, items=[], price_cap_fen=None)
    session.commit()

    said = panel(coordinator, campaign)

    for bad in ("No test item", "No sampling frame"):
        assert f'<span class="mc-tag mc-bad">{bad}</span>' in said
    assert '<span class="mc-tag mc-warn">No price cap</span>' in said
    where = f"/desk/campaign/{campaign.number}"
    assert f'href="{where}/frame"' in said
    for address in re.findall(r'href="([^"#]+)', said):
        assert coordinator.get(address).status_code == 200


def test_a_draft_that_is_ready_has_nothing_to_mend_and_nothing_is_said_later(
    app: Flask, coordinator: Any, session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, CampaignStatus.DRAFT, frames, design=STEADY)
    session.commit()

    said = panel(coordinator, campaign)

    assert "mc-bad" not in said + panel(sign_in(app, cast.reviewer), campaign)
    assert "The plan fits the frame" in said
    assert panel(sign_in(app, cast.reviewer), campaign) == "", "who cannot change the draft is told nothing"


def test_money_and_the_reason_of_the_size_are_asked_before_the_review(
    coordinator: Any, session: Session, cast: Cast, frames: Path
) -> None:
    bare = campaign_at(session, cast, CampaignStatus.DRAFT, frames, design=STEADY, price_cap_fen=5_000, pieces=2)
    items = [MAGNET._replace(lab_fee_fen=10_000), LEAD._replace(lab_fee_fen=6_000)]
    full: dict[str, Any] = {
        "items": items,
        "budget_fen": 100_000,
        "size_basis": "按发现率10%估计",
        "pieces": 2,
        "design": STEADY,
    }
    whole = campaign_at(session, cast, CampaignStatus.DRAFT, frames, **full)
    short = campaign_at(session, cast, CampaignStatus.DRAFT, frames, **full | {"budget_fen": 90_000})
    free = campaign_at(session, cast, CampaignStatus.DRAFT, frames, **full | {"items": [items[0], LEAD]})
    session.commit()

    said = panel(coordinator, bare)
    for tag in ("No budget", "No reason for the sample size", "Listings over the price cap"):
        assert f'<span class="mc-tag mc-warn">{tag}</span>' in said
    assert "12 of 12 listings with a price" in said
    warned = re.findall(r"mc-warn\">([^<]*)", panel(coordinator, whole))
    assert warned == [], "nothing was sampled lately that it could be compared with"
    assert "The budget suffices, 40.80 yuan are left" in panel(coordinator, whole), "4 × (2 × 39.90 + 160)"
    assert "The budget lacks 59.20 yuan" in panel(coordinator, short)
    assert "1 test item has no laboratory fee" in panel(coordinator, free)


def test_nobody_else_to_approve_is_found_before_it_is_submitted(coordinator: Any, session: Session, cast: Cast) -> None:
    campaign = planned(session, cast)
    session.execute(sa.update(Membership).where(Membership.role == Role.REVIEWER).values(ended_at=cast.clock.moment))
    session.commit()

    assert '<span class="mc-tag mc-bad">Nobody can approve it</span>' in panel(coordinator, campaign)


def test_a_probability_sample_shows_its_precision_and_a_targeted_one_does_not(
    coordinator: Any, session: Session, cast: Cast, frames: Path
) -> None:
    sample = campaign_at(session, cast, CampaignStatus.DRAFT, frames, design=STEADY)
    targeted = campaign_at(session, cast, CampaignStatus.DRAFT, frames, design=STEADY, kind=CampaignKind.RISK_TARGETED)
    session.commit()

    page = coordinator.get(f"/desk/campaign/{sample.number}").text
    assert "Sample size and precision" in page
    assert 'class="curve"' in page
    assert "4 (planned)" in page
    assert "Sample size and precision" not in coordinator.get(f"/desk/campaign/{targeted.number}").text


def test_the_names_of_curves_that_meet_stand_apart(app: Flask) -> None:
    points = [Point(n, {0.1: 0.03, 0.2: 0.04, 0.5: width}) for n, width in ((10, 0.2), (20, 0.1), (40, 0.03))]

    with app.test_request_context("/?lang=en"):
        found = drawn(points, 20)

    low, high = (line.name_y for line in found.lines)
    assert low - high >= 14
    assert [tick.text for tick in found.ticks] == ["0", "±5", "±10", "±15", "±20"]
    assert [row.widths for row in found.rows][1] == ["±3.0", "±4.0", "±10.0"]


def test_a_plan_that_came_back_says_who_returned_it_and_why(
    coordinator: Any, session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, CampaignStatus.IN_REVIEW, frames)
    perform(session, campaign, RETURN, by=cast.reviewer, note="请说明样本量依据")
    session.commit()
    assert cast.reviewer.person

    court = coordinator.get(f"/desk/campaign/{campaign.number}").text.split('class="mc-moves"')[0]

    assert f"{cast.reviewer.person.name} returned it to the drafter: “请说明样本量依据”" in court
