"""What is left out of a campaign's draw, as its page, its files and the public page of the draw say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignStatus, FrameLayer
from quality.campaigns.operations import layers_of
from quality.campaigns.queries import drawn_list
from quality.campaigns.sampling import sizes_of
from quality.campaigns.strata import in_order
from quality.core.errors import Invalid
from quality.core.words import Text, _, ngettext
from quality.pages.book import Cell, book_of
from quality.pages.laying import standing
from quality.pages.moments import apart
from quality.pages.quotas import frame_of as drawn_file
from quality.pages.readiness import Check
from quality.pages.words import Tone, word
from quality.people.actor import Actor
from quality.targeting.coordination.excluding import EXCLUSIONS, frame_of, is_outdated, was_sampled_lately
from quality.targeting.coordination.rules import PlanningRule, Reason, every_rule
from quality.web import settings

MOST_IN_A_WORKBOOK = 100_000  # listings; all of them are in the CSV
STARTS_A_FORMULA = r"^[=+@\-＝＋＠－\t\r]"  # in a spreadsheet
BEFORE_THE_DRAW = (CampaignStatus.DRAFT, CampaignStatus.IN_REVIEW, CampaignStatus.APPROVED)


class LeftOut(NamedTuple):
    """For one reason: how many listings, for how many months, and by which rule, where it is one."""

    reason: str
    words: Text
    listings: int
    months: int | None
    rule: PlanningRule | None


class Found(NamedTuple):
    """By one earlier campaign; its number is empty where the reader may not know it."""

    reason: str
    words: Text
    campaign: str
    listings: int


class Before(NamedTuple):
    """A stratum before and after."""

    stratum: str
    before: int
    after: int


class Shown(NamedTuple):
    layer: FrameLayer
    rows: list[LeftOut]
    found: list[Found]
    strata: list[Before]
    total: Before
    on: date
    is_outdated: bool


def shown(session: Session, campaign: Campaign) -> Shown | None:
    """None as long as nothing was compared."""
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    if layer is None:
        return None
    strata = strata_of(campaign)
    return Shown(
        layer=layer,
        rows=rows_of(layer),
        found=[
            Found(str(reason), word("left_out", reason), str(number), int(many))
            for reason, number, many in layer.basis["found"]
        ],
        strata=strata,
        total=Before("", sum(each.before for each in strata), sum(each.after for each in strata)),
        on=date.fromisoformat(layer.basis["on"]),
        is_outdated=campaign.status in BEFORE_THE_DRAW and is_outdated(session, campaign, layer),
    )


def rows_of(layer: FrameLayer) -> list[LeftOut]:
    """Every reason by which was compared, none found or many."""
    counts, months = layer.rows_by_reason, {code: int(n) for code, n in layer.basis["months"].items()}
    rules = {rule.code: rule for rule in every_rule()}
    asked = [each for each in Reason if each in months or each in counts]
    return [
        LeftOut(each, word("left_out", each), counts.get(each, 0), months.get(each), rules.get(each)) for each in asked
    ]


def strata_of(campaign: Campaign) -> list[Before]:
    """None where the frame is not there any more, or the strata are made of what only scores add to it."""
    design = parse_design(campaign.design)
    try:
        before, after = (
            sizes_of(file, design.strata, design.bands)
            for file in (frame_of(campaign, settings().frames_folder), drawn_file(campaign))
        )
    except Invalid:
        return []
    return [Before(name, before[name], after.get(name, 0)) for name in in_order(before, design)]


def left_out_of(session: Session, campaign: Campaign) -> dict[str, int]:
    """By reason, for anybody once the campaign is closed."""
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    return layer.rows_by_reason if layer else {}


def readiness(session: Session, campaign: Campaign) -> Iterator[Check]:
    """Of a draft with a frame: whether what was sampled lately is left out, and still as it was."""
    if campaign.frame_sha256 is None:
        return
    page, title = url_for("exclusions.page", number=campaign.number), _("Sampled lately")
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    if standing(session, campaign, EXCLUSIONS).waits:
        yield Check(Tone.WARN, title, _("The frame is being compared"), page)
    elif layer is None and campaign.follow_up:
        yield Check(Tone.OK, title, _("A follow-up may draw it again"))
    elif layer is None and was_sampled_lately(session, campaign):
        yield Check(Tone.WARN, title, _("Compare the frame with what was sampled"), page)
    elif layer is None:
        yield Check(Tone.OK, title, _("Nothing, by this agency or one above it"), page)
    elif is_outdated(session, campaign, layer):
        yield Check(Tone.WARN, title, _("Something was sampled since: compare again"), page)
    else:
        found = [each for each in rows_of(layer) if each.listings]
        told_of = [str(_("%(what)s: %(many)s", what=said_of(each), many=listings(each.listings))) for each in found]
        yield Check(Tone.OK, title, apart().join(told_of) or _("Compared: nothing is to be left out"))


def lines(session: Session, campaign: Campaign) -> list[tuple[Text, int]] | None:
    """A line a reason, for the campaign's page; None where nothing was compared."""
    layer = layers_of(session, campaign).get(EXCLUSIONS)
    return [(said_of(each), each.listings) for each in rows_of(layer)] if layer else None


