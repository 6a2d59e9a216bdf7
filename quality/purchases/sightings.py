"""Where a cover identity or a buyer was seen, order by order, until when each counts; and which are near a limit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Drawn
from quality.clocks.days import day_of
from quality.core import clock
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases.covers import CoverIdentity, CoverSecret
from quality.purchases.exposure import COUNTED
from quality.purchases.models import Task
from quality.purchases.rules import Limits, limits_of
from quality.purchases.secrets import TaskSecret

MOST = 200  # lines of one page: an identity with more orders in its period has long passed any limit
A_FEW = 20  # on the worklist


class Sighting(NamedTuple):
    """One order, with the kinds of values that were seen there. It counts until `until`, that day not meant."""

    task: str  # its number
    platform: str
    shop: str
    on: date
    until: date
    kinds: tuple[str, ...] = ()


def of_a_cover(session: Session, cover: CoverIdentity, limits: Limits) -> list[Sighting]:
    """Orders of the period in which one of its counted values was seen, whoever typed it there; the newest first."""
    asked = (
        ordered(cover.agency_id, limits.cover_period)
        .add_columns(TaskSecret.kind)
        .join(TaskSecret, TaskSecret.task_id == Task.id)
        .join(
            CoverSecret,
            sa.and_(CoverSecret.kind == TaskSecret.kind, CoverSecret.blind_index == TaskSecret.blind_index),
        )
        .where(CoverSecret.cover_id == cover.id, TaskSecret.kind.in_(COUNTED))
    )
    found: dict[str, Sighting] = {}
    for row in session.execute(asked.limit(MOST * len(COUNTED))):
        *order, kind = row
        seen = found.setdefault(row[0], sighting(order, limits.cover_period))
        found[row[0]] = seen._replace(kinds=(*seen.kinds, kind))
    return list(found.values())[:MOST]


def of_a_buyer(session: Session, agency_id: int, buyer: int, limits: Limits) -> list[Sighting]:
    """Their orders of the days in which no shop is to see them again, or of those that covers are counted over."""
    days = limits.shop_again or limits.cover_period
    rows = session.execute(ordered(agency_id, days).where(Task.buyer_id == buyer).limit(MOST))
    return [sighting(row, days) for row in rows]


def ordered(agency_id: int, days: int) -> sa.Select[Any]:
    return (
        sa.select(Task.number, Organisation.name, Drawn.listing, Task.ordered_at)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .join(Organisation, Organisation.id == Drawn.platform_id)
        .where(Task.agency_id == agency_id, Task.ordered_at > clock.now() - timedelta(days=days))
        .order_by(Task.ordered_at.desc(), Task.id.desc())
    )


def sighting(row: Iterable[Any], days: int) -> Sighting:
    number, platform, listing, at = row
    return Sighting(
        number, platform, str(listing.get("shop_name") or ""), day_of(at), day_of(at) + timedelta(days=days)
    )


class Near(NamedTuple):
    """A cover identity that may be seen once more on a platform, or not any more for now."""

    cover: CoverIdentity
    platform: str
    many: int
    limit: int

    @property
    def rests(self) -> bool:
        return self.many >= self.limit


def near_a_limit(session: Session, me: Actor) -> list[Near]:
    """Of the own agency's that are in use, for whoever keeps them; the most used first. In one statement."""
    if not me.can(Can.COVER_KEEP) or me.organisation_id is None:
        return []
    limits = limits_of(session, me.organisation_id)
    if not limits.cover_on_platform:
        return []
    many = sa.func.count(sa.distinct(Task.id))
    counted = (
        sa.select(CoverSecret.cover_id, Drawn.platform_id, many.label("many"))
        .join(CoverIdentity, CoverIdentity.id == CoverSecret.cover_id)
        .join(
            TaskSecret,
            sa.and_(TaskSecret.kind == CoverSecret.kind, TaskSecret.blind_index == CoverSecret.blind_index),
        )
        .join(Task, Task.id == TaskSecret.task_id)
        .join(Drawn, Drawn.id == Task.drawn_id)
        .where(CoverIdentity.agency_id == me.organisation_id, CoverIdentity.retired_at.is_(None))
        .where(CoverSecret.kind.in_(COUNTED), Task.agency_id == me.organisation_id)
        .where(Task.ordered_at > clock.now() - timedelta(days=limits.cover_period))
        .group_by(CoverSecret.cover_id, CoverSecret.kind, Drawn.platform_id)
        .having(many >= max(1, limits.cover_on_platform - 1))
        .subquery()
    )
    most = sa.func.max(counted.c.many)
    asked = (
        sa.select(CoverIdentity, Organisation.name, most)
        .join(counted, counted.c.cover_id == CoverIdentity.id)
        .join(Organisation, Organisation.id == counted.c.platform_id)
        .group_by(CoverIdentity.id, Organisation.id, Organisation.name)
        .order_by(most.desc(), CoverIdentity.id)
    )
    rows = session.execute(asked.limit(A_FEW))
    return [Near(cover, name, seen, limits.cover_on_platform) for cover, name, seen in rows]
