"""A campaign is planned by one person, approved by another, frozen before its seed exists, and drawn once."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns import queries, sampling
from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignItem, CampaignStatus, Drawn
from quality.campaigns.operations import ItemPlan, amend, as_written, draw, freeze, set_frame
from quality.campaigns.workflow import APPROVE, RETURN, SUBMIT
from quality.core import clock
from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.events import Access, Event
from quality.core.words import in_language
from quality.core.workflow import perform
from quality.people.actor import Actor
from quality.permissions import Role
from tests.harness.campaigns import DESIGN, MAGNET, campaign_at, commit_to, drawn, frame_of, planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire

S = CampaignStatus


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return tmp_path / "frames"


@on_sqlite
@pytest.mark.parametrize("status", [S.DRAFT, S.IN_REVIEW, S.APPROVED, S.FROZEN, S.DRAWN, S.IN_FIELD])
def test_the_road_to_every_status(session: Session, cast: Cast, frames: Path, status: CampaignStatus) -> None:
    campaign = campaign_at(session, cast, status, frames)
    session.commit()

    assert campaign.status == status
    events = session.scalars(sa.select(Event).filter_by(subject_type="campaign", subject_id=campaign.id))
    assert [e.seq for e in events] == list(range(1, campaign.version + 1))


@on_sqlite
def test_everything_wrong_with_a_plan_is_named_at_once(session: Session, cast: Cast) -> None:
    wrong = {
        "title": " ", "basis": "", "category": "字" * 101, "starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 1),
        "price_cap_fen": 0, "design": {"strata": ["platform"], "allocation": {"method": "luck"}},
        "items": [MAGNET, MAGNET, ItemPlan(item="", limit="少许", rule="kindly")],
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        planned(session, cast, **wrong)

    assert {(p.field, p.code) for p in refused.value.problems} >= {
        ("title", "missing"), ("basis", "missing"), ("category", "too_long"), ("ends_on", "before_start"),
        ("price_cap_fen", "not_positive"), ("allocation.method", "unknown_method"), ("items 2, item", "doubled"),
        ("items 3, item", "missing"), ("items 3, rule", "unknown_rule"),
    }  # fmt: skip
    assert "items 3, limit" in {p.field for p in refused.value.problems}


@on_sqlite
def test_only_a_coordinator_plans(session: Session, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        planned(session, Cast(**(vars(cast) | {"coordinator": cast.reviewer})))


@on_sqlite
def test_the_drafter_may_not_approve_even_as_a_reviewer(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.IN_REVIEW, frames)
    assert cast.coordinator.person
    same_person = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)

    with pytest.raises(Refused) as refused:
        perform(session, campaign, APPROVE, by=same_person)
    assert refused.value.code == "same_person"


@on_sqlite
def test_a_frame_that_names_an_unknown_platform_is_refused_by_its_name(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = planned(session, cast)
    with pytest.raises(Invalid, match="无名网"):
        set_frame(
            session, campaign, frame_of(frames, platforms=["棠梨商城", "无名网"]), by=cast.coordinator, frames=frames
        )


def test_a_frame_cannot_be_changed_after_review_began(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.IN_REVIEW, frames)
    with pytest.raises(Refused) as refused:
        set_frame(session, campaign, frame_of(frames), by=cast.coordinator, frames=frames)
    assert refused.value.code == "wrong_status"
    with pytest.raises(NotPermitted):
        set_frame(session, campaign, frame_of(frames), by=cast.reviewer, frames=frames)


@on_sqlite
def test_a_draft_without_frame_or_items_cannot_be_submitted(session: Session, cast: Cast, frames: Path) -> None:
    campaign = planned(session, cast)
    with pytest.raises(Refused) as refused:
        perform(session, campaign, SUBMIT, by=cast.coordinator)
    assert refused.value.code == "no_frame"
    session.rollback()

    bare = campaign_at(session, cast, S.DRAFT, frames, items=[])
    with pytest.raises(Refused) as refused:
        perform(session, bare, SUBMIT, by=cast.coordinator)
    assert refused.value.code == "no_items"


@on_sqlite
def test_a_returned_campaign_goes_through_review_again(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.IN_REVIEW, frames)
    perform(session, campaign, RETURN, by=cast.reviewer, note="样本量不足")
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    assert campaign.status == S.IN_REVIEW


@on_sqlite
def test_the_public_number_must_not_exist_when_the_campaign_is_frozen(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.APPROVED, frames)
    with pytest.raises(Invalid, match="public_event_at"):
        freeze(session, campaign, by=cast.reviewer, public_event="昨日收盘", public_event_at=clock.now(), frames=frames)
    session.rollback()
    with pytest.raises(Invalid, match="public_event"):
        freeze(session, campaign, by=cast.reviewer, public_event=" ", public_event_at=clock.now(), frames=frames)


@on_sqlite
def test_a_frame_too_small_for_its_design_cannot_be_committed_to(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(
        session, cast, S.APPROVED, frames, design={**DESIGN, "allocation": {"method": "equal", "n": 40}}
    )
    with pytest.raises(Invalid):
        commit_to(session, campaign, cast, frames)


@on_sqlite
def test_a_campaign_without_a_frame_is_neither_frozen_nor_drawn(session: Session, cast: Cast, frames: Path) -> None:
    campaign = planned(session, cast)
    with pytest.raises(Refused, match="no_frame"):
        commit_to(session, campaign, cast, frames)
    with pytest.raises(Refused, match="not_frozen"):
        draw(session, campaign, by=cast.reviewer, public_number="1", source="晚报", frames=frames)
    with pytest.raises(Invalid, match="source"):
        draw(session, campaign, by=cast.reviewer, public_number="1", source=" ", frames=frames)


@on_sqlite
def test_the_draw_waits_for_its_public_number(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.APPROVED, frames)
    moment = clock.now() + timedelta(days=1)
    freeze(session, campaign, by=cast.reviewer, public_event="明日收盘", public_event_at=moment, frames=frames)
    with pytest.raises(Refused) as refused:
        draw(session, campaign, by=cast.reviewer, public_number="3210.44", source="晚报", frames=frames)
    assert refused.value.code == "number_not_out"


@on_sqlite
def test_the_draw_is_what_anybody_computes_from_salt_number_and_frame(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.DRAWN, frames)
    session.commit()

    seed = hashlib.sha256(f"{campaign.salt},{campaign.public_number}".encode()).hexdigest()
    assert campaign.seed == seed
    units = sampling.draw(frames / f"{campaign.frame_sha256}.parquet", parse_design(campaign.design), seed)
    kept = session.scalars(queries.units_of(campaign)).all()
    assert [(u.stratum, u.role, u.rank, u.listing_id, u.digest) for u in units] == [
        (d.stratum, d.role, d.rank, d.listing_id, d.draw_digest) for d in kept
    ]
    assert {d.platform_id for d in kept} == {cast.platform.id, cast.other_platform.id}
    assert all(d.listing["shop_name"] == "小满童品旗舰店" for d in kept)


@on_sqlite
@pytest.mark.parametrize("harm", ["one byte more", "another frame", "gone"])
def test_a_frame_that_changed_after_freezing_is_not_drawn(
    session: Session, cast: Cast, frames: Path, harm: str
) -> None:
    campaign = campaign_at(session, cast, S.FROZEN, frames)
    stored, other = frames / f"{campaign.frame_sha256}.parquet", frame_of(frames, per_platform=7).path
    match harm:
        case "one byte more":
            stored.write_bytes(stored.read_bytes() + b"\n")
        case "another frame":
            stored.write_bytes(other.read_bytes())
        case _:
            stored.unlink()
    with pytest.raises(Refused, match="frame_changed") as refused:
        drawn(session, campaign, cast, frames)
    assert (refused.value.code, campaign.status) == ("frame_changed", S.FROZEN)


@on_sqlite
def test_neither_frozen_nor_drawn_is_what_the_hashes_are_not_of(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.APPROVED, frames)
    approved, campaign.frame_hash = campaign.frame_hash, "0" * 64
    with pytest.raises(Refused) as refused:
        commit_to(session, campaign, cast, frames)
    assert refused.value.code == "frame_changed"

    campaign.frame_hash = approved
    commit_to(session, campaign, cast, frames)
    campaign.design = campaign.design.replace('"reserve":2', '"reserve":3')
    with pytest.raises(Refused) as refused:
        drawn(session, campaign, cast, frames)
    assert refused.value.code == "design_changed"


def test_a_campaign_is_drawn_once(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.DRAWN, frames)
    with pytest.raises(Refused) as refused:
        drawn(session, campaign, cast, frames)
    assert refused.value.code == "wrong_status"
    session.rollback()


def test_who_read_an_older_version_freezes_nothing(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.APPROVED, frames)
    with pytest.raises(Stale) as stale:
        freeze(
            session, campaign, by=cast.reviewer, public_event="明日收盘", frames=frames, version=campaign.version - 1,
            public_event_at=clock.now() + timedelta(days=1),
        )  # fmt: skip
    assert [event.action for event in stale.value.since] == ["approve"]


def test_an_agency_sees_its_own_and_those_below_but_moves_only_its_own(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.IN_REVIEW, frames)
    above, beside = hire(session, cast.above, Role.REVIEWER), hire(session, cast.below, Role.REVIEWER)

    assert queries.one_visible(session, above, campaign.number) is campaign
    with pytest.raises(NotPermitted):
        perform(session, campaign, APPROVE, by=above)
    session.rollback()
    for stranger in (beside, cast.buyer, cast.desk, cast.analyst):
        with pytest.raises(NotFound):
            queries.one_visible(session, stranger, campaign.number)


def test_the_drawn_list_is_for_the_own_agency_and_each_look_is_logged(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.DRAWN, frames)
    above = hire(session, cast.above, Role.COORDINATOR)

    units = session.scalars(queries.drawn_list(session, campaign, cast.coordinator)).all()
    assert len(units) == session.scalar(sa.func.count(Drawn.id))
    with pytest.raises(NotFound):
        queries.drawn_list(session, campaign, above)
    with pytest.raises(NotFound):
        queries.drawn_list(session, campaign, cast.buyer)
    looks = session.scalars(sa.select(Access)).all()
    assert [(look.what, look.actor) for look in looks] == [("drawn_list", cast.coordinator.signature)]


def test_the_public_reads_of_a_campaign_from_freezing_on(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.APPROVED, frames)
    with pytest.raises(NotFound):
        queries.announced(session, campaign.number)
    commit_to(session, campaign, cast, frames)
    assert queries.announced(session, campaign.number) is campaign


def test_numbers_have_no_gap_after_a_refused_plan(session: Session, cast: Cast) -> None:
    first = planned(session, cast).number
    session.commit()
    planned(session, cast)
    session.rollback()
    second = planned(session, cast).number
    assert (first[-4:], second[-4:]) == ("0001", "0002")
    assert session.scalar(sa.select(sa.func.count(Campaign.id))) == 2
    assert session.scalar(sa.select(sa.func.count(CampaignItem.id))) == 4


@on_sqlite
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (S.IN_REVIEW, "have it returned first"),
        (S.APPROVED, "have its approval taken back first"),
        (S.FROZEN, "can be cancelled and planned anew"),
        (S.IN_FIELD, "reported as unobtainable, and a reserve"),
    ],
)
def test_whoever_would_change_a_plan_is_told_what_can_be_done(
    session: Session, cast: Cast, frames: Path, status: CampaignStatus, says: str
) -> None:
    campaign = campaign_at(session, cast, status, frames)
    with pytest.raises(Refused) as refused:
        amend(session, campaign, as_written(campaign)._replace(price_cap_fen=1), by=cast.coordinator, frames=frames)
    assert refused.value.code == "wrong_status"
    with in_language("en"):
        assert says in str(refused.value.reason)
