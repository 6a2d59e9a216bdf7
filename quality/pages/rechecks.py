"""The later looks at each listing that was verified (回头看): which are due when, which were made, what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, selectinload

from quality.clocks.calendar import Calendar
from quality.clocks.models import Clock
from quality.clocks.queries import calendar, rule_of, shown
from quality.core import clock as time
from quality.core.words import Text, _
from quality.notices.models import Notice, NoticeItem
from quality.notices.operations.looking import RECHECKS
from quality.notices.workflow import called
from quality.pages.deadlines import state
from quality.pages.moments import day
from quality.pages.words import Tone
from quality.people.actor import Actor
from quality.permissions import Can

SOON = timedelta(days=1)  # a later look is not a task before the day on which it is due


class Again(NamedTuple):
    """One later look. `address` is that of its form, for who may look."""

    name: Text
    tone: Tone
    when: Text
    says: Text
    address: str | None


class Round(NamedTuple):
    """The later looks that began with one verification. A listing that was reopened and verified anew has several."""

    listing: str
    verified_at: datetime
    looks: list[Again]


def rounds(session: Session, notice: Notice, me: Actor) -> list[Round]:
    """The newest round of each listing first, listing by listing."""
    items = {item.id: item for item in notice.items}
    asked = (
        sa.select(Clock)
        .where(Clock.subject_type == NoticeItem.__tablename__, Clock.subject_id.in_(items), Clock.rule.in_(RECHECKS))
        .options(selectinload(Clock.changes))
        .order_by(Clock.subject_id, Clock.started_at.desc(), Clock.id)
    )
    clocks = session.scalars(asked).all()
    known = calendar(session) if clocks else Calendar()
    number = notice.number or notice.reference
    may_look = me.can(Can.ITEM_VERIFY) and me.stands_over(notice)
    found = []
    for (item, started), running in groupby(clocks, key=lambda clock: (clock.subject_id, clock.started_at)):
        form = url_for("desk.part_sheet", kind="notice", number=number, part=item, name="look") if may_look else None
        found.append(Round(called(items[item]), started, looks(list(running), known, form)))
    return found


def next_due(session: Session, notice: Notice) -> datetime | None:
    """When the first of the later looks that are still to be made is due."""
    running = sa.select(sa.func.min(Clock.due_at)).where(Clock.subject_type == NoticeItem.__tablename__)
    of = sa.select(NoticeItem.id).where(NoticeItem.notice_id == notice.id)
    running = running.where(Clock.subject_id.in_(of), Clock.rule.in_(RECHECKS), Clock.stopped_at.is_(None))
    return session.scalars(running).one()


def looks(clocks: Sequence[Clock], known: Calendar, form: str | None) -> list[Again]:
    """Of one round. The first that a reopening stopped is the one at which the listing was found on sale again."""
    back = next((clock for clock in clocks if clock.outcome == "reopened"), None)
    return [look(clock, known, form, is_back=clock is back) for clock in clocks]


def look(clock: Clock, known: Calendar, form: str | None, *, is_back: bool) -> Again:
    name = _("Day %(days)s", days=rule_of(clock).length)
    if clock.stopped_at is None:
        tone, when, left = state(shown(clock, time.now()), known)
        return Again(name, tone, when, left, form)
    when = day(clock.stopped_at)
    if clock.outcome == "done":
        says = _("Stays down; looked late") if clock.is_overdue(time.now()) else _("Stays down")
        return Again(name, Tone.SEEN, when, says, None)
    if is_back:
        return Again(name, Tone.BAD, when, _("Found on sale again"), None)
    return Again(name, Tone.VOID, when, _("Fell away"), None)
