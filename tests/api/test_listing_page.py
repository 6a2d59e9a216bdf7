"""A program of the agency reads what was typed of a listing's page and what was captured, and asks for a capture."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.captures.pages import state_facts
from quality.purchases.models import TaskStatus
from tests.api.conftest import Keyed
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import task_at

pytestmark = on_sqlite


def test_a_program_reads_the_page_and_is_told_why_it_is_not_captured(
    session: Session, cast: Cast, keyed: Keyed
) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    state_facts(session, task, title="磁力棒", price_fen=8900, seller="店", by=cast.buyer)
    session.commit()
    program = keyed(cast.coordinator)
    told = program.get(f"/tasks/{task.number}").get_json()
    said = {each["what"]: each for each in told["page"]["said"]}
    assert (said["price"]["typed"], said["price"]["differs"], said["price"]["captured"]) == ("8900", True, None)
    assert told["page"]["captures"] == []
    [move] = [each for each in told["moves"] if each["name"] == "ask_capture"]
    assert (move["allowed"], move["code"]) == (False, "no_browser")
    answer = program.post(f"/tasks/{task.number}/ask_capture", {"version": told["version"]})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "host_not_named")
