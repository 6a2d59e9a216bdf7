"""What was sampled is noted, left out of another campaign's draw, approved as that, and told from closing on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.frame.kept import platforms_of
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignStatus, Drawn, LayerKind
from quality.campaigns.operations import layers_of
from quality.campaigns.versions import plan_of
from quality.campaigns.workflow import APPROVE, CANCEL, SUBMIT
from quality.core import clock
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.words import in_language
from quality.core.workflow import perform
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.operations import cancel
from quality.targeting import requests
from quality.targeting.coordination.excluding import EXCLUSIONS, Asked, exclude, freeze, include, is_outdated
from quality.targeting.coordination.models import Sampled
from quality.targeting.coordination.noting import note_some, note_what_was_sampled
from quality.targeting.coordination.rules import Reason
from quality.targeting.jobs import lay_over_big_frames
from quality.targeting.models import LayerRequest
from quality.targeting.requests import request_of
from tests.harness.campaigns import campaign_at, drawn, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.purchases import FACTS, open_campaign, sealed_sample, settings
from tests.harness.races import at_once

R = Reason
ONLY_LISTINGS = Asked((R.SAME_LISTING,), note="同店不同款")


def frames() -> Path:
    return settings().frames_folder


def draft(session: Session, cast: Cast, **changed: Any) -> Campaign:
    campaign = planned(session, cast, **changed)
    framed(session, campaign, cast, frames())
    return campaign


def drawn_before(session: Session, cast: Cast) -> tuple[Campaign, list[str]]:
    """An earlier campaign with what it drew to be bought."""
    earlier = campaign_at(session, cast, CampaignStatus.DRAWN, frames())
    bought = sa.select(Drawn.listing_id).where(Drawn.campaign_id == earlier.id, Drawn.role == "main")
    return earlier, sorted(session.scalars(bought))


def counts(session: Session, campaign: Campaign) -> dict[str, int]:
    return layers_of(session, campaign)[LayerKind.EXCLUSIONS].rows_by_reason


def of_another(session: Session, cast: Cast, agency: Any) -> Cast:
    """The same people's places in another agency."""
    return Cast(**{**cast.__dict__, "agency": agency, "coordinator": hire(session, agency, Role.COORDINATOR),
                   "reviewer": hire(session, agency, Role.REVIEWER)})  # fmt: skip


# --- what is noted ---


