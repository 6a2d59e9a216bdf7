"""Figures of platforms as a workbook: a row a platform or a month, and a row a case of what stands out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from quality.core.words import Text, _
from quality.pages.book import Cell
from quality.pages.grading import HUNDREDTH, shown
from quality.pages.moments import moment
from quality.pages.scorecards import in_words
from quality.pages.words.trust import SIGNS
from quality.statistics.durations import MEDIAN, Times
from quality.statistics.scorecards import Scorecard, Share
from quality.statistics.suspicions import Suspicion

HOUR = timedelta(hours=1)
OF_TIMES = (
    _("done"),
    _("median, hours"),
    _("95%% interval from, hours"),
    _("95%% interval to, hours"),
    _("nine in ten within, hours"),
    _("still waiting"),
    _("longest waiting, hours"),
)
OF_A_SHARE = (_("counted"), _("of those known"), _("of all"), _("rate"), _("95%% interval"))


def times_in(card: Scorecard) -> Sequence[tuple[Text, Times]]:
    return (
        (_("To acknowledge, without granted pauses"), card.own_acknowledge),
        (_("To acknowledge, elapsed"), card.acknowledge),
        (_("To remove, without granted pauses"), card.own_remove),
        (_("To remove, elapsed"), card.remove),
        (_("To verify"), card.verify),
    )


def shares_in(card: Scorecard) -> Sequence[tuple[Text, Share]]:
    return (
        (_("Verified at first look"), card.at_first_look),
        (_("Sent back"), card.returned),
        (_("On sale again"), card.relisted),
    )


def of_cards(rows: Sequence[tuple[Text, Text, Scorecard]]) -> list[list[Cell]]:
    """`rows`: a code or a month, a name, the figures."""
    if not rows:
        return [[_("No notice was issued in this period")]]
    head: list[Cell] = [_("Code or month"), _("Name"), _("Notices"), _("Listings")]
    card = rows[0][2]
    head += [_("%(rate)s: %(what)s", rate=name, what=what) for name, _each in times_in(card) for what in OF_TIMES]
    head += [_("%(rate)s: %(what)s", rate=name, what=what) for name, _each in shares_in(card) for what in OF_A_SHARE]
    return [head, *([code, name, *of_a_card(card)] for code, name, card in rows)]


def of_a_card(card: Scorecard) -> Iterator[Cell]:
    yield from (card.notices, card.listings)
    for _name, times in times_in(card):
        between = times.between(MEDIAN)
        yield len(times.done)
        yield from map(hours, (times.median, between.low, between.high, times.ninetieth))
        yield len(times.waiting)
        yield hours(times.longest_waiting)
    for _name, share in shares_in(card):
        rate = shown(share.of_known)
        yield from (share.hits, share.known, share.all, rate.percent or "—", rate.between)


def hours(time: timedelta | None) -> Cell:
    return "" if time is None else Decimal(time / HOUR).quantize(HUNDREDTH)


def of_signs(found: Iterable[tuple[str, Suspicion]]) -> list[list[Cell]]:
    lines: list[list[Cell]] = [
        [_("Platform"), _("What stands out"), _("Notice"), _("Listing"), _("Answered"), _("Case")]
    ]  # fmt: skip
    for code, sign in found:
        for each in sign.cases if sign.is_raised else ():
            listing = each.listing.listing_id if each.listing else ""
            lines.append([code, SIGNS[sign.sign].name, each.notice.number, listing, moment(each.at), in_words(each)])
    return lines
