"""The public list of results in force: what enters it and leaves it, and how it is searched."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import insert_into
from quality.people.models import Organisation, OrganisationKind
from quality.publication.facets import facets_of
from quality.publication.finding import Way, ways
from quality.publication.lines import Shown, enter_line, leave_line, shown
from quality.publication.models import Entry, Line, Pair, Result
from quality.publication.search import Wanted, keys_of, text_of
from quality.publication.spelling import SPELLING, Spelt
from quality.publication.tally import add, move

LINE = Line.__table__


class Place(NamedTuple):
    """Where a list goes on: behind this result."""

    published_at: datetime
    id: int


class Page(NamedTuple):
    results: list[Result]
    next: Place | None


class Rows(NamedTuple):
    """The same for people, without the copies."""

    shown: list[Shown]
    next: Place | None


# --- what enters and leaves, in the transaction of the publication ---


def enter(session: Session, result: Result) -> None:
    """From now on the public finds it."""
    assert result.published_at is not None, "what is published has its moment"
    text, facets = text_of(result.copy), facets_of(result.copy, result.published_at)
    add(session, facets, 1)
    session.add(Entry(result_id=result.id, published_at=result.published_at, text=text, **facets._asdict()))
    enter_line(session, result)
    session.flush()
    session.execute(sa.insert(Pair), rows_of(result.id, result.published_at, keys_of(text)))


def rows_of(result_id: int, published_at: datetime, keys: Iterable[str]) -> list[dict[str, Any]]:
    return [{"pair": key, "published_at": published_at, "result_id": result_id} for key in sorted(keys)]


def leave(session: Session, result: Result) -> None:
    """From now on nobody finds it: a later edition is in force, or none.

    The entry goes first: whoever spells it meanwhile waits, and finds it gone.
    """
    columns = Entry.published_at, Entry.takedown, Entry.text, Entry.sounds, Entry.letters
    gone = session.execute(sa.delete(Entry).where(Entry.result_id == result.id).returning(*columns)).first()
    if gone is None:
        return
    published_at, takedown, text, *spelt = gone
    forget(session, result.id, published_at, keys_of(text) | Spelt(*spelt).led_by())
    add(session, facets_of(result.copy, published_at)._replace(takedown=takedown), -1)
    leave_line(session, result)


def stands_otherwise(session: Session, result: Result, takedown: str) -> None:
    """What became of its listings was stated since the copy: it is counted by that. Of two who say it, one is told."""
    mine = sa.select(Entry.published_at, Entry.takedown).where(Entry.result_id == result.id)
    entry = session.execute(mine).first()
    if entry is None or entry.takedown == takedown:
        return
    unmoved = sa.update(Entry).where(Entry.result_id == result.id, Entry.takedown == entry.takedown)
    if session.scalars(unmoved.values(takedown=takedown).returning(Entry.result_id)).first() is not None:
        move(session, facets_of(result.copy, entry.published_at)._replace(takedown=entry.takedown), takedown)


def forget(session: Session, result_id: int, published_at: datetime, keys: Collection[str]) -> None:
    own = Pair.pair.in_(keys), Pair.published_at == published_at, Pair.result_id == result_id
    session.execute(sa.delete(Pair).where(*own))


def spell(session: Session, entry_id: int, text: str, spelt: Spelt) -> bool:
    """From now on it is found by how it sounds. False: it has left the list, or somebody else spelt it."""
    old = session.scalars(sa.select(Entry.text).where(Entry.result_id == entry_id)).first()
    taken = (
        sa.update(Entry)
        .where(Entry.result_id == entry_id, Entry.spelling < SPELLING, Entry.text == old)
        .values(text=text, sounds=spelt.sounds, letters=spelt.letters, spelling=SPELLING)
        .returning(Entry.published_at)
    )
    published_at = session.scalars(taken).first()
    if published_at is None:
        return False
    keys = keys_of(text) | spelt.led_by()
    forget(session, entry_id, published_at, keys_of(old or "") - keys)
    new = insert_into(session, Pair).on_conflict_do_nothing()
    session.execute(new, rows_of(entry_id, published_at, keys))
    return True


# --- how it is searched ---


def public_results(
    session: Session, wanted: Wanted | None = None, *, after: Place | None = None, limit: int = 50
) -> Page:
    """The results in force, the newest first. The next page begins behind the last one shown, whatever came since."""
    places: set[Place] = set()
    for each in ways(session, wanted or Wanted()):
        places.update(Place(*found) for found in session.execute(walked(each, after, limit)))
    those = sorted(places, reverse=True)
    ids = [place.id for place in those[:limit]]
    shown = {each.id: each for each in session.scalars(sa.select(Result).where(Result.id.in_(ids)))}
    return Page([shown[each] for each in ids], those[limit - 1] if len(those) > limit else None)


def public_rows(session: Session, along: Iterable[Way], *, after: Place | None = None, limit: int = 50) -> Rows:
    """The same as rows of a list, from their lines."""
    lines: dict[Place, str] = {}
    for each in along:
        asked = walked(each, after, limit).add_columns(LINE.c.line).join(LINE, LINE.c.result_id == each.key)
        lines.update({Place(at, key): line for at, key, line in session.connection().execute(asked).all()})
    those = sorted(lines, reverse=True)
    return Rows([shown(lines[each]) for each in those[:limit]], those[limit - 1] if len(those) > limit else None)


def newest_rows(session: Session, limit: int, wanted: Wanted | None = None) -> list[Shown]:
    return public_rows(session, ways(session, wanted or Wanted()), limit=limit).shown


def walked(way: Way, after: Place | None, limit: int) -> sa.Select[Any]:
    """The places of so many and one more, the newest first."""
    at, key, found, _many = way
    walk = found.with_only_columns(at, key)
    if after is not None:
        walk = walk.where(sa.or_(at < after.published_at, sa.and_(at == after.published_at, key < after.id)))
        walk = walk.where(at <= after.published_at)  # so that the index is entered at this place
    return walk.order_by(at.desc(), key.desc()).limit(limit + 1)


def platforms_named(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names of platforms by their codes, of those that there are."""
    known = sa.select(Organisation.code, Organisation.name).where(Organisation.kind == OrganisationKind.PLATFORM)
    return {code: name for code, name in session.execute(known.where(Organisation.code.in_(list(codes))))}


def producer_named(session: Session, key: str) -> str:
    """As the newest copy in force writes the name; empty if none bears it."""
    newest = sa.select(Result.copy).join(Entry, Entry.result_id == Result.id).where(Entry.producer == key)
    copy = session.scalars(newest.order_by(Entry.published_at.desc(), Entry.result_id.desc()).limit(1)).first()
    return str(copy["producer"]["name"]) if copy else ""
