"""When a platform's desk is called by mail to a notice that it has not opened: when it was told, and twice after that.

The mails themselves are written and sent where the desks are known (`delivery/sample_mail.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from quality.clocks.calendar import Calendar
from quality.clocks.days import day_of, due
from quality.clocks.rules import rule_on
from quality.informing.models import Call

ORDER = (Call.TOLD, Call.REMINDER, Call.LAST_REMINDER)
RULE = "told_reminder"
MORNING = timedelta(hours=9)  # of Beijing: a reminder lies on top when the desk begins, and not under the night's post


class Next(NamedTuple):
    """How many calls are behind a notice, and when the next is due; None: there is none left."""

    calls: int
    at: datetime | None


def after(calls: int, at: datetime, calendar: Calendar) -> Next:
    """What follows the call that brought them to `calls`, which was made at `at`."""
    if calls >= len(ORDER):
        return Next(calls, None)
    coming = due(rule_on(RULE, day_of(at)), at, calendar).due_at
    while not calendar.is_worked(day_of(coming)):  # nobody sits at the desk
        coming += timedelta(days=1)
    return Next(calls, coming + MORNING)


def since(calls: int, at: datetime, begins: datetime, calendar: Calendar) -> Next:
    """The first call that is due from `begins` on: what was due before a desk named its mailbox is not mailed to it."""
    coming = Next(calls, at)
    while coming.at is not None and coming.at < begins:
        coming = after(coming.calls + 1, coming.at, calendar)
    return coming
