"""What follows where nothing proves in time that a platform has a notice: people are rung, the next way is tried.

The time is the rule `proof_of_receipt`, from the issue or from when the platform was asked again, and again from each
way that was tried. The ways stand in the platform's own order (reaching.py); the last is the letter, which a person
carries, and whose postal receipt is proof. Decision 0048.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.clocks.queries import calendar, over_for
from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import Refused
from quality.core.workflow import record
from quality.delivery.cover_letter import ask_for_cover_letter
from quality.delivery.models import EVENT, Contact, Delivery, Endpoint, Fallback, Medium, Message, MessageType, Unfit
from quality.delivery.queries import WITH_THE_PLATFORM
from quality.delivery.reaching import Next, next_way, reach_of
from quality.documents.models import Language
from quality.notices.models import Notice, NoticeItem, NoticeStatus, Way
from quality.people.actor import SYSTEM

PROOF = "proof_of_receipt"
ISSUE = 0  # asked_in of a notice that was issued and is not served
AT_ONCE = 100


class Unproven(NamedTuple):
    """A notice, in the version that was seen, whose time for a proof is over: of its issue, or of an asking again."""

    notice_id: int
    version: int
    asked_in: int


def try_another_way(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> int:
    """For each notice whose receipt is not proven in time, one step; returns how many were made.

    Nothing is told to this job: it asks what is over. Of twenty that ask at once one takes the notice, with the step,
    its event and what is to be sent in one transaction.
    """
    with sessions() as session:
        waiting = unproven(session, over_for(PROOF, calendar(session), now))
    return sum(one_step(sessions, settings, each) for each in waiting)


def unproven(session: Session, before: datetime) -> list[Unproven]:
    """What was asked before then and is not proven, nothing tried since, and something left to try."""
    item = NoticeItem
    first = (
        sa.select(item.notice_id, sa.func.min(item.asked_again_in).label("asked_in"))
        .where(item.asked_again_in.is_not(None), item.asked_again_at < before)
        .group_by(item.notice_id)
        .subquery()
    )
    issued = sa.select(Notice.id, Notice.version, sa.literal(ISSUE)).where(
        Notice.status == NoticeStatus.ISSUED, Notice.issued_at < before, ~is_at_rest(sa.literal(ISSUE), before)
    )
    again = (
        sa.select(Notice.id, Notice.version, first.c.asked_in)
        .join(first, first.c.notice_id == Notice.id)
        .where(Notice.status.in_(WITH_THE_PLATFORM), ~is_at_rest(first.c.asked_in, before))
    )
    return [
        Unproven(*row) for asked in (issued, again) for row in session.execute(asked.order_by(Notice.id).limit(AT_ONCE))
    ]


def is_at_rest(asked_in: sa.ColumnElement[int], before: datetime) -> sa.Exists:
    """The last way has its time still, or it was the letter, which a person brings to its end."""
    of = sa.select(Fallback.id).where(Fallback.notice_id == Notice.id, Fallback.asked_in == asked_in)
    return of.where(sa.or_(Fallback.at >= before, Fallback.way == Way.LETTER)).exists()


def one_step(sessions: sessionmaker[Session], settings: Settings, seen: Unproven) -> bool:
    """Claim this notice in the version that was seen, or leave it to whoever was first."""
    try:
        with sessions.begin() as session:
            notice = session.get_one(Notice, seen.notice_id)
            if notice.version != seen.version:
                return False
            return step(session, settings, notice, seen)
    except (Refused, IntegrityError):
        return False


def step(session: Session, settings: Settings, notice: Notice, seen: Unproven) -> bool:
    before = tried_of(session, notice, seen.asked_in)
    chosen = chosen_way(session, settings, notice, seen.asked_in, before)
    if chosen is None:
        return False
    with clock.not_before(notice.issued_at, *(each.at for each in before)):
        now, place = clock.now(), len(before) + 1
        passed_over = [[way.value, why.value] for way, why in chosen.passed_over]
        details = {"way": chosen.way, "step": place, "passed_over": passed_over}
        facts = {"unproven_by": chosen.way}
        record(session, notice, "unproven", by=SYSTEM, version=seen.version, facts=facts, details=details)
        row = Fallback(
            notice_id=notice.id, asked_in=seen.asked_in, step=place, way=chosen.way, passed_over=passed_over, at=now
        )
        session.add(row)
        session.flush()
    if chosen.way is Way.WEBHOOK:
        send_again(session, notice, seen.asked_in)
    elif chosen.way is Way.LETTER:
        ask_for_cover_letter(session, notice, Language.ZH, by=SYSTEM)
    return True  # a mail is written by who finds that it is missing: calling.py


def tried_of(session: Session, notice: Notice, asked_in: int) -> Sequence[Fallback]:
    of = sa.select(Fallback).where(Fallback.notice_id == notice.id, Fallback.asked_in == asked_in)
    return session.scalars(of.order_by(Fallback.step)).all()


def chosen_way(
    session: Session, settings: Settings, notice: Notice, asked_in: int, before: Sequence[Fallback]
) -> Next | None:
    """The next in the platform's order. The first of the order went out when the platform was asked."""
    order = reach_of(session, notice.platform_id).order
    unfit = unfit_for(session, settings, notice, asked_in)
    gone = {each.way for each in before} | {Way(way) for each in before for way, _why in each.passed_over}
    if unfit.get(order[0], Unfit.TAKEN) is Unfit.TAKEN:
        gone.add(order[0])
    return next_way(order, gone, unfit)


