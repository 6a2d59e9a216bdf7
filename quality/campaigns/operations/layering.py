"""Laying rows to leave out, or columns to add, over the frame of a draft: its draw reads another file from then on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.kept import hash_of
from quality.campaigns.frame.layered import layered, stored
from quality.campaigns.models import Campaign, FrameLayer, LayerKind
from quality.campaigns.operations.planning import may_plan
from quality.campaigns.workflow import refuse_unless_draft
from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.people.actor import Actor


class Layer(NamedTuple):
    """What `keep_layer` wrote of a campaign's frame, with what is told of it.

    `counts` are rows by reason; `basis` says from what it was worked out, so that it can be done again.
    """

    sha256: str
    rows: int
    counts: Mapping[str, int]
    basis: Mapping[str, Any]


def set_layer(
    session: Session,
    campaign: Campaign,
    kind: LayerKind,
    layer: Layer | None,
    *,
    by: Actor,
    frames: Path,
    version: int | None = None,
    note: str = "",
) -> None:
    """Lay `layer` over a draft's frame in place of the one of its kind, or with None take that away.

    The file that is drawn from is made of the whole frame and all of its layers, whichever came first. `note` says why.
    """
    may_plan(campaign, by)
    refuse_unless_draft(campaign)
    if campaign.frame_sha256 is None:
        raise Refused("no_frame", _("Import the sampling frame first"))
    drawn_from, frame_hash = as_drawn(campaign, laid_with(session, campaign, kind, layer), frames)
    record(
        session,
        campaign,
        f"set_{kind}" if layer else f"clear_{kind}",
        by=by,
        version=campaign.version if version is None else version,
        note=note,
        details={"drawn_from": drawn_from}
        | ({"layer": layer.sha256, "rows": layer.rows, "counts": dict(layer.counts)} if layer else {}),
        facts={"drawn_from": drawn_from, "frame_hash": frame_hash},
    )
    session.execute(sa.delete(FrameLayer).where(FrameLayer.campaign_id == campaign.id, FrameLayer.kind == kind))
    if layer is not None:
        told = {"counts": dict(layer.counts), "basis": dict(layer.basis)}
        session.add(
            FrameLayer(
                campaign_id=campaign.id,
                kind=kind,
                sha256=layer.sha256,
                rows=layer.rows,
                made_at=clock.now(),
                made_by_id=by.id,
                **told,
            )
        )
    session.flush()


Laid = Mapping[LayerKind, tuple[str, int]]  # sha256 and rows


def laid_with(session: Session, campaign: Campaign, kind: LayerKind, layer: Layer | None) -> Laid:
    """What lies over its frame, with `layer` in place of the one of its kind."""
    laid = {each.kind: (each.sha256, each.rows) for each in layers_of(session, campaign).values() if each.kind != kind}
    return laid if layer is None else laid | {kind: (layer.sha256, layer.rows)}


def as_drawn(campaign: Campaign, laid: Laid, frames: Path, design: Design | None = None) -> tuple[str | None, str]:
    """The file of a frame with these layers, None where it is the frame itself, and its `frame_hash`; by another
    `design` than its own if that is given.

    Slow the first time; whoever does it beforehand, with no transaction open, spares `set_layer` the waiting.
    """
    frame = stored(frames, str(campaign.frame_sha256), None)
    without, added = ([laid[kind][0]] if laid.get(kind, ("", 0))[1] else [] for kind in LayerKind)
    drawn_from = layered(frame, without=without, added=added)
    drawn_file = stored(frames, str(campaign.frame_sha256), drawn_from)
    return drawn_from, hash_of(drawn_file, (design or parse_design(campaign.design)).reads)


def layers_of(session: Session, campaign: Campaign) -> dict[LayerKind, FrameLayer]:
    """What lies over its frame now."""
    asked = sa.select(FrameLayer).where(FrameLayer.campaign_id == campaign.id)
    return {layer.kind: layer for layer in session.scalars(asked)}
