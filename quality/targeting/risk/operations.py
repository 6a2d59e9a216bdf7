"""Scoring the frame of a risk-targeted draft: its draw reads the bands of the scores from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.floor import refuse_other_names, without_scores
from quality.campaigns.frame.engine import engine, fetched, text
from quality.campaigns.frame.kept import hash_of
from quality.campaigns.frame.layered import file_to_draw, layer_file, stored
from quality.campaigns.models import Campaign, CampaignKind, LayerKind
from quality.campaigns.operations import Layer, known_platforms, layers_of, set_layer
from quality.campaigns.operations.planning import may_plan
from quality.campaigns.workflow import refuse_unless_draft
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import _
from quality.core.workflow import record, stale
from quality.people.actor import Actor
from quality.targeting.requests import is_big, leave_to_the_job
from quality.targeting.risk import editions, knowledge
from quality.targeting.risk.editions import Edition
from quality.targeting.risk.known import known_of
from quality.targeting.risk.scoring import write_scores
from quality.targeting.risk.weights import Weights, from_told, targeted


def score(session: Session, campaign: Campaign, *, by: Actor, frames: Path, version: int | None = None) -> bool:
    """Work out the scores of a draft's frame by the weights in force, and make bands of them its last strata; or of a
    big frame have a job do so. Whether it is done.

    Who does so is the plan's drafter from now on. Done again, the scores are those of today. The slow part reads files
    before the case is taken.
    """
    seen = campaign.version if version is None else version
    refuse_unless_scored(campaign, by)
    if campaign.version != seen:
        raise stale(session, campaign, seen)
    edition = editions.in_force(session, campaign.agency_id)
    wish = {"edition": edition.number}
    if is_big(campaign):
        design = parse_design(campaign.design)
        refuse_other_names(design, targeted(design, edition.weights))
        leave_to_the_job(session, campaign, LayerKind.SCORES, wish, by=by, version=seen)
        return False
    lay(session, campaign, prepared(session, campaign, wish, by, frames)(), by=by, frames=frames, version=seen)
    return True


def clear_scores(session: Session, campaign: Campaign, *, by: Actor, frames: Path, version: int | None = None) -> None:
    """Take scores and bands away: the draw reads its frame as if nothing were known."""
    may_plan(campaign, by)
    refuse_unless_draft(campaign)
    if LayerKind.SCORES not in layers_of(session, campaign):
        raise Refused("not_scored", _("This plan has no scores to take away"))
    # first the design: without its column a band of the scores could not be hashed
    left = without_scores(parse_design(campaign.design))
    redesign(session, campaign, left, by=by, frames=frames, version=version)
    set_layer(session, campaign, LayerKind.SCORES, None, by=by, frames=frames)


def refuse_unless_scored(campaign: Campaign, by: Actor) -> None:
    may_plan(campaign, by)
    if campaign.kind is not CampaignKind.RISK_TARGETED:
        text_ = _("Only a risk-targeted campaign is scored: a sample that is to speak for the whole prefers nothing")
        raise Refused("not_risk_targeted", text_)
    refuse_unless_draft(campaign)
    if campaign.frame_sha256 is None:
        raise Refused("no_frame", _("Import the sampling frame first"))


def redesign(
    session: Session, campaign: Campaign, design: Design, *, by: Actor, frames: Path, version: int | None = None
) -> None:
    written, before = design.canonical_json(), parse_design(campaign.design)
    if written == campaign.design:
        return
    refuse_other_names(before, design)
    frame_hash = hash_of(file_to_draw(campaign, frames), design.reads)
    record(
        session,
        campaign,
        "amend",
        by=by,
        version=campaign.version if version is None else version,
        details={"changed": ["design"]},
        facts={"design": written, "frame_hash": frame_hash, "drafted_by_id": by.id},
    )


def prepared(
    session: Session, campaign: Campaign, wish: Mapping[str, Any], by: Actor, frames: Path
) -> Callable[[], Layer]:
    """What scores the frame by what `by` knows, read by now, and by the edition of the weights that was asked
    for, though another was set since. It needs no database."""
    now, sha256 = clock.now(), str(campaign.frame_sha256)
    found, told = list(knowledge.findings(session, by, now)), knowledge.complaints(session, by, now)
    earlier = knowledge.earlier_frames(session, campaign.agency_id, sha256, frames)
    edition, platforms = asked_for(session, campaign, wish), known_platforms(session)
    weights, strata = edition.weights, parse_design(campaign.design).columns or ("category",)
    basis: dict[str, Any] = {
        **weights.told(),
        "edition": edition.number,
        "on": day_of(now).isoformat(),
        "strata": list(strata),
        "findings": len(found),
        "complaints": len(told),
        "frames": len(earlier),
    }

    def work_out() -> Layer:
        made = write_scores(
            stored(frames, sha256, None),
            frames,
            known=known_of(found, told),
            weights=weights,
            strata=strata,
            platforms=platforms,
            earlier=earlier,
        )
        counts = counted(layer_file(frames, made), weights)
        return Layer(made, sum(counts.values()), counts, basis)

    return work_out


def asked_for(session: Session, campaign: Campaign, wish: Mapping[str, Any]) -> Edition:
    """What waits since before editions were kept with it names none."""
    if "edition" not in wish:
        return editions.in_force(session, campaign.agency_id)
    return editions.numbered(session, campaign.agency_id, int(wish["edition"]))


def lay(session: Session, campaign: Campaign, layer: Layer, *, by: Actor, frames: Path, version: int) -> None:
    """The scores, and their bands as the last strata."""
    set_layer(session, campaign, LayerKind.SCORES, layer, by=by, frames=frames, version=version)
    redesign(session, campaign, redesigned(parse_design(campaign.design), layer), by=by, frames=frames)


def redesigned(design: Design, layer: Layer) -> Design:
    return targeted(design, from_told(layer.basis))


def counted(layer: Path, weights: Weights) -> dict[str, int]:
    """Listings by band."""
    with engine(layer) as opened:
        value = weights.band.value_of(weights.band.column)
        opened.con.execute(f"SELECT {value}, count(*) FROM read_parquet({text(opened.source)}) GROUP BY ALL")
        found = {str(band): int(str(n)) for band, n in fetched(opened.con)}
    return {band: found[band] for band in weights.band.values if band in found}
