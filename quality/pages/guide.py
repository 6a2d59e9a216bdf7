"""What the reader's guide draws: invented numbers, through the functions that draw results and statistics.

So a picture in the guide cannot look otherwise than what it explains.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from quality.campaigns.models import CampaignKind
from quality.core.clock import BEIJING
from quality.core.words import Text, _
from quality.figures.ranking import places, simultaneous
from quality.figures.rates import Interval, Rate, wilson
from quality.pages.judging import Row, rows_of
from quality.pages.published import Step
from quality.pages.statistics import (
    Axis,
    Figure,
    PlatformRow,
    axis_of,
    figure,
    in_hundreds,
    place_shown,
    stages,
    untested_shown,
)
from quality.pages.words import word
from quality.standards.judgement import judge
from quality.statistics.public import Funnel

# By the anchor that pages lead to, each beside what it explains
SECTIONS: dict[str, Text] = {
    "batch": _("One batch, not a brand"),
    "bars": _("The bar of a test item"),
    "takedown": _("What the platform says, and what we saw"),
    "denominators": _("Bought, tested, nonconforming"),
    "interval": _("The interval around a rate"),
    "estimate": _("When a figure speaks for all listings, and when it does not"),
    "places": _("Places that are shared"),
    "change": _("Change, or chance"),
    "index": _("Our index"),
    "draw": _("Who chose what was bought"),
    "version": _("Versions, corrections, withdrawals"),
    "reply": _("What the parties say"),
    "proof": _("How you can check us"),
    "cite": _("How to quote it"),
}
LIMIT, SPREAD, UNIT = "≤5.0", "0.6", "mg/kg"
MEASURED = ("4.2", "4.7", "5.3", "5.7")  # one for each judgement of a rule that has four
RATE = Rate(29, 224)
SMALL = (Rate(1, 8), Rate(0, 20))
HUNDRED = Decimal(100)
FUNNEL = Funnel(1, 300, 278, 224, 29, 29, 27, 24, {"transferred_untested": 54})
NOTICED = Funnel(1, 40, 38, 38, 31, 31, 27, 19, {})  # of which much was to be taken down, so that it can be seen
COMPARED = {"A": Rate(30, 200), "B": Rate(22, 200), "C": Rate(3, 200)}
LEAST = 5


def drawings() -> dict[str, Any]:
    """By the names that the template calls them."""
    axis = axis_of([RATE.interval, *(each.interval for each in SMALL)])
    own = axis_of([RATE.interval])
    return {
        "bars": bars(),
        "stages": stages(FUNNEL, LEAST)[:4],
        "untested": untested_shown(FUNNEL.untested),
        "stages_of_listings": stages(NOTICED, LEAST)[4:],
        "rate": rate_drawn(RATE, own),
        "rate_axis": own,
        "wrong": f"{29 * HUNDRED / 278:.1f}%",
        "rates": [
            PlatformRow(str(_("%(many)s tested", many=each.of)), rate_drawn(each, axis), "—") for each in (RATE, *SMALL)
        ],
        "axis": axis,
        "placed": placed(),
        "placed_axis": axis_of(wilson(*each) for each in COMPARED.values()),
        "kinds": {kind.value: word("campaign_kind", kind) for kind in CampaignKind},
        "happened": happened(),
    }


def bars() -> list[Row]:
    """The same limit and uncertainty, four values; and one that was not found at all."""
    found = [(value, SPREAD, "", "non_binary") for value in MEASURED] + [("未检出", "", "0.5", "simple")]
    return rows_of(item(_("Example %(no)s", no=no), *each) for no, each in enumerate(found, 1))


def item(name: Text, value: str, spread: str, lod: str, rule: str) -> dict[str, str]:
    """As an item of a frozen copy."""
    verdict = judge(value, UNIT, LIMIT, uncertainty=spread, lod=lod, rule=rule).verdict
    said = {"item": str(name), "value": value, "unit": UNIT, "limit": LIMIT, "verdict": verdict}
    return said | {"uncertainty": spread, "lod": lod, "rule": rule}


def rate_drawn(rate: Rate, axis: Axis, around: Interval | None = None) -> Figure:
    assert rate.value is not None, "an example has been tested"
    assert rate.interval is not None, "an example has been tested"
    return figure(rate, rate.value * HUNDRED, in_hundreds(around or rate.interval), axis)


def placed() -> list[PlatformRow]:
    """Three platforms, of which two cannot be told apart."""
    z = simultaneous(len(COMPARED))
    around = {name: wilson(*rate, z) for name, rate in COMPARED.items()}
    axis, shared = axis_of(wilson(*each) for each in COMPARED.values()), places(around)
    return [
        PlatformRow(str(_("Platform %(name)s", name=name)), rate_drawn(rate, axis), place_shown(shared[name]))
        for name, rate in COMPARED.items()
    ]


def happened() -> list[tuple[int, list[Step]]]:
    """What stands under "What happened" on a result, from the first publication to a correction."""

    def at(month: int, day: int) -> datetime:
        return datetime(2026, month, day, 9, 0, tzinfo=BEIJING)

    listing = "A-1001"
    return [
        (
            2026,
            [
                Step(at(3, 2), _("Version %(edition)s published", edition=1)),
                Step(
                    at(3, 4),
                    _(
                        "The platform about %(listing)s: %(outcome)s",
                        listing=listing,
                        outcome=word("outcome", "removed"),
                    ),
                    is_said=True,
                ),
                Step(at(3, 5), _("We looked: %(listing)s is still on sale", listing=listing)),
                Step(at(3, 9), _("We looked: %(listing)s cannot be bought", listing=listing)),
                Step(at(4, 1), _("Version %(edition)s published", edition=2)),
            ],
        )
    ]
