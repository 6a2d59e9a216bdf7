"""The score of a listing: pure and in whole numbers, so that every machine says the same. Facts in, points out.

A score orders listings and estimates nothing: it is the sum of its parts, each at most as many points as its weight.
What is not known gives no points and says so. `scoring.py` writes the same in SQL; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

WHOLE = 1_000  # a share is counted in thousandths
# Below the median by less than this, a price belongs to every sale (radar/matching.py draws the same line).
USUAL, RUINOUS = 700, 200  # thousandths of the median: no share from the first on, the whole share up to the second
FEWEST_PRICES = 5  # of a stratum: a median of fewer says nothing
DOUBLINGS = 17  # 2¹⁷ = 131,072 pieces a month have the whole share
NEW_FOR = 180  # days
HALF_OF_COMPLAINTS = 2  # so many complaints give half of the share
FINDINGS_FOR, COMPLAINTS_FOR = 3 * 365, 365  # days in which what happened counts


class Part(StrEnum):
    """What a score is made of, in the order in which it is told."""

    FINDINGS = "findings"
    COMPLAINTS = "complaints"
    PRICE = "price"
    SALES = "sales"
    NEWNESS = "newness"


class By(StrEnum):
    """By what a listing is known: the more exact first."""

    LISTING = "listing"
    BARCODE = "barcode"
    MODEL = "model"  # brand, model and producer
    SHOP_CODE = "shop_code"  # the unified social credit code
    SHOP = "shop"  # its id on the platform


class Facts(NamedTuple):
    """All that a score is made of. None: it is not known."""

    bad: int | None = None  # confirmed nonconforming among
    tested: int | None = None  # what was tested under the key `found_by`; None or 0: never
    found_by: By | None = None
    complaints: int | None = None  # under the key `told_by`; None: the agency has none at all to ask
    told_by: By | None = None
    price_fen: int | None = None
    median_fen: int | None = None  # of its stratum; None: too few prices
    monthly_sales: int | None = None
    known_days: int | None = None  # since an earlier frame first had its shop; 0: none had; None: there is none to ask


class Points(NamedTuple):
    """One part of a score. `share` is in thousandths, None where nothing is known; `points` of at most `weight`."""

    part: Part
    share: int | None
    points: int
    weight: int


def of_findings(facts: Facts) -> int | None:
    """Nonconforming of tested, as if one more had conformed: bad ÷ (tested + 1).

    One bad of one gives a half, two of two give two thirds, one of ten a tenth: the fewer were tested, the less is
    said. It is no rate of a market: what was tested had been chosen, by earlier scores among others. The rule of
    succession (Laplace, 1774) with the added success left out, so that none bad gives nothing.
    """
    if not facts.tested:
        return None
    return WHOLE * (facts.bad or 0) // (facts.tested + 1)


def of_complaints(facts: Facts) -> int | None:
    """complaints ÷ (complaints + 2): each further one says less than the one before, and no number fills it."""
    if facts.complaints is None:
        return None
    return WHOLE * facts.complaints // (facts.complaints + HALF_OF_COMPLAINTS)


def of_price(facts: Facts) -> int | None:
    """How far below the median of its stratum: nothing from 70 % of it up, everything from 20 % down, between in line.

    The median and not the mean, which a few dear listings would raise until half of the stratum looked cheap.
    """
    if not facts.price_fen or not facts.median_fen:
        return None
    of_median = WHOLE * facts.price_fen // facts.median_fen
    return max(0, min(WHOLE, WHOLE * (USUAL - of_median) // (USUAL - RUINOUS)))


def of_sales(facts: Facts) -> int | None:
    """How many people a bad one reaches: each doubling of the monthly sales counts alike, up to 131,072 pieces.

    By doublings, because sales lie over five powers of ten: in line, one listing would have all and the rest nothing.
    """
    if facts.monthly_sales is None:
        return None
    return WHOLE * min(DOUBLINGS, facts.monthly_sales.bit_length()) // DOUBLINGS


def of_newness(facts: Facts) -> int | None:
    """Everything for a shop that no earlier frame of the agency had, falling in line to nothing in half a year.

    The shop and not the listing: an old shop gets new listings every day, and a listing that nobody knows of a shop
    that everybody does is not what newness warns of. Where a frame names no shop it is the listing.
    """
    if facts.known_days is None:
        return None
    return max(0, WHOLE * (NEW_FOR - facts.known_days) // NEW_FOR)


SHARES = {
    Part.FINDINGS: of_findings,
    Part.COMPLAINTS: of_complaints,
    Part.PRICE: of_price,
    Part.SALES: of_sales,
    Part.NEWNESS: of_newness,
}


def points_of(weight: int, share: int | None) -> int:
    """Whole points, halves rounded up, so that the parts that are shown add up to the score that is shown."""
    return (weight * (share or 0) + WHOLE // 2) // WHOLE


def parts_of(facts: Facts, weights: Mapping[Part, int]) -> list[Points]:
    """Every part, also what is not known and what has no weight."""
    shares = {part: share_of(facts) for part, share_of in SHARES.items()}
    return [Points(part, share, points_of(weights[part], share), weights[part]) for part, share in shares.items()]


def score_of(facts: Facts, weights: Mapping[Part, int]) -> int:
    """From 0 to the sum of the weights."""
    return sum(each.points for each in parts_of(facts, weights))
