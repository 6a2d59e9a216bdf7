"""The pages on which coordinators read how laboratories did: figures, bars, chart, workbook, and the API."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.controls.models import Control
from quality.controls.standing import standings
from quality.pages.grading import chart_of
from tests.harness.api import program_of, wrong
from tests.harness.controls import CLEAN, registered, reported_unit, split
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import BAD, GOOD, reported_sample
from tests.harness.people import Cast

pytestmark = on_sqlite


@pytest.fixture
def graded(session: Session, sent: Cast) -> Cast:
    """Five spiked portions at the first laboratory, one of them missed; one sample in two laboratories."""
    like = reported_sample(session, sent, BAD)
    spiked, clean = registered(session, sent, like), registered(session, sent, like, CLEAN)
    for value in ("381", "384", "379", "410"):
        reported_unit(session, sent, spiked, [BAD[0]._replace(value=value), BAD[1]])
    reported_unit(session, sent, spiked, GOOD)
    reported_unit(session, sent, clean, [GOOD[0], GOOD[1]._replace(value="<0.5")])
    reported_unit(session, sent, split(session, sent, like), BAD, sent.second_laboratory)
    for actor in (sent.coordinator, sent.reviewer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return sent


def test_the_table_the_laboratory_and_the_control_are_drawn(app: Flask, session: Session, graded: Cast) -> None:
    client = sign_in(app, graded.coordinator)
    table = client.get("/desk/laboratories/").text
    assert "4 ÷ 5" in table
    assert "<strong>80.0%</strong>" in table
    assert "37.6% to 96.4%" in table  # Wilson
    assert "0 ÷ 1" in table  # false alarms: no rate
    assert "too few for a rate: at least 5 are needed" in table
    page = client.get(f"/desk/laboratories/laboratory?code={graded.laboratory.code}").text
    assert len(re.findall(r"<circle class=\"dot", page)) >= 10
    assert "z = +0.25" in page
    assert "beyond" in page
    assert client.get("/desk/laboratories/laboratory?code=NOBODY").status_code == 404
    for control in session.scalars(sa.select(Control)):
        dossier = client.get(f"/desk/control/{control.number}").text
        assert control.material in dossier
        said = {"known": "Scores of", "split": "The same in two laboratories"}[control.kind]
        assert said in dossier
    assert client.get("/desk/control/").text.count("/desk/control/Q-YZ-2026-000") == 3


def test_the_workbook_says_the_same(app: Flask, graded: Cast) -> None:
    client = sign_in(app, graded.coordinator)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/desk/laboratories/laboratories.xlsx").data))
    houses, scores = (list(sheet.values) for sheet in book.worksheets)
    row = dict(zip(houses[0], next(line for line in houses if line[0] == graded.laboratory.code), strict=True))
    assert row["Nonconforming found: counted"] == "4 ÷ 5"
    assert row["Nonconforming found: rate"] == "80.0%"
    assert row["Portions sent"] == 6
    assert len(scores) == 1 + 12
    assert {line[7] for line in scores} >= {"z", "z = +0.25", "z = +7.50"}


def test_a_program_of_a_coordinator_reads_and_registers(app: Flask, session: Session, graded: Cast) -> None:
    program = program_of(app, session, graded.coordinator)
    [second, first] = program.get("/laboratories/figures").get_json()["items"]
    assert first["detection"] == {"hits": 4, "of": 5, "rate": "0.8000", "low": "0.3755", "high": "0.9638"}
    assert first["false_alarms"]["rate"] is None
    assert second["laboratory"]["code"] == graded.second_laboratory.code
    listed = program.get("/controls").get_json()["items"]
    assert len(listed) == 3
    whole = program.get(f"/controls/{listed[-1]['number']}").get_json()
    assert whole["portions"][0]["scores"][0]["z"] == "0.2500"
    given = {"material": "加标", "campaign": whole["campaign"], "product_name": "磁力棒"}
    known = [{"item": "磁通量指数", "assigned": "380", "sigma": "4"}]
    made = program.post("/controls", given | {"contents": known})
    assert made.status_code == 201, made.text
    assert wrong(program.post("/controls", given | {"campaign": "C-NO-2026-1", "contents": known})) == {
        "campaign": "unknown"
    }
    assert wrong(program.post("/controls/splits", {"sample": "S-NO-2026-1", "material": "x"})) == {"sample": "unknown"}
    address = f"/controls/{made.get_json()['number']}"
    body: dict[str, Any] = {
        "version": program.version(address), "laboratory": graded.laboratory.code, "test_seal_no": "YZ-API-A",
        "test_quantity": "2 件", "backup_seal_no": "YZ-API-B", "backup_quantity": "1 件",
        "courier": "顺达快递", "parcel_no": "SD-1",
    }  # fmt: skip
    assert program.post(f"{address}/send", body).status_code == 200
    settled = {"version": program.version(address), "portion": 10**6}
    assert program.post(f"{address}/settle", settled).status_code == 409  # nothing of it was reported
    assert program_of(app, session, graded.reviewer).get("/laboratories/figures").status_code == 403
    assert program_of(app, session, graded.reviewer).get("/controls").status_code == 404


def test_a_score_beyond_the_chart_lies_at_its_edge_and_is_said_whole(session: Session, graded: Cast) -> None:
    standing = standings(session, graded.coordinator)[graded.laboratory.id]
    chart = chart_of(standing.outcomes)
    assert chart
    assert sum(dot.is_beyond for dot in chart.dots) == 2  # 410, and what was missed
    assert all(Decimal(12) <= dot.y <= Decimal(188) for dot in chart.dots)
    assert len(chart.rows) == len(chart.dots) == 11
    assert chart_of([]) is None


def test_the_form_leads_from_a_sample_or_a_product_to_its_items(app: Flask, session: Session, graded: Cast) -> None:
    client, here = sign_in(app, graded.coordinator), "/desk/laboratories/control"
    campaign = session.scalars(sa.select(Control)).first().campaign.number
    assert client.get(here).status_code == 200
    for asked, says in (
        ("sample=S-NO-2026-1", "There is no sample"), (f"campaign={campaign}", "Enter the product it passes for"),
        ("product=磁力棒", "Enter the number of a sample"),
        ("sample=&campaign=&product=", "Enter the number of a sample"), ("campaign=C-NO", "Choose one of the list"),
    ):  # fmt: skip
        answer = client.get(f"{here}?{asked}")
        assert answer.status_code == 422
        assert says in answer.text
    assert "磁通量指数" in client.get(f"{here}?campaign={campaign}&product=磁力棒").text
    typed = {"campaign": campaign, "product": "磁力棒", "material": "加标", "assigned_1": "38O"}
    again = client.post(here, data=typed)
    assert again.status_code == 422
    assert 'value="38O"' in again.text
    assert client.post(here, data=typed | {"assigned_1": "380"}).status_code == 302
