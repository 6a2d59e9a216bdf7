"""The calendar of campaigns with its loads, and the allocation as a workbook, on pages and by API."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from quality.campaigns.calendar import monday_of, quarter_of
from quality.campaigns.models import CampaignKind, CampaignStatus
from quality.clocks.days import day_of
from quality.competence.operations import state_capacity
from quality.core import clock
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.profiles import one_buyer, set_profile
from quality.web import settings
from tests.harness.api import program_of
from tests.harness.campaigns import DESIGN, LEAD, MAGNET, approved_by_review, campaign_at, planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import open_campaign
from tests.pages.test_worklist import statements

pytestmark = on_sqlite
ADDRESS = "/desk/campaigns/calendar"


def signed_in(app: Flask, session: Session, actor: Actor) -> Any:
    assert actor.person
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


def busy(session: Session, cast: Cast) -> None:
    """A campaign of two weeks from today on that buys twenty, for a laboratory that takes eight a week."""
    today = day_of(clock.now())
    design = DESIGN | {"allocation": {"method": "equal", "n": 20}}
    planned(
        session, cast, design=design, laboratory=cast.laboratory.code,
        starts_on=monday_of(today), ends_on=monday_of(today) + timedelta(days=13),
    )  # fmt: skip
    signatory = hire(session, cast.laboratory, Role.SIGNATORY)
    state_capacity(session, cast.laboratory.id, by=signatory, per_week=8, days=None)
    state_capacity(session, cast.laboratory.id, by=signatory, item=LEAD.item, per_week=6, days=None)


def test_a_week_in_which_more_is_planned_than_a_laboratory_takes_is_named(
    app: Flask, session: Session, cast: Cast
) -> None:
    busy(session, cast)
    client = signed_in(app, session, cast.coordinator)
    page = client.get(ADDRESS).text
    for says in (
        "More is planned than can be done",
        "6 a week, of 可迁移元素",
        "over by",
        "▲",
        "Draft",
        "this week",
    ):
        assert says in page
    assert "安排超出能力" in client.get(f"{ADDRESS}?lang=zh").text

    told = program_of(app, session, cast.coordinator).get("/campaigns/calendar").get_json()
    [running], [house] = told["campaigns"], told["laboratories"]
    assert (running["to_buy"], running["laboratory"]) == (20, cast.laboratory.code)
    assert sum(week["planned"] for week in running["weeks"]) == 20
    assert (house["per_week"], house["item"]) == (6, LEAD.item.replace("：", ":"))
    assert all(week["over"] == week["planned"] - 6 for week in house["weeks"])
    assert told["buyers"]["per_week"] is None
    assert {week["over"] for week in told["buyers"]["weeks"]} == {0}, "nobody has said what buyers can do"


def test_in_the_field_only_what_is_not_ordered_is_still_to_be_bought(app: Flask, session: Session, cast: Cast) -> None:
    campaign, tasks = open_campaign(session, cast)
    campaign_at(session, cast, CampaignStatus.DRAFT, settings().frames_folder)
    session.commit()
    told = program_of(app, session, cast.coordinator).get("/campaigns/calendar").get_json()
    assert {each["number"]: each["to_buy"] for each in told["campaigns"]}[campaign.number] == len(tasks)
    assert [week["over"] for week in told["without_laboratory"]] == [0] * len(told["without_laboratory"])


def test_buyers_are_held_against_what_they_have_said(app: Flask, session: Session, cast: Cast) -> None:
    busy(session, cast)
    assert cast.buyer.person
    buyer = one_buyer(session, cast.coordinator, cast.buyer.person.id)
    set_profile(session, buyer, per_week=7, regions=[], version=0, by=cast.coordinator)
    session.commit()
    buyers = program_of(app, session, cast.coordinator).get("/campaigns/calendar").get_json()["buyers"]
    assert buyers["per_week"] == 7
    assert [week["over"] for week in buyers["weeks"]] == [week["planned"] - 7 for week in buyers["weeks"]]


def test_the_statements_do_not_grow_with_the_campaigns(app: Flask, session: Session, cast: Cast) -> None:
    busy(session, cast)
    client = signed_in(app, session, cast.coordinator)
    few = statements(client, ADDRESS)
    for _each in range(4):
        planned(session, cast, laboratory=cast.laboratory.code)
    session.commit()
    assert statements(client, ADDRESS) == few


@pytest.mark.parametrize(
    "told",
    [
        ("year=2031&quarter=2", "No campaign runs in this period", 200),
        ("year=2031", "The year 2031", 200),
        ("year=1066&quarter=1", "Enter a year from 2000 to 2100", 422),
        ("year=zweitausend", "Enter a year from 2000 to 2100", 422),
        ("year=2026&quarter=7", "Choose a quarter, or the whole year", 422),
    ],
)
def test_any_period_is_shown_and_what_is_none_is_named(
    app: Flask, session: Session, cast: Cast, told: tuple[str, str, int]
) -> None:
    asked, says, status = told
    answer = signed_in(app, session, cast.reviewer).get(f"{ADDRESS}?{asked}")
    assert (answer.status_code, says in answer.text) == (status, True)


def test_who_goes_earlier_or_later_comes_to_an_end(app: Flask, session: Session, cast: Cast) -> None:
    """A quarter in which nothing runs is shown on either side, and leads to none that is further away."""
    busy(session, cast)
    client, found, waiting = signed_in(app, session, cast.reviewer), dict[str, str](), [ADDRESS]
    while waiting:
        address = waiting.pop()
        found[address] = unescape(client.get(address).text)
        waiting += (
            set(re.findall(r'href="([^"]*/campaigns/calendar[?]year=[0-9]+&quarter=[0-9])"', found[address]))
            - found.keys()
        )
        assert len(found) < 9
    del found[ADDRESS]  # the same as this quarter's own
    in_order = sorted(found)
    empty = [address for address in in_order if "No campaign runs in this period" in found[address]]
    assert empty == [in_order[0], in_order[-1]]
    now = quarter_of(day_of(clock.now()))
    assert f"{ADDRESS}?year={now.year}&quarter={now.quarter}" in in_order[1:-1]


@pytest.mark.parametrize(
    ("edge", "leads"), [("2100&quarter=4", "2100&quarter=3"), ("2000&quarter=1", "2000&quarter=2")]
)
def test_no_link_leads_to_a_year_that_is_refused(
    app: Flask, session: Session, cast: Cast, edge: str, leads: str
) -> None:
    page = unescape(signed_in(app, session, cast.reviewer).get(f"{ADDRESS}?year={edge}").text)
    assert re.findall(r'href="[^"]*/campaigns/calendar[?]year=([0-9]+&quarter=[0-9])"', page) == [leads]


def test_the_calendar_is_for_who_reads_campaigns(app: Flask, session: Session, cast: Cast) -> None:
    assert signed_in(app, session, cast.buyer).get(ADDRESS).status_code == 403
    program = program_of(app, session, cast.coordinator)
    assert program.get("/campaigns/calendar?quarter=9").status_code == 422


def book(content: bytes) -> dict[str, list[list[Any]]]:
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in load_workbook(io.BytesIO(content))
    }


def test_the_allocation_is_a_row_a_stratum_in_either_language(app: Flask, session: Session, cast: Cast) -> None:
    campaign = approved_by_review(
        session,
        cast,
        settings().frames_folder,
        title="=HYPERLINK(1)",
        design=DESIGN | {"allocation": {"method": "neyman", "n": 5, "S": {
            "棠梨商城/儿童玩具": "0.6", "青禾集市/儿童玩具": "0.25"}, "cost": {
            "棠梨商城/儿童玩具": "40", "青禾集市/儿童玩具": "10"}}},
    )  # fmt: skip
    client = signed_in(app, session, cast.coordinator)
    address = f"/desk/campaign/{campaign.number}/allocation.xlsx"
    sheets = book(client.get(f"{address}?lang=en").data)
    head, first, second, total = sheets["Allocation"]
    assert head[:6] == ["Stratum", "Listings N", "To buy n", "Reserve", "Price of one, yuan", "S"]
    assert first[:7] == ["棠梨商城/儿童玩具", 6, 3, 2, 39.9, 0.6, 40]
    assert second[:7] == ["青禾集市/儿童玩具", 6, 2, 2, 39.9, 0.25, 10]
    assert total[:4] == ["In all", 12, 5, 4]
    assert (first[-1], total[-1]) == (119.7, 199.5)
    assert all(isinstance(line[-2], float) for line in (first, total)), "half of an interval"
    assert ["Title", "=HYPERLINK(1)"] in sheets["Plan"]
    assert "version 1" in str(dict(sheets["Plan"])["Approved"])
    assert "样本分配" in "".join(book(client.get(f"{address}?lang=zh").data))

    answer = program_of(app, session, cast.coordinator).get(f"/campaigns/{campaign.number}/allocation.xlsx")
    assert book(answer.data).keys()
    assert f"{address}" in client.get(f"/desk/campaign/{campaign.number}").text


def test_counts_only_have_no_interval_and_what_cannot_be_drawn_has_no_allocation(
    app: Flask, session: Session, cast: Cast
) -> None:
    frames = settings().frames_folder
    by_risk = approved_by_review(session, cast, frames, kind=CampaignKind.RISK_TARGETED)
    without = planned(session, cast)
    too_many = campaign_at(session, cast, CampaignStatus.DRAFT, frames, items=[MAGNET],
                           design=DESIGN | {"allocation": {"method": "equal", "n": 500}})  # fmt: skip
    client = signed_in(app, session, cast.coordinator)
    lines = book(client.get(f"/desk/campaign/{by_risk.number}/allocation.xlsx?lang=en").data)["Allocation"]
    assert {line[-2] for line in lines[1:]} == {""}
    for campaign, says in ((without, "Import the sampling frame first"), (too_many, "The frame has 12 listings")):
        answer = client.get(f"/desk/campaign/{campaign.number}/allocation.xlsx")
        assert (answer.status_code, says in answer.text) == (409, True)
