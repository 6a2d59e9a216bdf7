"""Categories of a frame that nobody names: neither a plan nor a standard of the library, nor the file of a command.

They are no mistake as such: a platform's file holds more than one plan asks for. But a name that is written otherwise
makes a stratum of its own, from which nobody meant to buy: so each is told with its rows, and what it may be instead.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from quality.campaigns.frame.checking import FROZEN
from quality.campaigns.frame.engine import Engine, text

MOST = 50  # that are told one by one


class Unnamed(NamedTuple):
    category: str
    rows: int
    nearest: str  # of those that are named; "" where none is near


class Strange(NamedTuple):
    """The largest first."""

    categories: list[Unnamed]
    more: int  # further ones
    rows: int  # of all


NONE = Strange([], 0, 0)


def strange_in(opened: Engine, named: Collection[str] | None) -> Strange:
    """Of the rows that were written for freezing. None `named`: nobody asks."""
    if named is None:
        return NONE
    known = set(named)
    asked = f"SELECT category, count(*) AS n FROM read_parquet({text(opened.scratch / FROZEN)}) GROUP BY ALL"
    counted = [(str(each), int(n)) for each, n in opened.con.execute(f"{asked} ORDER BY n DESC, category").fetchall()]
    found = [(each, n) for each, n in counted if each not in known]
    told = [Unnamed(each, n, _nearest(each, named)) for each, n in found[:MOST]]
    return Strange(told, len(found) - len(told), sum(n for _category, n in found))


def _nearest(category: str, named: Collection[str]) -> str:
    alike = (each for each in sorted(named) if _written_alike(each) == _written_alike(category))
    return next(alike, "") or next(iter(difflib.get_close_matches(category, sorted(named), 1)), "")


def _written_alike(category: str) -> str:
    """Without differences that the eye does not see: width, case, blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", category)).casefold()
