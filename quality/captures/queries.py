"""Reads for captures: what stands beside a look that is due, and which pictures a person may take for their look."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.captures.models import Capture
from quality.core.workflow import name_of
from quality.evidence.models import EvidenceKind, Exhibit, Holding
from quality.notices.models import NoticeItem
from quality.notices.practice import practice_of

TRIES = 3


def by_clock(session: Session, clocks: Collection[int]) -> dict[int, Capture]:
    """Those that were tried to the end, by the clocks of the looks that are due."""
    of = sa.select(Capture).where(Capture.clock_id.in_(clocks), Capture.made_at.is_not(None))
    return {found.clock_id: found for found in session.scalars(of)}


def captures_of(session: Session, items: Collection[NoticeItem]) -> dict[int, list[Capture]]:
    """Those of these listings that were tried to the end, the last one last."""
    of = sa.select(Capture).where(Capture.item_id.in_([item.id for item in items]), Capture.made_at.is_not(None))
    found: dict[int, list[Capture]] = {item.id: [] for item in items}
    for each in session.scalars(of.order_by(Capture.made_at, Capture.id)):
        found[each.item_id].append(each)
    return found


def to_look_at(session: Session, item: NoticeItem) -> list[Capture]:
    """Pictures that nobody has taken for a look at this listing yet, newer than the last look; the newest first."""
    used = {sha256 for look in item.looks for sha256 in look.evidence}
    since = item.looks[-1].seen_at if item.looks else None
    return [
        each
        for each in reversed(captures_of(session, [item])[item.id])
        if each.sha256 and each.made_at and each.sha256 not in used and (since is None or each.made_at >= since)
    ]


def hosts_of(session: Session, agency_id: int | None) -> list[str]:
    practice = practice_of(session, agency_id)
    return list(practice.capture_hosts) if practice else []


def pictures_of(session: Session, captures: Collection[Capture]) -> dict[tuple[int, str], int]:
    """The exhibits that show them, by listing and hash."""
    wanted = {name_of(each.item): each.item_id for each in captures}
    asked = (
        sa.select(Exhibit.part, Holding.sha256, Exhibit.id)
        .join(Exhibit.holding)
        .where(Exhibit.part.in_(wanted), Exhibit.kind == EvidenceKind.CAPTURE)
    )
    return {(wanted[part], sha256): key for part, sha256, key in session.execute(asked)} if wanted else {}
