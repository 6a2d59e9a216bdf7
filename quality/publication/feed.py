"""What is new about results, for whoever follows them: published, corrected, withdrawn or expired, the newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.publication.facets import Facets, facets_of
from quality.publication.listing import public_results
from quality.publication.models import GONE, TAKEN, Result
from quality.publication.search import Wanted, says

NARROWS = [field.name for field in fields(Wanted) if field.name in Facets._fields]
LOOKED_AT = 500  # the last that were taken from the public, among which those that match are sought


class News(NamedTuple):
    """One thing that happened to a result."""

    at: datetime
    result: Result
    first_at: datetime  # when this edition was published

    @property
    def is_gone(self) -> bool:
        return self.result.status in GONE

    @property
    def is_correction(self) -> bool:
        return not self.is_gone and self.result.edition > 1


def news(session: Session, wanted: Wanted, limit: int) -> list[News]:
    """A correction stands in place of what it corrects; what is gone is there for who followed it."""
    found = [*in_force(session, wanted, limit), *gone(session, wanted, limit)]
    return sorted(found, key=lambda each: (each.at, each.result.id), reverse=True)[:limit]


def in_force(session: Session, wanted: Wanted, limit: int) -> Iterator[News]:
    for result in public_results(session, wanted, limit=limit).results:
        assert result.published_at is not None, "what is in force has its moment"
        yield News(result.published_at, result, result.published_at)


def gone(session: Session, wanted: Wanted, limit: int) -> list[News]:
    """Each number once, by its last edition: what was withdrawn and published anew is not gone."""
    later = sa.orm.aliased(Result)
    again = sa.select(later.id).where(later.number == Result.number, later.edition > Result.edition)
    newest = sa.select(Result).where(TAKEN, ~again.where(later.published_at.is_not(None)).exists())
    found = session.scalars(newest.order_by(Result.ended_at.desc()).limit(LOOKED_AT))
    fitting = (each for each in found if fits(each, wanted))
    return [News(each.ended_at, each, each.published_at) for each in fitting if each.ended_at and each.published_at][
        :limit
    ]


def fits(result: Result, wanted: Wanted) -> bool:
    """Whether the list so narrowed had it, while it was in force."""
    assert result.published_at is not None, "it was public once"
    day, facets = day_of(result.published_at), facets_of(result.copy, result.published_at)
    return (
        all(getattr(wanted, name) in {"", getattr(facets, name)} for name in NARROWS)
        and says(result.copy, wanted.words)
        and (wanted.first is None or wanted.first <= day)
        and (wanted.last is None or day <= wanted.last)
    )
