"""What platforms said and what was seen of it, read for figures: a few statements, however many notices there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.models import ChangeKind, Clock, ClockChange
from quality.core.errors import NotFound
from quality.core.events import Event, Note
from quality.delivery.models import Channel, Delivery, Medium, Message, MessageType, Receipt
from quality.notices.models import REMOVAL_RULES, Claim, ItemStatus, Look, Notice, NoticeItem, NoticeStatus, Outcome
from quality.notices.thread import Side, ThreadEntry
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can
from quality.radar.models import Hit
from quality.radar.models import Said as SameOrNot
from quality.statistics.models import Inquiry
from quality.statistics.period import Period
from quality.statistics.rows import Asked, Decided, Listing, Pause, Said, Seen, Told

MOST_LISTINGS = 10_000  # the newest; who wants to see further back asks for an earlier period
MOST_QUESTIONS = 100  # about one platform, the newest
DECISIONS = ("verify", "send_back", "reopen")
REACHES = (Channel.PORTAL, Channel.WEBHOOK, Channel.POST)  # the others are words of their own


class History(NamedTuple):
    """By the platform's id. `cut`: there was more than is looked at, and only what was issued after this is here."""

    told: dict[int, list[Told]]
    cut: datetime | None


def history(session: Session, seen: sa.Select[Notice], period: Period) -> History:
    """Of the notices in `seen` (a row scope) that were issued in the period and not withdrawn, the oldest first.

    What was withdrawn is not held against anybody. Nine statements; at most `MOST_LISTINGS` listings.
    """
    counted = (
        seen.order_by(None)
        .where(Notice.issued_at >= period.begins_at, Notice.issued_at < period.ends_at)
        .where(Notice.status != NoticeStatus.WITHDRAWN)
    )
    cut = too_many(session, counted)
    if cut:
        counted = counted.where(Notice.issued_at > cut)
    ids = counted.with_only_columns(Notice.id)
    told = {row.id: Told(**row._mapping) for row in session.execute(heads(counted))}
    listings = read_listings(session, ids, told)
    of_listings = sa.select(NoticeItem.id).where(NoticeItem.notice_id.in_(ids))
    read_claims_and_looks(session, of_listings, listings)
    read_what_is_known_again(session, of_listings, listings)
    read_decisions(session, ids, listings)
    read_periods(session, ids, of_listings, told, listings)
    read_what_reached(session, ids, told)
    of: dict[int, list[Told]] = {}
    for notice in told.values():
        of.setdefault(notice.platform_id, []).append(notice)
    return History(of, cut)


def too_many(session: Session, counted: sa.Select[Notice]) -> datetime | None:
    """When the newest notice was issued that is not looked at any more, with all issued before it."""
    issued = counted.with_only_columns(Notice.issued_at).join(NoticeItem, NoticeItem.notice_id == Notice.id)
    return session.scalars(issued.order_by(Notice.issued_at.desc()).offset(MOST_LISTINGS).limit(1)).one_or_none()


def heads(counted: sa.Select[Notice]) -> sa.Select[int, str | None, int, int, datetime | None]:
    columns = (Notice.id, Notice.number, Notice.agency_id, Notice.platform_id, Notice.issued_at)
    return counted.with_only_columns(*columns).order_by(Notice.issued_at, Notice.id)


def read_listings(session: Session, ids: sa.Select[int], told: dict[int, Told]) -> dict[int, Listing]:
    asked = sa.select(NoticeItem.notice_id, NoticeItem.id, NoticeItem.listing_id, NoticeItem.status)
    found = {}
    for notice_id, key, listing_id, status in session.execute(
        asked.where(NoticeItem.notice_id.in_(ids)).order_by(NoticeItem.id)
    ):
        found[key] = Listing(key, listing_id, ItemStatus(status))
        told[notice_id].listings.append(found[key])
    return found


