"""What a reader could choose next, with how many there are of each; and what to take away where nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.publication.facets import FACETS, WHOLE
from quality.publication.finding import COUNTED, Way, ways
from quality.publication.models import Entry
from quality.publication.search import Wanted
from quality.publication.tally import Counts, counts_of, total

KNOWN = 2  # filters that hold together and are counted already
NOTHING: dict[str, Any] = {
    "words": (), "platform": "", "category": "", "region": "", "verdict": "", "campaign": "", "producer": "",
    "first": None, "last": None,
}  # fmt: skip
LIMITS = (*(name for name in NOTHING if name not in ("first", "last")), "days")  # that can be taken away, one at a time


class Narrowed(NamedTuple):
    """`many` is None where more than `COUNTED` match. `options`: of each filter its values, and how many results the
    list would show with each; None where that is not known without counting them all."""

    many: int | None
    options: dict[str, dict[str, int | None]]


class TakenAway(NamedTuple):
    """A limit without which there would be results; None: more than `COUNTED`."""

    limit: str
    many: int | None


def chosen_in(wanted: Wanted) -> dict[str, str]:
    """The filters that are counted, by name."""
    return {name: value for name in FACETS if (value := getattr(wanted, name))}


def is_counted(wanted: Wanted) -> bool:
    """Whether all that limits the list is counted already."""
    days = (wanted.first or wanted.last) and not wanted.year
    return not (wanted.words or wanted.campaign or wanted.producer or days)


def narrowed(
    session: Session,
    wanted: Wanted,
    along: Sequence[Way] | None = None,
    count: Callable[[str, str], Counts] | None = None,
) -> Narrowed:
    """`along` is what `ways` found for it, if somebody asked already; `count` knows some counts by heart."""
    chosen, is_known = chosen_in(wanted), is_counted(wanted)
    asked = [WHOLE, *chosen.items()]
    known = {each: count(*each) for each in asked} if count else counts_of(session, asked)
    there = known[WHOLE]
    many = known_count(chosen, known) if is_known else None
    seen: Counts | None = None
    if many is None or (len(chosen) == KNOWN and 0 < many <= COUNTED):
        seen = looked_through(session, ways(session, wanted) if along is None else along)
        many = total(seen) if seen is not None else many
    options: dict[str, dict[str, int | None]] = {}
    for name in FACETS:
        rest = [(other, value) for other, value in chosen.items() if other != name]
        if is_known and len(rest) < KNOWN:
            options[name] = {**(known[rest[0]] if rest else there).get(name, {})}
        elif seen is not None and name not in chosen:
            options[name] = {**seen.get(name, {})}
        else:
            options[name] = dict.fromkeys(there.get(name, {}))
    return Narrowed(many, options)


def known_count(chosen: dict[str, str], known: dict[tuple[str, str], Counts]) -> int | None:
    """How many match no more than two filters; None for more of them."""
    if len(chosen) > KNOWN:
        return None
    if not chosen:
        return total(known[WHOLE])
    *first, (name, value) = chosen.items()
    return known[first[0] if first else WHOLE].get(name, {}).get(value, 0)


def looked_through(session: Session, along: Sequence[Way]) -> Counts | None:
    """What matches, by each filter's values; None where more than `COUNTED` do."""
    if not along:
        return {}
    if any(each.at_least > COUNTED for each in along):
        return None
    few = [sa.select(each.found.limit(COUNTED + 1).subquery().c[0]) for each in along]
    columns = [getattr(Entry, name) for name in FACETS]
    ids = sa.union(*few) if len(few) > 1 else few[0]
    rows = sa.select(*columns, sa.func.count()).where(Entry.result_id.in_(ids)).group_by(*columns)
    seen: Counts = {name: {} for name in FACETS}
    many = 0
    for *values, count in session.execute(rows):
        many += count
        for name, value in zip(FACETS, values, strict=True):
            if value:
                seen[name][value] = seen[name].get(value, 0) + count
    return seen if many <= COUNTED else None


def without(wanted: Wanted, limit: str) -> Wanted:
    names = ("first", "last") if limit == "days" else (limit,)
    return replace(wanted, **{name: NOTHING[name] for name in names})


def only(wanted: Wanted, limit: str) -> Wanted:
    names = ("first", "last") if limit == "days" else (limit,)
    return Wanted(**{name: getattr(wanted, name) for name in names})


def limits_of(wanted: Wanted) -> list[str]:
    return [limit for limit in LIMITS if without(wanted, limit) != wanted]


def count_of(session: Session, wanted: Wanted) -> int | None:
    """How many match; None: more than `COUNTED`, and not counted."""
    chosen = chosen_in(wanted)
    if is_counted(wanted) and len(chosen) <= KNOWN:
        return known_count(chosen, counts_of(session, [WHOLE, *chosen.items()]))
    seen = looked_through(session, ways(session, wanted))
    return total(seen) if seen is not None else None


def found_without(session: Session, wanted: Wanted) -> list[TakenAway]:
    """Of a list in which nothing is left: each limit that could go alone, and what would be there then."""
    limits = limits_of(wanted)
    told = (TakenAway(limit, count_of(session, without(wanted, limit))) for limit in limits if len(limits) > 1)
    return [each for each in told if each.many != 0]


def found_nowhere(session: Session, wanted: Wanted) -> list[str]:
    """The limits that nothing published meets, whatever else is asked."""
    return [limit for limit in limits_of(wanted) if count_of(session, only(wanted, limit)) == 0]
