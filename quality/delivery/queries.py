"""Reads for delivery: by what a notice is proved to have arrived, what was sent of it, and how the endpoints stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from quality.core import clock
from quality.core.errors import NotFound
from quality.core.events import Event
from quality.delivery.endpoints import endpoints_of
from quality.delivery.models import Contact, Delivery, Endpoint, Medium, Message, MessageType, Receipt, StopReason
from quality.notices import queries as notices
from quality.notices.models import Notice, NoticeStatus
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Sees

RINGS_FOR = timedelta(days=7)
WITH_THE_PLATFORM = (NoticeStatus.SERVED, NoticeStatus.ACKNOWLEDGED, NoticeStatus.REOPENED)  # and may be asked again
AT_MOST = 50  # messages of one notice on a page


def receipts_of(session: Session, notice: Notice) -> list[Receipt]:
    """Every proven receipt, the first first. For an actor who may see the notice."""
    of = sa.select(Receipt).where(Receipt.notice_id == notice.id).order_by(Receipt.received_at, Receipt.id)
    return list(session.scalars(of))


# --- notices that nobody is known to have received ---


def is_unproven() -> sa.ColumnElement[bool]:
    """Issued, or asked again, and no proof of receipt in the time for it: a job has found that, and tried another way.

    See falling_back.py.
    """
    return sa.and_(Notice.unproven_by.is_not(None), Notice.status.in_((NoticeStatus.ISSUED, *WITH_THE_PLATFORM)))


def stands_unproven(notice: Notice) -> bool:
    """The same, asked of one that was read."""
    return notice.unproven_by is not None and notice.status in (NoticeStatus.ISSUED, *WITH_THE_PLATFORM)


# --- what was sent ---


class Told(NamedTuple):
    """One message and every way that it went."""

    message: Message
    deliveries: list[Delivery]


def told_of(session: Session, notice: Notice) -> list[Told]:
    """What was told of a notice, newest first. For an actor who may see it."""
    of = sa.select(Message).where(Message.notice_id == notice.id, Message.platform_id == notice.platform_id)
    of = of.order_by(Message.id.desc()).limit(AT_MOST)
    return with_deliveries(session, session.scalars(of).all())


def with_deliveries(session: Session, messages: Sequence[Message]) -> list[Told]:
    found: dict[int, list[Delivery]] = defaultdict(list)
    of = sa.select(Delivery).where(Delivery.message_id.in_([message.id for message in messages]))
    of = of.options(joinedload(Delivery.endpoint), selectinload(Delivery.attempts)).order_by(Delivery.id)
    for delivery in session.scalars(of):
        found[delivery.message_id].append(delivery)
    return [Told(message, found[message.id]) for message in messages]


def one_message(session: Session, actor: Actor, webhook_id: str) -> Told:
    """By its id: of the own platform, or about a notice that the actor may see."""
    message = session.scalars(sa.select(Message).where(Message.webhook_id == webhook_id)).one_or_none()
    if message is None or not may_read(session, actor, message):
        raise NotFound(webhook_id)
    return with_deliveries(session, [message])[0]


def may_read(session: Session, actor: Actor, message: Message) -> bool:
    keeps = actor.can(Can.ENDPOINT_SET) and message.medium == Medium.WEBHOOK
    if actor.sees == Sees.PLATFORM:
        return message.platform_id == actor.organisation_id and (keeps or actor.can(Can.NOTICE_READ))
    if not actor.can(Can.NOTICE_READ):
        return False
    seen = notices.visible_to(actor).where(Notice.id == message.notice_id)
    return session.scalars(seen).one_or_none() is not None


def is_shown_whole(message: Message, actor: Actor) -> bool:
    """The code of a test is read where it arrived, and what a notice says by who reads notices; its tries by both."""
    return message.type != MessageType.TEST and actor.can(Can.NOTICE_READ)


# --- endpoints ---


def endpoints_visible(session: Session, actor: Actor) -> list[Endpoint]:
    if not actor.can(Can.ENDPOINT_SET) or actor.organisation_id is None:
        return []
    return list(session.scalars(endpoints_of(actor.organisation_id)))


def one_endpoint(session: Session, actor: Actor, handle: str) -> Endpoint:
    found = next((each for each in endpoints_visible(session, actor) if each.handle == handle), None)
    if found is None:
        raise NotFound(handle)
    return found


def one_delivery(session: Session, endpoint: Endpoint, delivery_id: int) -> Delivery:
    of = sa.select(Delivery).where(Delivery.id == delivery_id, Delivery.endpoint_id == endpoint.id)
    found = session.scalars(of).one_or_none()
    if found is None:
        raise NotFound(str(delivery_id))
    return found


def sent_to(session: Session, endpoint: Endpoint, many: int, before: int | None = None) -> list[Delivery]:
    """What was sent to an endpoint, or is to be, newest first; one more than asked for where there is more."""
    of = sa.select(Delivery).where(Delivery.endpoint_id == endpoint.id).order_by(Delivery.id.desc()).limit(many + 1)
    of = of.options(
        joinedload(Delivery.message).joinedload(Message.notice),
        joinedload(Delivery.endpoint),
        selectinload(Delivery.attempts),
    )
    return list(session.scalars(of.where(Delivery.id < before) if before else of))


def last_test(session: Session, endpoint: Endpoint) -> Delivery | None:
    of = sa.select(Delivery).join(Delivery.message).where(Delivery.endpoint_id == endpoint.id)
    of = of.where(Message.type == MessageType.TEST).order_by(Delivery.id.desc()).limit(1)
    return session.scalars(of.options(selectinload(Delivery.attempts))).one_or_none()


def history(session: Session, endpoint: Endpoint, many: int = 50) -> list[Event]:
    """What was done with an endpoint, newest first."""
    of = sa.select(Event).where(Event.subject_type == Endpoint.__tablename__, Event.subject_id == endpoint.id)
    return list(session.scalars(of.order_by(Event.seq.desc()).limit(many)))


class DeadLetters(NamedTuple):
    """What was given up of one notice, on all the ways it went."""

    notice: Notice
    many: int
    last_at: datetime


def dead_letters(session: Session, actor: Actor) -> list[DeadLetters]:
    """For the coordinators whose notices they are, some days long: the platform may not know of it."""
    if not actor.can(Can.NOTICE_DRAFT):
        return []
    asked = (
        sa.select(Notice.id, sa.func.count(Delivery.id), sa.func.max(Delivery.dead_at))
        .join(Message, Message.notice_id == Notice.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.dead_at >= clock.now() - RINGS_FOR, Notice.agency_id == actor.organisation_id)
        .group_by(Notice.id)
        .order_by(Notice.id)
        .limit(AT_MOST)
    )
    counted = {row[0]: (row[1], row[2] or clock.now()) for row in session.execute(asked)}
    named = sa.select(Notice).where(Notice.id.in_(counted)).options(joinedload(Notice.platform)).order_by(Notice.id)
    return [DeadLetters(notice, *counted[notice.id]) for notice in session.scalars(named)] if counted else []


def dead_mail(session: Session, actor: Actor) -> int:
    """How many mails to the own desk were given up these days."""
    if not actor.can(Can.ENDPOINT_SET):
        return 0
    asked = sa.select(sa.func.count(Delivery.id)).join(Delivery.message)
    asked = asked.where(Delivery.dead_at >= clock.now() - RINGS_FOR, Delivery.endpoint_id.is_(None))
    return session.scalars(asked.where(Message.platform_id == actor.organisation_id)).one()


class Ring(NamedTuple):
    """An endpoint that somebody of the platform must see to."""

    endpoint: Endpoint
    is_gone: bool
    dead: int  # messages given up that nobody sent again since
    waiting: int  # messages that wait because somebody stopped it


def rings(session: Session, actor: Actor) -> list[Ring]:
    """For the platform's people, until they start it, remove it, or send again what was given up."""
    endpoints = endpoints_visible(session, actor)
    if not endpoints:
        return []
    ids = [endpoint.id for endpoint in endpoints]
    is_dead, waits = Delivery.dead_at >= clock.now() - RINGS_FOR, Delivery.next_try_at.is_not(None)
    counted = (
        sa.select(Delivery.endpoint_id, sa.func.count().filter(is_dead), sa.func.count().filter(waits))
        .where(Delivery.endpoint_id.in_(ids), sa.or_(is_dead, waits))
        .group_by(Delivery.endpoint_id)
    )
    found = {row[0]: (row[1], row[2]) for row in session.execute(counted)}
    told = []
    for each in endpoints:
        dead, waiting = found.get(each.id, (0, 0))
        told.append(Ring(each, each.stopped_why == StopReason.GONE, dead, 0 if each.is_active else waiting))
    return [ring for ring in told if ring.is_gone or ring.dead or ring.waiting]


