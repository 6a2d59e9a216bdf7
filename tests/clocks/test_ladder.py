"""Overdue deadlines climb their ladder: each step once, at its legal moment, whoever looks and however late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from quality.clocks.calendar import Calendar
from quality.clocks.changing import change, decide
from quality.clocks.jobs import climb_the_ladder
from quality.clocks.ladder import ladders, reached_at, rungs_of, see_to
from quality.clocks.models import ClockRung
from quality.clocks.operations import pause, start, stop
from quality.clocks.rules import every_rule
from quality.core.clock import BEIJING
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.people.actor import SYSTEM
from tests.clocks.test_changing import wanted
from tests.harness.databases import on_sqlite


def reached(session) -> list[tuple[int, str]]:
    session.expire_all()
    rows = session.execute(sa.select(ClockRung.step, ClockRung.deed).order_by(ClockRung.clock_id, ClockRung.step))
    return [(step, deed) for step, deed in rows]


def test_the_table_is_a_ladder_for_rules_that_are_there():
    for rule, rungs in ladders().items():
        assert rule in every_rule()
        assert [each.step for each in rungs] == list(range(1, len(rungs) + 1))
        assert [each.after for each in rungs] == sorted({each.after for each in rungs})


def test_a_step_is_reached_as_so_many_working_days_more_are_over():
    due_on = datetime(2026, 9, 29, tzinfo=BEIJING).date()  # a Tuesday; holidays from Thursday on, to 7 October
    at = [reached_at(rung, due_on, Calendar()) for rung in rungs_of("remove_by_order", due_on)]
    assert at == [datetime(2026, month, day, tzinfo=BEIJING) for month, day in ((9, 30), (10, 1), (10, 10), (10, 15))]


def test_each_step_is_climbed_once_however_many_look_and_however_late(session, sessions, case, clock):
    begun = start(session, case, "remove_by_order", clock.now())  # due 3 September
    session.commit()
    assert climb_the_ladder(sessions, begun.due_at - timedelta(microseconds=1)) == 0
    assert climb_the_ladder(sessions, begun.due_at) == 1

    late = begun.due_at + timedelta(days=5)
    with ThreadPoolExecutor(4) as pool:
        climbed = sum(pool.map(lambda _n: climb_the_ladder(sessions, late), range(4)))

    assert climbed == 2 and reached(session) == [(1, "reminder"), (2, "supervisor"), (3, "talk")]
    events = session.scalars(sa.select(Event).where(Event.action.startswith("escalate")).order_by(Event.seq)).all()
    assert [each.action for each in events] == ["escalate_reminder", "escalate_supervisor", "escalate_talk"]
    assert [each.details["at"][:10] for each in events] == ["2026-09-03", "2026-09-04", "2026-09-08"]
    assert climb_the_ladder(sessions, late + timedelta(days=99)) == 1
    assert climb_the_ladder(sessions, late + timedelta(days=99)) == 0


@on_sqlite
def test_what_stands_is_done_or_was_given_more_time_climbs_no_more(session, sessions, new_case, cast, clock):
    standing, done, extended = (start(session, new_case(), "acknowledge", clock.now()) for _three in range(3))
    late = extended.due_at + timedelta(days=9)
    pause(session, standing, clock.now(), reason="r", by=SYSTEM)
    stop(session, session.get_one(type(new_case()), done.subject_id), "acknowledge", clock.now(), by=SYSTEM)
    asked = change(session, extended, wanted(days=60), by=cast.coordinator)
    assert asked
    decide(session, asked, grant=True, answer="", by=cast.reviewer)
    session.commit()

    assert climb_the_ladder(sessions, late) == 0


@on_sqlite
def test_a_part_is_told_in_the_record_of_its_whole(session, sessions, part, clock):
    begun = start(session, part, "lab_report", clock.now())
    session.commit()
    assert climb_the_ladder(sessions, begun.due_at + timedelta(days=30)) == 1
    event = session.scalars(sa.select(Event).where(Event.action == "escalate_supervisor")).one()
    assert (event.subject_type, event.part) == ("sample", f"portion:{part.id}")


@on_sqlite
def test_what_was_done_at_a_step_is_written_down_once_by_the_own_agency(session, sessions, case, cast, clock):
    begun = start(session, case, "remove_by_order", clock.now())
    session.commit()
    clock.moment = begun.due_at + timedelta(days=5)
    climb_the_ladder(sessions, clock.now())
    session.expire_all()
    with pytest.raises(Invalid, match="note"):
        see_to(session, begun, 3, " ", by=cast.coordinator)
    with pytest.raises(NotPermitted):
        see_to(session, begun, 3, "约谈", by=cast.desk)
    with pytest.raises(Refused, match="seen_to_already"):
        see_to(session, begun, 4, "约谈", by=cast.coordinator)  # not reached
    session.rollback()

    see_to(session, begun, 3, "9月9日约谈平台负责人，承诺次日下架", by=cast.coordinator)
    session.commit()

    rung = session.get_one(ClockRung, (begun.id, 3))
    assert (rung.seen_to_by, rung.seen_to_at) == (cast.coordinator.signature, clock.now())
    with pytest.raises(Refused, match="seen_to_already"):
        see_to(session, begun, 3, "再次", by=cast.coordinator)
