"""Who looked at whom, when, and why: the looks at buyers' identities in an agency, with what stands out in them.

A look shows several values, and each is a row of `access`; here they are one again. What stands out is said as a fact,
and means nothing by itself: whoever reads it knows why somebody worked on a Sunday. Facts are worked out anew for the
page that shows them and are kept nowhere, so that a look of years ago stands under the rules of today too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.queries import calendar
from quality.core.clock import BEIJING
from quality.core.events import Access, Event
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Can, Role
from quality.purchases.covers import CoverIdentity
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus

# of a look; no provision names these numbers (param)
MANY, WITHIN = 10, timedelta(hours=1)  # so many identities
BEGINS, ENDS = time(7), time(20)  # of a worked day, Beijing time
ONE_LOOK = timedelta(seconds=5)  # rows of one look were written within this
ENDED_TASKS = (TaskStatus.UNOBTAINABLE, TaskStatus.TRANSFERRED_UNTESTED, TaskStatus.CANCELLED)
ENDED_SAMPLES = (
    SampleStatus.CLOSED, SampleStatus.REFUSED_BY_LAB, SampleStatus.TEST_IMPOSSIBLE, SampleStatus.TRANSFERRED_UNTESTED,
)  # fmt: skip
SUBJECTS = ("task", "cover_identity", "sample")
A_PAGE = 50
ROWS = 400  # of `access`, for one page: a look has up to seven
AT_ONCE = 2000  # rows that one page reads where only those that stand out are asked for


class Fact(StrEnum):
    MANY = "many"  # one of many in a short time
    HOURS = "hours"  # outside of working hours
    CLOSED = "closed"  # of a case that had ended
    COLLEAGUE = "colleague"  # of somebody who works here as more than a buyer


@dataclass
class Look:
    """One reading of one identity. `what` are kinds of values, `evidence` for a picture, `capsule` for all of it."""

    id: int  # of its newest row
    oldest: int
    at: datetime
    reader: int | None
    subject: tuple[str, int]
    reason: str
    why: str
    what: list[str]
    facts: list[Fact] = field(default_factory=list)


class Wanted(NamedTuple):
    """What is asked of the log. `subject`: of one case; days both included, in Beijing; `before`: an id of `access`."""

    reader: int | None = None
    subject: tuple[str, int] | None = None
    reason: str = ""
    first: date | None = None
    last: date | None = None
    outstanding: bool = False
    own_too: bool = False  # also what buyers read of their own
    before: int | None = None


class Page(NamedTuple):
    looks: list[Look]
    older: int | None  # `before` of the next page
    rows_read: int


def looked_at(session: Session, by: Actor, wanted: Wanted) -> Page:
    """The looks in the own agency, the newest first, in a fixed number of statements."""
    most = AT_ONCE if wanted.outstanding else ROWS
    rows = list(session.scalars(asked(by, wanted).order_by(Access.id.desc()).limit(most)))
    looks = whole_ones(rows, most)
    say_what_stands_out(session, looks)
    shown = [look for look in looks if look.facts or not wanted.outstanding]
    return page_of(shown, looks, len(rows), most)


def whole_ones(rows: Sequence[Access], most: int) -> list[Look]:
    """Without the last one, if it may go on behind the rows that were read."""
    looks = as_looks(rows)
    return looks[:-1] if len(rows) == most and len(looks) > 1 else looks


def page_of(shown: Sequence[Look], looks: Sequence[Look], rows: int, most: int) -> Page:
    """`looks` are all that were read for it, of so many rows of at most so many."""
    if len(shown) > A_PAGE:
        return Page(list(shown[:A_PAGE]), min(look.oldest for look in shown[:A_PAGE]), rows)
    return Page(list(shown), min(look.oldest for look in looks) if rows == most else None, rows)


def asked(by: Actor, wanted: Wanted) -> sa.Select[Access]:
    found = sa.select(Access).where(Access.organisation_id == by.organisation_id, Access.subject_type.in_(SUBJECTS))
    found = found.where(sa.or_(Access.what.startswith("identity:"), Access.what.startswith("evidence:")))
    if not by.can(Can.READING_READ):
        return found.where(sa.false())
    if wanted.before is not None:
        found = found.where(Access.id < wanted.before)
    if wanted.reader is not None:
        acts = f"person:{wanted.reader}"
        found = found.where(sa.or_(Access.actor == acts, Access.actor.startswith(f"{acts} ")))
    if wanted.subject is not None:
        found = found.where(Access.subject_type == wanted.subject[0], Access.subject_id == wanted.subject[1])
    if wanted.reason:
        found = found.where(Access.reason == wanted.reason)
    if wanted.first is not None:
        found = found.where(Access.at >= datetime.combine(wanted.first, time(), BEIJING))
    if wanted.last is not None:
        found = found.where(Access.at < datetime.combine(wanted.last + timedelta(days=1), time(), BEIJING))
    return found if wanted.own_too else found.where(sa.text("access.reason <> 'own'"), ~was_their_own())


def was_their_own() -> sa.ColumnElement[bool]:
    """Of looks from before they said so: by a buyer, at a purchase of theirs, or at what buyers buy with."""
    theirs = sa.or_(
        *(
            sa.and_(
                Access.subject_type == name,
                sa.exists().where(model.id == Access.subject_id, model.buyer_id == Membership.person_id),
            )
            for name, model in (("task", Task), ("sample", Sample))
        ),
        Access.subject_type == "cover_identity",
    )
    as_a_buyer = sa.exists().where(
        Membership.organisation_id == Access.organisation_id,
        Membership.role == Role.BUYER,
        Access.actor == sa.literal("person:") + sa.cast(Membership.person_id, sa.String),
        theirs,
    )
    return sa.and_(Access.reason == "", as_a_buyer)


def as_looks(rows: Iterable[Access]) -> list[Look]:
    """Rows, the newest first, joined to looks: the same reader, the same case, at one moment."""
    found: list[Look] = []
    last: dict[tuple[str, str, int], Look] = {}
    for row in rows:
        key, kind = (row.actor, row.subject_type, row.subject_id), kind_of(row.what)
        look = last.get(key)
        if look is None or abs(look.at - row.at) > ONE_LOOK or kind in look.what:
            look = Look(row.id, row.id, row.at, reader_of(row.actor), key[1:], row.reason, row.why, [])
            last[key] = look
            found.append(look)
        look.what.insert(0, kind)
        look.oldest = row.id
    return found


def kind_of(what: str) -> str:
    """`identity:account` is of the account; of evidence, a capsule holds all of it."""
    if what.startswith("identity:"):
        return what.partition(":")[2]
    return "capsule" if what.startswith("evidence:capsule:") else "evidence"


def reader_of(actor: str) -> int | None:
    kind, _colon, rest = actor.partition(":")
    return int(rest.split()[0]) if kind == "person" else None


# --- what stands out ---


class Around(NamedTuple):
    """What facts are worked out from, beside a look itself. Pure: see `facts_of`."""

    moments: Mapping[int, Sequence[tuple[datetime, tuple[str, int]]]]  # by reader: their looks, and at what
    ended: Mapping[tuple[str, int], datetime]
    buyers: Mapping[tuple[str, int], int]
    more_than_buyers: frozenset[int]
    worked: Mapping[date, bool]


def facts_of(look: Look, around: Around) -> list[Fact]:
    here = look.at.astimezone(BEIJING)
    lately = {what for at, what in around.moments.get(look.reader or 0, ()) if look.at - WITHIN < at <= look.at}
    ended, buyer = around.ended.get(look.subject), around.buyers.get(look.subject)
    if look.reader is not None and look.reader == buyer:
        return []
    says = {
        Fact.MANY: len(lately) >= MANY,
        Fact.HOURS: not around.worked[here.date()] or not BEGINS <= here.time() < ENDS,
        Fact.CLOSED: ended is not None and ended < look.at,
        Fact.COLLEAGUE: buyer in around.more_than_buyers,
    }
    return [fact for fact, is_so in says.items() if is_so]


def say_what_stands_out(session: Session, looks: Sequence[Look]) -> None:
    """Work it out for all of these, in six statements."""
    if not looks:
        return
    around = around_of(session, looks)
    for look in looks:
        look.facts = facts_of(look, around)


def around_of(session: Session, looks: Sequence[Look]) -> Around:
    days, known = {look.at.astimezone(BEIJING).date() for look in looks}, calendar(session)
    buyers = buyers_behind(session, looks)
    more = sa.select(Membership.person_id).where(
        Membership.person_id.in_(set(buyers.values())), Membership.role != Role.BUYER, Membership.ended_at.is_(None)
    )
    return Around(
        moments_of(session, looks),
        ended_cases(session, looks),
        buyers,
        frozenset(session.scalars(more)),
        {day: known.is_worked(day) for day in days},
    )


def keys_of(looks: Iterable[Look], kind: str) -> set[int]:
    return {look.subject[1] for look in looks if look.subject[0] == kind}


def buyers_behind(session: Session, looks: Sequence[Look]) -> dict[tuple[str, int], int]:
    asked = [
        sa.select(sa.literal(name), model.id, model.buyer_id).where(model.id.in_(keys_of(looks, name)))
        for name, model in (("task", Task), ("sample", Sample), ("cover_identity", CoverIdentity))
    ]
    return {(name, key): buyer for name, key, buyer in session.execute(sa.union_all(*asked)) if buyer is not None}


def ended_cases(session: Session, looks: Sequence[Look]) -> dict[tuple[str, int], datetime]:
    """When the purchase behind each ended: by its own end, or that of its sample."""
    tasks = keys_of(looks, "task")
    of_samples = {
        key: task
        for key, task in session.execute(
            sa.select(Sample.id, Sample.task_id).where(
                sa.or_(Sample.task_id.in_(tasks), Sample.id.in_(keys_of(looks, "sample")))
            )
        )
    }
    asked = sa.select(Event.subject_type, Event.subject_id, sa.func.min(Event.at)).where(
        Event.part.is_(None),
        sa.or_(
            sa.and_(Event.subject_type == "task", Event.subject_id.in_(tasks), Event.new_status.in_(ENDED_TASKS)),
            sa.and_(
                Event.subject_type == "sample",
                Event.subject_id.in_(of_samples.keys()),
                Event.new_status.in_(ENDED_SAMPLES),
            ),
        ),
    )
    found: dict[tuple[str, int], datetime] = {}
    for kind, key, at in session.execute(asked.group_by(Event.subject_type, Event.subject_id)):
        found[kind, key] = at
        if kind == "sample" and (task := of_samples[key]) is not None:
            found["task", task] = at
    return found


def moments_of(session: Session, looks: Sequence[Look]) -> dict[int, list[tuple[datetime, tuple[str, int]]]]:
    """The looks of these readers from an hour before the first of them on."""
    actors = {f"person:{look.reader}" for look in looks if look.reader is not None}
    asked = (
        sa.select(Access.actor, Access.at, Access.subject_type, Access.subject_id)
        .where(Access.actor.in_(actors), Access.subject_type.in_(SUBJECTS), Access.what.startswith("identity:"))
        .where(Access.at > min(look.at for look in looks) - WITHIN, Access.at <= max(look.at for look in looks))
        .distinct()
        .order_by(Access.at.desc())
        .limit(MANY * AT_ONCE)
    )
    found: dict[int, list[tuple[datetime, tuple[str, int]]]] = {}
    for actor, at, kind, key in session.execute(asked):
        found.setdefault(reader_of(actor) or 0, []).append((at, (kind, key)))
    return found


# --- for whom was looked at ---


def looks_at_me(session: Session, by: Actor, *, before: int | None = None) -> Page:
    """What others read of this buyer's purchases and cover identities: when, what, for which reason, not who."""
    theirs = sa.or_(
        sa.and_(Access.subject_type == "task", Access.subject_id.in_(sa.select(Task.id).where(Task.buyer_id == by.id))),
        sa.and_(
            Access.subject_type == "cover_identity",
            Access.subject_id.in_(sa.select(CoverIdentity.id).where(CoverIdentity.buyer_id == by.id)),
        ),
    )
    found = sa.select(Access).where(
        theirs,
        Access.organisation_id == by.organisation_id,
        Access.actor != f"person:{by.id}",
        sa.or_(Access.what.startswith("identity:"), Access.what.startswith("evidence:")),
    )
    if before is not None:
        found = found.where(Access.id < before)
    rows = list(session.scalars(found.order_by(Access.id.desc()).limit(ROWS)))
    looks = whole_ones(rows, ROWS)
    return page_of(looks, looks, len(rows), ROWS)


def numbers_of(session: Session, looks: Sequence[Look]) -> dict[tuple[str, int], str]:
    """How people call the cases that were looked at."""
    asked = [
        sa.select(sa.literal(name), model.id, model.number).where(model.id.in_(keys_of(looks, name)))
        for name, model in (("task", Task), ("sample", Sample), ("cover_identity", CoverIdentity))
    ]
    return {(name, key): number for name, key, number in session.execute(sa.union_all(*asked))}


def subject_called(session: Session, by: Actor, number: str) -> tuple[str, int] | None:
    """The own agency's case with this number, whatever of these it is; None for none."""
    for name, model in (("task", Task), ("cover_identity", CoverIdentity), ("sample", Sample)):
        asked = sa.select(model.id).where(model.number == number, model.agency_id == by.organisation_id)
        for key in session.scalars(asked):
            return name, key
    return None