def unfit_for(session: Session, settings: Settings, notice: Notice, asked_in: int) -> dict[Way, Unfit]:
    """The ways by which nothing would come to the platform now."""
    found: dict[Way, Unfit] = {}
    if not settings.sends_mail:
        found[Way.EMAIL] = Unfit.NO_MAIL_SERVER
    elif session.get(Contact, notice.platform_id) is None:
        found[Way.EMAIL] = Unfit.NO_MAILBOX
    if not running(session, notice.platform_id):
        found[Way.WEBHOOK] = Unfit.NO_ENDPOINT
    elif not (ways_open(session, notice, asked_in) or is_untold(session, notice, asked_in)):
        found[Way.WEBHOOK] = Unfit.TAKEN
    return found


def running(session: Session, platform_id: int) -> list[int]:
    there = sa.select(Endpoint.id).where(Endpoint.platform_id == platform_id)
    return list(session.scalars(there.where(Endpoint.stopped_at.is_(None), Endpoint.removed_at.is_(None))))


def messages_of(notice: Notice, asked_in: int) -> sa.Select[int]:
    """The webhook messages that say what was asked then."""
    of = sa.select(Message.id).where(Message.notice_id == notice.id, Message.medium == Medium.WEBHOOK)
    if asked_in == ISSUE:
        return of.where(Message.type == MessageType.ISSUED)
    return of.where(Message.cause == f"{EVENT}{asked_in}")


def is_untold(session: Session, notice: Notice, asked_in: int) -> bool:
    """The message is not made yet: it goes out by itself as soon as the job that makes it runs."""
    return session.scalars(messages_of(notice, asked_in).limit(1)).first() is None


class Open(NamedTuple):
    """A running endpoint that a message can be sent to, for the first time or again."""

    message_id: int
    endpoint_id: int
    delivery: Delivery | None


def ways_open(session: Session, notice: Notice, asked_in: int) -> list[Open]:
    """Where a message would be taken as proof, or was not taken at all."""
    endpoints = running(session, notice.platform_id)
    found = []
    for message_id in session.scalars(messages_of(notice, asked_in)):
        of = sa.select(Delivery).where(Delivery.message_id == message_id).options(joinedload(Delivery.endpoint))
        there = {each.endpoint_id: each for each in session.scalars(of)}
        found += [Open(message_id, each, there.get(each)) for each in endpoints]
    return [each for each in found if each.delivery is None or may_prove(each.delivery)]


def may_prove(delivery: Delivery) -> bool:
    confirmed = delivery.endpoint is not None and delivery.endpoint.confirmed_at is not None
    return delivery.received_at is None and (confirmed or delivery.delivered_at is None)


def send_again(session: Session, notice: Notice, asked_in: int) -> None:
    """Under the webhook-id that it always had, with all tries anew."""
    now, gone = clock.now(), []
    for each in ways_open(session, notice, asked_in):
        if each.delivery is None:
            session.add(
                Delivery(message_id=each.message_id, endpoint_id=each.endpoint_id, created_at=now, next_try_at=now)
            )
        else:
            gone.append(each.delivery.id)
    again = sa.update(Delivery).where(Delivery.id.in_(gone)).values(next_try_at=now, tries=0, dead_at=None)
    session.execute(again, execution_options={"synchronize_session": False})
    session.flush()
