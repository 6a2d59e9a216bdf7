"""What a buyer read on a listing's page, against the frame's listing and against what a browser of ours read there.

Pure. What differs is a fact to look at: prices move, titles are polished, and a frame is weeks old.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from quality.captures.suggesting import folded

PRICE = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?(?![\d,]|\.\d)")


class Said(StrEnum):
    """What is said of a listing on its page."""

    TITLE = "title"
    PRICE = "price"
    SELLER = "seller"
    LICENCE = "licence"


class Page(NamedTuple):
    """Typed once. The price in fen, of one piece; a licence by its code, empty where the page shows none."""

    title: str
    price_fen: int
    seller: str
    licence: str


class Listing(NamedTuple):
    """The same as the frame has it; None or empty where it says nothing."""

    title: str
    price_fen: int | None
    seller: str
    licence: str


class Beside(NamedTuple):
    """One thing on the page, and what else was said of it."""

    what: Said
    typed: str | int
    framed: str | int | None  # None: the frame says nothing
    differs: bool  # from the frame
    was_read: bool | None  # by our browser on the page; None: nothing was captured


def laid_beside(typed: Page, framed: Listing, captured: str | None) -> list[Beside]:
    """`captured`: title and text of the page as our browser read it."""
    return list(each_beside(typed, framed, None if captured is None else folded(captured)))


def each_beside(typed: Page, framed: Listing, read: str | None) -> Iterator[Beside]:
    for what in Said:
        here, there = (typed.price_fen, framed.price_fen) if what is Said.PRICE else words(what, typed, framed)
        known = there if there not in ("", None) else None
        yield Beside(
            what,
            here,
            known,
            differs=known is not None and not is_same(here, known),
            was_read=None if read is None or here == "" else stands_there(here, read),
        )


def words(what: Said, typed: Page, framed: Listing) -> tuple[str, str]:
    return getattr(typed, what.value), getattr(framed, what.value)


def is_same(one: str | int, other: str | int) -> bool:
    """Texts but for width, case and spaces; amounts exactly."""
    if isinstance(one, str) and isinstance(other, str):
        return folded(one).replace(" ", "") == folded(other).replace(" ", "")
    return one == other


def stands_there(typed: str | int, read: str) -> bool:
    """Whether a page's folded words hold it: a price as a number of its own, so that 89 is not found in 189."""
    if isinstance(typed, int):
        return typed in prices_in(read)
    return folded(typed).replace(" ", "") in read.replace(" ", "")


def prices_in(read: str) -> set[int]:
    """Every number there that may be an amount in yuan, in fen."""
    return {int(whole.replace(",", "")) * 100 + int((rest or "").ljust(2, "0")) for whole, rest in PRICE.findall(read)}
