"""Tasks are given out one by one or many at once; no buyer buys twice at one shop, however a task comes to them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock as real_clock
from quality.core.errors import NotFound, NotPermitted, Refused, Stale
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import Given, assign, assign_many, decline, give_up
from quality.purchases.profiles import buyers_there, one_buyer, set_profile
from quality.purchases.proposing import proposed_for
from quality.purchases.rules import Limits, limits_of, newest_of, set_rules, usual
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import buy, buyer_of, open_campaign
from tests.harness.races import at_once

STRICT = {"shop_again": 30, "cover_period": 30, "cover_on_platform": 0, "cover_in_shop": 0}


def strict(session: Session, cast: Cast) -> None:
    set_rules(session, STRICT, edition=1, by=cast.coordinator)
    session.commit()


def at_one_shop(session: Session, cast: Cast, many: int = 2) -> list[Task]:
    """Tasks of one campaign whose listings are of one shop, and after them the others."""
    _campaign, tasks = open_campaign(session, cast)
    session.execute(sa.update(Task).where(Task.id.in_([each.id for each in tasks[:many]])).values(shop_key="s" * 64))
    session.commit()
    return tasks


def test_nobody_is_given_two_tasks_at_one_shop_and_who_bought_there_waits(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    strict(session, cast)
    first, second, third, *_others = at_one_shop(session, cast, 3)
    assign(session, first, buyer_of(cast), by=cast.coordinator)
    with invalid(("buyer", "same_shop")):
        assign(session, second, buyer_of(cast), by=cast.coordinator)
    assign(session, first, buyer_of(cast), by=cast.coordinator)  # the task itself is no other
    buy(session, first, cast)
    session.commit()
    with invalid(("buyer", "same_shop")):
        assign(session, second, buyer_of(cast), by=cast.coordinator)
    clock.advance(days=29)
    with invalid(("buyer", "same_shop")):
        assign(session, second, buyer_of(cast), by=cast.coordinator)
    clock.advance(days=1)
    assign(session, second, buyer_of(cast), by=cast.coordinator)
    give_up(session, second, "delisted", by=cast.buyer)  # nothing was ordered: the shop knows of nobody
    assign(session, third, buyer_of(cast), by=cast.coordinator)


@on_sqlite
def test_an_order_is_refused_where_its_buyer_bought_lately(session: Session, cast: Cast) -> None:
    """They were given both before the agency had set a limit."""
    first, second, *_others = at_one_shop(session, cast)
    for task in (first, second):
        assign(session, task, buyer_of(cast), by=cast.coordinator)
    buy(session, first, cast)
    strict(session, cast)
    with pytest.raises(Refused, match="same_shop"):
        buy(session, second, cast)
    session.rollback()
    decline(session, second, "known_there", by=cast.buyer)


def test_two_who_give_one_buyer_two_tasks_at_one_shop_at_once(app: Flask, session: Session, cast: Cast) -> None:
    strict(session, cast)
    tasks = [each.id for each in at_one_shop(session, cast)[:2]]
    buyer, others = buyer_of(cast).id, [cast.coordinator, hire(session, cast.agency, Role.COORDINATOR)]
    session.commit()

    def press(own: Session, actor: Actor) -> Any:
        task = own.get_one(Task, tasks[actor.id != cast.coordinator.id])
        return assign(own, task, own.get_one(type(buyer_of(cast)), buyer), by=actor)

    answers = at_once(app, others, press)
    assert sorted(type(each).__name__ for each in answers) == ["Invalid", "NoneType"]


def test_two_who_accept_all_at_once_lose_nothing_and_the_second_is_told(
    app: Flask, session: Session, cast: Cast
) -> None:
    campaign, tasks = open_campaign(session, cast)
    rows = [Given(task.id, task.version, cast.buyer.id or 0) for task in tasks]
    second = hire(session, cast.agency, Role.COORDINATOR)
    session.commit()
    key = campaign.id

    def press(own: Session, actor: Actor) -> tuple[int, int]:
        done = assign_many(own, own.get_one(type(campaign), key), rows, by=actor)
        return len(done.given), len(done.late)

    answers = at_once(app, [cast.coordinator, second], press)
    assert sorted(answers) == [(0, len(tasks)), (len(tasks), 0)]
    session.expire_all()
    assert {(task.status, task.version) for task in tasks} == {(TaskStatus.ASSIGNED, rows[0].version + 1)}


@on_sqlite
def test_of_many_each_that_cannot_be_given_is_named_and_the_rest_is_given(session: Session, cast: Cast) -> None:
    strict(session, cast)
    tasks = at_one_shop(session, cast)
    campaign, buyer = tasks[0].campaign, cast.buyer.id or 0
    second, nobody = hire(session, cast.agency, Role.BUYER), cast.coordinator.id or 0
    assign(session, tasks[2], buyer_of(cast), by=cast.coordinator)
    decline(session, tasks[2], "no_time", by=cast.buyer)
    session.commit()
    rows = [Given(task.id, task.version, buyer) for task in tasks[:3]]
    rows += [Given(tasks[3].id, tasks[3].version - 1, buyer), Given(99_999, 1, buyer)]
    done = assign_many(session, campaign, rows, by=cast.coordinator)
    assert [number for number, _name in done.given] == [tasks[0].number]
    assert [(each.number, each.code) for each in done.refused] == [
        (tasks[1].number, "same_shop"),
        (tasks[2].number, "declined_it"),
    ]
    assert done.late == [tasks[3].number]
    again = [Given(tasks[1].id, tasks[1].version, nobody), Given(tasks[2].id, tasks[2].version, second.id or 0)]
    done = assign_many(session, campaign, again, by=cast.coordinator)
    assert ([each.code for each in done.refused], len(done.given)) == (["no_buyer_here"], 1)
    for stranger in (cast.reviewer, cast.buyer, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotPermitted):
            assign_many(session, campaign, rows, by=stranger)


@on_sqlite
def test_the_proposals_of_a_campaign_follow_from_what_is_recorded(session: Session, cast: Cast) -> None:
    strict(session, cast)
    tasks = at_one_shop(session, cast)
    session.commit()
    known = cast.buyer.id
    found = proposed_for(session, tasks[0].campaign)
    assert [found.proposals[task.id].buyer for task in tasks] == [known, None, known, known]
    assert found.proposals[tasks[1].id].why == {"same_shop": 1}
    set_profile(session, one_buyer(session, cast.coordinator, known or 0), per_week=2, regions=[], version=0,
                by=cast.coordinator)  # fmt: skip
    found = proposed_for(session, tasks[0].campaign)
    assert [each.buyer for each in found.proposals.values()].count(known) == 2
    assign(session, tasks[0], buyer_of(cast), by=cast.coordinator)
    [there] = buyers_there(session, cast.agency.id)
    assert (there.left, there.to_order, there.under_way, there.ordered) == (1, 1, 1, 0)
    buy(session, tasks[0], cast)
    [there] = buyers_there(session, cast.agency.id)
    assert (there.left, there.to_order, there.ordered) == (1, 0, 1)


@on_sqlite
def test_what_a_buyer_can_buy_is_kept_with_its_version(session: Session, cast: Cast) -> None:
    me, buyer = cast.coordinator, cast.buyer.id or 0

    def there() -> Any:
        return one_buyer(session, me, buyer)

    set_profile(session, there(), per_week=5, regions=[" 云省 ", "云省", ""], version=0, by=me)
    assert (there().per_week, there().regions, there().profile.version) == (5, ["云省"], 1)
    with pytest.raises(Stale):
        set_profile(session, there(), per_week=6, regions=[], version=0, by=me)
    session.commit()
    set_profile(session, there(), per_week=None, regions=[], version=1, by=me)
    assert (there().left, there().regions) == (None, [])
    with invalid(("per_week", "out_of_range")):
        set_profile(session, there(), per_week=-1, regions=[], version=2, by=me)
    with invalid(("regions", "too_long")):
        set_profile(session, there(), per_week=1, regions=["云" * 61], version=2, by=me)
    with invalid(("regions", "how_many")):
        set_profile(session, there(), per_week=1, regions=[str(n) for n in range(51)], version=2, by=me)
    with pytest.raises(NotPermitted):
        set_profile(session, there(), per_week=1, regions=[], version=2, by=cast.reviewer)
    for stranger in (cast.reviewer, cast.buyer, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotFound):
            one_buyer(session, stranger, buyer)


@on_sqlite
def test_an_agency_sets_its_own_limits_and_an_older_reading_is_told(session: Session, cast: Cast) -> None:
    assert limits_of(session, cast.above.id) == Limits(*(rule.value for rule in usual().values()))
    made = set_rules(session, STRICT, edition=1, by=cast.coordinator)
    assert (made.edition, made.limits, made.set_at) == (2, Limits(**STRICT), real_clock.now())
    assert set_rules(session, STRICT, edition=2, by=cast.coordinator) is made
    with pytest.raises(Refused, match="other_edition"):
        set_rules(session, STRICT | {"shop_again": 3}, edition=1, by=cast.coordinator)
    with invalid(("shop_again", "out_of_range"), ("cover_period", "out_of_range")):
        set_rules(session, STRICT | {"shop_again": 1001, "cover_period": 0}, edition=2, by=cast.coordinator)
    with pytest.raises(NotPermitted):
        set_rules(session, STRICT, edition=2, by=cast.reviewer)
    assert newest_of(session, cast.agency.id) is made
