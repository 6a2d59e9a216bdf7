"""What was taken down and is on sale again: a verified takedown, and a frame that is imported after it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.notices.models import Notice, NoticeItem, NoticeStatus
from quality.radar.jobs import watch_for_relistings
from quality.radar.models import Hit
from tests.harness.clock import HeldClock
from tests.harness.likeness import shelve
from tests.harness.notices import notice_at
from tests.harness.people import Cast
from tests.harness.purchases import FACTS, settings


def taken_down(session: Session, cast: Cast, *findings: Any) -> Notice:
    """A closed notice: each of its listings was seen to be gone."""
    return notice_at(session, cast, NoticeStatus.CLOSED, *findings)


def watch(session: Session) -> int:
    session.commit()
    made = watch_for_relistings(sessionmaker(session.get_bind()), settings().frames_folder, clock.now())
    session.expire_all()
    return made


def back_on_sale(item: NoticeItem) -> list[dict[str, str]]:
    """Rows of a later frame: the listing itself, the same goods under another number, and other goods."""
    platform = item.notice.platform.name
    return [
        {"listing_id": item.listing_id, "platform": platform, "title": "磁力棒 重新上架"},
        {"listing_id": "R2", "platform": "青禾集市", "barcode": FACTS.barcode, "title": "磁力棒 换了链接"},
        {"listing_id": "R3", "platform": platform, "title": "跳棋"},
    ]


def relisted(session: Session, cast: Cast, held: HeldClock, *findings: Any) -> tuple[Notice, dict[str, Hit]]:
    """A takedown, and a day later a frame in which its first listing is back: the hits by their listings' ids."""
    notice = taken_down(session, cast, *findings)
    held.advance(days=1)
    shelve(session, cast, back_on_sale(notice.items[0]))
    watch(session)
    return notice, hits(session)


def hits(session: Session) -> dict[str, Hit]:
    return {hit.listing_id: hit for hit in session.scalars(sa.select(Hit).order_by(Hit.id))}
