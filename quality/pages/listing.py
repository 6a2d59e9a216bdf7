"""A list of cases: what is asked of it stands in the address, and it goes on where a page ended, either way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, aliased, selectinload

from quality.campaigns.models import Campaign
from quality.campaigns.queries import visible_to as visible_campaigns
from quality.clocks.models import Clock
from quality.clocks.queries import calendar, shown
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.events import Event, Recorded
from quality.core.words import Text, _
from quality.pages.asking import DUE, WORDS, Asked
from quality.pages.deadlines import Deadline, deadline
from quality.pages.kinds import Kind, kinds_for
from quality.pages.moments import full_day
from quality.pages.walking import Page, Place, Way, page_of
from quality.pages.words import CODES, STATUSES
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can, Sees
from quality.search.models import SearchPair
from quality.search.queries import RARE, can_be_looked_for, holds, posted, sought

A_PAGE, A_FEW = 30, 10
CAMPAIGNS = 100  # that a filter offers, the newest first
LISTED = "ix_{}_list"  # the index of a kind by agency and status
KEPT = (
    "records",
    "records_platform",
    "keep_backup",
    "keep_backup_failed",
)  # how long things are kept: nothing that is done by a day


class Active(NamedTuple):
    """A filter in force, and the address without it."""

    label: Text
    value: Text
    without: str


class Narrowed(NamedTuple):
    """`is_sparse`: a condition lets cases pass by that only reading them shows."""

    conditions: list[sa.ColumnElement[bool]]
    is_sparse: bool


def listed(session: Session, kind: Kind, asked: Asked, me: Actor, limit: int = A_PAGE) -> Page:
    """The newest cases that match, or those before or after the one that the last page ended with.

    What was typed is the beginning of a number if a number that `me` may see begins so, and words if none does.
    """
    rows = kind.visible_to(me).options(*kind.shown_with).order_by(None)
    found = narrowed(session, kind, asked, me)
    column = numbered(session, kind, asked.number, me)
    if column is not None:
        way, rows = by_number(kind, column, asked.number, me), rows.where(begins(column, asked.number))
    else:
        way = newest(kind, asked, me)
        if asked.typed:
            way, said = by_words(session, kind, asked.typed, me, way)
            found = Narrowed([*found.conditions, *said.conditions], found.is_sparse or said.is_sparse)
        elif asked.first or asked.last:
            rows, way = by_day(kind, asked, me, rows)
    if (asked.first or asked.last) and way.keys[0] is not Event.at:
        found = Narrowed([*found.conditions, was_opened(kind, asked)], is_sparse=True)
    if asked.order == DUE and kind.has_clock:
        rows, way = by_due_day(kind, me, rows)
        found = found._replace(is_sparse=bool(found.conditions) or column is not None)
    place = place_of(session, kind, way, asked)
    return page_of(session, rows.where(*found.conditions), way, place, limit, is_sparse=found.is_sparse)


def narrowed(session: Session, kind: Kind, asked: Asked, me: Actor) -> Narrowed:
    conditions, is_sparse = [], False
    if asked.statuses:
        conditions.append(kind.model.status.in_(asked.statuses))
        is_sparse = not is_indexed(kind, asked.statuses)
    for name, value in asked.narrowed():
        if not value or not may_narrow(kind, name, me):
            continue
        narrowing = kind.narrowed_by[name]
        few = session.scalars(narrowing.ids(value).distinct().limit(RARE)).all()
        if len(few) < RARE:
            conditions.append(kind.model.id.in_(few))
        else:
            conditions.append(narrowing.holds(value))
            is_sparse = True
    return Narrowed(conditions, is_sparse)


def may_narrow(kind: Kind, name: str, me: Actor) -> bool:
    """From which campaign a case comes is told to nobody who may not read campaigns, nor confirmed by a filter."""
    return name in kind.narrowed_by and (name != "campaign" or me.can(Can.CAMPAIGN_READ))


def has_days(kind: Kind, me: Actor) -> bool:
    """Whether the day on which a case was opened is the reader's to know. When a notice was begun, no platform's."""
    return issubclass(kind.model, Recorded) and me.sees is not Sees.PLATFORM


# --- the ways along a list ---


def visible_keys(kind: Kind, me: Actor) -> sa.Select[Any]:
    return kind.visible_to(me).order_by(None).with_only_columns(kind.model.id)


def is_indexed(kind: Kind, statuses: Sequence[str]) -> bool:
    names = {index.name for index in kind.model.__table__.indexes}
    return len(statuses) == 1 and LISTED.format(kind.model.__tablename__) in names


def newest(kind: Kind, asked: Asked, me: Actor) -> Way:
    walked = visible_keys(kind, me)
    if is_indexed(kind, asked.statuses):
        walked = walked.where(kind.model.status.in_(asked.statuses))
    return Way(walked, [kind.model.id], [kind.model.id])


def begins(column: Any, number: str) -> sa.ColumnElement[bool]:
    """A range, which the index of the column knows; texts stand there in the order of their bytes."""
    return sa.and_(column >= number, column < number[:-1] + chr(ord(number[-1]) + 1))


def numbered(session: Session, kind: Kind, number: str, me: Actor) -> Any:
    """The column in which a number that `me` may see begins so."""
    for column in kind.numbers if number else ():
        there = visible_keys(kind, me).where(begins(column, number)).limit(1)
        if session.scalars(there).first() is not None:
            return column
    return None


def by_number(kind: Kind, column: Any, number: str, me: Actor) -> Way:
    keys = [column, kind.model.id]
    return Way(visible_keys(kind, me).where(begins(column, number)), keys, keys)


def by_words(session: Session, kind: Kind, typed: str, me: Actor, way: Way) -> tuple[Way, Narrowed]:
    """By the words about a case, or by the title, where cases are few enough for their titles to be read through."""
    if kind.titled is not None:
        return way, Narrowed([kind.titled.contains(typed, autoescape=True)], is_sparse=True)
    if kind.about is None or not me.can(kind.about.read):
        return way, Narrowed([sa.false()], is_sparse=False)
    found = sought(session, kind.about.model, typed)
    if found.ids is not None:  # few: a planner that guesses would walk the table
        ids = session.scalars(sa.select(kind.model.id).where(kind.about.of(found.ids))).all()
        return way, Narrowed([kind.model.id.in_(ids)], is_sparse=False)
    if kind.about.model is kind.model:  # along its commonest pair, that is past what cannot match
        walked = sa.select(SearchPair.subject_id).where(*posted(kind.model, found.pair))
        way = Way(walked, [SearchPair.subject_id], way.keys)
    return way, Narrowed([holds(kind.about.model, kind.about.key, typed)], is_sparse=True)


def opening(kind: Kind, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Of the event with which a case began: on one of the days asked for, both ends included, in Beijing."""
    conditions = [Event.subject_type == kind.model.__tablename__, sa.text("event.seq = 1")]
    if asked.first:
        conditions.append(Event.at >= beginning_of(asked.first))
    if asked.last:
        conditions.append(Event.at < beginning_of(asked.last + timedelta(days=1)))
    return conditions


