"""The library as a workbook: a row for each limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from quality.core.words import _
from quality.standards.contents import HEAD, OF_AN_ITEM, day_text
from quality.standards.models import Edition
from quality.standards.workbook.columns import LIMITS
from quality.workbooks.writing import AS_TEXT, write

WIDTHS = {"number": 18, "title": 36, "item": 24, "category": 18, "limit": 20, "method": 24, "rule_reason": 36}
NOTES = (
    _("One limit a row. What stays empty says what the row above says of the same standard or test item."),
    _("What the workbook says of a standard is all of it: items that are not there any more are taken out."),
    _("Severity: serious, major, minor. Decision rule: simple, guard_band, non_binary, enforcement."),
    AS_TEXT,
)


def rows_of(edition: Edition) -> Iterator[dict[str, str]]:
    """A standard without items is a row too."""
    head = {"number": edition.standard.number} | {name: text(getattr(edition, name)) for name in HEAD}
    if not edition.items:
        yield head
    for item in edition.items:
        said = {"item": item.item} | {name: str(getattr(item, name)) for name in OF_AN_ITEM}
        for limit in item.limits:
            yield head | said | {name: getattr(limit, name) for name in ("category", "limit", "clause")}


def text(value: object) -> str:
    return value if isinstance(value, str) else day_text(value) or ""  # type: ignore[arg-type]


def write_library(editions: Sequence[Edition], out: Path) -> None:
    rows = (row for edition in editions for row in rows_of(edition))
    write(LIMITS, rows, out, notes=NOTES, widths=WIDTHS, frozen=1)
