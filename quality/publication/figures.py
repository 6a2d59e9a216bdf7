"""The counts of closed campaigns as they are kept: written with what changes them, read by whoever shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.design import parse_design
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignStatus, DrawnStratum
from quality.campaigns.sampling import sizes_of
from quality.clocks.days import day_of
from quality.core.db import insert_into
from quality.core.errors import Invalid
from quality.core.events import Event
from quality.publication.counting import Counted, as_kept, count, from_kept
from quality.publication.epoch import shows
from quality.publication.models import FiguresKind, PublicFigures

shows(PublicFigures)  # to everybody: whoever writes one raises the epoch
AT_ONCE = 20  # campaigns in one run of the job
MOST = 2_000  # campaigns in one table of figures, the newest


def count_anew(session: Session, campaign: Campaign, now: datetime) -> Counted:
    """Count a closed campaign and keep it, in the transaction that changed it."""
    counted = count(session, campaign, ended_on(session, campaign))
    keep(session, (FiguresKind.CAMPAIGN, campaign.number), as_kept(counted), now, counted.ended_on)
    return counted


def keep(
    session: Session, key: tuple[FiguresKind, str], figures: Mapping[str, Any], now: datetime, on: date | None = None
) -> None:
    """In place of what was kept before."""
    kind, name = key
    said = {"ended_on": on, "counted_at": now, "figures": figures}
    row = insert_into(session, PublicFigures).values(kind=kind, name=name, **said)
    session.execute(row.on_conflict_do_update(index_elements=["kind", "name"], set_=said))


def ended_on(session: Session, campaign: Campaign) -> date:
    """The last day of its sampling: the planned one, or the day in Beijing on which it was closed before."""
    closing = sa.select(Event.at).where(Event.subject_type == Campaign.__tablename__, Event.subject_id == campaign.id)
    closed_at = session.scalars(closing.where(Event.new_status == CampaignStatus.CLOSED).limit(1)).one()
    return min(campaign.ends_on, day_of(closed_at))


# --- read ---


def counted_of(session: Session, number: str) -> Counted | None:
    row = session.get(PublicFigures, (FiguresKind.CAMPAIGN, number))
    return from_kept(row.figures) if row else None


def all_counted(session: Session) -> list[Counted]:
    """The newest first, by the last day of their sampling."""
    asked = (
        sa.select(PublicFigures.figures)
        .where(PublicFigures.kind == FiguresKind.CAMPAIGN)
        .order_by(PublicFigures.ended_on.desc(), PublicFigures.name.desc())
        .limit(MOST)
    )
    return [from_kept(figures) for figures in session.scalars(asked)]


# --- what was closed, or drawn, before any of this was kept ---


def count_what_is_missing(sessions: sessionmaker[Session], frames: Path, now: datetime) -> int:
    """Count each closed campaign that is not counted; returns how many. One transaction a campaign."""
    kept = sa.select(PublicFigures.name).where(PublicFigures.kind == FiguresKind.CAMPAIGN)
    asked = sa.select(Campaign.id).where(Campaign.status == CampaignStatus.CLOSED, Campaign.number.not_in(kept))
    with sessions() as session:
        missing: Sequence[int] = session.scalars(asked.order_by(Campaign.id).limit(AT_ONCE)).all()
    for key in missing:
        with sessions.begin() as session:
            campaign = session.get_one(Campaign, key)
            write_down_sizes(session, campaign, frames)
            count_anew(session, campaign, now)
    return len(missing)


def write_down_sizes(session: Session, campaign: Campaign, frames: Path) -> None:
    """Of a campaign that was drawn before they were kept. Where its frame cannot be read, they stay unknown."""
    known = sa.select(DrawnStratum.stratum).where(DrawnStratum.campaign_id == campaign.id).limit(1)
    if session.scalars(known).first() is not None:
        return
    design = parse_design(campaign.design)
    try:
        sizes = sizes_of(file_to_draw(campaign, frames), design.strata, design.bands)
    except Invalid:
        return
    session.add_all(DrawnStratum(campaign_id=campaign.id, stratum=name, size=size) for name, size in sizes.items())
    session.flush()
