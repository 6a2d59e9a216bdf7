"""What follows a passed deadline: its ladder on a dossier, and which platforms are late on the worklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.calendar import Calendar
from quality.clocks.explain import CERTAINTIES
from quality.clocks.ladder import ladders, reached_at, rungs_of, taken_by
from quality.clocks.models import Clock, ClockRung
from quality.clocks.queries import calendar, clocks_of_all, rule_of
from quality.core import clock as time
from quality.core.words import Text, _
from quality.core.workflow import Case, Part
from quality.notices.models import Notice, NoticeItem
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Role, Sees

MOST = 20  # platforms on a worklist
SUPERVISED = 2  # the step at which a reviewer is told
PLATFORMS_TIME = ("acknowledge", "remove_by_order", "remove_by_notice")
STEPS: dict[str, Text] = {
    "reminder": _("Reminder to who is late"),
    "supervisor": _("A reviewer is told"),
    "talk": _("Talk (约谈) to be held"),
    "public": _("Naming in public proposed"),
}
TO_DO: dict[str, Text] = {
    "": _("No answer in time."),
    "reminder": _("Reminded; no answer yet."),
    "supervisor": _("A reviewer was told: decide how to go on."),
    "talk": _("Time for a talk (约谈) with the platform: invite it."),
    "public": _("Decide whether to name the platform in public."),
}


class Step(NamedTuple):
    says: Text
    at: datetime
    is_reached: bool
    source: Text


class Ladder(NamedTuple):
    name: Text
    of: Text
    steps: list[Step]


def escalation(
    session: Session, subjects: Sequence[Case | Part], me: Actor, called: Mapping[str, Text]
) -> list[Ladder]:
    """For the agency: each deadline that has passed and still runs, with what it reached and what comes next."""
    if me.sees is not Sees.AGENCY:
        return []
    now = time.now()
    late = [each for each in clocks_of_all(session, subjects) if each.is_running and each.rule in ladders()]
    late = [each for each in late if each.is_overdue(now)]
    if not late:
        return []
    known, taken = calendar(session), taken_by(session, [each.id for each in late])
    return [
        Ladder(
            rule_of(each).name,
            called.get(f"{each.subject_type}:{each.subject_id}", ""),
            steps_of(each, {rung.step: rung.reached_at for rung in taken.get(each.id, ())}, known),
        )
        for each in late
    ]


def steps_of(late: Clock, reached: Mapping[int, datetime], known: Calendar) -> list[Step]:
    return [
        Step(
            STEPS[rung.deed],
            reached.get(rung.step) or reached_at(rung, late.due_on, known),
            rung.step in reached,
            _("%(source)s (%(certainty)s)", source=rung.source, certainty=CERTAINTIES[rung.certainty]),
        )
        for rung in rungs_of(late.rule, late.due_on)
    ]


class Late(NamedTuple):
    """A platform with notices of ours that ran out."""

    platform: str
    many: int
    since: datetime
    notice: str  # the one that is late the longest
    to_do: Text


def late_platforms(session: Session, me: Actor) -> list[Late]:
    """Which platform is late, in one statement; a reviewer is told from the supervisor's step on."""
    if me.sees is not Sees.AGENCY or not me.can(Can.NOTICE_READ):
        return []
    running = sa.and_(
        Clock.rule.in_(PLATFORMS_TIME), Clock.stopped_at.is_(None), Clock.paused_at.is_(None),
        Clock.due_at <= time.now(),
    )  # fmt: skip
    whole = sa.select(Clock.id, Clock.due_at, Clock.subject_id.label("notice_id"))
    whole = whole.where(running, Clock.subject_type == Notice.__tablename__)
    part = sa.select(Clock.id, Clock.due_at, NoticeItem.notice_id).join(NoticeItem, NoticeItem.id == Clock.subject_id)
    part = part.where(running, Clock.subject_type == NoticeItem.__tablename__)
    late = sa.union_all(whole, part).subquery()
    step = sa.func.coalesce(
        sa.select(sa.func.max(ClockRung.step)).where(ClockRung.clock_id == late.c.id).scalar_subquery(), 0
    )
    asked = (
        sa.select(Organisation.name, Notice.number, Notice.reference, Notice.id, late.c.due_at, step)
        .join(Notice, Notice.id == late.c.notice_id)
        .join(Organisation, Organisation.id == Notice.platform_id)
        .where(Notice.agency_id == me.organisation_id)
        .order_by(late.c.due_at, late.c.id)
        .limit(MOST * 10)
    )
    found: dict[str, list[tuple[str, int, datetime, int]]] = {}
    for name, number, reference, key, due_at, steps in session.execute(asked):
        found.setdefault(name, []).append((number or reference, key, due_at, steps))
    told = [one_late(name, lines) for name, lines in found.items() if me.role is not Role.REVIEWER or
            max(steps for *_more, steps in lines) >= SUPERVISED]  # fmt: skip
    return told[:MOST]


DEEDS = ("", "reminder", "supervisor", "talk", "public")  # by the steps of a platform's ladders


def one_late(name: str, lines: Sequence[tuple[str, int, datetime, int]]) -> Late:
    """By the highest step that any of its notices reached."""
    number, _key, since, _step = lines[0]
    highest = max(step for *_more, step in lines)
    many = len({key for _number, key, *_more in lines})
    return Late(name, many, since, number, TO_DO[DEEDS[min(highest, len(DEEDS) - 1)]])
