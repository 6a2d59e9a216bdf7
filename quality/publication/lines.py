"""Every result in force as a line of one table, for programs and spreadsheets: made once, when it is published.

A copy never changes, and its line only with what is stated beside it. Giving out a million of them is no more than
reading and joining.
The order of COLUMNS is part of the format: a new one comes last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.clock import rfc3339
from quality.core.words import Text, _
from quality.publication.facets import region_of
from quality.publication.models import Line, Result
from quality.publication.search import visible
from quality.workbooks.texts import as_meant, harmless

FAILED = {"fail", "conditional_fail"}
BETWEEN = "；"  # two items that failed
COLUMNS: dict[str, Text] = {  # where it stands in the copy, and what a reader calls it
    "number": _("Number"),
    "edition": _("Version"),
    "published_at": _("Published at"),  # not in the copy
    "verdict": _("Conclusion"),
    "failed": _("Items that do not meet the requirement"),  # gathered from its items
    "product.name": _("Product"),
    "product.brand": _("Brand"),
    "product.spec": _("Specification"),
    "product.batch": _("Batch"),
    "producer.name": _("Nominal producer"),
    "producer.address": _("Its address"),
    "producer_denies": _("Producer's denial"),
    "platform.code": _("Code of the platform"),
    "platform.name": _("Platform"),
    "seller.shop": _("Shop"),
    "seller.uscc": _("Shop's credit code"),
    "region": _("Region"),  # as the list is narrowed by it
    "listing_id": _("Listing"),
    "takedown.state": _("What became of the listings"),
    "campaign.number": _("Campaign number"),
    "campaign.title": _("Campaign"),
    "campaign.kind": _("Kind of campaign"),
    "campaign.category": _("Category"),
    "agency.name": _("Agency"),
    "laboratory": _("Laboratory"),
    "address": _("Page"),  # where this program is reached may change
    "label_only": _("Label only, not tested"),
}
PUT_BEHIND = ("address", "label_only")  # a line, when it is given out
IN_A_LINE = tuple(path for path in COLUMNS if path not in PUT_BEHIND)


def line_of(result: Result, takedown: str = "") -> str:
    """As CSV without an end of line, and without what is put behind it.

    Codes, moments and values as programs read them.
    """
    assert result.published_at is not None, "what is published has its moment"
    return as_csv(cells_of(result.copy, result.published_at, takedown))


def cells_of(copy: Mapping[str, Any], published_at: datetime, takedown: str = "") -> Iterator[str]:
    """What stands in each column of a line, as it is.

    `takedown` is what became of the listings, as it was stated last; without it the copy's.
    """
    found = {
        "published_at": rfc3339(published_at),
        "failed": BETWEEN.join(item["item"] for item in copy["items"] if item["verdict"] in FAILED),
        "region": region_of(copy["seller"]),
        "takedown.state": takedown or at(copy, "takedown.state"),
        "producer_denies": "yes" if copy["producer_denies"] else "no",
        "laboratory": "" if is_label_only(copy) else copy["laboratory"],
    }
    return (found[path] if path in found else at(copy, path) for path in IN_A_LINE)


def is_label_only(copy: Mapping[str, Any]) -> bool:
    """Nothing was tested, and the agency that looked at the label is no laboratory (0087)."""
    return bool(copy.get("label_only"))


def tested_by(copy: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """After a re-inspection some items are a laboratory's and the others still what the label lacks."""
    name: str = item["laboratory"]
    return "" if name == copy["agency"]["name"] else name


def at(copy: Mapping[str, Any], path: str) -> str:
    value: Any = copy
    for name in path.split("."):
        value = value.get(name, "")
    return str(value)


def as_csv(cells: Iterator[str]) -> str:
    """One line; none of its cells is a formula, and none breaks it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([harmless(visible(cell)) for cell in cells])
    return text.getvalue()


class Shown(NamedTuple):
    """What a list shows of a result: read from its line, which is an eighth of its copy and is nothing to parse."""

    number: str
    published_at: datetime
    verdict: str
    failed: tuple[str, ...]
    product: str
    brand: str
    spec: str
    platform: str  # its code
    platform_name: str
    shop: str
    takedown: str  # as it was stated last


SHOWN = [  # in the order of `Shown`
    list(COLUMNS).index(path)
    for path in (
        "number", "published_at", "verdict", "failed", "product.name", "product.brand", "product.spec",
        "platform.code", "platform.name", "seller.shop", "takedown.state",
    )
]  # fmt: skip
cells_shown = itemgetter(*SHOWN)


@lru_cache(2048)  # the newest stand in most of the lists that anybody asks for
def shown(line: str) -> Shown:
    """Nearly no line has a cell that was made harmless, and none without an apostrophe has."""
    found = cells_shown(next(csv.reader([line])))
    number, at, verdict, failed, *named = map(as_meant, found) if "'" in line else found
    return Shown(number, datetime.fromisoformat(at), verdict, tuple(failed.split(BETWEEN)) if failed else (), *named)


def enter_line(session: Session, result: Result) -> None:
    line = Line(result_id=result.id, line=line_of(result), label_only=is_label_only(result.copy))
    session.add(line)


def enter_line_again(session: Session, result: Result, takedown: str) -> None:
    """What became of its listings was stated anew."""
    session.execute(sa.update(Line).where(Line.result_id == result.id).values(line=line_of(result, takedown)))


def leave_line(session: Session, result: Result) -> None:
    session.execute(sa.delete(Line).where(Line.result_id == result.id))
