"""When clocks run out: expectations counted by hand, and a slow program that counts day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.clocks.calendar import Calendar, Kind, Year
from quality.clocks.days import Code, Due, Extension, Pause, due, months_on, written_moment
from quality.clocks.rules import Unit, every_rule, rule_on
from quality.core.clock import BEIJING
from tests.clocks.notices import DAY, days, slowly, slowly_in_calendar_days

CALENDAR = Calendar()
COUNTED = (Code.COUNTED, Code.MOVED)


def beijing(text: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), BEIJING).replace(hour=hour)


def count(code: str, start: str, **more: object) -> Due:
    moment = beijing(start)
    return due(rule_on(code, moment.date()), moment, CALENDAR, **more)  # type: ignore[arg-type]


# fmt: off
BY_HAND = [
    # around National Day 2026: off 1 to 7 October, Sunday 20 September and Saturday 10 October worked
    ("acknowledge",      "2026-09-18", "2026-09-20"),  # a Friday; the Sunday is worked
    ("acknowledge",      "2026-09-30", "2026-10-08"),
    ("remove_by_order",  "2026-09-30", "2026-10-09"),
    ("remove_by_notice", "2026-09-30", "2026-10-10"),  # the third day is the Saturday that is worked
    ("remove_by_notice", "2026-10-05", "2026-10-10"),  # started on a holiday
    ("to_lab",           "2026-09-23", "2026-10-08"),  # 25 to 27 September is Mid-Autumn: 24, 28, 29, 30 are four
    # around Spring Festival 2025: off 28 January to 4 February, Sunday 26 January and Saturday 8 February worked
    ("to_lab",           "2025-01-25", "2025-02-07"),
    ("to_lab",           "2025-01-26", "2025-02-08"),
    # around Spring Festival 2026: off 15 to 23 February, Saturdays 14 and 28 worked
    ("to_lab",           "2026-02-13", "2026-02-27"),
    ("to_lab",           "2026-02-14", "2026-02-28"),
    # calendar days that end on a day off end on the next working day
    ("objection",        "2026-09-16", "2026-10-08"),  # 1 October
    ("objection",        "2026-09-30", "2026-10-15"),
    ("objection",        "2026-08-21", "2026-09-07"),  # 5 September is a Saturday
    ("recheck_1",        "2026-10-09", "2026-10-10"),  # the Saturday is worked: nothing moves
    ("correction",       "2026-08-04", "2026-10-08"),  # 3 October
    ("recheck_30",       "2026-09-01", "2026-10-08"),
    # years end on the same day, or the last of February
    ("records",          "2024-02-29", "2026-02-28"),  # a Saturday that is worked
    ("records",          "2023-10-01", "2025-10-09"),  # off 1 to 8 October 2025
    ("records_platform", "2023-06-15", "2026-06-15"),
    # months as well
    ("public_conforming", "2026-05-31", "2026-08-31"),
    ("public_conforming", "2026-07-01", "2026-10-08"),  # 1 October
    ("public_nonconforming", "2023-06-15", "2026-06-15"),
]
# fmt: on


@pytest.mark.parametrize(("code", "start", "due_on"), BY_HAND)
def test_due_days_counted_by_hand(code: str, start: str, due_on: str):
    result = count(code, start)

    assert result.due_on == date.fromisoformat(due_on)
    assert not result.provisional


def test_the_clock_runs_out_at_midnight_after_its_last_day():
    assert count("objection", "2026-09-30").due_at.isoformat() == "2026-10-16T00:00:00+08:00"


def test_the_day_of_the_start_is_the_day_in_beijing():
    late_evening = datetime(2026, 9, 29, 16, 30, tzinfo=UTC)  # half past midnight on the 30th in Beijing

    assert due(rule_on("acknowledge", date(2026, 9, 30)), late_evening, CALENDAR).due_on == date(2026, 10, 8)


@pytest.mark.parametrize("hour", [0, 23])
def test_the_day_of_the_start_does_not_count_whatever_its_hour(hour: int):
    assert due(rule_on("recheck_1", date(2026, 9, 1)), beijing("2026-09-01", hour), CALENDAR).due_on == date(2026, 9, 2)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        due(rule_on("objection", date(2026, 9, 1)), datetime(2026, 9, 1), CALENDAR)


@pytest.mark.parametrize("year", [1999, 2091])
def test_a_start_that_no_calendar_reaches_is_refused(year: int):
    with pytest.raises(ValueError, match="outside"):
        due(rule_on("objection", date(2026, 9, 1)), datetime(year, 9, 1, tzinfo=BEIJING), CALENDAR)


def test_the_second_recheck_opens_on_day_60_and_is_due_on_day_90():
    result = count("second_recheck", "2026-08-02")

    assert result.opens_on == date(2026, 10, 1)  # a beginning: the holiday does not move it
    assert result.due_on == date(2026, 11, 2)  # 31 October is a Saturday
    assert Code.OPENS in {step.code for step in result.steps}
    assert count("correction", "2026-08-02").opens_on is None


def test_months_and_years_on_the_last_days_of_a_month():
    assert months_on(date(2024, 2, 29), 24) == date(2026, 2, 28)
    assert months_on(date(2024, 2, 29), 48) == date(2028, 2, 29)
    assert months_on(date(2024, 2, 28), 12) == date(2025, 2, 28)
    assert months_on(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert months_on(date(2025, 12, 31), 1) == date(2026, 1, 31)


# --- years without a notice ---


def test_a_count_that_touches_2027_is_provisional_and_says_so():
    result = count("lab_report", "2026-12-20")

    assert result.provisional
    assert result.calendar == f"2026: {CALENDAR.year(2026).version}; 2027: provisional"
    assert result.steps[-1].code is Code.PROVISIONAL


def test_only_the_years_that_decide_are_named():
    assert count("records", "2024-09-01").calendar == f"2026: {CALENDAR.year(2026).version}"
    assert count("records", "2025-09-01").calendar == "2027: provisional"
    assert not count("records", "2024-09-01").provisional


def test_entering_2027_re_dates():
    notice = Year(
        2027,
        "entered 1",
        off=frozenset(days("2027-01-01", "2027-01-03")) | frozenset(days("2027-02-05", "2027-02-12")),
        worked=frozenset({date(2027, 1, 30)}),
    )
    start = beijing("2027-01-27")
    rule = rule_on("to_lab", start.date())

    before, after = due(rule, start, CALENDAR), due(rule, start, Calendar([notice]))

    # 28, 29 January, 1, 2, 3 February; with the worked Saturday 30 January one day less
    assert (before.due_on, after.due_on) == (date(2027, 2, 3), date(2027, 2, 2))
    assert (before.provisional, after.provisional) == (True, False)
    assert after.calendar == "2027: entered 1"


# --- pauses and extensions ---


def test_a_pause_takes_out_the_days_after_it_began_up_to_the_one_on_which_it_ended():
    stood = Pause(beijing("2026-09-02"), beijing("2026-09-07"), "waiting for the seller")

    # objection from 1 September would end on the 16th; 3 to 7 September are lost
    assert count("objection", "2026-09-01", pauses=[stood]).due_on == date(2026, 9, 21)
    # to_lab from 1 September: the 2nd counts, then 8, 9, 10, 11
    assert count("to_lab", "2026-09-01", pauses=[stood]).due_on == date(2026, 9, 11)


def test_a_pause_that_begins_and_ends_on_one_day_takes_nothing():
    stood = Pause(beijing("2026-09-02", 9), beijing("2026-09-02", 17), "for an afternoon")

    for code in ("to_lab", "objection"):
        assert count(code, "2026-09-01", pauses=[stood]).due_on == count(code, "2026-09-01").due_on


def test_pauses_that_overlap_take_each_day_once():
    first = Pause(beijing("2026-09-02"), beijing("2026-09-07"), "one")
    second = Pause(beijing("2026-09-04"), beijing("2026-09-05"), "within it")

    for code in ("to_lab", "objection"):
        assert (
            count(code, "2026-09-01", pauses=[second, first]).due_on == count(code, "2026-09-01", pauses=[first]).due_on
        )


def test_a_pause_after_the_last_day_changes_nothing():
    stood = Pause(beijing("2026-09-16"), beijing("2026-09-30"), "too late")

    assert count("objection", "2026-09-01", pauses=[stood]).due_on == date(2026, 9, 16)


def test_a_pause_while_the_end_is_put_off_over_a_weekend_counts():
    stood = Pause(beijing("2026-09-05"), beijing("2026-09-07"), "on the Saturday on which it would have ended")

    assert count("objection", "2026-08-21", pauses=[stood]).due_on == date(2026, 9, 8)


def test_a_clock_that_stands_is_dated_as_if_it_went_on_at_once_and_says_so():
    result = count("objection", "2026-09-01", pauses=[Pause(beijing("2026-09-02"), None, "waiting")])

    assert result.due_on == date(2026, 9, 16)
    assert [step.reason for step in result.steps if step.code is Code.STANDING] == ["waiting"]


def test_an_extension_is_counted_in_the_unit_of_its_rule():
    longer = [Extension(2, "two more"), Extension(1, "and one")]

    assert count("to_lab", "2026-09-01", extensions=longer).due_on == date(2026, 9, 11)
    assert count("objection", "2026-09-02", extensions=longer).due_on == date(2026, 9, 20)  # a Sunday that is worked
    assert count("records", "2024-09-01", extensions=longer).due_on == date(2026, 9, 4)


# --- the steps ---


def test_the_steps_of_a_short_count():
    result = count("remove_by_notice", "2026-09-30")

    assert [(step.code, str(step.first), str(step.last), step.days, step.total) for step in result.steps] == [
        (Code.START, "2026-09-30", "2026-09-30", 0, 0),
        (Code.HOLIDAY, "2026-10-01", "2026-10-07", 7, 0),
        (Code.COUNTED, "2026-10-08", "2026-10-09", 2, 2),
        (Code.MOVED, "2026-10-10", "2026-10-10", 1, 3),
        (Code.DUE, "2026-10-10", "2026-10-10", 0, 0),
    ]  # fmt: skip


def test_a_weekend_is_a_weekend_when_no_holiday_touches_it():
    assert [step.code for step in count("acknowledge", "2026-09-04").steps] == [
        Code.START, Code.WEEKEND, Code.COUNTED, Code.DUE,
    ]  # fmt: skip


def test_three_years_are_a_handful_of_steps():
    assert len(count("records_platform", "2023-09-30").steps) <= 6


def test_a_start_before_the_rule_was_valid_says_so():
    assert count("objection", "2000-03-01").steps[0].code is Code.OLD


# --- for all starts ---

CODES = st.sampled_from(sorted(every_rule()))
WORKING = st.sampled_from(sorted(c for c, versions in every_rule().items() if versions[-1].unit is Unit.WORKING_DAY))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 5, 31), timezones=st.just(BEIJING))
ANY_MOMENT = st.datetimes(datetime(2000, 1, 2), datetime(2090, 1, 1), timezones=st.sampled_from([BEIJING, UTC]))
SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=3)
EXTENSIONS = st.lists(st.integers(1, 9), max_size=2)


@given(code=CODES, start=MOMENTS, spans=SPANS, more=EXTENSIONS)
@settings(max_examples=200, deadline=None)
def test_the_count_is_that_of_a_slow_program(code: str, start: datetime, spans: list[tuple[int, int]], more: list[int]):
    rule = rule_on(code, start.date())
    if rule.unit is Unit.YEAR:
        start = start.replace(year=start.year - rule.length, day=min(start.day, 28))
    pauses = [Pause(start + timedelta(days=a), start + timedelta(days=a + b), "") for a, b in spans]
    lost = {start.date() + timedelta(days=n) for a, b in spans for n in range(a + 1, a + b + 1)}

    result = due(rule, start, CALENDAR, pauses=pauses, extensions=[Extension(n, "") for n in more])

    match rule.unit:
        case Unit.WORKING_DAY:
            wanted = slowly(start.date(), rule.length + sum(more), lost)
        case Unit.CALENDAR_DAY:
            wanted = slowly_in_calendar_days(start.date(), rule.length + sum(more), lost)
        case Unit.MONTH:
            length = (months_on(start.date(), rule.length) - start.date()).days
            wanted = slowly_in_calendar_days(start.date(), length + sum(more), lost)
        case Unit.YEAR:
            length = (start.date().replace(year=start.year + rule.length) - start.date()).days
            wanted = slowly_in_calendar_days(start.date(), length + sum(more), lost)
    assert result.due_on == wanted


@given(code=CODES, start=ANY_MOMENT)
@settings(max_examples=200, deadline=None)
def test_the_last_day_is_always_worked_and_after_the_start(code: str, start: datetime):
    result = due(rule_on(code, start.date()), start, CALENDAR)

    assert CALENDAR.is_worked(result.due_on)
    assert result.due_on > start.astimezone(BEIJING).date()
    assert result.provisional == any(CALENDAR.year(int(part[:4])).provisional for part in result.calendar.split("; "))


@given(code=CODES, start=ANY_MOMENT, later=st.timedeltas(timedelta(), timedelta(days=20)))
@settings(max_examples=200, deadline=None)
def test_a_later_start_is_never_due_earlier(code: str, start: datetime, later: timedelta):
    rule = rule_on(code, date(2026, 9, 1))

    assert due(rule, start, CALENDAR).due_on <= due(rule, start + later, CALENDAR).due_on


@given(code=WORKING, start=ANY_MOMENT)
@settings(max_examples=200, deadline=None)
def test_the_steps_cover_every_day_once_and_add_up(code: str, start: datetime):
    result = due(rule_on(code, start.date()), start, CALENDAR)
    runs = [step for step in result.steps if step.days]

    day = start.astimezone(BEIJING).date()
    for run in runs:
        assert run.first == day + DAY
        assert run.days == (run.last - run.first).days + 1
        assert {CALENDAR.is_worked(run.first), CALENDAR.is_worked(run.last)} == {run.code in COUNTED}
        day = run.last
    assert day == result.due_on
    assert sum(run.days for run in runs if run.code in COUNTED) == result.rule.length == runs[-1].total


@given(start=ANY_MOMENT)
@settings(max_examples=50, deadline=None)
def test_a_moved_weekend_is_shown_as_one(start: datetime):
    result = due(rule_on("lab_report", start.date()), start, CALENDAR)

    for step in result.steps:
        if step.code is Code.MOVED:
            assert CALENDAR.kind(step.first) is Kind.MOVED and step.first.weekday() >= 5


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-09 09:52",
        "2026-10-09T09:52:00",
        "2026/10/9 9:52",
        "２０２６年10月9日 09：52",
        "2026-10-09T01:52:00Z",
        "2026-10-09T09:52:00+08:00",
    ],
)
def test_a_moment_is_read_however_it_is_written(written: str) -> None:
    assert written_moment(written) == datetime(2026, 10, 9, 1, 52, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "2026-10-09", "20261009", "昨天 9:52", "2026-13-09 09:52", "2026-10-09 25:00"])
def test_what_is_no_moment_is_none(written: str) -> None:
    with pytest.raises(ValueError):
        written_moment(written)
