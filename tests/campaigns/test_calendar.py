"""How purchases are spread over the weeks that a campaign has left, and what periods there are."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quality.campaigns.calendar import Load, Period, beside, monday_of, quarter_of, spread, summed, weeks_between

MONDAY = date(2026, 11, 23)


def test_purchases_are_spread_evenly_over_the_days_that_are_left() -> None:
    until_sunday_in_two_weeks = MONDAY + timedelta(days=13)
    assert spread(10, MONDAY, until_sunday_in_two_weeks, MONDAY) == {MONDAY: 5, MONDAY + timedelta(days=7): 5}
    # from Thursday on: 4 of 11 days in the first week, 10 × 4 ÷ 11 rounded down
    thursday = MONDAY + timedelta(days=3)
    assert spread(10, MONDAY, until_sunday_in_two_weeks, thursday) == {MONDAY: 3, MONDAY + timedelta(days=7): 7}
    assert spread(10, MONDAY, until_sunday_in_two_weeks, MONDAY - timedelta(days=30)) == {
        MONDAY: 5, MONDAY + timedelta(days=7): 5,
    }  # fmt: skip


def test_what_is_left_after_the_last_day_falls_into_this_week() -> None:
    assert spread(4, MONDAY - timedelta(days=30), MONDAY - timedelta(days=9), MONDAY + timedelta(days=2)) == {MONDAY: 4}
    assert spread(0, MONDAY, MONDAY, MONDAY) == {}


days = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@given(st.integers(0, 5_000), days, st.integers(0, 800), days)
def test_the_weeks_add_up_to_the_whole_and_lie_in_the_campaign(n: int, first: date, long: int, today: date) -> None:
    last = first + timedelta(days=long)
    found = spread(n, first, last, today)
    assert sum(found.values()) == n
    assert all(each > 0 for each in found.values())
    begins = max(first, today)
    assert all(monday_of(begins) <= monday <= max(last, begins) for monday in found)


def test_a_week_begins_on_its_monday_and_a_period_has_all_weeks_that_touch_it() -> None:
    assert monday_of(date(2026, 11, 29)) == MONDAY
    assert weeks_between(date(2026, 11, 29), date(2026, 11, 30)) == [MONDAY, MONDAY + timedelta(days=7)]
    assert summed([{MONDAY: 2}, {MONDAY: 3}]) == {MONDAY: 5}


def test_quarters_and_years_and_those_beside_them() -> None:
    last_quarter, year = quarter_of(MONDAY), Period(2026, 0)
    assert (last_quarter.first, last_quarter.last) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (Period(2026, 1).first, Period(2026, 1).last) == (date(2026, 1, 1), date(2026, 3, 31))
    assert (year.first, year.last) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (last_quarter.moved(1), Period(2026, 1).moved(-1), year.moved(1)) == ((2027, 1), (2025, 4), (2027, 0))


def test_periods_lead_to_one_in_which_nothing_runs_and_no_further() -> None:
    runs = date(2026, 8, 10), date(2026, 11, 2)
    assert beside(Period(2026, 3), runs) == (Period(2026, 2), Period(2026, 4))
    assert beside(Period(2026, 2), runs) == (None, Period(2026, 3))
    assert beside(Period(2027, 1), runs) == (Period(2026, 4), None)
    assert beside(Period(2026, 0), runs) == (Period(2025, 0), Period(2027, 0))
    assert beside(Period(2031, 2), runs) == (Period(2031, 1), None)


def test_a_load_is_over_only_where_somebody_has_said_what_can_be_done() -> None:
    assert [Load(12, 10).over, Load(10, 10).over, Load(12, None).over, Load(12, 0).over] == [2, 0, 0, 12]
