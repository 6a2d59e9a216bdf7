"""A program takes complaints in, sets weights, scores a campaign and reads what each score is made of."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign, CampaignKind
from quality.core import clock
from quality.targeting import requests
from quality.targeting.jobs import lay_over_big_frames
from tests.harness.api import Program, program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.targeting.test_complaints import csv_of
from tests.targeting.test_risk_drawing import drafted, frame_csv

WEIGHTS: dict[str, Any] = {
    "edition": 0,
    "points": {"findings": 50, "complaints": 20, "price": 10, "sales": 0, "newness": 20},
    "edges": [5, 30],
    "floor": 1,
    "reason": "多看检出",
}


@pytest.fixture
def program(app: Flask, session: Session, cast: Cast) -> Program:
    return program_of(app, session, cast.coordinator)


def send(program: Program, content: bytes, how: str = "", name: str = "投诉.csv") -> Any:
    sent = {"file": (io.BytesIO(content), name)}
    return program.open("POST", f"/targeting/complaints{how}", data=sent)


@on_sqlite
def test_complaints_are_looked_at_and_taken_in(program: Program) -> None:
    mixed = csv_of({}, {"reference": "TS-2", "listing_id": "", "shop_id": ""})
    dry = send(program, mixed).get_json()
    assert [each["state"] for each in dry["rows"]] == ["new", "wrong"] and dry["taken"] == 0
    assert dry["rows"][1]["reasons"][0]["code"] == "names_nothing"
    assert wrong(send(program, mixed, "?confirm=all")) == {
        "only_good": "wrong_rows",
        "row 3, listing_id": "names_nothing",
    }
    assert send(program, mixed, "?confirm=good").get_json()["taken"] == 1
    assert send(program, csv_of({}), "?confirm=all").get_json()["taken"] == 0
    send(program, csv_of({"reference": "TS-7"}), "?confirm=all")

    first = program.get("/targeting/complaints?limit=1").get_json()
    assert first["items"][0]["reference"] == "TS-7" and first["next"]
    second = program.get(f"/targeting/complaints?limit=1&cursor={first['next']}").get_json()
    assert (second["items"][0]["reference"], second["next"]) == ("TS-1", None)
    assert program.get("/targeting/complaints?kind=quality").get_json()["items"] == []
    assert program.get("/targeting/complaints?kind=?").status_code == 422
    assert send(program, b"", "?confirm=all").status_code == 422


@on_sqlite
def test_weights_are_read_and_set(program: Program) -> None:
    [own] = program.get("/targeting/weights").get_json()["items"]
    assert (own["edition"], own["points"]["findings"], own["set_at"]) == (0, 40, None)
    made = program.post("/targeting/weights", WEIGHTS)
    assert made.status_code == 201 and made.get_json()["edition"] == 1
    late = program.post("/targeting/weights", WEIGHTS | {"floor": 3})
    assert (late.status_code, late.get_json()["code"]) == (409, "weights_changed")
    bad = WEIGHTS | {"edition": 1, "points": {"findings": -1, "luck": 5}, "edges": [], "floor": 0}
    assert {"findings": "negative", "luck": "unknown_part", "price": "missing"}.items() <= wrong(
        program.post("/targeting/weights", bad)
    ).items()
    assert program.post("/targeting/weights", WEIGHTS | {"floor": "1"}).status_code == 422


@on_sqlite
def test_a_campaign_is_scored_and_its_scores_are_read(
    app: Flask, session: Session, cast: Cast, program: Program
) -> None:
    frames = app.config["SETTINGS"].frames_folder
    campaign = drafted(session, cast, frames)
    sample = drafted(session, cast, frames, kind=CampaignKind.PROBABILITY)
    session.commit()
    at = f"/campaigns/{campaign.number}"
    assert program.get(f"{at}/scores").get_json() == {"items": [], "next": None}
    assert program.get(f"{at}/scoring").get_json()["code"] == "not_scored"
    program.post("/targeting/weights", WEIGHTS)
    scored = program.post(f"{at}/scores", {"version": campaign.version}).get_json()
    assert (scored["edition"], scored["floor"]) == (1, 1)
    assert sum(each["listings"] for each in scored["bands"]) == 16
    assert sum(each["n"] for each in scored["bands"]) == 12

    page = program.get(f"{at}/scores?limit=4").get_json()
    for each in page["items"]:
        assert sum(part["points"] for part in each["parts"]) == each["score"]
        assert [part["part"] for part in each["parts"] if part["share"] is None] == [
            "findings",
            "complaints",
            "newness",
        ]
        assert all(part["says"] for part in each["parts"])
    following = program.get(f"{at}/scores?limit=4&cursor={page['next']}").get_json()["items"]
    assert following[0]["listing_id"] not in {each["listing_id"] for each in page["items"]}
    assert program.get(f"{at}/scores?by=shop&limit=1").get_json()["items"][0]["listings"] == 3
    assert wrong(program.get(f"{at}/scores?cursor=x")) == {"cursor": "bad_value"}

    other = "\n".join(frame_csv().splitlines()[:-2]).encode()
    looked = program.open("POST", f"{at}/frame", data={"file": (io.BytesIO(other), "另一.csv")}).get_json()
    assert (looked["clears_scores"], looked["rows"]) == (True, 14)
    assert program.post(f"{at}/scores", {"version": 1}).status_code == 409
    refused = program.post(f"/campaigns/{sample.number}/scores", {"version": sample.version})
    assert refused.get_json()["code"] == "not_risk_targeted"
    gone = program.post(f"{at}/scores/clear", {"version": scored["version"]}).get_json()
    assert gone["version"] > scored["version"]
    assert program.post(f"{at}/scores/clear", {"version": gone["version"]}).get_json()["code"] == "not_scored"


@on_sqlite
def test_a_big_frame_is_scored_by_a_job(app: Flask, session: Session, cast: Cast, program: Program) -> None:
    frames = app.config["SETTINGS"].frames_folder
    campaign = drafted(session, cast, frames)
    session.execute(sa.update(Campaign).values(frame_rows=requests.SOON + 1))
    session.commit()
    at = f"/campaigns/{campaign.number}"
    waits = program.post(f"{at}/scores", {"version": campaign.version})
    assert (waits.status_code, waits.get_json()["state"], waits.get_json()["edition"]) == (202, "waiting", None)
    assert program.get(f"{at}/scoring").get_json()["bands"] == []
    lay_over_big_frames(sessionmaker(session.get_bind()), frames, clock.now())
    scored = program.get(f"{at}/scoring").get_json()
    assert (scored["state"], scored["edition"], sum(each["listings"] for each in scored["bands"])) == ("done", 0, 16)
    assert scored["version"] > waits.get_json()["version"]
