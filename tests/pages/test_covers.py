"""Proposals, buyers and cover identities on pages and by the API: nothing of what an identity says stands on either."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.purchases.covers import CoverIdentity
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import assign, decline
from quality.purchases.operations.covers import NewCover, add_covers
from quality.purchases.profiles import one_buyer
from quality.purchases.rules import set_rules
from tests.harness.api import Program, program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import ORDERED, buyer_of, cipher, open_campaign, prove, task_at

pytestmark = on_sqlite
SAYS = ("mizhang-3", "慕容问渠", "云州市听雨巷17号", "199-0000-3344")
STRICT = {"shop_again": 30, "cover_period": 30, "cover_on_platform": 1, "cover_in_shop": 1}


def signed_in(app: Flask, session: Session, actor: Any) -> Any:
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


@pytest.fixture
def coordinator(app: Flask, session: Session, cast: Cast) -> Any:
    return signed_in(app, session, cast.coordinator)


@pytest.fixture
def program(app: Flask, session: Session, cast: Cast) -> Program:
    return program_of(app, session, cast.coordinator)


def registered(session: Session, cast: Cast) -> CoverIdentity:
    [cover] = add_covers(session, [NewCover(*SAYS)], by=cast.coordinator, cipher=cipher())
    session.commit()
    return cover


def test_one_press_gives_out_all_as_proposed_and_each_can_be_changed(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    registered(session, cast)
    campaign, tasks = open_campaign(session, cast)
    session.commit()
    address = f"/desk/campaign/{campaign.number}/assign"
    page = coordinator.get(address).text
    assert page.count("as CV-YZ-2026-0001, seen on the platform") == len(tasks)
    sent: dict[str, Any] = {f"version-{task.id}": task.version for task in tasks} | {"way": "shown"}
    sent |= {f"buyer-{task.id}": cast.buyer.id for task in tasks} | {f"buyer-{tasks[0].id}": ""}
    assert coordinator.post(address, data=sent).status_code == 302
    session.expire_all()
    assert [task.status for task in tasks] == [TaskStatus.PLANNED, *[TaskStatus.ASSIGNED] * (len(tasks) - 1)]
    refused = coordinator.post(address, data=sent | {f"buyer-{tasks[0].id}": "999999"})
    assert refused.status_code == 422 and f'<a href="#buyer-{tasks[0].id}">Choose a buyer</a>' in refused.text
    coordinator.post(address, data=sent)
    told = coordinator.get(address).text
    assert "Somebody else changed these meanwhile" in told
    for nonsense in ({"way": "shown"}, {"way": "shown", "buyer-x": "1", "buyer-9": "x", f"buyer-{2**40}": "1"}):
        answer = coordinator.post(address, data=nonsense)
        assert (answer.status_code, "Choose at least one task" in answer.text) == (422, True)


def test_what_a_buyer_can_buy_and_how_often_anybody_may_be_seen_is_written_down(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    assert "not said" in coordinator.get("/desk/buyers/").text
    own = f"/desk/buyers/{cast.buyer.id}"
    assert coordinator.post(own, data={"version": "0", "per_week": "6", "regions": "云省\r\n"}).status_code == 302
    assert "云省" in coordinator.get("/desk/buyers/").text
    assert 'value="6"' in coordinator.get(own).text
    stale = coordinator.post(own, data={"version": "7", "per_week": "6"})
    assert stale.status_code == 409
    many = coordinator.post(own, data={"version": "1", "per_week": "6000"})
    assert (many.status_code, "from 0 to 1000" in many.text, 'value="6000"' in many.text) == (422, True, True)
    told = coordinator.post("/desk/buyers/", data={"version": "1", **dict.fromkeys(STRICT, "-1")})
    assert (told.status_code, told.text.count("Enter a whole number")) == (422, 8)
    assert coordinator.post("/desk/buyers/", data={"version": "1", **STRICT}).status_code == 302
    assert coordinator.post("/desk/buyers/", data={"version": "1", **STRICT, "shop_again": 3}).status_code == 409
    for _stranger in (cast.reviewer, cast.desk):
        assert coordinator.get(f"/desk/buyers/{cast.reviewer.id}").status_code == 404


def test_many_are_registered_from_a_table_and_what_is_wrong_is_told_by_its_line(
    coordinator: Any, session: Session, cast: Cast
) -> None:
    assert "None yet" in coordinator.get("/desk/covers/").text
    lines = "\t".join(SAYS) + "\r\n\r\nzweite; 丁香；云州市西街3号；12\r\na;b;c;d;e"
    more = {"platform": cast.platform.code, "buyer": buyer_of(cast).email, "region": "云省"}
    answer = coordinator.post("/desk/covers/", data={"lines": lines, **more})
    assert (answer.status_code, "Line 4 has more than four places" in answer.text) == (422, True)
    answer = coordinator.post("/desk/covers/", data={"lines": lines.rpartition("\r\n")[0], **more})
    assert (answer.status_code, "Line 3, Telephone given: " in answer.text) == (422, True)
    assert coordinator.post("/desk/covers/", data={"lines": lines.partition("\r\n")[0], **more}).status_code == 302
    page = coordinator.get("/desk/covers/").text
    assert "CV-YZ-2026-0001" in page
    assert not [value for value in SAYS if value in page]
    assert coordinator.post("/desk/covers/", data={"lines": ""}).status_code == 422


def test_what_it_says_is_shown_after_a_look_with_its_reason_and_it_can_be_taken_out_of_use(
    app: Flask, coordinator: Any, session: Session, cast: Cast
) -> None:
    cover = registered(session, cast)
    own = f"/desk/covers/{cover.id}"
    assert not [value for value in SAYS if value in coordinator.get(own).text]
    assert coordinator.post(own, data={"why": ""}).status_code == 422
    shown = coordinator.post(own, data={"reason": "order", "why": "核对账号"}).text
    assert all(value in shown for value in SAYS)
    buyer = signed_in(app, session, cast.buyer)
    assert cover.number in buyer.get("/desk/covers/").text
    assert all(value in buyer.post(own).text for value in SAYS)
    assert buyer.post(f"{own}/retire", data={"version": "1", "reason": "known"}).status_code == 403
    assert coordinator.post(f"{own}/retire", data={"version": "1", "reason": "x"}).status_code == 422
    assert coordinator.post(f"{own}/retire", data={"version": "1", "reason": "known"}).status_code == 302
    assert "A platform or a shop knows whose it is" in coordinator.get("/desk/covers/").text
    assert coordinator.post(f"{own}/retire", data={"version": "2", "reason": "known"}).status_code == 409
    assert buyer.get(own).status_code == 404


def test_a_buyer_chooses_one_instead_of_typing_and_what_is_used_up_is_not_offered(
    app: Flask, session: Session, cast: Cast
) -> None:
    cover = registered(session, cast)
    _campaign, tasks = open_campaign(session, cast)
    pair = [each for each in tasks if each.drawn.platform_id == tasks[0].drawn.platform_id]
    for each in pair:
        assign(session, each, buyer_of(cast), by=cast.coordinator)
        prove(session, each, *ORDERED, by=cast.buyer)
    set_rules(session, STRICT, edition=1, by=cast.coordinator)
    buyer, keeper = (signed_in(app, session, each) for each in (cast.buyer, cast.coordinator))
    first, second = (f"/desk/task/{each.number}" for each in pair)
    assert "seen on this platform 0 of 1 times" in buyer.get(first).text
    typed = {"order_number": "TL-77", "paid_fen": "39.90", "quantity": "2", "version": pair[0].version}
    typed |= {"paid_at": "2026-09-01T10:00", "cover": cover.id, "in_place": "1"}
    page = buyer.get(f"{first}/order").text
    typed["paid_at"] = page.partition('name="paid_at"')[2].partition('value="')[2].partition('"')[0]
    assert buyer.post(f"{first}/order", data=typed).status_code == 302
    page = buyer.get(second).text
    assert "Blocked: CV-YZ-2026-0001" in page
    shop = pair[0].drawn.listing["shop_name"]
    for where, says in ((f"/desk/covers/{cover.id}", "Counts until"), (f"/desk/buyers/{buyer_of(cast).id}", "Not at")):
        shown = keeper.get(where).text
        assert says in shown
        assert shop in shown
        assert pair[0].number in shown
    assert "Cover identities near their limit" in keeper.get("/desk/").text
    assert pair[0].number not in buyer.get(f"/desk/covers/{cover.id}").text
    typed |= {"version": pair[1].version, "order_number": "TL-78"}
    assert buyer.post(f"{second}/order", data=typed).status_code == 422
    typed |= {"cover": "", "account": SAYS[0], "recipient": "a", "address": "b", "telephone": "199-0000-5566"}
    told = buyer.post(f"{second}/order", data=typed)
    assert (told.status_code, "Choose or type another, or decline the task" in told.text) == (422, True)


def test_a_program_reads_proposals_takes_them_and_is_told_what_was_not_given(
    program: Program, session: Session, cast: Cast
) -> None:
    cover = registered(session, cast)
    set_rules(session, STRICT | {"cover_on_platform": 9}, edition=1, by=cast.coordinator)
    campaign, tasks = open_campaign(session, cast)
    assign(session, tasks[0], buyer_of(cast), by=cast.coordinator)
    decline(session, tasks[0], "no_time", by=cast.buyer)
    session.commit()
    address = f"/campaigns/{campaign.number}/proposals"
    answer = program.get(address).get_json()
    assert [(each["task"], each["buyer"]) for each in answer["items"]] == [
        (task.number, None if task is tasks[0] else cast.buyer.id) for task in tasks
    ]
    assert (answer["items"][0]["against"], answer["items"][1]["cover"]) == ({"declined": 1}, cover.number)
    rows = [{"task": each["task"], "version": each["version"], "buyer": cast.buyer.id} for each in answer["items"]]
    rows[1]["version"] += 1
    done = program.post(address, {"assignments": [*rows, rows[2] | {"task": "T-YZ-2026-9999"}]}).get_json()
    assert done["assigned"] == [task.number for task in tasks[2:]]
    assert {each["task"]: each["code"] for each in done["not_assigned"]} == {
        "T-YZ-2026-9999": "not_here", tasks[0].number: "declined_it", tasks[1].number: "stale",
    }  # fmt: skip
    one = f"/tasks/{tasks[0].number}/assign"
    body = {"version": tasks[0].version, "buyer": cast.buyer.id}
    assert wrong(program.post(one, body)) == {"buyer": "declined_it"}
    assert program.post(one, body | {"again": True}).status_code == 200
    assert wrong(program.post(address, {"assignments": []})) == {"assignments": "too_few"}


def test_a_program_keeps_buyers_limits_and_cover_identities(program: Program, session: Session, cast: Cast) -> None:
    [buyer] = program.get("/buyers").get_json()["items"]
    assert (buyer["per_week"], buyer["room"], buyer["regions"], buyer["version"]) == (None, None, [], 0)
    body = {"buyer": buyer["id"], "version": 0, "per_week": 4, "regions": ["云省"]}
    assert program.post("/buyers", body).get_json()["room"] == 4
    assert program.post("/buyers", body).status_code == 409
    assert wrong(program.post("/buyers", body | {"version": 1, "per_week": 5000})) == {"per_week": "out_of_range"}
    assert one_buyer(session, cast.coordinator, buyer["id"]).regions == ["云省"]
    [rules] = program.get("/buying-rules").get_json()["items"]
    assert rules["edition"] == 1
    assert program.post("/buying-rules", STRICT | {"edition": 1}).get_json()["edition"] == 2
    assert wrong(program.post("/buying-rules", STRICT | {"edition": 2, "cover_period": 0})) == {
        "cover_period": "out_of_range"
    }
    some = [dict(zip(("account", "recipient", "address", "telephone"), SAYS, strict=True)), {}]
    assert wrong(program.post("/covers", {"covers": some})) == {"covers 2, account": "missing"}
    made = program.post("/covers", {"covers": some[:1]})
    assert (made.status_code, made.get_json()) == (201, {"numbers": ["CV-YZ-2026-0001"]})
    listed = program.get("/covers")
    assert not [value for value in SAYS if value in listed.text]
    [cover] = listed.get_json()["items"]
    assert (cover["seen"], cover["retired"]) == ([], None)
    body = {"cover": cover["id"], "version": cover["version"], "reason": "ended"}
    assert program.post("/covers/retire", body).get_json()["retired"] == "ended"
    assert program.post("/covers/retire", body).status_code == 409


def test_an_assigned_task_that_its_buyer_may_not_order_says_why(app: Flask, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ORDERED)
    other = task_at(session, cast, TaskStatus.ASSIGNED)
    prove(session, other, *ORDERED, by=cast.buyer)
    other_key = task.shop_key
    session.execute(sa.update(Task).where(Task.id == other.id).values(shop_key=other_key))
    set_rules(session, STRICT, edition=1, by=cast.coordinator)
    buyer = signed_in(app, session, cast.buyer)
    assert "You bought from this shop on" in buyer.get(f"/desk/task/{other.number}").text
