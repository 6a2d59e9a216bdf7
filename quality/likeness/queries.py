"""Reads for what is like a tested listing: what a reader may see, and what has yet to be looked through."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, CampaignStatus
from quality.core.errors import NotFound
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.likeness.models import Alike, LookedThrough
from quality.people.actor import Actor, within
from quality.people.models import Below
from quality.permissions import Can


def visible_to(actor: Actor) -> sa.Select[Alike]:
    """Who reads findings reads what is like them. In no order."""
    return sa.select(Alike).where(within(Alike, actor) if actor.can(Can.FINDING_READ) else sa.false())


def one_visible(session: Session, actor: Actor, key: int) -> Alike:
    found = session.scalars(visible_to(actor).where(Alike.id == key)).one_or_none()
    if found is None:
        raise NotFound(str(key))
    return found


def of_finding(session: Session, finding: Finding) -> list[Alike]:
    asked = sa.select(Alike).where(Alike.finding_id == finding.id).options(joinedload(Alike.platform))
    return list(session.scalars(asked.order_by(Alike.id)))


def frames_of() -> sa.Select[int, str | None]:
    """(finding, frame): each confirmed nonconforming finding with each frame that its agency may read."""
    return (
        sa.select(Finding.id, Campaign.frame_sha256)
        .join(Below, Below.agency_id == Finding.agency_id)
        .join(Campaign, Campaign.agency_id == Below.below_id)
        .where(Finding.status == FindingStatus.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
        .where(Campaign.frame_sha256.is_not(None), Campaign.status != CampaignStatus.CANCELLED)
        .distinct()
    )


def not_looked_through() -> sa.Select[int, str | None]:
    """The same, of which nobody has looked yet."""
    looked = sa.select(LookedThrough.id).where(
        LookedThrough.finding_id == Finding.id, LookedThrough.frame_sha256 == Campaign.frame_sha256
    )
    return frames_of().where(~looked.exists())


class Progress(NamedTuple):
    looked: int  # frames
    waiting: int
    left_out: int  # listings

    @property
    def frames(self) -> int:
        return self.looked + self.waiting


def progress_of(session: Session, findings: sa.ColumnElement[bool]) -> Progress:
    """How far the job has come with these findings: looks that were made and looks that wait."""
    made = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(LookedThrough.left_out), 0)).select_from(
        sa.join(LookedThrough, Finding, LookedThrough.finding_id == Finding.id)
    )
    looked, left_out = session.execute(made.where(findings)).one()
    waiting = sa.select(sa.func.count()).select_from(not_looked_through().where(findings).subquery())
    return Progress(looked, session.scalars(waiting).one(), left_out)