def read_claims_and_looks(session: Session, items: sa.Select[int], listings: dict[int, Listing]) -> None:
    claims = sa.select(
        Claim.item_id, Claim.id, Claim.outcome, Claim.received_at, Claim.acted_at, Claim.units_sold, Claim.evidence
    ).where(Claim.item_id.in_(items))
    for item, key, outcome, received, acted, units, files in session.execute(claims.order_by(Claim.id)):
        listings[item].claims.append(Said(key, Outcome(outcome), received, acted, units, tuple(files)))
    looks = sa.select(Look.item_id, Look.seen_at, Look.gone).where(Look.item_id.in_(items))
    for item, seen_at, gone in session.execute(looks.order_by(Look.seen_at, Look.id)):
        listings[item].looks.append(Seen(seen_at, gone))


def read_what_is_known_again(session: Session, items: sa.Select[int], listings: dict[int, Listing]) -> None:
    """On the platform that took it down; the same goods on another one are not held against it."""
    same = (
        sa.select(Hit.item_id)
        .join(NoticeItem, NoticeItem.id == Hit.item_id)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(Hit.item_id.in_(items), Hit.decision == SameOrNot.SAME, Hit.platform_id == Notice.platform_id)
    )
    for item in session.scalars(same):
        listings[item].is_known_again = True


def read_decisions(session: Session, ids: sa.Select[int], listings: dict[int, Listing]) -> None:
    """From the record: a listing that was verified, came back and was verified anew has all three in it."""
    named = {f"{NoticeItem.__tablename__}:{key}": listing for key, listing in listings.items()}
    asked = (
        sa.select(Event.part, Event.at, Event.action, Event.old_status)
        .where(Event.subject_type == Notice.__tablename__, Event.subject_id.in_(ids))
        .where(Event.part.is_not(None), Event.action.in_(DECISIONS))
        .order_by(Event.subject_id, Event.seq)
    )
    for part, at, action, was in session.execute(asked):
        if part in named:
            named[part].decisions.append(Decided(at, action, was or ""))


def read_periods(
    session: Session, ids: sa.Select[int], items: sa.Select[int], told: dict[int, Told], listings: dict[int, Listing]
) -> None:
    of_notices = sa.and_(
        Clock.subject_type == Notice.__tablename__,
        Clock.subject_id.in_(ids),
        Clock.rule.in_(("acknowledge", *REMOVAL_RULES)),
    )
    for key, rule, period in periods(session, of_notices):
        (told[key].acknowledge if rule == "acknowledge" else told[key].remove).append(period)
    again = sa.and_(
        Clock.subject_type == NoticeItem.__tablename__, Clock.subject_id.in_(items), Clock.rule.in_(REMOVAL_RULES)
    )
    for key, _rule, period in periods(session, again):
        listings[key].asked_again.append(period)


def periods(session: Session, of: sa.ColumnElement[bool]) -> Iterator[tuple[int, str, Asked]]:
    """Each with its subject and rule, and with what it stood, whoever let it stand; in one statement."""
    stood = sa.and_(ClockChange.clock_id == Clock.id, ClockChange.kind != ChangeKind.EXTEND)
    clock = (Clock.subject_id, Clock.rule, Clock.started_at, Clock.due_at, Clock.stopped_at, Clock.outcome)
    asked = (
        sa.select(Clock.id, *clock, ClockChange.kind, ClockChange.at)
        .outerjoin(ClockChange, stood)
        .where(of)
        .order_by(Clock.started_at, Clock.id, ClockChange.id)
    )
    for _id, found in groupby(session.execute(asked), key=itemgetter(0)):
        rows = list(found)
        _same, subject, rule, start, due, stop, outcome, _kind, _at = rows[0]
        stands = [Pause(row.at) for row in rows if row.kind is ChangeKind.PAUSE]
        ends = [row.at for row in rows if row.kind is ChangeKind.RESUME]
        pauses = tuple(pause._replace(until=end) for pause, end in zip_longest(stands, ends))
        yield subject, rule, Asked(start, due, stop, outcome, pauses)


