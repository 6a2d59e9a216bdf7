"""A purchase is written down in order, with its evidence, and what leads to the buyer stands nowhere in the clear."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from quality.campaigns.workflow import CLOSE
from quality.core.clock import BEIJING
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.workflow import perform
from quality.evidence.models import EvidenceKind
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import assign, order, receive, ship, show_identity
from quality.purchases.secrets import TaskSecret
from quality.tables import metadata
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import ORDERED, PURCHASE, buy, buyer_of, cipher, open_campaign, prove, task_at
from tests.harness.races import at_once

ASSIGNED, PAID, SHIPPED, RECEIVED = TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED


def purchase(clock: HeldClock, **changed: Any) -> dict[str, Any]:
    return PURCHASE | {"order_number": "TL2026090100017", "paid_at": clock.now()} | changed


def last_event(session: Session, task: Task) -> Event:
    of = sa.select(Event).filter_by(subject_type="task", subject_id=task.id).order_by(Event.seq.desc()).limit(1)
    return session.scalars(of).one()


def everything_kept(session: Session) -> str:
    """Every value of every table, as text."""
    return "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in session.execute(sa.select(table)))


def test_a_purchase_goes_from_order_to_parcel(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    prove(session, task, *ORDERED, by=cast.buyer)
    order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock))
    assert (task.status, task.paid_fen, task.quantity, task.ordered_at) == (PAID, 3990, 2, clock.now())

    sent = clock.advance(days=1)
    ship(session, task, by=cast.buyer, cipher=cipher(), delivery_number="SF0099887766")
    assert (task.status, task.shipped_at) == (SHIPPED, sent)

    came = clock.advance(days=2)
    clock.advance(hours=3)
    receive(session, task, by=cast.buyer, received_at=came)
    assert (task.status, task.received_at) == (RECEIVED, came)
    assert last_event(session, task).action == "receive"


def test_nothing_that_leads_to_the_buyer_is_kept_in_the_clear(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    prove(session, task, *ORDERED, by=cast.buyer)
    paid_at = clock.advance(minutes=17, milliseconds=3)
    clock.advance(minutes=1)
    order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock, paid_at=paid_at))
    clock.advance(hours=5)
    ship(session, task, by=cast.buyer, cipher=cipher(), delivery_number="SF0099887766")
    session.commit()

    kept = everything_kept(session)
    sent_to = [PURCHASE[each] for each in ("account", "recipient", "address", "telephone")]
    for secret in ("TL2026090100017", "SF0099887766", repr(paid_at), paid_at.isoformat(), *sent_to):
        assert secret not in kept
    kinds = session.scalars(sa.select(TaskSecret.kind).order_by(TaskSecret.id)).all()
    assert kinds == ["order_number", "account", "paid_at", "recipient", "address", "telephone", "delivery_number"]


@on_sqlite
def test_where_it_is_sent_is_asked_once_and_then_kept_as_the_last_time(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    nowhere = {"recipient": "", "address": " ", "telephone": ""}
    first, second = task_at(session, cast, ASSIGNED), task_at(session, cast, ASSIGNED)
    for task in (first, second):
        prove(session, task, *ORDERED, by=cast.buyer)
    with invalid(("recipient", "missing"), ("address", "missing"), ("telephone", "missing")):
        order(session, first, by=cast.buyer, cipher=cipher(), **purchase(clock, **nowhere))
    with invalid(("telephone", "missing"), ("address", "missing")):
        order(session, first, by=cast.buyer, cipher=cipher(), **purchase(clock, **nowhere | {"recipient": "丁"}))
    order(session, first, by=cast.buyer, cipher=cipher(), **purchase(clock))
    order(session, second, by=cast.buyer, cipher=cipher(), **purchase(clock, order_number="TL43", **nowhere))
    shown = show_identity(session, second, by=cast.buyer, cipher=cipher(), why="核对")
    assert {kind: shown[kind] for kind in nowhere} == {kind: PURCHASE[kind] for kind in nowhere}


def test_of_two_who_write_down_one_order_number_at_once_the_second_is_told(
    app: Flask, session: Session, cast: Cast, clock: HeldClock
) -> None:
    first = task_at(session, cast, ASSIGNED)
    while (second := task_at(session, cast, ASSIGNED)).drawn.platform_id != first.drawn.platform_id:
        pass
    for task in (first, second):
        prove(session, task, *ORDERED, by=cast.buyer)
    session.commit()
    waiting, key = [first.id, second.id], cipher()

    def press(own: Session, actor: Actor) -> None:
        task = own.get_one(Task, waiting.pop())
        order(own, task, by=actor, cipher=key, **purchase(clock, order_number="TL77"))

    answers = at_once(app, [cast.buyer] * 2, press)
    assert sum(each is None for each in answers) == 1
    [told] = [each for each in answers if each is not None]
    assert isinstance(told, Invalid), told
    assert [problem.code for problem in told.problems] == ["used_order_number"]


def test_equal_identities_are_found_by_their_blind_index(session: Session, cast: Cast) -> None:
    for _n in range(2):
        task_at(session, cast, PAID)
    indexes = session.scalars(sa.select(TaskSecret.blind_index).where(TaskSecret.kind == "account")).all()
    values = session.scalars(sa.select(TaskSecret.value).where(TaskSecret.kind == "account")).all()
    assert indexes == [cipher().blind_index("account", PURCHASE["account"])] * 2
    assert len(set(values)) == 2


@on_sqlite
def test_an_order_needs_its_four_pictures(session: Session, cast: Cast, clock: HeldClock) -> None:
    wanting = [
        ([], "seller's information, product page, order page, payment record"),
        ([EvidenceKind.SELLER, EvidenceKind.ORDER, EvidenceKind.PAYMENT], "product page"),
        ([EvidenceKind.PRODUCT_PAGE, EvidenceKind.PAYMENT], "seller's information, order page"),
    ]
    for there, named in wanting:
        task = task_at(session, cast, ASSIGNED)
        prove(session, task, *there, by=cast.buyer)
        session.commit()
        with pytest.raises(Refused, match="evidence_missing") as refused:
            order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock))
        with force_locale("en"):
            assert str(refused.value.reason).endswith(f": {named}")
        session.rollback()


@on_sqlite
def test_every_wrong_field_of_an_order_is_named(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    wrong: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
        ({"order_number": " "}, [("order_number", "missing")]),
        ({"order_number": "9" * 101}, [("order_number", "too_long")]),
        ({"account": "tang\x00li"}, [("account", "unprintable")]),
        ({"paid_fen": 0}, [("paid_fen", "out_of_range")]),
        ({"paid_fen": 2_000_000_000}, [("paid_fen", "out_of_range")]),
        ({"paid_at": datetime(2026, 9, 1)}, [("paid_at", "no_time_zone")]),
        ({"paid_at": clock.now() + timedelta(seconds=1)}, [("paid_at", "in_the_future")]),
        (
            {"account": "", "paid_fen": -1, "quantity": 0, "paid_at": clock.now() - timedelta(days=400)},
            [("account", "missing"), ("paid_fen", "out_of_range"), ("quantity", "out_of_range"),
             ("paid_at", "too_early")],
        ),
    ]  # fmt: skip
    before = task.version
    for changed, problems in wrong:
        with invalid(*problems):
            order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock, **changed))
    assert (task.status, task.version) == (ASSIGNED, before)


@on_sqlite
def test_nothing_was_paid_before_the_draw_nor_before_the_first_day(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    task = task_at(session, cast, ASSIGNED)
    drawn_at = task.campaign.drawn_at
    assert drawn_at
    clock.advance(days=1)
    with invalid(("paid_at", "too_early")):
        buy(session, task, cast, paid_at=drawn_at - timedelta(microseconds=1))
    buy(session, task, cast, paid_at=drawn_at)

    session.info["planned"].clear()
    begins = datetime(2026, 9, 20, tzinfo=BEIJING)
    _campaign, tasks = open_campaign(session, cast, starts_on=begins.date())
    assign(session, tasks[0], buyer_of(cast), by=cast.coordinator)
    clock.advance(days=30)
    with invalid(("paid_at", "too_early")):
        buy(session, tasks[0], cast, paid_at=begins - timedelta(seconds=1))
    buy(session, tasks[0], cast, paid_at=begins)


@on_sqlite
def test_a_price_over_the_cap_is_refused(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    prove(session, task, *ORDERED, by=cast.buyer)
    session.commit()
    with invalid(("paid_fen", "over_price_cap")):
        order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock, paid_fen=50_001))
    order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock, paid_fen=50_000))


def test_an_order_number_belongs_to_one_purchase(session: Session, cast: Cast, clock: HeldClock) -> None:
    first = task_at(session, cast, ASSIGNED)
    buy(session, first, cast, order_number="TL42")
    while (second := task_at(session, cast, ASSIGNED)).drawn.platform_id != first.drawn.platform_id:
        pass
    with invalid(("order_number", "used_order_number")):
        buy(session, second, cast, order_number=" TL４２ ")
    buy(session, second, cast, order_number="TL43")


@on_sqlite
def test_nothing_is_bought_for_a_campaign_that_has_ended(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    prove(session, task, *ORDERED, by=cast.buyer)
    perform(session, task.campaign, CLOSE, by=cast.coordinator)
    with pytest.raises(Refused, match="not_in_field"):
        order(session, task, by=cast.buyer, cipher=cipher(), **purchase(clock))


@on_sqlite
def test_moments_stand_in_their_order(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, PAID)
    paid = clock.now()
    clock.advance(days=5)
    about: dict[str, Any] = {"by": cast.buyer, "cipher": cipher()}
    with invalid(("shipped_at", "too_early"), ("delivery_number", "missing")):
        ship(session, task, delivery_number="", shipped_at=paid - timedelta(seconds=1), **about)
    with invalid(("shipped_at", "in_the_future")):
        ship(session, task, delivery_number="SF10001234", shipped_at=clock.now() + timedelta(days=1), **about)
    ship(session, task, delivery_number="SF10001234", shipped_at=paid, **about)  # the same moment will do

    for moment, code in (
        (paid - timedelta(seconds=1), "too_early"),
        (clock.now() + timedelta(seconds=1), "in_the_future"),
        (datetime(2026, 9, 3), "no_time_zone"),
    ):
        with invalid(("received_at", code)):
            receive(session, task, by=cast.buyer, received_at=moment)
    receive(session, task, by=cast.buyer, received_at=paid)
    assert (task.shipped_at, task.received_at) == (paid, paid)


@on_sqlite
def test_only_the_buyer_of_the_task_writes_it_down(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    prove(session, task, *ORDERED, by=cast.buyer)
    session.commit()
    strangers = {
        "not_yours": [hire(session, cast.agency, Role.BUYER), hire(session, cast.above, Role.BUYER)],
        "role_may_not": [cast.coordinator, cast.reviewer, cast.desk, cast.analyst],
    }
    for code, actors in strangers.items():
        for actor in actors:
            with pytest.raises(NotPermitted, match=code):
                order(session, task, by=actor, cipher=cipher(), **purchase(clock))


def test_who_saw_an_older_state_is_told(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = task_at(session, cast, ASSIGNED)
    seen = task.version
    prove(session, task, *ORDERED, by=cast.buyer)
    session.commit()
    with pytest.raises(Stale) as told:
        order(session, task, by=cast.buyer, cipher=cipher(), version=seen, **purchase(clock))
    assert [event.action for event in told.value.since] == ["evidence"] * 4
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(TaskSecret.id))) == 0
    for move, facts in (
        (ship, {"cipher": cipher(), "delivery_number": "SF10001234"}),
        (receive, {"received_at": clock.now()}),
    ):
        with pytest.raises(Stale):
            move(session, task, by=cast.buyer, version=seen, **facts)  # type: ignore[operator]
        session.rollback()
