"""The complaints of an agency, the last taken in first."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.people.actor import Actor
from quality.permissions import Can, Sees
from quality.targeting.risk.models import Complaint, ComplaintKind

LONGEST = 100  # characters of what is looked for


def visible_to(actor: Actor) -> sa.Select[Complaint]:
    """The own agency's only: what was complained of leads to whom, and is nobody else's to read."""
    own = actor.sees is Sees.AGENCY and actor.can(Can.CAMPAIGN_READ)
    return sa.select(Complaint).where(Complaint.agency_id == actor.organisation_id if own else sa.false())


def listed(
    session: Session,
    actor: Actor,
    limit: int,
    *,
    before: int | None = None,
    kind: ComplaintKind | None = None,
    of: str = "",
) -> list[Complaint]:
    """`of`: the number of a complaint, a listing or a shop, whole. Those older than `before`."""
    asked = visible_to(actor).order_by(Complaint.id.desc()).limit(limit).options(joinedload(Complaint.platform))
    if before is not None:
        asked = asked.where(Complaint.id < before)
    if kind:
        asked = asked.where(Complaint.kind == kind)
    if of:
        asked = asked.where(sa.or_(Complaint.reference == of, Complaint.listing_id == of, Complaint.shop_id == of))
    return list(session.scalars(asked))


def how_many(session: Session, actor: Actor) -> int:
    return session.scalars(sa.select(sa.func.count()).select_from(visible_to(actor).subquery())).one()
