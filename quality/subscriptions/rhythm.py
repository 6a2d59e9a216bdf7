"""When a subscriber is looked at again. Pure: moments in, moments out."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from quality.core.clock import BEIJING
from quality.subscriptions.models import Rhythm

IN_THE_MORNING = time(8)  # in Beijing
PAUSE = timedelta(minutes=10)  # between two mails of who is told at once: what is published one by one comes together
WAITS = [timedelta(minutes=5), timedelta(minutes=30)] + [timedelta(hours=hours) for hours in (2, 10, 24)]
REFUSED = timedelta(days=1)  # until a mailbox that took nothing is tried again
DAYS = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}


def next_look(rhythm: Rhythm, after: datetime, *, pause: timedelta = PAUSE) -> datetime:
    """The first moment behind `after` at which they may be told: a morning, for a week's digest that of a Monday."""
    if rhythm is Rhythm.AT_ONCE:
        return after + pause
    here = after.astimezone(BEIJING)
    morning = datetime.combine(here.date(), IN_THE_MORNING, BEIJING)
    if rhythm is Rhythm.WEEKLY:
        morning -= timedelta(days=here.weekday())
    return morning if morning > after else morning + timedelta(days=DAYS[rhythm])


def next_try(tries: int, now: datetime) -> datetime:
    """After so many in vain, from one: later and later, and never given up, because nothing that is to be told is."""
    return now + WAITS[min(tries, len(WAITS)) - 1]
