"""The random floor of a campaign that is drawn by scores: of each stratum so many by lot, whatever the scores say.

Within a stratum a draw is by lot in any case. So the floor is a minimum for every stratum, those of the lowest band
too, and whoever repeats the draw from design.json and frame.csv sees that it was kept
(docs/decisions/0058-where-to-look-first.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.models import CampaignKind
from quality.core.errors import FieldProblem, Refused
from quality.core.words import _

SCORE = "risk_score"  # the column of a frame's layer (targeting/risk)


def reads_scores(design: Design) -> bool:
    return SCORE in {*design.strata, design.size} or any(band.column == SCORE for _name, band in design.bands)


def without_scores(design: Design) -> Design:
    """Without the bands of the scores, and with the same number of each stratum that remains: what was asked of each
    was asked of other strata. `Refused` where the plan reads the scores otherwise too."""
    gone = {name for name, band in design.bands if band.column == SCORE}
    if not gone and not reads_scores(design):
        return design
    left = replace(
        spread_equally(design),
        strata=tuple(column for column in design.strata if column not in gone),
        bands=tuple((name, band) for name, band in design.bands if name not in gone),
    )
    refuse_other_names(design, left)
    if reads_scores(left):
        text = _("The plan reads the scores otherwise than by bands, as a stratum or a size: take that out of it first")
        raise Refused("scores_in_use", text)
    return left


def spread_equally(design: Design) -> Design:
    n = sum(design.fixed.values()) if design.method is Method.FIXED else design.n
    return replace(design, method=Method.EQUAL, n=n, deviations={}, costs={}, fixed={}, min_per_stratum=0)


def refuse_other_names(before: Design, after: Design) -> None:
    if before.numbers and (before.strata, before.bands) != (after.strata, after.bands):
        text = _("The plan asks for overlap by strata that would have other names: take that out first, and ask anew")
        raise Refused("numbers_in_use", text)


def wrong_kind(design: Design | None, kind: CampaignKind) -> list[FieldProblem]:
    """A sample that is to speak for the whole prefers nothing; what prefers is counted apart (DOMAIN: never mixed)."""
    if design is None or kind is CampaignKind.RISK_TARGETED or not reads_scores(design):
        return []
    text = _("A probability sample is not drawn by scores: plan a risk-targeted campaign, or take the scores away")
    return [FieldProblem("kind", "drawn_by_scores", text)]


def below_floor(allocated: Mapping[str, int], sizes: Mapping[str, int], floor: int) -> list[FieldProblem]:
    """The strata of which fewer would be drawn than the floor, and than there are."""
    return [
        FieldProblem(
            "allocation",
            "below_floor",
            _(
                "Of the stratum %(stratum)s %(n)s would be drawn: the weights ask for at least %(floor)s by lot",
                stratum=name,
                n=allocated[name],
                floor=min(floor, size),
            ),
        )
        for name, size in sizes.items()
        if allocated[name] < min(floor, size)
    ]
