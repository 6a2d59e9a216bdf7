"""What happens by itself once a platform has a notice before it: the receipt is proven and the clocks run."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import Refused
from quality.core.events import Access
from quality.delivery.operations import OPENED, ask_again, first_opening, issued_at, serve
from quality.notices.models import Notice, NoticeStatus

AT_ONCE = 200
WITH_THE_PLATFORM = (NoticeStatus.ACKNOWLEDGED, NoticeStatus.REOPENED)


def serve_opened_notices(sessions: sessionmaker[Session], now: datetime) -> int:
    """Serve each issued notice that its platform has opened, and give time anew for what went back to it.

    Nothing is told to this job: it asks who opened what. Twenty runs at once serve once, each from the first opening.
    """
    with sessions() as session:
        waiting = [(row[0], row[1]) for row in session.execute(opened_and_waiting(now))]
    return sum(prove_receipt(sessions, notice_id, version) for notice_id, version in waiting)


def opened_and_waiting(now: datetime) -> sa.Select[int, int]:
    """Ids and versions of notices that their platform opened since they were issued, or since it was asked again."""
    since = sa.case((Notice.status == NoticeStatus.ISSUED, Notice.issued_at), else_=Notice.asked_again_at)
    opened = (
        sa.select(Access.id)
        .where(Access.subject_type == Notice.__tablename__, Access.subject_id == Notice.id, Access.what == OPENED)
        .where(Access.organisation_id == Notice.platform_id, Access.actor.startswith("person:"))
        .where(Access.at >= since, Access.at <= now)
        .exists()
    )
    asked_again = sa.and_(Notice.status.in_(WITH_THE_PLATFORM), Notice.asked_again_at.is_not(None))
    return (
        sa.select(Notice.id, Notice.version)
        .where(sa.or_(Notice.status == NoticeStatus.ISSUED, asked_again), opened)
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
            proof = first_opening(session, notice, notice.asked_again_at or issued_at(notice))
            assert proof, "it was seen, and access is never taken back"
            serve_or_ask_again = serve if notice.status == NoticeStatus.ISSUED else ask_again
            serve_or_ask_again(session, notice, proof, version=version)
    except Refused:
        return False
    return True
