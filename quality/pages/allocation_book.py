"""The allocation of a plan as a workbook: a row a stratum with what it is bought for, and what the plan rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from quality.campaigns.design import Design, parse_design
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.precision import half_width
from quality.campaigns.strata import stratum_called
from quality.campaigns.versions import approved_edition
from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import Text, _
from quality.pages.book import Cell, book_of
from quality.pages.moments import full_day, moment
from quality.pages.quotas import Quota, Quotas, quotas
from quality.pages.words import STATUSES, word

RATES = (0.1, 0.5)
POINT = Decimal("0.1")


def allocation_book(session: Session, campaign: Campaign) -> bytes:
    """`Refused` says why there is no allocation: no frame yet, or one that the design cannot be drawn from."""
    asked = quotas(session, campaign)
    if asked is None:
        raise Refused("no_frame", _("Import the sampling frame first"))
    if asked.problems:
        why = _("The plan cannot be drawn from its frame: %(why)s", why=asked.problems[0])
        raise Refused("cannot_be_drawn", why)
    design = parse_design(campaign.design)
    lines = [heads(), *(list(cells(campaign, design, row)) for row in asked.rows)]
    lines.append(list(in_all(campaign, design, asked)))
    return book_of([(_("Allocation"), lines), (_("Plan"), about(session, campaign, design))])


def heads() -> list[Cell]:
    widths = [_("Half-width at %(rate)s%%, points", rate=f"{rate * 100:g}") for rate in RATES]
    return [
        _("Stratum"), _("Listings N"), _("To buy n"), _("Reserve"), _("Price of one, yuan"),
        "S", _("Cost of one, as planned"), *widths, _("Cost, yuan"),
    ]  # fmt: skip


def cells(campaign: Campaign, design: Design, row: Quota) -> Iterator[Cell]:
    price = row.cost // row.n if row.n and row.cost is not None else None  # as the plan's page reckons with it
    yield from (stratum_called(row.stratum, design), row.size, row.n, row.reserve, yuan_or_blank(price))
    yield design.deviations.get(row.stratum, "")
    yield design.costs.get(row.stratum, "")
    yield from widths_of(campaign, design, [row])
    yield yuan_or_blank(row.cost)


def in_all(campaign: Campaign, design: Design, asked: Quotas) -> Iterator[Cell]:
    total = asked.total
    assert total is not None, "a plan that can be drawn has its numbers"
    yield from (_("In all"), total.size, total.n, total.reserve, "", "", "")
    yield from widths_of(campaign, design, asked.rows)
    yield yuan_or_blank(total.cost)


def widths_of(campaign: Campaign, design: Design, rows: Sequence[Quota]) -> Iterator[Cell]:
    """To expect of these strata, in percentage points; blank where the plan gives counts only, or draws by size."""
    sizes, drawn = {row.stratum: row.size for row in rows}, {row.stratum: row.n for row in rows}
    for rate in RATES:
        speaks = campaign.kind == CampaignKind.PROBABILITY and not design.size
        width = half_width(sizes, drawn, rate) if speaks else None
        yield "" if width is None else (Decimal(str(width)) * 100).quantize(POINT)


def yuan_or_blank(fen: int | None) -> Cell:
    return "" if fen is None else Decimal(fen) / 100


def about(session: Session, campaign: Campaign, design: Design) -> list[list[Cell]]:
    """What the numbers rest on, so that the file is understood away from here."""
    edition = approved_edition(session, campaign)
    approved: Text = "—"
    if edition:
        approved = _("version %(edition)s, %(at)s", edition=edition.edition, at=moment(edition.approved_at))
    return [
        [_("What"), _("Content")],
        [_("Campaign"), campaign.number],
        [_("Title"), campaign.title],
        [_("Status"), STATUSES["campaign"][campaign.status].word],
        [_("Kind"), word("campaign_kind", campaign.kind)],
        [_("Begins"), full_day(campaign.starts_on)],
        [_("Ends"), full_day(campaign.ends_on)],
        [_("Allocation"), word("allocation", design.method.value)],
        [_("Frame"), campaign.frame_source or "—"],
        [_("Hash of frame.csv"), campaign.frame_hash or "—"],
        [_("Approved"), approved],
        [_("Written"), moment(clock.now())],
    ]
