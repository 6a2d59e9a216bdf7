"""A walk along a list, a page at a time, either way, and never further than can be waited for.

A filter with an index of its own finds its rows wherever they are. Others let many cases pass by before one matches:
then a page looks through the next `LOOKED` cases only, and says where it stopped and that it goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

LOOKED = 1_000


class Way(NamedTuple):
    """What is walked: the cases' keys, the last of which is the cursor in an address. `marks` are those of `walked`."""

    walked: sa.Select[Any]
    marks: Sequence[Any]
    keys: Sequence[Any]
    is_down: bool = True  # the greatest first


class Page(NamedTuple):
    """`further`: where a page that is not full stopped looking, though the list goes on."""

    rows: list[Any]
    older: int | None = None
    newer: int | None = None
    further: int | None = None


class Place(NamedTuple):
    """Where a page begins: behind these keys, or before them."""

    keys: Sequence[Any]
    back: bool = False


def page_of(
    session: Session, rows: sa.Select[Any], way: Way, place: Place | None, limit: int, *, is_sparse: bool
) -> Page:
    """The next `limit` of `rows` along `way`. `is_sparse`: they may be few among many that do not match."""
    back = place is not None and place.back
    down = way.is_down is not back
    walked, end = way.walked, None
    if place is not None:
        rows = rows.where(beyond(way.keys, place.keys, down=down))
        walked = walked.where(beyond(way.marks, place.keys, down=down))
    if is_sparse:
        asked = walked.with_only_columns(*way.marks).order_by(*ordered(way.marks, down=down))
        end = session.execute(asked.offset(LOOKED - 1).limit(1)).first()
        if end is not None:
            rows = rows.where(until(way.keys, end, down=down))
    asked = rows.add_columns(way.keys[-1]).order_by(*ordered(way.keys, down=down)).limit(limit + 1)
    found = [(row[0], row[-1]) for row in session.execute(asked)]
    has_more, found = len(found) > limit, found[:limit]
    stopped = end[-1] if end is not None and not has_more else None
    first, last = (found[0][1], found[-1][1]) if found else (None, None)
    if back:
        return Page([row for row, _key in found[::-1]], first, last if has_more else stopped)
    return Page([row for row, _key in found], last if has_more else None, first if place else None, stopped)


def ordered(keys: Sequence[Any], *, down: bool) -> list[Any]:
    return [key.desc() if down else key.asc() for key in keys]


def beyond(keys: Sequence[Any], edge: Sequence[Any], *, down: bool) -> sa.ColumnElement[bool]:
    """What comes after `edge`. Its first key is bounded by itself as well, which is what an index understands."""
    key, at = keys[0], edge[0]
    after = key < at if down else key > at
    if len(keys) == 1:
        return sa.and_(after)
    return sa.and_(key <= at if down else key >= at, sa.or_(after, beyond(keys[1:], edge[1:], down=down)))


def until(keys: Sequence[Any], end: Sequence[Any], *, down: bool) -> sa.ColumnElement[bool]:
    """What comes before `end`, and itself."""
    key, at = keys[0], end[0]
    if len(keys) == 1:
        return sa.and_(key >= at if down else key <= at)
    before = key > at if down else key < at
    return sa.and_(key >= at if down else key <= at, sa.or_(before, until(keys[1:], end[1:], down=down)))
