"""Reads of the index. Who asks narrows them to what they may see (`visible_to`): the index itself hides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.publication.search import pairs_of, words_of
from quality.search.models import SearchEntry, SearchPair

RARE = 2_000  # a pair in fewer cases is rare enough to begin with


def can_be_looked_for(typed: str) -> bool:
    """A single character stands in everything and finds nothing."""
    return any(pairs_of(word) for word in words_of(typed))


def about(session: Session, model: Any, typed: str) -> sa.ColumnElement[bool]:
    """The cases of `model` whose text holds every word of `typed`; it walks the rows of the rarest pair only."""
    words = words_of(typed)
    pairs = sorted({pair for word in words for pair in pairs_of(word)})
    table = model.__tablename__
    if not pairs:
        return sa.false()
    first, many = rarest(session, table, pairs)
    says = [SearchEntry.text.contains(word, autoescape=True) for word in words]
    if many >= RARE:  # so many have it that the newest of them are found sooner from the newest case on
        mine = sa.select(SearchEntry.subject_id).where(
            SearchEntry.subject_type == table, SearchEntry.subject_id == model.id, *says
        )  # fmt: skip
        return sa.and_(mine.correlate(model).exists())
    there = (
        sa.select(SearchPair.subject_id)
        .join(
            SearchEntry,
            sa.and_(
                SearchEntry.subject_type == SearchPair.subject_type, SearchEntry.subject_id == SearchPair.subject_id
            ),
        )
        .where(SearchPair.pair == first, SearchPair.subject_type == table)
        .where(*says)
    )
    return sa.and_(model.id.in_(session.scalars(there).all()))  # few: a planner that guesses would walk the table


def rarest(session: Session, table: str, pairs: Sequence[str]) -> tuple[str, int]:
    """With in how many cases it stands, counted no further than `RARE`, all in one statement."""
    counts = [
        sa.select(
            sa.literal(pair),
            sa.select(sa.func.count())
            .select_from(
                sa.select(SearchPair.subject_id)
                .where(SearchPair.pair == pair, SearchPair.subject_type == table)
                .limit(RARE)
                .subquery()
            )
            .scalar_subquery()
            .label("many"),
        )
        for pair in pairs
    ]
    pair, many = min(session.execute(sa.union_all(*counts)), key=lambda row: row[1])
    return str(pair), int(many)
