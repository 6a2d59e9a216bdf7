"""A plan as plain data, and what is different between two of them: what a reviewer reads first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignStatus, CampaignVersion
from quality.campaigns.sources import sources_of
from quality.core import clock, differences
from quality.core.differences import Change, Reviewed, by_name, field_by_field, next_edition
from quality.standards.queries import Source

BY_NAME = ("bands", "by_stratum", "cost_by_stratum")
ITEM_FIELDS = ("limit", "method", "rule", "clause", "lab_fee", "source")


def plan_of(session: Session, campaign: Campaign) -> dict[str, Any]:
    """What a reviewer approves, as text only: the plan, its test items, the design and the frame it is drawn from."""
    taken_from = sources_of(session, campaign.items)
    design = parse_design(campaign.design)
    by_stratum = design.deviations or design.fixed
    return {
        "title": campaign.title,
        "kind": campaign.kind.value,
        "basis": campaign.basis,
        "category": campaign.category,
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
        "price_cap_fen": _text(campaign.price_cap_fen),
        "budget_fen": _text(campaign.budget_fen),
        "size_basis": campaign.size_basis or None,  # not set is None: no plan of before says anything of it
        "follow_up": "yes" if campaign.follow_up else None,
        "laboratory": campaign.laboratory.name if campaign.laboratory else None,
        "strata": "/".join(design.strata),
        "bands": {name: f"{band.column}: {', '.join(map(str, band.edges))}" for name, band in design.bands},
        "method": design.method.value,
        "n": _text(design.n),
        "min_per_stratum": str(design.min_per_stratum),
        "reserve": str(design.reserve),
        "by_stratum": {name: str(value) for name, value in by_stratum.items()},
        "cost_by_stratum": {name: str(cost) for name, cost in design.costs.items()},
        "frame": campaign.frame_sha256,
        "frame_rows": _text(campaign.frame_rows),
        "items": {
            " / ".join(filter(None, (item.product, item.item))): {
                "limit": item.limit,
                "method": item.method,
                "rule": item.rule,
                "clause": item.clause,
                "lab_fee": _text(item.lab_fee_fen),
                "source": source_text(taken_from.get(item.standard_limit_id or 0)),
            }
            for item in campaign.items
        },
    }


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Field by field, in the order of the plan; test items and strata by their names."""
    yield from field_by_field(old, new, but={"items", *BY_NAME})
    for kind in BY_NAME:
        yield from by_name(kind, old.get(kind, {}), new[kind])
    before, after = old.get("items", {}), new["items"]
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            yield Change("item", before[name]["limit"], None, name)
        elif name not in before:
            yield Change("item", None, after[name]["limit"], name)
        else:
            for field in ITEM_FIELDS:
                if before[name].get(field) != after[name].get(field):
                    yield Change(f"item_{field}", before[name].get(field), after[name].get(field), name)


def source_text(source: Source | None) -> str | None:
    """Which standard in which version of the library: `GB 6675.4-2014 @2`."""
    return f"{source.standard.number} @{source.edition.edition}" if source else None


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


# --- kept ---


def keep_version(session: Session, campaign: Campaign) -> None:
    """Keep the plan as it is submitted now."""
    edition, plan = next_edition(session, editions(campaign)), plan_of(session, campaign)
    session.add(CampaignVersion(campaign_id=campaign.id, edition=edition, plan=plan, submitted_at=clock.now()))


def editions(campaign: Campaign) -> sa.Select[CampaignVersion]:
    """The newest first."""
    asked = sa.select(CampaignVersion).where(CampaignVersion.campaign_id == campaign.id)
    return asked.order_by(CampaignVersion.edition.desc())


def since_last_review(session: Session, campaign: Campaign) -> Reviewed | None:
    return differences.since_last_review(
        session,
        editions(campaign),
        is_draft=campaign.status == CampaignStatus.DRAFT,
        compared=lambda before: changes(before.plan, plan_of(session, campaign)),
    )
