"""The record says "overdue" at the legal time, once, however many processes look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import sqlalchemy as sa

from quality.clocks import jobs, queries
from quality.clocks.jobs import record_overdue_clocks, redate_clocks
from quality.clocks.models import Clock
from quality.clocks.operations import pause, start, stop
from quality.core.clock import BEIJING
from quality.core.record import verify
from quality.core.workflow import take
from quality.people.actor import SYSTEM

NO_ROOTS = Path("no-roots")  # the chains and heads alone
MIDNIGHT = datetime(2026, 9, 3, tzinfo=BEIJING)  # when `acknowledge`, started on 1 September, has run out


def test_a_clock_is_recorded_at_midnight_and_not_before(session, sessions, case, clock, events_of):
    begun = start(session, case, "acknowledge", clock.now())
    session.commit()

    assert record_overdue_clocks(sessions, MIDNIGHT - timedelta(microseconds=1)) == 0
    assert record_overdue_clocks(sessions, MIDNIGHT) == 1
    assert record_overdue_clocks(sessions, MIDNIGHT) == 0

    session.expire_all()
    (event,) = events_of(case)
    assert (event.action, event.actor) == ("overdue", "system")
    assert event.details == {"clock": str(begun.id), "rule": "acknowledge", "due_at": "2026-09-02T16:00:00.000000Z"}
    assert begun.overdue_recorded_at == MIDNIGHT
    assert case.version == 2
    assert verify(session, NO_ROOTS).broken is None


def test_a_clock_of_a_part_is_recorded_with_its_whole(session, sessions, part, clock, events_of):
    begun = start(session, part, "acknowledge", clock.now())
    session.commit()

    assert record_overdue_clocks(sessions, begun.due_at) == 1

    (event,) = events_of(part.whole)
    assert event.part == f"portion:{part.id}"


def test_stopped_and_standing_clocks_are_passed_over(session, sessions, case, clock):
    start(session, case, "acknowledge", clock.now())
    stop(session, case, "acknowledge", clock.now(), by=SYSTEM)
    pause(session, start(session, case, "verify_claim", clock.now()), clock.now(), reason="waiting", by=SYSTEM)
    session.commit()

    assert record_overdue_clocks(sessions, MIDNIGHT + timedelta(days=30)) == 0


def test_twenty_processes_at_once_record_each_clock_once(session, sessions, new_case, clock, events_of):
    cases = [new_case() for _ in range(3)]
    for case in cases:
        start(session, case, "acknowledge", clock.now())
        start(session, case, "remove_by_order", clock.now())
    session.commit()
    together = Barrier(20)

    def tick(_n: int) -> int:
        together.wait()
        return record_overdue_clocks(sessions, MIDNIGHT + timedelta(days=3))

    with ThreadPoolExecutor(20) as processes:
        told = list(processes.map(tick, range(20)))

    session.expire_all()
    assert sum(told) == 6
    assert [[event.action for event in events_of(case)] for case in cases] == [["overdue", "overdue"]] * 3
    assert verify(session, NO_ROOTS).broken is None


def test_a_clock_that_is_stopped_between_the_look_and_the_claim_is_not_recorded(session, sessions, case, monkeypatch):
    start(session, case, "acknowledge", MIDNIGHT - timedelta(days=2))
    session.commit()

    def and_meanwhile(taking, subject, version):
        with sessions.begin() as other:
            other.execute(sa.update(Clock).values(stopped_at=MIDNIGHT))
        take(taking, subject, version)

    monkeypatch.setattr(jobs, "take", and_meanwhile)

    assert record_overdue_clocks(sessions, MIDNIGHT) == 0
    session.expire_all()
    assert case.version == 1
    assert verify(session, NO_ROOTS).broken is None


def test_the_daily_count_moves_nothing_when_nothing_has_changed(session, sessions, case, clock):
    start(session, case, "acknowledge", clock.now())
    session.commit()

    assert redate_clocks(sessions) == ([], 0)


def test_the_daily_count_re_dates_what_a_changed_rule_moves(session, sessions, new_case, monkeypatch):
    begun = [start(session, new_case(), "acknowledge", MIDNIGHT - timedelta(days=2)) for _ in range(2)]
    session.commit()
    longer = replace(queries.rule_of(begun[0]), length=2)
    monkeypatch.setattr(queries, "rule_on", lambda _code, _day: longer)

    assert len(redate_clocks(sessions).moved) == 2
    assert redate_clocks(sessions) == ([], 0)
    session.expire_all()
    assert {clock.due_on for clock in begun} == {date(2026, 9, 3)}
