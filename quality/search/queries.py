"""Reads of the index. Who asks narrows them to what they may see (`visible_to`): the index itself hides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.publication.search import pairs_of, words_of
from quality.search.models import SearchEntry, SearchPair

RARE = 2_000  # a pair in fewer cases is rare enough to begin with


class Sought(NamedTuple):
    """Where the cases are whose text holds every word: all of their ids, or too many and the pair to look along."""

    ids: Sequence[int] | None
    pair: str = ""


def can_be_looked_for(typed: str) -> bool:
    """A single character stands in everything and finds nothing."""
    return any(pairs_of(word) for word in words_of(typed))


def sought(session: Session, model: Any, typed: str) -> Sought:
    """Read through by the rarest pair, where that is rare."""
    words, table = words_of(typed), model.__tablename__
    pairs = sorted({pair for word in words for pair in pairs_of(word)})
    if not pairs:
        return Sought([])
    pair, many = rarest(session, table, pairs)
    if many >= RARE:
        return Sought(None, pair)
    same = sa.and_(SearchEntry.subject_type == SearchPair.subject_type, SearchEntry.subject_id == SearchPair.subject_id)
    there = sa.select(SearchPair.subject_id).join(SearchEntry, same).where(*posted(model, pair), *says(words))
    return Sought(session.scalars(there).all())


def posted(model: Any, pair: str) -> tuple[sa.ColumnElement[bool], ...]:
    return SearchPair.pair == pair, SearchPair.subject_type == model.__tablename__


def says(words: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    return [SearchEntry.text.contains(word, autoescape=True) for word in words]


def holds(model: Any, key: Any, typed: str) -> sa.ColumnElement[bool]:
    """Whether the text of the case of `model` with this id holds every word, asked row by row."""
    entry = sa.select(SearchEntry.subject_id).where(SearchEntry.subject_type == model.__tablename__)
    return sa.and_(entry.where(SearchEntry.subject_id == key, *says(words_of(typed))).exists())


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
