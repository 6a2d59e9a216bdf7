"""The sampling plan, read back: what was approved stands on it, and a long table goes on under its head."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus, CampaignVersion
from quality.campaigns.plan_paper import MOST_STRATA, ask_for_sampling_plan, expected, said
from quality.campaigns.versions import approved_edition
from quality.core import clock
from quality.core.db import canonical
from quality.documents.models import DocumentKind, Language
from quality.documents.press import Paper, Press
from quality.web import settings
from tests.documents.reading import joined, read
from tests.harness.campaigns import approved_by_review, campaign_at, commit_to
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.papers import pdf_of
from tests.harness.people import Cast
from tests.harness.press import making, real_press
from tests.harness.refusals import assert_refused

TWO = {
    "棠梨商城/儿童玩具": {"size": "600", "n": "30", "reserve": "2"},
    "青禾集市/儿童玩具": {"size": "400", "n": "20", "reserve": "2"},
}


def says_of(session: Session, campaign: Campaign, **plan: Any) -> dict[str, Any]:
    """What its paper says, with some of the plan said otherwise."""
    edition = approved_edition(session, campaign)
    assert edition
    says: dict[str, Any] = json.loads(canonical(said(session, campaign, edition)))
    says["plan"] |= plan
    return says


def printed(session: Session, says: dict[str, Any], language: Language = Language.ZH) -> list[str]:
    """The pages."""
    press = Press.of(current_app.config["SETTINGS"])
    paper = Paper(DocumentKind.SAMPLING_PLAN, language, "ABCD-EFGH", "C-1", "云州市", 1, clock.now(), says)
    return read(press.printed(paper).pdf).pages


@on_sqlite
@real_press
def test_what_was_approved_stands_on_it_in_two_languages(session: Session, cast: Cast, app: Flask) -> None:
    frames = settings().frames_folder
    campaign = approved_by_review(
        session, cast, frames, budget_fen=6_000_000, size_basis="按去年的不合格率估计", laboratory=cast.laboratory.code
    )
    commit_to(session, campaign, cast, frames)
    edition = approved_edition(session, campaign)
    assert edition
    hashes = [
        edition.plan_sha256,
        campaign.frame_sha256,
        campaign.frame_hash,
        campaign.design_hash,
        campaign.commitment,
    ]
    both = ["棠梨商城/儿童玩具", "青禾集市/儿童玩具", "磁通量指数", "60,000.00", "500.00", "云州体育彩票第26101期",
            "按去年的不合格率估计", cast.laboratory.name, *map(str, hashes)]  # fmt: skip
    rows = {language: ask_for_sampling_plan(session, campaign, language, by=cast.coordinator) for language in Language}
    run(session, making)

    for language, words in {
        Language.ZH: ("抽样框内没有排除的链接", "各层相同", "概率抽样", "若总体不合格率为10%", "编制人", "批准人"),
        Language.EN: ("Nothing of the frame is left out", "the same number in each stratum", "Approved by"),
    }.items():
        text = read(pdf_of(rows[language])).text
        for each in (*words, *both):
            assert joined(each) in text, each
    assert str(campaign.salt) not in read(pdf_of(rows[Language.ZH])).text, "secret until closing"


@on_sqlite
@real_press
def test_many_strata_go_on_over_pages_under_their_head(session: Session, cast: Cast) -> None:
    campaign = approved_by_review(session, cast, settings().frames_folder)
    many = {f"平台{i}/品类{i}": {"size": "99", "n": "3", "reserve": "1"} for i in range(90)}
    costs = {name: "12.5" for name in many}
    says = says_of(session, campaign, allocated=many, method="neyman", by_stratum=costs, cost_by_stratum=costs,
                   left_out={"same_product": "31", "another_code": "2"})  # fmt: skip
    pages = printed(session, says | {"has_table": True})
    with_strata = [page for page in pages if "/品类" in page]
    assert len(with_strata) > 2
    assert all("序号层" in page for page in with_strata)
    text = "".join(pages)
    assert all(joined(name) in text for name in many)
    for each in ("同一产品近期已抽检", "another_code", "考虑费用的奈曼分配", "12.5"):
        assert each in text


@on_sqlite
@real_press
def test_what_is_chosen_by_risk_is_counts_only_and_too_many_strata_are_named_by_number(
    session: Session, cast: Cast
) -> None:
    campaign = approved_by_review(session, cast, settings().frames_folder, kind=CampaignKind.RISK_TARGETED)
    says = says_of(session, campaign)
    assert says["expected"] == []
    text = "".join(printed(session, says | {"has_table": False, "strata_count": MOST_STRATA + 1}, Language.EN))
    assert joined("Counts only: what is chosen by risk") in text
    assert joined("There are 1,001 strata with 4 to buy in all") in text
    by_size = says | {"plan": says["plan"] | {"kind": "probability", "size": "monthly_sales"}}
    assert joined("proportional to its monthly sales") in "".join(printed(session, by_size, Language.EN))
    without = "".join(printed(session, says_of(session, campaign, allocated=None) | {"has_table": False}, Language.EN))
    assert joined("were not kept with this edition") in without


def test_the_width_to_expect_is_that_of_the_plan() -> None:
    plan = {"kind": "probability", "allocated": TWO}
    assert expected(plan) == [{"rate": "10", "width": "8.4"}, {"rate": "50", "width": "13.2"}]
    assert expected(plan | {"kind": "risk_targeted"}) == expected(plan | {"size": "monthly_sales"}) == []
    assert expected(plan | {"allocated": {"甲": {"size": "9", "n": "1", "reserve": "0"}}}) == []


@on_sqlite
def test_nothing_is_printed_of_what_nobody_approved(session: Session, cast: Cast, tmp_path: Path) -> None:
    by = {"by": cast.coordinator}
    draft = campaign_at(session, cast, CampaignStatus.IN_REVIEW, tmp_path)
    assert_refused(session, "not_approved", ask_for_sampling_plan, draft, Language.ZH, **by)
    unkept = campaign_at(session, cast, CampaignStatus.APPROVED, tmp_path)
    assert_refused(session, "no_edition", ask_for_sampling_plan, unkept, Language.ZH, **by)
    campaign = approved_by_review(session, cast, tmp_path)
    edition = approved_edition(session, campaign)
    assert edition
    changed = edition.plan | {"price_cap_fen": "990000"}
    session.execute(sa.update(CampaignVersion).where(CampaignVersion.id == edition.id).values(plan=changed))
    session.expire_all()
    assert_refused(session, "plan_changed", ask_for_sampling_plan, campaign, Language.ZH, **by)
