"""Freezing plan and frame with a commitment, and drawing them once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from quality.campaigns import commitment, sampling
from quality.campaigns.design import Design, design_hash, parse_design
from quality.campaigns.frame.kept import hash_when_ready
from quality.campaigns.frame.layered import file_to_draw
from quality.campaigns.frame.listings import listings_of
from quality.campaigns.items import fee_of, has_fees, names_of
from quality.campaigns.models import Campaign, CampaignStatus, Drawn, DrawnStratum
from quality.campaigns.operations.framing import known_platforms
from quality.campaigns.versions import approval_in_record, stands_as_approved
from quality.campaigns.workflow import DRAW, FREEZE
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import Text, _
from quality.core.workflow import perform
from quality.people.actor import Actor

NOT_COMPARED = "not compared"  # with what was approved, says the event of a freezing


def freeze(
    session: Session,
    campaign: Campaign,
    *,
    by: Actor,
    public_event: str,
    public_event_at: datetime,
    frames: Path,
    version: int | None = None,
) -> None:
    """Commit to frame, design, a secret salt, and a public number that does not exist yet.

    Raises `Refused` `plan_changed` where the plan is not what was approved.
    """
    problems = _unkept("public_event", public_event, 200, _("Name the public number and who publishes it"))
    if public_event_at <= clock.now():
        still = _("Name a public number that will only be drawn in the future")
        problems.append(FieldProblem("public_event_at", "number_exists", still))
    if problems:
        raise Invalid(*problems)
    design = parse_design(campaign.design)
    if campaign.frame_sha256 is None:
        raise Refused("no_frame", _("Import the sampling frame first"))
    # the draw must be possible: who commits to a frame that is too small could never draw it
    design.allocate(sampling.sizes_of(_what_was_hashed(campaign, design, frames), design.strata, design.bands))
    details = {"frame_hash": campaign.frame_hash, "design_hash": design_hash(design)}
    if campaign.status == CampaignStatus.APPROVED:
        details["plan"] = _plan_as_approved(session, campaign, frames)
    salt = commitment.new_salt()
    perform(
        session,
        campaign,
        FREEZE,
        by=by,
        version=version,
        facts={
            "salt": salt,
            "public_event": public_event.strip(),
            "public_event_at": public_event_at,
            "design_hash": design_hash(design),
            "commitment": commitment.commitment(salt=salt, source=public_event.strip(), moment=public_event_at),
            "frozen_at": clock.now(),
        },
        details=details,
    )


def draw(
    session: Session,
    campaign: Campaign,
    *,
    by: Actor,
    public_number: str,
    source: str,
    frames: Path,
    version: int | None = None,
) -> list[Drawn]:
    """Draw the campaign by the seed that salt and public number make. It happens once: the status moves on.

    The slow part reads the frozen file before the case is taken; who loses the race has drawn for nothing.
    """
    problems = _unkept("public_number", public_number, 100, commitment.AS_PUBLISHED)
    problems += _unkept("source", source, 300, _("Say where the public number was published"))
    if problems:
        raise Invalid(*problems)
    if campaign.salt is None or campaign.frame_sha256 is None:
        raise Refused("not_frozen", _("Freeze plan and frame first"))
    seed = commitment.seed(salt=campaign.salt, number=public_number)
    design = parse_design(campaign.design)
    if design_hash(design) != campaign.design_hash:
        raise Refused("design_changed", _("The design is not the one that was frozen: have it restored from a backup"))
    with sampling.drawing(_what_was_hashed(campaign, design, frames), design, seed, is_checked=True) as drawing:
        units, sizes = list(drawing.units()), dict(drawing.sizes)
    listings = listings_of(file_to_draw(campaign, frames), [unit.listing_id for unit in units])
    platforms = known_platforms(session)
    items = campaign.items if has_fees(campaign.items) else []
    perform(
        session,
        campaign,
        DRAW,
        by=by,
        version=version,
        facts={
            "public_number": public_number,
            "public_number_source": source.strip(),
            "seed": seed,
            "drawn_at": clock.now(),
        },
        details={"units": len(units)},
    )
    drawn = [
        Drawn(
            campaign_id=campaign.id,
            stratum=unit.stratum,
            role=unit.role,
            rank=unit.rank,
            listing_id=unit.listing_id,
            draw_digest=unit.digest,
            inclusion=None if unit.inclusion is None else str(unit.inclusion),
            platform_id=platforms[str(listings[unit.listing_id]["platform"])],
            listing=listings[unit.listing_id],
            price_fen=listings[unit.listing_id].get("price_fen"),
            lab_fee_fen=fee_of(names_of("", unit.listing_id, listings[unit.listing_id]), items) if items else None,
        )
        for unit in units
    ]
    session.add_all(drawn)
    session.add_all(DrawnStratum(campaign_id=campaign.id, stratum=name, size=size) for name, size in sizes.items())
    session.flush()
    return drawn


def _plan_as_approved(session: Session, campaign: Campaign, frames: Path) -> str:
    """The sha256 that the record has of the plan; `NOT_COMPARED` where it was approved before the record had any."""
    stands = stands_as_approved(session, campaign, frames)
    if stands is False:
        changed = _(
            "The plan is not what the record says was approved, and nothing was frozen: find out who changed it, "
            "take the approval back, and have what changed reviewed"
        )
        raise Refused("plan_changed", changed)
    return NOT_COMPARED if stands is None else str(approval_in_record(session, campaign)["plan"])


def _what_was_hashed(campaign: Campaign, design: Design, frames: Path) -> Path:
    """Nobody watches a file between import, freezing and draw: it is asked right before whether it is the same.

    The same bytes have the same `frame.csv`. So its hash, and what is wrong with it, need not be worked out again,
    which sorts a big frame while somebody waits; what was worked out must be what the campaign says.
    """
    frame, sha256 = file_to_draw(campaign, frames), campaign.drawn_from or campaign.frame_sha256
    changed = Refused(
        "frame_changed",
        _("The file of the frame is not the one that was imported: have it restored from a backup. Nothing was done"),
    )
    try:
        with frame.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                raise changed
    except OSError:
        raise changed from None
    hashed = hash_when_ready(frame, design.reads)
    if hashed is None:
        raise Refused("being_counted", _("The frame is big and is hashed once more: come back in a minute"))
    if hashed != campaign.frame_hash:
        raise changed
    return frame


def _unkept(field: str, value: str, most: int, ask: Text) -> list[FieldProblem]:
    """What is wrong with a text: `ask` says what to enter; `most` is what the column holds."""
    if not value.strip():
        return [FieldProblem(field, "missing", ask)]
    if len(value.strip()) > most:
        return [FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=most))]
    return []
