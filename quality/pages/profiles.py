"""What the page of a platform, a category or a producer says in words: rates with intervals, and who says what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from quality.campaigns.models import CampaignKind
from quality.core.words import Text, _
from quality.pages.judging import TAKEDOWNS
from quality.pages.statistics import HUNDRED, Figure, axis_of, figure, in_hundreds, too_few, untested_shown
from quality.pages.words import Tone, word
from quality.publication.profiles import Ended, Profile

SAYS: dict[str, Text] = {
    "not_asked": _("nobody was asked yet"),
    "asked": _("the platform was asked, and has not answered for all"),
    "claimed": _("the platform says so; we have not seen it yet"),
    "verified": _("we have seen it ourselves"),
    "excused": _("nothing is left to take down, with a reason"),
}


class EndedLine(NamedTuple):
    """`share`: of the tested; None of risk-targeted sampling, which is only counted."""

    of: Ended
    kind: Text
    untested: Sequence[tuple[Text, int]]
    share: Figure | None


class StateLine(NamedTuple):
    tone: Tone
    state: Text
    many: int
    says: Text


def ended_lines(found: Sequence[Ended], least: int) -> list[EndedLine]:
    return [
        EndedLine(each, word("campaign_kind", each.counted.kind), untested_shown(each.untested), share_of(each, least))
        for each in found
    ]


def share_of(each: Ended, least: int) -> Figure | None:
    rate, counts = each.rate, (each.rate.hits, each.rate.of)
    if each.counted.kind != CampaignKind.PROBABILITY:
        return None
    if rate.of < least or rate.value is None or rate.interval is None:
        return too_few(counts, least)
    return figure(counts, rate.value * HUNDRED, in_hundreds(rate.interval), axis_of([rate.interval]))


def takedown_lines(its: Profile) -> list[StateLine]:
    """From what is least settled on."""
    return [
        StateLine(tone, word("takedown", state), its.states[state], SAYS[state])
        for state, tone in TAKEDOWNS.items()
        if its.states.get(state)
    ]
