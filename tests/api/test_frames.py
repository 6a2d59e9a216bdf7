"""A campaign by API, from the plan over its frame to the draw and the purchases."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import rfc3339
from tests.api.conftest import Keyed
from tests.api.test_idempotency import PLAN
from tests.harness.api import Program, wrong
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast

FRAME = """listing_id,platform,category,shop_id,shop_name,title,url,price_fen
L1,TL,儿童玩具,S1,甲店,磁力棒一,https://item.example/1,3990
L2,TL,儿童玩具,S2,乙店,磁力棒二,https://item.example/2,3990
L3,TL,儿童玩具,S3,丙店,磁力棒三,https://item.example/3,3990
L4,QH,儿童玩具,S4,甲店,磁力棒四,https://item.example/4,3990
L5,QH,儿童玩具,S5,乙店,磁力棒五,https://item.example/5,3990
L6,QH,儿童玩具,S6,丙店,磁力棒六,https://item.example/6,面议
"""
FORM = "multipart/form-data"


def send(program: Program, number: str, content: str, name: str = "frame.csv", **more: Any) -> Any:
    data = {"file": (io.BytesIO(content.encode()), name)}
    return program.open("POST", f"/campaigns/{number}/frame", data=data, **more)


@on_sqlite
def test_several_files_are_one_frame_and_say_what_was_not_expected(session: Session, cast: Cast, keyed: Keyed) -> None:
    planner = keyed(cast.coordinator)
    number = planner.post("/campaigns", PLAN).get_json()["number"]
    heading, *rows = FRAME.splitlines()
    parts = [[heading, *rows[:3]], [heading, rows[2], rows[4].replace("儿童玩具", "童玩")]]

    def sending(**more: str) -> Any:
        files = [(io.BytesIO("\n".join(part).encode()), f"part{n}.csv") for n, part in enumerate(parts)]
        return planner.open("POST", f"/campaigns/{number}/frame", data={"file": files, **more})

    looked = sending(expected_rows="5").get_json()
    assert (looked["rows"], looked["accepted"], looked["files"]) == (5, 4, ["part0.csv", "part1.csv"])
    [double] = looked["problems"]
    assert (double["file"], double["row"], double["code"]) == ("part1.csv", 2, "doubled_elsewhere")
    assert looked["open_ends"] == ["part0.csv", "part1.csv"]
    assert [(each["category"], each["rows"]) for each in looked["unnamed"]] == [("童玩", 1)]
    there = looked["address"].removeprefix("/api/v1")
    assert "L3" in planner.get(f"{there}/file?place=1").get_data().decode("utf-8-sig")
    assert planner.get(f"{there}/file?place=2").status_code == 404
    assert sending(categories='{"童玩": "儿童玩具"}').get_json()["unnamed_rows"] == 0
    assert wrong(sending(expected_rows="6")) == {"expected_rows": "other_rows"}
    assert wrong(sending(categories="[]")) == {"categories": "bad_categories"}
    assert wrong(sending(categories='{"a": "b/c"}')) == {"categories": "slash"}


def test_a_campaign_goes_from_its_plan_to_its_purchases(session: Session, cast: Cast, keyed: Keyed) -> None:
    planner, reviewer = keyed(cast.coordinator), keyed(cast.reviewer)
    number = planner.post("/campaigns", PLAN).get_json()["number"]
    address = f"/campaigns/{number}"
    looked = send(planner, number, FRAME).get_json()
    assert (looked["state"], looked["rows"], looked["accepted"], looked["refused"]) == ("looked_at", 6, 5, 1)
    assert [(each["field"], each["code"]) for each in looked["problems"]] == [("price_fen", "bad_price")]
    there = looked["address"].removeprefix("/api/v1")
    assert planner.get(there).get_json() == looked
    mended = planner.get(f"{there}/file")
    assert "面议" in mended.get_data().decode("utf-8-sig")

    assert wrong(planner.post(f"{there}/take_in", {"version": 1})) == {"leave_out": "wrong_rows"}
    assert planner.post(f"{there}/take_in", {"version": 1, "leave_out": True}).get_json()["version"] == 2
    assert planner.post(f"{there}/take_in", {"version": 1, "leave_out": True}).get_json()["version"] == 2
    assert planner.get(there).get_json()["state"] == "taken_in"

    def move(program: Program, name: str, **more: Any) -> Any:
        done = program.post(f"{address}/{name}", {"version": program.version(address), **more})
        assert done.status_code == 200, done.text
        return done.get_json()["status"]

    assert move(planner, "submit", note="请审") == "in_review"
    assert move(reviewer, "approve") == "approved"
    out = clock.now() + timedelta(days=1)
    assert move(reviewer, "freeze", public_event="双色球第2026130期", public_event_at=rfc3339(out)) == "frozen"
    cast.clock.advance(days=1, hours=1)
    assert move(reviewer, "draw", public_number="03,08,12,19,27,31+05", source="中国福利彩票官网") == "drawn"
    drawn = planner.get(f"{address}/drawn?limit=2").get_json()
    assert len(drawn["items"]) == 2
    assert drawn["next"]
    assert move(planner, "start") == "in_field"

    [buyer] = planner.get("/buyers").get_json()["items"]
    task = planner.get(f"/tasks?campaign={number}").get_json()["items"][0]
    assign = f"/tasks/{task['number']}/assign"
    assert wrong(planner.post(assign, {"version": 1, "buyer": 999_999})) == {"buyer": "unknown"}
    assert planner.post(assign, {"version": 1, "buyer": buyer["id"]}).get_json()["status"] == "assigned"
    case = planner.get(f"/campaigns/{number}").get_json()
    assert (case["frame_rows"], case["design"]["reserve"], case["items"][0]["item"]) == (5, 1, "磁通量指数")


@on_sqlite
def test_a_file_that_is_no_frame_is_told_so_and_nothing_is_kept(session: Session, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    number = program.post("/campaigns", PLAN).get_json()["number"]
    assert wrong(send(program, number, FRAME, "frame.txt")) == {"file": "unknown_table"}
    assert wrong(send(program, number, "")).keys() == {"file"}
    assert wrong(send(program, number, "a,b\n1,2\n")).keys() == {"file"}
    assert wrong(program.open("POST", f"/campaigns/{number}/frame", data={"file": "text"}, content_type=FORM)) == {
        "file": "one_file"
    }
    assert program.post(f"/campaigns/{number}/frame", {}).status_code == 415
    extra = {"file": (io.BytesIO(FRAME.encode()), "frame.csv"), "colour": "red"}
    answer = program.open("POST", f"/campaigns/{number}/frame", data=extra)
    assert wrong(answer) == {"colour": "unknown_field"}
    assert program.get(f"/campaigns/{number}").get_json()["frame_rows"] is None


def test_the_same_file_under_the_same_key_is_one_upload(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    number = program.post("/campaigns", PLAN).get_json()["number"]
    first, again = (send(program, number, FRAME, headers={"Idempotency-Key": "f"}).get_json() for _twice in range(2))
    assert first == again
    other = send(
        program, number, FRAME + "L7,QH,儿童玩具,S7,丁店,七,https://item.example/7,1", headers={"Idempotency-Key": "f"}
    )
    assert wrong(other) == {"Idempotency-Key": "key_reused"}


@on_sqlite
def test_a_frame_that_is_there_is_chosen_for_another_campaign(session: Session, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    first, second = (program.post("/campaigns", PLAN).get_json()["number"] for _two in range(2))
    there = send(program, first, FRAME).get_json()["address"].removeprefix("/api/v1")
    program.post(f"{there}/take_in", {"version": 1, "leave_out": True})
    [frame] = program.get("/frames").get_json()["items"]
    assert (frame["name"], frame["accepted"], frame["refused"], frame["source"]) == ("frame.csv", 5, 1, None)
    assert program.get(f"/frames/{frame['id']}").get_json()["campaigns"] == [first]
    assert program.post("/frames", {"sha256": frame["sha256"]}).get_json()["id"] == frame["id"]
    assert wrong(program.post("/frames", {"sha256": "f" * 64})) == {"sha256": "no_such_frame"}

    use = f"/campaigns/{second}/use_frame"
    assert program.post(use, {"version": 9, "frame": frame["id"]}).status_code == 409
    assert program.post(use, {"version": 1, "frame": 9999}).status_code == 404
    looked = program.post(use, {"version": 1, "frame": frame["id"]}).get_json()
    assert (looked["state"], looked["rows"], looked["refused"]) == ("looked_at", 5, 0)
    program.post(f"{looked['address'].removeprefix('/api/v1')}/take_in", {"version": 1})
    assert program.get(f"/frames/{frame['id']}").get_json()["campaigns"] == [second, first]
    assert keyed(cast.reviewer).post("/frames", {"sha256": frame["sha256"]}).status_code == 403


@on_sqlite
def test_what_headings_mean_is_sent_with_the_file_and_remembered_of_its_source(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    number = program.post("/campaigns", PLAN).get_json()["number"]
    odd = FRAME.replace("listing_id", "编码").replace("price_fen", "价")

    def sent(**more: str) -> Any:
        return program.open(
            "POST", f"/campaigns/{number}/frame", data={"file": (io.BytesIO(odd.encode()), "odd.csv"), **more}
        )

    assert wrong(sent()) == {"file": "column_missing"}
    assert wrong(sent(mapping="{")) == {"mapping": "bad_mapping"}
    assert wrong(sent(mapping='{"编码": "colour"}')) == {"mapping": "bad_mapping"}
    assert wrong(sent(mapping='["编码"]')) == {"mapping": "bad_mapping"}
    said = '{"编码": "listing_id", "价": "price_fen"}'
    assert sent(mapping=said, source="甲").get_json()["refused"] == 1
    assert sent(source="甲").get_json()["refused"] == 1
    assert wrong(sent(source="乙")) == {"file": "column_missing"}
