"""A plan as plain data, and what is different between two of them: what a reviewer reads first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.models import Campaign, CampaignStatus, CampaignVersion, FrameLayer, LayerKind
from quality.campaigns.overlap import closed_by_seed
from quality.campaigns.sampling import sizes_of
from quality.campaigns.sources import sources_of
from quality.core import clock, differences
from quality.core.db import canonical
from quality.core.differences import Change, Reviewed, by_name, field_by_field, next_edition, part_by_part
from quality.core.errors import Invalid
from quality.core.events import Event
from quality.standards.queries import Source

BY_NAME = ("bands", "by_stratum", "cost_by_stratum", "numbers_below", "left_out")
ITEM_FIELDS = ("limit", "method", "rule", "clause", "lab_fee", "source")
STRATUM_FIELDS = ("size", "n")  # the reserve is the plan's, or what the stratum still has


def plan_of(session: Session, campaign: Campaign, frames: Path) -> dict[str, Any]:
    """What a reviewer approves, as text only: the plan, its test items, the design and the frame it is drawn from.

    `allocated` is what the design asks of each stratum of that frame (a Parquet in `frames`); None while it cannot be
    said: no frame yet, or one that the design does not fit.
    """
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
        "pieces": None if campaign.pieces == 1 else str(campaign.pieces),  # as plans of before had it
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
        "size": design.size or None,
        **_numbers(session, campaign, design),
        "frame": campaign.frame_sha256,
        "frame_rows": _text(campaign.frame_rows),
        "scores": _scores(session, campaign),
        "allocated": allocated(design, file_to_draw(campaign, frames)),
        "left_out": _left_out(session, campaign),
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


def allocated(design: Design, frame: Path) -> dict[str, dict[str, str]] | None:
    """By stratum: its listings (`size`), how many are to be bought (`n`), and the reserve behind them."""
    if not frame.is_file():
        return None
    try:
        sizes = sizes_of(frame, design.strata, design.bands)
        to_buy = design.allocate(sizes)
    except Invalid:
        return None
    return {
        name: {"size": str(size), "n": str(to_buy[name]), "reserve": str(min(design.reserve, size - to_buy[name]))}
        for name, size in sizes.items()
    }


def _numbers(session: Session, campaign: Campaign, design: Design) -> dict[str, Any]:
    """The earlier campaign whose part comes first or last; nothing where there is none."""
    if design.numbers is None:
        return {"numbers_from": None, "numbers_first": None, "numbers_below": {}}
    earlier = closed_by_seed(session, campaign.agency_id, design.numbers.seed)
    return {
        "numbers_from": earlier.number if earlier else design.numbers.seed,
        "numbers_first": design.numbers.first.value,
        "numbers_below": {name: f"{bound:f}" for name, bound in design.numbers.below},
    }


def _left_out(session: Session, campaign: Campaign) -> dict[str, str]:
    """Listings that are not drawn, by reason; empty where nobody compared, and where nothing was found."""
    asked = sa.select(FrameLayer).where(FrameLayer.campaign_id == campaign.id, FrameLayer.kind == LayerKind.EXCLUSIONS)
    layer = session.scalars(asked).one_or_none()
    return {reason: str(rows) for reason, rows in layer.rows_by_reason.items()} if layer else {}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Field by field, in the order of the plan; test items and strata by their names."""
    yield from field_by_field(old, new, but={"items", "allocated", *BY_NAME})
    for kind in BY_NAME:
        yield from by_name(kind, old.get(kind, {}), new[kind])
    if (before := old.get("allocated")) is not None:  # an edition of before they were kept says nothing of them
        yield from part_by_part("stratum", before, new["allocated"] or {}, STRATUM_FIELDS, shown="n")
    yield from part_by_part("item", old.get("items", {}), new["items"], ITEM_FIELDS, shown="limit")


def source_text(source: Source | None) -> str | None:
    """Which standard in which version of the library: `GB 6675.4-2014 @2`."""
    return f"{source.standard.number} @{source.edition.edition}" if source else None


def _scores(session: Session, campaign: Campaign) -> str | None:
    """By which edition of the weights the frame was scored, and the sha256 of the scores: `2 @9f86d081…`."""
    asked = sa.select(FrameLayer).where(FrameLayer.campaign_id == campaign.id, FrameLayer.kind == LayerKind.SCORES)
    scores = session.scalars(asked).one_or_none()
    return f"{scores.basis['edition']} @{scores.sha256}" if scores else None


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


