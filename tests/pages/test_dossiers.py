"""A dossier asks no more of the database the more stands in it: evidence, events, people, items, tasks, buyers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus
from quality.campaigns.operations import ItemPlan
from quality.evidence.models import EvidenceKind
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import TaskStatus
from tests.harness.campaigns import campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import open_campaign, prove, sealed_sample, settings, task_at
from tests.pages.test_worklist import statements

pytestmark = on_sqlite
Growing = Callable[[int], str]  # brings so many rows more; the address of the page that shows them


@pytest.fixture
def cast(session: Session, in_field: Cast) -> Cast:
    for actor in (in_field.coordinator, in_field.buyer, in_field.reviewer):
        assert actor.person
        give_password(session, actor.person)
    return in_field


def evidence_of_a_task(session: Session, cast: Cast) -> Growing:
    task = task_at(session, cast, TaskStatus.RECEIVED)

    def grow(more: int) -> str:
        prove(session, task, *[EvidenceKind.PACKAGING, EvidenceKind.MARKS] * more, by=cast.buyer)
        return f"/desk/task/{task.number}"

    return grow


def evidence_of_a_sample(session: Session, cast: Cast) -> Growing:
    sample = sealed_sample(session, cast)

    def grow(more: int) -> str:
        for _n in range(more):  # each by somebody else, so that the record names more people
            prove(session, sample, EvidenceKind.OTHER, by=hire(session, cast.agency, Role.COORDINATOR))
        return f"/desk/sample/{sample.number}"

    return grow


def items_of_a_campaign(session: Session, cast: Cast) -> Growing:
    def grow(more: int) -> str:
        items = [ItemPlan(item=f"可迁移元素 {n}", limit="≤90 mg/kg", method="GB 6675.4") for n in range(more * 3)]
        campaign = campaign_at(session, cast, CampaignStatus.DRAWN, settings().frames_folder, items=items)
        return f"/desk/campaign/{campaign.number}"

    return grow


def tasks_to_assign(session: Session, cast: Cast) -> Growing:
    def grow(more: int) -> str:
        design = {"strata": ["platform"], "allocation": {"method": "equal", "n": 2 * more}, "reserve": 1}
        campaign, _tasks = open_campaign(session, cast, design=design)
        for _n in range(more):
            hire(session, cast.agency, Role.BUYER)
        return f"/desk/campaign/{campaign.number}/assign"

    return grow


def listings_that_were_drawn(session: Session, cast: Cast) -> Growing:
    assigned = tasks_to_assign(session, cast)
    return lambda more: assigned(more).replace("/assign", "/drawn")


@pytest.mark.parametrize("reader", ["coordinator", "buyer"])
@pytest.mark.parametrize(
    "page",
    [evidence_of_a_task, evidence_of_a_sample, items_of_a_campaign, tasks_to_assign, listings_that_were_drawn],
    ids=lambda page: page.__name__,
)
def test_statements_do_not_grow_with_what_stands_on_a_page(
    app: Flask, session: Session, cast: Cast, page: Callable[[Session, Cast], Growing], reader: str
) -> None:
    grow = page(session, cast)
    actor: Actor = getattr(cast, reader)
    client: Any = sign_in(app, actor)
    session.commit()
    few = grow(1)
    session.commit()
    if client.get(few).status_code in {403, 404}:
        assert reader == "buyer"
        assert "campaign" in few
        return
    client.get(few)  # what is compiled once is compiled
    counted, length = statements(client, few), len(client.get(few).text)
    many = grow(3)
    session.commit()
    client.get(many)
    assert len(client.get(many).text) > length
    assert statements(client, many) == counted
