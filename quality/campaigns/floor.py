"""The random floor of a campaign that is drawn by scores: of each stratum so many by lot, whatever the scores say.

Within a stratum a draw is by lot in any case. So the floor is a minimum for every stratum, those of the lowest band
too, and whoever repeats the draw from design.json and frame.csv sees that it was kept
(docs/decisions/0058-where-to-look-first.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from quality.campaigns.design import Design
from quality.campaigns.models import CampaignKind
from quality.core.errors import FieldProblem
from quality.core.words import _

SCORE = "risk_score"  # the column of a frame's layer (targeting/risk)


def reads_scores(design: Design) -> bool:
    return SCORE in {*design.strata, design.size} or any(band.column == SCORE for _name, band in design.bands)


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