# --- kept ---


def keep_version(session: Session, campaign: Campaign, frames: Path) -> CampaignVersion:
    """Keep the plan as it is submitted now."""
    edition, plan = next_edition(session, editions(campaign)), plan_of(session, campaign, frames)
    kept = CampaignVersion(campaign_id=campaign.id, edition=edition, plan=plan, submitted_at=clock.now())
    session.add(kept)
    session.flush()
    return kept


def under_review(session: Session, campaign: Campaign, frames: Path) -> CampaignVersion:
    """The edition that says what the plan says now: the last one submitted, or one that is kept now.

    It is another where an upgrade taught this program to say more of a plan while it lay with its reviewer.
    """
    last = session.scalars(editions(campaign).limit(1)).one_or_none()
    is_the_same = last is not None and last.approved_at is None and last.plan == plan_of(session, campaign, frames)
    return last if last and is_the_same else keep_version(session, campaign, frames)


def digest_of(plan: Mapping[str, Any]) -> str:
    """Hex sha256 of the plan's canonical JSON in UTF-8: what the record holds of an approved one."""
    return hashlib.sha256(canonical(plan).encode()).hexdigest()


def editions(campaign: Campaign) -> sa.Select[CampaignVersion]:
    """The newest first."""
    asked = sa.select(CampaignVersion).where(CampaignVersion.campaign_id == campaign.id)
    return asked.order_by(CampaignVersion.edition.desc())


def approved_editions(campaign: Campaign) -> sa.Select[CampaignVersion]:
    """Those that were approved, the last first; whether one still is says the campaign."""
    return editions(campaign).where(CampaignVersion.approved_at.is_not(None))


def approved_edition(session: Session, campaign: Campaign) -> CampaignVersion | None:
    """The edition whose approval stands. None for a campaign that was approved before editions were marked."""
    if campaign.approved_by_id is None:
        return None
    return session.scalars(approved_editions(campaign).limit(1)).one_or_none()


def is_as_recorded(session: Session, campaign: Campaign, edition: CampaignVersion) -> bool | None:
    """Whether an approved edition says what the record says was approved: nobody has changed it beside the program.

    None: approved before the record held the hash of a plan.
    """
    told = approval_in_record(session, campaign)
    if "plan" not in told:
        return None
    found = (str(edition.edition), digest_of(edition.plan), edition.plan_sha256)
    return found == (told.get("edition"), told["plan"], told["plan"])


def stands_as_approved(session: Session, campaign: Campaign, frames: Path) -> bool | None:
    """Whether an approved plan still says what the record says was approved; None as of `is_as_recorded`.

    The edition is held against the hash, and the campaign against the edition: hash against hash would refuse every
    plan that lay approved while an upgrade taught this program to say more of one.
    """
    if "plan" not in approval_in_record(session, campaign):
        return None
    edition = session.scalars(approved_editions(campaign).limit(1)).one_or_none()
    if edition is None or not is_as_recorded(session, campaign, edition):
        return False
    return not list(changes(edition.plan, plan_of(session, campaign, frames)))


def approval_in_record(session: Session, campaign: Campaign) -> dict[str, Any]:
    """What the event of the last approval says: `edition` and `plan`, its hex sha256; neither in one of before."""
    approvals = sa.select(Event.details).where(
        Event.subject_type == "campaign", Event.subject_id == campaign.id, Event.action == "approve"
    )
    return session.scalars(approvals.order_by(Event.seq.desc()).limit(1)).first() or {}


def since_last_review(session: Session, campaign: Campaign, frames: Path) -> Reviewed | None:
    return differences.since_last_review(
        session,
        editions(campaign),
        is_draft=campaign.status == CampaignStatus.DRAFT,
        compared=lambda before: changes(before.plan, plan_of(session, campaign, frames)),
    )


def since_approval(session: Session, campaign: Campaign, frames: Path) -> Reviewed | None:
    """Against the last edition that was approved; of a plan that is approved, against the one approved before it.

    None where no approval was taken back. `submitted_at` is then the moment of that approval.
    """
    approved = list(session.scalars(approved_editions(campaign).limit(2)))
    if campaign.approved_by_id is not None:
        approved = approved[1:]
    before = approved[0] if approved else None
    if before is None or (at := before.approved_at) is None:
        return None
    changed = list(changes(before.plan, plan_of(session, campaign, frames)))
    return Reviewed(before.edition, at, changed)
