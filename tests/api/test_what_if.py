"""The planner by API: the same figures as on its page, and what is wrong at its field."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignKind
from tests.api.conftest import Keyed
from tests.harness.api import wrong
from tests.harness.campaigns import framed, planned
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, founded
from tests.harness.purchases import settings
from tests.harness.snapshots import Road, Snapshot

pytestmark = on_sqlite


def three_drafts(session: Session, clock: HeldClock) -> list[str]:
    """A probability sample, a risk-targeted one, and one without a frame: their addresses."""
    cast = founded(session, clock)
    made = [planned(session, cast), planned(session, cast, kind=CampaignKind.RISK_TARGETED), planned(session, cast)]
    for campaign in made[:2]:
        framed(session, campaign, cast, settings().frames_folder)
    return [f"/campaigns/{campaign.number}/what_if" for campaign in made]


@pytest.fixture
def road() -> Road:
    return three_drafts


@pytest.fixture
def drafts(arrived: Snapshot) -> list[str]:
    left: list[str] = arrived.left
    return left


def test_it_tells_what_a_plan_comes_to(keyed: Keyed, cast: Cast, drafts: list[str]) -> None:
    probability, targeted, without = drafts
    program = keyed(cast.coordinator)
    told: dict[str, Any] = program.get(f"{probability}?n=8&budget_fen=50000&lab_fee_fen=6000&rate=0.2").get_json()

    assert (told["n"], told["method"], told["is_estimate"]) == (8, "equal", True)
    assert told["money"] == {
        "purchases_fen": 31_920, "tests_fen": 48_000, "total_fen": 79_920, "at_most_fen": 448_000,
        "budget_fen": 50_000, "over_fen": 29_920, "unpriced": [],
    }  # fmt: skip
    assert [row["n"] for row in told["strata"]] == [4, 4]
    assert told["strata"][0]["chance"] == "0.6667"  # one of six is nonconforming, and four are drawn
    assert told["affordable"]["n"] == 5
    assert [each["method"] for each in told["methods"]] == ["equal", "proportional", "neyman"]
    assert told["curve"][0].keys() == {"n", "half_widths"}

    assert {row["rests_on"] for row in program.get(f"{probability}?rates=history").get_json()["strata"]} == {None}

    counts = program.get(targeted).get_json()
    assert (counts["is_estimate"], counts["total"]["half_width"], counts["wish"], counts["curve"]) == (
        False, None, None, [],
    )  # fmt: skip
    assert program.get(without).status_code == 409


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("n=0", "n"),
        ("n=13", "n"),
        ("method=neyman", "method"),
        ("method=census", "method"),
        ("rate=1.5", "rate"),
        ("half_width=NaN", "half_width"),
        ("laboratory=ZZ", "laboratory"),
        ("lab_per_week=0", "lab_per_week"),
        ("colour=red", "colour"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(keyed: Keyed, cast: Cast, drafts: list[str], query: str, at: str) -> None:
    assert wrong(keyed(cast.coordinator).get(f"{drafts[0]}?{query}")).keys() == {at}


def test_a_wish_tells_how_many_and_why(keyed: Keyed, cast: Cast, drafts: list[str]) -> None:
    program, framed_one = keyed(cast.coordinator), drafts[0].replace("what_if", "sizes")
    precise = program.get(f"{framed_one}?wish=precision&rate=0.5&half_width=0.2").get_json()
    assert precise["n"] == 8
    assert "12" in precise["basis"]
    without = drafts[2].replace("what_if", "sizes")
    assert program.get(f"{without}?wish=zero&rate=0.001").get_json()["n"] == 2995
    assert program.get(f"{without}?wish=effect&rate=0.1&other=0.2").get_json()["n"] == 398
    assert program.get(f"{framed_one}?wish=effect&rate=0.1").get_json()["n"] is None

    for query, at in (
        ("wish=precision&rate=0.1", "half_width"),
        ("wish=zero&rate=0.01", "rate"),
        ("wish=effect&rate=0.1&other=0.2", "other"),
        ("wish=census&rate=0.1", "wish"),
        ("wish=zero&rate=1", "rate"),
        ("wish=zero", "rate"),
    ):
        assert wrong(program.get(f"{framed_one}?{query}")).keys() == {at}, query