def test_what_is_drawn_is_noted_as_the_listing_says_and_again_as_the_label_does(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    while note_some(session):
        pass
    unit = sample.purchase.drawn
    noted = {each.drawn_id: each for each in session.scalars(sa.select(Sampled))}
    assert {*noted} == set(session.scalars(sa.select(Drawn.id).where(Drawn.role == "main")))
    assert (noted[unit.id].is_sealed, noted[unit.id].barcode, noted[unit.id].model) == (
        True,
        f"0{FACTS.barcode}",
        "cl64",
    )
    assert noted[unit.id].producer == "云州市童乐玩具厂"
    others = [each for each in noted.values() if each.drawn_id != unit.id]
    assert {(each.is_sealed, each.barcode, each.agency_id) for each in others} == {(False, "", cast.agency.id)}


@on_sqlite
def test_what_is_not_bought_is_forgotten_and_what_stands_in_for_it_is_noted(session: Session, cast: Cast) -> None:
    _campaign, tasks = open_campaign(session, cast)
    session.commit()
    assert note_what_was_sampled(sessionmaker(session.get_bind())) == 4
    cancel(session, tasks[0], "out_of_scope", by=cast.coordinator, note="不属于本类")
    session.commit()
    assert note_what_was_sampled(sessionmaker(session.get_bind())) == 2
    assert note_what_was_sampled(sessionmaker(session.get_bind())) == 0
    noted = set(session.scalars(sa.select(Sampled.drawn_id)))
    stood_in = session.scalars(sa.select(Drawn.id).where(Drawn.replaces_id == tasks[0].drawn_id)).one()
    assert (len(noted), stood_in in noted, tasks[0].drawn_id in noted) == (4, True, False)


# --- what is left out ---


def test_what_this_agency_drew_lately_is_left_out_and_the_reviewer_approves_that(session: Session, cast: Cast) -> None:
    earlier, bought = drawn_before(session, cast)
    campaign = draft(session, cast)
    assert exclude(session, campaign, ONLY_LISTINGS, by=cast.coordinator, frames=frames())

    assert counts(session, campaign) == {"same_listing": len(bought)}
    assert plan_of(session, campaign, frames())["left_out"] == {"same_listing": str(len(bought))}
    layer = layers_of(session, campaign)[LayerKind.EXCLUSIONS]
    assert layer.basis["found"] == [["same_listing", earlier.number, str(len(bought))]]
    include(session, campaign, by=cast.coordinator, frames=frames(), note="另行安排")
    assert (campaign.drawn_from, plan_of(session, campaign, frames())["left_out"]) == (None, {})
    with pytest.raises(Refused, match="nothing_left_out"):
        include(session, campaign, by=cast.coordinator, frames=frames())


@on_sqlite
def test_the_rules_are_all_kept_unless_somebody_says_why_not(session: Session, cast: Cast) -> None:
    drawn_before(session, cast)
    campaign = draft(session, cast)
    with pytest.raises(Invalid) as refused:
        exclude(session, campaign, Asked((R.SAME_LISTING,)), by=cast.coordinator, frames=frames())
    assert [(each.field, each.code) for each in refused.value.problems] == [("note", "missing")]
    with pytest.raises(NotPermitted):
        exclude(session, campaign, Asked(), by=cast.reviewer, frames=frames())
    with pytest.raises(Stale):
        exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames(), version=1)
    with pytest.raises(Refused, match="no_frame"):
        exclude(session, planned(session, cast), Asked(), by=cast.coordinator, frames=frames())
    exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames())
    assert {*counts(session, campaign)} == {"same_listing"}  # of each shop the frame has one listing


@on_sqlite
def test_an_agency_below_learns_of_its_superior_that_it_has_it_and_nothing_else(session: Session, cast: Cast) -> None:
    above = of_another(session, cast, cast.above)
    _earlier, bought = drawn_before(session, above)
    campaign = draft(session, cast)
    exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames())

    assert counts(session, campaign) == {"superior_authority": len(bought)}
    layer = layers_of(session, campaign)[LayerKind.EXCLUSIONS]
    assert layer.basis["found"] == [["superior_authority", "", str(len(bought))]]
    beside = draft(session, above)
    exclude(session, beside, Asked(), by=above.coordinator, frames=frames())
    assert "superior_authority" not in counts(session, beside)


@on_sqlite
def test_what_an_agency_below_sampled_keeps_nothing_from_its_superior(session: Session, cast: Cast) -> None:
    drawn_before(session, cast)
    above = of_another(session, cast, cast.above)
    campaign = draft(session, above)
    exclude(session, campaign, Asked(), by=above.coordinator, frames=frames())
    assert counts(session, campaign) == {}
    assert campaign.drawn_from is None


@on_sqlite
def test_after_its_period_it_may_be_drawn_again_and_the_first_day_is_what_counts(session: Session, cast: Cast) -> None:
    drawn_before(session, cast)
    cast.clock.moment += timedelta(days=100)
    today = clock.now().date()
    soon = draft(session, cast)
    later = draft(session, cast, starts_on=today + timedelta(days=100), ends_on=today + timedelta(days=120))
    for campaign in (soon, later):
        exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames())
    assert ({*counts(session, soon)}, counts(session, later)) == ({"same_listing"}, {})
    layer = layers_of(session, later)[LayerKind.EXCLUSIONS]
    assert not is_outdated(session, later, layer)
    later.starts_on = today
    assert is_outdated(session, later, layer)
    session.rollback()


