"""Campaigns that are frozen at once: neither knows yet what the other draws, so that both could draw one listing.

A plan that was compared says that nothing sampled lately is drawn. So of two that share listings the second is frozen
once the first is drawn, and what that drew is left out of it (decision 0057).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.frame.engine import engine, text
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignStatus, FrameLayer, LayerKind
from quality.core.errors import Refused
from quality.core.words import _
from quality.people.models import Below, Organisation
from quality.targeting.coordination.rules import Reason


class Beside(NamedTuple):
    """A frozen campaign with which this one may share no listing. Its number is empty where an agency above has it."""

    campaign: Campaign
    number: str


def above(session: Session, campaign: Campaign) -> list[int]:
    """The agencies that its agency is below of."""
    asked = sa.select(Below.agency_id).where(
        Below.below_id == campaign.agency_id, Below.agency_id != campaign.agency_id
    )
    return list(session.scalars(asked))


def frozen_beside(session: Session, campaign: Campaign) -> list[Beside]:
    """Those that were not drawn yet: of its own agency if either plan leaves out a listing that was sampled lately, of
    one above if this one leaves out what that has."""
    superiors = above(session, campaign)
    frozen = sa.select(Campaign).where(
        Campaign.status == CampaignStatus.FROZEN,
        Campaign.agency_id.in_([campaign.agency_id, *superiors]),
        Campaign.id != campaign.id,
    )
    there = session.scalars(frozen.order_by(Campaign.id)).all()
    kept = rules_kept(session, [campaign.id, *(each.id for each in there)]) if there else {}
    own, found = kept.get(campaign.id, set()), []
    for each in there:
        if each.agency_id != campaign.agency_id:
            found += [Beside(each, "")] if Reason.SUPERIOR in own else []
        elif Reason.SAME_LISTING in own | kept.get(each.id, set()):
            found.append(Beside(each, each.number))
    return found


def rules_kept(session: Session, campaigns: Collection[int]) -> dict[int, set[str]]:
    """By which reasons each campaign's frame was compared; none for what was not."""
    asked = sa.select(FrameLayer.campaign_id, FrameLayer.basis).where(
        FrameLayer.campaign_id.in_(campaigns), FrameLayer.kind == LayerKind.EXCLUSIONS
    )
    return {campaign_id: set(basis["months"]) for campaign_id, basis in session.execute(asked)}


def refuse_shared(campaign: Campaign, beside: Collection[Beside], frames: Path) -> None:
    """Where both may draw one listing. Reads both files, with no lock held."""
    for each in beside:
        many = shared(file_to_draw(campaign, frames), file_to_draw(each.campaign, frames))
        if not many:
            continue
        told = {"count": f"{many:,}", "number": each.number}
        of_whom = (
            _(
                "%(count)s listings that may be drawn may be drawn by campaign %(number)s too, which is frozen: have "
                "that drawn first, take this plan back, and have it worked out again what is left out", **told
            ) if each.number else
            _(
                "%(count)s listings that may be drawn may be drawn by a frozen campaign of a superior authority too: "
                "wait until that is drawn, take this plan back, and have it worked out again what is left out", **told
            )
        )  # fmt: skip
        raise Refused("frozen_beside", of_whom)


def shared(one: Path, other: Path) -> int:
    """Listings that both files have: a listing_id is one listing's, on all platforms."""
    if not other.is_file():  # that campaign cannot be drawn either, as its own page says
        return 0
    with engine(one, other) as opened:
        found = opened.con.execute(
            f"SELECT count(*) FROM read_parquet({text(opened.source)}) "
            f"SEMI JOIN read_parquet({text(other.resolve())}) USING (listing_id)"
        )
        return int(found.fetchall()[0][0])


def wait_for_other_freezings(session: Session, campaign: Campaign) -> None:
    """Of two of an agency that are frozen at once, or of one and one above it, the second sees the first."""
    agencies = sorted([campaign.agency_id, *above(session, campaign)])
    alone = sa.select(Organisation.id).where(Organisation.id.in_(agencies)).order_by(Organisation.id)
    session.execute(alone.with_for_update(key_share=True)).all()


def refuse_others_since(session: Session, campaign: Campaign, before: Collection[Beside]) -> None:
    """For whoever has taken the campaign by now: was another one frozen while the files were read?"""
    if {each.campaign.id for each in frozen_beside(session, campaign)} - {each.campaign.id for each in before}:
        raise Refused(
            "frozen_beside",
            _("Another campaign was frozen at this very moment: freeze once more, to be compared with it"),
        )
