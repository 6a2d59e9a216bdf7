"""A coordinator asks for a higher price cap on a page, a reviewer finds it waiting and grants it; and by API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.people.actor import Actor
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import open_campaign

pytestmark = on_sqlite
STRATUM = "棠梨商城/儿童玩具"


@pytest.fixture
def desks(app: Flask, session: Session, in_field: Cast) -> list[Any]:
    people: list[Actor] = [in_field.coordinator, in_field.reviewer]
    for each in people:
        assert each.person
        give_password(session, each.person)
    session.commit()
    return [sign_in(app, each) for each in people]


def test_it_is_asked_for_found_waiting_granted_and_told_to_who_gives_out_the_task(
    session: Session, in_field: Cast, desks: list[Any]
) -> None:
    coordinator, reviewer = desks
    campaign, tasks = open_campaign(session, in_field, pieces=2, price_cap_fen=5_000)
    session.commit()
    where = f"/desk/campaign/{campaign.number}"
    task = next(task for task in tasks if task.drawn.stratum == STRATUM)
    assert "ask for a higher cap on the campaign" in coordinator.get(f"/desk/task/{task.number}").text
    assert f"{where}/raise_cap" in coordinator.get(where).text
    assert f"{where}/raise_cap" not in reviewer.get(where).text
    form = coordinator.get(f"{where}/raise_cap").text
    assert f"{STRATUM}: 50.00 yuan" in form and "All strata: 50.00 yuan" in form
    sent = {"version": campaign.version, "stratum": STRATUM, "cap_fen": "49", "reason": "开学季涨价"}
    low = coordinator.post(f"{where}/raise_cap", data=sent)
    assert low.status_code == 422
    assert "more than the present cap of 50.00 yuan" in low.text and "开学季涨价" in low.text
    assert coordinator.post(f"{where}/raise_cap", data=sent | {"cap_fen": "80"}).status_code == 302

    assert "Grant the higher price cap, or refuse it" in reviewer.get("/desk/").text
    page = reviewer.get(where).text
    assert "committed grows by 59.60 yuan" in page and "开学季涨价" in page
    session.expire_all()
    [raised] = campaign.cap_raises
    granted = reviewer.post(f"{where}/{raised.id}/grant", data={"version": raised.version})
    assert granted.status_code == 302
    page = coordinator.get(where).text
    assert "raised in strata: 1" in page and "granted the higher price cap" in page
    assert "Over the price cap" not in coordinator.get(f"/desk/task/{task.number}").text
    assert "Grant the higher price cap, or refuse it" not in reviewer.get("/desk/").text


def test_by_api_the_same(app: Flask, session: Session, in_field: Cast) -> None:
    campaign, _tasks = open_campaign(session, in_field, pieces=2, price_cap_fen=5_000)
    session.commit()
    program, other = (program_of(app, session, each) for each in (in_field.coordinator, in_field.reviewer))
    here = f"/campaigns/{campaign.number}"
    body = {"version": campaign.version, "stratum": STRATUM, "cap_fen": 5_000, "reason": "涨价"}
    assert wrong(program.post(f"{here}/raise_cap", body)) == {"cap_fen": "not_higher"}
    assert program.post(f"{here}/raise_cap", body | {"cap_fen": 8_000}).status_code == 200
    [told] = other.get(here).get_json()["cap_raises"]
    assert (told["stratum"], told["cap_fen"], told["status"]) == (STRATUM, 8_000, "asked")
    assert {(move["name"], move["allowed"]) for move in told["moves"]} == {("grant", True), ("refuse", True)}
    refused = other.post(f"{here}/cap_raises/{told['id']}/refuse", {"version": told["version"], "note": "不买礼盒装"})
    assert refused.get_json()["status"] == "refused"
    [told] = program.get(here).get_json()["cap_raises"]
    assert (told["answer"], told["moves"]) == ("不买礼盒装", [])