def read_what_reached(session: Session, ids: sa.Select[int], told: dict[int, Told]) -> None:
    """The first sign that they could know: opened, taken by their system, in the post, or accepted by a mail server.

    The last proves nothing for their time to run, but whoever acted after it acted after it.
    """
    received = sa.select(Receipt.notice_id, sa.func.min(Receipt.received_at)).where(
        Receipt.notice_id.in_(ids), Receipt.channel.in_(REACHES)
    )
    mailed = (
        sa.select(Message.notice_id, sa.func.min(Delivery.delivered_at))
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Message.notice_id.in_(ids), Delivery.delivered_at.is_not(None))
        .where(sa.or_(Message.type == MessageType.ISSUED, Message.medium == Medium.EMAIL))
    )
    reached: list[Any] = [received.group_by(Receipt.notice_id), mailed.group_by(Message.notice_id)]
    for asked in reached:
        for key, at in session.execute(asked):
            before = told[key].reached_at
            told[key].reached_at = min(at, before) if before else at


# --- what was asked ---


class Reply(NamedTuple):
    at: datetime
    text: str | None  # None: blanked


class Question(NamedTuple):
    """What was asked by itself about one sign, where, and what the platform said to it."""

    sign: str
    number: str  # of the notice
    message: int  # the id of its entry
    asked_at: datetime
    is_settled: bool
    replies: list[Reply]


def questions(session: Session, seen: sa.Select[Notice], platform_id: int) -> dict[str, list[Question]]:
    """By sign, the newest first, as far as their notices are in `seen`; in two statements."""
    ids = seen.order_by(None).with_only_columns(Notice.id)
    asked = (
        sa.select(Inquiry.sign, Notice.number, Inquiry.entry_id, Inquiry.asked_at, ThreadEntry.settled_at)
        .join(ThreadEntry, ThreadEntry.id == Inquiry.entry_id)
        .join(Notice, Notice.id == ThreadEntry.notice_id)
        .where(Inquiry.platform_id == platform_id, ThreadEntry.notice_id.in_(ids))
        .order_by(Inquiry.id.desc())
        .limit(MOST_QUESTIONS)
    )
    found = {
        entry: Question(sign, number or "", entry, at, settled is not None, [])
        for sign, number, entry, at, settled in session.execute(asked)
    }
    event = sa.and_(
        Event.subject_type == Notice.__tablename__,
        Event.subject_id == ThreadEntry.notice_id,
        Event.seq == ThreadEntry.seq,
    )
    said = (
        sa.select(ThreadEntry.root_id, ThreadEntry.at, Note.text)
        .join(Event, event)
        .outerjoin(Note, Note.digest == Event.note_digest)
        .where(ThreadEntry.root_id.in_(list(found)), ThreadEntry.side == Side.PLATFORM)
        .order_by(ThreadEntry.id)
    )
    for root, at, text in session.execute(said) if found else ():
        found[root or 0].replies.append(Reply(at, text))
    of: dict[str, list[Question]] = {}
    for question in found.values():
        of.setdefault(question.sign, []).append(question)
    return of


# --- platforms ---


def platforms_of(session: Session, keys: Sequence[int]) -> list[Organisation]:
    """These, by name."""
    return list(session.scalars(every_platform().where(Organisation.id.in_(keys)))) if keys else []


def one_platform(session: Session, actor: Actor, code: str) -> Organisation:
    """For who reads figures of any platform."""
    found = session.scalars(every_platform().where(Organisation.code == code)).one_or_none()
    if found is None or not actor.can(Can.PLATFORM_READ):
        raise NotFound(code)
    return found


def every_platform() -> sa.Select[Organisation]:
    """That counts in figures."""
    asked = sa.select(Organisation).where(Organisation.kind == OrganisationKind.PLATFORM)
    return asked.order_by(Organisation.name, Organisation.id)
