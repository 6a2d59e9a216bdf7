"""The public list of results in force: what enters it and leaves it, and how it is searched."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.clock import BEIJING
from quality.people.models import Organisation, OrganisationKind
from quality.publication.facets import facets_of
from quality.publication.lines import enter_line, leave_line
from quality.publication.models import Entry, Pair, Result, ResultStatus
from quality.publication.search import Wanted, pairs_of, text_of
from quality.publication.tally import add

COUNTED = 1_000  # beyond it a page says "more than"
RARE = 2_000  # a pair with fewer entries is rare enough to begin with


class Place(NamedTuple):
    """Where a list goes on: behind this result."""

    published_at: datetime
    id: int


class Page(NamedTuple):
    results: list[Result]
    next: Place | None


# --- what enters and leaves, in the transaction of the publication ---


def enter(session: Session, result: Result) -> None:
    """From now on the public finds it."""
    assert result.published_at is not None, "what is published has its moment"
    text, facets = text_of(result.copy), facets_of(result.copy, result.published_at)
    add(session, facets, 1)
    session.add(Entry(result_id=result.id, published_at=result.published_at, text=text, **facets._asdict()))
    rows = [{"pair": p, "published_at": result.published_at, "result_id": result.id} for p in sorted(pairs_of(text))]
    enter_line(session, result)
    session.flush()
    session.execute(sa.insert(Pair), rows)


def leave(session: Session, result: Result) -> None:
    """From now on nobody finds it: a later edition is in force, or none."""
    entry = session.get(Entry, result.id)
    if entry is None:
        return
    own = Pair.pair.in_(pairs_of(entry.text)), Pair.published_at == entry.published_at, Pair.result_id == result.id
    session.execute(sa.delete(Pair).where(*own))
    add(session, facets_of(result.copy, entry.published_at), -1)
    leave_line(session, result)
    session.delete(entry)
    session.flush()


# --- how it is searched ---


def public_results(
    session: Session, wanted: Wanted | None = None, *, after: Place | None = None, limit: int = 50
) -> Page:
    """The results in force, the newest first. The next page begins behind the last one shown, whatever came since."""
    at, key, found = matching(session, wanted or Wanted())
    if after is not None:
        found = found.where(sa.or_(at < after.published_at, sa.and_(at == after.published_at, key < after.id)))
        found = found.where(at <= after.published_at)  # so that the index is entered at this place
    found = found.order_by(at.desc(), key.desc()).limit(limit + 1)
    ids = list(session.scalars(found))
    shown = {each.id: each for each in session.scalars(sa.select(Result).where(Result.id.in_(ids[:limit])))}
    results = [shown[each] for each in ids[:limit]]
    return Page(results, place_of(results[-1]) if len(ids) > limit else None)


def place_of(result: Result) -> Place:
    assert result.published_at is not None, "only published results have a place"
    return Place(result.published_at, result.id)


Matching = tuple[sa.ColumnElement[datetime], sa.ColumnElement[int], sa.Select[int]]


def matching(session: Session, wanted: Wanted) -> Matching:
    """The columns of the order, and the ids of what matches. It walks the rarest pair's rows, or else all entries.

    Whether all words stand in an entry, its text says: it is read by its key for each row of the walk.
    """
    numbered = with_whole_number(session, wanted.words)
    letters = set() if numbered else {pair for word in wanted.words for pair in pairs_of(word)}
    pairs = rarest_first(session, letters)
    at: Any = Pair.published_at if pairs else Entry.published_at
    key: Any = Pair.result_id if pairs else Entry.result_id
    found = sa.select(key)
    if numbered:
        found = found.where(key.in_(numbered))
    if pairs:
        found = found.join(Entry, Entry.result_id == key).where(Pair.pair == pairs[0])
    return at, key, found.where(*conditions(wanted, at))


def with_whole_number(session: Session, words: Collection[str]) -> list[int]:
    """Ids of what bears a word as its number. The pairs of numbers are in all of them, and lead nowhere quickly."""
    numbers = [word.upper() for word in words if "-" in word]
    if not numbers:
        return []
    in_force = Result.status == ResultStatus.PUBLISHED
    return list(session.scalars(sa.select(Result.id).where(Result.number.in_(numbers), in_force)))


def conditions(wanted: Wanted, at: Any) -> list[sa.ColumnElement[bool]]:
    equal = {
        Entry.platform: wanted.platform,
        Entry.category: wanted.category,
        Entry.region: wanted.region,
        Entry.verdict: wanted.verdict,
        Entry.campaign: wanted.campaign,
        Entry.producer: wanted.producer,
    }
    asked: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
    asked += [Entry.text.contains(word, autoescape=True) for word in wanted.words]
    if wanted.first:
        asked.append(at >= midnight(wanted.first))
    if wanted.last:
        asked.append(at < midnight(wanted.last + timedelta(days=1)))
    return asked


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def rarest_first(session: Session, pairs: set[str]) -> list[str]:
    """The pairs by how many entries have them, counted up to `RARE`: one question for all."""
    if not pairs:
        return []
    names = sorted(pairs)
    sizes = [
        sa.select(sa.func.count())
        .select_from(sa.select(Pair.result_id).where(Pair.pair == name).limit(RARE).subquery())
        .scalar_subquery()
        for name in names
    ]
    counts = session.execute(sa.select(*(size.label(f"n{at}") for at, size in enumerate(sizes)))).one()
    return [name for _count, name in sorted(zip(counts, names, strict=True))]


def platforms_named(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names of platforms by their codes, of those that there are."""
    known = sa.select(Organisation.code, Organisation.name).where(Organisation.kind == OrganisationKind.PLATFORM)
    return {code: name for code, name in session.execute(known.where(Organisation.code.in_(list(codes))))}


def producer_named(session: Session, key: str) -> str:
    """As the newest copy in force writes the name; empty if none bears it."""
    newest = sa.select(Result.copy).join(Entry, Entry.result_id == Result.id).where(Entry.producer == key)
    copy = session.scalars(newest.order_by(Entry.published_at.desc(), Entry.result_id.desc()).limit(1)).first()
    return str(copy["producer"]["name"]) if copy else ""
