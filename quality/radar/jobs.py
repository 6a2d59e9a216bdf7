"""Keeps a fingerprint of each verified takedown, and compares each frame that is imported later with all of them."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.campaigns.operations import known_platforms
from quality.core.db import insert_into
from quality.core.errors import Invalid
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.models import ItemKind, ItemStatus, Notice, NoticeItem
from quality.notices.operations.alike import ENDED, SETTLED
from quality.purchases.models import Sample, Task
from quality.radar.matching import Traits, traits_of
from quality.radar.models import Fingerprint, Hit, Swept
from quality.radar.operations import settle
from quality.radar.queries import Waiting, still_down, waiting
from quality.radar.sweeping import Known, Passed, Sweep, lay_out, sweep

log = logging.getLogger("mingcha.radar")
AT_ONCE = 500


def watch_for_relistings(sessions: sessionmaker[Session], frames: Path, now: datetime) -> int:
    """How many frames were compared. First each takedown that was verified since gets its fingerprint, and each hit
    that somebody has spoken about elsewhere is settled.

    A frame that cannot be read is told in the log, and keeps no other waiting. Of two processes that compare the same,
    the second finds that the first has written it down.
    """
    keep_fingerprints(sessions)
    with sessions.begin() as session:
        settle(session)
    with sessions() as session:
        left = waiting(session)
        platforms = known_platforms(session) if left else {}
    made = 0
    for agency_id, theirs in groupby(left, key=lambda each: each.agency_id):
        with tempfile.TemporaryDirectory(prefix="radar-") as folder, sessions() as session:
            file, known = Path(folder) / "fingerprints.parquet", fingerprints_of(session, agency_id)
            lay_out(known, file)
            by_item = {each.item: each.traits for each in known}
            for frame in theirs:
                made += compare(sessions, frames, frame, (file, by_item), platforms=platforms, now=now)
    return made


def keep_fingerprints(sessions: sessionmaker[Session]) -> int:
    """How many takedowns were verified, or verified again, since the last time."""
    made = 0
    while True:
        with sessions.begin() as session:
            items = verified_since(session)
            rows = [fingerprint_of(item, listing) for item, listing in with_their_listings(session, items)]
            if rows:
                added = insert_into(session, Fingerprint)
                said = {name: added.excluded[name] for name in rows[0] if name != "item_id"}
                session.execute(added.on_conflict_do_update(index_elements=["item_id"], set_=said), rows)
        made += len(items)
        if len(items) < AT_ONCE:
            return made


def verified_since(session: Session) -> Sequence[NoticeItem]:
    kept = sa.select(Fingerprint.id).where(
        Fingerprint.item_id == NoticeItem.id, Fingerprint.verified_at == NoticeItem.settled_at
    )
    asked = (
        sa.select(NoticeItem)
        .where(NoticeItem.status == ItemStatus.VERIFIED, ~kept.exists())
        .options(
            joinedload(NoticeItem.notice),
            joinedload(NoticeItem.finding).joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.drawn),
        )
        .order_by(NoticeItem.id)
        .limit(AT_ONCE)
    )
    return session.scalars(asked).all()


def with_their_listings(session: Session, items: Sequence[NoticeItem]) -> Iterator[tuple[NoticeItem, dict[str, Any]]]:
    """Each with the row of its frame, as it stood; what its label bore of the tested product is its as well."""
    asked = sa.select(Alike).where(Alike.finding_id.in_({item.finding_id for item in items}))
    alike = {(each.finding_id, each.platform_id, each.listing_id): each.listing for each in session.scalars(asked)}
    for item in items:
        sample = item.finding.sample
        barcode = {} if item.kind == ItemKind.SAME_SELLER or not sample.barcode else {"barcode": sample.barcode}
        drawn = sample.purchase.drawn.listing if item.kind == ItemKind.TESTED else {}
        row = drawn or alike.get((item.finding_id, item.platform_id, item.listing_id), {})
        yield item, row | {"listing_id": item.listing_id} | barcode


def fingerprint_of(item: NoticeItem, listing: dict[str, Any]) -> dict[str, Any]:
    traits = traits_of(listing, item.platform_id)
    return {
        "item_id": item.id,
        "agency_id": item.agency_id,
        "platform_id": item.platform_id,
        "verified_at": item.settled_at,
        "listing_id": traits.listing_id,
        "barcode": traits.barcode,
        "shop_code": traits.shop_code[:40],
        "shop_id": traits.shop_id[:200],
        "title": traits.title,
        "price_fen": traits.price_fen,
        "picture": None if traits.picture is None else f"{traits.picture:016x}",
    }


def fingerprints_of(session: Session, agency_id: int) -> list[Known]:
    """Of all that the agency had taken down and that stands so."""
    kept = Fingerprint
    asked = (
        sa.select(
            kept.item_id, kept.verified_at, kept.platform_id, kept.listing_id, kept.barcode,
            kept.shop_code, kept.shop_id, kept.title, kept.price_fen, kept.picture,
        )
        .join(NoticeItem, NoticeItem.id == Fingerprint.item_id)
        .join(Finding, Finding.id == NoticeItem.finding_id)
        .where(Fingerprint.agency_id == agency_id, still_down())
        .order_by(Fingerprint.item_id)
    )  # fmt: skip
    return [
        Known(item, Traits._make([*traits, None if picture is None else int(picture, 16)]), verified_at)
        for item, verified_at, *traits, picture in session.execute(asked)
    ]


def compare(
    sessions: sessionmaker[Session],
    frames: Path,
    frame: Waiting,
    fingerprints: tuple[Path, dict[int, Traits]],
    *,
    platforms: dict[str, int],
    now: datetime,
) -> bool:
    file, known = fingerprints
    with sessions() as session:
        passed = no_news(session, frame.agency_id)
    try:
        seen = sweep(
            frames / f"{frame.frame}.parquet", file, platforms, known, imported_at=frame.imported_at, passed=passed
        )
    except Invalid as problem:
        log.warning("frame %s was not compared: %s", frame.frame, problem)
        return False
    try:
        with sessions.begin() as session:
            keep(session, frame, seen, now)
    except IntegrityError:
        return False  # another process was quicker
    return True


def no_news(session: Session, agency_id: int) -> set[Passed]:
    """Listings that wait on the worklist, or to be taken down; and what a person has said to be the product of a
    finding, or another one. That a listing was no longer there, a later frame may contradict."""
    waits = sa.select(Hit.platform_id, Hit.listing_id).where(Hit.agency_id == agency_id, Hit.decision.is_(None))
    asked_for = (
        sa.select(Notice.platform_id, NoticeItem.listing_id)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .where(Notice.agency_id == agency_id, Notice.status.not_in(ENDED), NoticeItem.status.not_in(SETTLED))
    )
    said = (
        sa.select(Alike.platform_id, Alike.listing_id, NoticeItem.id)
        .join(NoticeItem, NoticeItem.finding_id == Alike.finding_id)
        .where(Alike.agency_id == agency_id, Alike.decision.is_not(None), NoticeItem.status == ItemStatus.VERIFIED)
    )
    found = {Passed(*row, None) for asked in (waits, asked_for) for row in session.execute(asked)}
    return found | {Passed(*row) for row in session.execute(said)}


def keep(session: Session, frame: Waiting, seen: Sweep, now: datetime) -> None:
    """In one transaction what was found and that it was looked for."""
    made = Swept(
        agency_id=frame.agency_id,
        campaign_id=frame.campaign_id,
        frame_sha256=frame.frame,
        imported_at=frame.imported_at,
        at=now,
        rows=frame.rows,
        compared=seen.compared,
        hits=len(seen.found),
        left_out=seen.left_out,
    )
    session.add(made)
    session.flush()
    rows = [
        {
            "swept_id": made.id,
            "agency_id": frame.agency_id,
            "item_id": each.item,
            "platform_id": each.platform,
            "listing_id": each.listing["listing_id"],
            "is_itself": each.again.is_itself,
            "sure": each.again.sure,
            "rank": each.again.rank,
            "why": [*each.again.why],
            "listing": each.listing,
            "found_at": now,
            "reason": "",
        }
        for each in seen.found
    ]
    if rows:
        session.execute(insert_into(session, Hit).on_conflict_do_nothing(), rows)
