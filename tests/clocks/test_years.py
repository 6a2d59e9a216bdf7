"""A notice is entered: what cannot be one is refused by name, and what runs is re-dated, told before and after."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from quality.clocks import jobs, queries
from quality.clocks.calendar import Calendar, Year, festivals
from quality.clocks.jobs import redate_clocks, work_off_lists
from quality.clocks.models import CalendarYear, Clock
from quality.clocks.operations import extend, start, stop
from quality.clocks.queries import clocks_of
from quality.clocks.years import Change, Redated, enter_calendar_year, moved_by, what_is_wrong
from quality.core.clock import BEIJING
from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Event
from quality.core.record import verify
from quality.people.actor import SYSTEM, Actor
from tests.clocks.notices import days
from tests.harness.databases import on_sqlite

OFF = [
    *days("2027-01-01", "2027-01-03"),
    *days("2027-02-05", "2027-02-12"),
    *days("2027-04-03", "2027-04-05"),
    *days("2027-05-01", "2027-05-05"),
    *days("2027-06-09", "2027-06-09"),
    *days("2027-09-15", "2027-09-15"),
    *days("2027-10-01", "2027-10-07"),
]
WORKED = [date(2027, 1, 30), date(2027, 10, 9)]
NO_ROOTS = Path("no-roots")  # the chains and heads alone
ENTERED = Calendar([Year(2027, "entered 1", frozenset(OFF), frozenset(WORKED))])


def january(day: int, month: int = 1) -> datetime:
    return datetime(2027, month, day, 10, tzinfo=BEIJING)


@pytest.fixture
def enter(session, sessions):
    """Enter it, and let the job work off what it moves."""

    def enter(off=OFF, worked=WORKED, by: Actor = SYSTEM) -> Redated:
        enter_calendar_year(session, 2027, off, worked, source="invented for this test", by=by)
        session.commit()
        return work_off_lists(sessions)

    return enter


def test_entering_a_year_re_dates_what_runs_and_tells_before_and_after(session, enter, case, clock, events_of):
    moved = start(session, case, "to_lab", january(27))  # the worked Saturday 30 January brings it a day forward
    stays = start(session, case, "acknowledge", january(13))
    over = start(session, case, "to_lab", january(26))
    stop(session, case, "to_lab", january(26, month=2), by=SYSTEM)
    moved_again = start(session, case, "to_lab", january(28))
    session.commit()
    assert stays.provisional and moved_again.due_on == date(2027, 2, 4)
    told = len(events_of(case))

    result = enter()
    session.commit()

    assert result == Redated(
        [Change(moved_again.id, "to_lab", "campaign", case.id, date(2027, 2, 4), date(2027, 2, 3))], 1
    )
    assert (moved_again.due_on, moved_again.provisional) == (date(2027, 2, 3), False)
    assert (stays.due_on, stays.provisional, stays.calendar) == (date(2027, 1, 14), False, "2027: entered 1")
    assert over.provisional and moved.provisional  # stopped: what was counted then stands
    (event,) = events_of(case)[told:]
    assert event.action == "clocks_redated"
    assert event.details == {
        "clocks": [
            {
                "clock": str(moved_again.id),
                "rule": "to_lab",
                "before": "2027-02-04",
                "after": "2027-02-03",
                "calendar": "2027: entered 1",
            }
        ]
    }
    assert "2027-01-30 Sat: weekend that is worked" in str(clocks_of(session, case)[-1].explanation)
    assert verify(session, NO_ROOTS).broken is None


def test_a_clock_of_a_part_is_told_in_the_record_of_its_whole(session, enter, part, clock, events_of):
    start(session, part, "to_lab", january(28))

    enter()

    (event,) = events_of(part.whole)
    assert (event.action, event.part) == ("clocks_redated", f"portion:{part.id}")


def test_clocks_of_many_cases_are_re_dated_in_one_sweep(session, enter, new_case, part, clock):
    cases = [new_case() for _ in range(6)]
    for case in (*cases, part):
        start(session, case, "to_lab", january(28))
        start(session, case, "remove_by_notice", january(28))
    session.commit()

    result = enter()
    session.commit()

    assert len(result.moved) == 14
    assert {(change.subject_type, change.subject_id) for change in result.moved} == {
        *(("campaign", case.id) for case in cases),
        ("portion", part.id),
    }
    assert verify(session, NO_ROOTS).broken is None


def test_a_list_that_was_left_half_done_is_finished_and_tells_each_case_once(
    session, sessions, new_case, events_of, monkeypatch
):
    cases = [new_case() for _ in range(3)]
    for each in cases:
        start(session, each, "to_lab", january(28))
    made = enter_calendar_year(session, 2027, OFF, WORKED, source="invented for this test", by=SYSTEM)
    session.commit()
    dated = jobs.redate_subject

    def and_then_killed(of, subject, *about, by):
        if subject.id == cases[1].id:
            raise KeyboardInterrupt
        return dated(of, subject, *about, by=by)

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(jobs, "redate_subject", and_then_killed)
        work_off_lists(sessions)
    session.expire_all()
    assert (made.finished_at, moved_by(session, made.id)) == (None, 1)

    assert len(work_off_lists(sessions).moved) == 2
    assert work_off_lists(sessions) == Redated([], 0)
    session.expire_all()
    assert made.finished_at and moved_by(session, made.id) == 3
    assert [[event.action for event in events_of(each)].count("clocks_redated") for each in cases] == [1, 1, 1]
    told = sa.select(Event.details).where(Event.action == "redated", Event.subject_type == "calendar_year")
    assert [each["moved"] for each in session.scalars(told)] == ["3"]


def test_the_notice_may_move_days_of_the_december_before(session, enter, case, clock):
    begun = start(session, case, "acknowledge", datetime(2026, 12, 30, 10, tzinfo=BEIJING))

    enter(off=[date(2026, 12, 31), *OFF])

    assert begun.due_on == date(2027, 1, 4)
    assert not begun.provisional


def test_clocks_that_the_year_cannot_touch_are_left_alone(session, enter, case, clock):
    before = start(session, case, "to_lab", clock.now())
    kept = before.calendar

    assert enter() == Redated([], 0)
    assert before.calendar == kept


def test_a_correction_is_a_new_edition_and_the_newest_counts(session, enter, case, clock):
    begun = start(session, case, "to_lab", january(28))

    enter()
    enter(worked=[date(2027, 10, 9)])

    assert begun.due_on == date(2027, 2, 4)
    assert begun.calendar == "2027: entered 2"
    assert [year.edition for year in session.scalars(sa.select(CalendarYear).order_by(CalendarYear.id))] == [1, 2]


def test_changes_of_a_clock_are_kept_when_it_is_re_dated(session, enter, case, clock):
    clock.moment = january(28)
    begun = start(session, case, "to_lab", clock.now())
    extend(session, begun, clock.now(), days=2, reason="snow", by=SYSTEM)

    enter()

    # 29, 30 January, 1, 2, 3, 4 February, then after the Spring Festival 13 February is a Saturday: the 15th
    assert begun.due_on == date(2027, 2, 15)
    assert "Extended by 2 working days: snow" in str(clocks_of(session, case)[0].explanation)


def test_a_clock_that_someone_changes_meanwhile_is_not_overwritten(session, sessions, case, clock, monkeypatch):
    clock.moment = january(13)
    begun = start(session, case, "to_lab", clock.now())
    session.commit()
    counted = queries.recount

    def and_meanwhile(seen, calendar):
        result = counted(seen, calendar)
        with sessions.begin() as other:
            other.execute(sa.update(Clock).values(steps=[], calendar="someone else's"))
        return result

    monkeypatch.setattr(queries, "recount", and_meanwhile)
    monkeypatch.setattr(queries, "calendar", lambda _session: ENTERED)
    redate_clocks(sessions)
    session.commit()

    assert begun.calendar == "someone else's"


def test_a_new_version_of_the_library_or_of_a_rule_re_dates_at_the_next_count(
    session, sessions, case, clock, monkeypatch
):
    begun = start(session, case, "to_lab", clock.now())
    session.commit()
    assert redate_clocks(sessions) == Redated([], 0)

    longer = replace(queries.rule_of(begun), length=6)
    monkeypatch.setattr(queries, "rule_on", lambda _code, _day: longer)

    assert [change.after for change in redate_clocks(sessions).moved] == [date(2026, 9, 9)]


def test_a_clock_stopped_before_its_case_is_taken_is_not_moved(session, sessions, case, monkeypatch):
    start(session, case, "to_lab", january(28))
    session.commit()
    found = queries.model_of

    def and_meanwhile(table):
        with sessions.begin() as other:
            other.execute(sa.update(Clock).values(stopped_at=january(29)))
        return found(table)

    monkeypatch.setattr(queries, "calendar", lambda _session: ENTERED)
    monkeypatch.setattr(queries, "model_of", and_meanwhile)

    assert redate_clocks(sessions).moved == []
    session.commit()
    assert verify(session, NO_ROOTS).broken is None


# --- what cannot be a notice ---


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"source": " "}, ("source", "missing")),
        ({"year": 2000}, ("year", "out_of_range")),
        ({"year": 2100}, ("year", "out_of_range")),
        ({"off_days": [*OFF, OFF[0]]}, ("off_days", "twice")),
        ({"off_days": [*OFF, date(2028, 1, 1)]}, ("off_days", "other_year")),
        ({"worked_days": [date(2026, 11, 28)]}, ("worked_days", "other_year")),
        ({"worked_days": [date(2027, 10, 2)]}, ("worked_days", "off_too")),
        ({"worked_days": [date(2027, 3, 1)]}, ("worked_days", "no_weekend")),
        ({"off_days": OFF[:-7]}, ("off_days", "festival_missing")),
        ({"off_days": [], "worked_days": [date(2027, 10, 2)]}, ("off_days", "festival_missing")),
    ],
)
def test_what_cannot_be_a_notice_is_named(wrong, named):
    typed = {"year": 2027, "off_days": OFF, "worked_days": WORKED, "source": "a notice"} | wrong

    assert named in {(problem.field, problem.code) for problem in what_is_wrong(**typed)}


@on_sqlite
def test_what_cannot_be_a_notice_is_refused_with_every_problem_and_not_kept(session):
    with pytest.raises(Invalid) as refused:
        enter_calendar_year(session, 2027, [date(2028, 1, 1)], [date(2027, 3, 1)], source="", by=SYSTEM)

    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("source", "missing"),
        ("off_days", "other_year"),
        ("worked_days", "no_weekend"),
        ("off_days", "festival_missing"),
    }
    assert session.scalars(sa.select(CalendarYear)).all() == []


@on_sqlite
def test_festivals_on_a_weekend_need_not_be_typed(session, enter, clock):
    weekdays = [day for day in festivals(2027) if day.weekday() < 5]

    assert enter(off=weekdays, worked=[]) == Redated([], 0)


@on_sqlite
def test_only_who_may_enters_a_year(session, enter, cast):
    with pytest.raises(NotPermitted, match="role_may_not"):
        enter(by=cast.coordinator)
