"""Scores are those of one frame: another takes them away, and a big one is scored by a job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.design import parse_design
from quality.campaigns.frame import ImportReport, import_frame
from quality.campaigns.models import LayerKind
from quality.campaigns.operations import amend, layers_of, set_frame
from quality.core import clock
from quality.core.errors import Refused, Stale
from quality.pages.risk import basis_of
from quality.targeting import requests
from quality.targeting.coordination.excluding import Asked, exclude
from quality.targeting.jobs import lay_over_big_frames
from quality.targeting.requests import request_of
from quality.targeting.risk import operations
from quality.targeting.risk.editions import set_weights
from quality.targeting.risk.weights import BAND, FIRST
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.targeting.test_complaints import take
from tests.targeting.test_risk_drawing import as_planned, drafted, frame_csv, score


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return tmp_path / "frames"


# --- another frame ---


def another(frames: Path) -> ImportReport:
    source = frames.parent / "other.csv"
    source.write_text("\n".join(frame_csv().splitlines()[:-2]) + "\n", encoding="utf-8")
    return import_frame(source, frames)


@on_sqlite
def test_another_frame_takes_the_scores_and_their_bands_away(session: Session, cast: Cast, frames: Path) -> None:
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    set_frame(session, campaign, another(frames), by=cast.coordinator, frames=frames)

    design = parse_design(campaign.design)
    assert (design.strata, design.bands, design.n, design.min_per_stratum) == (("platform",), (), 12, 0)
    assert (campaign.drawn_from, campaign.frame_rows, layers_of(session, campaign)) == (None, 14, {})
    assert campaign.drafted_by_id == cast.coordinator.id
    score(session, campaign, cast, frames)
    assert parse_design(campaign.design).strata == ("platform", BAND)


@on_sqlite
def test_a_plan_that_reads_scores_otherwise_says_so_before_it_gets_another_frame(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    told = json.loads(campaign.design) | {"strata": ["platform", BAND, "risk_score"]}
    amend(session, campaign, as_planned(campaign, design=told), by=cast.coordinator, frames=frames)
    with pytest.raises(Refused, match="scores_in_use"):
        set_frame(session, campaign, another(frames), by=cast.coordinator, frames=frames)
    with pytest.raises(Refused, match="scores_in_use"):
        operations.clear_scores(session, campaign, by=cast.coordinator, frames=frames)


# --- big frames ---


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SOON", 3)


def work_off(session: Session, frames: Path) -> int:
    session.commit()
    done = lay_over_big_frames(sessionmaker(session.get_bind()), frames, clock.now())
    session.expire_all()
    return done


def test_a_big_frame_is_scored_by_a_job_in_the_name_of_who_asked(
    session: Session, cast: Cast, frames: Path, big: None
) -> None:
    take(session, cast, {"listing_id": "", "shop_id": "S0"})
    campaign, at_once = drafted(session, cast, frames), drafted(session, cast, frames)
    assert not operations.score(session, campaign, by=cast.coordinator, frames=frames)
    assert (request_of(session, campaign, LayerKind.EXCLUSIONS), basis_of(session, campaign)) == (None, None)
    with pytest.raises(Refused, match="in_progress"):  # one thing at a time: the other would find another version
        exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames)
    assert (work_off(session, frames), work_off(session, frames)) == (1, 0)

    basis = basis_of(session, campaign)
    assert basis and basis.complaints == 1, "what whoever asked may know"
    assert basis.layer.made_by_id == campaign.drafted_by_id == cast.coordinator.id
    assert request_of(session, campaign, LayerKind.SCORES) is None
    made = operations.prepared(session, at_once, {"edition": 0}, cast.coordinator, frames)()
    operations.lay(session, at_once, made, by=cast.coordinator, frames=frames, version=at_once.version)
    assert (campaign.design, campaign.drawn_from, campaign.frame_hash) == (
        at_once.design, at_once.drawn_from, at_once.frame_hash,
    )  # fmt: skip


@on_sqlite
def test_a_job_scores_by_the_weights_that_were_in_force_when_it_was_asked(
    session: Session, cast: Cast, frames: Path, big: None
) -> None:
    campaign = drafted(session, cast, frames)
    operations.score(session, campaign, by=cast.coordinator, frames=frames)
    set_weights(session, FIRST._replace(floor=FIRST.floor + 1), "多留一些", by=cast.coordinator, edition=0)
    assert work_off(session, frames) == 1
    basis = basis_of(session, campaign)
    assert basis and (basis.edition, basis.weights) == (0, FIRST)

    operations.score(session, campaign, by=cast.coordinator, frames=frames)
    work_off(session, frames)
    basis = basis_of(session, campaign)
    assert basis and (basis.edition, basis.weights.floor) == (1, FIRST.floor + 1)


@on_sqlite
def test_why_a_frame_could_not_be_compared_stays_when_it_is_scored_next(
    session: Session, cast: Cast, frames: Path, big: None
) -> None:
    campaign = drafted(session, cast, frames)
    exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames)
    amend(session, campaign, as_planned(campaign, title="另一题目"), by=cast.coordinator, frames=frames)
    assert work_off(session, frames) == 1
    operations.score(session, campaign, by=cast.coordinator, frames=frames)
    assert work_off(session, frames) == 1
    failed = request_of(session, campaign, LayerKind.EXCLUSIONS)
    assert failed and "Nothing of yours was recorded" in (failed.problem or {})["en"]
    assert request_of(session, campaign, LayerKind.SCORES) is None
    exclude(session, campaign, Asked(), by=cast.coordinator, frames=frames)
    assert (work_off(session, frames), request_of(session, campaign, LayerKind.EXCLUSIONS)) == (1, None)


@on_sqlite
def test_nothing_is_scored_if_the_plan_was_changed_meanwhile(
    session: Session, cast: Cast, frames: Path, big: None
) -> None:
    campaign = drafted(session, cast, frames)
    with pytest.raises(Stale):
        operations.score(session, campaign, by=cast.coordinator, frames=frames, version=1)
    operations.score(session, campaign, by=cast.coordinator, frames=frames)
    amend(session, campaign, as_planned(campaign, title="另一题目"), by=cast.coordinator, frames=frames)
    before = campaign.design
    assert work_off(session, frames) == 1
    told = request_of(session, campaign, LayerKind.SCORES)
    assert told and "Nothing of yours was recorded" in (told.problem or {})["en"]
    assert (campaign.design, layers_of(session, campaign)) == (before, {})
