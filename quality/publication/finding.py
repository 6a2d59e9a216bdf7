"""How the public list is searched: along the rows of the rarest key that leads to what was meant.

What was typed may be meant in several ways (spelling.py). A way of which some key leads nowhere is dropped at once,
which leaves one for nearly all that people type; where more are left, each is walked and the lists are put together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.clock import BEIJING
from quality.publication.models import Entry, Pair, Result, ResultStatus
from quality.publication.search import Wanted, pairs_of
from quality.publication.spelling import Meant, meanings, simplified

RARE = 2_000  # a key with fewer entries is rare enough to begin with
LAST = "\U0010ffff"


class Way(NamedTuple):
    """The columns of the order, and the ids of what matches."""

    at: Any
    key: Any
    found: sa.Select[Any]


def ways(session: Session, wanted: Wanted) -> list[Way]:
    """Along which everything that matches is found; none, if nothing can match.

    Whether all of it stands in an entry, its text says: it is read by its key for each row of a walk.
    """
    if numbered := with_whole_number(session, wanted.words):
        literal = Meant(texts=wanted.words)
        return [way(wanted, literal, among=numbered)]
    meant = meanings([simplified(word) for word in wanted.words])
    keys = {each: each.led_by().union(*map(pairs_of, each.texts)) for each in meant}
    sizes = counted(session, {key for some in keys.values() for key in some})
    return [
        way(wanted, each, along=min(some, key=lambda key: (sizes[key], key)))
        if some
        else way(wanted, each, among=few_with(session, each))
        for each, some in keys.items()
        if all(sizes[key] for key in some)
    ]


def way(wanted: Wanted, meant: Meant, *, along: str = "", among: Sequence[int] | None = None) -> Way:
    """Along the rows of one key; or else along the whole list, or those of a few."""
    at: Any = Pair.published_at if along else Entry.published_at
    key: Any = Pair.result_id if along else Entry.result_id
    found: sa.Select[Any] = sa.select(key)
    if among is not None:
        found = found.where(key.in_(among))
    if along:
        found = found.join(Entry, Entry.result_id == key).where(Pair.pair == along)
    return Way(at, key, found.where(*conditions(wanted, meant, at)))


def with_whole_number(session: Session, words: Collection[str]) -> list[int]:
    """Ids of what bears a word as its number. The pairs of numbers are in all of them, and lead nowhere quickly."""
    numbers = [word.upper() for word in words if "-" in word]
    if not numbers:
        return []
    in_force = Result.status == ResultStatus.PUBLISHED
    return list(session.scalars(sa.select(Result.id).where(Result.number.in_(numbers), in_force)))


def few_with(session: Session, meant: Meant) -> list[int] | None:
    """Ids of what has a character or syllable that is too short for a key of its own; None: not few, or no such."""
    for begins in meant.beginnings():
        keyed = sa.select(Pair.result_id).where(Pair.pair >= begins, Pair.pair <= begins + LAST)
        few = session.scalars(keyed.limit(RARE)).all()
        if len(few) < RARE:
            return sorted(set(few))
    return None


def conditions(wanted: Wanted, meant: Meant, at: Any) -> list[sa.ColumnElement[bool]]:
    equal = {
        Entry.platform: wanted.platform,
        Entry.category: wanted.category,
        Entry.region: wanted.region,
        Entry.verdict: wanted.verdict,
        Entry.campaign: wanted.campaign,
        Entry.producer: wanted.producer,
    }
    asked: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
    for column, parts in ((Entry.text, meant.texts), (Entry.sounds, meant.sounds), (Entry.letters, meant.letters)):
        asked += [column.contains(part, autoescape=True) for part in parts]
    if wanted.first:
        asked.append(at >= midnight(wanted.first))
    if wanted.last:
        asked.append(at < midnight(wanted.last + timedelta(days=1)))
    return asked


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def counted(session: Session, keys: set[str]) -> dict[str, int]:
    """How many entries have each key, up to `RARE`: one question for all."""
    if not keys:
        return {}
    names = sorted(keys)
    sizes = [
        sa.select(sa.func.count())
        .select_from(sa.select(Pair.result_id).where(Pair.pair == name).limit(RARE).subquery())
        .scalar_subquery()
        for name in names
    ]
    counts = session.execute(sa.select(*(size.label(f"n{at}") for at, size in enumerate(sizes)))).one()
    return dict(zip(names, counts, strict=True))
