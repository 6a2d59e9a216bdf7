"""What is told the platforms: a message for each thing that happened to a notice since it was issued, made once.

Nobody tells this room that something happened. It asks which events of notices have no message yet; a unique
constraint sees to it that of twenty who ask at once one makes it.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, sessionmaker

from quality.clocks.models import Clock, ClockChange
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.config import Settings
from quality.core.events import Event
from quality.core.withholding import withheld
from quality.delivery.models import EVENT, Contact, Delivery, Endpoint, Medium, Message, MessageType
from quality.delivery.payload import FORMAT, in_short, notice_for_platform, said
from quality.notices.editions import editions_of
from quality.notices.models import REMOVAL_RULES, Notice, NoticeItem, NoticeStatus
from quality.notices.thread import Side, ThreadEntry

log = logging.getLogger("mingcha.delivery")

SEALED = "sealed"
AMENDED = "amended"
TOLD = {  # what the record calls it: what the platform is told
    SEALED: MessageType.ISSUED,
    AMENDED: MessageType.ISSUED,  # its edition says which
    "send_back": MessageType.RETURNED,
    "reopen": MessageType.REOPENED,
    "close": MessageType.CLOSED,
    "withdraw": MessageType.CLOSED,  # its status says which
}
OF_A_LISTING = {"send_back", "reopen"}  # the same word for the whole notice goes with it, and is not told apart
SOON = timedelta(hours=24)  # before a period ends
LATELY = timedelta(hours=1)
AT_ONCE = 200


class Happened(NamedTuple):
    """One thing to be told. `cause` names it for ever; `part` is the listing or `clock_id` the period it is about."""

    type: MessageType
    notice_id: int
    cause: str
    at: datetime
    part: str | None = None
    clock_id: int | None = None
    action: str = ""  # as the record calls it


def tell_platforms(sessions: sessionmaker[Session], settings: Settings, now: datetime, since: datetime) -> int:
    """Make every webhook message that is missing of what happened from `since` on; returns how many this run made."""
    missing = untold(sessions, Medium.WEBHOOK, now, since)
    return each_by_itself(missing, lambda happened: make(sessions, settings, happened))


def each_by_itself(missing: Iterable[Happened], make: Callable[[Happened], bool]) -> int:
    """How many were made. One that cannot be written is tried again at the next run, and keeps no other from it."""
    made = 0
    for happened in missing:
        try:
            made += make(happened)
        except Exception:
            log.exception("not told: %s of notice %s", happened.cause, happened.notice_id)
    return made


def untold(sessions: sessionmaker[Session], medium: Medium, now: datetime, since: datetime) -> list[Happened]:
    with sessions() as session:
        said = untold_messages(session, since) if medium is Medium.EMAIL else ()
        return [*untold_events(session, medium, since), *untold_periods(session, medium, now, since), *said]


def untold_events(session: Session, medium: Medium, since: datetime) -> Iterator[Happened]:
    cause = sa.literal(EVENT) + sa.cast(Event.seq, sa.String)
    sealed = aliased(Event)  # by its place in the record: clocks fall back, and a notice is dated before it is printed
    is_out = sa.exists().where(
        sealed.subject_type == Event.subject_type,
        sealed.subject_id == Event.subject_id,
        sealed.action == SEALED,
        sealed.seq <= Event.seq,
    )
    asked = (
        sa.select(Event.action, Event.subject_id, Event.seq, Event.at, Event.part, Notice.issued_at)
        .join(Notice, Notice.id == Event.subject_id)
        .where(Event.subject_type == Notice.__tablename__, Event.at >= since, Event.action.in_(TOLD))
        .where(sa.or_(Event.action.not_in(OF_A_LISTING), Event.part.is_not(None)))
        .where(is_out, ~was_told(Event.subject_id, cause, medium), goes_by(medium, Event.at))
        .order_by(Event.id)
        .limit(AT_ONCE)
    )
    for action, notice_id, seq, at, part, issued_at in session.execute(asked):
        yield Happened(TOLD[action], notice_id, f"{EVENT}{seq}", max(at, issued_at or at), part=part, action=action)


def untold_messages(session: Session, since: datetime) -> Iterator[Happened]:
    """What the agency asked, answered and decided: told by mail, for people; what webhooks tell is fixed."""
    cause = sa.literal(EVENT) + sa.cast(ThreadEntry.seq, sa.String)
    asked = (
        sa.select(ThreadEntry.notice_id, ThreadEntry.seq, ThreadEntry.at)
        .join(Notice, Notice.id == ThreadEntry.notice_id)
        .where(ThreadEntry.side == Side.AGENCY, ThreadEntry.at >= since)
        .where(~was_told(ThreadEntry.notice_id, cause, Medium.EMAIL), goes_by(Medium.EMAIL, ThreadEntry.at))
        .order_by(ThreadEntry.id)
        .limit(AT_ONCE)
    )
    for notice_id, seq, at in session.execute(asked):
        yield Happened(MessageType.SAID, notice_id, f"{EVENT}{seq}", at)


def untold_periods(session: Session, medium: Medium, now: datetime, since: datetime) -> Iterator[Happened]:
    """The platform's periods that end within a day, and those that ended: one reminder each.

    A period that was paused or given more time ends anew, and is told of anew.
    """
    of_notices = (
        sa.select(Notice.id, Clock.id, Clock.due_at, sa.null())
        .join(Clock, sa.and_(Clock.subject_type == Notice.__tablename__, Clock.subject_id == Notice.id))
        .where(Clock.rule.in_(("acknowledge", *REMOVAL_RULES)))
    )
    of_listings = (
        sa.select(Notice.id, Clock.id, Clock.due_at, NoticeItem.id)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .join(Clock, sa.and_(Clock.subject_type == NoticeItem.__tablename__, Clock.subject_id == NoticeItem.id))
        .where(Clock.rule.in_(REMOVAL_RULES))
    )
    for word, first, last in (("soon", now, now + SOON), ("over", since, now)):
        cause = sa.literal("clock:") + sa.cast(Clock.id, sa.String) + changes() + sa.literal(f":{word}")
        for those in (of_notices, of_listings):
            asked = (
                those.add_columns(cause)
                .where(Clock.due_at > first, Clock.due_at <= last)
                .where(Clock.stopped_at.is_(None), Clock.paused_at.is_(None))
                .where(~was_told(Notice.id, cause, medium), goes_by(medium, Clock.due_at))
                .order_by(Clock.due_at, Clock.id)
                .limit(AT_ONCE)
            )
            for notice_id, clock_id, due_at, item_id, named in session.execute(asked):
                at, part = now if word == "soon" else due_at, item_id and f"{NoticeItem.__tablename__}:{item_id}"
                yield Happened(MessageType.REMINDER, notice_id, named, at, part, clock_id)


def changes() -> sa.ColumnElement[str]:
    """How often a clock was changed, as its causes say it: nothing for never, as all of them were once."""
    many = sa.select(sa.func.count()).where(ClockChange.clock_id == Clock.id).scalar_subquery()
    return sa.case((many > 0, sa.literal(":") + sa.cast(many, sa.String)), else_=sa.literal(""))


def was_told(notice_id: Any, cause: Any, medium: Medium) -> sa.Exists:
    told = sa.select(Message.id).where(Message.notice_id == notice_id, Message.cause == cause)
    return told.where(Message.medium == medium, Message.format == FORMAT).exists()


def goes_by(medium: Medium, at: Any) -> sa.ColumnElement[bool]:
    """A webhook message is made of everything, so that it can be asked for later; a mail where somebody reads it."""
    if medium is Medium.WEBHOOK:
        return sa.true()
    read = sa.select(Contact.platform_id).where(Contact.platform_id == Notice.platform_id, Contact.since_at <= at)
    return read.exists()


def make(sessions: sessionmaker[Session], settings: Settings, happened: Happened) -> bool:
    """The message and its way to every endpoint that was there when it happened; False if another was first."""
    try:
        with sessions.begin() as session:
            notice = session.get_one(Notice, happened.notice_id)
            data = withheld(session, notice, data_of(session, notice, happened, settings.public_url))
            body = body_of(happened.type, happened.at, data)
            message = message_of(happened.type, notice.platform_id, happened.at, body, Medium.WEBHOOK)
            message.notice_id, message.cause = notice.id, happened.cause
            session.add(message)
            session.flush()
            there = sa.select(Endpoint.id).where(
                Endpoint.platform_id == notice.platform_id,
                Endpoint.removed_at.is_(None),
                Endpoint.format == FORMAT,
                Endpoint.created_at <= happened.at,
            )
            for endpoint_id in session.scalars(there.order_by(Endpoint.id)):
                session.add(on_its_way(message, endpoint_id=endpoint_id))
    except IntegrityError:
        return False
    return True


def data_of(session: Session, notice: Notice, happened: Happened, public_url: str) -> dict[str, Any]:
    match happened.type:
        case MessageType.ISSUED:
            return notice_for_platform(session, notice, public_url)
        case MessageType.RETURNED | MessageType.REOPENED:
            item = listing_of(session, happened)
            assert item, "it is of a listing"
            reason = item.looks[-1].reason if item.looks else ""
            return in_short(session, notice, public_url) | {"listing_id": item.listing_id, "reason": reason}
        case MessageType.REMINDER:
            period = session.get_one(Clock, happened.clock_id)
            over = happened.cause.endswith(":over")
            about = {"rule": period.rule, "rule_due_at": period.due_at.astimezone(BEIJING).isoformat(), "overdue": over}
            item = listing_of(session, happened)
            named = {"listing_id": item.listing_id} if item else {}
            return in_short(session, notice, public_url) | about | named
        case MessageType.CLOSED if notice.status is NoticeStatus.WITHDRAWN:
            return in_short(session, notice, public_url) | {"reason": why_withdrawn(session, notice)}
        case _:
            return in_short(session, notice, public_url)


def why_withdrawn(session: Session, notice: Notice) -> str:
    """Empty where it was withdrawn before a withdrawal was an edition."""
    last = next(iter(editions_of(session, notice)), None)
    return last.reason if last else ""


def listing_of(session: Session, happened: Happened) -> NoticeItem | None:
    """The listing that it is about, where it is not about the notice as a whole."""
    return session.get_one(NoticeItem, int(happened.part.partition(":")[2])) if happened.part else None


def body_of(type: MessageType, at: datetime, data: dict[str, Any]) -> bytes:
    told = {"type": type.value, "timestamp": said(at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def message_of(type: MessageType, platform_id: int, at: datetime, body: bytes, medium: Medium) -> Message:
    message = Message(
        webhook_id=new_id(),
        type=type,
        medium=medium,
        format=FORMAT,
        platform_id=platform_id,
        happened_at=at,
        made_at=clock.now(),
    )
    message.set_body(body)
    return message


def new_id() -> str:
    return "msg_" + secrets.token_hex(12)


def on_its_way(message: Message, *, endpoint_id: int | None = None, address: str | None = None) -> Delivery:
    now = clock.now()
    return Delivery(
        message_id=message.id, endpoint_id=endpoint_id, address=address, created_at=now, next_try_at=now, tries=0
    )
