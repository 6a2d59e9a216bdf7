"""Names of test items and methods as they are compared, wherever somebody wrote them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def plain(text: str) -> str:
    """Full-width signs as their common ones, no blanks around, one between."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=4096)  # a campaign has a few dozen items, and a table names them a thousand times
def item_key(name: str) -> str:
    """Names of items that a reader takes for the same: `酸价（以脂肪计）` and `酸价(以脂肪计)`."""
    return "".join(plain(name).casefold().split())


@lru_cache(maxsize=4096)
def method_key(name: str) -> str:
    """Of a method: with any of the dashes that people write before the year, and whatever blanks."""
    return item_key(name.translate(DASHES))
