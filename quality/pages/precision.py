"""The precision of a plan as a picture: sample size against half-width, drawn on the server; and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from quality.campaigns.design import Design
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.precision import Point, curve
from quality.campaigns.sampling import sizes_of, spread_of
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.figures.unequal import expected
from quality.pages.quotas import Quotas, frame_of

RATES = (0.1, 0.2, 0.5)  # what a market surveillance finds, and the rate that is hardest to measure
DRAWN = (0.1, 0.5)
ROOM = 60  # %, beyond which a mark's words stand on its left
TOP, HEIGHT, LEFT, WIDTH = 12, 164, 11, 78  # px, px, %, %: of the picture of mingcha.css
MOST_STRATA = 200  # beyond them the sizes take too long to try
TICKS = 5
APART = 14  # px between the names of two curves


class Tick(NamedTuple):
    y: float
    text: str


class Line(NamedTuple):
    rate: str
    points: str  # of an SVG polyline in a box of 100 × 100
    name_y: float  # px
    is_dashed: bool


class Mark(NamedTuple):
    x: float  # %
    n: int
    is_planned: bool
    says: Text = ""  # its half-widths, one a drawn rate
    dots: tuple[float, ...] = ()  # px

    @property
    def is_right(self) -> bool:
        return self.x > ROOM


class Row(NamedTuple):
    n: int
    is_planned: bool
    widths: list[str]


class Here(NamedTuple):
    """How the size is called that is marked."""

    beside: Text
    says: Callable[..., Text]  # of `n` and `widths`


PLANNED = Here(_("(planned)"), lambda **said: _("planned %(n)s: %(widths)s", **said))
ASKED = Here(_("(asked)"), lambda **said: _("%(n)s: %(widths)s", **said))


class Precision(NamedTuple):
    caption: Text  # which line is which
    here: Text  # beside the marked row of the table
    rates: list[str]
    rows: list[Row]
    ticks: list[Tick]
    lines: list[Line]
    marks: list[Mark]
    aria: Text


def precision_of(campaign: Campaign, design: Design, quotas: Quotas | None) -> Precision | None:
    """None for a sample that does not speak for the whole, before there is a frame, and after the draw; and for one
    that is drawn by size, of which `by_size_of` speaks."""
    if quotas is None or quotas.problems or quotas.is_drawn or campaign.kind != CampaignKind.PROBABILITY:
        return None
    if design.size or len(quotas.rows) > MOST_STRATA:
        return None
    points = curve(design, sizes_of(frame_of(campaign), design.strata, design.bands), RATES)
    return drawn(points, design.n or 0) if len(points) > 1 else None


class BySize(NamedTuple):
    """What `n` drawn by size are worth: as much as `effective` drawn with one chance for all, if the rate is the same
    everywhere. `widths` are the half-widths to be expected, a rate each."""

    n: int
    effective: str
    widths: list[tuple[str, str]]


def by_size_of(campaign: Campaign, design: Design, quotas: Quotas | None) -> BySize | None:
    """Of a plan that draws by size; None as above, and where a stratum is left out."""
    if not design.size or quotas is None or quotas.total is None or quotas.problems or quotas.is_drawn:
        return None
    if campaign.kind != CampaignKind.PROBABILITY:
        return None
    try:
        spread = spread_of(frame_of(campaign), design.canonical_json())
    except Invalid:  # a row without a size: the import says so
        return None
    if spread is None:
        return None
    found = [(rate, *expected(quotas.total.size, spread, Decimal(str(rate)))) for rate in RATES]
    return BySize(
        quotas.total.n,
        "—" if found[0][1] is None else f"{found[0][1]:,.0f}",
        [(percent(rate), width_in_points(float(high - low) / 2)) for rate, _effective, (low, high) in found],
    )


def drawn(
    points: Sequence[Point],
    planned: int,
    rates: tuple[float, ...] = RATES,
    lines: tuple[float, ...] = DRAWN,
    here: Here = PLANNED,
) -> Precision:
    """`rates` are the columns of the table and `lines` those of them that are drawn, the second dashed."""
    step, count = scale(max(point.half_widths[rate] for point in points for rate in lines) * 100)
    top = step * count
    first, last = points[0].n, points[-1].n

    def x(n: int) -> float:
        return round(LEFT + WIDTH * (n - first) / (last - first), 2)

    def y(width: float) -> float:
        """px from the top; `width` is a fraction."""
        return round(TOP + HEIGHT * (1 - width * 100 / top), 1)

    def line(rate: float) -> Line:
        ends = " ".join(f"{x(p.n)},{(y(p.half_widths[rate]) - TOP) * 100 / HEIGHT:.2f}" for p in points)
        beside = y(points[-1].half_widths[lines[0]]) + 4
        if rate != lines[0]:
            beside = min(beside - APART, y(points[-1].half_widths[rate]) + 4)
        return Line(percent(rate), ends, beside, rate != lines[0])

    there = next(point for point in points if point.n == planned)
    return Precision(
        caption=of_lines(lines),
        here=here.beside,
        rates=[percent(rate) for rate in rates],
        rows=[Row(p.n, p.n == planned, [width_in_points(p.half_widths[rate]) for rate in rates]) for p in points],
        ticks=[Tick(y(step * k / 100), f"±{step * k:g}" if k else "0") for k in range(count + 1)],
        lines=[line(rate) for rate in lines],
        marks=[
            *(Mark(x(p.n), p.n, False) for p in (points[0], points[-1]) if abs(x(p.n) - x(planned)) > LEFT),
            Mark(
                x(planned),
                planned,
                True,
                here.says(n=planned, widths=" / ".join(width_in_points(there.half_widths[rate]) for rate in lines)),
                tuple(y(there.half_widths[rate]) for rate in lines),
            ),
        ],
        aria=_(
            "From %(first)s to %(last)s bought, the half-width goes from %(wide)s to %(narrow)s percentage points "
            "at a rate of %(rate)s; with %(n)s it is %(there)s",
            first=first,
            last=last,
            wide=width_in_points(points[0].half_widths[lines[-1]]),
            narrow=width_in_points(points[-1].half_widths[lines[-1]]),
            rate=percent(lines[-1]),
            n=planned,
            there=width_in_points(there.half_widths[lines[-1]]),
        ),
    )


def of_lines(lines: tuple[float, ...]) -> Text:
    if len(lines) == 1:
        return _("At a rate of %(rate)s.", rate=percent(lines[0]))
    return _("Solid: a rate of %(rate)s. Dashed: %(other)s.", rate=percent(lines[0]), other=percent(lines[1]))


def scale(highest: float) -> tuple[float, int]:
    """Step and count of the axis that reaches `highest`, in percentage points."""
    step = next((each for each in (0.5, 1, 2, 5, 10, 20) if each * TICKS >= highest), 20)
    return step, max(1, ceil(highest / step))


def width_in_points(width: float) -> str:
    """`±4.3`, in percentage points."""
    return f"±{width * 100:.1f}"


def percent(rate: float) -> str:
    return f"{rate * 100:.4g}%"
