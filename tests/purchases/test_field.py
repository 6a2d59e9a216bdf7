"""The draw becomes tasks; who cannot get a listing gets the next reserve, and the exit stays on record."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignStatus, Drawn
from quality.core.errors import NotFound, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.workflow import record
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership
from quality.people.operations import invite_person
from quality.permissions import Role
from quality.purchases.declines import declined_of, waiting_for_another
from quality.purchases.models import Cancelled, Task, TaskStatus, Unobtainable, Untested
from quality.purchases.operations import assign, cancel, decline, give_up, hand_on, open_field
from quality.purchases.queries import one_visible_task
from quality.purchases.workflow import TASK_LIFE
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire, membership_of
from tests.harness.problems import invalid
from tests.harness.purchases import buyer_of, open_campaign, planned_task, received_task, sealed_sample, task_at
from tests.harness.races import at_once

UNDER_WAY = [TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED]


def events_of(session: Session, task: Task) -> list[Event]:
    of = sa.select(Event).filter_by(subject_type="task", subject_id=task.id).order_by(Event.seq)
    return list(session.scalars(of))


def stratum_of(tasks: list[Task]) -> list[Task]:
    """The tasks in the stratum of the first."""
    return [task for task in tasks if task.drawn.stratum == tasks[0].drawn.stratum]


def reserves_of(session: Session, task: Task) -> list[Drawn]:
    of = sa.select(Drawn).filter_by(campaign_id=task.campaign_id, stratum=task.drawn.stratum, role="reserve")
    return list(session.scalars(of.order_by(Drawn.rank)))


def test_opening_the_field_makes_a_task_of_each_main_unit(session: Session, cast: Cast, clock: HeldClock) -> None:
    campaign, tasks = open_campaign(session, cast)

    assert campaign.status == CampaignStatus.IN_FIELD
    main = sa.select(Drawn).filter_by(campaign_id=campaign.id, role="main").order_by(Drawn.stratum, Drawn.rank)
    assert [task.drawn for task in tasks] == session.scalars(main).all()
    assert [task.number for task in tasks] == [f"T-YZ-2026-000{n}" for n in range(5, 9)]  # four were there before
    assert {(task.status, task.agency_id, task.buyer_id) for task in tasks} == {("planned", cast.agency.id, None)}
    with pytest.raises(Refused, match="wrong_status"):
        open_field(session, campaign, by=cast.coordinator)


@on_sqlite
def test_only_a_coordinator_of_the_agency_opens_the_field(session: Session, cast: Cast) -> None:
    campaign = planned_task(session, cast).campaign
    for stranger in (cast.reviewer, cast.buyer, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotPermitted):
            open_field(session, campaign, by=stranger)


def test_a_task_is_given_to_a_buyer_and_can_be_given_to_another(session: Session, cast: Cast) -> None:
    task = planned_task(session, cast)
    second = hire(session, cast.agency, Role.BUYER)
    assert second.person
    assign(session, task, buyer_of(cast), by=cast.coordinator)
    assign(session, task, second.person, by=cast.coordinator)
    assert (task.status, task.buyer_id) == (TaskStatus.ASSIGNED, second.id)
    assert [event.details for event in events_of(session, task)[1:]] == [
        {"buyer": str(cast.buyer.id)}, {"buyer": str(second.id)}
    ]  # fmt: skip


@on_sqlite
def test_only_a_buyer_of_the_agency_can_be_given_a_task(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = planned_task(session, cast)
    gone = hire(session, cast.agency, Role.BUYER)
    membership_of(gone).ended_at = clock.now()
    for nobody in (cast.coordinator, hire(session, cast.above, Role.BUYER), gone):
        assert nobody.person
        with invalid(("buyer", "no_buyer_here")):
            assign(session, task, nobody.person, by=cast.coordinator)
    for stranger in (cast.reviewer, cast.buyer, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotPermitted):
            assign(session, task, buyer_of(cast), by=stranger)


@on_sqlite
def test_someone_who_was_locked_out_is_given_no_task(session: Session, cast: Cast) -> None:
    task = planned_task(session, cast)
    locked = buyer_of(cast)
    record(session, locked, "lock", by=cast.coordinator, facts={"active": False})
    with invalid(("buyer", "no_buyer_here")):
        assign(session, task, locked, by=cast.coordinator)


def test_an_unobtainable_listing_brings_up_the_next_reserve_of_its_stratum(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    first, second = reserves_of(session, task)

    replacing = give_up(session, task, Unobtainable.OUT_OF_STOCK, by=cast.buyer)

    assert (task.status, task.exit_reason) == (TaskStatus.UNOBTAINABLE, "out_of_stock")
    assert replacing and (replacing.drawn, replacing.status, replacing.buyer_id) == (first, TaskStatus.PLANNED, None)
    assert replacing.number == "T-YZ-2026-0005"
    assert (first.replaces_id, second.replaces_id) == (task.drawn_id, None)
    assert [(event.action, event.details) for event in events_of(session, task)[-2:]] == [
        ("unobtainable", {"reason": "out_of_stock"}),
        ("reserve_activated", {"drawn": str(first.id), "task": str(replacing.id)}),
    ]


@on_sqlite
def test_a_listing_can_turn_out_unobtainable_until_it_is_sealed(session: Session, cast: Cast) -> None:
    for status in UNDER_WAY:
        task = task_at(session, cast, status)
        give_up(session, task, Unobtainable.BUYER_SUSPECTED, by=cast.buyer)
        assert task.status == TaskStatus.UNOBTAINABLE
    sealed = sealed_sample(session, cast).purchase
    with pytest.raises(Refused, match="wrong_status"):
        give_up(session, sealed, Unobtainable.WRONG_ITEM, by=cast.buyer)


def test_a_reserve_that_is_unobtainable_too_is_replaced_until_none_is_left(session: Session, cast: Cast) -> None:
    task: Task | None = task_at(session, cast, TaskStatus.ASSIGNED)
    assert task
    reserves = reserves_of(session, task)
    tried = []
    while task is not None:
        tried.append(task)
        if task.status == TaskStatus.PLANNED:
            assign(session, task, buyer_of(cast), by=cast.coordinator)
        task = give_up(session, task, "delisted", by=cast.buyer)

    assert [one.drawn for one in tried[1:]] == reserves
    assert [reserve.replaces_id for reserve in reserves] == [one.drawn_id for one in tried[:-1]]
    last = events_of(session, tried[-1])[-1]
    assert (last.action, last.details) == ("no_reserve_left", {"drawn": str(tried[-1].drawn_id)})
    assert {(one.status, one.exit_reason) for one in tried} == {(TaskStatus.UNOBTAINABLE, "delisted")}


@on_sqlite
def test_a_reserve_of_another_stratum_is_left_alone(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    give_up(session, task, "lost", by=cast.buyer)
    used = session.scalars(sa.select(Drawn).where(Drawn.replaces_id.is_not(None))).one()
    assert used.stratum == task.drawn.stratum


def test_two_who_give_up_at_once_get_different_reserves(app: Flask, session: Session, cast: Cast) -> None:
    mine = stratum_of([planned_task(session, cast) for _n in range(4)])
    buyers = [hire(session, cast.agency, Role.BUYER) for _task in mine]
    for task, buyer in zip(mine, buyers, strict=True):
        assert buyer.person
        assign(session, task, buyer.person, by=cast.coordinator)
    session.commit()

    def press(own: Session, actor: Any) -> int:
        task = own.scalars(sa.select(Task).where(Task.buyer_id == actor.id)).one()
        replacing = give_up(own, task, "seller_refused", by=actor)
        assert replacing
        return replacing.drawn_id

    given = at_once(app, buyers, press)
    assert sorted(given) == [reserve.id for reserve in reserves_of(session, mine[0])]


def test_one_task_given_up_twice_at_once_takes_one_reserve(app: Flask, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    session.commit()
    key, seen = task.id, task.version

    def press(own: Session, actor: Any) -> str:
        give_up(own, own.get_one(Task, key), "lost", by=actor, version=seen)
        return "done"

    answers = at_once(app, [cast.buyer] * 4, press)

    assert sorted(type(answer).__name__ for answer in answers) == ["Stale"] * 3 + ["str"]
    session.expire_all()
    assert [reserve.replaces_id is None for reserve in reserves_of(session, task)] == [False, True]
    assert [event.action for event in events_of(session, task)].count("unobtainable") == 1


@on_sqlite
def test_a_reason_must_be_one_of_the_list(session: Session, cast: Cast) -> None:
    task = received_task(session, cast)
    with invalid(("reason", "unknown_reason")):
        give_up(session, task, "no_time", by=cast.buyer)
    with invalid(("reason", "unknown_reason")):
        hand_on(session, task, Unobtainable.LOST, by=cast.buyer)
    assert task.status == TaskStatus.RECEIVED


@on_sqlite
def test_goods_may_go_to_the_local_authority_without_a_test(session: Session, cast: Cast) -> None:
    for reason in Untested:
        task = received_task(session, cast)
        hand_on(session, task, reason, by=cast.buyer)
        assert (task.status, task.exit_reason) == (TaskStatus.TRANSFERRED_UNTESTED, reason.value)
        assert all(reserve.replaces_id is None for reserve in reserves_of(session, task))  # it was obtained


@on_sqlite
def test_only_goods_that_came_are_handed_on(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.SHIPPED)
    with pytest.raises(Refused, match="wrong_status"):
        hand_on(session, task, Untested.COUNTERFEIT, by=cast.buyer)


@on_sqlite
def test_nobody_leaves_a_task_of_someone_else(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    session.commit()
    for stranger in (hire(session, cast.agency, Role.BUYER), cast.coordinator, cast.desk):
        with pytest.raises(NotPermitted):
            give_up(session, task, "lost", by=stranger)
    with pytest.raises(Stale):
        give_up(session, task, "lost", by=cast.buyer, version=1)


@on_sqlite
def test_a_task_that_is_not_bought_yet_can_be_cancelled(session: Session, cast: Cast) -> None:
    for status, reason in ((TaskStatus.PLANNED, "out_of_scope"), (TaskStatus.ASSIGNED, Cancelled.SAME_PRODUCT)):
        task = task_at(session, cast, status)
        replacing = cancel(session, task, reason, by=cast.coordinator, note="同款已买")
        assert (task.status, task.exit_reason) == (TaskStatus.CANCELLED, reason)
        assert replacing and replacing.drawn.replaces_id == task.drawn_id
        assert [event.action for event in events_of(session, task)[-2:]] == ["cancel", "reserve_activated"]
    bought = task_at(session, cast, TaskStatus.ORDERED)
    with pytest.raises(Refused, match="wrong_status"):
        cancel(session, bought, "no_buyer", by=cast.coordinator)


@on_sqlite
def test_where_no_more_is_bought_no_reserve_takes_the_place_of_what_is_cancelled(session: Session, cast: Cast) -> None:
    task = planned_task(session, cast)
    assert cancel(session, task, "not_needed", by=cast.coordinator) is None
    assert all(reserve.replaces_id is None for reserve in reserves_of(session, task))
    assert events_of(session, task)[-1].action == "cancel"


@on_sqlite
def test_a_task_is_cancelled_for_one_of_the_reasons_and_by_a_coordinator(session: Session, cast: Cast) -> None:
    task = planned_task(session, cast)
    with invalid(("reason", "unknown_reason")):
        cancel(session, task, "delisted", by=cast.coordinator)
    for stranger in (cast.buyer, cast.reviewer, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotPermitted):
            cancel(session, task, "no_buyer", by=stranger)


@on_sqlite
def test_the_moves_of_a_task_ask_for_what_they_need(session: Session, cast: Cast) -> None:
    """A page draws its buttons from this: what is missing is said before anything is typed."""
    task = planned_task(session, cast)
    offered = {move.name: refusal and refusal.code for move, refusal in TASK_LIFE.choices(task, cast.coordinator)}
    assert offered == {"assign": "no_buyer", "cancel": "no_reason"}
    assign(session, task, buyer_of(cast), by=cast.coordinator)
    offered = {move.name: refusal and refusal.code for move, refusal in TASK_LIFE.choices(task, cast.buyer)}
    assert offered == {"order": "evidence_missing", "unobtainable": "no_reason", "decline": None}


@on_sqlite
def test_a_person_who_buys_and_coordinates_buys_as_a_buyer_only(session: Session, cast: Cast) -> None:
    email = buyer_of(cast).email
    also = invite_person(session, email=email, organisation=cast.agency, role=Role.COORDINATOR, by=SYSTEM)
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    with pytest.raises(NotPermitted, match="role_may_not"):
        give_up(session, task, "lost", by=Actor.working_in(session.get_one(Membership, also.id)))


def test_who_declines_a_task_gives_it_back_and_is_kept_with_the_reason(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    decline(session, task, "known_there", by=cast.buyer, note="店主认识我")
    session.commit()
    assert (task.status, task.buyer_id, task.buyer, task.exit_reason) == (TaskStatus.PLANNED, None, None, None)
    [declined] = declined_of(session, [task.id])[task.id]
    assert (declined.person_id, declined.reason, declined.note) == (cast.buyer.id, "known_there", "店主认识我")
    last = events_of(session, task)[-1]
    assert (last.action, last.details) == ("decline", {"buyer": str(cast.buyer.id), "reason": "known_there"})
    assert [each.task for each in waiting_for_another(session, cast.coordinator)] == [task]
    for nobody in (cast.reviewer, cast.buyer, hire(session, cast.above, Role.COORDINATOR)):
        assert waiting_for_another(session, nobody) == []
    with pytest.raises(Refused, match="declined"):  # not as if it had never been theirs
        one_visible_task(session, cast.buyer, task.number)
    with pytest.raises(NotFound):
        one_visible_task(session, hire(session, cast.agency, Role.BUYER), task.number)
    with invalid(("buyer", "declined_it")):
        assign(session, task, buyer_of(cast), by=cast.coordinator)
    assign(session, task, buyer_of(cast), by=cast.coordinator, again=True)  # who asks again knows of it
    assert one_visible_task(session, cast.buyer, task.number) == task
    assert waiting_for_another(session, cast.coordinator) == []


@on_sqlite
def test_a_task_is_declined_by_its_buyer_before_anything_is_ordered(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    session.commit()
    with invalid(("reason", "unknown_reason")):
        decline(session, task, "lost", by=cast.buyer)
    for stranger in (hire(session, cast.agency, Role.BUYER), cast.coordinator):
        with pytest.raises(NotPermitted):
            decline(session, task, "no_time", by=stranger)
    assert declined_of(session, [task.id]) == {}
    bought = task_at(session, cast, TaskStatus.ORDERED)
    with pytest.raises(Refused, match="wrong_status"):
        decline(session, bought, "no_time", by=cast.buyer)
