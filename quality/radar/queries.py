"""Reads for the radar: what a reader may see, what has yet to be compared, and how often listings came back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core.errors import NotFound
from quality.core.events import Event
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import ItemStatus, Notice, NoticeItem
from quality.people.actor import Actor, within
from quality.people.models import Below
from quality.permissions import Can
from quality.radar.models import Fingerprint, Hit, Said, Swept


def visible_to(actor: Actor) -> sa.Select[Hit]:
    """Who reads findings reads what came back, never the platforms. In no order."""
    return sa.select(Hit).where(within(Hit, actor) if actor.can(Can.FINDING_READ) else sa.false())


def one_visible(session: Session, actor: Actor, key: int) -> Hit:
    found = session.scalars(visible_to(actor).where(Hit.id == key)).one_or_none()
    if found is None:
        raise NotFound(str(key))
    return found


class Relisted(NamedTuple):
    """Of one platform: how many hits a person has found to be the same, how many wait, how many were nothing."""

    same: int = 0
    open: int = 0
    other: int = 0  # other goods, or gone when somebody looked
    elsewhere: int = 0  # of `same`: taken down on this platform, and there again under another number


def relisted(
    session: Session,
    platform_ids: Collection[int],
    *,
    of: sa.ColumnElement[bool] | None = None,
    since: datetime | None = None,
) -> dict[int, Relisted]:
    """By platform, what later frames showed to be on sale again of what was taken down; each platform asked for is in
    it. `of` is a condition over `Hit`, as `within(Hit, actor)`; `since`, found from then on."""
    counts = {
        name: sa.func.count(sa.case((condition, 1)))
        for name, condition in {
            "same": Hit.decision == Said.SAME,
            "open": Hit.decision.is_(None),
            "other": Hit.decision.in_((Said.OTHER, Said.GONE)),
            "elsewhere": sa.and_(Hit.decision == Said.SAME, ~Hit.is_itself, Hit.platform_id == Notice.platform_id),
        }.items()
    }
    asked = sa.select(Hit.platform_id, *counts.values()).join(Hit.item).join(NoticeItem.notice)
    asked = asked.where(Hit.platform_id.in_(platform_ids))
    if of is not None:
        asked = asked.where(of)
    if since is not None:
        asked = asked.where(Hit.found_at >= since)
    found = {key: Relisted(*many) for key, *many in session.execute(asked.group_by(Hit.platform_id))}
    return {key: found.get(key, Relisted()) for key in platform_ids}


def still_down() -> sa.ColumnElement[bool]:
    """With its item and its finding: a takedown that stands as verified, for a finding that stands."""
    return sa.and_(
        NoticeItem.status == ItemStatus.VERIFIED,
        Finding.status == FindingStatus.CONFIRMED,
        Finding.verdict == Verdict.NONCONFORMING,
    )


class Waiting(NamedTuple):
    """A frame that an agency has yet to compare with what it had taken down before."""

    agency_id: int
    campaign_id: int
    frame: str  # sha256
    rows: int
    imported_at: datetime


def not_swept() -> sa.Select[int, int, str, int, datetime]:
    """(agency, campaign, frame, rows, imported at) of each frame that an agency may read and that was imported after
    it had seen a takedown for itself. A file imported again for another campaign is a frame of its own: it says that
    its listings were on sale then."""
    imported_at = (
        sa.select(sa.func.max(Event.at))
        .where(Event.subject_type == Campaign.__tablename__, Event.subject_id == Campaign.id)
        .where(Event.action == "set_frame")
        .correlate(Campaign)
        .scalar_subquery()
    )
    imported = sa.type_coerce(imported_at, Event.at.type)
    done = sa.select(Swept.id).where(
        Swept.agency_id == Below.agency_id,
        Swept.campaign_id == Campaign.id,
        Swept.frame_sha256 == Campaign.frame_sha256,
    )
    before = sa.select(Fingerprint.id).where(
        Fingerprint.agency_id == Below.agency_id, Fingerprint.verified_at < imported
    )
    return (
        sa.select(Below.agency_id, Campaign.id, Campaign.frame_sha256, Campaign.frame_rows, imported)
        .join(Campaign, Campaign.agency_id == Below.below_id)
        .where(Campaign.frame_sha256.is_not(None), Campaign.status != CampaignStatus.CANCELLED)
        .where(~done.exists(), before.exists())
        .order_by(Below.agency_id, Campaign.id)
    )


def waiting(session: Session) -> list[Waiting]:
    return [Waiting(*row) for row in session.execute(not_swept())]


def waiting_for(session: Session, actor: Actor) -> int:
    """How many frames the actor's agency has yet to compare."""
    left = not_swept().where(Below.agency_id == actor.organisation_id).order_by(None).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(left)).one()


def swept_by(session: Session, actor: Actor, most: int, before: int | None = None) -> Sequence[Swept]:
    """Which frames were compared, the last first; from `before` on, an id."""
    if not actor.can(Can.FINDING_READ):
        return []
    asked = sa.select(Swept).where(within(Swept, actor)).order_by(Swept.id.desc()).limit(most)
    if before is not None:
        asked = asked.where(Swept.id < before)
    return session.scalars(asked.options(joinedload(Swept.campaign))).all()
