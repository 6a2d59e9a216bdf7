"""An approval marks what was approved, is taken back with a reason, and the next one is compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignItem, CampaignStatus, CampaignVersion
from quality.campaigns.operations import Plan, amend, approve, cancel, reopen, submit
from quality.campaigns.operations.drawing import NOT_COMPARED
from quality.campaigns.papers import ask_for_rules
from quality.campaigns.versions import (
    BY_NAME,
    approved_edition,
    changes,
    digest_of,
    is_as_recorded,
    since_approval,
)
from quality.campaigns.workflow import RETURN
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.workflow import perform
from quality.documents.models import Language
from quality.people.actor import Actor
from quality.permissions import Role
from tests.harness.campaigns import DESIGN, LEAD, approved_by_review, campaign_at, commit_to
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast

WHY = "价格上限过低"


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return tmp_path / "frames"


@pytest.fixture
def approved(session: Session, cast: Cast, frames: Path) -> Campaign:
    return approved_by_review(session, cast, frames)


def once_more(session: Session, campaign: Campaign, cast: Cast, frames: Path) -> None:
    submit(session, campaign, by=cast.coordinator, frames=frames)
    approve(session, campaign, by=cast.reviewer, frames=frames)


def change(session: Session, campaign: Campaign, cast: Cast, frames: Path, **changed: Any) -> None:
    names = ("title", "kind", "basis", "category", "starts_on", "ends_on", "price_cap_fen")
    said = {name: getattr(campaign, name) for name in names} | {"design": DESIGN, "items": [LEAD]}
    amend(session, campaign, Plan(**(said | changed)), by=cast.coordinator, frames=frames)


def approvals(session: Session, campaign: Campaign) -> list[dict[str, Any] | None]:
    told = sa.select(Event.details).filter_by(subject_type="campaign", subject_id=campaign.id, action="approve")
    return list(session.scalars(told.order_by(Event.seq)))


def test_what_was_approved_is_marked_and_its_hash_is_in_the_record(
    session: Session, cast: Cast, frames: Path, approved: Campaign
) -> None:
    session.commit()
    edition = approved_edition(session, approved)
    assert edition
    assert edition.approved_by_id == cast.reviewer.id
    assert edition.plan["allocated"] == {
        "棠梨商城/儿童玩具": {"size": "6", "n": "2", "reserve": "2"},
        "青禾集市/儿童玩具": {"size": "6", "n": "2", "reserve": "2"},
    }
    assert approvals(session, approved) == [{"edition": "1", "plan": digest_of(edition.plan)}]
    assert is_as_recorded(session, approved, edition)

    session.execute(sa.update(CampaignVersion).values(plan=edition.plan | {"price_cap_fen": "90000"}))
    session.expire_all()
    assert not is_as_recorded(session, approved, edition), "changed beside the program"


def test_an_approval_is_taken_back_and_the_next_review_begins_with_what_changed(
    session: Session, cast: Cast, frames: Path, approved: Campaign
) -> None:
    reopen(session, approved, by=cast.reviewer, why=WHY)
    assert (approved.status, approved.approved_by_id) == (CampaignStatus.DRAFT, None)
    nothing = since_approval(session, approved, frames)
    assert nothing
    assert (nothing.edition, nothing.changes) == (1, [])

    change(session, approved, cast, frames, price_cap_fen=60_000,
           design=DESIGN | {"allocation": {"method": "equal", "n": 6}})  # fmt: skip
    submit(session, approved, by=cast.coordinator, frames=frames)
    perform(session, approved, RETURN, by=cast.reviewer)
    change(session, approved, cast, frames, price_cap_fen=70_000, design=DESIGN)
    submit(session, approved, by=cast.coordinator, frames=frames)
    found = since_approval(session, approved, frames)
    session.commit()

    assert found
    assert found.edition == 1, "not the submission that was returned"
    assert [(each.field, each.old, each.new, each.of) for each in found.changes] == [
        ("price_cap_fen", "50000", "70000", ""),
        ("item", "＜50 kG²mm²", None, "磁通量指数"),
    ]
    approve(session, approved, by=cast.reviewer, frames=frames)
    edition = approved_edition(session, approved)
    assert edition
    assert edition.edition == 3


@on_sqlite
def test_how_many_are_bought_in_each_stratum_is_part_of_the_difference(
    session: Session, cast: Cast, frames: Path, approved: Campaign
) -> None:
    reopen(session, approved, by=cast.reviewer, why=WHY)
    change(session, approved, cast, frames, design=DESIGN | {"allocation": {"method": "equal", "n": 6}})
    found = since_approval(session, approved, frames)
    assert found
    assert {each for each in found.changes if each.of and each.field != "item"} == {
        ("stratum_n", "2", "3", "棠梨商城/儿童玩具"),
        ("stratum_n", "2", "3", "青禾集市/儿童玩具"),
    }


def test_strata_that_came_and_went_are_named_once_each() -> None:
    old = {"allocated": {"甲": {"size": "9", "n": "2"}, "乙": {"size": "8", "n": "2"}}}
    new = {"allocated": {"乙": {"size": "7", "n": "2"}, "丙": {"size": "5", "n": "1"}}}
    rest: dict[str, Any] = {"items": {}} | {kind: {} for kind in BY_NAME}
    assert [tuple(each) for each in changes(old, new | rest)] == [
        ("stratum", "2", None, "甲"),
        ("stratum_size", "8", "7", "乙"),
        ("stratum", None, "1", "丙"),
    ]
    assert not list(changes({}, {"allocated": new["allocated"]} | rest)), "an edition of before says nothing of strata"


@on_sqlite
def test_approved_again_as_it_was_the_record_says_so(
    session: Session, cast: Cast, frames: Path, approved: Campaign
) -> None:
    reopen(session, approved, by=cast.reviewer, why=WHY)
    once_more(session, approved, cast, frames)
    assert [told and told.get("unchanged_since") for told in approvals(session, approved)] == [None, "1"]
    found = since_approval(session, approved, frames)
    assert found
    assert (found.edition, found.changes) == (1, [])


@on_sqlite
def test_who_changed_it_may_not_approve_it_again(
    session: Session, cast: Cast, frames: Path, approved: Campaign
) -> None:
    assert cast.coordinator.person
    reopen(session, approved, by=cast.reviewer, why=WHY)
    submit(session, approved, by=cast.coordinator, frames=frames)
    same_person = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)
    with pytest.raises(Refused, match="same_person"):
        approve(session, approved, by=same_person, frames=frames)


@on_sqlite
def test_what_was_printed_from_the_plan_does_not_hold_any_more(
    session: Session, cast: Cast, approved: Campaign
) -> None:
    rules = ask_for_rules(session, approved, Language.ZH, by=cast.coordinator)
    reopen(session, approved, by=cast.reviewer, why=WHY)
    assert rules.withdrawn_at is not None
    with pytest.raises(Refused, match="not_approved"):
        ask_for_rules(session, approved, Language.ZH, by=cast.coordinator)


@on_sqlite
def test_what_was_printed_of_a_cancelled_campaign_does_not_hold_either(
    session: Session, cast: Cast, approved: Campaign
) -> None:
    rules = ask_for_rules(session, approved, Language.ZH, by=cast.coordinator)
    cancel(session, approved, by=cast.reviewer, note=WHY)
    assert (approved.status, rules.withdrawn_at is None) == (CampaignStatus.CANCELLED, False)


@pytest.mark.parametrize(
    "changed",
    [
        sa.update(Campaign).values(price_cap_fen=90_000),
        sa.update(Campaign).values(design=sa.func.replace(Campaign.design, '"reserve":2', '"reserve":3')),
        sa.update(CampaignItem).values(limit="＜500 kG²mm²"),
        sa.update(CampaignVersion).values(plan={"title": "另一方案"}),
        sa.update(CampaignVersion).values(plan_sha256=None),
        sa.update(CampaignVersion).values(approved_at=None),
    ],
    ids=["campaign", "its design", "its items", "its edition", "its hash", "its mark"],
)
@on_sqlite
def test_what_was_changed_beside_the_program_since_its_approval_is_not_frozen(
    session: Session, cast: Cast, frames: Path, approved: Campaign, changed: sa.Update
) -> None:
    session.commit()
    session.execute(changed)
    session.expire_all()
    with pytest.raises(Refused) as refused:
        commit_to(session, approved, cast, frames)
    assert (refused.value.code, approved.status) == ("plan_changed", CampaignStatus.APPROVED)


@on_sqlite
def test_the_record_says_which_plan_was_frozen_and_where_none_could_be_compared(
    session: Session, cast: Cast, frames: Path, approved: Campaign
) -> None:
    edition = approved_edition(session, approved)
    assert edition
    commit_to(session, approved, cast, frames)
    assert frozen_as(session, approved) == digest_of(edition.plan)

    earlier = campaign_at(session, cast, CampaignStatus.APPROVED, frames)  # no hash is in the record of its approval
    commit_to(session, earlier, cast, frames)
    assert (earlier.status, frozen_as(session, earlier)) == (CampaignStatus.FROZEN, NOT_COMPARED)


def frozen_as(session: Session, campaign: Campaign) -> str:
    told = sa.select(Event.details).filter_by(subject_type="campaign", subject_id=campaign.id, action="freeze")
    found = session.scalars(told).one()
    assert found
    return str(found["plan"])


@on_sqlite
def test_who_takes_an_approval_back_and_when(session: Session, cast: Cast, frames: Path, approved: Campaign) -> None:
    with pytest.raises(Invalid, match="note"):
        reopen(session, approved, by=cast.reviewer, why=" ")
    with pytest.raises(NotPermitted):
        reopen(session, approved, by=cast.coordinator, why=WHY)
    with pytest.raises(Stale):
        reopen(session, approved, by=cast.reviewer, why=WHY, version=approved.version - 1)
    frozen = campaign_at(session, cast, CampaignStatus.FROZEN, frames)
    with pytest.raises(Refused, match="wrong_status"):
        reopen(session, frozen, by=cast.reviewer, why=WHY)
