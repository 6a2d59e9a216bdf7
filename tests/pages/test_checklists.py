"""Pages and API of what purchases have to show: a list in two people's hands, and a piece that a buyer cannot show."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.evidence.models import EvidenceKind as K
from quality.purchases.checklist_editions import editions_of, in_force
from quality.purchases.checklists import Shape, usual
from quality.purchases.models import TaskStatus
from tests.evidence.files import little_picture
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import NUMBERS, prove, task_at

pytestmark = on_sqlite


@pytest.fixture
def desks(app: Flask, session: Session, in_field: Cast) -> list[Any]:
    people = [in_field.coordinator, in_field.reviewer, in_field.buyer]
    for each in people:
        assert each.person
        give_password(session, each.person)
    session.commit()
    return [sign_in(app, each) for each in people]


def typed(**changed: str) -> dict[str, str]:
    """The usual list, as the form sends it."""
    sent = {"category": "", "version": ""}
    for need in usual():
        kind = need.kind.value
        sent |= {f"least_{kind}": str(need.least), f"step_{kind}": need.step.value, f"videos_{kind}": ""}
        sent |= {f"hint_{kind}": need.hint, f"hint_zh_{kind}": need.hint_zh}
    return sent | changed


def test_a_list_is_drafted_found_waiting_and_approved(session: Session, in_field: Cast, desks: list[Any]) -> None:
    coordinator, reviewer, buyer = desks
    assert buyer.get("/desk/checklists/").status_code == 403
    assert "as it comes with the program" in coordinator.get("/desk/checklists/").text
    missing = coordinator.get("/desk/checklists/draft?category=&own=1")
    assert missing.status_code == 422 and "Enter the category" in missing.text
    assert coordinator.get("/desk/checklists/draft?category=" + "x" * 101).status_code == 422
    form = coordinator.get("/desk/checklists/draft").text
    assert 'name="least_parcel"' in form and "All sides of the closed parcel" in form

    slip = coordinator.post("/desk/checklists/draft", data=typed(step_packaging="order", least_parcel="三"))
    assert slip.status_code == 422 and "Choose one of the list" in slip.text and 'value="三"' in slip.text
    slip = coordinator.post("/desk/checklists/draft", data=typed(step_packaging="order", least_parcel="三"))
    assert slip.status_code == 422 and "Choose one of the list" in slip.text and 'value="三"' in slip.text
    bad = typed(least_seal_test="", least_marks="99", hint_opening="", hint_zh_opening="只有中文")
    refused = coordinator.post("/desk/checklists/draft", data=bad)
    assert refused.status_code == 422
    for said in ("custody begins with it", "from 0 to 20", "in both languages, or in none", "只有中文"):
        assert said in refused.text
    same = coordinator.post("/desk/checklists/draft", data=typed())
    assert same.status_code == 422 and "This says what the edition in force says" in same.text
    sent = coordinator.post("/desk/checklists/draft", data=typed(least_parcel="3", videos_opening="1"))
    assert sent.status_code == 302, sent.text
    page = sent.headers["Location"]
    assert "An evidence checklist waits to be approved:" in reviewer.get("/desk/").text
    assert "disabled" not in reviewer.get(page).text and "was 1" in reviewer.get(page).text
    [drafted] = editions_of(session, in_field.coordinator)
    assert reviewer.post(f"{page}/refuse", data={"version": drafted.version, "note": ""}).status_code == 422
    assert coordinator.post(f"{page}/approve", data={"version": drafted.version}).status_code == 403
    assert reviewer.post(f"{page}/approve", data={"version": drafted.version}).status_code == 302
    session.expire_all()
    holds = in_force(session, in_field.coordinator.organisation_id)
    assert {(n.kind, n.shape): n.least for n in holds.needs}[K.OPENING, Shape.VIDEO] == 1
    assert "In force" in coordinator.get("/desk/checklists/").text
    again = coordinator.post("/desk/checklists/draft", data=typed(category="儿童玩具", version="x"))
    assert again.status_code == 302  # of a category, the same numbers ask for more
    assert coordinator.post("/desk/checklists/draft", data=typed(category="儿童玩具")).status_code == 409


def test_a_piece_that_cannot_be_shown_goes_from_the_phone_to_the_coordinator_and_back(
    session: Session, in_field: Cast, desks: list[Any]
) -> None:
    coordinator, _reviewer, buyer = desks
    task = task_at(session, in_field, TaskStatus.ASSIGNED)
    prove(session, task, K.PRODUCT_PAGE, K.ORDER, by=in_field.buyer)
    session.commit()
    page = f"/desk/task/{task.number}"
    shown = buyer.get(page).text
    assert 'data-kind="seller" data-shape="" data-required="1" data-there="0"' in shown
    assert 'data-kind="order" data-shape="" data-required="1" data-there="1"' in shown
    assert "4 pieces are required, 2 are there" in shown and "Add evidence first: seller" in shown
    assert f"{page}/go_without?need=seller" in shown
    assert 'value="seller" selected' in buyer.get(f"{page}/go_without?need=seller").text
    empty = buyer.post(f"{page}/go_without", data={"version": task.version, "need": "seller", "reason": "没有公示"})
    assert empty.status_code == 422 and "没有公示" in empty.text
    why = {"version": task.version, "need": "seller", "code": "not_shown", "reason": "没有公示执照"}
    assert buyer.post(f"{page}/go_without", data=why).status_code == 302
    assert "Reason given, waits for an answer" in buyer.get(page).text

    assert "A buyer cannot show a piece and says why" in coordinator.get("/desk/").text
    read = coordinator.get(page).text
    assert "没有公示执照" in read and "The shop or the platform shows no such thing" in read and "missing: " in read
    session.expire_all()
    [asked] = task_waivers(session, task)
    accepted = coordinator.post(f"{page}/{asked.id}/accept", data={"version": asked.version, "note": "已核对"})
    assert accepted.status_code == 302
    shown = buyer.get(page).text
    assert "Excused" in shown and "4 pieces are required, 3 are there" in shown and "已核对" in shown
    last = {"kind": "payment", "in_place": "1", "version": task.version}
    picture = (io.BytesIO(little_picture(next(NUMBERS))), "p.jpg")
    assert buyer.post(f"{page}/evidence", data=last | {"file": picture}).status_code == 302
    assert 'id="step"' in buyer.get(page).text  # nothing stands in the way of the order any more


def task_waivers(session: Session, task: Any) -> Any:
    from quality.purchases.waivers import waivers_of

    return waivers_of(session.merge(task))


def test_by_api_the_same(app: Flask, session: Session, in_field: Cast) -> None:
    from quality.purchases.operations.waiving import go_without

    task = task_at(session, in_field, TaskStatus.ASSIGNED)
    go_without(session, task, "seller", "gone", "页面已下线", by=in_field.buyer)
    session.commit()
    program, other = (program_of(app, session, each) for each in (in_field.coordinator, in_field.reviewer))
    told = program.get(f"/tasks/{task.number}").get_json()
    assert {"name": "seller", "required": 1, "there": 0}.items() <= told["checklist"][0].items()
    [asked] = told["waivers"]
    assert [(move["name"], move["allowed"]) for move in asked["moves"]] == [("accept", True), ("refuse", True)]
    where = f"/tasks/{task.number}/waivers/{asked['id']}"
    assert (
        program.post(f"{where}/refuse", {"version": asked["version"], "note": "请用电脑端重新打开"}).status_code == 200
    )
    [asked] = other.get(f"/tasks/{task.number}").get_json()["waivers"]
    assert (asked["status"], asked["answer"]) == ("refused", "请用电脑端重新打开")

    film = {"kind": "opening", "step": "seal", "least": 1, "shape": "video"}
    early = program.post("/checklists", {"category": "玩具", "needs": [film | {"step": "order"}]})
    assert wrong(early) == {"opening-video": "too_early"}
    made = program.post("/checklists", {"category": "玩具", "needs": [film]})
    assert made.status_code == 201
    approved = other.post(f"/checklists/{made.get_json()['id']}/approve", {"version": made.get_json()["version"]})
    assert approved.get_json()["is_in_force"]
    second = program.post("/checklists", {"category": "玩具", "needs": []}).get_json()
    away = other.post(f"/checklists/{second['id']}/refuse", {"version": second["version"], "note": "仍需视频"})
    assert away.get_json()["ended_at"]
    assert [each["is_in_force"] for each in other.get("/checklists").get_json()["items"]] == [False, True]
