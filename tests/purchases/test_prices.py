"""A listing that the frame has over the price cap is not given to a buyer without a word: page, API, many at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.errors import Invalid
from quality.core.events import Event
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import assign, cancel
from quality.purchases.prices import listed_fen, over_the_cap_by
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import buyer_of, open_campaign

pytestmark = on_sqlite
WHAT_TO_DO = "Over the price cap by 29.80 yuan, as the frame lists it"


@pytest.fixture
def dear(session: Session, cast: Cast) -> list[Task]:
    """Listed at 39.90 yuan a piece: two pieces are over the cap of 50."""
    _campaign, tasks = open_campaign(session, cast, pieces=2, price_cap_fen=5_000)
    session.commit()
    return tasks


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def test_all_pieces_are_held_against_the_cap(session: Session, cast: Cast, dear: list[Task]) -> None:
    assert (listed_fen(dear[0]), over_the_cap_by(dear[0])) == (7_980, 2_980)
    dear[0].drawn.price_fen = 2_500
    assert over_the_cap_by(dear[0]) == 0
    dear[0].drawn.price_fen = None
    assert (listed_fen(dear[0]), over_the_cap_by(dear[0])) == (None, 0)


def test_it_is_refused_unless_a_buyer_is_to_look_and_the_record_says_so(
    session: Session, cast: Cast, dear: list[Task]
) -> None:
    with pytest.raises(Invalid) as refused:
        assign(session, dear[0], buyer_of(cast), by=cast.coordinator)
    assert [(each.field, each.code) for each in refused.value.problems] == [("despite_cap", "over_price_cap")]
    assign(session, dear[0], buyer_of(cast), by=cast.coordinator, despite_cap=True)
    event = session.query(Event).filter_by(subject_type="task", subject_id=dear[0].id, action="assign").one()
    assert event.details["despite_cap"] is True

    replacing = cancel(session, dear[1], "over_price_cap", by=cast.coordinator)
    assert replacing is not None and replacing.drawn.role == "reserve"
    assert dear[1].exit_reason == "over_price_cap"


def test_its_own_page_says_what_can_be_done(
    app: Flask, session: Session, cast: Cast, coordinator: Any, dear: list[Task]
) -> None:
    address, buyer = f"/desk/task/{dear[0].number}", str(buyer_of(cast).id)
    assert WHAT_TO_DO in coordinator.get(address).text
    assert WHAT_TO_DO in coordinator.get(f"{address}/assign").text
    sent = {"buyer": buyer, "version": dear[0].version}
    answer = coordinator.post(f"{address}/assign", data=sent)
    assert answer.status_code == 422
    assert 'id="despite_cap-e"' in answer.text
    assert coordinator.post(f"{address}/assign", data=sent | {"despite_cap": "yes"}).status_code == 302
    give_password(session, buyer_of(cast))
    session.commit()
    assert "Look whether it costs less by now" in sign_in(app, cast.buyer).get(address).text
    assert "Over the price cap" in coordinator.get(f"{address}/cancel").text


def test_of_many_at_once_they_are_named_and_stay(
    coordinator: Any, session: Session, cast: Cast, dear: list[Task]
) -> None:
    dear[0].drawn.price_fen = 2_000
    session.commit()
    address = f"/desk/campaign/{dear[0].campaign.number}/assign"
    page = coordinator.get(address).text
    assert page.count("Over the price cap by 29.80") == 3
    sent: dict[str, Any] = {f"version-{task.id}": task.version for task in dear}
    sent |= {"task": [task.id for task in dear], "buyer": cast.buyer.id}
    coordinator.post(address, data=sent)
    told = coordinator.get(address).text
    assert "1 task is assigned" in told
    assert dear[1].number in told.partition("Not assigned")[2]
    session.expire_all()
    assert [task.status for task in dear] == [TaskStatus.ASSIGNED] + [TaskStatus.PLANNED] * 3

    coordinator.post(address, data=sent | {"despite_cap": "yes"})
    session.expire_all()
    assert {task.status for task in dear} == {TaskStatus.ASSIGNED}


def test_by_api_it_is_refused_by_its_code(app: Flask, session: Session, cast: Cast, dear: list[Task]) -> None:
    program, task = program_of(app, session, cast.coordinator), dear[0]
    told = program.get(f"/tasks/{task.number}").get_json()
    assert (told["listed_fen"], told["price_cap_fen"], told["pieces"]) == (7_980, 5_000, 2)
    body = {"version": task.version, "buyer": buyer_of(cast).id}
    assert wrong(program.post(f"/tasks/{task.number}/assign", body)) == {"despite_cap": "over_price_cap"}
    assert program.post(f"/tasks/{task.number}/assign", body | {"despite_cap": True}).status_code == 200
    cancelled = program.post(f"/tasks/{dear[1].number}/cancel", {"version": 1, "reason": "over_price_cap"})
    assert cancelled.status_code == 200
