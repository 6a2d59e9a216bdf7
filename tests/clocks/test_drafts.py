"""A year is typed by one person and entered by another; what it moves is listed before, and kept after."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from quality.clocks.calendar import Calendar, Year
from quality.clocks.drafts import (
    Typed,
    days_from,
    draft,
    enter,
    missing_years,
    take_back,
    typed_from,
    waiting,
    would_move,
)
from quality.clocks.jobs import redate_clocks, work_off_lists
from quality.clocks.models import CalendarYear, RedatedClock, Redating
from quality.clocks.operations import start
from quality.clocks.years import Change
from quality.core.clock import BEIJING
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.clocks.notices import days
from tests.clocks.test_years import OFF, WORKED, january
from tests.harness.databases import on_sqlite
from tests.harness.people import hire

TYPED = Typed(2027, OFF, WORKED, "国办发明电〔2026〕99号")


@pytest.fixture
def top(session, cast):
    """People of the agency that has none above it."""
    return hire(session, cast.above, Role.COORDINATOR), hire(session, cast.above, Role.REVIEWER)


def test_one_drafts_and_sees_another_enters_and_the_list_is_kept(session, sessions, case, clock, top):
    drafter, reviewer = top
    moving, staying = start(session, case, "to_lab", january(28)), start(session, case, "acknowledge", january(13))
    session.commit()
    drafted = draft(session, TYPED, by=drafter)
    change = Change(moving.id, "to_lab", "campaign", case.id, date(2027, 2, 4), date(2027, 2, 3))
    assert would_move(session, drafted) == [change]
    session.commit()
    assert (moving.due_on, staying.provisional, waiting(session)) == (date(2027, 2, 4), True, [drafted])

    made = enter(session, drafted, by=reviewer)
    session.commit()
    assert (made.finished_at, work_off_lists(sessions).moved) == (None, [change])

    entered = session.scalars(sa.select(CalendarYear)).one()
    assert (drafted.entered_id, entered.entered_by_id, waiting(session)) == (entered.id, reviewer.id, [])
    line = session.scalars(sa.select(RedatedClock)).one()
    assert (made.calendar_year_id, line.clock_id, line.before, line.after) == (
        entered.id, moving.id, date(2027, 2, 4), date(2027, 2, 3),
    )  # fmt: skip
    assert redate_clocks(sessions).moved == []
    assert len(session.scalars(sa.select(Redating)).all()) == 1  # a count that moves nothing keeps no list


@on_sqlite
def test_nobody_enters_what_they_drafted_nor_what_is_decided_nor_from_below(session, cast, clock, top):
    drafter, reviewer = top
    with pytest.raises(Refused, match="not_above_all"):
        draft(session, TYPED, by=cast.coordinator)
    with pytest.raises(NotPermitted):
        draft(session, TYPED, by=cast.desk)
    drafted = draft(session, TYPED, by=reviewer)
    session.commit()
    with pytest.raises(Refused, match="drafted_already"):
        draft(session, TYPED, by=drafter)
    with pytest.raises(Refused, match="four_eyes"):
        enter(session, drafted, by=reviewer)
    with pytest.raises(NotPermitted):
        enter(session, drafted, by=drafter)
    with pytest.raises(NotPermitted):
        take_back(session, drafted, by=drafter)
    take_back(session, drafted, by=reviewer)
    with pytest.raises(Refused, match="decided_already"):
        enter(session, drafted, by=hire(session, cast.above, Role.REVIEWER))
    session.rollback()
    assert session.scalars(sa.select(CalendarYear)).all() == []


def test_days_and_runs_are_read_as_people_write_them():
    text = "2027-02-05 – 2027-02-07，2027年2月14日\n 2027/3/1 至 2027/3/2; 2027.4.3"
    assert days_from("off_days", text) == [
        *days("2027-02-05", "2027-02-07"), date(2027, 2, 14), *days("2027-03-01", "2027-03-02"), date(2027, 4, 3),
    ]  # fmt: skip
    for wrong in ("2027-02-30", "5 February", "2027-02-07 - 2027-02-05", "2027-01-01 - 2027-12-31"):
        with pytest.raises(Invalid, match="off_days"):
            days_from("off_days", f"2027-01-01\n{wrong}")


def test_a_file_of_a_year_names_the_line_that_is_none():
    lines = ["# 2027", "off 2027-01-01 - 2027-01-03", "休：2027-02-05", "", "班 2027-01-30", "worked: 2027-10-09"]
    read = typed_from(2027, "x", lines)
    assert (read.off_days, read.worked_days) == ([*days("2027-01-01", "2027-01-03"), date(2027, 2, 5)], WORKED)
    with pytest.raises(Invalid, match="line 2"):
        typed_from(2027, "x", ["off 2027-01-01", "2027-02-05"])


@pytest.mark.parametrize(
    ("today", "entered", "missing"),
    [
        (datetime(2026, 10, 31, 12, tzinfo=BEIJING), [], []),
        (datetime(2026, 11, 1, 12, tzinfo=BEIJING), [], [2027]),
        (datetime(2026, 11, 1, 12, tzinfo=BEIJING), [2027], []),
        (datetime(2028, 3, 1, 12, tzinfo=BEIJING), [2027], [2028]),
    ],
)
def test_from_november_on_the_next_year_is_missed(clock, today, entered, missing):
    clock.moment = today
    known = Calendar([Year(n, "entered 1", frozenset(), frozenset()) for n in entered])
    assert missing_years(known) == missing


def test_a_draft_of_the_command_line_is_entered_by_any_reviewer_above(session, case, clock, top):
    drafted = draft(session, TYPED, by=SYSTEM)
    session.commit()
    enter(session, drafted, by=top[1])
    session.commit()
    assert drafted.drafted_by_id is None and drafted.entered_id
