"""Reads for the radar: what a reader may see, what was compared, and what has yet to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core.errors import NotFound
from quality.core.events import Event
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import ItemStatus, NoticeItem
from quality.people.actor import Actor, within
from quality.people.models import Below
from quality.permissions import Can
from quality.radar.models import Fingerprint, Hit, Swept


def visible_to(actor: Actor) -> sa.Select[Hit]:
    """Who reads findings reads what came back, never the platforms. In no order."""
    return sa.select(Hit).where(within(Hit, actor) if actor.can(Can.FINDING_READ) else sa.false())


def one_visible(session: Session, actor: Actor, key: int) -> Hit:
    found = session.scalars(visible_to(actor).where(Hit.id == key)).one_or_none()
    if found is None:
        raise NotFound(str(key))
    return found


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
