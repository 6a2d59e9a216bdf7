"""What follows a passed deadline: its ladder on a dossier, and which platforms are late on the worklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.calendar import Calendar
from quality.clocks.explain import CERTAINTIES
from quality.clocks.ladder import Deed, Rung, ladders, reached_at, rungs_of, taken_by
from quality.clocks.models import Clock, ClockRung
from quality.clocks.queries import calendar, clocks_of_all, rule_of
from quality.core import clock as time
from quality.core.words import Text, _
from quality.core.workflow import Case, Part
from quality.notices.models import Notice, NoticeItem
from quality.pages.naming import Lead, leads
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Role, Sees

MOST = 20  # platforms on a worklist
SUPERVISED = 2  # the step at which a reviewer is told
PLATFORMS_TIME = ("acknowledge", "remove_by_order", "remove_by_notice")
STEPS: dict[str, Text] = {
    "reminder": _("Reminder to who is late"),
    "coordinator": _("The coordinators are told"),
    "supervisor": _("A reviewer is told"),
    "talk": _("Talk (约谈) to be held"),
    "public": _("Naming in public proposed"),
}
TO_DO: dict[str, Text] = {
    "": _("No answer in time."),
    "reminder": _("Reminded; no answer yet."),
    "coordinator": _("The coordinators were told: ask who has the case."),
    "supervisor": _("A reviewer was told: decide how to go on."),
    "talk": _("Time for a talk (约谈) with the platform: invite it."),
    "public": _("Decide whether to name the platform in public."),
}


class Step(NamedTuple):
    step: int
    says: Text
    at: datetime
    is_reached: bool
    source: Text
    seen_to_at: datetime | None
    note: str
    waits: bool  # for a person to write down what was done
    deed: Deed
    leads: Sequence[Lead] = ()  # where it may be gone on with


class Ladder(NamedTuple):
    clock_id: int
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
            each.id,
            rule_of(each).name,
            called.get(f"{each.subject_type}:{each.subject_id}", ""),
            [
                led(step, each, subjects, me)
                for step in steps_of(each, {rung.step: rung for rung in taken.get(each.id, ())}, known)
            ],
        )
        for each in late
    ]


def led(step: Step, late: Clock, subjects: Sequence[Case | Part], me: Actor) -> Step:
    """What waits to be named in public leads on to a publication, which people decide."""
    case = subjects[0]
    if step.deed is not Deed.PUBLIC or not step.waits or not isinstance(case, Notice):
        return step
    item = next(
        (each for each in case.items if (each.__tablename__, each.id) == (late.subject_type, late.subject_id)), None
    )
    return step._replace(leads=leads(case, item, me))


def steps_of(late: Clock, reached: Mapping[int, ClockRung], known: Calendar) -> list[Step]:
    return [one_step(rung, reached.get(rung.step), late, known) for rung in rungs_of(late.rule, late.due_on)]


def one_step(rung: Rung, there: ClockRung | None, late: Clock, known: Calendar) -> Step:
    return Step(
        rung.step,
        STEPS[rung.deed],
        there.reached_at if there else reached_at(rung, late.due_on, known),
        there is not None,
        _("%(source)s (%(certainty)s)", source=rung.source, certainty=CERTAINTIES[rung.certainty]),
        there.seen_to_at if there else None,
        (there.note or "") if there else "",
        there is not None and there.seen_to_at is None and rung.deed is not Deed.REMINDER,
        rung.deed,
    )


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
    of_it = sa.select(sa.func.max(ClockRung.step)).where(ClockRung.clock_id == late.c.id)
    step = sa.func.coalesce(of_it.scalar_subquery(), 0)
    seen_to = sa.func.coalesce(of_it.where(ClockRung.seen_to_at.is_not(None)).scalar_subquery(), 0)
    asked = (
        sa.select(Organisation.name, Notice.number, Notice.reference, Notice.id, late.c.due_at, step, seen_to)
        .join(Notice, Notice.id == late.c.notice_id)
        .join(Organisation, Organisation.id == Notice.platform_id)
        .where(Notice.agency_id == me.organisation_id)
        .order_by(late.c.due_at, late.c.id)
        .limit(MOST * 10)
    )
    found: dict[str, list[One]] = {}
    for name, number, reference, key, due_at, steps, seen in session.execute(asked):
        found.setdefault(name, []).append(One(number or reference, key, due_at, steps, seen < steps))
    told = [one_late(name, lines) for name, lines in found.items() if is_told(lines, me)]
    return told[:MOST]


class One(NamedTuple):
    """A deadline of a platform that has passed."""

    number: str
    notice_id: int
    since: datetime
    step: int
    waits: bool  # at that step, for a person


def is_told(lines: Sequence[One], me: Actor) -> bool:
    return me.role is not Role.REVIEWER or max(each.step for each in lines) >= SUPERVISED


DEEDS = ("", "reminder", "supervisor", "talk", "public")  # by the steps of a platform's ladders
SEEN_TO = _("What was done about it is written down; wait for the platform.")


def one_late(name: str, lines: Sequence[One]) -> Late:
    """By the highest step that any of its notices reached, and that nobody has seen to yet."""
    first = lines[0]
    open_steps = [each.step for each in lines if each.waits or each.step < SUPERVISED]
    to_do = TO_DO[DEEDS[min(max(open_steps), len(DEEDS) - 1)]] if open_steps else SEEN_TO
    return Late(name, len({each.notice_id for each in lines}), first.since, first.number, to_do)
