"""What every kind of case answers: lists, itself, its record, its moves."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.lab.models import Finding
from quality.permissions import Role
from tests.api.conftest import Keyed
from tests.harness.api import wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, sign_in
from tests.harness.people import Cast, hire

COLLECTIONS = {
    "campaigns": "campaign", "tasks": "task", "samples": "sample", "reports": "report", "findings": "finding",
    "objections": "objection", "notices": "notice", "results": "result",
    "certificates": "certificate",
}  # fmt: skip


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_case_is_found_in_its_list_and_says_where_it_stands(
    cast: Cast, world: World, keyed: Keyed, name: str
) -> None:
    program, number = keyed(cast.coordinator), world[COLLECTIONS[name]]
    listed = program.get(f"/{name}").get_json()
    line = next(each for each in listed["items"] if each["number"] == number)
    case = program.get(line["address"].removeprefix("/api/v1")).get_json()
    assert {field: case[field] for field in ("number", "status", "version")} == {
        field: line[field] for field in ("number", "status", "version")
    }
    for move in case["moves"]:
        assert move.keys() == {"name", "allowed", "code", "reason"}
        assert move["allowed"] is (move["reason"] is None)
    for clock in case["clocks"]:
        assert clock["due_at"].endswith("T00:00:00+08:00")
        assert clock["explanation"]
    record = program.get(f"/{name}/{number}/events?limit=200").get_json()["items"]
    assert [each["seq"] for each in record] == list(range(1, case["version"] + 1))
    assert record[0]["action"] == "create"


def test_a_list_goes_on_where_a_page_ended(cast: Cast, world: World, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    whole = [each["number"] for each in program.get("/tasks?limit=200").get_json()["items"]]
    found, cursor = [], ""
    while cursor is not None:
        page = program.get(f"/tasks?limit=2&cursor={cursor}").get_json()
        found += [each["number"] for each in page["items"]]
        cursor = page["next"]
    assert len(whole) > 2
    assert found == whole


def test_a_record_goes_on_where_a_page_ended(cast: Cast, world: World, keyed: Keyed) -> None:
    program, address = keyed(cast.coordinator), f"/notices/{world['notice']}/events"
    whole = program.get(f"{address}?limit=200").get_json()["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = program.get(f"{address}?limit=3&cursor={cursor}").get_json()
        found += page["items"]
        cursor = page["next"]
    assert found == whole


def test_a_list_is_narrowed_by_status_number_and_campaign(cast: Cast, world: World, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    for each in program.get("/tasks?status=shipped&status=received").get_json()["items"]:
        assert each["status"] in {"shipped", "received"}
    assert [each["number"] for each in program.get(f"/tasks?q={world['task']}").get_json()["items"]] == [world["task"]]
    assert program.get(f"/tasks?campaign={world['campaign']}").get_json()["items"]
    assert program.get("/tasks?campaign=C-NONE").get_json()["items"] == []


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("status=gone", "status"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=x", "cursor"),
        ("order=first", "order"),
        ("from=2026-13-01", "from"),
        ("colour=red", "colour"),
        ("stage=here", "stage"),
        ("q=%00", "q"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so_at_its_name(
    cast: Cast, world: World, keyed: Keyed, asked: str, field: str
) -> None:
    assert wrong(keyed(cast.coordinator).get(f"/tasks?{asked}")).keys() == {field}


def test_a_move_is_made_with_the_version_that_was_read(
    session: Session, cast: Cast, world: World, keyed: Keyed
) -> None:
    program, address = keyed(cast.reviewer), f"/findings/{world['finding']}"
    version = program.version(address)
    done = program.post(f"{address}/confirm", {"version": version})
    assert done.get_json() == {"number": world["finding"], "status": "confirmed", "version": version + 1}
    [finding] = [each for each in session.query(Finding) if each.number == world["finding"]]
    assert (finding.status, finding.confirmed_by_id) == ("confirmed", cast.reviewer.id)
    last = keyed(cast.coordinator).get(f"{address}/events?limit=200").get_json()["items"][-1]
    assert last["actor"] == f"person:{cast.reviewer.id} via key:{program.key_id}"


def test_an_older_version_is_told_what_was_done_since(cast: Cast, world: World, keyed: Keyed) -> None:
    program, address = keyed(cast.reviewer), f"/findings/{world['finding']}"
    version = program.version(address)
    assert program.post(f"{address}/confirm", {"version": version}).status_code == 200
    late = program.post(f"{address}/reject", {"version": version, "note": "重复"}).get_json()
    assert (late["status"], late["code"]) == (409, "stale")
    assert late["present"] == {"status": "confirmed", "version": version + 1}
    assert [each["action"] for each in late["since"]] == ["confirm"]


def test_a_refusal_says_by_which_rule(cast: Cast, world: World, keyed: Keyed) -> None:
    program, address = keyed(cast.reviewer), f"/campaigns/{world['campaign']}"
    answer = program.post(f"{address}/approve", {"version": program.version(address)})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "wrong_status")


def test_another_organisation_finds_nothing(session: Session, cast: Cast, world: World, keyed: Keyed) -> None:
    program = keyed(hire(session, cast.below, Role.COORDINATOR))
    for name, kind in COLLECTIONS.items():
        assert program.get(f"/{name}").get_json() == {"items": [], "next": None}
        assert program.get(f"/{name}/{world[kind]}").status_code == 404
        assert program.get(f"/{name}/{world[kind]}/events").status_code == 404


def test_the_worklist_is_that_of_the_pages(app: Flask, cast: Cast, world: World, keyed: Keyed) -> None:
    for actor in (cast.coordinator, cast.reviewer, cast.analyst, cast.signatory, cast.desk):
        program = keyed(actor)
        said = program.get("/worklist").get_json()["items"]
        page = sign_in(app, actor).get("/desk/").text
        assert all(line["number"].rpartition(":")[2] in page for line in said)
        for line in said[:3]:
            case = program.get(line["address"].removeprefix("/api/v1")).get_json()
            assert (case["number"], case["status"]) == (line["number"], line["status"])
    found = keyed(cast.coordinator).get("/worklist").get_json()["items"]
    assert {line["kind"] for line in found} >= {"sample", "notice"}
    assert [line["group"] for line in found] == sorted(
        (line["group"] for line in found), key=["overdue", "today", "later", "undated"].index
    )
