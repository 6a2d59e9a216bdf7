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


def public_editions(session: Session, number: str) -> list[Result]:
    """Every edition that was public once, the newest first."""
    once = sa.select(Result).where(Result.number == number, Result.published_at.is_not(None))
    return list(session.scalars(once.order_by(Result.edition.desc())))


def in_force(session: Session, number: str) -> Result | None:
    """The edition that the public reads at the result's address."""
    now = sa.select(Result).where(Result.number == number, Result.status == ResultStatus.PUBLISHED)
    return session.scalars(now).one_or_none()


def one_with_hash(session: Session, sha256: str) -> Result | None:
    """The edition whose public copy has this hash."""
    once = sa.select(Result).where(Result.copy_sha256 == sha256, Result.published_at.is_not(None))
    return session.scalars(once.order_by(Result.id.desc()).limit(1)).one_or_none()
