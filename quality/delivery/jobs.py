"""What happens by itself once a platform has a notice before it: the receipt is proven and the clocks run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import Refused
from quality.core.workflow import record
from quality.delivery.calling import call_by_mail
from quality.delivery.falling_back import try_another_way
from quality.delivery.mail import tell_by_mail
from quality.delivery.models import Receipt
from quality.delivery.operations import ask_again, first_proof, keep, opened, serve, taken
from quality.delivery.queries import WITH_THE_PLATFORM
from quality.delivery.telling import AT_ONCE as TOLD_AT_ONCE
from quality.delivery.telling import LATELY, tell_platforms
from quality.notices.models import EditionKind, Notice, NoticeEdition, NoticeItem, NoticeStatus
from quality.people.actor import SYSTEM

AT_ONCE = 200
LATER = (EditionKind.AMENDMENT, EditionKind.PARTIAL_WITHDRAWAL)
THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def serve_received_notices(sessions: sessionmaker[Session], _now: datetime) -> int:
    """Serve each issued notice that its platform has, and give time anew for what went back to it.

    Nothing is told to this job: it asks who opened or took what. Twenty runs at once serve once, from the first proof.
    """
    with sessions() as session:
        waiting = [(row[0], row[1]) for row in session.execute(received_and_waiting())]
        editions = [(row[0], row[1]) for row in session.execute(editions_heard_of())]
    proved = sum(prove_receipt(sessions, notice_id, version) for notice_id, version in waiting)
    return proved + sum(prove_edition(sessions, edition_id, version) for edition_id, version in editions)


def received_and_waiting() -> sa.Select[int, int]:
    """Ids and versions of notices that their platform opened or took since they were issued, or it was asked again."""
    new = sa.and_(Notice.status == NoticeStatus.ISSUED, sa.or_(is_there(opened()), is_there(taken())))
    again = sa.select(NoticeItem.notice_id).where(is_asked_again_and_heard())
    return (
        sa.select(Notice.id, Notice.version)
        .where(sa.or_(new, sa.and_(Notice.status.in_(WITH_THE_PLATFORM), Notice.id.in_(again))))
        .order_by(Notice.id)
        .limit(AT_ONCE)
    )


def editions_heard_of() -> sa.Select[int, int]:
    """Ids of later editions, and versions of their notices, that the platform has and no receipt names yet."""
    named = sa.exists().where(Receipt.notice_id == NoticeEdition.notice_id, Receipt.edition >= NoticeEdition.edition)
    heard = sa.or_(is_there(opened(NoticeEdition)), is_there(taken(NoticeEdition)))
    return (
        sa.select(NoticeEdition.id, Notice.version)
        .join(NoticeEdition.notice)
        .where(NoticeEdition.in_version.is_not(None), NoticeEdition.kind.in_(LATER), ~named, heard)
        .where(Notice.status.in_([*WITH_THE_PLATFORM, NoticeStatus.ANSWERED]))
        .order_by(NoticeEdition.id)
        .limit(AT_ONCE)
    )


def prove_edition(sessions: sessionmaker[Session], edition_id: int, version: int) -> bool:
    """That the platform has this edition: for the record, where no listing of it brought the proof before."""
    try:
        with sessions.begin() as session:
            edition = session.get_one(NoticeEdition, edition_id)
            notice = edition.notice
            proof = first_proof(session, notice, edition)
            assert proof, "it was seen, and access is never taken back"
            details = {"edition": edition.edition}
            record(session, notice, "edition_received", by=SYSTEM, version=version, details=details)
            keep(session, notice, proof)
    except Refused:
        return False
    return True


def is_there(proofs: sa.Select[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(proofs.correlate(Notice, NoticeItem, NoticeEdition).exists())


def is_asked_again_and_heard() -> sa.ColumnElement[bool]:
    heard = sa.or_(is_there(opened(NoticeItem)), is_there(taken(NoticeItem)))
    return sa.and_(NoticeItem.asked_again_in.is_not(None), NoticeItem.notice_id == Notice.id, heard)


def prove_receipt(sessions: sessionmaker[Session], notice_id: int, version: int) -> bool:
    """Claim this notice in the version that was seen, or leave it to whoever was first."""
    try:
        with sessions.begin() as session:
            notice = session.get_one(Notice, notice_id)
            if notice.version != version:
                return False
            if notice.status == NoticeStatus.ISSUED:
                proof = first_proof(session, notice)
                assert proof, "it was seen, and access is never taken back"
                serve(session, notice, proof, version=version)
            else:
                proofs = {item.id: first_proof(session, notice, item) for item in notice.asked_again}
                ask_again(session, notice, {key: proof for key, proof in proofs.items() if proof}, version=version)
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


def fall_back(sessions: sessionmaker[Session], settings: Settings) -> int:
    """Where nothing proves in time that a platform has a notice: try the next way, and ring whose notice it is."""
    now = clock.now()
    return try_another_way(sessions, settings, now) + call_by_mail(sessions, settings, now)


def tell(sessions: sessionmaker[Session], settings: Settings, now: datetime, since: datetime) -> int:
    by_webhook = tell_platforms(sessions, settings, now, since)
    return by_webhook + tell_by_mail(sessions, settings, now, since)
