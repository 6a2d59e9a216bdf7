"""What repeats a draw: the frame and the design as they were hashed, and the command that draws from them again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import sqlalchemy as sa
from flask import Response, make_response, render_template, send_file
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.numbers import First
from quality.campaigns.overlap import closed_by_seed
from quality.campaigns.queries import drawn_list, units_of
from quality.campaigns.sampling import DrawRole
from quality.core.words import Text, _
from quality.pages.asking import cursor_of
from quality.pages.walking import Page, Place, Way, page_of
from quality.pages.words import word
from quality.people.actor import Actor
from quality.web import settings

A_PAGE = 100
FRAME, DESIGN = "frame.csv", "design.json"  # after the campaign's number, as a browser saves them


def page_of_units(
    session: Session, campaign: Campaign, me: Actor, args: MultiDict[str, str], limit: int = A_PAGE
) -> Page:
    """What was drawn by stratum, role and rank, a page at a time; each look is logged."""
    return _page(session, drawn_list(session, campaign, me), args, limit)


def public_page_of_units(session: Session, campaign: Campaign, args: MultiDict[str, str]) -> Page:
    """The same for anybody, once the campaign is closed; by then no look is logged."""
    return _page(session, units_of(campaign), args, A_PAGE)


def _page(session: Session, listed: sa.Select[Drawn], args: MultiDict[str, str], limit: int) -> Page:
    units = listed.order_by(None)
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


def python_program() -> str:
    """Of anybody's: draws from the published files with nothing but Python. Says nothing of any campaign."""
    return render_template("public/draw.py.txt")


def sql_program(session: Session, campaign: Campaign) -> str:
    """For DuckDB, beside the published frame; it names strata and seed, so only once the campaign is closed."""
    from quality.campaigns.frame.engine import name, text  # noqa: PLC0415 - a start reads no frame

    is_main = sa.func.sum(sa.case((Drawn.role == DrawRole.MAIN, 1), else_=0))
    asked = sa.select(Drawn.stratum, is_main, sa.func.count()).where(Drawn.campaign_id == campaign.id)
    found = session.execute(asked.group_by(Drawn.stratum).order_by(Drawn.stratum)).all()
    if not found:
        return ""
    design = parse_design(campaign.design)
    strata, _bands, size = design.reads
    beside: Mapping[str, object] = {}
    if size:
        beside = certain_from(session, campaign, size)
    elif design.numbers:
        beside = {stratum: text(bound) for stratum, bound in design.numbers.bounds().items()}
    return render_template(
        "public/draw.sql.txt",
        asked=[(text(stratum), main, taken, beside.get(stratum, "NULL")) for stratum, main, taken in found],
        stratum=" || '/' || ".join(map(name, strata)) or "''",
        columns=[text(column) for column in ("listing_id", *strata, *filter(None, [size]))],
        size=name(size) if size else "",
        numbers=text(design.numbers.seed) if design.numbers else "",
        is_below=bool(design.numbers and design.numbers.first is First.BELOW),
        frame=text(f"{campaign.number}-{FRAME}"),
        seed=text(campaign.seed),
    )


def certain_from(session: Session, campaign: Campaign, size: str) -> dict[str, int]:
    """The smallest size that was drawn for certain, by stratum: all that are, are drawn."""
    asked = sa.select(Drawn.stratum, Drawn.listing).where(Drawn.campaign_id == campaign.id, Drawn.inclusion == "1")
    found: dict[str, int] = {}
    for stratum, listing in session.execute(asked):
        found[stratum] = min(int(listing[size]), found.get(stratum, int(listing[size])))
    return found


def order_in_words(session: Session, campaign: Campaign) -> Text | None:
    """What else than the digest decides who comes first."""
    design = parse_design(campaign.design)
    if design.numbers:
        earlier = closed_by_seed(session, campaign.agency_id, design.numbers.seed)
        return _(
            "What campaign %(number)s drew %(part)s: its part of a stratum is where sha256(its seed,listing_id) is "
            "below the bound of the design. Within either part the smallest digests come first.",
            number=earlier.number if earlier else design.numbers.seed,
            part=word("numbers_first", design.numbers.first.value),
        )
    if not design.size:
        return None
    return _(
        "By size: in its stratum a listing with twice the %(column)s is twice as likely to be drawn (order sampling, "
        "Pareto), and what is large enough is certain. How likely each was is kept, for the estimate.",
        column=word("column", design.size),
    )


def chance_in_words(chance: Fraction) -> Text:
    """In the main sample, as a percentage; exactly it stands in the record."""
    return _("certain") if chance == 1 else f"{float(chance) * 100:.3g}%"


def frame_csv(campaign: Campaign) -> Response:
    """Its sha256 is the published hash of the frame."""
    from quality.campaigns.frame.drawable import write_frame_csv  # noqa: PLC0415 - a start reads no frame
    from quality.campaigns.frame.layered import file_to_draw  # noqa: PLC0415

    design, store = parse_design(campaign.design), file_to_draw(campaign, settings().frames_folder)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "frame.csv"
        write_frame_csv(store, design.reads, out)
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
