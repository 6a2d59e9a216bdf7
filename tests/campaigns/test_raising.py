"""A price cap is raised after freezing by two people: the plan, its hashes and the draw stay, and money follows."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus, CapRaiseStatus, Drawn
from quality.campaigns.operations import ask_for_cap, grant_cap, refuse_cap, strata_there, take_cap_back
from quality.campaigns.versions import stands_as_approved
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.purchases.models import Task
from quality.purchases.prices import over_the_cap_by
from quality.statistics.money import in_all, money
from tests.harness.campaigns import approved_by_review, campaign_at, commit_to
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import open_campaign, settings

TANGLI, QINGHE = "棠梨商城/儿童玩具", "青禾集市/儿童玩具"
S = CampaignStatus


@pytest.fixture
def dear(session: Session, in_field: Cast) -> tuple[Campaign, list[Task]]:
    """Two pieces at 39.90 yuan, over a cap of 50: two places in each of two strata."""
    return open_campaign(session, in_field, pieces=2, price_cap_fen=5_000)


def asked(session: Session, campaign: Campaign, cast: Cast, stratum: str = TANGLI, cap_fen: int = 8_000) -> Any:
    return ask_for_cap(session, campaign, stratum=stratum, cap_fen=cap_fen, reason="开学季涨价", by=cast.coordinator)


def drawn(session: Session, campaign: Campaign) -> list[Any]:
    units = sa.select(Drawn.listing_id, Drawn.role, Drawn.rank, Drawn.draw_digest)
    return list(session.execute(units.where(Drawn.campaign_id == campaign.id).order_by(Drawn.id)))


def test_once_another_has_granted_it_it_holds_where_it_was_asked_for_and_nothing_is_drawn_anew(
    session: Session, in_field: Cast, dear: tuple[Campaign, list[Task]]
) -> None:
    campaign, tasks = dear
    before, design_hash = drawn(session, campaign), campaign.design_hash
    assert in_all(money(session, campaign)).to_buy == 4 * 5_000
    raised = asked(session, campaign, in_field)
    assert {over_the_cap_by(task) for task in tasks} == {2_980}, "asked is not granted"
    with pytest.raises(NotPermitted, match="role_may_not"):
        grant_cap(session, raised, by=in_field.coordinator)

    grant_cap(session, raised, by=in_field.reviewer, note="同意")

    assert {(task.drawn.stratum, over_the_cap_by(task)) for task in tasks} == {(TANGLI, 0), (QINGHE, 2_980)}
    assert (campaign.price_cap_fen, campaign.cap_of(TANGLI), campaign.cap_of(QINGHE)) == (5_000, 8_000, 5_000)
    assert [each.to_buy for each in money(session, campaign)] == [2 * 7_980, 2 * 5_000]
    assert (drawn(session, campaign), campaign.design_hash) == (before, design_hash)
    events = sa.select(Event).where(Event.subject_type == "campaign", Event.part == f"cap_raise:{raised.id}")
    told = [(each.action, each.actor, each.details["cap_fen"]) for each in session.scalars(events.order_by(Event.seq))]
    coordinator, reviewer = in_field.coordinator.signature, in_field.reviewer.signature
    assert told == [("create", coordinator, "8000"), ("grant", reviewer, "8000")]

    grant_cap(session, asked(session, campaign, in_field, "", 6_000), by=in_field.reviewer)
    assert (campaign.cap_of(TANGLI), campaign.cap_of(QINGHE)) == (8_000, 6_000)
    assert [each.to_buy for each in money(session, campaign)] == [2 * 7_980, 2 * 6_000]
    assert in_all(money(session, campaign, {})).to_buy == 4 * 5_000, "as if nothing had been granted"


@on_sqlite
def test_what_is_refused_or_taken_back_raises_nothing(
    session: Session, in_field: Cast, dear: tuple[Campaign, list[Task]]
) -> None:
    campaign, _tasks = dear
    first, second = asked(session, campaign, in_field), asked(session, campaign, in_field, QINGHE)
    with pytest.raises(Invalid, match="note"):
        refuse_cap(session, first, " ", by=in_field.reviewer)
    refuse_cap(session, first, "礼盒装不在范围内", by=in_field.reviewer)
    take_cap_back(session, second, by=in_field.coordinator)
    assert [each.status for each in campaign.cap_raises] == [CapRaiseStatus.REFUSED, CapRaiseStatus.TAKEN_BACK]
    assert campaign.raised_caps == {}
    with pytest.raises(Refused, match="wrong_status"):
        grant_cap(session, first, by=in_field.reviewer)


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cap_fen": 5_000}, ("cap_fen", "not_higher")),
        ({"cap_fen": 1_000_000_001}, ("cap_fen", "too_much")),
        ({"stratum": "别处/儿童玩具"}, ("stratum", "unknown")),
        ({"reason": " \n"}, ("reason", "missing")),
        ({"reason": "长" * 501}, ("reason", "too_long")),
    ],
)
def test_each_field_that_is_wrong_is_named(
    session: Session, in_field: Cast, dear: tuple[Campaign, list[Task]], changed: Any, said: Any
) -> None:
    given = {"stratum": TANGLI, "cap_fen": 8_000, "reason": "开学季涨价"} | changed
    with pytest.raises(Invalid) as wrong:
        ask_for_cap(session, dear[0], **given, by=in_field.coordinator)
    assert [(each.field, each.code) for each in wrong.value.problems] == [said]


@on_sqlite
def test_it_is_asked_for_once_at_a_time_by_who_plans_and_has_read_the_campaign(
    session: Session, in_field: Cast, dear: tuple[Campaign, list[Task]]
) -> None:
    campaign, _tasks = dear
    seen = campaign.version
    asked(session, campaign, in_field)
    with pytest.raises(Refused, match="asked_already"):
        asked(session, campaign, in_field)
    given: dict[str, Any] = {"stratum": QINGHE, "cap_fen": 8_000, "reason": "涨价"}
    with pytest.raises(Stale):
        ask_for_cap(session, campaign, **given, by=in_field.coordinator, version=seen)
    with pytest.raises(NotPermitted):
        ask_for_cap(session, campaign, **given, by=in_field.reviewer)


@on_sqlite
@pytest.mark.parametrize(
    ("status", "cap_fen", "code"),
    [(S.APPROVED, 5_000, "wrong_status"), (S.FROZEN, None, "no_cap"), (S.FROZEN, 5_000, None), (S.DRAWN, 5_000, None)],
)
def test_it_is_raised_from_freezing_on_where_there_is_one(
    session: Session, cast: Cast, status: CampaignStatus, cap_fen: int | None, code: str | None
) -> None:
    campaign = campaign_at(session, cast, status, settings().frames_folder, price_cap_fen=cap_fen)
    with pytest.raises(Refused, match=code) if code else nullcontext():
        asked(session, campaign, cast, "")


@on_sqlite
def test_before_the_draw_the_strata_are_those_of_the_approved_plan_which_stands_as_it_was(
    session: Session, cast: Cast
) -> None:
    frames: Path = settings().frames_folder
    campaign = approved_by_review(session, cast, frames)
    commit_to(session, campaign, cast, frames)
    assert strata_there(session, campaign) == [TANGLI, QINGHE]
    grant_cap(session, asked(session, campaign, cast, TANGLI, 60_000), by=cast.reviewer)
    assert stands_as_approved(session, campaign, frames) is True