def beginning_of(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def was_opened(kind: Kind, asked: Asked) -> sa.ColumnElement[bool]:
    there = sa.select(Event.id).where(*opening(kind, asked), Event.subject_id == kind.model.id)
    return sa.and_(there.correlate(kind.model).exists())


def by_day(kind: Kind, asked: Asked, me: Actor, rows: sa.Select[Any]) -> tuple[sa.Select[Any], Way]:
    began = sa.and_(*opening(kind, asked), Event.subject_id == kind.model.id)
    keys = [Event.at, Event.subject_id]
    return rows.join(Event, began), Way(visible_keys(kind, me).join(Event, began), keys, keys)


def by_due_day(kind: Kind, me: Actor, rows: sa.Select[Any]) -> tuple[sa.Select[Any], Way]:
    """Those on which a clock runs, each by the one that is due first."""
    runs, earlier = running(kind, Clock), aliased(Clock)
    first = sa.or_(earlier.due_at < Clock.due_at, sa.and_(earlier.due_at == Clock.due_at, earlier.id < Clock.id))
    pressing = sa.and_(*runs, ~sa.select(earlier.id).where(*running(kind, earlier), first).exists())
    keys = [Clock.due_at, Clock.id]
    return rows.join(Clock, pressing), Way(visible_keys(kind, me).join(Clock, pressing), keys, keys, is_down=False)


def running(kind: Kind, one: Any) -> list[sa.ColumnElement[bool]]:
    """Of the case itself, or of a part whose time presses as the case's own does."""
    table = kind.model.__tablename__
    presses = one.subject_type == table
    if kind.timed_parts is not None:
        presses = sa.or_(presses, one.rule.in_(kind.timed_parts.rules))
    of_it = [one.case_type == table, one.case_id == kind.model.id]
    return [*of_it, presses, one.stopped_at.is_(None), one.rule.not_in(KEPT)]


def place_of(session: Session, kind: Kind, way: Way, asked: Asked) -> Place | None:
    """Of the case, or the clock, that the last page ended with. One that is not there any more begins anew."""
    cursor = asked.before if asked.after is None else asked.after
    if cursor is None:
        return None
    if len(way.keys) == 1:
        return Place([cursor], asked.after is not None)
    edge = session.execute(sa.select(*way.keys).where(way.keys[-1] == cursor, *fixed(kind, way))).first()
    return Place(edge, asked.after is not None) if edge else None


def fixed(kind: Kind, way: Way) -> list[sa.ColumnElement[bool]]:
    if way.keys[0] is Event.at:
        return [Event.subject_type == kind.model.__tablename__, Event.seq == 1]
    return []


# --- what a page says of its filters ---


def active(kind: Kind, asked: Asked, offered: Mapping[str, Mapping[str, Text]]) -> list[Active]:
    def without(name: str) -> str:
        kept = {other: value for other, value in asked.in_the_address().items() if other != name}
        return url_for("desk.cases", kind=kind.name, **kept)

    found = []
    if asked.statuses:
        said = "、".join(str(STATUSES[kind.name][status].word) for status in asked.statuses)
        found.append(Active(_("Status"), said, without("status")))
    if asked.typed:
        found.append(Active(_("Search"), asked.typed, without("q")))
    for name, value in asked.narrowed():
        if value and name in kind.narrowed_by:
            found.append(Active(WORDS[name], offered.get(name, {}).get(value, value), without(name)))
    for name, opened in (("from", asked.first), ("to", asked.last)):
        if opened:
            found.append(Active(WORDS[name], full_day(opened), without(name)))
    return found


def offered(session: Session, kind: Kind, me: Actor) -> dict[str, dict[str, Text]]:
    """What the filters of this kind let choose from."""
    lists: dict[str, dict[str, Text]] = {}
    if "campaign" in kind.narrowed_by and me.can(Can.CAMPAIGN_READ):
        lists["campaign"] = campaigns_of(session, me)
    if "platform" in kind.narrowed_by and me.sees is not Sees.PLATFORM:
        houses = sa.select(Organisation.code, Organisation.name).where(Organisation.kind == OrganisationKind.PLATFORM)
        lists["platform"] = {code: name for code, name in session.execute(houses.order_by(Organisation.name))}
    if "stage" in kind.narrowed_by:
        lists["stage"] = dict(CODES["stage"])
    return lists


def campaigns_of(session: Session, me: Actor) -> dict[str, Text]:
    asked = visible_campaigns(me).with_only_columns(Campaign.number, Campaign.title).limit(CAMPAIGNS)
    return {number: title for number, title in session.execute(asked)}


def dues(session: Session, kind: Kind, rows: Sequence[Any]) -> dict[int, Deadline]:
    """The clock of each case of a page that is due first, by the case's id."""
    asked = (
        sa.select(kind.model.id, Clock)
        .join(Clock, sa.and_(*running(kind, Clock)))
        .where(kind.model.id.in_([case.id for case in rows]))
        .options(selectinload(Clock.changes))
        .order_by(Clock.due_at.desc(), Clock.id.desc())
    )
    known = calendar(session)
    return {key: deadline(session, shown(one, clock.now()), known) for key, one in session.execute(asked)}


class Found(NamedTuple):
    kind: Kind
    rows: Sequence[Any]
    has_more: bool
    is_cut: bool  # so many were looked through, and the list goes on


def found_everywhere(session: Session, typed: str, me: Actor) -> list[Found]:
    """Of each kind that `me` reads, the newest that match."""
    found = []
    asked = Asked(typed=typed)
    if asked.number or can_be_looked_for(typed):
        for kind in kinds_for(me):
            page = listed(session, kind, asked, me, A_FEW)
            if page.rows or page.further:
                found.append(Found(kind, page.rows, page.older is not None, page.further is not None))
    return found