@on_sqlite
def test_a_follow_up_looks_at_the_same_again_and_may_leave_out_what_one_campaign_drew(
    session: Session, cast: Cast
) -> None:
    earlier, bought = drawn_before(session, cast)
    campaign = draft(session, cast, follow_up=True)
    with pytest.raises(Invalid) as refused:
        exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames())
    assert refused.value.problems[0].code == "follow_up"
    exclude(session, campaign, Asked(campaigns=(earlier.number,)), by=cast.coordinator, frames=frames())
    assert counts(session, campaign) == {"chosen_campaign": len(bought)}


@on_sqlite
def test_no_overlap_is_asked_for_with_drawn_campaigns_of_the_own_agency_only(session: Session, cast: Cast) -> None:
    theirs, _bought = drawn_before(session, of_another(session, cast, cast.below))
    campaign, undrawn = draft(session, cast), draft(session, cast)
    for number in (theirs.number, undrawn.number, campaign.number, "C-0"):
        with pytest.raises(Invalid) as refused:
            exclude(session, campaign, Asked(campaigns=(number,)), by=cast.coordinator, frames=frames())
        assert refused.value.problems[0].code == "unknown_campaign"


# --- what happens meanwhile ---


def approved(session: Session, cast: Cast, **changed: Any) -> Campaign:
    campaign = draft(session, cast, **changed)
    exclude(session, campaign, ONLY_LISTINGS, by=cast.coordinator, frames=frames())
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    perform(session, campaign, APPROVE, by=cast.reviewer)
    return campaign


def commit_to(session: Session, campaign: Campaign, by: Actor) -> None:
    later = clock.now() + timedelta(hours=12)
    freeze(session, campaign, by=by, frames=frames(), public_event="云州体育彩票第26101期", public_event_at=later)


@on_sqlite
def test_what_was_sampled_since_is_said_and_is_not_frozen(session: Session, cast: Cast) -> None:
    campaign = approved(session, cast)
    layer = layers_of(session, campaign)[LayerKind.EXCLUSIONS]
    assert not is_outdated(session, campaign, layer)
    _earlier, bought = drawn_before(session, cast)
    cast.clock.moment += timedelta(minutes=1)
    note_some(session)

    assert is_outdated(session, campaign, layer)
    with pytest.raises(Refused) as refused:
        commit_to(session, campaign, cast.reviewer)
    assert (refused.value.code, campaign.status) == ("sampled_since", CampaignStatus.APPROVED)
    assert str(len(bought)) in str(refused.value.reason)


@on_sqlite
def test_what_was_left_out_already_keeps_nothing_from_being_frozen(session: Session, cast: Cast) -> None:
    drawn_before(session, cast)
    campaign = approved(session, cast)
    commit_to(session, campaign, cast.reviewer)
    assert campaign.status == CampaignStatus.FROZEN
    assert platforms_of(file_to_draw(campaign, frames()))


@on_sqlite
def test_a_plan_that_was_never_compared_is_frozen_as_it_is(session: Session, cast: Cast) -> None:
    drawn_before(session, cast)
    for _two in range(2):
        unwatched = campaign_at(session, cast, CampaignStatus.APPROVED, frames())
        commit_to(session, unwatched, cast.reviewer)
        assert unwatched.status == CampaignStatus.FROZEN


@on_sqlite
def test_what_a_frozen_campaign_may_draw_keeps_another_from_being_frozen_until_it_is_drawn(
    session: Session, cast: Cast
) -> None:
    first, second = approved(session, cast), approved(session, cast)
    unwatched = campaign_at(session, cast, CampaignStatus.APPROVED, frames())
    follows = approved(session, of_another(session, cast, cast.agency))
    commit_to(session, first, cast.reviewer)
    for other in (second, unwatched, follows):  # one of the two says that it draws nothing sampled lately
        with pytest.raises(Refused) as refused:
            commit_to(session, other, cast.reviewer)
        assert refused.value.code == "frozen_beside"
        with in_language("en"):
            assert f"by campaign {first.number} too, which is frozen: have that drawn" in str(refused.value.reason)

    drawn(session, first, cast, frames())
    with pytest.raises(Refused, match="sampled_since"):
        commit_to(session, second, cast.reviewer)  # though no job has noted yet what was drawn
    commit_to(session, unwatched, cast.reviewer)
    assert (second.status, unwatched.status) == (CampaignStatus.APPROVED, CampaignStatus.FROZEN)


