"""What happens by itself once a platform has a notice before it: the receipt is proven and the clocks run."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import Refused
from quality.core.events import Access
from quality.delivery.mail import tell_by_mail
from quality.delivery.models import ASKED_AGAIN, Delivery, Message, MessageType
from quality.delivery.operations import OPENED, ask_again, first_proof, issued_at, serve
from quality.delivery.telling import AT_ONCE as TOLD_AT_ONCE
from quality.delivery.telling import LATELY, tell_platforms
from quality.notices.models import Notice, NoticeStatus

AT_ONCE = 200
THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
WITH_THE_PLATFORM = (NoticeStatus.ACKNOWLEDGED, NoticeStatus.REOPENED)


def serve_received_notices(sessions: sessionmaker[Session], now: datetime) -> int:
    """Serve each issued notice that its platform has, and give time anew for what went back to it.

    Nothing is told to this job: it asks who opened or took what. Twenty runs at once serve once, from the first proof.
    """
    with sessions() as session:
        waiting = [(row[0], row[1]) for row in session.execute(received_and_waiting(now))]
    return sum(prove_receipt(sessions, notice_id, version) for notice_id, version in waiting)


def received_and_waiting(now: datetime) -> sa.Select[int, int]:
    """Ids and versions of notices that their platform opened or took since they were issued, or it was asked again."""
    since = sa.case((Notice.status == NoticeStatus.ISSUED, Notice.issued_at), else_=Notice.asked_again_at)
    opened = (
        sa.select(Access.id)
        .where(Access.subject_type == Notice.__tablename__, Access.subject_id == Notice.id, Access.what == OPENED)
        .where(Access.organisation_id == Notice.platform_id, Access.actor.startswith("person:"))
        .where(Access.at >= since, sa.or_(Access.at <= now, Access.at == since))  # by the issue: the clock fell back
        .exists()
    )
    told = sa.case(
        (Notice.status == NoticeStatus.ISSUED, Message.type == MessageType.ISSUED), else_=Message.type.in_(ASKED_AGAIN)
    )
    taken = (
        sa.select(Delivery.id)
        .join(Delivery.message)
        .where(Message.notice_id == Notice.id, Message.happened_at >= since, told)
        .where(Delivery.received_at.is_not(None), Delivery.received_at <= now)
        .exists()
    )
    asked_again = sa.and_(Notice.status.in_(WITH_THE_PLATFORM), Notice.asked_again_at.is_not(None))
    return (
        sa.select(Notice.id, Notice.version)
        .where(sa.or_(Notice.status == NoticeStatus.ISSUED, asked_again), sa.or_(opened, taken))
        .order_by(Notice.id)
        .limit(AT_ONCE)
    )


def prove_receipt(sessions: sessionmaker[Session], notice_id: int, version: int) -> bool:
    """Claim this notice in the version that was seen, or leave it to whoever was first."""
    try:
        with sessions.begin() as session:
            notice = session.get_one(Notice, notice_id)
            if notice.version != version:
                return False
            proof = first_proof(session, notice, notice.asked_again_at or issued_at(notice))
            assert proof, "it was seen, and access is never taken back"
            serve_or_ask_again = serve if notice.status == NoticeStatus.ISSUED else ask_again
            serve_or_ask_again(session, notice, proof, version=version)
    except Refused:
        return False
    return True


def tell_lately(sessions: sessionmaker[Session], settings: Settings) -> int:
    """Tell the platforms what happened within the hour: so little is looked through that it can be asked often."""
    now = clock.now()
    return tell(sessions, settings, now, now - LATELY)


def tell_what_was_missed(sessions: sessionmaker[Session], settings: Settings) -> int:
    """All that was not told in its hour, because nothing ran then. Once at the start, and once a day."""
    told = last = tell(sessions, settings, clock.now(), THE_BEGINNING)
    while last >= TOLD_AT_ONCE:
        last = tell(sessions, settings, clock.now(), THE_BEGINNING)
        told += last
    return told


def tell(sessions: sessionmaker[Session], settings: Settings, now: datetime, since: datetime) -> int:
    by_webhook = tell_platforms(sessions, settings, now, since)
    return by_webhook + tell_by_mail(sessions, settings, now, since)
