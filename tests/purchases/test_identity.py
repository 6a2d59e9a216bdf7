"""The buyer's identity is read by few, for a reason, and every reading is on record."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.cipher import Unreadable
from quality.core.clock import rfc3339
from quality.core.errors import NotPermitted
from quality.core.events import Access
from quality.people.actor import SYSTEM
from quality.permissions import Role
from quality.purchases.models import TaskStatus
from quality.purchases.operations import show_identity
from quality.purchases.secrets import TaskSecret
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import PURCHASE, buy, cipher, task_at


def looks(session: Session) -> list[Access]:
    return list(session.scalars(sa.select(Access).where(Access.what.startswith("identity:")).order_by(Access.id)))


def test_a_coordinator_reads_it_with_a_reason_and_each_kind_is_logged(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    paid_at = clock.now()
    buy(session, task, cast, order_number="TL42", paid_at=paid_at)
    before = task.version

    shown = show_identity(session, task, by=cast.coordinator, cipher=cipher(), why=" 平台要求核对订单 ")

    sent_to = {name: PURCHASE[name] for name in ("account", "recipient", "address", "telephone")}
    assert shown == {"order_number": "TL42", "paid_at": rfc3339(paid_at)} | sent_to
    logged = looks(session)
    assert [look.what for look in logged] == [f"identity:{kind}" for kind in shown]
    assert {(look.subject_type, look.subject_id, look.actor, look.organisation_id, look.why) for look in logged} == {
        ("task", task.id, cast.coordinator.signature, cast.agency.id, "平台要求核对订单")
    }
    assert task.version == before


@on_sqlite
def test_nobody_else_reads_it(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ORDERED)
    admin, other = hire(session, cast.agency, Role.ADMIN), hire(session, cast.agency, Role.BUYER)
    strangers = {
        "role_may_not": [cast.reviewer, other, cast.analyst, cast.desk, SYSTEM, admin],
        "not_yours": [hire(session, unit, Role.COORDINATOR) for unit in (cast.above, cast.below)],
    }  # fmt: skip
    for code, actors in strangers.items():
        for actor in actors:
            with pytest.raises(NotPermitted, match=code):
                show_identity(session, task, by=actor, cipher=cipher(), why="好奇")
    with invalid(("why", "missing")):
        show_identity(session, task, by=cast.coordinator, cipher=cipher(), why="  ")
    assert looks(session) == []


@on_sqlite
def test_the_buyer_reads_what_they_entered_and_this_is_logged_too(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ORDERED)
    shown = show_identity(session, task, by=cast.buyer, cipher=cipher(), why="本人购样")
    assert shown["recipient"] == PURCHASE["recipient"]
    assert {look.actor for look in looks(session)} == {cast.buyer.signature}


@on_sqlite
def test_a_secret_opens_only_where_it_was_put(session: Session, cast: Cast) -> None:
    task, other = task_at(session, cast, TaskStatus.ORDERED), task_at(session, cast, TaskStatus.ORDERED)
    of = sa.select(TaskSecret).filter_by(kind="account")
    mine, theirs = (session.scalars(of.filter_by(task_id=one.id)).one() for one in (task, other))
    mine.value = theirs.value
    with pytest.raises(Unreadable):
        show_identity(session, task, by=cast.coordinator, cipher=cipher(), why="核对")
