"""Who is to buy what: a buyer for each task, or why there is none. Pure: values in, values out.

What keeps a buyer from a task: they declined it; it lies outside their regions; the shop knows them (shops.py);
they have no room left this week; each of their cover identities was seen there too often. Tasks that fewest could buy
come first; each goes to who has least to do for what they can do, of two alike to the one whose cover was seen less.
The same tasks and buyers, in whatever order they come, give the same proposals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from quality.purchases.exposure import Seen, Use, over_used
from quality.purchases.profiles import lies_in
from quality.purchases.rules import Limits

USUAL = 10  # orders a week, of a buyer of whom nobody has said how many: for the balance only


class Why(StrEnum):
    """What keeps a buyer from a task; the order is that of asking."""

    DECLINED = "declined"
    OUTSIDE = "outside"  # of their regions
    SAME_SHOP = "same_shop"
    NO_ROOM = "no_room"
    NO_COVER = "no_cover"


class Wanted(NamedTuple):
    """A task without a buyer."""

    task: int
    platform: int
    shop: str | None
    region: str  # as the frame says it; "": it does not
    declined: frozenset[int] = frozenset()


class Candidate(NamedTuple):
    buyer: int
    under_way: int = 0
    per_week: int | None = None
    left: int | None = None  # tasks that they can still be given; None: nobody has said
    regions: Sequence[str] = ()  # none: everywhere
    shops: frozenset[str] = frozenset()  # at which they do not buy now


class Cover(NamedTuple):
    """A cover identity in use, and the orders in which its values were seen."""

    cover: int
    buyer: int | None = None  # None: any buyer's
    platform: int | None = None  # None: any
    uses: Sequence[Use] = ()


class Proposal(NamedTuple):
    """`buyer` None: `why` says what keeps each of them from it. `cover` None: none is registered that fits."""

    task: int
    buyer: int | None
    cover: int | None
    seen: int  # orders of the period on this platform with that cover identity, before this one
    why: Mapping[Why, int]


@dataclass
class Hand:
    """A buyer while tasks are being given out."""

    of: Candidate
    covers: Mapping[int, list[int]]  # by platform, or 0 for any
    given: int = 0
    shops: set[str] = field(default_factory=set)

    @property
    def share(self) -> Fraction:
        return Fraction(self.of.under_way + self.given, self.of.per_week or USUAL)


def propose(
    tasks: Iterable[Wanted], buyers: Iterable[Candidate], covers: Iterable[Cover], limits: Limits, today: date
) -> list[Proposal]:
    """One proposal a task, in the order of their ids."""
    covers = sorted(covers, key=lambda cover: cover.cover)
    seen = {cover.cover: Seen(cover.uses, limits, today) for cover in covers}
    hands = [Hand(buyer, fitting(buyer.buyer, covers), shops=set(buyer.shops)) for buyer in buyers]

    def chance(task: Wanted) -> tuple[int, int]:
        return sum(never(task, hand.of) is None for hand in hands), task.task

    given = [give(task, hands, seen, limits, today) for task in sorted(tasks, key=chance)]
    return sorted(given, key=lambda proposal: proposal.task)


def fitting(buyer: int, covers: Iterable[Cover]) -> Mapping[int, list[int]]:
    mine: dict[int, list[int]] = {}
    for cover in covers:
        if cover.buyer in {None, buyer}:
            mine.setdefault(cover.platform or 0, []).append(cover.cover)
    return mine


def never(task: Wanted, buyer: Candidate) -> Why | None:
    """What keeps this buyer from it whatever else is given out."""
    if buyer.buyer in task.declined:
        return Why.DECLINED
    if task.region and buyer.regions and not lies_in(task.region, buyer.regions):
        return Why.OUTSIDE
    return Why.SAME_SHOP if task.shop in buyer.shops else None


def give(task: Wanted, hands: Sequence[Hand], seen: Mapping[int, Seen], limits: Limits, today: date) -> Proposal:
    why: Counter[Why] = Counter()
    best: tuple[tuple[bool, Fraction, int, int], Hand, int | None] | None = None
    for hand in hands:
        reason, cover, times = tried(task, hand, seen, limits)
        if reason is not None:
            why[reason] += 1
            continue
        is_far = bool(task.region) and not hand.of.regions  # who has said that they buy there comes first
        rank = (is_far, hand.share, times, hand.of.buyer)
        if best is None or rank < best[0]:
            best = rank, hand, cover
    if best is None:
        return Proposal(task.task, None, None, 0, dict(why))
    (_far, _share, times, buyer), hand, cover = best
    hand.given += 1
    if task.shop is not None:
        hand.shops.add(task.shop)
    if cover is not None:
        seen[cover].again(task.platform, task.shop, today)
    return Proposal(task.task, buyer, cover, times, {})


def tried(task: Wanted, hand: Hand, seen: Mapping[int, Seen], limits: Limits) -> tuple[Why | None, int | None, int]:
    """What keeps this buyer from it now; else the cover identity for it, and how often it was seen there."""
    if (reason := never(task, hand.of)) is not None:
        return reason, None, 0
    if limits.shop_again and task.shop in hand.shops:
        return Why.SAME_SHOP, None, 0
    if hand.of.left is not None and hand.given >= hand.of.left:
        return Why.NO_ROOM, None, 0
    theirs = [*hand.covers.get(task.platform, ()), *hand.covers.get(0, ())]
    usable = [each for each in theirs if over_used(seen[each], task.platform, task.shop, limits) is None]
    if theirs and not usable:
        return Why.NO_COVER, None, 0
    times, cover = min(((seen[each].times(task.platform), each) for each in usable), default=(0, None))
    return None, cover, times
