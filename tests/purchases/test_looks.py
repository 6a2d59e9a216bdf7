"""Who looked at whom, when, and why: rows are one look again, and what stands out in it is a fact."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.clock import BEIJING
from quality.core.errors import Invalid
from quality.core.events import Access
from quality.people.looks import LookReason, read_reason
from quality.permissions import Role
from quality.purchases.looks import (
    MANY,
    Around,
    Fact,
    Look,
    Wanted,
    facts_of,
    looked_at,
    looks_at_me,
    subject_called,
)
from quality.purchases.models import TaskStatus
from quality.purchases.operations import show_identity
from quality.purchases.operations.covers import NewCover, add_covers, show_cover
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.purchases import cipher, task_at

NOON = datetime(2026, 9, 2, 12, tzinfo=BEIJING)  # a Wednesday
HERE = ("task", 5)


def a_look(at: datetime = NOON, reader: int = 1) -> Look:
    return Look(1, 1, at, reader, HERE, "order", "核对", ["account"])


def around(**changed: object) -> Around:
    days = {NOON.date() + timedelta(days=n): n not in {3, 4} for n in range(7)}
    quiet = Around({1: [(NOON, HERE)]}, {}, {HERE: 2}, frozenset(), days)
    return quiet._replace(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("look", "near", "stands_out"),
    [
        (a_look(), around(), []),
        (a_look(NOON.replace(hour=7)), around(), []),
        (a_look(NOON.replace(hour=6, minute=59)), around(), [Fact.HOURS]),
        (a_look(NOON.replace(hour=20)), around(), [Fact.HOURS]),
        (a_look(NOON + timedelta(days=3)), around(), [Fact.HOURS]),
        (a_look(), around(ended={HERE: NOON - timedelta(days=1)}), [Fact.CLOSED]),
        (a_look(), around(ended={HERE: NOON + timedelta(days=1)}), []),
        (a_look(), around(more_than_buyers=frozenset({2})), [Fact.COLLEAGUE]),
        (a_look(), around(moments={1: [(NOON - timedelta(minutes=n), ("task", n)) for n in range(MANY)]}), [Fact.MANY]),
        (a_look(), around(moments={1: [(NOON, ("task", n)) for n in range(MANY - 1)]}), []),
        (a_look(), around(moments={1: [(NOON, HERE)] * 50}), []),  # one purchase, however often
        (a_look(), around(moments={1: [(NOON - timedelta(hours=1), ("task", n)) for n in range(50)]}), []),
        (a_look(NOON.replace(hour=3), reader=2), around(), []),  # the buyer's own
    ],
)
def test_what_stands_out_is_a_fact(look: Look, near: Around, stands_out: list[Fact]) -> None:
    assert facts_of(look, near) == stands_out


def test_nobody_says_for_somebody_else_that_it_is_their_own() -> None:
    assert read_reason("inquiry") is LookReason.INQUIRY
    for wrong in ("own", "", "curiosity"):
        with pytest.raises(Invalid, match="reason"):
            read_reason(wrong)


def test_the_log_of_an_agency_has_one_line_a_look_and_a_buyer_learns_that_it_was(session: Session, cast: Cast) -> None:
    one, two = (task_at(session, cast, TaskStatus.ORDERED) for _two in range(2))
    [cover] = add_covers(
        session, [NewCover("mizhang-9", buyer=cast.buyer.person.email)], by=cast.coordinator, cipher=cipher()
    )
    show_identity(session, one, by=cast.buyer, cipher=cipher(), why="本人购样")
    show_identity(session, one, by=cast.coordinator, cipher=cipher(), why="核对订单", reason=LookReason.ORDER)
    cast.clock.advance(minutes=5)
    show_identity(session, two, by=cast.coordinator, cipher=cipher(), why="审计", reason=LookReason.INQUIRY)
    show_cover(session, cover, by=cast.coordinator, cipher=cipher(), why="换号", reason=LookReason.EXPOSURE)
    session.commit()

    looks = looked_at(session, cast.reviewer, Wanted()).looks
    assert [(look.subject, look.reason) for look in looks] == [
        (("cover_identity", cover.id), "exposure"), (("task", two.id), "inquiry"), (("task", one.id), "order"),
    ]  # fmt: skip
    assert looks[1].what == ["order_number", "account", "paid_at", "recipient", "address", "telephone"]
    assert {look.reader for look in looks} == {cast.coordinator.id}
    assert len(looked_at(session, cast.reviewer, Wanted(own_too=True)).looks) == 4
    for wanted, many in (
        (Wanted(reader=cast.coordinator.id), 3), (Wanted(reader=cast.reviewer.id), 0),
        (Wanted(subject=("task", one.id)), 1), (Wanted(reason="inquiry"), 1), (Wanted(last=date(2020, 1, 1)), 0),
        (Wanted(first=date(2020, 1, 1)), 3), (Wanted(before=looks[0].oldest), 2),
    ):  # fmt: skip
        assert len(looked_at(session, cast.reviewer, wanted).looks) == many, wanted
    assert subject_called(session, cast.reviewer, cover.number) == ("cover_identity", cover.id)
    assert subject_called(session, cast.reviewer, "T-XX-1") is None
    for stranger in (cast.buyer, cast.desk, cast.analyst, hire(session, cast.below, Role.REVIEWER)):
        assert looked_at(session, stranger, Wanted()).looks == []
    assert len(looks_at_me(session, cast.buyer).looks) == 3
    assert looks_at_me(session, hire(session, cast.agency, Role.BUYER)).looks == []


@on_sqlite
def test_a_page_ends_with_a_whole_look_and_the_next_goes_on_behind_it(session: Session, cast: Cast) -> None:
    rows = [
        Access(
            at=NOON + timedelta(minutes=n), actor=cast.coordinator.signature, organisation_id=cast.agency.id,
            subject_type="task", subject_id=n, what=f"identity:{kind}", why="核对", reason="order",
        )
        for n in range(120)
        for kind in ("account", "address", "telephone", "recipient")
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    seen, before = [], None
    while True:
        page = looked_at(session, cast.reviewer, Wanted(before=before))
        seen += [look.subject[1] for look in page.looks]
        assert all(len(look.what) == 4 for look in page.looks)
        if (before := page.older) is None:
            break
    assert seen == list(range(120))[::-1]
    outstanding = looked_at(session, cast.reviewer, Wanted(outstanding=True)).looks
    assert outstanding
    assert all(Fact.MANY in look.facts or Fact.HOURS in look.facts for look in outstanding)
    assert session.scalar(sa.select(sa.func.count(Access.id))) == len(rows)
