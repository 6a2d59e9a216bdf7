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
    first = rarest(session, table, pairs)
    there = (
        sa.select(SearchPair.subject_id)
        .join(
            SearchEntry,
            sa.and_(
                SearchEntry.subject_type == SearchPair.subject_type, SearchEntry.subject_id == SearchPair.subject_id
            ),
        )
        .where(SearchPair.pair == first, SearchPair.subject_type == table)
        .where(*(SearchEntry.text.contains(word, autoescape=True) for word in words))
    )
    return sa.and_(model.id.in_(there))


def rarest(session: Session, table: str, pairs: Sequence[str]) -> str:
    """Each is counted no further than `RARE`, in one statement."""
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
    return str(min(session.execute(sa.union_all(*counts)), key=lambda row: row[1])[0])
