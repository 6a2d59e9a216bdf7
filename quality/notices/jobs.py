"""What happens to notices by itself: a notice that has its number is written out, sealed and so issued."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import canonical
from quality.core.errors import Refused
from quality.core.workflow import perform
from quality.notices.contents import document_of
from quality.notices.models import Notice, NoticeStatus
from quality.notices.verification import new_code
from quality.notices.workflow import SEALED
from quality.people.actor import SYSTEM

AT_ONCE = 100


def seal_issuing_notices(sessions: sessionmaker[Session], now: datetime) -> int:
    """Seal each notice in `issuing`; returns how many this run sealed.

    The document is made with no transaction open. Who dies before the claim leaves a notice that is still due; of two
    who make the same document, the second to claim is refused and its copy forgotten.
    """
    with sessions() as session:
        due = sa.select(Notice.id).where(Notice.status == NoticeStatus.ISSUING).order_by(Notice.id).limit(AT_ONCE)
        waiting = session.scalars(due).all()
    return sum(seal(sessions, notice_id, now) for notice_id in waiting)


def seal(sessions: sessionmaker[Session], notice_id: int, now: datetime) -> bool:
    code = new_code()
    with sessions() as session:
        notice = session.get_one(Notice, notice_id)
        version, document = notice.version, document_of(notice, issued_at=now, code=code)
    return claim(sessions, notice_id, version, sealed_copy(document, code, now))


def sealed_copy(document: dict[str, Any], code: str, now: datetime) -> dict[str, Any]:
    """The columns of a sealed notice: the document as canonical JSON, its sha256, its moment and its code."""
    text = canonical(document)
    return {
        "sealed": text,
        "sealed_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "issued_at": now,
        "verification_code": code,
    }


def claim(sessions: sessionmaker[Session], notice_id: int, version: int, facts: dict[str, Any]) -> bool:
    """Issue the notice as it was when the document was made, or leave it to whoever was first."""
    try:
        with sessions.begin() as session:
            perform(session, session.get_one(Notice, notice_id), SEALED, by=SYSTEM, version=version, facts=facts)
    except Refused:
        return False
    return True