def said_of(row: LeftOut) -> Text:
    """As a reviewer reads it: `Same product not sampled within 6 months`."""
    if row.months is None:
        return row.words
    return ngettext(
        "%(what)s, within %(count)s month", "%(what)s, within %(count)s months", row.months, what=row.words
    )  # fmt: skip


def listings(many: int) -> Text:
    return ngettext("%(count)s listing left out", "%(count)s listings left out", many)


# --- which ---


def look_at_them(session: Session, campaign: Campaign, layer: FrameLayer, me: Actor) -> None:
    """Which listings are left out says what other campaigns drew, and that is secret until they are closed: logged."""
    numbers = {str(number) for _reason, number, _n in layer.basis["found"] if number}
    if numbers:
        asked = sa.select(Campaign).where(Campaign.agency_id == campaign.agency_id, Campaign.number.in_(numbers))
        for other in session.scalars(asked.order_by(Campaign.id)):
            drawn_list(session, other, me)


def write_csv(file: Path, out: Path) -> None:
    """All of them, to be opened in a spreadsheet: with the mark of UTF-8, and no cell that would be a formula."""
    from quality.campaigns.frame.engine import engine, text  # noqa: PLC0415 - a start reads no frame

    with engine(file) as opened:
        made = opened.scratch / "listed"
        opened.con.execute(f"COPY ({_query(str(opened.source))}) TO {text(made)} (FORMAT csv, HEADER)")
        with out.open("wb") as written, made.open("rb") as read:
            written.write("\ufeff".encode())
            while chunk := read.read(1 << 20):
                written.write(chunk)


def book(file: Path) -> bytes:
    """The first of them, in the reader's words."""
    from quality.campaigns.frame.engine import engine, fetched  # noqa: PLC0415

    head: list[Cell] = [_("Listing"), _("Why"), _("May be drawn again on"), _("Campaign")]
    with engine(file) as opened:
        opened.con.execute(
            f"SELECT listing_id, reason, until, campaign FROM read_parquet('{opened.source}') "
            f"LIMIT {MOST_IN_A_WORKBOOK}"
        )
        lines = [
            [str(listing), word("left_out", str(reason)), str(until or ""), str(campaign)]
            for listing, reason, until, campaign in fetched(opened.con)
        ]
    return book_of([(_("Left out"), [head, *lines])])


def _query(source: str) -> str:
    guarded = f"if(regexp_matches(listing_id, '{STARTS_A_FORMULA}'), '''' || listing_id, listing_id) AS listing_id"
    return f"SELECT {guarded}, reason, until, campaign FROM read_parquet('{source}') ORDER BY listing_id"
