"""What became of the drawn units, by stratum and by substitution: a page, an answer of the API, a workbook."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.permissions import Role
from quality.purchases.operations import cancel
from tests.harness.api import program_of
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import open_campaign

pytestmark = on_sqlite


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    return sign_in(app, cast.coordinator)


def test_each_substitution_is_named_and_a_stratum_without_reserve_is_said_where_it_is_looked_for(
    app: Flask, coordinator: Any, session: Session, cast: Cast
) -> None:
    campaign, tasks = open_campaign(session, cast)
    lost = tasks[0]
    second = cancel(session, lost, "same_product", by=cast.coordinator)
    assert second
    session.commit()
    case, address = f"/desk/campaign/{campaign.number}", f"/desk/campaign/{campaign.number}/dispositions"
    assert address in coordinator.get(case).text
    page = coordinator.get(address).text
    assert "The same product is bought already" in page
    assert lost.number in page
    assert second.number in page
    assert "No reserve is left" not in page
    third = cancel(session, second, "no_buyer", by=cast.coordinator)
    assert third
    cancel(session, third, "out_of_scope", by=cast.coordinator)
    session.commit()
    stratum = lost.drawn.stratum
    assert f"No reserve is left in {stratum}: units missing there: 1." in coordinator.get(address).text
    assert f"no reserve is left in {stratum}, units missing there: 1." in coordinator.get("/desk/").text
    assert "none left, 1 missing" in coordinator.get(case).text

    told = program_of(app, session, cast.coordinator).get(f"/campaigns/{campaign.number}/dispositions").get_json()

    mine = next(each for each in told["strata"] if each["stratum"] == stratum)
    assert (mine["missing"], mine["reserves_used"], mine["dispositions"]["cancelled"]) == (1, 2, 3)
    assert mine["obtainable"] == {"hits": 0, "of": 0, "rate": None, "low": None, "high": None}
    assert told["in_all"]["main"] == len(tasks)
    assert [(each["task"], each["for_task"], each["reason"]) for each in told["substitutions"]] == [
        (second.number, lost.number, "same_product"), (third.number, second.number, "no_buyer"),
    ]  # fmt: skip
    assert told["next"] is None


def test_before_the_draw_the_page_says_what_will_stand_there(coordinator: Any, session: Session, cast: Cast) -> None:
    draft = planned(session, cast)
    session.commit()
    assert "Nothing is drawn yet" in coordinator.get(f"/desk/campaign/{draft.number}/dispositions").text


def test_the_tasks_are_a_workbook_in_which_nothing_is_calculated_and_nobody_is_named(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    campaign, tasks = open_campaign(session, cast)
    drawn = tasks[0].drawn
    drawn.listing = {**drawn.listing, "title": "=HYPERLINK(1)", "price_fen": 3990}
    session.commit()

    answer = coordinator.get(f"/desk/campaign/{campaign.number}/tasks.xlsx")

    assert campaign.number in answer.headers["Content-Disposition"]
    head, *rows = openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows()
    assert [cell.value for cell in rows[0]][:3] == [tasks[0].number, "Planned", ""]
    title = rows[0][[cell.value for cell in head].index("Title")]
    assert (title.value, title.data_type) == ("=HYPERLINK(1)", "s")
    assert rows[0][-1].value == 39.9
    assert len(rows) == len(tasks)
    assert not {"Buyer", "Paid"} & {cell.value for cell in head}


def test_the_agency_above_reads_neither(app: Flask, session: Session, cast: Cast) -> None:
    campaign, _tasks = open_campaign(session, cast)
    above = hire(session, cast.above, Role.COORDINATOR)
    assert above.person
    give_password(session, above.person)
    session.commit()
    client = sign_in(app, above)
    for page in ("dispositions", "tasks.xlsx"):
        assert client.get(f"/desk/campaign/{campaign.number}/{page}").status_code == 404
    assert program_of(app, session, above).get(f"/campaigns/{campaign.number}/dispositions").status_code == 404
