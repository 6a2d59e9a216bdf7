"""How the public list is searched: along the rows of the rarest key that leads to what was meant.

What was typed may be meant in several ways (spelling.py). A way of which some key leads nowhere is dropped at once,
which leaves one for nearly all that people type; where more are left, each is walked and the lists are put together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.clock import BEIJING
from quality.publication.models import Entry, Pair, Result, ResultStatus
from quality.publication.search import Wanted, pairs_of
from quality.publication.spelling import Meant, meanings, simplified

ENTRY, PAIR = Entry.__table__.c, Pair.__table__.c  # each page builds its questions: of columns in half the time
COUNTED = 1_000  # beyond it a page says "more than"
RARE = 2_000  # a key with fewer entries is rare enough to begin with
LAST = "\U0010ffff"


class Way(NamedTuple):
    """The columns of the order, and the ids of what matches. `at_least`: so many do, as far as that is known."""

    at: Any
    key: Any
    found: sa.Select[Any]
    at_least: int = 0


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
        way_along(wanted, each, min(some, key=lambda key: (sizes[key], key)), sizes)
        if some
        else way(wanted, each, among=few_with(session, each))
        for each, some in keys.items()
        if all(sizes[key] for key in some)
    ]


def way(wanted: Wanted, meant: Meant, *, among: Sequence[int] | None = None) -> Way:
    """Along the whole list, or those of a few."""
    at, key = ENTRY.published_at, ENTRY.result_id
    found = sa.select(key).where(*conditions(wanted, meant), *of_days(wanted, at))
    return Way(at, key, found if among is None else found.where(key.in_(among)))


def way_along(wanted: Wanted, meant: Meant, rarest: str, sizes: Mapping[str, int]) -> Way:
    """Along the rows of one key. A word of two characters is its own key, and no entry needs to be asked for it."""
    at, key = PAIR.published_at, PAIR.result_id
    asked = conditions(wanted, Meant() if meant == Meant(texts=(rarest,)) else meant)
    days = of_days(wanted, at)
    found = sa.select(key).where(PAIR.pair == rarest, *days)
    if asked:
        return Way(at, key, found.join(Entry.__table__, ENTRY.result_id == key).where(*asked))
    return Way(at, key, found, 0 if days else sizes[rarest])


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
        keyed = sa.select(PAIR.result_id).where(PAIR.pair >= begins, PAIR.pair <= begins + LAST)
        few = session.scalars(keyed.limit(RARE)).all()
        if len(few) < RARE:
            return sorted(set(few))
    return None


def conditions(wanted: Wanted, meant: Meant) -> list[sa.ColumnElement[bool]]:
    """What an entry must meet."""
    equal = {
        ENTRY.platform: wanted.platform,
        ENTRY.category: wanted.category,
        ENTRY.region: wanted.region,
        ENTRY.verdict: wanted.verdict,
        ENTRY.campaign: wanted.campaign,
        ENTRY.producer: wanted.producer,
    }
    asked: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
    for column, parts in ((ENTRY.text, meant.texts), (ENTRY.sounds, meant.sounds), (ENTRY.letters, meant.letters)):
        asked += [column.contains(part, autoescape=True) for part in parts]
    return asked


def of_days(wanted: Wanted, at: Any) -> list[sa.ColumnElement[bool]]:
    first = [at >= midnight(wanted.first)] if wanted.first else []
    return [*first, at < midnight(wanted.last + timedelta(days=1))] if wanted.last else first


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def counted(session: Session, keys: set[str]) -> dict[str, int]:
    """How many entries have each key, up to `RARE`: one question for all. Of one alone, whether more than `COUNTED`."""
    if not keys:
        return {}
    names = sorted(keys)
    counts = (
        session.connection().execute(counts_of(len(names)), {f"k{at}": name for at, name in enumerate(names)}).one()
    )
    return dict(zip(names, counts, strict=True))


@cache  # every search asks it; a search has few words
def counts_of(many: int) -> sa.TextClause:
    most = RARE if many > 1 else COUNTED + 1
    one = "(SELECT count(*) FROM (SELECT 1 FROM result_pair WHERE pair = :k{at} LIMIT {most}) AS of{at})"
    return sa.text(f"SELECT {', '.join(one.format(at=at, most=most) for at in range(many))}")
