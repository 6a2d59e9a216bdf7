"""What a reviewer reads of a plan whose approval was taken back, and of an approval that stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.operations import Plan, amend, approve, reopen, submit
from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.differences import Change, Reviewed
from quality.pages.approvals import called_in, in_words
from quality.pages.reviewing import MOST, review
from quality.pages.words import word
from quality.web import settings
from tests.harness.api import program_of
from tests.harness.campaigns import DESIGN, LEAD, approved_by_review, campaign_at
from tests.harness.clock import minute
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast


@pytest.fixture
def approved(app: Flask, session: Session, cast: Cast) -> Campaign:
    campaign = approved_by_review(session, cast, app.config["SETTINGS"].frames_folder)
    session.commit()
    return campaign


@pytest.fixture
def reviewer(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.reviewer.person
    give_password(session, cast.reviewer.person)
    session.commit()
    return sign_in(app, cast.reviewer)


@on_sqlite
def test_an_approval_is_taken_back_on_the_page_and_only_with_a_reason(
    reviewer: Any, session: Session, approved: Campaign
) -> None:
    address = f"/desk/campaign/{approved.number}"
    version = str(approved.version)
    page = reviewer.get(address).text
    assert "version 1, approved by" in page
    assert "as it stands in the record" in page
    assert "What changed since" not in page

    assert reviewer.post(f"{address}/reopen", data={"version": version, "note": " "}).status_code == 422
    answer = reviewer.post(f"{address}/reopen", data={"version": version, "note": "价格上限过低"})
    assert answer.status_code == 302
    session.expire_all()
    assert approved.status == CampaignStatus.DRAFT
    page = reviewer.get(address).text
    assert "Nothing was changed: it says what the approved plan said." in page
    assert "What changed since the last submission" not in page


@pytest.mark.parametrize(
    "told",
    [
        ("en", ("What changed since the plan was approved", "compared with version 1", "To buy in the stratum",
                "棠梨商城/儿童玩具", "added", "removed", "600")),
        ("zh", ("方案获批后的改动", "与第1版比较", "本层购买数", "棠梨商城/儿童玩具", "新增", "删除", "600")),
    ],
)  # fmt: skip
@on_sqlite
def test_the_difference_to_the_approved_plan_is_told_field_by_field_and_stratum_by_stratum(
    reviewer: Any, session: Session, cast: Cast, approved: Campaign, told: tuple[str, tuple[str, ...]]
) -> None:
    (language, says), frames = told, settings().frames_folder
    reopen(session, approved, by=cast.reviewer, why="重新分层")
    said = {name: getattr(approved, name) for name in ("title", "kind", "basis", "category", "starts_on", "ends_on")}
    design = DESIGN | {"allocation": {"method": "fixed", "fixed": {"棠梨商城/儿童玩具": 3}}}
    written = Plan(**said, design=design, items=[LEAD], price_cap_fen=60_000)
    amend(session, approved, written, by=cast.coordinator, frames=frames)
    submit(session, approved, by=cast.coordinator, frames=frames)
    session.commit()

    page = reviewer.get(f"/desk/campaign/{approved.number}?lang={language}").text
    for each in says:
        assert each in page
    assert "What changed since the last submission" not in page


def test_what_is_left_out_is_called_by_its_reason() -> None:
    changed = [Change("left_out", None, "3", "same_product"), Change("stratum_n", "1", "2", "甲")]
    design = '{"strata": ["category"], "allocation": {"method": "equal", "n": 1}}'
    called = called_in(Campaign(design=design))
    found = review("plan", Reviewed(1, clock.now(), changed), in_words, is_first=False, called=called)
    assert found
    assert [each.of for each in found.differences] == [str(word("left_out", "same_product")), "甲"]


def test_of_very_many_differences_the_page_says_how_many_it_leaves_out() -> None:
    many = [Change("stratum_n", "1", "2", f"层{n}") for n in range(MOST + 7)]
    found = review("plan", Reviewed(1, clock.now(), many), in_words, is_first=False)
    assert found
    assert (len(found.differences), found.more) == (MOST, 7)


@on_sqlite
def test_approved_again_without_a_change_the_page_says_so(
    app: Flask, reviewer: Any, session: Session, cast: Cast, approved: Campaign
) -> None:
    frames = app.config["SETTINGS"].frames_folder
    reopen(session, approved, by=cast.reviewer, why="误批")
    submit(session, approved, by=cast.coordinator, frames=frames)
    approve(session, approved, by=cast.reviewer, frames=frames)
    session.commit()
    page = reviewer.get(f"/desk/campaign/{approved.number}").text
    assert "version 2, approved by" in page
    assert "Nothing was changed: it says what the approved plan said." in page


@on_sqlite
def test_what_was_changed_beside_the_program_is_frozen_neither_on_the_page_nor_by_api(
    app: Flask, reviewer: Any, session: Session, cast: Cast, approved: Campaign
) -> None:
    session.execute(sa.update(Campaign).where(Campaign.id == approved.id).values(price_cap_fen=90_000))
    session.commit()
    out = clock.now() + timedelta(days=1)
    typed = {"public_event": "云州体育彩票第26188期", "version": str(approved.version)}
    address = f"/desk/campaign/{approved.number}/freeze"
    page = reviewer.post(f"{address}?lang=zh", data=typed | {"public_event_at": minute(out)})
    assert page.status_code == 409
    assert "方案与获批记录不符，未予冻结" in page.text
    program = program_of(app, session, cast.reviewer)
    sent = {"version": approved.version, "public_event": "云州体育彩票第26188期", "public_event_at": rfc3339(out)}
    answer = program.post(f"/campaigns/{approved.number}/freeze", sent)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "plan_changed")
    session.expire_all()
    assert approved.status == CampaignStatus.APPROVED


@on_sqlite
def test_of_an_approval_without_a_hash_its_page_says_that_freezing_compares_nothing(
    app: Flask, reviewer: Any, session: Session, cast: Cast
) -> None:
    earlier = campaign_at(session, cast, CampaignStatus.APPROVED, app.config["SETTINGS"].frames_folder)
    session.commit()
    assert "freezing has nothing to compare the plan with" in reviewer.get(f"/desk/campaign/{earlier.number}").text