@on_sqlite
def test_what_a_superior_has_frozen_is_waited_for_and_not_the_other_way(session: Session, cast: Cast) -> None:
    theirs = approved(session, of_another(session, cast, cast.above))
    own = approved(session, cast)
    commit_to(session, own, cast.reviewer)
    commit_to(session, theirs, of_another(session, cast, cast.above).reviewer)
    later = approved(session, cast)
    perform(session, own, CANCEL, by=cast.reviewer)
    with pytest.raises(Refused) as refused:
        commit_to(session, later, cast.reviewer)
    assert refused.value.code == "frozen_beside"
    with in_language("en"):
        said = str(refused.value.reason)
    assert theirs.number not in said and "a frozen campaign of a superior authority" in said


def test_of_two_plans_that_are_frozen_at_once_the_second_is_told(app: Flask, session: Session, cast: Cast) -> None:
    waiting = [approved(session, cast).id for _each in range(2)]
    session.commit()
    at, folder = clock.now() + timedelta(hours=12), frames()

    def press(own: Session, actor: Actor) -> None:
        campaign = own.get_one(Campaign, waiting.pop())
        freeze(own, campaign, by=actor, frames=folder, public_event="云州体育彩票第26101期", public_event_at=at)

    answers = at_once(app, [cast.reviewer] * 2, press)
    [told] = [each for each in answers if each is not None]
    assert isinstance(told, Refused) and told.code == "frozen_beside", told
    asked = sa.select(Campaign.id).where(Campaign.status == CampaignStatus.FROZEN)
    assert len(session.scalars(asked).all()) == 1


# --- big frames ---


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SOON", 3)


def compare(session: Session) -> int:
    session.commit()
    done = lay_over_big_frames(sessionmaker(session.get_bind()), frames(), clock.now())
    session.expire_all()
    return done


def test_a_big_frame_is_compared_by_a_job_in_the_name_of_who_asked(session: Session, cast: Cast, big: None) -> None:
    _earlier, bought = drawn_before(session, cast)
    campaign = draft(session, cast)
    assert not exclude(session, campaign, ONLY_LISTINGS, by=cast.coordinator, frames=frames())
    assert request_of(session, campaign, EXCLUSIONS)
    assert compare(session) == 1
    assert (compare(session), request_of(session, campaign, EXCLUSIONS)) == (0, None)
    assert counts(session, campaign) == {"same_listing": len(bought)}
    assert layers_of(session, campaign)[LayerKind.EXCLUSIONS].made_by_id == cast.coordinator.id


@on_sqlite
def test_a_plan_that_is_changed_meanwhile_is_said_to_whoever_asked(session: Session, cast: Cast, big: None) -> None:
    campaign = draft(session, cast)
    exclude(session, campaign, ONLY_LISTINGS, by=cast.coordinator, frames=frames())
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    compare(session)
    told = session.scalars(sa.select(LayerRequest)).one()
    assert "Only a draft can be changed" in (told.problem or {})["en"]
    assert (compare(session), layers_of(session, campaign)) == (0, {})


@on_sqlite
def test_what_somebody_works_on_is_not_asked_for_twice(session: Session, cast: Cast, big: None) -> None:
    campaign = draft(session, cast)
    for _twice in range(2):  # nobody has taken it yet: the later wish counts
        exclude(session, campaign, ONLY_LISTINGS, by=cast.coordinator, frames=frames())
    session.execute(sa.update(LayerRequest).values(taken_at=clock.now()))
    session.commit()
    with pytest.raises(Refused, match="in_progress"):
        exclude(session, campaign, ONLY_LISTINGS, by=cast.coordinator, frames=frames())
    assert compare(session) == 0
    cast.clock.moment += requests.LOST + timedelta(seconds=1)
    assert compare(session) == 1  # whoever took it is gone
