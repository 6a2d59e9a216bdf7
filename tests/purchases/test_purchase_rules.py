"""A purchase that does not go as it should: what comes back alarms, parcels are followed, late ones press."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.operations import ask_for_cap, grant_cap
from quality.clocks.jobs import climb_the_ladder
from quality.clocks.models import Clock
from quality.core import clock
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.evidence.models import EvidenceKind
from quality.pages.worklist import worklist
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.alarms import alarms_of, alarms_waiting
from quality.purchases.deliveries import FOLLOWS, DeliveryState, states_of
from quality.purchases.models import Task, TaskStatus, Unobtainable
from quality.purchases.operations import (
    give_back,
    give_up,
    hand_on,
    note_delivery,
    receive,
    refund,
    renumber,
    report_wrong_item,
    seal,
    see_to_alarms,
    ship,
    show_identity,
)
from quality.purchases.operations.following import Difference
from tests.evidence.files import little_picture
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import (
    FACTS,
    SealedPortion,
    alarmed_task,
    buy,
    cipher,
    prove,
    ready_to_seal,
    received_task,
    sealed_sample,
    task_at,
)
from tests.harness.races import at_once

S = TaskStatus


def test_money_of_a_sample_that_comes_back_alarms_until_another_has_seen_to_it(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.RECEIVED)
    refund(session, task, refunded_fen=500, cause="by_platform", note="平台退差价", by=cast.coordinator)
    refund(session, task, refunded_fen=300, note="登记更正", by=cast.buyer)  # less than before: nothing came back
    [alarm] = alarms_waiting(session, cast.coordinator)
    assert (alarm.task.number, alarm.kind, alarm.cause) == (task.number, "refunded", "by_platform")
    assert (
        alarms_waiting(session, cast.buyer) == alarms_waiting(session, hire(session, cast.above, Role.REVIEWER)) == []
    )
    with pytest.raises(Refused, match="same_person"):
        see_to_alarms(session, task, "已核实", by=cast.coordinator)
    with invalid(("note", "missing")):
        see_to_alarms(session, task, " ", by=cast.reviewer)
    session.refresh(task)
    see_to_alarms(session, task, "商品未退，继续封样", by=cast.reviewer)
    assert alarms_waiting(session, cast.coordinator) == []
    assert [(each.seen_by_id, each.what_was_done) for each in alarms_of(session, task)] == [
        (cast.reviewer.id, "商品未退，继续封样")
    ]
    with pytest.raises(Refused, match="no_alarm"):
        see_to_alarms(session, task, "再次", by=cast.reviewer)
    with pytest.raises(NotPermitted):
        see_to_alarms(session, task, "我来", by=cast.buyer)


@on_sqlite
def test_what_never_came_is_refunded_without_an_alarm(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.ORDERED)
    give_up(session, task, Unobtainable.SELLER_CANCELLED, by=cast.buyer)
    refund(session, task, refunded_fen=3_990, cause="by_seller", note="卖家取消", by=cast.buyer)
    assert alarms_of(session, task) == []
    sealed = sealed_sample(session, cast).purchase
    refund(session, sealed, refunded_fen=1, cause="asked", note="误操作", by=cast.buyer)
    assert [each.cause for each in alarms_of(session, sealed)] == ["asked"]


@on_sqlite
def test_what_went_back_is_not_sealed_any_more(session: Session, cast: Cast) -> None:
    task = ready_to_seal(session, cast)
    with pytest.raises(Invalid):
        give_up(session, task, Unobtainable.RETURNED, by=cast.buyer)
    with invalid(("note", "missing")):
        give_back(session, task, "asked", note="", by=cast.buyer)
    with invalid(("cause", "unknown_reason")):
        give_back(session, task, "wish", note="?", by=cast.buyer)
    give_back(session, task, "by_seller", note="卖家强制上门取件", by=cast.buyer)
    assert [(each.kind, each.cause) for each in alarms_of(session, task)] == [("returned", "by_seller")]
    session.commit()
    test, backup = SealedPortion("YZ-700001-A", "2 件"), SealedPortion("YZ-700001-B", "1 件")
    with pytest.raises(Refused, match="was_returned"):
        seal(session, task, by=cast.buyer, facts=FACTS, test=test, backup=backup)
    session.rollback()
    with pytest.raises(Refused, match="was_returned"):
        hand_on(session, task, "no_licence", by=cast.buyer)
    session.rollback()
    with pytest.raises(Refused, match="not_in_hand"):
        give_back(session, task, "asked", note="又一次", by=cast.buyer)
    session.rollback()
    give_up(session, task, Unobtainable.RETURNED, by=cast.buyer)
    assert task.status == S.UNOBTAINABLE
    with pytest.raises(Refused, match="not_in_hand"):
        give_back(session, sealed_sample(session, cast).purchase, "asked", note="已封样", by=cast.buyer)
    with pytest.raises(NotPermitted):
        give_back(session, received_task(session, cast), "asked", note="不是我", by=cast.reviewer)


@on_sqlite
def test_the_wrong_item_is_held_against_the_order_and_may_go_back(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.SHIPPED)
    told: dict[str, Any] = {"by": cast.buyer}
    with pytest.raises(Refused, match="not_received"):
        report_wrong_item(session, task, ["model"], "另一型号", **told)
    receive(session, task, by=cast.buyer, received_at=clock.now())
    with invalid(("came", "missing"), ("differs", "missing"), ("file", "evidence_missing")):
        report_wrong_item(session, task, [], "", **told)
    prove(session, task, EvidenceKind.MARKS, by=cast.buyer)
    with invalid(("differs", "unknown")):
        report_wrong_item(session, task, ["colour"], "颜色不对", **told)
    replacing = report_wrong_item(session, task, [Difference.MODEL, "brand"], "来的是 CL-32", **told)
    assert replacing is not None and replacing.campaign_id == task.campaign_id
    assert (task.status, task.exit_reason) == (S.UNOBTAINABLE, "wrong_item")
    left = session.query(Event).filter_by(subject_type="task", subject_id=task.id, action="unobtainable").one()
    assert left.details == {"reason": "wrong_item", "differs": ["brand", "model"]}
    give_back(session, task, "not_as_ordered", note="错发，退回卖家", by=cast.buyer)
    assert task.returned_at is not None and alarms_of(session, task) == []


def test_a_parcel_is_followed_from_state_to_state(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.ORDERED)
    with pytest.raises(Refused, match="not_on_its_way"):
        note_delivery(session, task, "lost", clock.now(), by=cast.buyer)
    ship(session, task, by=cast.buyer, cipher=cipher(), delivery_number="SF5500998877")
    sent = clock.now()
    cast.clock.advance(days=1)
    note_delivery(session, task, "in_transit", clock.now(), by=cast.coordinator)
    with invalid(("at", "too_early")):
        note_delivery(session, task, "delivered", sent, by=cast.buyer)
    with invalid(("state", "cannot_follow")):
        note_delivery(session, task, "handed_over", clock.now(), by=cast.buyer)
    with invalid(("state", "unknown_state")):
        note_delivery(session, task, "eaten", clock.now(), by=cast.buyer)
    with pytest.raises(NotPermitted):
        note_delivery(session, task, "lost", clock.now(), by=cast.reviewer)
    session.refresh(task)
    note_delivery(session, task, "lost", clock.now(), by=cast.buyer)
    note_delivery(session, task, "delivered", clock.now(), by=cast.buyer)  # found again
    assert [each.state for each in states_of(session, task.id)] == ["in_transit", "lost", "delivered"]
    receive(session, task, by=cast.buyer, received_at=clock.now())
    assert (task.status, task.delivery) == (S.RECEIVED, DeliveryState.DELIVERED)


def test_every_state_of_a_parcel_can_be_left_and_none_follows_itself() -> None:
    assert set(FOLLOWS) == {None, *DeliveryState}
    assert all(there and state not in there for state, there in FOLLOWS.items())


@on_sqlite
def test_a_delivery_number_is_checked_and_is_one_purchase_s(session: Session, cast: Cast) -> None:
    first = task_at(session, cast, S.ORDERED)
    with invalid(("delivery_number", "no_delivery_number")):
        ship(session, first, by=cast.buyer, cipher=cipher(), delivery_number="SF1")
    with invalid(("delivery_number", "mistyped_delivery_number")):
        ship(session, first, by=cast.buyer, cipher=cipher(), delivery_number="RR 4731 2482 8GB")
    third = task_at(session, cast, S.ASSIGNED)
    buy(session, third, cast, order_number="TL7788990011")
    with invalid(("delivery_number", "order_number")):
        ship(session, third, by=cast.buyer, cipher=cipher(), delivery_number="tl-7788990011")
    told = "SF 9900 1122 3344"
    ship(session, first, by=cast.buyer, cipher=cipher(), delivery_number=told)
    stranger = other_shop(session, cast, first)
    with invalid(("delivery_number", "used_delivery_number")):
        ship(session, stranger, by=cast.buyer, cipher=cipher(), delivery_number=told.replace(" ", "-").lower())
    sent = task_at(session, cast, S.SHIPPED)
    seen = sent.version
    with invalid(("delivery_number", "no_delivery_number")):
        renumber(session, sent, by=cast.buyer, cipher=cipher(), delivery_number="?")
    renumber(session, sent, by=cast.buyer, cipher=cipher(), delivery_number="sf-2200 1133 4455", version=seen)
    shown = show_identity(session, sent, by=cast.buyer, cipher=cipher(), why="核对")
    assert shown["delivery_number"] == "SF220011334455" and sent.version == seen + 1
    for other in (cast.coordinator, cast.reviewer):
        with pytest.raises(NotPermitted):
            renumber(session, sent, by=other, cipher=cipher(), delivery_number="SF220011334466")
    same = same_shop(session, cast, first)
    ship(session, same, by=cast.buyer, cipher=cipher(), delivery_number=told)  # sent together
    assert same.status == S.SHIPPED


def other_shop(session: Session, cast: Cast, first: Task) -> Task:
    while (task := task_at(session, cast, S.ORDERED)).shop_key == first.shop_key:
        pass
    return task


def same_shop(session: Session, cast: Cast, first: Task) -> Task:
    while (task := task_at(session, cast, S.ORDERED)).shop_key != first.shop_key:
        pass
    return task


def test_one_order_number_stays_with_its_purchase_after_an_exit(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.ASSIGNED)
    buy(session, task, cast, order_number="TL5566778899")
    give_up(session, task, Unobtainable.SELLER_CANCELLED, by=cast.buyer)
    while (next_one := task_at(session, cast, S.ASSIGNED)).drawn.platform_id != task.drawn.platform_id:
        pass
    with invalid(("order_number", "used_order_number")):
        buy(session, next_one, cast, order_number="TL5566778899")


def test_what_the_cap_was_stays_with_the_order(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.ASSIGNED)
    with invalid(("shipping_fen", "more_than_paid"), ("discount_fen", "out_of_range")):
        buy(session, task, cast, shipping_fen=4_000, discount_fen=-1)
    session.rollback()
    task = task_at(session, cast, S.ASSIGNED)
    buy(session, task, cast, shipping_fen=800, discount_fen=1_000)
    before = task.campaign.cap_of(task.drawn.stratum)
    assert (task.cap_fen, task.shipping_fen, task.discount_fen) == (before, 800, 1_000)
    if before is not None:
        raised = ask_for_cap(session, task.campaign, stratum="", cap_fen=before * 2, reason="涨价", by=cast.coordinator)
        grant_cap(session, raised, by=cast.reviewer)
        assert (task.cap_fen, task.campaign.cap_of(task.drawn.stratum)) == (before, before * 2)


def running(session: Session, task: Task) -> list[str]:
    of = sa.select(Clock.rule).where(Clock.subject_type == "task", Clock.subject_id == task.id)
    return list(session.scalars(of.where(Clock.stopped_at.is_(None))))


def numbers_on(session: Session, actor: Actor) -> set[str]:
    return {line.number for _group, lines in worklist(session, actor).groups for line in lines}


def test_a_late_parcel_presses_its_buyer_first_and_the_coordinators_later(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, S.ORDERED)
    assert running(session, task) == ["shipment"]
    ship(session, task, by=cast.buyer, cipher=cipher(), delivery_number="SF7700998877")
    assert running(session, task) == ["parcel"]
    other = task_at(session, cast, S.SHIPPED)
    session.commit()
    sessions = sessionmaker(session.get_bind())

    cast.clock.advance(days=12)
    climb_the_ladder(sessions, clock.now())
    assert task.number in numbers_on(session, cast.buyer) and task.number not in numbers_on(session, cast.coordinator)
    cast.clock.advance(days=8)  # a holiday may lie between
    climb_the_ladder(sessions, clock.now())
    session.expire_all()
    assert task.number in numbers_on(session, cast.coordinator)
    told = session.query(Event).filter_by(subject_type="task", subject_id=task.id).order_by(Event.seq).all()
    assert [each.action for each in told[-2:]] == ["escalate_reminder", "escalate_coordinator"]

    give_up(session, task, Unobtainable.LOST, by=cast.buyer)
    receive(session, other, by=cast.buyer, received_at=clock.now())
    assert running(session, task) == running(session, other) == []
    assert task.number not in numbers_on(session, cast.coordinator)


def test_of_two_who_ship_with_one_number_at_once_the_second_is_told(app: Flask, session: Session, cast: Cast) -> None:
    first = task_at(session, cast, S.ORDERED)
    second = other_shop(session, cast, first)
    session.commit()
    numbers = iter([first.id, second.id])

    def press(own: Session, actor: Actor) -> None:
        ship(own, own.get_one(Task, next(numbers)), by=actor, cipher=cipher(), delivery_number="SF3300998877")

    answers = at_once(app, [cast.buyer] * 2, press)
    [refused] = [each for each in answers if each is not None]
    assert isinstance(refused, Invalid), refused
    assert [each.code for each in refused.problems] == ["used_delivery_number"]


@on_sqlite
def test_it_is_written_down_on_pages_and_by_programs(app: Flask, session: Session, cast: Cast) -> None:
    task, alarmed, came = task_at(session, cast, S.SHIPPED), alarmed_task(session, cast), received_task(session, cast)
    for actor in (cast.buyer, cast.reviewer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    buyer: Any = sign_in(app, cast.buyer)
    where = f"/desk/task/{task.number}"
    assert "Nobody has written down yet" in buyer.get(where).text
    at = f"{clock.now() + timedelta(hours=8):%Y-%m-%dT%H:%M}"
    assert buyer.post(f"{where}/delivery", data={"version": task.version, "state": "lost", "at": at}).status_code == 302
    assert "It is lost" in buyer.get(where).text
    assert 'value="lost" selected' in buyer.get(f"{where}/unobtainable").text

    page = buyer.get(f"/desk/task/{came.number}/wrong_item").text
    assert "What was ordered" in page and str(came.drawn.listing["title"]) in page
    typed = {"version": came.version, "differs": "model", "came": "另一型号"}
    answer = buyer.post(f"/desk/task/{came.number}/wrong_item", data=typed)
    assert answer.status_code == 422 and "Photograph what came" in answer.text and "另一型号" in answer.text

    typed |= {"file": (io.BytesIO(little_picture(91)), "came.jpg")}
    assert buyer.post(f"/desk/task/{came.number}/wrong_item", data=typed).status_code == 302

    reviewer: Any = sign_in(app, cast.reviewer)
    assert "Money of a sample came back" in reviewer.get("/desk/").text
    assert "The seller did it unasked" in reviewer.get(f"/desk/task/{alarmed.number}").text
    program = program_of(app, session, cast.coordinator)
    body = {"version": alarmed.version, "note": "已联系"}
    told = program.post(f"/tasks/{alarmed.number}/see_to_alarm", body)
    assert told.status_code == 200
    assert "已联系" in reviewer.get(f"/desk/task/{alarmed.number}").text
    told = program.get(f"/tasks/{task.number}").get_json()
    assert (told["delivery"], told["returned_at"]) == ("lost", None)
    body = {"version": told["version"], "state": "handed_over", "at": clock.now().isoformat()}
    assert wrong(program.post(f"/tasks/{task.number}/delivery", body)) == {"state": "cannot_follow"}
    back = {"version": told["version"], "cause": "by_seller", "note": "未到手"}
    assert program.post(f"/tasks/{task.number}/return", back).status_code == 409
