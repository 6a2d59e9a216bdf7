"""Reads for capsules: those of a sample, for who may have them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.capsules.models import Capsule, Variant
from quality.core.errors import NotFound
from quality.core.events import Access
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample

DOWNLOADED = "downloaded"
A_PAGE = 50


def variants_for(actor: Actor, sample: Sample) -> list[Variant]:
    """Which of them an actor who sees the sample may ask for and have."""
    if not actor.can(Can.CAPSULE_MAKE) or not actor.stands_over(sample) or not sample.was_bought:
        return []
    return [Variant.WHOLE, Variant.OPEN] if actor.can(Can.IDENTITY_READ) else [Variant.OPEN]


def capsules_of(session: Session, sample: Sample, actor: Actor) -> Sequence[Capsule]:
    """The newest first."""
    may = variants_for(actor, sample)
    if not may:
        return []
    asked = sa.select(Capsule).where(Capsule.sample_id == sample.id, Capsule.variant.in_(may))
    return session.scalars(asked.order_by(Capsule.edition.desc()).limit(A_PAGE)).all()


def one_capsule(session: Session, sample: Sample, edition: int, actor: Actor) -> Capsule:
    asked = sa.select(Capsule).where(Capsule.sample_id == sample.id, Capsule.edition == edition)
    for found in session.scalars(asked):
        if found.variant in variants_for(actor, sample):
            return found
    raise NotFound(f"{sample.number}-{edition}"[:60])


class Fetched(NamedTuple):
    times: int
    last: datetime
    by: str  # as the record names them


def fetched(session: Session, capsules: Collection[Capsule]) -> Mapping[int, Fetched]:
    """How often each was downloaded, and by whom last: by the capsule's id."""
    if not capsules:
        return {}
    of = sa.and_(
        Access.subject_type == Capsule.__tablename__,
        Access.subject_id.in_({each.id for each in capsules}),
        Access.what == DOWNLOADED,
    )
    counted = sa.select(Access.subject_id, sa.func.count(), sa.func.max(Access.id)).where(of)
    found = {key: (times, last) for key, times, last in session.execute(counted.group_by(Access.subject_id))}
    looks = {each.id: each for each in session.scalars(sa.select(Access).where(Access.id.in_(
        {last for _times, last in found.values()}
    )))}  # fmt: skip
    return {key: Fetched(times, looks[last].at, looks[last].actor) for key, (times, last) in found.items()}
