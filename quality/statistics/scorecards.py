"""The scorecard of a platform: how long it takes, and how often what it says turned out to be true and stayed so."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from quality.core.clock import BEIJING
from quality.figures import ranking
from quality.figures.ranking import Place
from quality.figures.rates import Rate
from quality.notices.models import ItemStatus, Outcome
from quality.statistics.durations import Times, times
from quality.statistics.rows import ANSWERED, DONE, Asked, Listing, Told, listings_of

K = TypeVar("K", bound=Hashable)
NOT_SETTLED = frozenset({ItemStatus.OPEN, ItemStatus.CLAIMED, ItemStatus.RETURNED, ItemStatus.REOPENED})


class Share(NamedTuple):
    """So many listings out of those of which it is known yet; and out of all that stand on the notices."""

    hits: int
    known: int
    all: int

    @property
    def of_known(self) -> Rate:
        return Rate(self.hits, self.known)

    @property
    def of_all(self) -> Rate:
        return Rate(self.hits, self.all)


class Scorecard(NamedTuple):
    """Of the notices of one platform in one period. Times are elapsed ones, nights, holidays and pauses included.

    `acknowledge`: from the proven receipt. `remove`: from the proven receipt (or of hearing that a listing went back)
    to the moment that the claim names which we found to be true; before the receipt is no time at all. `verify`: from
    the claim to our decision that it holds, which is the agency's own time. `own_…`: the same without the time for
    which its period stood, as a pause that was granted; that is none that the platform took.
    """

    notices: int
    listings: int
    acknowledge: Times
    remove: Times
    own_acknowledge: Times
    own_remove: Times
    verify: Times
    at_first_look: Share  # verified, and the first look after the first claim saw it gone; known: verified or sent back
    returned: Share  # sent back at least once; known: verified or sent back
    relisted: Share  # there again after it was verified, or known again elsewhere; known: verified at least once


def scorecard(told: list[Told], now: datetime) -> Scorecard:
    listings = list(listings_of(told))
    judged = [each for _notice, each in listings if each.decided("verify") or each.decided("send_back")]
    verified = [each for each in judged if each.decided("verify")]
    every = len(listings)
    acknowledged, removed = acknowledgements(told, now), all_removals(listings, now)
    return Scorecard(
        notices=len(told),
        listings=every,
        acknowledge=times(*by_each(acknowledged, Asked.elapsed)),
        remove=times(*by_each(removed, Asked.elapsed)),
        own_acknowledge=times(*by_each(acknowledged, Asked.own)),
        own_remove=times(*by_each(removed, Asked.own)),
        verify=times(*both(verifications(each, now) for _notice, each in listings)),
        at_first_look=Share(sum(held_at_once(each) for each in verified), len(judged), every),
        returned=Share(sum(bool(each.decided("send_back")) for each in judged), len(judged), every),
        relisted=Share(sum(is_back(each) for each in verified), len(verified), every),
    )


Spans = tuple[list[timedelta], list[timedelta]]  # done, waiting


def both(spans: Iterable[Spans]) -> Spans:
    done: list[timedelta] = []
    waiting: list[timedelta] = []
    for some, others in spans:
        done += some
        waiting += others
    return done, waiting


Stretches = tuple[list[tuple[Asked, datetime]], list[tuple[Asked, datetime]]]  # until when: of done, of waiting


def by_each(stretches: Stretches, measure: Callable[[Asked, datetime], timedelta]) -> Spans:
    done, waiting = stretches
    return [measure(*each) for each in done], [measure(*each) for each in waiting]


def acknowledgements(told: list[Told], now: datetime) -> Stretches:
    """An answer without an acknowledgement before it is one."""
    asked = [each for notice in told for each in notice.acknowledge]
    done = [(each, each.stopped_at) for each in asked if each.stopped_at and each.outcome in (DONE, ANSWERED)]
    return done, [(each, now) for each in asked if each.stopped_at is None]


def all_removals(listings: Iterable[tuple[Told, Listing]], now: datetime) -> Stretches:
    found = [removals(notice, listing, now) for notice, listing in listings]
    return [one for done, _waiting in found for one in done], [one for _done, waiting in found for one in waiting]


def removals(notice: Told, listing: Listing, now: datetime) -> Stretches:
    """A claim that nobody found to be true yet is no removal: the listing waits."""
    done = []
    for verified in listing.decided("verify"):
        said = listing.claim_before(verified.at)
        asked = notice.asked_by(listing, said.received_at) if said else None
        if said and asked and said.outcome == Outcome.REMOVED and said.acted_at:
            done.append((asked, said.acted_at))
    asked = notice.asked_by(listing, now)
    is_waiting = listing.status in NOT_SETTLED and asked is not None
    if is_waiting and asked and (asked.stopped_at is None or listing.status == ItemStatus.CLAIMED):
        return done, [(asked, now)]
    return done, []


def verifications(listing: Listing, now: datetime) -> Spans:
    before = [(each.at, listing.claim_before(each.at)) for each in listing.decided("verify")]
    done = [at - said.received_at for at, said in before if said]
    if listing.status == ItemStatus.CLAIMED and listing.claims:
        return done, [now - listing.claims[-1].received_at]
    return done, []


def held_at_once(listing: Listing) -> bool:
    first = listing.claims[0].received_at if listing.claims else None
    looks = [each.gone for each in listing.looks if first and each.seen_at >= first]
    return bool(looks) and looks[0]


def is_back(listing: Listing) -> bool:
    """By a re-check, or by a later frame that a person decided on; both of one listing are one coming back."""
    return listing.is_known_again or any(each.was == ItemStatus.VERIFIED for each in listing.decided("reopen"))


# --- by month, and beside others ---


def by_month(told: list[Told]) -> Iterator[tuple[date, list[Told]]]:
    """The notices that were issued in each month of Beijing, the newest month first; by the first day of each."""
    months: dict[date, list[Told]] = {}
    for notice in told:
        months.setdefault(notice.issued_at.astimezone(BEIJING).date().replace(day=1), []).append(notice)
    yield from sorted(months.items(), reverse=True)


def places(rates: Mapping[K, Rate]) -> dict[K, Place]:
    """The greatest rate stands first. Only of those with enough behind them, and only where there are two such.

    By each its own 95 % interval. Two that overlap share their places, which is stricter than a test of the difference
    at 5 %; that is meant: nobody is ranked by chance.
    """
    between = {key: rate.interval for key, rate in rates.items() if rate.is_enough}
    return ranking.places({key: each for key, each in between.items() if each})
