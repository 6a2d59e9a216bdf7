"""Reads for people who judge files: what a check condemned, and what no case refers to."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from quality.core.errors import NotFound
from quality.evidence.jobs import REMOVED_AFTER
from quality.evidence.models import Holding, Quarantine
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can

MOST = 50  # lines at once


def visible_to(actor: Actor) -> sa.Select[Quarantine]:
    """The own organisation's, and those that laboratories and platforms sent: they have nobody who judges files."""
    asked = sa.select(Quarantine).join(Quarantine.organisation)
    if not actor.can(Can.EVIDENCE_JUDGE):
        return asked.where(sa.false())
    others = Organisation.kind.in_((OrganisationKind.LABORATORY, OrganisationKind.PLATFORM))
    return asked.where(sa.or_(Quarantine.organisation_id == actor.organisation_id, others))


def one_visible(session: Session, actor: Actor, key: int) -> Quarantine:
    for found in session.scalars(visible_to(actor).where(Quarantine.id == key)):
        return found
    raise NotFound(str(key))


def listed(session: Session, actor: Actor, *, decided: bool, before: int | None = None) -> list[Quarantine]:
    """The newest first, one more than a page shows if there are older ones."""
    is_decided = Quarantine.verdict.is_not(None) if decided else Quarantine.verdict.is_(None)
    asked = (
        visible_to(actor)
        .where(is_decided)
        .options(contains_eager(Quarantine.organisation))
        .order_by(Quarantine.id.desc())
    )
    if before is not None:
        asked = asked.where(Quarantine.id < before)
    return list(session.scalars(asked.limit(MOST + 1)))


def are_waiting(session: Session, actor: Actor) -> bool:
    asked = visible_to(actor).where(Quarantine.verdict.is_(None)).limit(1)
    return session.scalars(asked).first() is not None


class Lonely(NamedTuple):
    held: Holding
    goes_at: datetime


def without_a_case(session: Session, actor: Actor) -> list[Lonely]:
    """The own organisation's files that are listed because no case refers to them. The next to go first."""
    asked = (
        sa.select(Holding)
        .where(Holding.organisation_id == actor.organisation_id, Holding.listed_at.is_not(None))
        .order_by(Holding.listed_at, Holding.id)
        .limit(MOST)
    )
    return [Lonely(held, held.listed_at + REMOVED_AFTER) for held in session.scalars(asked) if held.listed_at]
