"""Figures in public: what the pages say of counts that are known, and what they keep to themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus
from tests.harness.campaigns import campaign_at
from tests.harness.databases import on_sqlite
from tests.harness.figures import DOMAIN, counted, kept, some_figures
from tests.harness.people import Cast
from tests.harness.purchases import settings
from tests.pages.test_worklist import statements

pytestmark = on_sqlite


@pytest.fixture
def figures(session: Session) -> None:
    some_figures(session)


def test_before_anything_is_closed_the_page_says_what_will_be_there(client) -> None:
    page = client.get("/statistics?lang=en").text
    assert "No campaign has been closed yet" in page
    assert client.get("/statistics.json").json["campaigns"] == []


def test_the_page_says_the_figures_of_the_domain(client: FlaskClient, figures: None) -> None:
    page = client.get("/statistics?lang=en").text

    assert "82.8%" in page
    assert "95% interval 77.4% to 86.9%" in page
    assert "29 ÷ 224" in page
    assert "12.9%" in page
    assert "8 ÷ 60" in page
    assert "Nobody knows how likely each listing was to be chosen" in page
    assert "13.3%" not in page  # of what was chosen by risk: in no rate
    assert "no official quality index" in page
    assert "Fewer than 5 tested: 临浦市." in page
    assert "lower than chance would be" in page
    assert "Handed over untested 54" in page
    assert "not half of them yet" not in page
    assert "<title>Share of listings that are gone, by days from the proven receipt</title>" in page


def test_a_program_reads_the_same(client, figures) -> None:
    told = client.get("/statistics.json").json
    of = {each["number"]: each for each in told["campaigns"]}

    assert of["C-YZ-2026-0001"]["estimate"]["value"] == "0.827948"
    assert of["C-YZ-2026-0001"]["estimate"]["standard_error"] == "0.024345"
    assert of["C-YZ-2026-0094"]["estimate"] is None
    assert of["C-YZ-2026-0095"]["detection_rate"] == {"nonconforming": 4, "tested": 4, "value": None}
    assert [each["change"] and each["change"]["may_be_chance"] for each in told["trends"]["食品"]] == [None, False]
    assert told["takedowns"]["all"]["claimed"]["median_hours"] == 20
    assert set(told["index"]["weights"]) == {"儿童玩具", "食品"}


def test_one_campaign_has_its_strata_its_platforms_and_how_far_it_speaks(client, session, cast, figures) -> None:
    made = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    kept(session, counted(DOMAIN, number=made.number, untested={"refused_by_lab": 2}))

    page = client.get(f"/statistics/{made.number}?lang=en").text
    assert "Estimate for all 6,194 listings" in page
    assert "standard error 2.43 points" in page
    assert "152 ÷ 200" in page
    assert "44.2" in page  # listings that each tested one of the first stratum stands for
    assert "Refused by the laboratory 2" in page
    assert "place 1 to 2 of 3" in page
    told = client.get(f"/statistics/{made.number}.json").json
    assert (told["estimate"]["listings"], told["funnel"]["tested"]) == (6194, 200)


def test_by_risk_it_says_why_there_is_no_estimate(client, session, cast) -> None:
    made = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)
    kept(session, counted([("TL", 900, 60, 8)], number=made.number, kind="risk_targeted"))

    page = client.get(f"/statistics/{made.number}?lang=en").text
    assert "Nobody knows how likely each listing was to be chosen" in page
    assert "Estimated rate by platform" not in page
    assert "8 ÷ 60" in page
    assert "13.3%" not in page
    assert "15.0" not in page  # 900 by 60: none of them stands for others


def test_before_closing_it_says_nothing_but_when(client, session: Session, cast: Cast) -> None:
    made = campaign_at(session, cast, CampaignStatus.IN_FIELD, settings().frames_folder)

    page = client.get(f"/statistics/{made.number}?lang=en").text
    assert "This campaign is not counted yet" in page
    assert made.title not in page
    assert client.get(f"/statistics/{made.number}.json").json == {"number": made.number, "counted": False}
    assert client.get("/statistics/C-YZ-2026-0099").status_code == 404


def test_more_campaigns_take_no_more_statements(client, session, figures) -> None:
    first = statements(client, "/statistics")
    kept(session, *(counted(DOMAIN, number=f"C-YZ-2026-01{n:02}", category=f"品类{n}") for n in range(9)))

    assert statements(client, "/statistics") == first
    assert statements(client, "/statistics.json") == first


def test_below_the_number_that_an_agency_sets_no_rate_is_said(app, client, session, figures, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], statistics_least=300))

    told = client.get("/statistics.json").json
    assert {each["detection_rate"]["value"] for each in told["campaigns"]} == {None}
    assert (told["least_tested"], told["index"], told["trends"]) == (300, None, {})
    page = client.get("/statistics?lang=en").text
    assert "29 ÷ 224" in page
    assert "12.9%" not in page
    assert "82.8%" not in page
