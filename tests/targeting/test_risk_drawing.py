"""A campaign that is drawn by scores: its bands are strata, of each at least the floor is drawn, by lot, and anybody
can repeat it from what is published."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import design_hash, parse_design
from quality.campaigns.floor import below_floor, without_scores
from quality.campaigns.frame import ImportReport, import_frame
from quality.campaigns.frame.drawable import write_frame_csv
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus, Drawn
from quality.campaigns.operations import ItemPlan, Plan, amend, set_frame, submit
from quality.campaigns.sampling import draw, draw_to_file, sizes_of
from quality.campaigns.versions import editions
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.pages.precision import precision_of
from quality.pages.quotas import quotas_of
from quality.pages.risk import bands_of, basis_of
from quality.targeting.risk import operations
from quality.targeting.risk.editions import in_force, listed, set_weights
from quality.targeting.risk.knowledge import earlier_frames
from quality.targeting.risk.reading import Scored, Wanted, highest
from quality.targeting.risk.scores import Facts, Part, parts_of
from quality.targeting.risk.weights import BAND, FIRST, Weights, targeted
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.targeting.test_complaints import take

HEADING = "listing_id,platform,category,shop_id,shop_name,title,price_fen,monthly_sales"
DESIGN = {"strata": ["platform"], "allocation": {"method": "proportional", "n": 12}, "reserve": 1}


def frame_csv() -> str:
    """Shop S0 sells far below the others; 棠梨商城 has ten listings, 青禾集市 six."""
    lines = [
        f"L{p}{n},{platform},儿童玩具,S{n % 4},店{n % 4},磁力棒 {n} 号,{900 if n == 0 else 10_000},{n * 40}"
        for p, (platform, many) in enumerate({"棠梨商城": 10, "青禾集市": 6}.items())
        for n in range(many)
    ]
    return "\n".join([HEADING, *lines]) + "\n"


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return tmp_path / "frames"


def drafted(session: Session, cast: Cast, frames: Path, **changed: Any) -> Campaign:
    facts = {"kind": CampaignKind.RISK_TARGETED, "design": DESIGN} | changed
    campaign = planned(session, cast, **facts)
    report = imported_once()
    frames.mkdir(parents=True, exist_ok=True)
    shutil.copy(report.path, frames)
    set_frame(session, campaign, report, by=cast.coordinator, frames=frames)
    return campaign


@cache
def imported_once() -> ImportReport:
    folder = Path(tempfile.mkdtemp(prefix="mingcha-scores-"))
    atexit.register(shutil.rmtree, folder)
    source = folder / "frame.csv"
    source.write_text(frame_csv(), encoding="utf-8")
    return import_frame(source, folder)


def as_planned(campaign: Campaign, **changed: Any) -> Plan:
    names = set(Plan._fields) - {"items", "laboratory"}
    items = [ItemPlan(item=each.item, limit=each.limit) for each in campaign.items]
    return Plan(**({name: getattr(campaign, name) for name in names} | {"items": items} | changed))


def score(session: Session, campaign: Campaign, cast: Cast, frames: Path) -> None:
    operations.score(session, campaign, by=cast.coordinator, frames=frames)


def top(campaign: Campaign, frames: Path, weights: Weights = FIRST, limit: int = 50, **wanted: Any) -> list[Scored]:
    return highest(file_to_draw(campaign, frames), weights, Wanted(**wanted), limit)


def test_scores_become_strata_and_the_draw_can_be_repeated_from_what_is_published(
    session: Session, cast: Cast, frames: Path, tmp_path: Path
) -> None:
    take(session, cast, {"listing_id": "L03", "shop_id": ""}, {"reference": "TS-2", "listing_id": "", "shop_id": "S0"})
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)

    design = parse_design(campaign.design)
    assert (design.strata, design.method, design.n) == (("platform", BAND), "equal", 12)
    assert dict(design.bands)[BAND] == FIRST.band
    assert campaign.drawn_from and campaign.drawn_from != campaign.frame_sha256
    drawn_file = file_to_draw(campaign, frames)
    sizes = sizes_of(drawn_file, design.strata, design.bands)
    assert sizes == {"棠梨商城/20-39": 1, "棠梨商城/<20": 9, "青禾集市/<20": 6}
    submit(session, campaign, by=cast.coordinator, frames=frames)
    reviewed = session.scalars(editions(campaign)).one().plan
    assert reviewed["scores"].startswith("0 @") and reviewed["bands"] == {BAND: "risk_score: 20, 40"}

    published, plan = tmp_path / "frame.csv", tmp_path / "design.json"
    assert write_frame_csv(drawn_file, design.reads, published) == campaign.frame_hash
    assert "risk_score" not in published.read_text() and f"listing_id,platform,{BAND}" in published.read_text()
    plan.write_text(design.canonical_json())
    draw_to_file(published, plan, "seed", tmp_path / "out.csv")
    again = draw(published, parse_design(plan.read_text()), "seed")
    assert again == draw(drawn_file, design, "seed")
    main = {name: sum(unit.stratum == name and unit.role == "main" for unit in again) for name in sizes}
    assert all(main[name] >= min(json.loads(plan.read_text())["allocation"]["min_per_stratum"], n) >= 1
               for name, n in sizes.items())  # fmt: skip


@on_sqlite
def test_each_score_says_what_it_is_made_of(session: Session, cast: Cast, frames: Path) -> None:
    take(session, cast, {"listing_id": "", "shop_id": "S0"})
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    found = top(campaign, frames)

    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(sum(part.points for part in each.parts) == each.score for each in found)
    first = found[0]
    assert (first.listing["listing_id"], first.facts.complaints, first.facts.median_fen) == ("L00", 1, 10_000)
    assert {part.part for part in first.parts if part.share is None} == {Part.FINDINGS, Part.NEWNESS}
    basis = basis_of(session, campaign)
    assert basis and (basis.edition, basis.complaints, basis.frames) == (0, 1, 0)
    assert sum(each.listings for each in bands_of(campaign, basis, file_to_draw(campaign, frames))) == 16


@on_sqlite
def test_they_are_read_page_by_page_by_band_platform_or_shop(session: Session, cast: Cast, frames: Path) -> None:
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    whole = top(campaign, frames)

    some, place = [], None
    while page := top(campaign, frames, limit=5, after=place):
        some += page
        place = (page[-1].score, page[-1].key)
    assert [each.key for each in some] == [each.key for each in whole]
    assert {each.listing["platform"] for each in top(campaign, frames, platform="青禾集市")} == {"青禾集市"}
    assert all(each.score < 20 for each in top(campaign, frames, band="<20"))
    assert top(campaign, frames, band="no such band") == []
    assert [each.key for each in top(campaign, frames, of="L05")] == ["L05"]
    shops = top(campaign, frames, by_shop=True)
    assert len(shops) == 8 and sum(each.listings for each in shops) == 16
    best = {each.key: each.score for each in shops}
    assert all(best[f"{each.listing['platform']}/{each.listing['shop_id']}"] >= each.score for each in whole)
    following = top(campaign, frames, by_shop=True, limit=3, after=(shops[2].score, shops[2].key))
    assert [each.key for each in following] == [each.key for each in shops[3:6]]


@on_sqlite
def test_a_probability_sample_is_never_drawn_by_scores(session: Session, cast: Cast, frames: Path) -> None:
    sample = drafted(session, cast, frames, kind=CampaignKind.PROBABILITY)
    with pytest.raises(Refused) as refused:
        score(session, sample, cast, frames)
    assert refused.value.code == "not_risk_targeted"

    targeted_one = drafted(session, cast, frames)
    score(session, targeted_one, cast, frames)
    written = as_planned(targeted_one, kind=CampaignKind.PROBABILITY)
    with pytest.raises(Invalid) as wrong:
        amend(session, targeted_one, written, by=cast.coordinator, frames=frames)
    assert [each.code for each in wrong.value.problems] == ["drawn_by_scores"]


@on_sqlite
def test_a_plan_below_the_floor_is_not_handed_in(session: Session, cast: Cast, frames: Path) -> None:
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    low = parse_design(campaign.design)
    sizes = sizes_of(file_to_draw(campaign, frames), low.strata, low.bands)
    largest = max(sizes, key=lambda name: sizes[name])
    told = json.loads(campaign.design)
    told["allocation"] = {"method": "fixed", "fixed": {largest: 3}}
    amend(session, campaign, as_planned(campaign, design=told), by=cast.coordinator, frames=frames)
    with pytest.raises(Invalid) as refused:
        submit(session, campaign, by=cast.coordinator, frames=frames)
    assert len(refused.value.problems) == len(sizes) - 1
    assert {each.code for each in refused.value.problems} == {"below_floor"}
    assert campaign.status == CampaignStatus.DRAFT
    assert below_floor({"a": 2, "b": 1}, {"a": 9, "b": 1}, 2) == []


@on_sqlite
def test_scores_are_taken_away_again(session: Session, cast: Cast, frames: Path) -> None:
    campaign = drafted(session, cast, frames)
    before = campaign.frame_hash
    with pytest.raises(Refused, match="not_scored"):
        operations.clear_scores(session, campaign, by=cast.coordinator, frames=frames)
    score(session, campaign, cast, frames)
    score(session, campaign, cast, frames)  # again, by what is known today
    operations.clear_scores(session, campaign, by=cast.coordinator, frames=frames)

    assert (campaign.drawn_from, campaign.frame_hash) == (None, before)
    assert parse_design(campaign.design).strata == ("platform",)
    assert basis_of(session, campaign) is None


@on_sqlite
def test_only_its_planner_scores_a_draft(session: Session, cast: Cast, frames: Path) -> None:
    campaign = planned(session, cast, kind=CampaignKind.RISK_TARGETED)
    with pytest.raises(Refused) as refused:
        score(session, campaign, cast, frames)
    assert refused.value.code == "no_frame"
    campaign = drafted(session, cast, frames)
    with pytest.raises(NotPermitted):
        operations.score(session, campaign, by=cast.reviewer, frames=frames)
    submit(session, campaign, by=cast.coordinator, frames=frames)
    with pytest.raises(Refused) as refused:
        score(session, campaign, cast, frames)
    assert refused.value.code == "wrong_status"


@on_sqlite
def test_bounds_by_the_names_of_strata_are_not_lost_without_a_word(session: Session, cast: Cast, frames: Path) -> None:
    numbers = {"seed": "ab" * 32, "below": {"棠梨商城": "0.5"}, "first": "above"}
    campaign = drafted(session, cast, frames)
    campaign.design = parse_design(json.dumps(DESIGN | {"numbers": numbers})).canonical_json()
    session.flush()
    with pytest.raises(Refused) as refused:
        score(session, campaign, cast, frames)
    assert refused.value.code == "numbers_in_use"


@on_sqlite
def test_an_interval_is_given_for_none_of_it(session: Session, cast: Cast, frames: Path) -> None:
    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    design = parse_design(campaign.design)
    assert precision_of(campaign, design, quotas_of(campaign, file_to_draw(campaign, frames))) is None


@on_sqlite
def test_a_second_frame_knows_the_shops_of_the_first(session: Session, cast: Cast, frames: Path) -> None:
    first = drafted(session, cast, frames)
    assert earlier_frames(session, cast.agency.id, str(first.frame_sha256), frames) == []
    campaign = planned(session, cast, kind=CampaignKind.RISK_TARGETED, design=DESIGN)
    source = frames.parent / "later.csv"
    new = "N1,棠梨商城,儿童玩具,S99,新店,磁力棒,10000,1\n"
    source.write_text(frame_csv() + new, encoding="utf-8")
    set_frame(session, campaign, import_frame(source, frames), by=cast.coordinator, frames=frames)
    score(session, campaign, cast, frames)

    [unknown] = top(campaign, frames, of="N1")
    [known] = top(campaign, frames, of="L05")
    assert (unknown.facts.known_days, known.facts.known_days) == (0, 0), "the first was imported on the same day"
    assert session.scalars(sa.select(sa.func.count(Drawn.id))).one() == 0


# --- the design ---


def test_bands_come_last_and_numbers_by_the_names_of_other_strata_go() -> None:
    design = parse_design(
        json.dumps({"strata": ["platform"], "allocation": {"method": "fixed", "fixed": {"a": 3, "b": 4}}})
    )
    by_bands = targeted(design, FIRST._replace(floor=2))
    assert (by_bands.strata, by_bands.method, by_bands.n, by_bands.fixed) == (("platform", BAND), "equal", 7, {})
    assert by_bands.min_per_stratum == 2
    assert targeted(replace(design, min_per_stratum=9), FIRST).min_per_stratum == 1, "it was asked of other strata"
    assert parse_design(by_bands.canonical_json()) == by_bands
    assert targeted(by_bands, FIRST._replace(floor=2)) == by_bands
    assert targeted(by_bands, FIRST._replace(edges=(30,))).bands[0][1].edges == (30,)
    assert without_scores(by_bands).strata == ("platform",) and without_scores(by_bands).bands == ()
    assert without_scores(design) == design
    assert design_hash(by_bands) != design_hash(design)


# --- editions ---


@on_sqlite
def test_weights_are_set_edition_by_edition(session: Session, cast: Cast, frames: Path) -> None:
    assert in_force(session, cast.agency.id).weights == FIRST
    only_price = FIRST._replace(points=dict.fromkeys(Part, 0) | {Part.PRICE: 10}, edges=(5,), floor=2)
    with pytest.raises(NotPermitted):
        set_weights(session, only_price, "只看价格", by=cast.reviewer, edition=0)
    with pytest.raises(Invalid):
        set_weights(session, only_price, " ", by=cast.coordinator, edition=0)
    with pytest.raises(Invalid):
        set_weights(session, FIRST, "一样", by=cast.coordinator, edition=0)
    set_weights(session, only_price, "只看价格", by=cast.coordinator, edition=0)
    session.commit()
    with pytest.raises(Refused) as refused:
        set_weights(session, FIRST, "另一人", by=cast.coordinator, edition=0)
    assert refused.value.code == "weights_changed"
    session.rollback()
    set_weights(session, FIRST, "改回", by=cast.coordinator, edition=1)
    assert [each.number for each in listed(session, cast.reviewer, 10)] == [2, 1]
    assert [each.weights for each in listed(session, cast.coordinator, 10, before=2)] == [only_price]
    assert listed(session, cast.buyer, 10) == []

    campaign = drafted(session, cast, frames)
    score(session, campaign, cast, frames)
    basis = basis_of(session, campaign)
    assert basis and basis.edition == 2 and basis.weights == FIRST
    assert parts_of(Facts(), basis.weights.points)[0].weight == 40