class Unreached(NamedTuple):
    """A platform whose own system takes nothing any more, and how many messages about this agency's notices wait."""

    platform: Organisation
    since: datetime
    waiting: int


def unreached(session: Session, actor: Actor) -> list[Unreached]:
    """For the coordinators: every endpoint of the platform is stopped, by its people or because it is gone."""
    if not actor.can(Can.NOTICE_DRAFT):
        return []
    other = aliased(Endpoint)
    takes = sa.exists().where(
        other.platform_id == Endpoint.platform_id, other.removed_at.is_(None), other.stopped_at.is_(None)
    )
    asked = (
        sa.select(Endpoint.platform_id, sa.func.min(Endpoint.stopped_at), sa.func.count(Message.id.distinct()))
        .join(Delivery, Delivery.endpoint_id == Endpoint.id)
        .join(Delivery.message)
        .join(Message.notice)
        .where(Delivery.next_try_at.is_not(None), Endpoint.stopped_at.is_not(None), Endpoint.removed_at.is_(None))
        .where(Notice.agency_id == actor.organisation_id, ~takes)
        .group_by(Endpoint.platform_id)
        .limit(AT_MOST)
    )
    found = {row[0]: (row[1] or clock.now(), row[2]) for row in session.execute(asked)}
    named = sa.select(Organisation).where(Organisation.id.in_(found)).order_by(Organisation.id)
    return [Unreached(each, *found[each.id]) for each in session.scalars(named)] if found else []


def contact_of(session: Session, platform_id: int) -> Contact | None:
    return session.get(Contact, platform_id)
