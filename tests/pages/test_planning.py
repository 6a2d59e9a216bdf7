"""A coordinator plans a campaign on a page, and what is wrong comes back beside its field, with all that was typed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus, CampaignVersion
from quality.campaigns.operations import submit
from quality.campaigns.workflow import CLOSE, RETURN
from quality.core.errors import Invalid
from quality.core.workflow import perform
from tests.harness.campaigns import campaign_at, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import settings
from tests.harness.reading import read
from tests.harness.standards import LEAD as LEAD_OF_THE_LIBRARY
from tests.harness.standards import TOYS, a_standard

TYPED: dict[str, Any] = {
    "title": "2026年云州市网售儿童玩具监督抽检",
    "kind": "probability",
    "basis": "《产品质量法》第十五条",
    "category": "儿童玩具",
    "starts_on": "2026-10-12",
    "ends_on": "2026-12-31",
    "price_cap_fen": "２００.00",
    "strata": ["platform", "category"],
    "allocation_method": "equal",
    "allocation_n": "4",
    "allocation_min_per_stratum": "1",
    "reserve": "2",
    "item_1": "可迁移元素：铅",
    "limit_1": "≤ 90 mg/kg",
    "rule_1": "non_binary",
    "item_3": "磁通量指数",
    "limit_3": "＜50 kG²mm²",
}


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def form(client: Any, address: str = "/desk/campaign/new") -> dict[str, str]:
    """What the page itself sends along."""
    page = client.get(address)
    assert page.status_code == 200
    return dict(re.findall(r'type="hidden" name="(sent_as|version)" value="(\w+)"', page.text))


def send(client: Any, address: str = "/desk/campaign/new", **changed: Any) -> Any:
    return client.post(address, data={**TYPED, **form(client, address), **changed})


def the_campaign(session: Session) -> Campaign:
    session.expire_all()
    return session.scalars(sa.select(Campaign)).one()


def test_a_campaign_is_planned_with_the_rows_that_say_anything(coordinator: Any, session: Session) -> None:
    answer = send(coordinator)

    made = the_campaign(session)
    assert answer.location == f"/desk/campaign/{made.number}"
    assert [(i.item, i.rule) for i in made.items] == [("可迁移元素：铅", "non_binary"), ("磁通量指数", "simple")]
    assert made.price_cap_fen == 20_000
    assert made.status == CampaignStatus.DRAFT


def test_a_form_sent_twice_makes_one_campaign(coordinator: Any, session: Session) -> None:
    once = form(coordinator)
    first, second = (coordinator.post("/desk/campaign/new", data=TYPED | once) for _ in range(2))

    assert first.location == second.location == f"/desk/campaign/{the_campaign(session).number}"


@on_sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        ("title", "题" * 300, "title", "Keep to 200 characters"),
        ("title", "", "title", "Enter the title"),
        ("ends_on", "2062-01-01", "ends_on", "Plan at most 5 years ahead"),
        ("ends_on", "2026-10-01", "ends_on", "ends before it starts"),
        ("starts_on", "99999-13-45", "starts_on", "Enter a day"),
        ("price_cap_fen", "12.345", "price_cap_fen", "at most two decimals"),
        ("price_cap_fen", "Infinity", "price_cap_fen", "at most two decimals"),
        ("allocation_n", "4.5", "allocation_n", "Enter a whole number"),
        ("allocation_n", "", "allocation_n", "Say how many"),
        ("allocation_method", "neyman", "by_stratum", "Give the deviation S"),
        ("limit_3", "大约五十", "limit_3", ""),
        ("limit_3", "", "limit_3", "Enter the limit"),
        ("item_3", "", "item_3", "Enter the test item"),
        ("kind", "census", "kind", "Choose one of the list"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    coordinator: Any, session: Session, wrong: tuple[str, str, str, str]
) -> None:
    field, typed, at, says = wrong
    answer = send(coordinator, **{field: typed})

    assert answer.status_code == 422
    told = re.search(rf'id="{at}-e">([^<]+)<', answer.text)
    assert told, answer.text
    assert says in told[1]
    assert f'href="#{at}"' in answer.text
    kept = {name: value for name, value in TYPED.items() if name not in {field, "strata"} and "rule" not in name}
    assert all(value in answer.text for value in kept.values())
    assert session.scalars(sa.select(Campaign)).all() == []


@on_sqlite
def test_more_rows_keep_what_was_typed_and_record_nothing(coordinator: Any, session: Session) -> None:
    answer = send(coordinator, more="1", title="")

    assert answer.status_code == 200
    assert 'name="item_7"' in answer.text
    assert "磁通量指数" in answer.text
    assert session.scalars(sa.select(Campaign)).all() == []


@on_sqlite
def test_a_reviewer_reads_what_changed_since_the_last_submission(
    coordinator: Any, app: Flask, session: Session, cast: Cast, tmp_path: Path
) -> None:
    campaign = planned(session, cast)
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    submit(session, campaign, by=cast.coordinator, frames=app.config["SETTINGS"].frames_folder)
    perform(session, campaign, RETURN, by=cast.reviewer, note="样本量依据不足")
    session.commit()
    address = f"/desk/campaign/{campaign.number}"
    assert "Nothing was changed." in coordinator.get(address).text

    answer = send(coordinator, f"{address}/amend", allocation_n="6", limit_3="")
    assert answer.status_code == 422
    answer = send(coordinator, f"{address}/amend", allocation_n="6", item_1="可迁移元素：镉")
    assert answer.status_code == 302, answer.text

    page = coordinator.get(address).text
    for says in ("可迁移元素：镉", "added", "removed", "To buy"):
        assert says in page
    session.expire_all()
    submit(session, campaign, by=cast.coordinator, frames=app.config["SETTINGS"].frames_folder)
    session.commit()
    assert [each.edition for each in session.scalars(sa.select(CampaignVersion))] == [1, 2]
    assert "compared with version 1" in coordinator.get(address).text


def test_a_stale_change_is_told_who_was_first_and_records_nothing(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    campaign = planned(session, cast)
    session.commit()
    address = f"/desk/campaign/{campaign.number}/amend"
    old = form(coordinator, address)
    assert send(coordinator, address).status_code == 302

    late = TYPED | {"title": "另一个名称"}
    answer = coordinator.post(address, data=late | old)

    assert answer.status_code == 409
    assert the_campaign(session).title == TYPED["title"]
    assert "Somebody else changed the plan meanwhile" in answer.text
    assert 'value="另一个名称"' in answer.text  # a form of fifty fields is not typed twice

    session.rollback()
    again = re.search(r'name="version" value="(\d+)"', answer.text)
    assert again
    assert coordinator.post(address, data=late | old | {"version": again[1]}).status_code == 302
    session.expire_all()
    assert the_campaign(session).title == "另一个名称"


@on_sqlite
def test_only_a_coordinator_plans_and_only_drafts_are_changed(
    app: Flask, session: Session, cast: Cast, coordinator: Any
) -> None:
    campaign = planned(session, cast)
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    submit(session, campaign, by=cast.coordinator, frames=app.config["SETTINGS"].frames_folder)
    assert cast.reviewer.person
    give_password(session, cast.reviewer.person)
    session.commit()

    assert coordinator.get(f"/desk/campaign/{campaign.number}/amend").status_code == 409
    assert sign_in(app, cast.reviewer).get("/desk/campaign/new").status_code == 403
    assert coordinator.get("/desk/campaign/C-XX-2026-0001/amend").status_code == 404


@on_sqlite
def test_quotas_are_shown_for_each_stratum_and_after_the_draw_what_came_of_them(
    coordinator: Any, app: Flask, session: Session, cast: Cast
) -> None:
    campaign = planned(session, cast)
    session.commit()
    address = f"/desk/campaign/{campaign.number}"
    assert "Strata and quotas" not in coordinator.get(address).text
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()

    page = coordinator.get(address).text
    for said in ("Strata and quotas", "棠梨商城/儿童玩具", "青禾集市/儿童玩具", "In all"):
        assert said in page
    assert "Reserves used" not in page

    drawn = campaign_at(session, cast, CampaignStatus.IN_FIELD, app.config["SETTINGS"].frames_folder)
    session.commit()
    assert "Reserves used" in coordinator.get(f"/desk/campaign/{drawn.number}").text


@on_sqlite
def test_a_plan_that_cannot_be_drawn_from_its_frame_says_so_before_anybody_commits_to_it(
    coordinator: Any, app: Flask, session: Session, cast: Cast
) -> None:
    campaign = planned(session, cast, design={"strata": ["platform"], "allocation": {"method": "equal", "n": 5_000}})
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()

    address = f"/desk/campaign/{campaign.number}"
    assert "Cannot be drawn" in coordinator.get(address).text
    answer = coordinator.post(f"{address}/submit", data={"version": campaign.version})
    assert answer.status_code == 422
    assert "ask for no more than that, not 5000" in answer.text
    session.expire_all()
    assert campaign.status == CampaignStatus.DRAFT


@on_sqlite
def test_an_s_that_is_missing_and_a_stratum_below_its_minimum_are_said_before_the_review(
    coordinator: Any, app: Flask, session: Session, cast: Cast
) -> None:
    known = {"method": "neyman", "n": 8, "S": {"棠梨商城": "0.3"}, "min_per_stratum": 9}
    campaign = planned(session, cast, design={"strata": ["platform"], "allocation": known})
    framed(session, campaign, cast, app.config["SETTINGS"].frames_folder)
    session.commit()
    with pytest.raises(Invalid) as refused:
        submit(session, campaign, by=cast.coordinator, frames=app.config["SETTINGS"].frames_folder)
    assert [problem.field for problem in refused.value.problems] == ["allocation.S.青禾集市"]
    session.rollback()

    fixed = {"method": "equal", "n": 12, "min_per_stratum": 9}
    small = planned(session, cast, design={"strata": ["platform"], "allocation": fixed})
    framed(session, small, cast, app.config["SETTINGS"].frames_folder)
    session.commit()
    page = coordinator.get(f"/desk/campaign/{small.number}").text
    assert "Fewer listings than the minimum of 9" in page and "棠梨商城 (6)" in page


@on_sqlite
def test_items_are_taken_from_the_library_and_keep_their_version(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    standard = a_standard(session, cast.coordinator)
    session.commit()
    asked = {"take": "1", "from_standard": "GB  6675.4-2014", "from_category": "造型黏土"}
    page = send(coordinator, **asked)
    assert page.status_code == 200
    assert "version 1 of the library" in page.text
    sent = read(page.text).sent("/desk/campaign/new")
    held = {
        name: said[0]
        for name, said in sent.items()
        if re.fullmatch(r"(item|limit|method|rule|clause|source)_[2-5]", name)
    }
    assert (held["item_2"], held["limit_2"], held["rule_2"]) == ("可迁移元素：铅", "≤ 60 mg/kg", "non_binary")
    assert held["item_3"] == "磁通量指数", "what was typed stays in its row"
    assert (held["item_4"], held["limit_4"]) == ("小零件", "符合")

    first = {"item_1": "", "limit_1": ""}
    other = send(coordinator, **(held | first | {"limit_2": "≤ 70 mg/kg"}))
    assert other.status_code == 422
    assert 'id="limit_2-e"' in other.text
    answer = send(coordinator, **(held | first))
    lead, flux, _parts = the_campaign(session).items
    assert lead.standard_limit_id
    assert flux.standard_limit_id is None
    shown = coordinator.get(answer.location).text
    assert f'href="/desk/standards/{standard.id}?edition=1"' in shown
    assert LEAD_OF_THE_LIBRARY.rule_reason in shown
    amending = coordinator.get(f"{answer.location}/amend").text
    assert "version 1 of the library" in amending


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"from_standard": "GB 1-1999"}, ("from_standard", "no such standard")),
        ({"from_standard": "GB 6675.4-2014", "from_category": "童车"}, ("from_category", "玩具材料、造型黏土")),
    ],
)
def test_what_the_library_does_not_have_is_said_at_its_field(
    coordinator: Any, session: Session, cast: Cast, asked: dict[str, str], wrong: tuple[str, str]
) -> None:
    a_standard(session, cast.coordinator, contents=TOYS._replace(items=(LEAD_OF_THE_LIBRARY,)))
    session.commit()
    page = send(coordinator, take="1", **asked)
    assert page.status_code == 422
    assert wrong[1] in page.text
    assert f'id="{wrong[0]}-e"' in page.text


@on_sqlite
def test_bands_and_costs_come_back_as_they_were_typed(coordinator: Any, session: Session) -> None:
    typed = {
        "price_edges": "50，199.90", "sales_edges": "10, 500", "more_bands": "size_band = width: 3, 7",
        "allocation_method": "neyman",
        "by_stratum": "A/B/<5000/>=500/<3 = 0.3", "cost_by_stratum": "A/B/<5000/>=500/<3 = 40.5",
    }  # fmt: skip
    send(coordinator, **typed)
    made = the_campaign(session)
    design = json.loads(made.design)
    assert design["strata"] == ["platform", "category", "price_band", "sales_band", "size_band"]
    assert design["bands"]["price_band"] == {"column": "price_fen", "edges": [5000, 19990]}
    assert design["allocation"]["cost"] == {"A/B/<5000/>=500/<3": "40.5"}

    address = f"/desk/campaign/{made.number}/amend"
    page = coordinator.get(address).text
    assert 'value="50, 199.9"' in page and "size_band = width: 3, 7" in page
    assert "A/B/&lt;¥50/&gt;=500/&lt;3 = 0.3" in page  # people read yuan, and may type them
    send(coordinator, address, **typed | {"price_edges": "50, 199.9", "by_stratum": "A/B/<¥50/>=500/<3 = 0.3"})
    assert json.loads(the_campaign(session).design) == design

    for field, wrong in (
        ("price_edges", "50, many"), ("price_edges", "50, 50"), ("sales_edges", "1.5"), ("more_bands", "size_band"),
        ("cost_by_stratum", "A = dear"),
    ):  # fmt: skip
        answer = send(coordinator, **typed | {field: wrong})
        assert (answer.status_code, f'id="{field}-e"' in answer.text) == (422, True), (field, wrong)


def test_a_column_of_sizes_is_named_by_its_heading_or_its_name_and_comes_back(
    coordinator: Any, session: Session
) -> None:
    send(coordinator, size_column="月销量")
    made = the_campaign(session)
    assert json.loads(made.design)["size"] == {"column": "monthly_sales"}
    address = f"/desk/campaign/{made.number}/amend"
    assert 'name="size_column"' in (page := coordinator.get(address).text) and 'value="monthly_sales"' in page
    answer = send(coordinator, address, size_column="platform")
    assert (answer.status_code, 'id="size_column-e"' in answer.text) == (422, True)
    send(coordinator, address, size_column="")
    assert "size" not in json.loads(the_campaign(session).design)


@on_sqlite
def test_overlap_with_a_closed_campaign_of_the_own_agency_is_planned_by_its_number(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    earlier = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    session.commit()
    open_yet = send(coordinator, numbers_from=earlier.number)
    assert (open_yet.status_code, 'id="numbers_from-e"' in open_yet.text) == (422, True)
    perform(session, earlier, CLOSE, by=cast.coordinator)
    session.commit()
    assert earlier.number in coordinator.get("/desk/campaign/new").text

    send(coordinator, numbers_from=earlier.number, numbers_first="below")
    made = session.scalars(sa.select(Campaign).order_by(Campaign.id.desc())).first()
    assert made is not None
    numbers = json.loads(made.design)["numbers"]
    assert (numbers["seed"], numbers["first"]) == (earlier.seed, "below")
    assert {name: 0 < float(bound) < 1 for name, bound in numbers["below"].items()} == dict.fromkeys(
        ("棠梨商城/儿童玩具", "青禾集市/儿童玩具"), True
    )
    assert f"What campaign {earlier.number} drew" in coordinator.get(f"/desk/campaign/{made.number}").text

    address = f"/desk/campaign/{made.number}/amend"
    page = coordinator.get(address).text
    assert (
        f'value="{earlier.number}"' in page and f"棠梨商城/儿童玩具 = {numbers['below']['棠梨商城/儿童玩具']}" in page
    )
    share = send(coordinator, address, numbers_from=earlier.number, numbers_below="棠梨商城/儿童玩具 = 1.5")
    assert (share.status_code, 'id="numbers_below-e"' in share.text) == (422, True)
    send(coordinator, address, numbers_from=earlier.number, numbers_below="棠梨商城/儿童玩具 = 0.25")
    session.expire_all()
    assert json.loads(made.design)["numbers"]["below"] == {"棠梨商城/儿童玩具": "0.25"}

    anything = made.design.replace(str(earlier.seed), "0" * 64)
    with pytest.raises(Invalid) as refused:
        planned(session, cast, design=anything)
    assert [problem.code for problem in refused.value.problems] == ["not_closed"]
