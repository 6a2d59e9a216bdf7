"""A coordinator gives out several tasks at once; what changed meanwhile is named, and does not hold up the rest."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.purchases.models import TaskStatus
from quality.purchases.operations import assign, decline
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import open_campaign


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def test_several_are_assigned_at_once_and_one_that_changed_is_named(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    campaign, tasks = open_campaign(session, cast)
    session.commit()
    address = f"/desk/campaign/{campaign.number}/assign"
    page = coordinator.get(address).text
    assert all(task.number in page for task in tasks)
    sent = {f"version-{task.id}": task.version for task in tasks}
    late, rest = tasks[0], tasks[1:]
    assert cast.buyer.person
    assign(session, late, cast.buyer.person, by=cast.coordinator)
    session.commit()

    answer = coordinator.post(address, data=sent | {"task": [task.id for task in tasks], "buyer": cast.buyer.id})

    assert answer.status_code == 302
    told = coordinator.get(address).text
    assert late.number in told
    assert f"{len(rest)} tasks are assigned" in told
    session.expire_all()
    assert {task.status for task in rest} == {TaskStatus.ASSIGNED}
    assert late.version == sent[f"version-{late.id}"] + 1


@on_sqlite
@pytest.mark.parametrize(("missing", "says"), [("buyer", "Choose a buyer"), ("task", "Choose at least one task")])
def test_what_is_missing_is_asked_for_and_what_was_ticked_stays(
    coordinator: Any, session: Session, cast: Cast, missing: str, says: str
) -> None:
    campaign, tasks = open_campaign(session, cast)
    session.commit()
    sent = {"task": [tasks[0].id], "buyer": cast.buyer.id}
    del sent[missing]

    answer = coordinator.post(f"/desk/campaign/{campaign.number}/assign", data=sent)

    assert answer.status_code == 422
    assert says in answer.text
    assert missing == "task" or f'value="{tasks[0].id}" aria-label="Assign {tasks[0].number}" checked' in answer.text
    session.expire_all()
    assert tasks[0].status == TaskStatus.PLANNED


@on_sqlite
def test_where_nothing_is_left_to_assign_what_is_wrong_leads_nowhere(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    """The page came back with links to fields that were not on it: the client refuses such."""
    campaign, tasks = open_campaign(session, cast)
    assert cast.buyer.person
    for task in tasks:
        assign(session, task, cast.buyer.person, by=cast.coordinator)
    session.commit()

    answer = coordinator.post(f"/desk/campaign/{campaign.number}/assign", data={})

    assert (answer.status_code, "Choose at least one task" in answer.text) == (422, True)


@on_sqlite
def test_what_a_buyer_declined_is_said_and_not_given_to_them_with_others(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    campaign, tasks = open_campaign(session, cast)
    assert cast.buyer.person
    assign(session, tasks[0], cast.buyer.person, by=cast.coordinator)
    decline(session, tasks[0], "no_account", by=cast.buyer, note="账号受限")
    session.commit()
    address = f"/desk/campaign/{campaign.number}/assign"
    page = coordinator.get(address).text
    assert "Declined by" in page
    assert "My account cannot buy there" in coordinator.get("/desk/").text
    assert "账号受限" in coordinator.get(f"/desk/task/{tasks[0].number}").text
    assert "who declined it" in coordinator.get(f"/desk/task/{tasks[0].number}/assign").text
    sent = {f"version-{task.id}": task.version for task in tasks[:2]}

    coordinator.post(address, data=sent | {"task": [task.id for task in tasks[:2]], "buyer": cast.buyer.id})

    assert f"declined it. Not assigned: {tasks[0].number}" in coordinator.get(address).text
    session.expire_all()
    assert [task.status for task in tasks[:2]] == [TaskStatus.PLANNED, TaskStatus.ASSIGNED]


@on_sqlite
def test_a_buyer_declines_on_a_page_and_is_told_where_it_is_now(app: Flask, session: Session, cast: Cast) -> None:
    _campaign, [task, *_others] = open_campaign(session, cast)
    assert cast.buyer.person
    assign(session, task, cast.buyer.person, by=cast.coordinator)
    give_password(session, cast.buyer.person)
    session.commit()
    buyer, address = sign_in(app, cast.buyer), f"/desk/task/{task.number}/decline"
    assert "No time for it" in buyer.get(address).text
    answer = buyer.post(address, data={"version": task.version, "reason": "no_time", "note": ""})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/task/")
    assert f"You declined {task.number}" in buyer.get("/desk/task/").text
    again = buyer.post(address, data={"version": task.version, "reason": "no_time", "note": ""})
    for told in (again, buyer.get(f"/desk/task/{task.number}")):
        assert told.status_code == 409
        assert "You declined this task" in told.text
