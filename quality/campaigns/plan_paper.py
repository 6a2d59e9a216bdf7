"""The sampling plan of a campaign (抽样方案): purpose and basis, frame, strata, how many of each, and who approved it.

It is printed from the edition that was approved (campaigns/versions.py) and from nothing that may have changed since.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignKind, CampaignVersion, Frame
from quality.campaigns.papers import NOT_APPROVED
from quality.campaigns.precision import half_width
from quality.campaigns.versions import approved_edition, is_as_recorded
from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.people.actor import Actor
from quality.people.models import Person

RATES = ("0.1", "0.5")  # what a market surveillance finds, and the rate that is hardest to measure
MOST_STRATA = 1_000  # rows of a table on paper; beyond them it would take minutes to print
STRATUM = ("size", "n", "reserve")


def ask_for_sampling_plan(session: Session, campaign: Campaign, language: Language, *, by: Actor) -> Document:
    """Once the plan is approved. After freezing it is asked for again, and says to what the agency is committed."""
    if campaign.status in NOT_APPROVED:
        raise Refused("not_approved", _("The sampling plan is written once the plan is approved"))
    edition = approved_edition(session, campaign)
    if edition is None:
        raise Refused("no_edition", _("This plan was approved before its editions were kept: there is none to print"))
    if is_as_recorded(session, campaign, edition) is False:
        raise Refused(
            "plan_changed", _("The approved plan is not what the record says was approved: nothing is printed")
        )
    return ask(
        session, campaign, DocumentKind.SAMPLING_PLAN, said(session, campaign, edition),
        number=campaign.number, agency_id=campaign.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def said(session: Session, campaign: Campaign, edition: CampaignVersion) -> dict[str, Any]:
    plan = edition.plan
    strata = plan.get("allocated") or {}
    totals = {field: sum(int(of[field]) for of in strata.values()) for field in STRATUM}
    names = dict(session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(who(campaign, edition)))).all())
    return {
        "plan": plan,
        "edition": edition.edition,
        "plan_sha256": edition.plan_sha256,
        "drafted_by": names.get(campaign.drafted_by_id),
        "approved_by": names.get(edition.approved_by_id or 0),
        "submitted_at": edition.submitted_at,
        "approved_at": edition.approved_at,
        "frame": frame_of(session, campaign),
        "totals": totals,
        "has_table": 0 < len(strata) <= MOST_STRATA,
        "strata_count": len(strata),
        "expected": expected(plan),
        "commitment": commitment_of(campaign),
    }


def who(campaign: Campaign, edition: CampaignVersion) -> list[int]:
    return [campaign.drafted_by_id, *([edition.approved_by_id] if edition.approved_by_id else [])]


def frame_of(session: Session, campaign: Campaign) -> dict[str, Any]:
    there = sa.select(Frame).where(Frame.agency_id == campaign.agency_id, Frame.sha256 == campaign.frame_sha256)
    frame = session.scalars(there).one_or_none()
    return {
        "source": campaign.frame_source,
        "hash": campaign.frame_hash,
        "imported_at": frame.imported_at if frame else None,
        "refused": frame.refused if frame else None,
        "drawn_from": campaign.drawn_from,
    }


def expected(plan: dict[str, Any]) -> list[dict[str, str]]:
    """The half-widths to expect of a probability sample, in percentage points; of any other kind there is none.

    What is drawn by size has them by its sizes, which the plan does not hold.
    """
    strata = plan.get("allocated") or {}
    if plan["kind"] != CampaignKind.PROBABILITY or plan.get("size") or not strata:
        return []
    sizes = {name: int(of["size"]) for name, of in strata.items()}
    to_buy = {name: int(of["n"]) for name, of in strata.items()}
    widths = {rate: half_width(sizes, to_buy, float(rate)) for rate in RATES}
    return [
        {"rate": f"{Decimal(rate) * 100:f}".rstrip("0").rstrip("."), "width": f"{width * 100:.1f}"}
        for rate, width in widths.items()
        if width is not None
    ]


def commitment_of(campaign: Campaign) -> dict[str, Any] | None:
    """What was published at freezing, and nothing of what is secret until closing."""
    if campaign.commitment is None:
        return None
    names = ("frozen_at", "frame_hash", "design_hash", "commitment", "public_event", "public_event_at", "drawn_at")
    return {name: getattr(campaign, name) for name in names}
