"""An agency's program reads its library, writes it, and takes a workbook in."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.harness.api import Program, program_of, wrong
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.standards import LEAD, NUMBER, ROW, TOYS, a_standard, workbook

BODY: dict[str, Any] = {
    "number": NUMBER,
    "title": TOYS.title,
    "reason": "按现行文本录入",
    "valid_from": "2016-01-01",
    "items": [
        {"item": LEAD.item, "unit": "mg/kg", "limits": [{"limit": "≤ 90", "category": "玩具材料", "clause": "4.1"}]}
    ],
}


@pytest.fixture
def program(app: Flask, session: Session, cast: Cast) -> Program:
    return program_of(app, session, cast.coordinator)


def test_a_standard_is_written_read_and_revised(program: Program) -> None:
    made = program.post("/standards", BODY)
    assert made.status_code == 201
    assert wrong(program.post("/standards", BODY)) == {"number": "doubled"}
    [line] = program.get("/standards?q=6675").get_json()["items"]
    here = f"/standards/{line['id']}"
    told = program.get(here).get_json()
    assert (told["number"], told["library_version"], told["reason"]) == (NUMBER, 1, BODY["reason"])
    [limit] = told["items"][0]["limits"]
    assert (limit["limit"], limit["limit_with_unit"]) == ("≤ 90", "≤ 90 mg/kg")

    revised = {name: value for name, value in BODY.items() if name != "number"} | {"version": told["version"]}
    assert program.post(f"{here}/revise", revised).get_json()["changed"] is False
    answer = program.post(f"{here}/revise", revised | {"items": [], "reason": "移出"}).get_json()
    assert (answer["changed"], answer["library_version"]) == (True, 2)
    assert program.post(f"{here}/revise", revised | {"title": "别的"}).status_code == 409
    assert program.get(here).get_json()["items"] == []
    assert len(program.get(f"{here}?library_version=1").get_json()["items"]) == 1
    assert program.get(f"{here}?library_version=9").status_code == 404


@on_sqlite
def test_what_is_wrong_is_named_by_its_place(program: Program) -> None:
    item = {"item": "铅", "rule": "guard_band", "limits": [{"limit": "约 90"}]}
    assert wrong(program.post("/standards", BODY | {"items": [item]})) == {
        "items 1, rule_reason": "missing",
        "items 1, limits 1, limit": "unreadable_limit",
    }


def test_the_list_goes_on(program: Program, session: Session, cast: Cast) -> None:
    for number in ("GB 1-2020", "GB 2-2020", "GB 3-2020"):
        a_standard(session, cast.coordinator, number)
    session.commit()
    first = program.get("/standards?limit=2").get_json()
    assert [each["number"] for each in first["items"]] == ["GB 1-2020", "GB 2-2020"]
    rest = program.get("/standards", query_string={"limit": "2", "cursor": first["next"]}).get_json()
    assert ([each["number"] for each in rest["items"]], rest["next"]) == (["GB 3-2020"], None)


def test_a_campaign_says_which_version_its_items_come_from(program: Program, session: Session, cast: Cast) -> None:
    standard = a_standard(session, cast.coordinator)
    campaign = planned(session, cast)
    session.commit()
    limit = program.get(f"/standards/{standard.id}").get_json()["items"][0]["limits"][0]
    plan = program.get(f"/campaigns/{campaign.number}").get_json()
    names = ("title", "kind", "basis", "category", "starts_on", "ends_on", "design", "version")
    item = {"item": LEAD.item, "limit": limit["limit_with_unit"], "rule": LEAD.rule, "standard_limit_id": limit["id"]}
    body = {name: plan[name] for name in names} | {"items": [item]}
    assert program.post(f"/campaigns/{campaign.number}/amend", body).status_code == 200
    [told] = program.get(f"/campaigns/{campaign.number}").get_json()["items"]
    assert told["standard"] == {
        "number": NUMBER, "version": "1", "published": "2014", "category": "玩具材料", "clause": "4.1",
    }  # fmt: skip


@on_sqlite
def test_a_workbook_is_looked_at_and_taken_in_once(program: Program) -> None:
    def send(content: bytes, asked: str = "") -> Any:
        return program.open("POST", f"/standards/workbooks{asked}", data={"file": (io.BytesIO(content), "a.xlsx")})

    content = workbook(ROW, {"category": "造型黏土", "limit": "≤ 60 mg/kg"})
    assert [row["state"] for row in send(content).get_json()["rows"]] == ["new", "new"]
    assert wrong(send(content, "?confirm=all")) == {"reason": "missing"}
    assert send(content, "?confirm=all&reason=x").get_json()["taken"] == [NUMBER]
    again = send(content, "?confirm=all&reason=x").get_json()
    assert ([row["state"] for row in again["rows"]], again["taken"]) == (["same", "same"], [])
    bad = workbook(ROW | {"limit": "约 90"})
    [row] = send(bad).get_json()["rows"]
    assert row["reasons"][0]["code"] == "unreadable_limit"
    assert wrong(send(bad, "?confirm=all&reason=x")) == {"only_good": "wrong_rows"}
    assert wrong(send(b"a,b")) == {"file": "other_kind"}
