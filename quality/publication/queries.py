"""Reads for results: what an agency sees of its own, and what the public may read without asking who they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quality.core.errors import NotFound
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.publication.models import GONE, TAKEN, Result, ResultStatus


class Gone(NamedTuple):
    """What stands in place of a result that was withdrawn, or whose time in public is over (410)."""

    number: str
    edition: int  # that was taken from the public
    status: ResultStatus
    ended_at: datetime
    reason: str
    is_replaced: bool = False  # a later edition is in force

    @classmethod
    def of(cls, result: Result, *, is_replaced: bool = False) -> Gone:
        assert result.ended_at is not None, "what is taken from the public has its moment"
        return cls(result.number, result.edition, result.status, result.ended_at, result.reason, is_replaced)


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


def one_public(session: Session, number: str, edition: int | None = None) -> Result | Gone:
    """The edition in force, or the one that is asked for. Proposals do not exist here.

    `Gone` if that was taken from the public, or the last one was: nothing is read by its old address any more.
    """
    return one_of(public_editions(session, number), number, edition)


def one_of(editions: Sequence[Result], number: str, edition: int | None = None) -> Result | Gone:
    """The same of all that were public once, the newest first."""
    result = next((each for each in editions if edition in (None, each.edition)), None)
    if result is None:
        raise NotFound(number)
    last = editions[0]
    if last.status in GONE:
        return Gone.of(last)
    return Gone.of(result, is_replaced=True) if result.status in GONE else result


def public_editions(session: Session, number: str) -> list[Result]:
    """Every edition that was public once, the newest first."""
    once = sa.select(Result).where(Result.number == number, Result.published_at.is_not(None))
    return list(session.scalars(once.order_by(Result.edition.desc())))


def taken_from_the_public(session: Session, after: tuple[datetime, int] | None = None, limit: int = 50) -> list[Result]:
    """What was public and is not any more, with nothing in its place: the last to go first, behind `after`."""
    newer = aliased(Result)
    instead = sa.select(newer.id).where(newer.number == Result.number, newer.status == ResultStatus.PUBLISHED)
    gone = sa.select(Result).where(TAKEN, ~instead.exists())
    if after is not None:
        gone = gone.where(sa.tuple_(Result.ended_at, Result.id) < after)
    return list(session.scalars(gone.order_by(Result.ended_at.desc(), Result.id.desc()).limit(limit)))


def in_force(session: Session, number: str) -> Result | None:
    """The edition that the public reads at the result's address."""
    now = sa.select(Result).where(Result.number == number, Result.status == ResultStatus.PUBLISHED)
    return session.scalars(now).one_or_none()


def one_with_hash(session: Session, sha256: str) -> Result | None:
    """The edition whose public copy has this hash."""
    once = sa.select(Result).where(Result.copy_sha256 == sha256, Result.published_at.is_not(None))
    return session.scalars(once.order_by(Result.id.desc()).limit(1)).one_or_none()
