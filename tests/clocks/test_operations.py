"""Clocks of a case: started, stopped, paused, resumed and extended, each time with the record's knowledge."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from quality.clocks import queries
from quality.clocks.models import Clock
from quality.clocks.operations import extend, pause, resume, start, stop
from quality.clocks.queries import clocks_of
from quality.core.clock import BEIJING
from quality.core.errors import Invalid, Refused
from quality.core.record import verify
from quality.people.actor import SYSTEM
from tests.harness.databases import on_sqlite

NO_ROOTS = Path("no-roots")  # the chains and heads alone


@pytest.fixture
def begun(session, case, clock) -> Clock:
    """An objection clock from 1 September, 09:00: it would end on the 16th."""
    return start(session, case, "objection", clock.now())


@on_sqlite
def test_a_clock_knows_why_it_is_where_it_is(session, case, clock, begun):
    session.commit()

    (shown,) = clocks_of(session, case)

    assert (shown.rule, shown.started_at, shown.due_on) == ("objection", clock.now(), date(2026, 9, 16))
    assert shown.due_at == datetime(2026, 9, 17, tzinfo=BEIJING)
    assert not shown.overdue and not shown.provisional
    assert str(shown.explanation).splitlines() == [
        "Objection: 15 calendar days. Product Quality Law, Art. 15 (statute)",
        "2026-09-01 Tue: the party receives the result; this day does not count",
        "2026-09-02 Wed to 2026-09-16 Wed: 15 calendar days, 15 so far",
        "Last day: 2026-09-16 Wed, until 24:00",
    ]


@on_sqlite
def test_a_clock_says_overdue_from_midnight_after_its_last_day(session, case, begun):
    at = datetime(2026, 9, 17, tzinfo=BEIJING)

    assert not clocks_of(session, case, at - timedelta(microseconds=1))[0].overdue
    assert clocks_of(session, case, at)[0].overdue


@on_sqlite
def test_the_same_start_twice_is_one_clock(session, case, clock, begun):
    assert start(session, case, "objection", clock.now()) is begun
    assert start(session, case, "objection", clock.advance(days=1)) is not begun
    assert len(clocks_of(session, case)) == 2


@on_sqlite
def test_a_clock_that_stopped_is_over_and_the_same_start_begins_another(session, case, clock, begun):
    began = begun.started_at
    stop(session, case, "objection", began, by=SYSTEM)
    assert start(session, case, "objection", began) is begun and begun.is_running, "it had not run at all"
    stop(session, case, "objection", clock.advance(days=1), by=SYSTEM)

    again = start(session, case, "objection", began)

    assert again.is_running and again.started_at > began
    assert start(session, case, "objection", began) is again
    assert (begun.stopped_at, begun.outcome) == (clock.now(), "done")


@on_sqlite
def test_clocks_of_another_case_are_not_shown(session, new_case, begun):
    assert clocks_of(session, new_case()) == []


def test_stopping_in_time_leaves_no_trace_of_lateness(session, case, clock, begun, events_of):
    assert stop(session, case, "objection", clock.advance(days=3), by=SYSTEM) == [begun]
    session.commit()

    (shown,) = clocks_of(session, case, clock.advance(days=99))
    assert (shown.stopped_at, shown.outcome, shown.overdue) == (begun.stopped_at, "done", False)
    assert events_of(case) == []


@on_sqlite
def test_stopping_a_rule_that_does_not_run_stops_nothing(session, case, clock, begun):
    assert stop(session, case, "acknowledge", clock.now(), by=SYSTEM) == []
    assert begun.is_running


@on_sqlite
def test_a_clock_stops_once(session, case, clock, begun):
    stop(session, case, "objection", clock.now(), by=SYSTEM, outcome="withdrawn")

    assert stop(session, case, "objection", clock.now(), by=SYSTEM) == []
    assert begun.outcome == "withdrawn"


@on_sqlite
def test_a_clock_cannot_stop_before_it_started(session, case, clock, begun):
    with pytest.raises(Refused, match="before_its_start"):
        stop(session, case, "objection", clock.now() - timedelta(seconds=1), by=SYSTEM)


def test_stopping_late_records_the_lateness_that_no_job_had_seen(session, part, clock, events_of):
    begun = start(session, part, "acknowledge", clock.now())
    late = clock.moment = begun.due_at

    stop(session, part, "acknowledge", late, by=SYSTEM)
    session.commit()

    (event,) = events_of(part.whole)
    assert (event.action, event.part, event.actor) == ("overdue", f"portion:{part.id}", "system")
    assert event.details["rule"] == "acknowledge"
    assert begun.overdue_recorded_at == late
    assert clocks_of(session, part)[0].overdue


@on_sqlite
def test_lateness_that_is_recorded_is_not_recorded_again(session, case, clock, begun, events_of):
    begun.overdue_recorded_at = clock.advance(days=20)

    stop(session, case, "objection", clock.now(), by=SYSTEM)

    assert events_of(case) == []


@on_sqlite
def test_a_pause_moves_the_last_day_and_tells_why(session, case, clock, begun, events_of):
    pause(session, begun, clock.advance(days=1), reason="等待当事人补充材料", by=SYSTEM)
    standing = begun.due_on
    resume(session, begun, clock.advance(days=5), reason="材料已补齐", by=SYSTEM)
    session.commit()

    assert (standing, begun.due_on) == (date(2026, 9, 16), date(2026, 9, 21))
    told = events_of(case)
    assert [(event.action, event.details["before"], event.details["after"]) for event in told] == [
        ("clock_pause", "2026-09-16", "2026-09-16"),
        ("clock_resume", "2026-09-16", "2026-09-21"),
    ]
    assert all(event.note_digest and event.actor == "system" for event in told)
    explanation = str(clocks_of(session, case)[0].explanation)
    assert "2026-09-03 Thu to 2026-09-07 Mon: paused, not counted: 等待当事人补充材料" in explanation
    assert verify(session, NO_ROOTS).broken is None


@on_sqlite
def test_a_clock_that_stands_does_not_run_out(session, case, clock, begun):
    pause(session, begun, clock.now(), reason="waiting", by=SYSTEM)

    (shown,) = clocks_of(session, case, clock.advance(days=99))

    assert not shown.overdue
    assert shown.paused_at == begun.paused_at
    assert "Stands since 2026-09-01 Tue" in str(shown.explanation)


@on_sqlite
def test_a_clock_that_stands_may_stop_and_stands_no_more(session, case, clock, begun):
    pause(session, begun, clock.now(), reason="waiting", by=SYSTEM)

    stop(session, case, "objection", clock.advance(days=40), by=SYSTEM)
    session.commit()

    assert begun.paused_at is None
    assert not clocks_of(session, case)[0].overdue or begun.stopped_at >= begun.due_at


@on_sqlite
def test_an_extension_adds_days_and_tells_why(session, part, clock, events_of):
    clock.moment = datetime(2026, 11, 2, 10, tzinfo=BEIJING)  # a Monday
    begun = start(session, part, "to_lab", clock.now())

    extend(session, begun, clock.advance(days=1), days=2, reason="快递停运", by=SYSTEM)
    session.commit()

    assert begun.due_on == date(2026, 11, 11)
    (event,) = events_of(part.whole)
    assert (event.action, event.part) == ("clock_extend", f"portion:{part.id}")
    assert "延长2个工作日：快递停运" in str(clocks_of(session, part)[0].explanation)  # the app speaks 中文


@on_sqlite
def test_a_reason_that_was_blanked_is_shown_nowhere(session, case, clock, begun):
    extend(session, begun, clock.now(), days=2, reason="a name", by=SYSTEM)
    begun.changes[0].reason = ""
    session.commit()

    assert "a name" not in str(clocks_of(session, case)[0].explanation)
    assert "a name" not in str(begun.steps)


@on_sqlite
def test_an_extension_after_lateness_is_recorded_is_refused(session, clock, begun):
    begun.overdue_recorded_at = clock.advance(days=20)

    with pytest.raises(Refused, match="run_out"):
        extend(session, begun, clock.now(), days=3, reason="too late", by=SYSTEM)


@on_sqlite
def test_an_extension_back_in_time_lets_the_clock_become_overdue_once_more(session, clock, begun):
    """The decision was taken in time and is entered late, when the job had already recorded the clock as overdue."""
    decided = clock.now() + timedelta(days=3)
    begun.overdue_recorded_at = clock.advance(days=20)

    extend(session, begun, decided, days=30, reason="decided on 4 September", by=SYSTEM)

    assert begun.overdue_recorded_at is None
    assert begun.due_on == date(2026, 10, 16)


@on_sqlite
def test_an_extension_that_is_over_already_leaves_the_lateness(session, clock, begun):
    decided = clock.now() + timedelta(days=3)
    recorded = begun.overdue_recorded_at = clock.advance(days=20)

    extend(session, begun, decided, days=1, reason="one day was granted", by=SYSTEM)

    assert begun.overdue_recorded_at == recorded


@on_sqlite
@pytest.mark.parametrize("days", [0, -1, 366])
def test_an_extension_of_so_many_days_is_refused(session, clock, begun, days: int):
    with pytest.raises(Invalid, match="days: "):
        extend(session, begun, clock.now(), days=days, reason="a slip", by=SYSTEM)


@on_sqlite
def test_a_change_without_a_reason_is_refused(session, clock, begun):
    with pytest.raises(Invalid, match="reason: "):
        pause(session, begun, clock.now(), reason="  ", by=SYSTEM)


@on_sqlite
@pytest.mark.parametrize(
    ("code", "change", "seconds"),
    [("not_paused", resume, 0), ("out_of_order", pause, -1), ("in_the_future", pause, 1)],
)
def test_a_running_clock_refuses_with_the_reason(session, begun, code, change, seconds: int):
    with pytest.raises(Refused, match=code):
        change(session, begun, begun.started_at + timedelta(seconds=seconds), reason="r", by=SYSTEM)


@on_sqlite
def test_a_clock_that_stands_refuses_with_the_reason(session, clock, begun):
    pause(session, begun, clock.advance(hours=1), reason="r", by=SYSTEM)

    with pytest.raises(Refused, match="paused_already"):
        pause(session, begun, clock.now(), reason="r", by=SYSTEM)
    with pytest.raises(Refused, match="out_of_order"):
        resume(session, begun, begun.started_at, reason="r", by=SYSTEM)


@on_sqlite
def test_a_clock_that_stopped_can_be_changed_no_more(session, case, clock, begun):
    stop(session, case, "objection", clock.now(), by=SYSTEM)

    with pytest.raises(Refused, match="stopped"):
        extend(session, begun, clock.now(), days=1, reason="r", by=SYSTEM)


def test_the_database_keeps_starts_and_stops_in_order(session, case, clock, begun):
    session.commit()

    with pytest.raises(IntegrityError):
        session.execute(sa.update(Clock).values(stopped_at=clock.now() - timedelta(days=1)))


def test_the_subject_of_a_clock_is_found_by_its_table(session, part: Any, clock):
    begun = start(session, part, "to_lab", clock.now())

    assert queries.subject_of(session, begun) is part
    assert queries.whole_and_part(part) == (part.sample, part)
    assert queries.whole_and_part(part.sample) == (part.sample, None)
