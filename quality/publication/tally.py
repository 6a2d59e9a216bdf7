"""How many results there are under each filter: kept as they come and go, and read without counting them.

With up to two filters the table knows; with more, or with words or days, what matches is looked through up to a bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import insert_into
from quality.publication.facets import Facets, rows_of
from quality.publication.models import Tally

Counts = dict[str, dict[str, int]]  # by a filter's name and value


def add(session: Session, facets: Facets, many: int) -> None:
    """One entry comes (1) or goes (-1).

    The whole list's rows are written first: a transaction that holds them is alone, and two never wait for each other.
    """
    names = ("of", "value", "by", "under")
    session.execute(
        counted_on(session), [dict(zip(names, row, strict=True)) | {"many": many} for row in rows_of(facets)]
    )


def counted_on(session: Session) -> Any:
    new = insert_into(session, Tally)
    return new.on_conflict_do_update(
        index_elements=[Tally.of, Tally.value, Tally.by, Tally.under], set_={"many": Tally.many + new.excluded.many}
    )


def move(session: Session, facets: Facets, takedown: str) -> None:
    """One entry is counted under another state of its listings from now on, and else as it was.

    As above, the whole list's rows first; of the two states the first by its letters, whichever of them is the old one.
    """
    session.execute(
        counted_on(session),
        [
            {"of": of, "value": value, "by": by, "under": under, "many": 1 if under == takedown else -1}
            for of, value, by, _old in rows_of(facets)
            if by == "takedown"
            for under in sorted({facets.takedown, takedown})
        ],
    )


def counts(session: Session, of: str, value: str) -> Counts:
    """Of the entries with this value, how many have each value of the others."""
    return counts_of(session, [(of, value)])[of, value]


def counts_of(session: Session, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Counts]:
    """The same of several, in one question."""
    asked = dict.fromkeys(wanted)
    found: dict[tuple[str, str], Counts] = {each: {} for each in asked}
    rows = sa.select(Tally.of, Tally.value, Tally.by, Tally.under, Tally.many).where(Tally.many > 0)
    for of, value, by, under, many in session.execute(rows.where(sa.tuple_(Tally.of, Tally.value).in_(asked))):
        found[of, value].setdefault(by, {})[under] = many
    return found


def total(of_it: Counts) -> int:
    """How many there are in all: each has a verdict, or else a year."""
    return sum((of_it.get("verdict") or of_it.get("year") or {}).values())


def commonest(session: Session, by: str, most: int) -> list[str]:
    """The values of a filter that the most results have."""
    asked = sa.select(Tally.under).where(Tally.of == "", Tally.value == "", Tally.by == by, Tally.many > 0)
    return list(session.scalars(asked.order_by(Tally.many.desc(), Tally.under).limit(most)))
