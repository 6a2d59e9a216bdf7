"""Reads for results: what an agency sees of its own, and what the public may read without asking who they are."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import NotFound
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.publication.models import Result, ResultStatus


class Gone(NamedTuple):
    """What stands in place of a withdrawn result (410)."""

    number: str
    edition: int
    withdrawn_at: datetime
    reason: str


class Place(NamedTuple):
    """Where a list goes on: behind this result."""

    published_at: datetime
    id: int


class Page(NamedTuple):
    results: list[Result]
    next: Place | None


def visible_to(actor: Actor) -> sa.Select[Result]:
    if not actor.can(Can.RESULT_READ):
        return sa.select(Result).where(sa.false())
    return sa.select(Result).where(within(Result, actor))


def one_visible(session: Session, actor: Actor, number: str, edition: int | None = None) -> Result:
    """This edition, or the last one."""
    named = visible_to(actor).where(Result.number == number).order_by(Result.edition.desc()).limit(1)
    if edition is not None:
        named = named.where(Result.edition == edition)
    result = session.scalars(named).one_or_none()
    if result is None:
        raise NotFound(number)
    return result


def public_results(session: Session, *, after: Place | None = None, limit: int = 50) -> Page:
    """The results in force, the newest first. The next page begins behind the last one shown, whatever came since."""
    newest = (
        sa.select(Result)
        .where(Result.status == ResultStatus.PUBLISHED)
        .order_by(Result.published_at.desc(), Result.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        newest = newest.where(
            sa.or_(
                Result.published_at < after.published_at,
                sa.and_(Result.published_at == after.published_at, Result.id < after.id),
            )
        )
    found = list(session.scalars(newest))
    shown = found[:limit]
    return Page(shown, place_of(shown[-1]) if len(found) > limit else None)


def place_of(result: Result) -> Place:
    assert result.published_at is not None, "only published results have a place"
    return Place(result.published_at, result.id)


def one_public(session: Session, number: str, edition: int | None = None) -> Result | Gone:
    """The edition in force, or the one that is asked for; `Gone` if that was withdrawn. Proposals do not exist here."""
    editions = (
        sa.select(Result)
        .where(Result.number == number, Result.published_at.is_not(None))
        .order_by(Result.edition.desc())
        .limit(1)
    )
    if edition is not None:
        editions = editions.where(Result.edition == edition)
    result = session.scalars(editions).one_or_none()
    if result is None:
        raise NotFound(number)
    if result.status == ResultStatus.WITHDRAWN:
        assert result.ended_at is not None, "a withdrawal has its moment"
        return Gone(result.number, result.edition, result.ended_at, result.reason)
    return result
