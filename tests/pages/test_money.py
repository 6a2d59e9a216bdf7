"""The money of a campaign on its pages and by API: planned against the budget, committed, spent, and what is left."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import TaskStatus
from quality.purchases.operations import give_up
from tests.harness.api import program_of
from tests.harness.campaigns import DESIGN, LEAD, MAGNET, framed, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import reported_sample
from tests.harness.people import Cast, hire
from tests.harness.purchases import open_campaign, settings, task_at
from tests.pages.test_worklist import statements

pytestmark = on_sqlite
FEES = [MAGNET._replace(lab_fee_fen=12_000), LEAD._replace(lab_fee_fen=16_000, product="儿童玩具")]


def signed_in(app: Flask, session: Session, actor: Actor) -> Any:
    assert actor.person
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


def in_words(text: str) -> str:
    return " ".join(text.split())


def test_a_plan_is_held_against_its_budget_before_it_is_drawn(app: Flask, session: Session, cast: Cast) -> None:
    campaign = planned(session, cast, items=FEES, budget_fen=120_000)
    session.commit()
    client, program = signed_in(app, session, cast.coordinator), program_of(app, session, cast.coordinator)
    address = f"/desk/campaign/{campaign.number}"
    assert "Nothing to add up yet" in client.get(f"{address}/money").text
    assert "once it has a sampling frame" in client.get(address).text
    assert program.get(f"/campaigns/{campaign.number}/money").get_json()["left_fen"] is None

    framed(session, campaign, cast, settings().frames_folder)
    session.commit()
    page = client.get(f"{address}/money").text
    assert "by about 79.60 yuan" in page and "1,279.60" in page, "4 × 39.90, and 4 × 280 of fees"
    assert "about 1,279.60: purchases 159.60, laboratory 1,120.00" in client.get(address).text
    told = program.get(f"/campaigns/{campaign.number}/money").get_json()
    assert (told["budget_fen"], told["left_fen"], len(told["strata"])) == (120_000, -7_960, 2)
    assert told["in_all"]["planned_purchases_fen"] == 15_960
    assert told["in_all"]["planned_fees_fen"] == 112_000
    assert told["in_all"]["committed_fees_fen"] == 0


def test_committed_and_spent_stand_by_stratum_and_more_than_the_budget_is_said(
    app: Flask, session: Session, cast: Cast
) -> None:
    campaign, tasks = open_campaign(session, cast, items=FEES, budget_fen=130_000)
    session.info["planned"] = list(tasks)
    reported_sample(session, cast)
    session.commit()
    client, program = signed_in(app, session, cast.coordinator), program_of(app, session, cast.coordinator)
    address = f"/desk/campaign/{campaign.number}"
    page = in_words(client.get(f"{address}/money").text)
    for said in ("319.90", "959.70", "1,279.60", "20.40 yuan are left", "棠梨商城/儿童玩具", "purchases 39.90"):
        assert said in page, said
    assert "more than the budget" not in page
    assert 'aria-label="Spent 319.90, committed 959.70, budget 1,300.00, in yuan"' in in_words(client.get(address).text)

    give_up(session, task_at(session, cast, TaskStatus.ORDERED), "lost", by=cast.buyer)
    session.commit()
    page = in_words(client.get(f"{address}/money").text)
    assert "more than the budget, by 19.50 yuan" in page
    assert "Paid for what never came" in page
    told = program.get(f"/campaigns/{campaign.number}/money").get_json()
    assert (told["left_fen"], told["in_all"]["paid_for_nothing_fen"]) == (-1_950, 3_990)
    for name in ("committed_purchases_fen", "committed_fees_fen", "spent_purchases_fen", "spent_fees_fen"):
        assert told["in_all"][name] == sum(each[name] for each in told["strata"]) > 0


def test_more_tasks_ask_no_more_and_without_a_budget_that_is_said(app: Flask, session: Session, cast: Cast) -> None:
    few, _tasks = open_campaign(session, cast, items=FEES)
    many, _tasks = open_campaign(session, cast, items=FEES, design=DESIGN | {"allocation": {"method": "equal", "n": 8}})
    session.commit()
    client: Any = signed_in(app, session, cast.coordinator)
    addresses = [f"/desk/campaign/{each.number}/money" for each in (few, many)]
    assert "No budget" in client.get(addresses[0]).text
    client.get(addresses[1])
    assert statements(client, addresses[0]) == statements(client, addresses[1])


def test_money_is_the_own_agencys(app: Flask, session: Session, cast: Cast) -> None:
    campaign, _tasks = open_campaign(session, cast, items=FEES)
    session.commit()
    assert signed_in(app, session, cast.reviewer).get(f"/desk/campaign/{campaign.number}/money").status_code == 200
    above = hire(session, cast.above, Role.COORDINATOR)
    session.commit()
    assert signed_in(app, session, above).get(f"/desk/campaign/{campaign.number}/money").status_code == 404
    assert program_of(app, session, above).get(f"/campaigns/{campaign.number}/money").status_code == 404
