"""The categories of products that an agency has a name for: those of its plans and of its library."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.standards.queries import categories_in_library

SEVERAL = re.compile(r"[、，,；;/]")  # between those of a plan that names several
MOST = 5_000


def known_categories(session: Session, campaign: Campaign) -> list[str]:
    """By which a frame's categories are held against what somebody meant (decision 0052)."""
    asked = sa.select(Campaign.category).where(Campaign.agency_id == campaign.agency_id).distinct().limit(MOST)
    planned = [part.strip() for whole in session.scalars(asked) for part in (whole, *SEVERAL.split(whole))]
    return sorted({each for each in (*planned, *categories_in_library(session, campaign.agency_id, MOST)) if each})
