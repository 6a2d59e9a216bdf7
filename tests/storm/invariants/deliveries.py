"""What must be true of what platforms are told: nothing is lost, and what comes twice comes the same."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from quality.delivery.models import Delivery, Endpoint, Medium, Message, MessageType
from quality.notices.models import Notice, NoticeStatus
from tests.storm.invariants.ground import Check, Place

GOOD = range(200, 300)
STUCK = timedelta(minutes=3)  # past its time, with an endpoint that runs


def was_not_told(place: Place) -> list[str]:
    """Every notice that was issued, to every endpoint that its platform had then: taken, waiting, or rung."""
    s, wrong = place.session, []
    deliveries = {
        (d.message.notice_id, d.endpoint_id): d
        for d in s.scalars(sa.select(Delivery).join(Message).where(
            Message.type == MessageType.ISSUED, Delivery.endpoint_id.is_not(None)
        ).options(joinedload(Delivery.message)))
    }  # fmt: skip
    endpoints = s.scalars(sa.select(Endpoint).where(Endpoint.removed_at.is_(None))).all()
    issued = s.scalars(sa.select(Notice).where(Notice.issued_at.is_not(None), Notice.status != NoticeStatus.WITHDRAWN))
    for notice in issued:
        for endpoint in endpoints:
            assert notice.issued_at
            if endpoint.platform_id != notice.platform_id or endpoint.created_at >= notice.issued_at:
                continue
            delivery = deliveries.get((notice.id, endpoint.id))
            if delivery is None:
                wrong.append(f"{notice.number} was never on its way to endpoint {endpoint.id}")
            elif not (delivery.delivered_at or delivery.next_try_at or delivery.dead_at):
                wrong.append(f"{notice.number} to endpoint {endpoint.id} is neither taken nor waiting nor rung")
    return wrong


def died_unheard(place: Place) -> list[str]:
    """A dead letter stands in the record, where people see it."""
    rung = {e.subject_id for e in place.events if e.action == "undelivered" and e.subject_type == "notice"}
    given_up = sa.select(Delivery).where(Delivery.dead_at.is_not(None)).options(joinedload(Delivery.message))
    return [
        f"delivery {d.id} of notice {d.message.notice_id} died and nobody was told"
        for d in place.session.scalars(given_up)
        if d.message.notice_id and d.message.notice_id not in rung
    ]


def is_stuck(place: Place) -> list[str]:
    """After the calm nothing is past its time, where somebody would take it."""
    alive = sa.and_(Endpoint.stopped_at.is_(None), Endpoint.removed_at.is_(None))
    late = sa.select(Delivery).join(Delivery.endpoint).where(alive, Delivery.next_try_at < place.now - STUCK)
    return [
        f"delivery {d.id} to endpoint {d.endpoint_id} was due at {d.next_try_at}" for d in place.session.scalars(late)
    ]


def came_differently(place: Place) -> list[str]:
    """Under one webhook-id one body: the one that is kept."""
    rows = place.session.execute(sa.select(Message.webhook_id, Message.sha256))
    kept: dict[str, str] = {webhook_id: sha256 for webhook_id, sha256 in rows}
    bodies: dict[str, set[str]] = defaultdict(set)
    for system in place.systems:
        for came in system.came:
            bodies[came.id].add(came.sha256)
    return [
        f"{key} came with {len(found)} bodies, kept is {kept.get(key)}"
        for key, found in bodies.items()
        if found != {kept.get(key)}
    ]


def taken_and_forgotten(place: Place) -> list[str]:
    """What a platform's system has taken (2xx) is known to be taken, or tried once more."""
    rows = place.session.execute(
        sa.select(Message.webhook_id, Endpoint.url, Delivery.delivered_at, Delivery.next_try_at)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(Message.medium == Medium.WEBHOOK)
    )
    known = {
        (webhook_id, url) for webhook_id, url, taken, again in rows if taken or again
    }  # by one of several of an address
    return [
        f"{came.id} was taken by {system.name}, and is not known to be"
        for system in place.systems
        for came in system.came
        if came.status in GOOD and (came.id, system.here.url) not in known
    ]


def proven_and_not_served(place: Place) -> list[str]:
    """A receipt that is proven starts the clock: the notice is served."""
    proven = (
        sa.select(Notice.number)
        .join(Message, Message.notice_id == Notice.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.received_at.is_not(None), Notice.status == NoticeStatus.ISSUED)
        .distinct()
    )
    return [f"{number} was received by a webhook, and is not served" for number in place.session.scalars(proven)]


OF_DELIVERIES = {
    "told": Check("every delivery of an issued notice is proven, waiting or rung", was_not_told),
    "dead": Check("every delivery that was given up has rung", died_unheard),
    "stuck": Check("no delivery is past its time", is_stuck),
    "same": Check("under one webhook-id came one body, the one that is kept", came_differently),
    "taken": Check("what a platform took is known to be taken", taken_and_forgotten),
    "served": Check("a notice whose receipt is proven is served", proven_and_not_served),
}
