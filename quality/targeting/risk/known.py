"""What is known of listings, by the keys under which others are found: the same product's, the same shop's.

Keys are those of `likeness`: what is the same product there is the same product here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from quality.likeness.frames import Sought
from quality.likeness.matching import Keys
from quality.targeting.risk.scores import By, Facts, of_findings

ORDER = list(By)


class Concluded(NamedTuple):
    """A confirmed finding, and by what it is found again."""

    sought: Sought
    is_bad: bool


class Told(NamedTuple):
    """A complaint. What it does not name is empty."""

    platform: int
    listing_id: str
    shop_id: str
    barcode: str  # 14 digits


class Known(NamedTuple):
    """By key: nonconforming and tested; complaints. `asked` says whether there was any complaint to ask at all."""

    tested: Mapping[str, tuple[int, int]]
    complaints: Mapping[str, int]
    words: tuple[Sought, ...]  # of the findings, for `likeness.frames.keep_words`
    asked: bool


def keys_of(listing_id: str, keys: Keys) -> Iterator[tuple[By, str]]:
    """Under which keys a listing is known. Without a producer on either side it is not said to be the same model."""
    if listing_id:
        yield By.LISTING, key(By.LISTING, keys.platform, listing_id)
    if keys.barcode:
        yield By.BARCODE, key(By.BARCODE, keys.barcode)
    if keys.brand and keys.model:
        yield By.MODEL, key(By.MODEL, keys.brand, keys.model, keys.producer)
    if keys.shop_code:
        yield By.SHOP_CODE, key(By.SHOP_CODE, keys.shop_code)
    if keys.shop_id:
        yield By.SHOP, key(By.SHOP, keys.platform, keys.shop_id)


def key(by: By, *parts: object) -> str:
    return "|".join([by.value, *map(str, parts)])


def known_of(findings: Iterable[Concluded], complaints: Iterable[Told]) -> Known:
    """Counted once for each key, so that a frame of millions is joined with keys and not with findings."""
    tested: dict[str, tuple[int, int]] = {}
    words = []
    for finding in findings:
        words.append(finding.sought)
        for _by, name in keys_of(finding.sought.listing_id, finding.sought.keys):
            bad, of = tested.get(name, (0, 0))
            tested[name] = (bad + finding.is_bad, of + 1)
    counted: dict[str, int] = {}
    asked = False
    for told in complaints:
        asked = True
        for _by, name in keys_of(told.listing_id, nothing_but(told)):
            counted[name] = counted.get(name, 0) + 1
    return Known(tested, counted, tuple(words), asked)


def nothing_but(told: Told) -> Keys:
    return Keys(told.barcode, "", "", "", "", told.platform, "", told.shop_id, "")


def facts_of(listing_id: str, keys: Keys, known: Known) -> Facts:
    """What is known of one listing: of its keys the worst, and of those that are as bad the most exact.

    The worst and not all together: a finding on this product in this shop stands under both keys, and is one.
    """
    names = dict(keys_of(listing_id, keys))
    found = [(of_findings(Facts(*known.tested[name])) or 0, by) for by, name in names.items() if name in known.tested]
    told = [(known.complaints[name], by) for by, name in names.items() if name in known.complaints]
    facts = Facts(complaints=0 if known.asked else None)
    if found:
        _share, by = max(found, key=exactest)
        bad, tested = known.tested[names[by]]
        facts = facts._replace(bad=bad, tested=tested, found_by=by)
    if told:
        many, by = max(told, key=exactest)
        facts = facts._replace(complaints=many, told_by=by)
    return facts


def exactest(counted: tuple[int, By]) -> tuple[int, int]:
    return counted[0], -ORDER.index(counted[1])
