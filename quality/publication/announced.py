"""What is new about campaigns, for whoever follows them: bound, drawn, given up, closed, announced, the newest first.

Before a campaign is closed nothing of it is told but its number and the moments that its page shows too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.queries import ANNOUNCED
from quality.core.events import Event
from quality.documents.models import Document, DocumentKind, Language
from quality.people.models import Organisation

LOOKED_AT = 1_000  # campaigns, the last that were frozen, among whose moments the newest are sought
ENDS = {"close": CampaignStatus.CLOSED, "cancel": CampaignStatus.CANCELLED}  # by the move in the record


class What(StrEnum):
    FROZEN = "frozen"
    DRAWN = "drawn"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    ANNOUNCED = "announced"


ORDER = {what: place for place, what in enumerate(What)}  # of what happened at one moment


class About(NamedTuple):
    """A campaign, as much of it as may be told now. `title`: of a closed one; the others have none in public."""

    number: str
    agency: str
    commitment: str
    title: str


class CampaignNews(NamedTuple):
    at: datetime
    what: What
    about: About
    edition: int = 0  # of the announcement


def campaign_news(session: Session, limit: int) -> list[CampaignNews]:
    """Of an announcement the edition in force: it stands in place of those before it."""
    found = [*bound_and_drawn(session), *ended(session), *announcements(session)]
    return sorted(found, key=lambda each: (each.at, each.about.number, ORDER[each.what]), reverse=True)[:limit]


def bound_and_drawn(session: Session) -> Iterator[CampaignNews]:
    for about, frozen_at, drawn_at in told_of(session, Campaign.frozen_at, Campaign.drawn_at):
        yield CampaignNews(frozen_at, What.FROZEN, about)
        if drawn_at:
            yield CampaignNews(drawn_at, What.DRAWN, about)


def ended(session: Session) -> Iterator[CampaignNews]:
    """When, the record knows."""
    moved = sa.and_(Event.subject_type == Campaign.__tablename__, Event.subject_id == Campaign.id)
    for about, action, at in told_of(session, Event.action, Event.at, beside=(Event, moved & Event.action.in_(ENDS))):
        yield CampaignNews(at, What(ENDS[action]), about)


def announcements(session: Session) -> Iterator[CampaignNews]:
    of_it = sa.and_(Document.subject_type == Campaign.__tablename__, Document.subject_id == Campaign.id)
    made = of_it & (Document.kind == DocumentKind.ANNOUNCEMENT) & (Document.language == Language.ZH)
    made &= Document.sha256.is_not(None) & Document.withdrawn_at.is_(None)
    newest: dict[str, CampaignNews] = {}
    for about, edition, at in told_of(session, Document.edition, Document.made_at, beside=(Document, made)):
        if about.number not in newest or newest[about.number].edition < edition:
            newest[about.number] = CampaignNews(at, What.ANNOUNCED, about, edition)
    yield from newest.values()


def told_of(session: Session, *wanted: Any, beside: tuple[Any, Any] | None = None) -> Iterator[tuple[Any, ...]]:
    """Of each campaign that the public was told of, what is wanted, from a table beside it where one is given."""
    public = Campaign.status.in_([*ANNOUNCED, CampaignStatus.CANCELLED]) & Campaign.frozen_at.is_not(None)
    last = sa.select(Campaign.id).where(public).order_by(Campaign.frozen_at.desc()).limit(LOOKED_AT)
    asked = (
        sa.select(Campaign.number, Campaign.status, Campaign.title, Campaign.commitment, Organisation.name, *wanted)
        .join(Organisation, Organisation.id == Campaign.agency_id)
        .where(Campaign.id.in_(last))
    )
    if beside is not None:
        asked = asked.join(*beside)
    for number, status, title, commitment, agency, *more in session.execute(asked):
        shown = title if status == CampaignStatus.CLOSED else ""
        yield About(number, agency, commitment or "", shown), *more
