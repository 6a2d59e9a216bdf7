"""Giving a draft the sampling frame that it is drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.floor import without_scores
from quality.campaigns.frame import ImportReport
from quality.campaigns.frame.kept import hash_when_ready, platforms_of
from quality.campaigns.frames import keep_frame
from quality.campaigns.models import Campaign, FrameLayer, LayerKind
from quality.campaigns.operations.layering import layers_of
from quality.campaigns.operations.planning import may_plan
from quality.campaigns.workflow import DRAFT
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind


def set_frame(
    session: Session,
    campaign: Campaign,
    frame: ImportReport,
    *,
    by: Actor,
    frames: Path,
    version: int | None = None,
    source_id: int | None = None,
) -> None:
    """Give a draft its sampling frame, imported before (`campaigns/frame`), whose platforms are all known here.

    From then on it is a frame of the agency, which other campaigns may be drawn from. What lay over the frame before
    goes, and with its scores their bands in the plan: whoever takes a frame in is then the plan's drafter.
    """
    may_plan(campaign, by)
    design = design_for_another(session, campaign)
    stored = frames / f"{frame.sha256}.parquet"
    known = known_platforms(session)
    unknown = [name for name in platforms_of(stored) if name not in known]
    if unknown:
        raise Invalid(
            *(
                FieldProblem("platform", "unknown_platform", _("%(name)s is no platform known here", name=name))
                for name in unknown
            )
        )
    hashed = hash_when_ready(stored, design.reads)  # also: every strata column is there and filled
    if campaign.status != DRAFT:
        raise Refused("wrong_status", _("Only a draft can be given another frame"))
    replanned = _replanned(campaign, design, by)
    record(
        session,
        campaign,
        "set_frame",
        by=by,
        version=campaign.version if version is None else version,
        details=_details(frame) | ({"changed": ["design"]} if replanned else {}),
        facts={
            "frame_sha256": frame.sha256,
            "frame_rows": frame.accepted,
            "frame_source": frame.source[:200],
            "frame_hash": hashed,
            "drawn_from": None,
        }
        | replanned,
    )
    session.execute(sa.delete(FrameLayer).where(FrameLayer.campaign_id == campaign.id))  # made for the frame before
    keep_frame(session, frame, campaign.agency_id, by.id or campaign.drafted_by_id, source_id)


def design_for_another(session: Session, campaign: Campaign) -> Design:
    """How another frame would be drawn: scores are those of the frame that they were worked out for."""
    design = parse_design(campaign.design)
    return without_scores(design) if LayerKind.SCORES in layers_of(session, campaign) else design


def _replanned(campaign: Campaign, design: Design, by: Actor) -> dict[str, Any]:
    written = design.canonical_json()
    return {} if written == campaign.design else {"design": written, "drafted_by_id": by.id}


def _details(frame: ImportReport) -> dict[str, Any]:
    """What whoever approves the frame reads of its import."""
    said: dict[str, Any] = {"sha256": frame.sha256, "rows": frame.accepted, "refused": frame.refused}
    if frame.refused_file:
        said["refused_file"] = frame.refused_file.name
    if frame.renamed:
        said["renamed"] = dict(frame.renamed)
    if frame.strange.rows:
        said["unnamed"] = frame.strange.rows
    return said


def known_platforms(session: Session) -> dict[str, int]:
    """Platforms by their name and by their code."""
    known = sa.select(Organisation.name, Organisation.code, Organisation.id).where(
        Organisation.kind == OrganisationKind.PLATFORM
    )
    return {word: key for name, code, key in session.execute(known) for word in (name, code)}
