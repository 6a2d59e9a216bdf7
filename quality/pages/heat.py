"""A frame's portrait as its page draws it: a heat map of figures, and bars in percent of the largest."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from quality.campaigns.frame.portrait import Bin, Portrait
from quality.core.words import Text, _
from quality.pages.moments import yuan
from quality.publication.search import visible

LEVELS = 5  # of the ground of a cell, which says the same as its figure


class Cell(NamedTuple):
    listings: int
    level: int  # 0: none; else 1 to 5, by how near it comes to the largest cell


class Row(NamedTuple):
    name: str
    cells: list[Cell]
    total: int


class BarRow(NamedTuple):
    name: Text
    listings: int
    width: str  # percent of the largest
    share: str  # percent of all


class Picture(NamedTuple):
    portrait: Portrait
    rows: list[Row]
    totals: list[int]
    prices: list[BarRow]
    sales: list[BarRow]
    shops: list[BarRow]
    share_of_largest: str


def picture_of(portrait: Portrait) -> Picture:
    most = max((n for row in portrait.cells for n in row), default=0)
    rows = [
        Row(visible(name), [Cell(n, level(n, most)) for n in row], sum(row))
        for name, row in zip(portrait.categories, portrait.cells, strict=True)
    ]
    shops = [
        (_("%(shop)s, %(platform)s", shop=visible(shop.name), platform=visible(shop.platform)), shop.listings)
        for shop in portrait.largest
    ]
    return Picture(
        portrait=portrait,
        rows=rows,
        totals=[sum(column) for column in zip(*portrait.cells, strict=True)],
        prices=bars([(span(each, yuan), each.listings) for each in portrait.prices], portrait.listings),
        sales=bars([(span(each, "{:,}".format), each.listings) for each in portrait.sales], portrait.listings),
        shops=bars(shops, portrait.of_shops),
        share_of_largest=percent(portrait.of_largest, portrait.of_shops),
    )


def level(listings: int, most: int) -> int:
    """By square roots: on marketplaces few cells hold most, and the small ones should be told apart too."""
    return math.ceil(LEVELS * math.sqrt(listings / most)) if listings else 0


def span(each: Bin, said: Callable[[int], Text]) -> Text:
    if each.high is None:
        return _("from %(low)s", low=said(each.low))
    if each.low == 0:
        return _("below %(high)s", high=said(each.high))
    return _("%(low)s to below %(high)s", low=said(each.low), high=said(each.high))


def bars(rows: list[tuple[Text, int]], whole: int) -> list[BarRow]:
    most = max((n for _name, n in rows), default=0)
    return [BarRow(name, n, percent(n, most).rstrip("%"), percent(n, whole)) for name, n in rows]


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"
