"""By what the public narrows the list of results, and what a frozen copy says of each. Pure: copies in, values out.

Two producers of one name cannot be told apart by a copy, which has no code of theirs: they share a key, and a page.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from quality.core.clock import BEIJING
from quality.people.regions import province_of, region_named, region_of_code

FACETS = ("platform", "category", "region", "verdict", "year")  # that are counted, and may be chosen together
COUNTED_BY = (*FACETS, "takedown", "sampled")  # sampled: the campaign's kind and the verdict, which are never mixed
KEY = re.compile(r"[0-9a-f]{16}")
WHOLE = ("", "")  # the list with nothing chosen

Row = tuple[str, str, str, str]  # a tally's key: of, value, by, under


class Facets(NamedTuple):
    """What an entry can be chosen and counted by."""

    platform: str  # its code
    category: str
    region: str
    verdict: str
    year: str
    campaign: str
    kind: str
    takedown: str
    producer: str
    denied: bool

    def value(self, name: str) -> str:
        return f"{self.kind}/{self.verdict}" if name == "sampled" else str(getattr(self, name))


def facets_of(copy: Mapping[str, Any], published_at: datetime) -> Facets:
    """Of a copy of any age: what it does not hold is empty."""
    return Facets(
        platform=copy["platform"]["code"],
        category=copy["campaign"]["category"],
        region=region_of(copy["seller"]),
        verdict=copy["verdict"],
        year=str(published_at.astimezone(BEIJING).year),
        campaign=copy["campaign"]["number"],
        kind="label" if copy.get("label_only") else copy["campaign"]["kind"],  # in no rate of either kind
        takedown=copy["takedown"]["state"],
        producer=producer_key(copy["producer"]["name"]),
        denied=copy["producer_denies"],
    )


def region_of(seller: Mapping[str, str]) -> str:
    """As the frame placed the listing; where it did not, the province that registered the shop's company."""
    if place := seller.get("region", ""):
        return region_named(place)
    return province_of(region_of_code(seller["uscc"]) or "")


def producer_key(name: str) -> str:
    """16 hexadecimal digits by which a producer of this name is addressed; empty for no name.

    Width, capitals, spaces and signs do not matter: 童乐玩具（云州）厂 is 童乐玩具(云州)厂.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()[:16] if plain else ""


def rows_of(facets: Facets) -> Iterator[Row]:
    """Every count that an entry adds one to. The whole list comes first: who holds its row may touch the others."""
    known = [(name, value) for name in COUNTED_BY if (value := facets.value(name))]
    for of, value in (WHOLE, *(each for each in known if each[0] in FACETS)):
        for by, under in known:
            if by != of:
                yield of, value, by, under
