"""Which days are worked: the library against notices typed by hand, years without a notice, years that people enter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from quality.clocks.calendar import Calendar, Kind, Year, festivals, official_years
from tests.clocks.notices import OFF, WORKED_WEEKENDS, days, works


def test_all_730_days_of_2025_and_2026_are_as_the_notices_say():
    calendar = Calendar()
    asked = list(days("2025-01-01", "2026-12-31"))

    assert len(asked) == 730
    assert [day for day in asked if calendar.is_worked(day) != works(day)] == []
    assert {day for day in asked if calendar.kind(day) is Kind.MOVED} == WORKED_WEEKENDS


def test_the_library_knows_the_notices_from_2001_to_2026():
    assert set(range(2001, 2027)) <= official_years()
    assert not any(Calendar().year(number).provisional for number in range(2001, 2027))


@pytest.mark.parametrize("day", ["2018-12-29", "2005-12-31", "2019-02-02"])
def test_a_weekend_worked_long_ago_is_known(day: str):
    assert Calendar().kind(date.fromisoformat(day)) is Kind.MOVED


@pytest.mark.parametrize("number", [2000, 2027, 2060])
def test_a_year_without_a_notice_has_weekends_and_festivals_and_moves_nothing(number: int):
    year = Calendar().year(number)

    assert year.provisional
    assert year.version == "provisional"
    assert not year.worked
    assert year.off == festivals(number)
    assert {date(number, 1, 1), date(number, 5, 1), date(number, 10, 1), date(number, 10, 3)} <= year.off


def test_2027_has_its_thirteen_festival_days_and_no_guessed_one():
    assert festivals(2027) == {
        date(2027, 1, 1),
        *days("2027-02-05", "2027-02-08"),
        date(2027, 4, 5),
        *days("2027-05-01", "2027-05-02"),
        date(2027, 6, 9),
        date(2027, 9, 15),
        *days("2027-10-01", "2027-10-03"),
    }
    assert Calendar().is_worked(date(2027, 10, 4))  # the library guesses it off: a Monday after a festival's weekend
    assert not Calendar().is_worked(date(2027, 10, 9))  # a Saturday that the notice may well call worked


def test_the_festivals_of_a_year_hold_no_day_that_was_only_moved():
    assert date(2026, 10, 3) in festivals(2026)
    assert date(2026, 10, 6) not in festivals(2026)


def test_an_entered_year_replaces_what_the_library_says():
    entered = Year(2026, "entered 1", off=frozenset({date(2026, 3, 3)}), worked=frozenset({date(2026, 3, 7)}))
    calendar = Calendar([entered])

    assert calendar.kind(date(2026, 3, 3)) is Kind.HOLIDAY
    assert calendar.kind(date(2026, 3, 7)) is Kind.MOVED
    assert calendar.kind(date(2026, 10, 7)) is Kind.WORKED  # this notice does not name it
    assert calendar.kind(date(2025, 10, 7)) is Kind.HOLIDAY


def test_a_notice_reaches_into_the_december_before():
    entered = Year(2027, "entered 1", off=frozenset({date(2026, 12, 31)}), worked=frozenset({date(2026, 12, 26)}))
    calendar = Calendar([entered])

    assert calendar.kind(date(2026, 12, 31)) is Kind.HOLIDAY
    assert calendar.kind(date(2026, 12, 26)) is Kind.MOVED
    assert calendar.kind(date(2026, 12, 30)) is Kind.WORKED
    assert calendar.year_that_says(date(2026, 12, 31)).version == "entered 1"
    assert calendar.year_that_says(date(2026, 12, 30)).version.startswith("holidays ")


def test_days_off_that_are_weekends_are_weekends_unless_the_library_names_them():
    calendar = Calendar()

    assert calendar.kind(date(2026, 9, 5)) is Kind.WEEKEND
    assert {calendar.kind(day) for day in OFF if day.weekday() < 5} == {Kind.HOLIDAY}
    assert calendar.kind(date(2026, 9, 7) + timedelta(days=1)) is Kind.WORKED
