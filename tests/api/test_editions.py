"""A program amends a notice, and a platform's program is told when it answers what is not asked any more."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.notices.editions import wording_of
from quality.notices.models import Notice
from tests.api.conftest import Keyed
from tests.harness.api import Program, wrong
from tests.harness.beginnings import Served
from tests.harness.databases import on_sqlite
from tests.harness.notices import amended, desk_of, reissuing, run

pytestmark = on_sqlite


@pytest.fixture
def notice(session: Session, served: Served) -> Notice:
    session.commit()
    return served.notice


def said(program: Program, notice: Notice, **changed: Any) -> dict[str, Any]:
    version = program.version(f"/notices/{notice.number}")
    return {"version": version, "reason": "更正条款", **wording_of(notice)} | changed


def test_a_program_drafts_an_edition_and_another_persons_approves_it(
    session: Session, served: Served, notice: Notice, keyed: Keyed
) -> None:
    drafter, approver = keyed(served.cast.coordinator), keyed(served.cast.reviewer)
    address = f"/notices/{notice.number}"
    assert wrong(drafter.post(f"{address}/amend", said(drafter, notice))) == {"reason": "nothing_changed"}
    unknown = said(drafter, notice, findings=["F-YZ-2026-9999"])
    assert wrong(drafter.post(f"{address}/amend", unknown)) == {"findings 1": "unknown"}
    sent = said(drafter, notice, withdrawn=[notice.items[0].id], findings=[served.spare.number])
    assert drafter.post(f"{address}/amend", sent).status_code == 200
    told = drafter.get(address).get_json()
    assert (told["edition"], told["editions"][0]["edition"], told["editions"][0]["issued_at"]) == (1, 2, None)
    assert {each["field"] for each in told["editions"][0]["changed"]} == {"listing"}
    move = {"version": told["version"]}
    assert drafter.post(f"{address}/approve_edition", move).status_code == 403
    assert approver.post(f"{address}/approve_edition", move).status_code == 200
    assert run(session, reissuing) == 1
    told = drafter.get(address).get_json()
    assert told["edition"] == 2 and told["editions"][0]["approved_by"] == served.cast.reviewer.person.name  # type: ignore[union-attr]


def test_an_answer_to_an_edition_that_is_not_in_force_is_refused_whole(
    session: Session, served: Served, notice: Notice, keyed: Keyed
) -> None:
    desk, item = keyed(desk_of(served.cast, notice)), notice.items[1]
    read = desk.get(f"/platform/notices/{notice.number}").get_json()
    assert (read["edition"], [each["kind"] for each in read["editions"]]) == (1, ["original"])
    amended(session, served.cast, notice, withdrawn=[notice.items[0].id])
    session.commit()
    body = {"outcomes": [{"listing_id": item.listing_id, "outcome": "never_found"}], "edition": read["edition"]}
    no = desk.post(f"/platform/notices/{notice.number}/outcomes", body)
    assert no.status_code == 409
    problem = no.get_json()
    assert (problem["code"], problem["edition"]) == ("superseded", 2)
    assert problem["changed"] == [
        {
            "edition": 2,
            "field": "listing",
            "of": notice.items[0].listing_id,
            "old": notice.items[0].snapshot["listing"]["title"],
            "new": None,
        }
    ]
    one = body["outcomes"][0] | {"notice": notice.number, "edition": 1}
    [told] = desk.post("/platform/outcomes", {"outcomes": [one]}).get_json()["items"]
    assert (told["ok"], told["code"], told["errors"][0]["field"]) == (False, "superseded", "edition")
    yes = desk.post(f"/platform/notices/{notice.number}/outcomes", body | {"edition": 2}).get_json()
    assert yes["items"][0]["ok"]
    later = desk.post(f"/platform/notices/{notice.number}/outcomes", body | {"edition": 3})
    assert wrong(later) == {"edition": "unknown_edition"}
    without = {"outcomes": body["outcomes"]}
    assert desk.post(f"/platform/notices/{notice.number}/outcomes", without).status_code == 200
