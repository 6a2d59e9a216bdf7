"""Which earlier campaigns a plan may ask for overlap with, or for none, and how far each of them drew."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal, localcontext

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.models import Campaign, CampaignStatus, Drawn
from quality.campaigns.numbers import DIGESTS
from quality.campaigns.sampling import DrawRole
from quality.core.errors import FieldProblem
from quality.core.words import _

PLACES = Decimal("1E-9")  # of a bound that is taken from what was drawn


def wrong_numbers(session: Session, design: Design, agency_id: int) -> list[FieldProblem]:
    """Nobody chooses a seed: among many some would put a certain listing into the part that is wanted."""
    if design.numbers is None:
        return []
    campaign = closed_by_seed(session, agency_id, design.numbers.seed)
    if campaign is None:
        said = _("Name a closed campaign of your agency: its seed is public, and nobody has chosen it")
        return [FieldProblem("numbers.seed", "not_closed", said)]
    if parse_design(campaign.design).size:
        said = _("%(number)s drew by size: permanent numbers do not tell whom it drew", number=campaign.number)
        return [FieldProblem("numbers.seed", "drawn_by_size", said)]
    return []


def closed_by_seed(session: Session, agency_id: int, seed: str) -> Campaign | None:
    """The closed campaign of an agency that drew by this seed. Of an open one nothing is told: its seed is secret."""
    return session.scalars(_closed(agency_id).where(Campaign.seed == seed).limit(1)).first()


def closed_by_number(session: Session, agency_id: int, number: str) -> Campaign | None:
    return session.scalars(_closed(agency_id).where(Campaign.number == number)).one_or_none()


def closed_lately(session: Session, agency_id: int, limit: int) -> list[tuple[str, str]]:
    """(number, title), the newest first."""
    asked = _closed(agency_id).with_only_columns(Campaign.number, Campaign.title).order_by(Campaign.id.desc())
    return [(number, title) for number, title in session.execute(asked.limit(limit))]


def _closed(agency_id: int) -> sa.Select[Campaign]:
    return sa.select(Campaign).where(Campaign.agency_id == agency_id, Campaign.status == CampaignStatus.CLOSED)


def drawn_until(session: Session, campaign: Campaign) -> Mapping[str, Decimal]:
    """By stratum, the bound below which everybody lies whom a campaign drew, reserves that came up among them.

    It may hold others too, where a reserve came up last. A stratum that was drawn as good as whole is not in it.
    """
    was_used = sa.or_(Drawn.role == DrawRole.MAIN, Drawn.replaces_id.is_not(None))
    asked = sa.select(Drawn.stratum, sa.func.max(Drawn.draw_digest)).where(Drawn.campaign_id == campaign.id, was_used)
    found = {}
    with localcontext() as arithmetic:
        arithmetic.prec = 90
        for stratum, digest in session.execute(asked.group_by(Drawn.stratum).order_by(Drawn.stratum)):
            bound = (Decimal(int(digest, 16) + 1) / DIGESTS).quantize(PLACES, ROUND_CEILING)
            if bound < 1:
                found[stratum] = bound
    return found
