"""Sending what is due: claim, send with no transaction open, record.

A claim lasts a minute. Who dies over it leaves a delivery that is due again then, under the same webhook-id: nothing is
lost, and a receiver may get it twice. One endpoint is one queue in each process: while it hangs, only its own
deliveries wait. Processes share the queues: what one has locked, the others pass over.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.core import clock
from quality.core.config import Settings
from quality.core.workflow import record
from quality.delivery import signing
from quality.delivery.guard import Resolve, resolve
from quality.delivery.models import FORGED, Delivery, DeliveryAttempt, Endpoint, Message, MessageType, StopReason
from quality.delivery.post import ALL_TOGETHER, Answer, Postman, asked_to_wait
from quality.delivery.together import Together
from quality.informing.models import SampleMail
from quality.notices.models import Notice
from quality.people.actor import SYSTEM

log = logging.getLogger("mingcha.delivery")

WAITS = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (2, 5, 10, 10)
]
JITTER = 0.1  # of a wait at most, so that what failed together does not come back together
LEASE = timedelta(seconds=60)  # longer than any try may last
AT_ONCE = 8  # to one endpoint, from one process
ENDPOINTS = 200  # in one run
PATIENCE = 5.0  # seconds; the next run goes on
GONE, TOO_MANY = 410, 429
Jitter = Callable[[], float]  # from 0 to 1
LEDGER = ThreadPoolExecutor(4, "ledger")  # reads and writes the database for all runs, however many go on


class Errand(NamedTuple):
    """One try that was claimed. It holds what is sent, so that no transaction is open meanwhile."""

    delivery_id: int
    claimed_until: datetime
    webhook_id: str
    body: bytes
    url: str
    secrets: tuple[str, ...] = ()
    code: str = ""  # of a test: it is read where it arrives, and one who says it back does not bring it onto our pages


class Tried(NamedTuple):
    errand: Errand
    answer: Answer


class Book(NamedTuple):
    """What one run asks of the database: errands of an endpoint, and to write down what came of one."""

    claim: Together[int, list[Errand]]
    settle: Together[Tried, None]


class AtHand:
    """The endpoints that this process serves at this moment: a new run begins with the others."""

    def __init__(self) -> None:
        self._served: set[int] = set()
        self._lock = threading.Lock()

    def take(self, endpoints: Iterable[int]) -> list[int]:
        with self._lock:
            mine = [each for each in endpoints if each not in self._served]
            self._served.update(mine)
        return mine

    def leave(self, endpoints: Iterable[int]) -> None:
        with self._lock:
            self._served.difference_update(endpoints)


AT_HAND = AtHand()


def send_due_webhooks(
    sessions: sessionmaker[Session],
    settings: Settings,
    *,
    resolve: Resolve = resolve,
    jitter: Jitter = random.random,
    all_together: float = ALL_TOGETHER,
) -> int:
    """Try each delivery whose time has come, every endpoint by itself. Returns how many tries were made."""

    waiting = AT_HAND.take(endpoints_with_due(sessions))
    mine = set(waiting)

    async def one(book: Book, postman: Postman, endpoint_id: int) -> int:
        try:
            return await empty(book, postman, endpoint_id)
        finally:  # not when the run ends: what comes to it meanwhile does not wait for one that hangs
            mine.discard(endpoint_id)
            AT_HAND.leave([endpoint_id])

    async def run() -> int:
        postman = Postman(allow_private=settings.webhook_allow_private, resolve=resolve, all_together=all_together)
        book = Book(
            claim=Together(partial(claim_some, sessions, settings), LEDGER),
            settle=Together(partial(settle, sessions, jitter=jitter), LEDGER),
        )
        async with postman:
            queues = (one(book, postman, endpoint_id) for endpoint_id in waiting)
            done = await asyncio.gather(*queues, return_exceptions=True)
        failed = [each for each in done if isinstance(each, BaseException)]
        for problem in failed:  # of one endpoint; the others were served
            log.error("an endpoint's queue broke off", exc_info=problem)
        return sum(each for each in done if isinstance(each, int))

    if not waiting:
        return 0
    try:
        with ThreadPoolExecutor(1, "webhooks") as alone:  # whoever calls may be in the middle of a loop of their own
            return alone.submit(asyncio.run, run()).result()
    finally:
        AT_HAND.leave(mine)


def endpoints_with_due(sessions: sessionmaker[Session]) -> list[int]:
    """Those that are not stopped and have a message whose time has come."""
    due = sa.select(Delivery.id).where(Delivery.endpoint_id == Endpoint.id).where(is_due(clock.now()))
    asked = (
        sa.select(Endpoint.id)
        .where(Endpoint.stopped_at.is_(None), Endpoint.removed_at.is_(None))
        .where(due.exists())
        .order_by(Endpoint.id)
        .limit(ENDPOINTS)
    )
    with sessions() as session:
        return list(session.scalars(asked))


def is_due(now: datetime, of: type[Delivery | SampleMail] = Delivery) -> sa.ColumnElement[bool]:
    free = sa.or_(of.claimed_until.is_(None), of.claimed_until <= now)
    return sa.and_(of.next_try_at <= now, free)


def wait_after(tries: int, jitter: Jitter) -> timedelta | None:
    """Until the next try; None: that was the last."""
    return WAITS[tries - 1] * (1 + JITTER * jitter()) if tries <= len(WAITS) else None


async def empty(book: Book, postman: Postman, endpoint_id: int) -> int:
    """Some at a time until nothing is due at this endpoint, it does not take what it is given, or it is slow."""

    async def one(errand: Errand) -> bool:
        headers = signing.headers(errand.webhook_id, clock.now(), errand.body, errand.secrets)
        answer = await postman.post(errand.url, headers, errand.body)
        await book.settle(Tried(errand, answer))
        return answer.is_taken

    tries, began = 0, time.monotonic()
    while errands := await book.claim(endpoint_id):
        tries += len(errands)
        all_taken = all(await asyncio.gather(*(one(errand) for errand in errands)))
        if not all_taken or len(errands) < AT_ONCE or time.monotonic() - began > PATIENCE:
            break
    return tries


def claim_some(sessions: sessionmaker[Session], settings: Settings, endpoints: Sequence[int]) -> list[list[Errand]]:
    """For each endpoint take the oldest that are due for ourselves: of two who see one, one gets it."""
    now = clock.now()
    cipher = signing.cipher_of(settings)
    with sessions.begin() as session:
        active = [
            each for each in session.scalars(sa.select(Endpoint).where(Endpoint.id.in_(endpoints))) if each.is_active
        ]
        keys = {each.id: (each.url, tuple(signing.secrets_of(cipher, each, now))) for each in active}
        due = [delivery for endpoint in keys for delivery in oldest_due(session, endpoint, now)]
        mine = claim(session, due, now) if due else []
        sent = sa.select(Endpoint.id, Delivery.id, Message.webhook_id, Message.body, Message.type)
        whole = sent.select_from(Delivery).join(Delivery.endpoint).join(Delivery.message)
        rows = session.execute(whole.where(Delivery.id.in_(mine)).order_by(Delivery.id)).all() if mine else []
    errands: dict[int, list[Errand]] = {endpoint: [] for endpoint in endpoints}
    for endpoint, delivery, webhook_id, body, type in rows:
        url, secrets = keys[endpoint]
        errands[endpoint].append(Errand(delivery, now + LEASE, webhook_id, body, url, secrets, code_in(body, type)))
    return list(errands.values())


def code_in(body: bytes, type: MessageType) -> str:
    return str(json.loads(body)["data"].get("code", "")) if type == MessageType.TEST else ""  # none: a sample notice


def oldest_due(session: Session, endpoint_id: int, now: datetime) -> Sequence[int]:
    """Locked until the transaction ends; what another process has locked is passed over (SQLite has one writer)."""
    due = sa.select(Delivery.id).where(Delivery.endpoint_id == endpoint_id, is_due(now))
    in_order = due.order_by(Delivery.next_try_at, Delivery.id).limit(AT_ONCE)
    return session.scalars(in_order.with_for_update(skip_locked=True)).all()


def claim(session: Session, deliveries: Sequence[int], now: datetime) -> list[int]:
    """The ids of those that are ours now; not of those where another was first."""
    taking = (
        sa.update(Delivery)
        .where(Delivery.id.in_(deliveries), is_due(now))
        .values(tries=Delivery.tries + 1, claimed_until=now + LEASE)
        .returning(Delivery.id)
    )
    return list(session.scalars(taking, execution_options={"synchronize_session": False}))


def settle(sessions: sessionmaker[Session], tried: Sequence[Tried], jitter: Jitter = random.random) -> list[None]:
    """Write down what came of tries, all or none of them, and what follows."""
    now = clock.now()
    with sessions.begin() as session:
        session.add_all(attempt(each, now) for each in tried)
        session.flush()  # on SQLite from here on nobody else writes: what is read now is true
        ours = sa.select(Delivery).where(Delivery.id.in_([each.errand.delivery_id for each in tried]))
        needed = (joinedload(Delivery.endpoint), joinedload(Delivery.message).defer(Message.body))
        locked = ours.options(*needed).order_by(Delivery.id).with_for_update(of=Delivery)
        deliveries = {delivery.id: delivery for delivery in session.scalars(locked)}
        for errand, answer in tried:
            delivery = deliveries[errand.delivery_id]
            if answer.is_taken:
                taken(delivery, now)
            elif delivery.claimed_until == errand.claimed_until:  # else it was thought dead, and is another's now
                delivery.claimed_until = None
                not_taken(session, delivery, answer, now, jitter)
    return [None] * len(tried)


def attempt(tried: Tried, now: datetime) -> DeliveryAttempt:
    errand, answer = tried
    return DeliveryAttempt(
        delivery_id=errand.delivery_id,
        at=now - timedelta(milliseconds=answer.duration_ms),
        duration_ms=answer.duration_ms,
        status=answer.status,
        problem=answer.problem,
        resolved=answer.resolved,
        media_type=answer.media_type,
        answer=answer.text.replace(errand.code, "…") if errand.code else answer.text,
    )


def taken(delivery: Delivery, now: datetime) -> None:
    """A receipt only from an endpoint of which a person said that its test arrived; else a sign of life."""
    delivery.delivered_at = delivery.delivered_at or now
    delivery.next_try_at = delivery.claimed_until = delivery.dead_at = None
    if delivery.endpoint and delivery.endpoint.confirmed_at and delivery.message.type != MessageType.TEST:
        delivery.received_at = delivery.received_at or now


def not_taken(session: Session, delivery: Delivery, answer: Answer, now: datetime, jitter: Jitter) -> None:
    if delivery.message.cause.startswith(FORGED) and is_refusal(answer):
        delivery.next_try_at = None
    elif (wait := wait_after(delivery.tries, jitter)) is None:
        give_up(session, delivery, now)
    else:
        delivery.next_try_at = now + max(wait, asked_to_wait(answer, now))
    if answer.status == GONE and delivery.endpoint_id:
        stop_what_is_gone(session, delivery.endpoint_id, now)


def is_refusal(answer: Answer) -> bool:
    """Not of this moment only."""
    return answer.status is not None and 400 <= answer.status < 500 and answer.status != TOO_MANY  # noqa: PLR2004


def give_up(session: Session, delivery: Delivery, now: datetime) -> None:
    """A dead letter: the record says so, and with it the lists of those who must see to it."""
    delivery.next_try_at, delivery.dead_at = None, now
    notice_id, endpoint_id, details = delivery.message.notice_id, delivery.endpoint_id, {"delivery": delivery.id}
    if notice_id:
        record(session, session.get_one(Notice, notice_id), "undelivered", by=SYSTEM, details=details)
    if endpoint_id:
        record(session, session.get_one(Endpoint, endpoint_id), "undelivered", by=SYSTEM, details=details)


def stop_what_is_gone(session: Session, endpoint_id: int, now: datetime) -> None:
    """It said 410: it is not there any more. Nothing is sent until a person starts it again."""
    session.flush()
    endpoint = session.get_one(Endpoint, endpoint_id, with_for_update=True, populate_existing=True)
    if endpoint.is_active:
        facts = {"stopped_at": now, "stopped_why": StopReason.GONE}
        record(session, endpoint, "stop", by=SYSTEM, facts=facts, details={"why": StopReason.GONE})
