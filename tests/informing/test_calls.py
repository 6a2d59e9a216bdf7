"""When a platform is called by mail: at once, after five working days, once more after five, and no more."""

from __future__ import annotations

from datetime import datetime

from quality.clocks.calendar import Calendar
from quality.core.clock import BEIJING
from quality.informing.calls import ORDER, Next, after, since

KNOWN = Calendar(())
TUESDAY = datetime(2026, 9, 1, 15, 0, tzinfo=BEIJING)


def at(day: int, month: int = 9) -> datetime:
    return datetime(2026, month, day, 9, 0, tzinfo=BEIJING)


def test_reminders_count_working_days_and_lie_on_top_in_the_morning():
    assert after(1, TUESDAY, KNOWN) == Next(1, at(9))  # 2, 3, 4, 7, 8 are worked
    assert after(2, at(9), KNOWN) == Next(2, at(17))
    assert after(len(ORDER), at(17), KNOWN) == Next(3, None)


def test_no_reminder_lies_over_a_weekend_or_a_holiday():
    friday = datetime(2026, 9, 4, 15, 0, tzinfo=BEIJING)
    assert after(1, friday, KNOWN) == Next(1, at(14))  # 7 to 11 are worked, 12 and 13 are a weekend
    before_the_holiday = datetime(2026, 9, 22, 15, 0, tzinfo=BEIJING)
    found = after(1, before_the_holiday, KNOWN)
    assert found.at is not None
    assert KNOWN.is_worked(found.at.date())


def test_holidays_are_not_counted_and_worked_weekends_are():
    """National Day of 2026 is off from 1 to 7 October; 10 October is worked for it."""
    found = after(1, datetime(2026, 9, 28, 10, 0, tzinfo=BEIJING), KNOWN)
    assert found.at is not None
    assert found.at > datetime(2026, 10, 9, 0, 0, tzinfo=BEIJING)


def test_what_was_due_before_the_desk_named_its_mailbox_is_passed_over():
    assert since(0, TUESDAY, TUESDAY, KNOWN) == Next(0, TUESDAY)
    assert since(0, TUESDAY, at(2), KNOWN) == Next(1, at(9))
    assert since(0, TUESDAY, at(10), KNOWN) == Next(2, at(17))
    assert since(0, TUESDAY, at(1, 12), KNOWN) == Next(3, None)
    assert since(2, at(17), at(1), KNOWN) == Next(2, at(17))
