"""What is public about a platform, a category or a producer: counts of results in force, and the newest of them.

Of results in force only counts; of closed campaigns both denominators, and a rate of what was drawn by lot. Nothing
here ranks anybody, and nothing is estimated for a market: that is for the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignKind
from quality.figures.rates import Rate
from quality.lab.models import Verdict
from quality.publication.counting import Counted, StratumCount, from_kept
from quality.publication.finding import COUNTED
from quality.publication.models import Entry, FiguresKind, PublicFigures, Result, Tally
from quality.publication.tally import Counts, counts, counts_of, total

CAMPAIGNS = 10  # of a profile, the newest first
COPIES = 50  # of a producer, the newest first, that are read for names and addresses


class Profile(NamedTuple):
    """Results in force. `by_kind`: how many are nonconforming, and how many there are, by the kind of campaign: the two
    are never mixed. `states`: nonconforming ones by what became of the listings. `others`: all by other filters."""

    tested: int
    nonconforming: int
    by_kind: dict[str, tuple[int, int]]
    states: dict[str, int]
    others: Counts


def profile_of(found: Counts) -> Profile:
    """From the counts of one value: see tally.py."""
    bad = found.get("verdict", {}).get(Verdict.NONCONFORMING, 0)
    return Profile(total(found), bad, by_kind(found.get("sampled", {})), states_of(found.get("takedown", {})), found)


def by_kind(sampled: dict[str, int]) -> dict[str, tuple[int, int]]:
    kinds = {}
    for kind in CampaignKind:
        bad, good = (sampled.get(f"{kind}/{verdict}", 0) for verdict in (Verdict.NONCONFORMING, Verdict.CONFORMING))
        if bad + good:
            kinds[kind.value] = bad, bad + good
    return kinds


def states_of(takedown: dict[str, int]) -> dict[str, int]:
    """Of nonconforming results: of the others nothing is to be taken down."""
    return {state: many for state, many in takedown.items() if state != "not_needed"}


def profile(session: Session, of: str, value: str) -> Profile | None:
    """Of a platform by its code, or a category by its name; None if no result in force has it."""
    found = counts(session, of, value)
    return profile_of(found) if total(found) else None


# --- lists of them ---


class Listed(NamedTuple):
    value: str
    tested: int
    nonconforming: int


def listed(session: Session, of: str, *, after: str = "", limit: int = 100) -> tuple[list[Listed], str | None]:
    """Every value with results in force, by its letters; and behind which the next page begins."""
    values = sa.select(Tally.value).where(Tally.of == of, Tally.by == "verdict", Tally.many > 0, Tally.value > after)
    names = list(session.scalars(values.distinct().order_by(Tally.value).limit(limit + 1)))
    found = counts_of(session, [(of, name) for name in names[:limit]])
    lines = [Listed(name, *numbers(found[of, name])) for name in names[:limit]]
    return lines, names[limit - 1] if len(names) > limit else None


def numbers(found: Counts) -> tuple[int, int]:
    return total(found), found.get("verdict", {}).get(Verdict.NONCONFORMING, 0)


# --- both denominators: of campaigns that have ended ---


class Ended(NamedTuple):
    """A closed campaign, and those of its strata that are meant: of one platform, or all."""

    counted: Counted
    strata: Sequence[StratumCount]

    @property
    def bought(self) -> int:
        return sum(each.bought for each in self.strata)

    @property
    def rate(self) -> Rate:
        return Rate(sum(each.nonconforming for each in self.strata), sum(each.tested for each in self.strata))

    @property
    def untested(self) -> dict[str, int]:
        return self.counted._replace(strata=tuple(self.strata)).untested


def ended(session: Session, *, platform: str = "", category: str = "") -> list[Ended]:
    """The newest, as they were counted (counting.py). Only closed ones: while a campaign goes on, what fails is public
    first, and a rate of it would be too high. Of one platform: those whose strata each lie on one.
    """
    asked = sa.select(PublicFigures.figures).where(PublicFigures.kind == FiguresKind.CAMPAIGN)
    if category:
        named = sa.select(Campaign.number).where(Campaign.category == category)
        asked = asked.where(PublicFigures.name.in_(named))
    if platform:
        here = sa.select(Entry.result_id).where(Entry.campaign == PublicFigures.name, Entry.platform == platform)
        asked = asked.where(here.exists())
    newest = asked.order_by(PublicFigures.ended_on.desc(), PublicFigures.name.desc()).limit(CAMPAIGNS)
    every = [from_kept(figures) for figures in session.scalars(newest)]
    meant = [Ended(each, [s for s in each.strata if platform in ("", s.platform)]) for each in every]
    return [each for each in meant if each.strata]


# --- producers, of whom there are many with few results each ---


class Producer(NamedTuple):
    """`names` and `addresses` as the newest copies write them, the newest first. `denied`: results that bear the name,
    and that the producer truly denies having made; they are in no other count. `is_cut`: more were not looked at."""

    names: Sequence[str]
    addresses: Sequence[str]
    profile: Profile
    denied: int
    is_cut: bool


def one_producer(session: Session, key: str) -> Producer | None:
    """Of all whose name on the product is written alike; None if no result in force names them."""
    some = sa.select(Entry.result_id).where(Entry.producer == key).limit(COUNTED + 1)
    columns = Entry.denied, Entry.kind, Entry.verdict, Entry.takedown
    rows = sa.select(*columns, sa.func.count()).where(Entry.result_id.in_(some)).group_by(*columns)
    found: Counts = {"verdict": {}, "takedown": {}, "sampled": {}}
    denied = looked = 0
    for is_denied, kind, verdict, state, many in session.execute(rows):
        looked += many
        if is_denied:
            denied += many
            continue
        for name, value in (("verdict", verdict), ("takedown", state), ("sampled", f"{kind}/{verdict}")):
            found[name][value] = found[name].get(value, 0) + many
    if not looked:
        return None
    makers = [copy["producer"] for copy in newest_copies(session, key)]
    names, addresses = (
        list(dict.fromkeys(each[part] for each in makers if each[part])) for part in ("name", "address")
    )
    return Producer(names, addresses, profile_of(found), denied, looked > COUNTED)


def newest_copies(session: Session, key: str) -> list[dict[str, Any]]:
    of = sa.select(Result.copy).join(Entry, Entry.result_id == Result.id).where(Entry.producer == key)
    return list(session.scalars(of.order_by(Entry.published_at.desc(), Entry.result_id.desc()).limit(COPIES)))
