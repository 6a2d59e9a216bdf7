"""What a plan says of money, of its laboratory and of its size: on the page, by API, in what changed, in the table."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignItem
from quality.campaigns.operations import submit
from quality.campaigns.workflow import RETURN
from quality.core import migrations
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.workflow import perform
from tests.api.test_idempotency import PLAN
from tests.harness.api import program_of, wrong
from tests.harness.campaigns import LEAD, MAGNET, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.pages.test_planning import send, the_campaign

BASIS = "按发现率10%估计，半宽不超过7个百分点"
MONEY = {
    "budget_fen": "286,000.00", "laboratory": "JY", "size_basis": BASIS, "follow_up": "yes",
    "pieces": "2", "lab_fee_fen_1": "160", "lab_fee_fen_3": "120.50",
}  # fmt: skip


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


@on_sqlite
def test_money_is_typed_in_yuan_kept_in_fen_and_comes_back_as_typed(coordinator: Any, session: Session) -> None:
    send(coordinator, **MONEY)
    made = the_campaign(session)
    assert (made.budget_fen, made.size_basis, made.follow_up) == (28_600_000, BASIS, True)
    assert [(each.item, each.lab_fee_fen) for each in made.items] == [
        ("可迁移元素：铅", 16_000), ("磁通量指数", 12_050),
    ]  # fmt: skip
    assert made.pieces == 2
    assert made.laboratory and made.laboratory.code == "JY"

    shown = coordinator.get(f"/desk/campaign/{made.number}").text
    assert all(each in shown for each in ("286,000.00", BASIS, "may draw again", "云州市产品质量检验院"))
    again = coordinator.get(f"/desk/campaign/{made.number}/amend").text
    for said in ('value="286000.00"', 'value="120.50"', BASIS, '<option value="JY" selected>', 'value="yes" checked'):
        assert said in again, said
    send(coordinator, f"/desk/campaign/{made.number}/amend")
    made = the_campaign(session)
    assert (made.budget_fen, made.size_basis, made.follow_up, made.laboratory) == (None, "", False, None)
    assert made.pieces == 1


@on_sqlite
@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("budget_fen", "0", "above 0"),
        ("pieces", "0", "from 1 to 1000"),
        ("budget_fen", "much", "at most two decimals"),
        ("price_cap_fen", "999999999", "at most 10,000,000 yuan"),
        ("lab_fee_fen_3", "999999999", "at most 10,000,000 yuan"),
        ("lab_fee_fen_3", "free", "at most two decimals"),
        ("laboratory", "YZ", "one of the list"),
        ("size_basis", "据" * 2_001, "Keep to 2000"),
    ],
)
def test_wrong_money_stands_at_its_field(coordinator: Any, session: Session, field: str, typed: str, says: str) -> None:
    answer = send(coordinator, **MONEY | {field: typed})
    assert answer.status_code == 422
    assert says in answer.text.partition(f'id="{field}-e">')[2].partition("<")[0]
    assert 'value="160"' in answer.text or 'value="160.00"' in answer.text


@on_sqlite
def test_a_fee_alone_makes_no_item(coordinator: Any) -> None:
    answer = send(coordinator, lab_fee_fen_2="80")
    assert answer.status_code == 422
    assert 'id="item_2-e"' in answer.text


@on_sqlite
def test_a_program_sends_money_in_fen_and_reads_it_again(app: Flask, session: Session, cast: Cast) -> None:
    program = program_of(app, session, cast.coordinator)
    item = {"item": LEAD.item, "limit": LEAD.limit, "lab_fee_fen": 0}
    sent = {
        "pieces": 3,
        "budget_fen": 3_000_000_000,
        "size_basis": BASIS,
        "follow_up": True,
        "laboratory": "JY",
        "items": [item],
    }
    number = program.post("/campaigns", PLAN | sent).get_json()["number"]
    case = program.get(f"/campaigns/{number}").get_json()
    assert (case["budget_fen"], case["size_basis"], case["follow_up"]) == (3_000_000_000, BASIS, True)
    assert case["pieces"] == 3
    assert (case["laboratory"]["code"], case["items"][0]["lab_fee_fen"]) == ("JY", 0)
    assert wrong(program.post("/campaigns", PLAN | {"laboratory": "nobody"})) == {"laboratory": "unknown_laboratory"}
    for refused in ({"pieces": 0}, {"budget_fen": 0}, {"budget_fen": 10**11}):
        assert program.post("/campaigns", PLAN | refused).status_code == 422
    assert program.post("/campaigns", PLAN).status_code == 201


@on_sqlite
def test_a_reviewer_reads_what_changed_of_the_money(coordinator: Any, app: Flask, session: Session, cast: Cast) -> None:
    frames = app.config["SETTINGS"].frames_folder
    campaign = planned(session, cast)
    framed(session, campaign, cast, frames)
    submit(session, campaign, by=cast.coordinator, frames=frames)
    perform(session, campaign, RETURN, by=cast.reviewer, note="样本量依据不足")
    session.commit()
    address = f"/desk/campaign/{campaign.number}"
    assert "Nothing was changed." in coordinator.get(address).text, "what is not set is no change"

    assert send(coordinator, f"{address}/amend", **MONEY, item_1=MAGNET.item, item_3=LEAD.item).status_code == 302
    page = coordinator.get(address).text
    for says in (
        "Budget",
        "286,000.00 yuan",
        "Why this sample size",
        "Planned laboratory",
        "160.00 yuan",
        "Pieces of each",
    ):
        assert says in page.partition('id="h-draw"')[0], says


def test_a_budget_of_any_agency_fits_and_a_campaign_outlives_the_way_down_without_its_money(
    session: Session, cast: Cast, app: Flask
) -> None:
    campaign = planned(
        session, cast, budget_fen=99_999_999_999, laboratory="JY", items=[LEAD._replace(lab_fee_fen=16_000)]
    )
    session.commit()
    number = campaign.number
    with pytest.raises(Invalid):
        planned(session, cast, budget_fen=100_000_000_000)
    session.rollback()
    db.session.remove()

    migrations.downgrade("0073_declined")
    with db.engine.connect() as connection:
        assert connection.scalars(sa.text("SELECT number FROM campaign")).all() == [number]
    migrations.upgrade()
    again = the_campaign(db.session())
    assert again.pieces == 1
    assert (again.budget_fen, again.size_basis, again.follow_up, again.laboratory_id) == (None, "", False, None)
    assert db.session().scalars(sa.select(CampaignItem.lab_fee_fen)).all() == [None]
