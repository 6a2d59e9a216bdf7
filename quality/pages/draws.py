"""What repeats a draw: the frame and the design as they were hashed, and the command that draws from them again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Response, make_response, send_file
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.queries import drawn_list
from quality.pages.asking import cursor_of
from quality.pages.walking import Page, Place, Way, page_of
from quality.people.actor import Actor
from quality.web import settings

A_PAGE = 100
FRAME, DESIGN = "frame.csv", "design.json"  # after the campaign's number, as a browser saves them


def page_of_units(
    session: Session, campaign: Campaign, me: Actor, args: MultiDict[str, str], limit: int = A_PAGE
) -> Page:
    """What was drawn by stratum, role and rank, a page at a time; each look is logged."""
    units = drawn_list(session, campaign, me).order_by(None)
    keys = [Drawn.stratum, Drawn.role, Drawn.rank, Drawn.id]
    place = None
    for name in ("before", "after"):
        cursor = cursor_of(args.get(name, ""))
        edge = cursor and session.execute(units.with_only_columns(*keys).where(Drawn.id == cursor)).first()
        if edge:
            place = Place(edge, back=name == "after")
    return page_of(session, units, Way(units, keys, keys, is_down=False), place, limit, is_sparse=False)


def command(campaign: Campaign) -> str:
    """Of this program, for whoever has saved frame and design in one folder. Empty before the draw."""
    if campaign.seed is None:
        return ""
    frame, design = (f"{campaign.number}-{name}" for name in (FRAME, DESIGN))
    return f"mingcha draw {frame} {design} --seed {campaign.seed} --out drawn.csv"


def frame_csv(campaign: Campaign) -> Response:
    """Its sha256 is the published hash of the frame."""
    from quality.campaigns.frame.drawable import write_frame_csv  # noqa: PLC0415 - a start reads no frame

    strata = parse_design(campaign.design).strata
    store = settings().frames_folder / f"{campaign.frame_sha256}.parquet"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "frame.csv"
        write_frame_csv(store, strata, out)
        name = f"{campaign.number}-{FRAME}"
        response: Response = make_response(send_file(out.open("rb"), "text/csv", download_name=name))
    response.set_etag(f"{campaign.frame_hash}")
    return response


def design_json(campaign: Campaign) -> Response:
    """Its sha256 is the published hash of the design."""
    response = Response(campaign.design, mimetype="application/json")
    response.headers.set("Content-Disposition", "inline", filename=f"{campaign.number}-{DESIGN}")
    response.set_etag(f"{campaign.design_hash}")
    return response
